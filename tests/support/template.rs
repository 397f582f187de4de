//! Folders that tests copy instead of making each anew. Tests are processes of their own: the first
//! one that wants a folder makes it, the others wait.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of this kind, which `make` fills in a draft if it is not there yet. `kind` names
/// everything that it is made of, so that no test meets one that an earlier version made.
///
/// It is not in cargo's target folder: under root that is often below /root, where whoever runs a
/// server may not go.
pub fn of(kind: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let ours = format!("nameless-test-clusters-{}", rustix::process::geteuid().as_raw());
    let folder = std::env::temp_dir().join(ours).join(kind);
    fs::create_dir_all(&folder).expect("a folder");
    let made = folder.join("made");
    let lock = File::create(folder.join("lock")).expect("a lock");
    lock.lock().expect("locked");
    if !made.exists() {
        let draft = folder.join("draft");
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir_all(&draft).expect("a folder");
        make(&draft);
        fs::rename(&draft, &made).expect("in its place");
    }
    made
}

/// With owners and modes, which a server insists on. A copy takes a tenth of the time that making
/// takes. It does not sync, which only a loss of power would show.
pub fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(done.success(), "{} cannot be copied", from.display());
}
