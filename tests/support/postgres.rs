//! A real PostgreSQL for tests: its own cluster in a temporary folder, stopped when dropped.

#![allow(dead_code, reason = "not every test uses all of it")]

use super::port::Port;
use super::{skip, template};
use nameless::postgres::{Programs, Runner};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START_TIMEOUT: Duration = Duration::from_secs(90);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// For tests that do not stop it: its end would cost the last commits, and nobody would care.
pub const FAST: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// For tests that stop it and start it again: what it has confirmed outlives its process, as it
/// would outlive the machine with `fsync` on.
pub const STOPPED: &[&str] = &["fsync=off", "full_page_writes=off"];

/// A running server with the databases that `initdb` makes.
pub struct Postgres {
    place: Place,
    child: Child,
    port: Port,
}

struct Place {
    programs: Programs,
    dir: TempDir,
    /// Who runs the server where the tests run as root, which PostgreSQL refuses.
    runner: Option<Runner>,
    settings: Vec<String>,
}

impl Postgres {
    /// Starts a server with the given settings. None where PostgreSQL is not installed and whoever
    /// runs the tests said that this is so.
    pub fn start(settings: &[&str]) -> Option<Postgres> {
        Some(Postgres::of(programs()?, settings))
    }

    /// Starts a server of these programs.
    pub fn of(programs: Programs, settings: &[&str]) -> Postgres {
        let place = Place::init(programs, settings);
        let port = Port::free();
        match place.launch(port.number()) {
            Some(child) => Postgres { place, child, port },
            None => panic!("PostgreSQL does not start: {}", place.log()),
        }
    }

    /// A standby of it that runs: every commit waits until it has it, from now on.
    pub fn standby(&self) -> Postgres {
        let Place { programs, runner, .. } = &self.place;
        let dir = tempfile::Builder::new().prefix("nameless-pg-").tempdir().expect("a temporary folder");
        if let Some(runner) = runner {
            runner.own(dir.path()).expect("chown");
        }
        let place = Place {
            programs: programs.clone(),
            dir,
            runner: runner.clone(),
            settings: self.place.settings.clone(),
        };
        let copied = place
            .command("pg_basebackup")
            .args(["-R", "-X", "stream", "-c", "fast", "--no-sync", "-h", "127.0.0.1", "-U", "postgres"])
            .args(["-p", &self.port().to_string(), "-D"])
            .arg(place.dir.path().join("data"))
            .output()
            .expect("pg_basebackup runs");
        assert!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
        let port = Port::free();
        let standby = place.launch(port.number());
        let child = standby.unwrap_or_else(|| panic!("the standby does not start: {}", place.log()));
        // Not before: the copy would want one of its own after its promotion.
        self.psql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.psql("postgres", "SELECT pg_reload_conf()");
        let until = Instant::now() + START_TIMEOUT;
        while self.ask("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
            != "1"
        {
            assert!(Instant::now() < until, "it does not follow: {}", place.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Postgres { place, child, port }
    }

    /// Makes a standby the one that is written to.
    pub fn promote(&self) {
        assert_eq!(self.ask("postgres", "SELECT pg_promote(true, 60)"), "t", "{}", self.place.log());
    }

    /// A command as the user who runs the server.
    pub fn as_its_user(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.place.dir.path());
        if let Some(runner) = &self.place.runner {
            runner.run(&mut command);
        }
        command
    }

    /// A folder of the user who runs the server, beside its data.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.place.dir.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        if let Some(runner) = &self.place.runner {
            runner.own(&path).expect("chown");
        }
        path
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// URL of a database on it, through something that stands before it on this port.
    pub fn url_through(&self, port: u16, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{port}/{database}")
    }

    /// Gives it a certificate, PEM, and starts it again: from now on it speaks TLS.
    pub fn with_tls(&mut self, certificate: &str, key: &str) {
        let data = self.place.dir.path().join("data");
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            fs::write(&path, text).expect("written");
            // It refuses a key that others can read.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
            if let Some(runner) = &self.place.runner {
                runner.own(&path).expect("chown");
            }
        }
        self.place.settings.push("ssl=on".into());
        self.stop();
        self.start_again();
    }

    /// What it has logged since its last start.
    pub fn log(&self) -> String {
        self.place.log()
    }

