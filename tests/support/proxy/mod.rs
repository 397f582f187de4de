//! A TCP proxy with faults, to stand between the engine and a real server (PostgreSQL, Redis).
//!
//! It knows nothing of what it carries. Everything is switched while it runs, from any thread; it
//! works on a thread of its own and ends with its handle.

#![allow(dead_code, reason = "not every test uses all of it")]

mod carry;

use carry::carry;
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{broadcast, oneshot, watch};

/// How long making a connection to the server may take, and opening the port or closing it.
const CONNECT: Duration = Duration::from_secs(30);

/// One way through the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Replies,
}

/// What happens to what comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It passes.
    Pass,
    /// Each piece passes after this long, in order.
    Delay(Duration),
    /// Nothing passes until the mode changes; then everything does, as TCP does it after a cut that
    /// was short enough.
    Hold,
    /// What goes this way is swallowed. A connection that has lost something stays so until it is
    /// closed: its stream has a hole.
    Swallow(Way),
    /// The same for both ways. New connections are accepted, and the server never hears of them.
    BlackHole,
    /// New connections are refused (the port is closed); those that exist go on.
    Refuse,
}

impl Mode {
    fn swallows(self, way: Way) -> bool {
        self == Mode::BlackHole || self == Mode::Swallow(way)
    }
}

/// What the client sees after the reply that was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The connection is reset.
    Reset,
    /// Nothing, for ever.
    Silence,
}

/// Figures of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections that exist.
    pub open: u64,
    /// Bytes that reached the server.
    pub requests: u64,
    /// Bytes that reached the client.
    pub replies: u64,
    /// Replies dropped as asked.
    pub dropped: u64,
}

#[derive(Clone, Copy)]
enum Order {
    Reset,
    HalfClose(Way),
}

struct Trap {
    /// Bytes of the request that is meant; empty: any.
    request: Vec<u8>,
    then: Then,
}

#[derive(Default)]
struct Counts {
    accepted: AtomicU64,
    open: AtomicU64,
    requests: AtomicU64,
    replies: AtomicU64,
    dropped: AtomicU64,
}

struct Shared {
    server: SocketAddr,
    mode: watch::Sender<Mode>,
    orders: broadcast::Sender<Order>,
    traps: Mutex<VecDeque<Trap>>,
    /// Bytes of a request, and as many that reach the server instead.
    changes: Mutex<VecDeque<(Vec<u8>, Vec<u8>)>>,
    counts: Counts,
}

