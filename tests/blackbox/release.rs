//! What `make release` makes of a binary: complete, the same each time, and described truly.

use crate::support::{python, skip};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_nameless");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn done(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn release(out: &Path) -> PathBuf {
    let script = root().join("scripts/release.py");
    let said = done(Command::new(script).args(["--binary", BINARY, "--out"]).arg(out));
    PathBuf::from(said.trim())
}

/// Guard: `machine`. Without it an archive says that it is for a machine on which it does not
/// start.
#[test]
fn an_archive_is_never_named_after_another_machine() {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(skip::allowed("python3"), "no python3; NAMELESS_SKIP=python3 leaves this test out");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let other = if cfg!(target_arch = "x86_64") { "aarch64" } else { "x86_64" };
    let script = root().join("scripts/release.py");
    let mut command = Command::new(script);
    command.args(["--binary", BINARY, "--target", &format!("{other}-unknown-linux-gnu"), "--out"]);
    let output = command.arg(folder.path()).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(&format!("and not for {other}")), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is made");
}

/// Guard: `alone`. Without it the folder holds an archive that its checksums say nothing of.
#[test]
fn a_release_is_not_laid_beside_another_one() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !(has("git") && has("python3") && root().join(".git").exists()) {
        assert!(skip::allowed("git"), "no git or no repository; NAMELESS_SKIP=git leaves this test out");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let left = "nameless-0.0.0-x86_64-unknown-linux-gnu.tar.gz";
    std::fs::write(folder.path().join(left), "of before").expect("written");
    let mut command = Command::new(root().join("scripts/release.py"));
    command.args(["--binary", BINARY, "--out"]).arg(folder.path());
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(left), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is made");
}

#[test]
fn an_archive_is_whole_and_says_what_is_in_it() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !(has("git") && has("python3") && root().join(".git").exists()) {
        assert!(skip::allowed("git"), "no git or no repository; NAMELESS_SKIP=git leaves this test out");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (out, again) = (folder.path().join("one"), folder.path().join("two"));
    let archive = release(&out);
    let sums = std::fs::read(out.join("SHA256SUMS")).expect("checksums");
    done(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&out));
    release(&again);
    let same = std::fs::read(again.join("SHA256SUMS")).expect("checksums") == sums;
    assert!(same, "the same commit gives the same bytes");

    done(Command::new("tar").arg("xzf").arg(&archive).current_dir(&out));
    let inside = out.join(format!("nameless-{}", env!("CARGO_PKG_VERSION")));
    for file in
        ["README.md", "LICENSE", "THIRD-PARTY.txt", "schema.sql", "config/base.toml", "deploy/compose.yml"]
    {
        assert!(inside.join(file).is_file(), "{file}");
    }
    // What the first page leads to is there as well.
    for page in ["README.md", "README.ru.md"] {
        let words = std::fs::read_to_string(inside.join(page)).expect("a page");
        let links = words.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.starts_with("http")) {
            assert!(inside.join(link).exists(), "{page} leads to {link}, which is not in the archive");
        }
    }
    let said = done(Command::new(inside.join("nameless")).arg("--version"));
    assert!(said.starts_with(concat!("nameless ", env!("CARGO_PKG_VERSION"), " (commit ")), "{said}");

    let bom = out.join(format!("nameless-{}.cdx.json", env!("CARGO_PKG_VERSION")));
    if let Some(bin) = python::programs("cyclonedx") {
        let judge = root().join("tests/cyclonedx/judge.py");
        assert_eq!(done(Command::new(bin.join("python3")).arg(judge).arg(&bom)), "");
    }
    let bom: Value = serde_json::from_slice(&std::fs::read(bom).expect("a list")).expect("JSON");
    let part = |part: &Value| {
        format!("{}-{}", part["name"].as_str().unwrap_or("?"), part["version"].as_str().unwrap_or("?"))
    };
    let listed: BTreeSet<String> =
        bom["components"].as_array().expect("components").iter().map(part).collect();
    // Where a crate may panic, the binary has the path of its source.
    let linked = crates_named_in(&std::fs::read(BINARY).expect("the binary"));
    assert!(linked.len() > 50, "{linked:?}");
    let missing: Vec<_> = linked.difference(&listed).collect();
    assert!(missing.is_empty(), "linked and not listed: {missing:?}");
    for tests_only in ["proptest", "jsonschema"] {
        assert!(!listed.iter().any(|part| part.starts_with(tests_only)), "{tests_only} is of tests");
    }
}

/// Names and versions out of paths such as `registry/src/index.../NAME-VERSION/src/lib.rs`.
fn crates_named_in(binary: &[u8]) -> BTreeSet<String> {
    let before = b"/registry/src/";
    let mut found = BTreeSet::new();
    for (at, _) in binary.windows(before.len()).enumerate().filter(|(_, bytes)| bytes == before) {
        let rest = &binary[at + before.len()..binary.len().min(at + 300)];
        let mut parts = rest.split(|byte| *byte == b'/');
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(byte);
        // A folder: what follows it is inside.
        if let (Some(_), Some(name), Some(_)) = (parts.next(), parts.next(), parts.next())
            && name.iter().all(is_of_name)
        {
            found.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    found
}
