//! Configuration: read once at the start, all of it validated, every problem told at once.

pub mod parse;
pub mod problem;
pub mod secret;
pub mod sources;
mod validate;
pub mod variables;

#[cfg(test)]
mod tests;

pub use problem::{ConfigErrors, Problem};
pub use secrecy::{ExposeSecret, SecretString};
pub use secret::{BotToken, HistoryKey};
pub use sources::Files;

use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::rules::Rules;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What the configuration is read for: it decides what must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Running the bot, or checking whether it would run: a token is needed.
    Serve,
    /// Anything that does not speak with Telegram: demo, migrations, the simulator.
    Tool,
}

/// Every setting, valid.
#[derive(Clone, Debug)]
pub struct Config {
    /// The bot's side of Telegram.
    pub telegram: Telegram,
    /// Where things are kept.
    pub store: StoreConfig,
    /// The HTTP server.
    pub http: Http,
    /// How fast things leave and come in.
    pub pacing: Pacing,
    /// What the domain needs to know.
    pub rules: Rules,
    /// Threads, bounds and time-outs of the engine.
    pub runtime: Runtime,
    /// Logs.
    pub logging: Logging,
    /// What the operator should know: settings that this version does not act on, or that do not go together.
    pub warnings: Vec<String>,
    /// Every setting as it applies, for `check-config`.
    pub effective: Vec<Effective>,
}

/// The bot's side of Telegram.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// The bot's token; there for [`Purpose::Serve`].
    pub token: Option<BotToken>,
    /// Base URL of the Bot API, without a slash at its end.
    pub api_url: String,
    /// How long a getUpdates waits for the first update.
    pub poll_timeout: Duration,
    /// Webhook instead of polling.
    pub webhook: Option<Webhook>,
    /// Chat that alerts go to.
    pub alerts_chat: Option<ChatId>,
    /// People with admin rights.
    pub admins: Vec<UserId>,
    /// Folder with changed texts.
    pub locales_dir: Option<PathBuf>,
}

/// Where the HTTP server takes updates; the path of `WEBHOOK_URL` ends so.
pub const WEBHOOK_PATH: &str = "/webhook/telegram";

/// Where Telegram delivers updates.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Public address.
    pub url: String,
    /// What Telegram must send along.
    pub secret: SecretString,
}

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Private database, journal, generated keys.
    pub data_dir: PathBuf,
    /// A PostgreSQL server; none: a private cluster under `data_dir`.
    pub database_url: Option<SecretString>,
    /// Folder of PostgreSQL's programs for the private cluster; none: those that are found.
    pub postgres_bin: Option<PathBuf>,
    /// Connections to the database at most.
    pub pool_size: u32,
    /// How long one statement on it may take.
    pub statement_timeout: Duration,
    /// Redis; none: single node.
    pub redis_url: Option<SecretString>,
    /// Key that wraps the users' history keys; none: generated into `data_dir`.
    pub history_key: Option<HistoryKey>,
    /// How long relayed messages are kept for reports.
    pub history_days: u32,
    /// Bytes of unfinished updates at which the journal stops accepting.
    pub journal_max_bytes: u64,
}

/// The HTTP servers.
#[derive(Clone, Debug)]
pub struct Http {
    /// Address of what the world may see; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Address of metrics and of the health in detail; port 0 takes a free one.
    pub metrics_addr: SocketAddr,
    /// Token of the admin API; none: generated into the data folder.
    pub admin_token: Option<SecretString>,
}

/// How fast things leave and come in. Rates are per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Messages to one chat.
    pub chat_rate: f64,
    /// Messages to one chat at once, after a pause.
    pub chat_burst: u32,
    /// Interactive messages of the token; 0: only what 429 teaches.
    pub global_rate: f64,
    /// Notices to many.
    pub bulk_rate: f64,
    /// Updates of one user.
    pub user_rate: f64,
    /// Updates of one user at once, after a pause.
    pub user_burst: u32,
}

/// Threads, bounds and time-outs of the engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Runtime {
    /// Threads that sessions are spread over.
    pub shards: usize,
    /// Updates accepted and not finished at one time.
    pub max_in_flight: usize,
    /// Updates of one session accepted and not finished at one time.
    pub session_permits: usize,
    /// A session without updates for this long leaves memory.
    pub idle_after: Duration,
    /// How long a shutdown lets accepted work finish.
    pub drain_timeout: Duration,
}

/// Logs.
#[derive(Clone, Debug)]
pub struct Logging {
    /// Form of a line.
    pub format: LogFormat,
    /// Directives as in `RUST_LOG`.
    pub filter: String,
    /// Where errors are reported to.
    pub sentry_dsn: Option<SecretString>,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// One setting as it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its name in the environment.
    pub name: &'static str,
    /// Its value; for secrets only that there is one.
    pub shown: String,
    /// Where it was set.
    pub source: String,
}

impl Config {
    /// Reads and validates every setting. `env` looks a variable up in the environment.
    pub fn load(
        env: &dyn Fn(&str) -> Option<String>,
        files: &Files,
        purpose: Purpose,
    ) -> Result<Config, ConfigErrors> {
        let mut problems = Vec::new();
        let layers = sources::Layers::read(env, files, &mut problems);
        validate::build(&layers, purpose, problems)
    }

    /// The same for the process's own environment and working folder.
    pub fn of_process(purpose: Purpose) -> Result<Config, ConfigErrors> {
        // What is not UTF-8 becomes a value that its own check refuses, instead of being passed over.
        let env = |name: &str| std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
        Config::load(&env, &Files::of_working_folder(), purpose)
    }

    /// Every setting as it applies, one a line, for `check-config`. Secrets are shown as present or absent.
    pub fn summary(&self) -> String {
        let width = self.effective.iter().map(|e| e.name.len()).max().unwrap_or_default();
        let shown = self.effective.iter().map(|e| e.shown.len()).max().unwrap_or_default();
        self.effective
            .iter()
            .map(|e| format!("{:width$}  {:shown$}  {}\n", e.name, e.shown, e.source))
            .collect()
    }
}
