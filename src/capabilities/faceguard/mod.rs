//! FaceGuard at the edges: its workers, its tables, its texts and settings, `nameless photos`.

mod bare;
mod checks;
pub mod cli;
pub mod eval;
mod found;
pub(crate) mod held;
pub mod settings;
mod store;

pub(crate) use store::TABLES;
pub use store::{Banned, SeenAt};

use super::{Backends, Capability};
use crate::config::Config;
use crate::locale::texts;
use checks::Checks;
use nameless_actors::capabilities::PhotoChecks;
use nameless_domain::capabilities::faceguard::Policy;
use nameless_vision::client::{self, Worker};
use nameless_vision::models::Folder;
use nameless_vision::sandbox::Demand;
use nameless_vision::worker;
use settings::Settings;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What a worker is started with, before its own arguments.
const SUBCOMMAND: &str = "face-worker";

/// How long a worker of a bench may take to load its models and to lock itself up.
const START: Duration = Duration::from_secs(60);

/// What it brings.
pub static EDGES: Capability =
    Capability::BARE.texts(texts!("faceguard")).settings(&settings::SECTION).check(check);

/// Starts the workers, if there are models for them.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn PhotoChecks> {
    Arc::new(Checks::start(backends))
}

/// Runs this process as a worker, if that is what it was started for. To be called first of all: a
/// worker has one thread, and nothing open.
pub fn as_worker(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != SUBCOMMAND {
        return None;
    }
    Some(match worker::Arguments::from_command_line(arguments) {
        Ok(arguments) => worker::run(&arguments),
        Err(line) => {
            eprintln!("nameless {SUBCOMMAND}: {line}");
            ExitCode::from(2)
        }
    })
}

/// How to start a worker.
fn worker(settings: &Settings, program: Option<PathBuf>) -> std::io::Result<client::Settings> {
    let program = match program {
        Some(program) => program,
        None => std::env::current_exe()?,
    };
    let subcommand = vec![SUBCOMMAND.into()];
    let (models, demand) = (settings.models.clone(), settings.sandbox);
    Ok(client::Settings { program, subcommand, models, demand, start: settings.start() })
}

/// How to start a worker with the models of a folder, for benches.
pub(crate) fn worker_of(models: &Path) -> std::io::Result<client::Settings> {
    let program = std::env::current_exe()?;
    let (subcommand, models) = (vec![SUBCOMMAND.into()], models.to_owned());
    Ok(client::Settings { program, subcommand, models, demand: Demand::Require, start: START })
}

/// Where `scripts/models.sh` puts the models in the user's cache.
pub(crate) fn cached_models() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("nameless/models"))
}

/// Lends the demo, whose data folder is new, the models that `make demo` has put into the user's
/// cache, unless the configuration has others. Without them its photos stay behind their spoiler.
pub fn lend_models(config: &Config) {
    let Some(models) = cached_models() else { return };
    if config.own(&settings::FACE_MODELS).is_none() && Folder::new(&models).is_filled() {
        // Where that fails, the start says that there are none.
        let _ = std::os::unix::fs::symlink(models, config.store.data_dir.join("models"));
    }
}

/// What to do where there are no models.
fn missing_models(settings: &Settings) -> Option<String> {
    let folder = settings.models.display();
    (!Folder::new(&settings.models).is_filled()).then(|| {
        format!(
            "no models in {folder}: photos stay behind their spoiler. Run `scripts/models.sh {folder}`, then start again"
        )
    })
}

/// What `nameless check-config` says.
fn check(config: &Config) -> String {
    let (Ok(said) | Err(said)) = who_looks(config);
    format!("photos: {said}\n")
}

/// Whether anybody can look, and how locked up; else why not.
pub(crate) fn who_looks(config: &Config) -> Result<String, String> {
    let settings = Settings::of(config);
    if settings.policy == Policy::Off {
        return Ok("nobody looks (FACE_POLICY=off)".to_owned());
    }
    if let Some(missing) = missing_models(&settings) {
        return Err(missing);
    }
    let started = worker(&settings, None).map_err(|error| error.to_string());
    match started.and_then(|worker| Worker::start(&worker).map_err(|error| error.to_string())) {
        Ok(worker) => Ok(format!("a worker starts; its sandbox: {}", worker.hello().layers)),
        Err(why) => Err(format!(
            "no worker starts ({why}): they stay behind their spoiler. FACE_SANDBOX=best accepts a weaker sandbox"
        )),
    }
}
