//! Configuration: read once at the start, all of it validated, every problem told at once.

//!
//! Each setting is stated once, in a list ([`setting`]): the core's are in [`sections`], a
//! capability's in `src/capabilities/<name>/settings.rs`.

pub mod check;
pub mod parse;
pub mod problem;
pub mod secret;
pub mod sections;
pub mod setting;
pub mod sources;
mod validate;
pub mod variables;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub use problem::{ConfigErrors, Problem};
pub use secrecy::{ExposeSecret, SecretString};
pub use secret::{BotToken, HistoryKey};
pub use sections::http::Http;
pub use sections::logging::{LogFormat, Logging, Tracing};
pub use sections::pacing::Pacing;
pub use sections::runtime::Runtime;
pub use sections::store::StoreConfig;
pub use sections::telegram::{BotPools, NamedBot, Telegram, WEBHOOK_PATH, Webhook};
pub use sources::Files;

use nameless_domain::rules::Rules;
use setting::Setting;
use variables::Settings;

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
    /// What capabilities' own settings are; [`Config::own`] reads one.
    own: sources::Own,
    /// What the operator should know: settings that this version does not act on, or that do not go
    /// together.
    pub warnings: Vec<String>,
    /// Every setting as it applies, for `check-config`.
    pub effective: Vec<Effective>,
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
        Config::load_by(&Settings::known(), env, files, purpose)
    }

    /// The same with these settings instead of all that the program knows; the core's must be among
    /// them.
    pub fn load_by(
        settings: &Settings,
        env: &dyn Fn(&str) -> Option<String>,
        files: &Files,
        purpose: Purpose,
    ) -> Result<Config, ConfigErrors> {
        let mut problems = Vec::new();
        let layers = sources::Layers::read(settings, env, files, &mut problems);
        validate::build(settings, layers, purpose, problems)
    }

    /// The value of a setting that a capability brought; none if it is not set and has no default.
    pub fn own<T>(&self, setting: &Setting<T>) -> Option<T> {
        self.own.value(setting)
    }

    /// Sets one of those, in place of what was configured.
    pub fn set_own<T>(&mut self, setting: &Setting<T>, value: &str) {
        self.own.put(setting.variable.name, value);
    }

    /// The same for the process's own environment and working folder.
    pub fn of_process(purpose: Purpose) -> Result<Config, ConfigErrors> {
        // What is not UTF-8 becomes a value that its own check refuses, instead of being passed
        // over.
        let env = |name: &str| std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
        Config::load(&env, &Files::of_working_folder(), purpose)
    }

    /// Every setting as it applies, one a line, for `check-config`. Secrets are shown as present or
    /// absent.
    pub fn summary(&self) -> String {
        let width = self.effective.iter().map(|e| e.name.len()).max().unwrap_or_default();
        // One long value must not push what stands behind the others off the screen.
        const WIDE: usize = 40;
        let lengths = self.effective.iter().map(|e| e.shown.chars().count());
        let shown = lengths.filter(|length| *length <= WIDE).max().unwrap_or_default();
        self.effective
            .iter()
            .map(|e| format!("{:width$}  {:shown$}  {}\n", e.name, e.shown, e.source))
            .collect()
    }
}
