//! Judges written in Python: fetched once, pinned by hash, kept in the user's cache.

use super::skip;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Fetches the source package of this name, which a list pins, and unpacks it.
fn unpacked(python: &Path, name: &str, (list, folder): (&Path, &Path)) {
    std::fs::create_dir_all(folder).expect("the cache can be written");
    run(Command::new(python)
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"])
        .args(["--no-deps", "--no-binary", name, "--dest"])
        .arg(folder)
        .arg("-r")
        .arg(list));
    let files = std::fs::read_dir(folder).expect("a folder").filter_map(|file| Some(file.ok()?.path()));
    for file in files.filter(|file| file.extension().is_some_and(|end| end == "gz")) {
        run(Command::new(python).args(["-m", "tarfile", "-e"]).arg(file).arg(folder));
    }
}

/// Whether there is Python; where there is none and none may be missing, the test fails.
pub fn is_here() -> bool {
    let is_here = Command::new("python3").arg("--version").output().is_ok();
    assert!(
        is_here || skip::allowed("python3"),
        "python3 is not installed; NAMELESS_SKIP=python3 leaves its tests out"
    );
    is_here
}

/// The folder of the programs of what `tests/NAME/requirements.txt` lists; none where Python is
/// missing and may be. It is made anew when the list changes. Where there is a `source.txt`, the
/// source package that it pins is unpacked in the folder `source` beside it, and nothing of it is
/// installed.
pub fn programs(name: &str) -> Option<PathBuf> {
    if !is_here() {
        return None;
    }
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let list = Path::new(&package).join("tests").join(name).join("requirements.txt");
    let mut wanted = std::fs::read_to_string(&list).expect("a file of the repository");
    let sources = list.with_file_name("source.txt");
    let source = std::fs::read_to_string(&sources).ok();
    wanted.extend(source.as_deref());
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("nameless");
    std::fs::create_dir_all(&cache).expect("the cache can be written");
    // Another clone's tests wait, and find it made.
    let lock = File::create(cache.join(format!("venv-{name}.lock"))).expect("a file of the cache");
    lock.lock().expect("a lock");
    let home = cache.join(format!("venv-{name}"));
    let (bin, stamp) = (home.join("bin"), home.join("requirements.installed"));
    if !std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
        run(Command::new(bin.join("python3"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                // The list is whole.
                "--no-deps",
                "-r",
            ])
            .arg(&list));
        if let Some(name) = source.as_deref().and_then(|text| text.lines().find_map(|l| l.split_once("=="))) {
            unpacked(&bin.join("python3"), name.0, (&sources, &home.join("source")));
        }
        std::fs::write(stamp, wanted).expect("the cache can be written");
    }
    Some(bin)
}
