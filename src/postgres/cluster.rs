//! The private cluster's life.

use super::error::ClusterError;
use super::folder::{self, Found};
use super::programs::Programs;
use super::runner::{self, Runner};
use super::server::{Postmaster, Server, end_what_was_left, is_anyone_in};
use super::settings::{self, OWNER};
use super::upgrade;
use nameless_actors::kernel::lock;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Connections that the server takes beside those that were asked for: an operator's, commands',
/// its own reserve.
const SPARE_CONNECTIONS: u32 = 12;
/// How long a start is tried again where processes of a killed server are still about.
const AGAIN: Duration = Duration::from_secs(15);

/// A running private cluster. Dropping it stops its server. Linux and other Unix systems.
pub struct PrivateCluster {
    shared: Arc<Shared>,
    url: String,
    _lock: File,
}

struct Shared {
    folder: PathBuf,
    programs: Programs,
    runner: Option<Runner>,
    settings: Vec<String>,
    /// None once it is to stay stopped.
    server: Mutex<Option<Server>>,
}

impl PrivateCluster {
    /// Starts the cluster under `data_dir`/postgres, making it on first use (a second), and waits
    /// for a server that a killed process has left there. `bin`: a folder with PostgreSQL's
    /// programs, instead of those that are found. `connections`: how many its user wants to have at
    /// one time. Blocks.
    pub fn start(
        data_dir: &Path,
        bin: Option<&Path>,
        connections: u32,
    ) -> Result<PrivateCluster, ClusterError> {
        fs::create_dir_all(data_dir).map_err(ClusterError::folder(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(ClusterError::folder(data_dir))?;
        let lock = folder::lock(&data_dir)?;
        let place = folder::cluster_of(&data_dir);
        upgrade::finish(&place)?;
        folder::tidy(&place);
        let runner = Runner::for_cluster(&place)?;
        let programs = match folder::look(&place)? {
            Found::Cluster(major) => Programs::find_for(major, &place, bin)?,
            Found::Nothing => {
                let programs = Programs::find(bin)?;
                tracing::info!(%programs, folder = %place.display(), "making the database");
                folder::make(&place, &programs, runner.as_ref())?;
                programs
            }
        };
        let (shared, url) = Shared::start(place, programs, runner, connections)?;
        Ok(PrivateCluster { shared, url, _lock: lock })
    }

    /// Where it listens: a socket that only this user (and root) can open.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The programs that run it.
    pub fn programs(&self) -> &Programs {
        &self.shared.programs
    }

    /// Who runs it, if not this process's user.
    pub fn runner(&self) -> Option<&Runner> {
        self.shared.runner.as_ref()
    }

    /// What starts the server again if it has ended; does nothing while it runs. Blocks.
    pub fn revive(&self) -> Arc<dyn Fn() + Send + Sync> {
        let shared = self.shared.clone();
        Arc::new(move || shared.revive())
    }

    /// Stops the server, in order if it can be had within some seconds. Close its clients first.
    /// Blocks.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

/// The server of a cluster whose data folder's lock the caller holds, until this is dropped; and
/// its URL.
pub(super) struct Held(Arc<Shared>);

impl Held {
    pub(super) fn start(
        place: PathBuf,
        programs: Programs,
        runner: Option<Runner>,
    ) -> Result<(Held, String), ClusterError> {
        let (shared, url) = Shared::start(place, programs, runner, 1)?;
        Ok((Held(shared), url))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Shared {
    fn start(
        place: PathBuf,
        programs: Programs,
        runner: Option<Runner>,
        connections: u32,
    ) -> Result<(Arc<Shared>, String), ClusterError> {
        end_what_was_left(&place)?;
        let own_name = runner::own_name().unwrap_or_else(|| OWNER.to_owned());
        for (name, text) in settings::access(&own_name) {
            write(&place.join(name), &text, runner.as_ref())?;
        }
        let socket_dir = folder::socket_dir(&place, runner.as_ref())?;
        let settings = settings::fixed(&place, &socket_dir, connections + SPARE_CONNECTIONS);
        let shared = Arc::new(Shared { folder: place, programs, runner, settings, server: Mutex::new(None) });
        let server = shared.launch()?;
        *shared.lock() = Some(server);
        Ok((shared, url(&socket_dir)))
    }

    fn stop(&self) {
        let server = self.lock().take();
        drop(server);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Server>> {
        lock(&self.server)
    }

    fn launch(&self) -> Result<Server, ClusterError> {
        let began = Instant::now();
        loop {
            let started = Server::start(&self.programs, self.runner.as_ref(), &self.folder, &self.settings);
            match started {
                // A file of a killed server names a process that is somebody else by now, as in a
                // container that starts anew. We hold the folder's lock, and nobody works in it.
                Err(ClusterError::Start { said, .. })
                    if said.contains("lock file")
                        && !is_anyone_in(&self.folder)
                        && began.elapsed() < AGAIN =>
                {
                    let file = self.folder.join("postmaster.pid");
                    fs::remove_file(&file).map_err(ClusterError::folder(&file))?;
                }
                // Where the server itself was killed, its other processes take a moment to notice.
                Err(ClusterError::Start { said, .. })
                    if said.contains("shared memory block") && began.elapsed() < AGAIN =>
                {
                    thread::sleep(Duration::from_millis(100));
                }
                other => return other,
            }
        }
    }

    fn revive(&self) {
        let mut server = self.lock();
        // None after a stop: it is to stay so.
        if !server.as_mut().is_some_and(Server::has_ended) {
            return;
        }
        tracing::error!("the database's server has ended; starting it again");
        match self.launch() {
            Ok(fresh) => *server = Some(fresh),
            Err(error) => tracing::error!(%error, "the database stays down"),
        }
    }
}

/// The URL of a cluster that another process runs, for a command beside it; none if none takes
/// connections.
pub fn running(data_dir: &Path) -> Option<String> {
    let place = folder::cluster_of(&data_dir.canonicalize().ok()?);
    let found = Postmaster::of(&place)?;
    (found.is_ready && found.is_alive(&place)).then(|| url(&found.socket_dir))
}

fn url(socket_dir: &Path) -> String {
    let mut host = String::new();
    for byte in std::os::unix::ffi::OsStrExt::as_bytes(socket_dir.as_os_str()) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => host.push(*byte as char),
            other => host.push_str(&format!("%{other:02X}")),
        }
    }
    format!("postgresql://{OWNER}@{host}/{OWNER}")
}

/// Writes a file of the server's, if it does not say that already.
fn write(path: &Path, text: &str, runner: Option<&Runner>) -> Result<(), ClusterError> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let written = fs::write(path, text).and_then(|()| runner.map_or(Ok(()), |runner| runner.own(path)));
    written.map_err(ClusterError::folder(path))
}
