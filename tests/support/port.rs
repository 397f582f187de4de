//! A port of this machine that stays a test's, whether somebody listens on it or not.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpSocket;

/// Bound, and never listened on: a process that asks the system for any port is given another one.
/// A server that sets `SO_REUSEADDR`, as all that tests start do, may listen on it, be ended, and
/// listen again; while none does, connections are refused.
pub struct Port {
    addr: SocketAddr,
    _place: TcpSocket,
}

impl Port {
    /// One that nobody has.
    pub fn free() -> Port {
        let place = TcpSocket::new_v4().expect("a socket");
        place.set_reuseaddr(true).expect("a port that may be shared");
        place.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        Port { addr: place.local_addr().expect("its address"), _place: place }
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.addr.port()
    }

    /// `127.0.0.1` with it.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}
