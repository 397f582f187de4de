//! A PostgreSQL server with its default settings, in a temporary folder.

use super::end;
use crate::app::folder::Folder;
use crate::bench::child::guarded;
use crate::postgres::{Programs, Runner};
use anyhow::{Context as _, bail};
use std::fs;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpSocket;

const START: Duration = Duration::from_secs(60);

/// A running server with an empty database.
pub struct Postgres {
    child: Child,
    port: u16,
    _place: TcpSocket,
    // Removed after the server has ended.
    folder: Folder,
}

impl Postgres {
    /// Starts one; an error if PostgreSQL is not installed.
    pub async fn start() -> anyhow::Result<Postgres> {
        let programs = Programs::find(None)?;
        let runner = Runner::choose(None)?;
        let folder = Folder::new("bench-pg")?;
        if let Some(runner) = &runner {
            runner.own(folder.path()).context("the database's folder cannot be given away")?;
        }
        let data = folder.path().join("data");
        let done = programs
            .command("initdb", runner.as_ref())
            .current_dir(folder.path())
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .context("initdb cannot be run")?;
        if !done.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&done.stderr));
        }
        for _ in 0..5 {
            let (place, port) = place()?;
            let mut child = serve(&programs, runner.as_ref(), &folder, port)?;
            if is_ready(&programs, &mut child, port).await? {
                return Ok(Postgres { child, port, _place: place, folder });
            }
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        bail!("PostgreSQL does not start: {log}")
    }

    /// Stops it in the middle of what it does, and starts it again at the same place.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.halt();
        self.resume().await
    }

    /// Stops it in the middle of what it does.
    pub fn halt(&mut self) {
        end(&mut self.child, "INT");
    }

    /// Starts one that was stopped again, at the same place.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let (programs, runner) = (Programs::find(None)?, Runner::choose(None)?);
        self.child = serve(&programs, runner.as_ref(), &self.folder, self.port)?;
        match is_ready(&programs, &mut self.child, self.port).await? {
            true => Ok(()),
            false => bail!("PostgreSQL does not start again"),
        }
    }

    /// URL of its database.
    pub fn url(&self) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        end(&mut self.child, "QUIT");
    }
}

/// A free port that stays ours while no server runs, too: bound, and never listened on. PostgreSQL
/// sets `SO_REUSEADDR`, and so may listen on it.
fn place() -> anyhow::Result<(TcpSocket, u16)> {
    let place = TcpSocket::new_v4().context("no socket")?;
    place.set_reuseaddr(true)?;
    place.bind((Ipv4Addr::LOCALHOST, 0).into()).context("no port is free")?;
    let port = place.local_addr()?.port();
    Ok((place, port))
}

/// setpriv turns into the program: the child's id is the server's.
fn serve(programs: &Programs, runner: Option<&Runner>, folder: &Folder, port: u16) -> anyhow::Result<Child> {
    let log = fs::File::create(folder.path().join("log")).context("no log")?;
    let sockets = format!("unix_socket_directories={}", folder.path().display());
    let mut command = guarded(&programs.path("postgres"));
    if let Some(runner) = runner {
        runner.run(&mut command);
    }
    command
        .current_dir(folder.path())
        .arg("-D")
        .arg(folder.path().join("data"))
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", &sockets])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .context("PostgreSQL cannot be run")
}

/// Whether it takes connections within its time.
async fn is_ready(programs: &Programs, child: &mut Child, port: u16) -> anyhow::Result<bool> {
    let until = Instant::now() + START;
    while Instant::now() < until {
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        let asked = Command::new(programs.path("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
            .context("pg_isready cannot be run")?;
        if asked.success() {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    end(child, "QUIT");
    Ok(false)
}
