//! Servers that answer late, or never.

use super::connector::{CONNECT_TIMEOUT, NEXT_AFTER};
use super::*;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// What a server says to its start-up: that it is about to come up.
fn starting_up() -> Vec<u8> {
    let fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
    let length = u32::try_from(fields.len() + 4).expect("it is short").to_be_bytes();
    [&b"E"[..], &length, fields].concat()
}

/// A server that takes one connection and answers it once it is told to; its port, how to tell it.
fn late() -> (u16, Sender<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let (tell, told): (Sender<()>, Receiver<()>) = channel();
    std::thread::spawn(move || {
        let (mut one, _) = listener.accept().expect("the only one");
        if told.recv().is_ok() {
            assert!(one.read(&mut [0; 1_024]).expect("a start-up") > 0);
            one.write_all(&starting_up()).expect("answered");
        }
    });
    (port, tell)
}

fn connector(ports: &[u16]) -> Connector {
    let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let url = format!("postgresql://a@{}/b?sslmode=disable", hosts.join(","));
    Connector::new(&url, STATEMENT_TIMEOUT).expect("an address")
}

/// A server that is merely slow is heard, though the next one was asked meanwhile: each is
/// connected to once.
#[tokio::test]
async fn who_is_slow_is_heard_while_others_are_asked() {
    let (first, second) = (late(), late());
    let connector = connector(&[first.0, second.0]);
    let opened = tokio::spawn(async move { connector.open(mpsc::channel(1).0).await.map(drop) });
    // Longer than the first has for itself.
    tokio::time::sleep(NEXT_AFTER + NEXT_AFTER / 4).await;
    first.1.send(()).expect("it waits");
    second.1.send(()).expect("it waits");
    match opened.await.expect("no panic") {
        Err(Fault::Db(error)) => assert_eq!(error.code().map(|code| code.code()), Some("57P03")),
        other => panic!("{other:?}"),
    }
}

/// However many take connections and say nothing, a try ends in the time of one.
#[tokio::test]
async fn servers_that_all_hang_cost_the_time_of_one() {
    let servers = [late(), late(), late(), late()];
    let begun = Instant::now();
    let opened = connector(&servers.each_ref().map(|server| server.0)).open(mpsc::channel(1).0).await;
    assert!(matches!(opened.map(drop), Err(Fault::Away(_))));
    let took = begun.elapsed();
    // Four of them one after the other would take four times that.
    assert!(took >= CONNECT_TIMEOUT && took < CONNECT_TIMEOUT * 3, "{took:?}");
}

/// Where one says no and the other hangs, the next try comes soon: the first may be promoted by
/// then.
#[tokio::test]
async fn a_no_beside_silence_ends_a_try_soon() {
    let (silent, says_no) = (late(), late());
    says_no.1.send(()).expect("it waits");
    let begun = Instant::now();
    let opened = connector(&[silent.0, says_no.0]).open(mpsc::channel(1).0).await;
    assert!(matches!(opened.map(drop), Err(Fault::Db(_))));
    assert!(begun.elapsed() < CONNECT_TIMEOUT, "{:?}", begun.elapsed());
}
