//! The fault proxy itself, before a server that says everything back.

use crate::support::port::Port;
use crate::support::proxy::{Figures, Mode, Proxy, Then, Way};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(150);

/// A server that says everything back, then ends as its client does.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || {
                let mut piece = [0; 1_024];
                while let Ok(n) = stream.read(&mut piece) {
                    if n == 0 || stream.write_all(&piece[..n]).is_err() {
                        break;
                    }
                }
                let _ = stream.shutdown(Shutdown::Both);
            });
        }
    });
    addr
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.addr()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

/// What comes back for `text`.
fn ask(stream: &mut TcpStream, text: &str) -> std::io::Result<String> {
    stream.write_all(text.as_bytes())?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer).expect("what was sent"))
}

fn is_silent(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(SILENCE)).expect("set");
    let read = stream.read(&mut [0; 16]);
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    matches!(read, Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

fn is_reset(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 16]), Err(e) if e.kind() == ErrorKind::ConnectionReset)
}

fn until(proxy: &Proxy, what: &str, holds: impl Fn(Figures) -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds(proxy.figures()) {
        assert!(Instant::now() < end, "{what}: {:?}", proxy.figures());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn what_passes_is_counted() {
    let proxy = Proxy::start(echo());
    let mut one = connect(&proxy);
    assert_eq!(ask(&mut one, "hello").unwrap(), "hello");
    let mut two = connect(&proxy);
    assert_eq!(ask(&mut two, "you").unwrap(), "you");
    assert_eq!(proxy.figures(), Figures { accepted: 2, open: 2, requests: 8, replies: 8, dropped: 0 });
    drop(one);
    until(&proxy, "one is gone", |f| f.open == 1);
}

#[test]
fn a_delay_delays_and_order_stays() {
    let proxy = Proxy::start(echo());
    let mut stream = connect(&proxy);
    let delay = Duration::from_millis(50);
    proxy.set(Mode::Delay(delay));
    let began = Instant::now();
    assert_eq!(ask(&mut stream, "slow").unwrap(), "slow");
    assert!(began.elapsed() >= 2 * delay, "there and back");
    proxy.set(Mode::Hold);
    stream.write_all(b"one two").unwrap();
    assert!(is_silent(&mut stream));
    proxy.set(Mode::Pass);
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"one two");
}

#[test]
fn connections_are_reset_and_refused_on_a_port_that_stays() {
    let proxy = Proxy::start(echo());
    let mut stream = connect(&proxy);
    ask(&mut stream, "hello").unwrap();
    proxy.set(Mode::Refuse);
    let refused = TcpStream::connect(proxy.addr()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(ask(&mut stream, "still here").unwrap(), "still here");
    proxy.reset();
    assert!(is_reset(&mut stream));
    proxy.set(Mode::Pass);
    assert_eq!(ask(&mut connect(&proxy), "back").unwrap(), "back");
}

#[test]
fn a_black_hole_answers_nobody_and_old_connections_stay_in_it() {
    let proxy = Proxy::start(echo());
    let mut old = connect(&proxy);
    ask(&mut old, "hello").unwrap();
    proxy.set(Mode::BlackHole);
    old.write_all(b"lost").unwrap();
    assert!(is_silent(&mut old));
    let mut new = connect(&proxy);
    new.write_all(b"lost").unwrap();
    assert!(is_silent(&mut new));
    assert_eq!(proxy.figures().requests, 5);
    proxy.set(Mode::Pass);
    old.write_all(b"after").unwrap();
    assert!(is_silent(&mut old), "its stream has a hole");
    assert_eq!(ask(&mut connect(&proxy), "fresh").unwrap(), "fresh");
    proxy.reset();
    assert!(is_reset(&mut old));
    assert!(is_reset(&mut new));
}

#[test]
fn one_way_is_swallowed() {
    let proxy = Proxy::start(echo());
    let mut stream = connect(&proxy);
    ask(&mut stream, "hello").unwrap();
    proxy.set(Mode::Swallow(Way::Replies));
    stream.write_all(b"heard").unwrap();
    assert!(is_silent(&mut stream));
    until(&proxy, "the server has heard it", |f| f.requests == 10 && f.replies == 5);
}

#[test]
fn one_way_is_closed() {
    let proxy = Proxy::start(echo());
    let mut stream = connect(&proxy);
    ask(&mut stream, "hello").unwrap();
    proxy.half_close(Way::Replies);
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0, "the end");
    stream.write_all(b"heard").unwrap();
    until(&proxy, "the other way goes on", |f| f.requests == 10 && f.replies == 5);
    // The client's own end reaches the server, whose end ends the rest.
    let mut other = connect(&proxy);
    ask(&mut other, "hello").unwrap();
    other.shutdown(Shutdown::Write).unwrap();
    assert_eq!(other.read(&mut [0; 16]).unwrap(), 0);
    until(&proxy, "it is over", |f| f.open == 1);
}

#[test]
fn only_the_reply_of_the_request_that_is_meant_is_dropped() {
    let proxy = Proxy::start(echo());
    let mut stream = connect(&proxy);
    assert_eq!(ask(&mut stream, "COMMIT").unwrap(), "COMMIT");
    proxy.drop_reply(b"COMMIT", Then::Reset);
    proxy.drop_reply(b"", Then::Silence);
    assert_eq!(ask(&mut stream, "BEGIN").unwrap(), "BEGIN", "not for what came before");
    // In two pieces.
    assert_eq!(ask(&mut stream, "..COM").unwrap(), "..COM");
    stream.write_all(b"MIT;").unwrap();
    assert!(is_reset(&mut stream));
    assert_eq!(proxy.figures().dropped, 1);
    assert_eq!(proxy.figures().requests, 20, "the server has got it");
    let mut next = connect(&proxy);
    next.write_all(b"anything").unwrap();
    assert!(is_silent(&mut next));
    assert_eq!(proxy.figures().dropped, 2);
    assert_eq!(ask(&mut connect(&proxy), "COMMIT").unwrap(), "COMMIT", "only as often as asked for");
}

#[test]
fn a_server_that_is_away_resets_and_the_handle_ends_it() {
    let nobody = Port::free();
    let proxy = Proxy::start(nobody.addr());
    assert!(is_reset(&mut connect(&proxy)));
    let addr = proxy.addr();
    let mut stream = connect(&proxy);
    drop(proxy);
    assert!(stream.read(&mut [0; 16]).map_or(true, |n| n == 0));
    assert!(TcpStream::connect(addr).is_err());
}
