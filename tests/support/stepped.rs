//! A clock on the wall that is set while a process runs, for that process alone.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The wall clock of whoever is started with its [`variables`](SteppedClock::variables).
pub struct SteppedClock(TempDir);

impl SteppedClock {
    /// Right, so far. Wants the C compiler that building the engine wants as well.
    pub fn start() -> SteppedClock {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("clock_step.c");
        fs::write(&source, include_str!("clock_step.c")).expect("written");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(folder.path().join("clock.so"))
            .arg(&source)
            .output()
            .expect("cc runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        fs::write(folder.path().join("off"), 0_i64.to_ne_bytes()).expect("written");
        SteppedClock(folder)
    }

    /// What a process is started with to go by it.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        let path = |name: &str| Path::display(&self.0.path().join(name)).to_string();
        [("LD_PRELOAD", path("clock.so")), ("CLOCK_FILE", path("off"))]
    }

    /// Sets it to so many seconds off.
    pub fn set(&self, seconds: i64) {
        // In place: the file is mapped by who runs.
        let file = OpenOptions::new().write(true).open(self.0.path().join("off"));
        file.and_then(|mut file| file.write_all(&seconds.to_ne_bytes())).expect("written");
    }
}
