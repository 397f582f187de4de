//! When the certificates of this bot's own addresses end. Whoever renews them is another program,
//! and nobody looks whether it still does.

use crate::clock::SystemClock;
use crate::store::AnyCertificate;
use nameless_actors::ports::Clock;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// How often it is looked; certificates live for weeks.
const LOOK: Duration = Duration::from_secs(86_400);
/// How soon again where nobody answered. A machine need not reach itself by its public name, so
/// that is no alarm.
const AGAIN: Duration = Duration::from_secs(3_600);
/// How long one look may take at each step.
const PATIENCE: Duration = Duration::from_secs(10);
/// Less time than this is too little: Let's Encrypt's are renewed thirty days before their end.
const NEAR_MS: i64 = 10 * 86_400_000;

/// When the first of them ends.
#[derive(Clone, Debug)]
pub(super) struct Ends(Arc<AtomicI64>);

impl Ends {
    /// Nobody knows yet.
    pub fn unknown() -> Ends {
        Ends(Arc::new(AtomicI64::new(i64::MAX)))
    }

    /// Whether one ends within days, or has ended.
    pub fn is_near(&self) -> bool {
        self.0.load(Ordering::Relaxed) < SystemClock.now().0.saturating_add(NEAR_MS)
    }
}

/// One of the addresses.
struct Watched {
    url: Url,
    /// What was seen last, also if nobody answers now.
    end: Option<i64>,
    was_asked: bool,
}

impl Watched {
    fn new(url: Url) -> Watched {
        Watched { url, end: None, was_asked: false }
    }

    /// Takes in what was seen. True once, if nobody has ever answered: then nothing watches it.
    fn heard(&mut self, end: Option<i64>) -> bool {
        self.end = end.or(self.end);
        !std::mem::replace(&mut self.was_asked, true) && self.end.is_none()
    }
}

/// Looks at them now and once a day, until it is aborted.
pub(super) async fn watch(addresses: Vec<Url>, ends: Ends) {
    let of_tls = addresses.into_iter().filter(|url| url.scheme() == "https");
    let mut all: Vec<Watched> = of_tls.map(Watched::new).collect();
    while !all.is_empty() {
        let mut unknown = false;
        for one in &mut all {
            let end = ask(one.url.clone()).await;
            unknown |= end.is_none();
            if one.heard(end) {
                let host = one.url.host_str().unwrap_or_default();
                tracing::warn!(
                    host,
                    "nobody shows this machine the certificate there: its end is not watched"
                );
            }
        }
        if let Some(first) = all.iter().filter_map(|one| one.end).min() {
            ends.0.store(first, Ordering::Relaxed);
        }
        tokio::time::sleep(if unknown { AGAIN } else { LOOK }).await;
    }
}

/// The same as [`end_of`], on a thread that may wait: names are looked up and hands shaken. It is
/// none of the runtime's, whose end would wait for it.
async fn ask(url: Url) -> Option<i64> {
    let (tell, told) = oneshot::channel();
    let asking = move || {
        // Nobody waits any more if the bot ends.
        let _ = tell.send(end_of(&url));
    };
    std::thread::Builder::new().name("certificate".to_owned()).spawn(asking).ok()?;
    told.await.ok().flatten()
}

/// When the certificate that is shown there ends, in milliseconds since the Unix epoch. Nothing is
/// proved and nothing sent: whoever answers is asked for what everybody may see.
fn end_of(url: &Url) -> Option<i64> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut places = (bare, port).to_socket_addrs().ok()?;
    let mut stream = places.find_map(|place| TcpStream::connect_timeout(&place, PATIENCE).ok())?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let provider = Arc::new(ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().ok()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)));
    let name = ServerName::try_from(bare.to_owned()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config.with_no_client_auth()), name).ok()?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).ok()?;
    }
    let certificate = Certificate::from_der(connection.peer_certificates()?.first()?).ok()?;
    let end = certificate.tbs_certificate.validity.not_after.to_unix_duration();
    i64::try_from(end.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};
    use std::time::Instant;

    fn address(port: u16) -> Url {
        Url::parse(&format!("https://127.0.0.1:{port}")).expect("an address")
    }

    #[test]
    fn what_was_seen_stays_and_what_never_was_is_said_once() {
        let mut one = Watched::new(address(1));
        assert!(one.heard(None) && !one.heard(None), "once");
        assert!(!one.heard(Some(5)) && !one.heard(None));
        assert_eq!(one.end, Some(5), "another one's end must not take its place");
        assert!(!Watched::new(address(1)).heard(Some(5)));
    }

    /// An address that takes a connection and says nothing.
    #[test]
    fn a_runtime_ends_without_an_answer() {
        let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let asking = ask(address(silent.local_addr().expect("its address").port()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let answer =
            runtime.block_on(async { tokio::time::timeout(Duration::from_millis(20), asking).await });
        assert!(answer.is_err(), "{answer:?}");
        let asked = silent.accept().expect("it is asked");
        let begun = Instant::now();
        drop(runtime);
        assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
        drop(asked);
    }

    #[test]
    fn ten_days_are_near_and_what_nobody_knows_is_not() {
        let ends = Ends::unknown();
        assert!(!ends.is_near());
        for (days, is_near) in [(-1, true), (9, true), (11, false)] {
            ends.0.store(SystemClock.now().0 + days * 86_400_000, Ordering::Relaxed);
            assert_eq!(ends.is_near(), is_near, "{days}");
        }
    }
}
