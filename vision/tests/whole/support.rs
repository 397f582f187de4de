//! Models, photos, workers.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use nameless_vision::{
    client::{Settings, Worker},
    findings::Wants,
    protocol::Answer,
    sandbox::Demand,
};

#[path = "../../../tests/support/skip.rs"]
mod skip;

/// Longer than any machine needs: nothing is measured with it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The folder of the models, fetched once, or None where they cannot be had and `NAMELESS_SKIP` has
/// `models`.
pub fn models() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let fetch = || script(&["--where"]).or_else(|_| script(&[]).and_then(|_| script(&["--where"])));
    FOLDER.get_or_init(|| or_skip(fetch())).clone()
}

/// The folder of the photos, likewise.
pub fn photos() -> Option<PathBuf> {
    or_skip(script(&["--photos"]))
}

fn script(arguments: &[&str]) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/models.sh");
    let output = Command::new(script).args(arguments).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let told = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() { Ok(told) } else { Err(said) }
}

fn or_skip(fetched: Result<PathBuf, String>) -> Option<PathBuf> {
    fetched
        .map_err(|why| {
            assert!(
                skip::allowed("models"),
                "{why}\nNAMELESS_SKIP=models leaves the tests that need them out"
            );
        })
        .ok()
}

pub fn settings(models: PathBuf, demand: Demand) -> Settings {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_face"));
    Settings { program, subcommand: vec!["worker".into()], models, demand, start: PATIENCE }
}

pub fn worker() -> Option<Worker> {
    let worker = Worker::start(&settings(models()?, Demand::Require));
    Some(worker.unwrap_or_else(|error| panic!("{error}")))
}

/// Looks at everything.
pub fn look(worker: &mut Worker, picture: &[u8]) -> Answer {
    worker.look(picture.to_vec(), Wants::ALL, PATIENCE).unwrap_or_else(|error| panic!("{error}"))
}

/// A program of `examples/`, built along with the tests.
pub fn example(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_face")).parent().expect("a folder").join("examples").join(name);
    assert!(
        built.is_file(),
        "cargo builds the examples with the tests, unless it is told to build one test only"
    );
    built
}
