//! Servers that answer late.

use super::*;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

/// Servers that are all slower than one of several may be, as under a storm of logins: the
/// first connection to each hears nothing, the next one an answer, which is no time-out.
#[tokio::test]
async fn servers_that_are_all_slow_are_asked_once_more() {
    let ports = [(); 2].map(|()| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            let silent = listener.accept().expect("the first");
            let (mut next, _) = listener.accept().expect("the second");
            assert!(next.read(&mut [0; 1_024]).expect("a start-up") > 0);
            let fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
            let length = u32::try_from(fields.len() + 4).expect("it is short").to_be_bytes();
            next.write_all(&[&b"E"[..], &length, fields].concat()).expect("answered");
            drop(silent);
        });
        port
    });
    let url = format!("postgresql://a@127.0.0.1:{},127.0.0.1:{}/b?sslmode=disable", ports[0], ports[1]);
    let connector = Connector::new(&url, STATEMENT_TIMEOUT).expect("an address");
    let opened = connector.open(mpsc::channel(1).0).await;
    match opened.map(drop) {
        Err(Fault::Db(error)) => assert_eq!(error.code().map(|code| code.code()), Some("57P03")),
        other => panic!("{other:?}"),
    }
}
