//! PostgreSQL inside the process: no server to install.
//!
//! It is PostgreSQL compiled to WebAssembly. It serves one connection at a time, survives kill -9, and does
//! not fsync (its runtime cannot): after a loss of power it may need its backup. A trap inside it ends its
//! serving thread; [`Embedded::revive`] starts it again.

use super::conn::Revive;
use pglite_oxide::PgliteServer;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The longest path of a Unix socket that every Unix takes, in bytes.
#[cfg(unix)]
const SOCKET_PATH_MAX: usize = 100;
/// How long stopping waits for the last connection to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the embedded database does not run.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another process uses the folder.
    #[error("the data folder {} is in use by another nameless process{holder}; stop it or set another DATA_DIR",
        .folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// Which process, as a parenthesis; empty if not known.
        holder: String,
    },
    /// The folder cannot be used.
    #[error("the data folder {} cannot be used: {error}", .folder.display())]
    Folder {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The server did not start.
    #[error("the embedded database did not start: {0}")]
    Start(String),
    /// The server did not stop: a client still holds its connection.
    #[error("the embedded database did not stop within {STOP_TIMEOUT:?}")]
    Stop,
}

/// A running embedded server. Dropping it stops it.
pub struct Embedded {
    shared: Arc<Shared>,
    url: String,
    /// Held while the server runs; the system lets go of it when the process dies.
    _lock: File,
}

struct Shared {
    root: PathBuf,
    /// None on systems without Unix sockets.
    #[cfg(unix)]
    socket: PathBuf,
    server: Mutex<Option<PgliteServer>>,
}

impl Embedded {
    /// Starts the server under `data_dir`/postgres, making the database on first use. Blocks for some tenths
    /// of a second.
    pub fn start(data_dir: &Path) -> Result<Embedded, EmbeddedError> {
        let folder = |error| EmbeddedError::Folder { folder: data_dir.into(), error };
        let root = data_dir.join("postgres");
        private_dir(&root).map_err(folder)?;
        let root = root.canonicalize().map_err(folder)?;
        let lock = lock(data_dir)?;
        let shared = Arc::new(Shared {
            #[cfg(unix)]
            socket: socket_path(&root).map_err(folder)?,
            root,
            server: Mutex::new(None),
        });
        let server = shared.launch()?;
        let url = server.database_url();
        *shared.server.lock().unwrap_or_else(|e| e.into_inner()) = Some(server);
        Ok(Embedded { shared, url, _lock: lock })
    }

    /// Where it listens: a socket that only this user can open.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Starts the server again if it has died; does nothing while it lives. Blocks.
    pub fn revive(&self) -> Revive {
        let shared = self.shared.clone();
        Arc::new(move || shared.revive())
    }

    /// Stops the server. Close its clients first.
    pub fn stop(self) -> Result<(), EmbeddedError> {
        self.shared.stop()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Err(error) = self.shared.stop() {
            tracing::warn!(%error, "stopping the embedded database");
        }
    }
}

impl Shared {
    fn launch(&self) -> Result<PgliteServer, EmbeddedError> {
        let builder = PgliteServer::builder().path(&self.root);
        #[cfg(unix)]
        let builder = builder.unix(&self.socket);
        builder.start().map_err(|e| EmbeddedError::Start(format!("{e:#}")))
    }

    #[cfg(unix)]
    fn is_dead(&self) -> bool {
        // Not accepted while a connection is served, but answered as long as the listener exists.
        std::os::unix::net::UnixStream::connect(&self.socket).is_err()
    }

    #[cfg(not(unix))]
    fn is_dead(&self) -> bool {
        let server = self.server.lock().unwrap_or_else(|e| e.into_inner());
        let address = server.as_ref().and_then(|s| s.tcp_addr());
        address.is_some_and(|a| std::net::TcpStream::connect_timeout(&a, STOP_TIMEOUT).is_err())
    }

    fn revive(&self) {
        if !self.is_dead() {
            return;
        }
        let mut server = self.server.lock().unwrap_or_else(|e| e.into_inner());
        // None after `stop`: it is to stay dead.
        let Some(dead) = server.take() else { return };
        drop(dead);
        tracing::error!("the embedded database died; starting it again");
        match self.launch() {
            Ok(fresh) => *server = Some(fresh),
            Err(error) => tracing::error!(%error, "the embedded database stays down"),
        }
    }

    fn stop(&self) -> Result<(), EmbeddedError> {
        let server = self.server.lock().unwrap_or_else(|e| e.into_inner()).take();
        let Some(server) = server else { return Ok(()) };
        // Its shutdown waits for the last client without limit.
        let (done, stopped) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = done.send(server.shutdown());
        });
        match stopped.recv_timeout(STOP_TIMEOUT) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!("the embedded database had failed before it was stopped: {error:#}");
                Ok(())
            }
            Err(_) => Err(EmbeddedError::Stop),
        }
    }
}

fn private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes the folder's lock, noting our process id in it for the error message of the next one.
fn lock(data_dir: &Path) -> Result<File, EmbeddedError> {
    let folder = |error| EmbeddedError::Folder { folder: data_dir.into(), error };
    let path = data_dir.join("postgres.lock");
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(folder)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = holder.trim();
            let holder = if holder.is_empty() { String::new() } else { format!(" (pid {holder})") };
            return Err(EmbeddedError::InUse { folder: data_dir.into(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(folder(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(folder)?;
    writeln!(file, "{}", std::process::id()).map_err(folder)?;
    Ok(file)
}

/// A place for the socket that no other user can reach: the data folder or, where its path is too long for a
/// socket, a private folder among the temporary ones.
#[cfg(unix)]
fn socket_path(root: &Path) -> std::io::Result<PathBuf> {
    const NAME: &str = ".s.PGSQL.5432";
    let near = root.join(NAME);
    if near.as_os_str().len() <= SOCKET_PATH_MAX {
        return Ok(near);
    }
    for attempt in 0..100 {
        let dir = std::env::temp_dir().join(format!("nameless-{}-{attempt}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&dir) {
            // Only a folder that we have made ourselves is ours alone.
            Ok(()) => return Ok(dir.join(NAME)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other("no name is free for the database's socket"))
}
