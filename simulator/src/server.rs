//! The HTTP server in a thread of its own, so that callers on any runtime, or none, can use it.

use std::any::Any;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use thiserror::Error;

use crate::config::SimConfig;
use crate::state::world::World;
use crate::{bot_api, user_side, webhook};

/// Why a simulator did not start.
#[derive(Debug, Error)]
pub enum SimError {
    /// The address is taken or not ours.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The server's thread or its runtime could not be made.
    #[error("cannot start the server: {0}")]
    Start(String),
}

/// A running server. Stops when dropped; its [`World`] lives on and can be shown by another one.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    world: Arc<World>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a server with an empty world.
    pub fn start(config: SimConfig) -> Result<Self, SimError> {
        let addr = config.addr;
        Self::start_with_world(addr, World::new(config))
    }

    /// Starts a server for a world that exists, so that a test can take the server down and up
    /// again.
    pub fn start_with_world(addr: SocketAddr, world: Arc<World>) -> Result<Self, SimError> {
        let listen = |source| SimError::Listen { addr, source };
        let listener = TcpListener::bind(addr).map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let (ready, started) = mpsc::sync_channel(1);
        let shown = world.clone();
        let thread = std::thread::Builder::new()
            .name("simulator".into())
            .spawn(move || serve(listener, shown, &ready))
            .map_err(|e| SimError::Start(e.to_string()))?;
        // The thread answers at once or ends, which closes the channel.
        match started.recv_timeout(Duration::from_secs(60)) {
            Ok(Ok(handle)) => Ok(Self { addr, world, handle, thread: Some(thread) }),
            Ok(Err(reason)) => Err(SimError::Start(reason)),
            Err(_) => Err(SimError::Start("its thread does not answer".into())),
        }
    }

    /// `http://127.0.0.1:PORT`: what a bot takes for Telegram's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The world that this server shows.
    pub fn world(&self) -> Arc<World> {
        self.world.clone()
    }

    /// Stops the server at once: open connections, long polls included, are closed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // The command is sent by the call; its future only waits for the end, and so does `join`.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the simulator's thread panicked");
        }
    }
}

/// A look at the socket of a connection. actix-web does not notice that a client went away while
/// its call still waits; a poll whose client is gone must not count as a rival of the next one.
#[derive(Debug)]
pub(crate) struct Line(TcpStream);

impl Line {
    fn of(connection: &dyn Any) -> Option<Self> {
        let stream = connection.downcast_ref::<actix_rt::net::TcpStream>()?;
        stream.as_fd().try_clone_to_owned().ok().map(|fd| Self(fd.into()))
    }

    /// Whether the client has closed the connection. The socket is non-blocking: this never waits.
    pub(crate) fn is_closed(&self) -> bool {
        match self.0.peek(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}

fn serve(listener: TcpListener, world: Arc<World>, ready: &mpsc::SyncSender<Result<ServerHandle, String>>) {
    let system = actix_rt::System::new();
    let workers = world.config.workers.max(1);
    system.block_on(async move {
        let deliveries = actix_rt::spawn(webhook::run(world.clone()));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::from(world.clone()))
                .configure(|cfg| user_side::configure(cfg, world.clone()))
                .configure(bot_api::configure)
        })
        .on_connect(|connection, data| {
            if let Some(line) = Line::of(connection) {
                data.insert(line);
            }
        })
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(0)
        // Clients keep their connections between long polls.
        .keep_alive(Duration::from_secs(75))
        .listen(listener);
        match server {
            Ok(server) => {
                let server = server.run();
                // Fails only where the starter has given up.
                let _ = ready.send(Ok(server.handle()));
                if let Err(error) = server.await {
                    tracing::error!(%error, "the simulator's server failed");
                }
            }
            Err(error) => {
                let _ = ready.send(Err(error.to_string()));
            }
        }
        deliveries.abort();
    });
}
