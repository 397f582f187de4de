//! A PostgreSQL server with its default settings, in a temporary folder.

use super::{end, free_port};
use crate::app::folder::Folder;
use anyhow::{Context as _, bail};
use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(60);

/// A running server with an empty database.
pub struct Postgres {
    child: Child,
    port: u16,
    // Removed after the server has ended.
    _folder: Folder,
}

/// How PostgreSQL's programs are run.
struct Programs {
    bin: PathBuf,
    /// Who runs them where this process is root's, which PostgreSQL refuses.
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Starts one; an error if PostgreSQL is not installed.
    pub async fn start() -> anyhow::Result<Postgres> {
        let programs = Programs::find()?;
        let folder = Folder::new("bench-pg")?;
        if let Some((uid, gid)) = programs.user {
            chown(folder.path(), Some(uid), Some(gid))
                .context("the database's folder cannot be given away")?;
        }
        let data = folder.path().join("data");
        let done = programs
            .command("initdb", &folder)
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .context("initdb cannot be run")?;
        if !done.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&done.stderr));
        }
        // Another process may take the port between the look and the server's start.
        for _ in 0..5 {
            let port = free_port()?;
            let mut child = programs.serve(&folder, port)?;
            if programs.wait(&mut child, port).await? {
                return Ok(Postgres { child, port, _folder: folder });
            }
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        bail!("PostgreSQL does not start: {log}")
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

impl Programs {
    /// The newest version: Debian's places, then the PATH.
    fn find() -> anyhow::Result<Programs> {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let newest = versions
            .filter_map(|e| Some((e.file_name().to_str()?.parse::<u32>().ok()?, e.path().join("bin"))))
            .filter(|(_, bin)| bin.join("initdb").exists())
            .max();
        let bin = match newest {
            Some((_, bin)) => bin,
            None => super::super::child::find("initdb")
                .and_then(|path| path.parent().map(PathBuf::from))
                .context(
                    "PostgreSQL is not installed (apt install postgresql), and no --database-url is given",
                )?,
        };
        Ok(Programs { bin, user: unprivileged_user()? })
    }

    /// setpriv turns into the program: the child's id is the server's.
    fn command(&self, name: &str, folder: &Folder) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Some((uid, gid)) = self.user {
            command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into()]);
        }
        command.arg(self.bin.join(name)).current_dir(folder.path()).stdin(Stdio::null());
        command
    }

    fn serve(&self, folder: &Folder, port: u16) -> anyhow::Result<Child> {
        let log = fs::File::create(folder.path().join("log")).context("no log")?;
        let sockets = format!("unix_socket_directories={}", folder.path().display());
        self.command("postgres", folder)
            .arg("-D")
            .arg(folder.path().join("data"))
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", &sockets])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("PostgreSQL cannot be run")
    }

    /// Whether it takes connections within its time.
    async fn wait(&self, child: &mut Child, port: u16) -> anyhow::Result<bool> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if child.try_wait()?.is_some() {
                return Ok(false);
            }
            let asked = Command::new(self.bin.join("pg_isready"))
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
}

fn unprivileged_user() -> anyhow::Result<Option<(u32, u32)>> {
    let id = |args: &[&str]| -> Option<u32> {
        let done = Command::new("id").args(args).output().ok().filter(|o| o.status.success())?;
        String::from_utf8(done.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let ids = |name: &str| Some((id(&["-u", name])?, id(&["-g", name])?));
    ["postgres", "nobody"].into_iter().find_map(ids).map(Some).context("no user to run PostgreSQL as")
}