    /// One value that a statement gives.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let done = Command::new(self.place.programs.path("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8").trim().to_owned()
    }

    /// URL of a database on it.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port())
    }

    /// Makes an empty database and returns its URL.
    pub fn create(&self, database: &str) -> String {
        self.psql("postgres", &format!("CREATE DATABASE {database}"));
        self.url(database)
    }

    /// Runs SQL in a database.
    pub fn psql(&self, database: &str, sql: &str) {
        let done = Command::new(self.place.programs.path("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Asks a database; each row's columns joined by `|`.
    pub fn psql_rows(&self, database: &str, sql: &str) -> Vec<String> {
        let done = Command::new(self.place.programs.path("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).lines().map(str::to_owned).collect()
    }

    /// The schema of a database as `pg_dump` writes it, without comments.
    pub fn dump_schema(&self, database: &str) -> String {
        let done = Command::new(self.place.programs.path("pg_dump"))
            .args(["--schema-only", "--exclude-table=schema_migrations", "-d", &self.url(database)])
            .output()
            .expect("pg_dump runs");
        assert!(done.status.success(), "pg_dump: {}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8(done.stdout).expect("UTF-8");
        // Newer versions put a random token into \restrict and \unrestrict.
        let keep = |line: &&str| !line.is_empty() && !line.starts_with("--") && !line.starts_with('\\');
        text.lines().filter(keep).collect::<Vec<_>>().join("\n")
    }

    /// Stops the server at once, dropping its clients.
    pub fn stop(&mut self) {
        stop(&mut self.child);
    }

    /// Starts it again on the same port.
    pub fn start_again(&mut self) {
        self.child = self.place.launch(self.port()).expect("PostgreSQL starts again");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

impl Place {
    fn init(programs: Programs, settings: &[&str]) -> Place {
        let dir = tempfile::Builder::new().prefix("nameless-pg-").tempdir().expect("a temporary folder");
        let runner = Runner::choose(None).expect("somebody to run PostgreSQL");
        if let Some(runner) = &runner {
            runner.own(dir.path()).expect("chown");
        }
        let settings = settings.iter().map(|s| s.to_string()).collect();
        let place = Place { programs, dir, runner, settings };
        template::copy(&place.made().join("data"), &place.dir.path().join("data"));
        place
    }

    /// The folder of the data that are copied: what `initdb` makes, whoever wants to change it. Its
    /// settings are on the command line of each server.
    fn made(&self) -> PathBuf {
        let mut hash = DefaultHasher::new();
        self.programs.path("initdb").hash(&mut hash);
        let kind = format!("{}-server-{:016x}", self.programs.to_string().replace(' ', "-"), hash.finish());
        template::of(&kind, |draft| {
            if let Some(runner) = &self.runner {
                runner.own(draft).expect("chown");
            }
            let done = self
                .command("initdb")
                .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
                .arg(draft.join("data"))
                .output()
                .expect("initdb runs");
            assert!(done.status.success(), "initdb: {}", String::from_utf8_lossy(&done.stderr));
        })
    }

    /// A command of PostgreSQL as the right user. The server dies with the thread that started it,
    /// should that be killed.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT", "--"]).arg(self.programs.path(name)).current_dir(self.dir.path());
        if let Some(runner) = &self.runner {
            runner.run(&mut command);
        }
        command
    }

    fn launch(&self, port: u16) -> Option<Child> {
        let log = fs::File::create(self.dir.path().join("log")).expect("a log");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.dir.path().join("data"));
        command.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        command.args(["-c", &format!("unix_socket_directories={}", self.dir.path().display())]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let mut child =
            command.stdout(Stdio::null()).stderr(log).stdin(Stdio::null()).spawn().expect("postgres runs");
        let until = Instant::now() + START_TIMEOUT;
        while Instant::now() < until {
            if child.try_wait().expect("its state").is_some() {
                return None;
            }
            let ready = Command::new(self.programs.path("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
                .status()
                .expect("pg_isready runs");
            if ready.success() {
                return Some(child);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        stop(&mut child);
        None
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

/// Stops a server by its own process id: setpriv has become it.
fn stop(child: &mut Child) {
    let _ = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
    let until = Instant::now() + STOP_TIMEOUT;
    while Instant::now() < until {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            _ => return,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The programs that the tests use: those of `NAMELESS_TEST_PG_BIN`, else what the engine would
/// find.
pub fn programs() -> Option<Programs> {
    let chosen = std::env::var_os("NAMELESS_TEST_PG_BIN").map(PathBuf::from);
    match Programs::find(chosen.as_deref()) {
        Ok(programs) => Some(programs),
        Err(error) => {
            assert!(skip::allowed("postgres"), "{error}");
            None
        }
    }
}

/// One of each major version that is there: what is installed, and what scripts/postgres.sh --wheel
/// has fetched.
pub fn each_version() -> Vec<Programs> {
    let mut found: Vec<Programs> = programs().into_iter().collect();
    for other in Programs::all(None) {
        if found.iter().all(|known| known.major() != other.major()) {
            found.push(other);
        }
    }
    let lacks = "only one version of PostgreSQL is here (scripts/postgres.sh --wheel fetches another)";
    assert!(found.len() > 1 || skip::allowed("postgres"), "{lacks}");
    found
}

/// The oldest and the newest of them, if they differ.
pub fn other_version() -> Option<(Programs, Programs)> {
    let mut all = each_version();
    all.sort_by_key(Programs::major);
    let newest = all.pop()?;
    Some((all.into_iter().next()?, newest))
}
