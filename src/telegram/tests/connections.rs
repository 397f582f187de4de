//! Connections against servers of the test's own, on threads: what is kept, what is tried again,
//! what is not.

use super::*;
use futures_util::future::join_all;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a server has seen.
#[derive(Default)]
struct Seen {
    connections: AtomicU32,
    requests: AtomicU32,
}

/// Reads one request with its body. None at the end of the connection.
fn request(stream: &mut impl BufRead) -> Option<(String, String)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            let mut body = vec![0; length];
            stream.read_exact(&mut body).ok()?;
            return Some((head, String::from_utf8(body).ok()?));
        }
        head += &line;
    }
}

/// A server that does `answer` with each connection, a thread each.
fn server(
    answer: impl Fn(&mut BufReader<std::net::TcpStream>, &Seen) + Send + Sync + 'static,
) -> (Connections, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Arc::<Seen>::default();
    let (counts, answer) = (seen.clone(), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (counts, answer) = (counts.clone(), answer.clone());
            counts.connections.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || answer(&mut BufReader::new(stream), &counts));
        }
    });
    (Connections::new(&url.parse().expect("a URL")).expect("TLS").expect("a host"), seen)
}

/// Answers until the client goes.
fn all(stream: &mut BufReader<std::net::TcpStream>, seen: &Seen) {
    while request(stream).is_some() {
        seen.requests.fetch_add(1, Ordering::SeqCst);
        stream.get_mut().write_all(ANSWER).expect("written");
    }
}

/// Answers one request.
fn once(stream: &mut BufReader<std::net::TcpStream>, seen: &Seen) {
    request(stream).expect("a request");
    seen.requests.fetch_add(1, Ordering::SeqCst);
    stream.get_mut().write_all(ANSWER).expect("written");
}

/// Waits until the client has noticed that the server closes what is idle.
async fn all_close(connections: &Connections) {
    let closed = async {
        while connections.idle().iter().any(|one| !one.sender.is_closed()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), closed).await.expect("in time");
}

async fn ask(connections: &Connections) -> Result<Answer, Failure> {
    let request = Request::post("/method").body(Full::from("{}")).expect("a request");
    tokio::time::timeout(Duration::from_secs(60), connections.exchange(request, 100)).await.expect("in time")
}

async fn is_answered(connections: &Connections) {
    let answer = ask(connections).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!((answer.status, &answer.body[..]), (200, &b"ok"[..]));
}

