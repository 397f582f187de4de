//! `spawn_app()`: the real application against a simulator, each with ports, folders and a database
//! of its own.

use super::cluster;
use super::postgres::{FAST, Postgres};
use nameless::app::{Application, Extras, WrapJournal};
use nameless::config::{BotToken, Config, Files, Purpose, SecretString};
use nameless_actors::Engine;
use nameless_actors::env::Faults;
use nameless_actors::supervisor::Fatal;
use nameless_simulator::{Limits, SimConfig, Simulator, World};
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// Made up; the simulator takes any.
pub const TOKEN: &str = "1:test";

/// Where a test's application keeps things.
pub enum Place {
    /// A private cluster in its data folder.
    Private,
    /// A database on a real server, by URL.
    Server(String),
}

/// What a test changes about its application.
pub struct Options {
    /// Its database.
    pub place: Place,
    /// Its data folder; kept by the caller who restarts an application.
    pub data_dir: Option<Arc<TempDir>>,
    /// The simulator's people and bots; kept by the caller who restarts one.
    pub world: Option<Arc<World>>,
    /// Variables as in the environment.
    pub variables: Vec<(&'static str, String)>,
    /// Faults asked for.
    pub faults: Faults,
    /// Called instead of ending the process when a service fails beyond its budget.
    pub fatal: Option<Fatal>,
    /// Stands between the engine and its journal.
    pub journal: Option<WrapJournal>,
    /// How long the journal's disk may fail before the process ends.
    pub disk_patience: Option<Duration>,
    /// Started instead of this program to look at photos.
    pub face_worker: Option<std::path::PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            place: Place::Private,
            data_dir: None,
            world: None,
            variables: Vec::new(),
            faults: Faults::default(),
            fatal: None,
            journal: None,
            disk_patience: None,
            face_worker: None,
        }
    }
}

impl Options {
    /// The same with a variable set.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Options {
        self.variables.push((name, value.to_string()));
        self
    }
}

/// A running application.
pub struct TestApp {
    /// Telegram.
    pub simulator: Option<Simulator>,
    /// The people.
    pub world: Arc<World>,
    /// The engine inside.
    pub engine: Arc<Engine>,
    /// Its HTTP server for the world.
    pub http: SocketAddr,
    /// Its metrics.
    pub metrics: SocketAddr,
    /// Its data folder.
    pub data_dir: Arc<TempDir>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// A simulator that neither paces nor counts, for tests that are not about pace. Long runs are
/// checked from the first message on.
pub fn quick_simulator() -> SimConfig {
    let enforce = Limits { chat_rate: 0.0, global_rate: 0.0, ..Limits::default() };
    SimConfig { enforce, history_per_chat: 1_000_000, ..SimConfig::default() }
}

/// Variables that every test starts from: quick pacing, a quick poll, no questions.
fn defaults() -> Vec<(&'static str, String)> {
    [
        ("CHAT_RATE", "1000"),
        ("CHAT_BURST", "1000"),
        ("USER_RATE", "1000"),
        ("USER_BURST", "1000"),
        // On a slow machine more than 32 of what a test says at once are under way.
        ("SESSION_PERMITS", "1000"),
        ("CONFIRM_END_UNDER", "0s"),
        ("POLL_TIMEOUT", "5s"),
        ("DRAIN_TIMEOUT", "5s"),
        ("SHARDS", "2"),
        ("HTTP_ADDR", "127.0.0.1:0"),
        ("METRICS_ADDR", "127.0.0.1:0"),
        // Workers take memory; who tests them asks for them.
        ("FACE_POLICY", "off"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Starts an application against a simulator of its own.
pub fn spawn_app(options: Options) -> TestApp {
    let simulator = match &options.world {
        Some(world) => Simulator::start_with_world(([127, 0, 0, 1], 0).into(), world.clone()),
        None => Simulator::start(quick_simulator()),
    }
    .expect("the simulator starts");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let url = simulator.url();
    let mut app = spawn_against(&url, world, options);
    app.simulator = Some(simulator);
    app
}

/// Starts an application against any server that speaks the Bot API.
pub fn spawn_against(url: &str, world: Arc<World>, options: Options) -> TestApp {
    let data_dir = options.data_dir.unwrap_or_else(|| Arc::new(TempDir::new().expect("a folder")));
    let mut variables = defaults();
    variables.push(("BOT_TOKEN", TOKEN.to_owned()));
    variables.push(("TELEGRAM_API_URL", url.to_owned()));
    variables.push(("DATA_DIR", data_dir.path().display().to_string()));
    match options.place {
        Place::Server(url) => variables.push(("DATABASE_URL", url)),
        Place::Private => cluster::prepare(data_dir.path()),
    }
    variables.extend(options.variables);
    let env = move |name: &str| variables.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
    let config = Config::load(&env, &Files::none(), Purpose::Serve).unwrap_or_else(|e| panic!("{e}"));
    let (faults, fatal, journal) = (options.faults, options.fatal, options.journal);
    let disk_patience = options.disk_patience;
    let face_worker = options.face_worker.unwrap_or_else(|| env!("CARGO_BIN_EXE_nameless").into());
    let (stop, stopped) = watch::channel(false);
    let (ready_tx, ready) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_rt::System::new().block_on(async move {
            let face_worker = Some(face_worker);
            let extras = Extras { faults, fatal, journal, disk_patience, face_worker, ..Extras::default() };
            match Application::build(&config, extras).await {
                Ok(app) => {
                    let _ = ready_tx.send(Ok((app.engine(), app.http_addr(), app.metrics_addr())));
                    app.run_until_stopped(stopped).await.expect("polling goes on");
                }
                Err(error) => drop(ready_tx.send(Err(format!("{error:#}")))),
            }
        });
    });
    let (engine, http, metrics) = ready
        .recv_timeout(Duration::from_secs(120))
        .expect("the application starts within two minutes")
        .unwrap_or_else(|e| panic!("the application does not start: {e}"));
    TestApp { simulator: None, world, engine, http, metrics, data_dir, stop, thread: Some(thread) }
}

impl TestApp {
    /// Stops in the orderly way and gives back what a next life needs.
    pub fn stop(mut self) -> (Arc<World>, Arc<TempDir>) {
        self.end();
        (self.world.clone(), self.data_dir.clone())
    }

    /// Asks it to stop, and does not wait.
    pub fn begin_stop(&self) {
        let _ = self.stop.send(true);
    }

    fn end(&mut self) {
        self.begin_stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// A counter by name.
    pub fn count(&self, name: &str) -> u64 {
        self.engine.meters().list().into_iter().find(|(n, _)| *n == name).map_or(0, |(_, v)| v)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.end();
    }
}

/// A token as the configuration takes it.
pub fn token() -> BotToken {
    BotToken::parse(TOKEN).expect("a token")
}

/// A real server for one test, with a database on it; none where PostgreSQL is missing.
pub fn real_postgres() -> Option<(Postgres, String)> {
    let server = Postgres::start(FAST)?;
    let url = server.create("nameless");
    Some((server, url))
}

/// A secret as the configuration takes it.
pub fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}
