//! A public address for a webhook, as a reverse proxy has it: it stays while the bot behind it
//! comes and goes.

use super::app::{Options, TestApp, spawn_app};
use nameless_actors::kernel::lock;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The webhook's secret in tests.
pub const SECRET: &str = "s3cret-of-the-tests";

#[derive(Default)]
struct State {
    to: Mutex<Vec<SocketAddr>>,
    /// What Telegram may keep open for the next update.
    open: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    swallow: AtomicUsize,
    swallowed: AtomicUsize,
}

/// Listens on a free port and hands every connection on. Its threads end with their connections.
pub struct Front {
    addr: SocketAddr,
    state: Arc<State>,
}

impl Front {
    /// With nobody behind it.
    pub fn start() -> Front {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = shared.clone();
                std::thread::spawn(move || drop(shared.connect(client)));
            }
        });
        Front { addr, state }
    }

    /// What the bot is told to be reached at.
    pub fn url(&self) -> String {
        format!("http://{}/webhook/telegram", self.addr)
    }

    /// Who is behind it from now on.
    pub fn to(&self, addr: SocketAddr) {
        self.among(vec![addr]);
    }

    /// Who are behind it from now on: each gets a connection in turn.
    pub fn among(&self, addrs: Vec<SocketAddr>) {
        *lock(&self.state.to) = addrs;
    }

    /// Ends all connections; the next update needs a new one.
    pub fn hang_up(&self) {
        let open = std::mem::take(&mut *lock(&self.state.open));
        open.iter().for_each(|client| drop(client.shutdown(Shutdown::Both)));
    }

    /// Keeps the next `n` answers to itself and hangs up instead.
    pub fn swallow(&self, n: usize) {
        self.state.swallow.store(n, Ordering::SeqCst);
    }

    /// Answers kept so far.
    pub fn swallowed(&self) -> usize {
        self.state.swallowed.load(Ordering::SeqCst)
    }

    /// The variables of a bot in webhook mode.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        [("WEBHOOK_URL", self.url()), ("WEBHOOK_SECRET", SECRET.to_owned())]
    }

    /// An application in webhook mode behind this.
    pub fn spawn_app(&self, mut options: Options) -> TestApp {
        options.variables.extend(self.variables());
        let app = spawn_app(options);
        self.to(app.http);
        app
    }
}

impl State {
    fn connect(&self, client: TcpStream) -> std::io::Result<()> {
        let turn = self.connections.fetch_add(1, Ordering::SeqCst);
        let to = {
            let all = lock(&self.to);
            all.get(turn % all.len().max(1)).copied()
        };
        let Some(to) = to else { return Ok(()) };
        let server = TcpStream::connect(to)?;
        {
            let mut open = lock(&self.open);
            open.retain(|client| client.peer_addr().is_ok());
            open.push(client.try_clone()?);
        }
        let (mut requests, mut up) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut requests, &mut up);
            let _ = up.shutdown(Shutdown::Write);
        });
        let passed = self.answers(&server, &client);
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        passed
    }

    fn answers(&self, mut server: &TcpStream, mut client: &TcpStream) -> std::io::Result<()> {
        let mut bytes = [0; 16 << 10];
        loop {
            let n = server.read(&mut bytes)?;
            if n == 0 {
                return Ok(());
            }
            let less = |n: usize| n.checked_sub(1);
            if self.swallow.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
                self.swallowed.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
            client.write_all(&bytes[..n])?;
        }
    }
}
