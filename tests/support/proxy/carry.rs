//! One connection through the proxy, from its beginning to its end.

use super::{CONNECT, Mode, Order, Shared, Then, Trap, Way};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, tcp};
use tokio::sync::broadcast;

/// Bytes moved at once.
const CHUNK: usize = 16 * 1024;

/// Carries one connection to its end.
pub(super) async fn carry(
    mut client: TcpStream,
    mut orders: broadcast::Receiver<Order>,
    shared: &Arc<Shared>,
) {
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
            let piece = &mut piece[..n];
            if self.has_hole || !self.trap_lets_pass(piece)? {
                continue;
            }
            if self.way == Way::Requests {
                self.change(piece);
            }
            let count = match self.way {
                Way::Requests => &self.shared.counts.requests,
                Way::Replies => &self.shared.counts.replies,
            };
            count.fetch_add(n as u64, Ordering::SeqCst);
            to.write_all(piece).await?;
        }
    }

    /// Puts other bytes in the place of those that are to be changed.
    fn change(&self, piece: &mut [u8]) {
        let mut changes = self.shared.changes.lock().expect("nobody panics with it");
        let Some((request, into)) = changes.front() else { return };
        if let Some(at) = piece.windows(request.len()).position(|w| w == request) {
            piece[at..at + into.len()].copy_from_slice(into);
            changes.pop_front();
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