/// A running proxy.
pub struct Proxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to `server`, which need not be there yet.
    pub fn start(server: SocketAddr) -> Proxy {
        let shared = Arc::new(Shared {
            server,
            mode: watch::Sender::new(Mode::Pass),
            orders: broadcast::Sender::new(64),
            traps: Mutex::default(),
            changes: Mutex::default(),
            counts: Counts::default(),
        });
        let (end, ended) = oneshot::channel();
        let (ready, address) = std::sync::mpsc::channel();
        let inside = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                // Bound and never listened on: the port stays ours while connections are refused.
                let (place, addr) = bind(([127, 0, 0, 1], 0).into()).expect("a free port");
                ready.send(addr).expect("the starter waits");
                tokio::select! {
                    _ = ended => {}
                    () = accept(addr, inside) => {}
                }
                drop(place);
            });
        });
        let addr = address.recv().expect("the proxy starts");
        let proxy = Proxy { addr, shared, end: Some(end), thread: Some(thread) };
        proxy.await_listening(true);
        proxy
    }

    /// The same for a server on a port of this machine.
    pub fn to_port(port: u16) -> Proxy {
        Proxy::start((Ipv4Addr::LOCALHOST, port).into())
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// From now on this happens, to running connections as well. When it returns, new connections
    /// meet it.
    pub fn set(&self, mode: Mode) {
        self.shared.mode.send_replace(mode);
        self.await_listening(mode != Mode::Refuse);
    }

    /// Resets (RST) all running connections, on both sides.
    pub fn reset(&self) {
        let _ = self.shared.orders.send(Order::Reset);
    }

    /// The database or the network is away: running connections are reset, new ones refused.
    pub fn cut(&self) {
        self.set(Mode::Refuse);
        self.reset();
    }

    /// Ends one way of all running connections (FIN); the other one goes on.
    pub fn half_close(&self, way: Way) {
        let _ = self.shared.orders.send(Order::HalfClose(way));
    }

    /// The next request with these bytes in it (empty: any) reaches the server; its reply does not
    /// reach the client. So the client cannot know whether it was carried out, and it was: what
    /// happens `then` happens once the server has begun to answer. Bytes are searched within a
    /// connection's last 256 and what comes in; through TLS they cannot be found. Asked for several
    /// times, it happens several times.
    pub fn drop_reply(&self, request: &[u8], then: Then) {
        assert!(request.len() <= 256, "longer than what is looked through");
        self.traps().push_back(Trap { request: request.to_vec(), then });
    }

    /// The next request with these bytes in it reaches the server with others in their place, as
    /// many of them. They are searched within what comes at once.
    pub fn change(&self, request: &[u8], into: &[u8]) {
        assert_eq!(request.len(), into.len(), "what is behind them would be torn");
        let mut changes = self.shared.changes.lock().expect("nobody panics with it");
        changes.push_back((request.to_vec(), into.to_vec()));
    }

    /// Whether all that was to be changed has come.
    pub fn has_changed(&self) -> bool {
        self.shared.changes.lock().expect("nobody panics with it").is_empty()
    }

    /// What it has done so far.
    pub fn figures(&self) -> Figures {
        let Counts { accepted, open, requests, replies, dropped } = &self.shared.counts;
        let [accepted, open, requests, replies, dropped] =
            [accepted, open, requests, replies, dropped].map(|n| n.load(Ordering::SeqCst));
        Figures { accepted, open, requests, replies, dropped }
    }

    fn traps(&self) -> std::sync::MutexGuard<'_, VecDeque<Trap>> {
        self.shared.traps.lock().expect("nobody panics with it")
    }

    /// Waits until the port is open, or closed.
    fn await_listening(&self, wanted: bool) {
        let until = Instant::now() + CONNECT;
        while is_listening(self.addr) != wanted {
            assert!(Instant::now() < until, "the proxy's port does not open or close");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether a socket of this machine listens there, without connecting to it.
fn is_listening(addr: SocketAddr) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the system's table of sockets");
    let octets = Ipv4Addr::LOCALHOST.octets();
    let local = format!("{:08X}:{:04X}", u32::from_ne_bytes(octets), addr.port());
    // Columns: number, local address, remote address, state (0A: listening).
    table.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        columns.next() == Some(&local) && columns.nth(1) == Some("0A")
    })
}

fn bind(addr: SocketAddr) -> io::Result<(TcpSocket, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    let addr = socket.local_addr()?;
    Ok((socket, addr))
}

/// Listens whenever the mode allows it.
async fn accept(addr: SocketAddr, shared: Arc<Shared>) {
    let mut mode = shared.mode.subscribe();
    loop {
        let _ = mode.wait_for(|mode| *mode != Mode::Refuse).await;
        let (socket, _) = bind(addr).expect("the port is ours");
        let listener = socket.listen(1_024).expect("a listener");
        tokio::select! {
            _ = mode.wait_for(|mode| *mode == Mode::Refuse) => {}
            () = serve(&listener, &shared) => {}
        }
        // Who stands in the listener's queue is reset when it goes.
    }
}

async fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        let orders = shared.orders.subscribe();
        shared.counts.accepted.fetch_add(1, Ordering::SeqCst);
        shared.counts.open.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        tokio::spawn(async move {
            carry(client, orders, &shared).await;
            shared.counts.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}