impl Seen {
    fn counts(&self) -> (u32, u32) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn one_after_the_other_shares_a_connection() {
    let (connections, seen) = server(all);
    for _ in 0..20 {
        is_answered(&connections).await;
    }
    assert_eq!(seen.counts(), (1, 20));
}

/// Each of eight is answered once all of them have come: so there are eight connections, and no
/// more are needed.
#[tokio::test]
async fn what_is_asked_at_once_has_a_connection_each_and_these_are_kept() {
    let together = Barrier::new(8);
    let (connections, seen) = server(move |stream, seen| {
        while request(stream).is_some() {
            seen.requests.fetch_add(1, Ordering::SeqCst);
            together.wait();
            stream.get_mut().write_all(ANSWER).expect("written");
        }
    });
    for _ in 0..3 {
        join_all((0..8).map(|_| is_answered(&connections))).await;
    }
    assert_eq!(seen.counts(), (8, 24));
}

#[tokio::test]
async fn one_that_the_server_has_closed_is_not_used_again() {
    let (connections, seen) = server(once);
    for _ in 0..5 {
        is_answered(&connections).await;
        all_close(&connections).await;
    }
    assert_eq!(seen.counts(), (5, 5));
}

/// It may have been read: who asked decides whether to ask again.
#[tokio::test]
async fn what_was_written_is_not_written_again() {
    let (connections, seen) = server(|stream, seen| {
        once(stream, seen);
        if request(stream).is_some() {
            seen.requests.fetch_add(1, Ordering::SeqCst);
        }
    });
    is_answered(&connections).await;
    let failure = ask(&connections).await.err();
    assert!(matches!(failure, Some(Failure::Unknown(_))), "{failure:?}");
    assert_eq!(seen.counts(), (1, 2));
    is_answered(&connections).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_too_large_is_no_answer() {
    let (connections, _) = server(|stream, _| {
        request(stream).expect("a request");
        stream.get_mut().write_all(&ANSWER[..ANSWER.len() - 1]).expect("written");
    });
    let failure = ask(&connections).await.err();
    assert_eq!(failure, Some(Failure::Unknown("the answer broke off".to_owned())));

    let (connections, seen) = server(|stream, _| {
        while request(stream).is_some() {
            let large = [&b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"[..], &[b'x'; 101]].concat();
            // The client goes before it has read all.
            let _ = stream.get_mut().write_all(&large);
        }
    });
    for _ in 0..2 {
        assert_eq!(ask(&connections).await.err(), Some(Failure::TooLarge));
    }
    assert_eq!(seen.connections.load(Ordering::SeqCst), 2, "what is left of an answer is nobody's");
}

#[tokio::test]
async fn an_old_one_is_not_used_and_not_kept() {
    let (connections, seen) = server(all);
    join_all((0..4).map(|_| is_answered(&connections))).await;
    let (kept, _) = seen.counts();
    for one in connections.idle().iter_mut() {
        one.since -= IDLE.1 + Duration::from_secs(1);
    }
    is_answered(&connections).await;
    assert_eq!(connections.idle().len(), 1);
    assert_eq!(seen.counts(), (kept + 1, 5));
}

/// The server closes it between the look at it and the request.
#[tokio::test]
async fn what_was_not_written_is_written_to_another() {
    let (close, told) = std::sync::mpsc::channel::<()>();
    let told = Mutex::new(told);
    let (connections, seen) = server(move |stream, seen| {
        once(stream, seen);
        let _ = told.lock().expect("no panic").recv();
    });
    is_answered(&connections).await;
    close.send(()).expect("it waits");
    all_close(&connections).await;
    let closed = connections.idle().pop_back().map(|one| one.sender);
    assert!(closed.is_some());
    let request = Request::post("/method").body(Full::from("{}")).expect("a request");
    let answer = connections.exchange_on(closed, request, 100).await.unwrap_or_else(|f| panic!("{f:?}"));
    assert_eq!(answer.status, 200);
    assert_eq!(seen.counts(), (2, 2));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_spoken_to() {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = certificate.signed_by(&key, &authority).expect("a certificate");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.expect("versions").with_no_client_auth();
    let tls = Arc::new(tls.with_single_cert(vec![certificate.der().clone()], key.into()).expect("a server"));

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url: Uri = format!("https://localhost:{}", listener.local_addr().expect("an address").port())
        .parse()
        .expect("a URL");
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let heard = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let session = rustls::ServerConnection::new(tls.clone()).expect("a session");
            let mut stream = BufReader::new(rustls::StreamOwned::new(session, stream));
            while let Some((head, _)) = request(&mut stream) {
                heard.lock().expect("no panic").push(head);
                stream.get_mut().write_all(ANSWER).expect("written");
            }
        }
    });
    let strange = Connections::new(&url).expect("TLS").expect("a host");
    assert_eq!(ask(&strange).await.err(), Some(Failure::Unsent("no connection".to_owned())));
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("an authority");
    let known = Connections::trusting(roots, &url).expect("TLS").expect("a host");
    is_answered(&known).await;
    let heads = heads.lock().expect("no panic");
    let host = format!("host: localhost:{}\r\n", url.port().expect("a port"));
    assert!(heads.len() == 1 && heads[0].starts_with("POST /method HTTP/1.1\r\n"), "{heads:?}");
    assert!(heads[0].to_ascii_lowercase().contains(&host), "{heads:?}");
}

#[test]
fn no_password_goes_with_the_hosts_name() {
    let host = |url: &str| {
        let connections = Connections::new(&url.parse().expect("a URL")).expect("TLS")?;
        Some(connections.host.to_str().expect("text").to_owned())
    };
    assert_eq!(host("https://api.example.org/bot").as_deref(), Some("api.example.org"));
    assert_eq!(host("http://me:word@[::1]:81").as_deref(), Some("[::1]:81"));
    assert_eq!(host("/path"), None);
}
