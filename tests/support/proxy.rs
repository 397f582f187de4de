//! A TCP proxy with faults, to stand between the engine and a real server (PostgreSQL, Redis).
//!
//! It knows nothing of what it carries. Everything is switched while it runs, from any thread; it
//! works on a thread of its own and ends with its handle.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, tcp};
use tokio::sync::{broadcast, oneshot, watch};

/// How long making a connection to the server may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes moved at once.
const CHUNK: usize = 16 * 1024;

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

/// Carries one connection to its end.
async fn carry(mut client: TcpStream, mut orders: broadcast::Receiver<Order>, shared: &Arc<Shared>) {
    let mut mode = shared.mode.subscribe();
    let _ = client.set_nodelay(true);
    if *mode.borrow() == Mode::BlackHole {
        // The server never hears of it.
        let mut sink = vec![0; CHUNK];
        let swallow = async { while !matches!(client.read(&mut sink).await, Ok(0) | Err(_)) {} };
        tokio::select! {
            () = swallow => {}
            () = reset_ordered(&mut orders) => {}
        }
        let _ = client.set_zero_linger();
        return;
    }
    let _ = mode.wait_for(|mode| *mode != Mode::Hold).await;
    let made = tokio::time::timeout(CONNECT, TcpStream::connect(shared.server)).await;
    let Ok(Ok(mut server)) = made else {
        let _ = client.set_zero_linger();
        return;
    };
    let _ = server.set_nodelay(true);
    let is_reset = {
        let trap = Trapped::default();
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let requests = Pump::new(Way::Requests, shared, &trap);
        let replies = Pump::new(Way::Replies, shared, &trap);
        let both = async {
            tokio::try_join!(requests.run(from_client, to_server), replies.run(from_server, to_client))
        };
        tokio::select! {
            ended = both => ended.is_err(),
            () = reset_ordered(&mut orders) => true,
        }
    };
    if is_reset {
        let _ = client.set_zero_linger();
        let _ = server.set_zero_linger();
    }
}

async fn reset_ordered(orders: &mut broadcast::Receiver<Order>) {
    loop {
        match orders.recv().await {
            Ok(Order::Reset) => return,
            // The proxy ends.
            Err(broadcast::error::RecvError::Closed) => return,
            _ => {}
        }
    }
}

/// What a connection's two ways know of a reply that is to be dropped.
#[derive(Default)]
struct Trapped {
    is_sprung: AtomicBool,
    is_silent: AtomicBool,
}

/// The connection is to be reset.
struct Broken;

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Broken {
        Broken
    }
}

struct Pump<'a> {
    way: Way,
    shared: &'a Shared,
    trap: &'a Trapped,
    /// Something that came this way was swallowed.
    has_hole: bool,
    /// The end of what came last, for requests that come in pieces.
    tail: Vec<u8>,
}

impl<'a> Pump<'a> {
    fn new(way: Way, shared: &'a Shared, trap: &'a Trapped) -> Pump<'a> {
        Pump { way, shared, trap, has_hole: false, tail: Vec::new() }
    }

    async fn run(mut self, mut from: tcp::ReadHalf<'_>, mut to: tcp::WriteHalf<'_>) -> Result<(), Broken> {
        let (mut mode, mut orders) = (self.shared.mode.subscribe(), self.shared.orders.subscribe());
        let mut piece = vec![0; CHUNK];
        loop {
            let n = tokio::select! {
                n = from.read(&mut piece) => n?,
                order = orders.recv() => {
                    if matches!(order, Ok(Order::HalfClose(way)) if way == self.way) {
                        to.shutdown().await?;
                        // What still comes is for nobody.
                        self.has_hole = true;
                    }
                    continue;
                }
            };
            let now = *mode.borrow_and_update();
            match now {
                Mode::Delay(time) => tokio::time::sleep(time).await,
                Mode::Hold => drop(mode.wait_for(|mode| *mode != Mode::Hold).await),
                _ => {}
            }
            self.has_hole |= mode.borrow().swallows(self.way);
            if n == 0 {
                if self.has_hole {
                    // The end is swallowed, too, as long as everything is.
                    let _ = mode.wait_for(|mode| !mode.swallows(self.way)).await;
                    return Err(Broken);
                }
                // The other way may go on.
                return Ok(to.shutdown().await?);
            }
            let piece = &piece[..n];
            if self.has_hole || !self.trap_lets_pass(piece)? {
                continue;
            }
            let count = match self.way {
                Way::Requests => &self.shared.counts.requests,
                Way::Replies => &self.shared.counts.replies,
            };
            count.fetch_add(n as u64, Ordering::SeqCst);
            to.write_all(piece).await?;
        }
    }

    /// Whether a piece passes: replies do not once their request has sprung a trap.
    fn trap_lets_pass(&mut self, piece: &[u8]) -> Result<bool, Broken> {
        match self.way {
            Way::Requests => {
                let before = self.tail.len();
                self.tail.extend_from_slice(piece);
                if self.is_meant(before) {
                    self.trap.is_sprung.store(true, Ordering::SeqCst);
                }
                self.tail.drain(..self.tail.len().saturating_sub(256));
                Ok(true)
            }
            Way::Replies if self.trap.is_sprung.swap(false, Ordering::SeqCst) => {
                self.shared.counts.dropped.fetch_add(1, Ordering::SeqCst);
                self.has_hole = true;
                if self.trap.is_silent.load(Ordering::SeqCst) { Ok(false) } else { Err(Broken) }
            }
            Way::Replies => Ok(true),
        }
    }

    /// Whether the oldest trap is meant for what has just come, behind `before` bytes of the tail;
    /// it is taken then. A request that had come as a whole before the trap was set is not meant.
    fn is_meant(&mut self, before: usize) -> bool {
        let mut traps = self.shared.traps.lock().expect("nobody panics with it");
        let Some(Trap { request, then }) = traps.front() else { return false };
        let fresh = &self.tail[(before + 1).saturating_sub(request.len())..];
        let hits = request.is_empty() || fresh.windows(request.len()).any(|w| w == request);
        if hits {
            self.trap.is_silent.store(*then == Then::Silence, Ordering::SeqCst);
            // The same bytes do not spring the next one.
            self.tail.clear();
            traps.pop_front();
        }
        hits
    }
}
