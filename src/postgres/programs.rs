//! Where PostgreSQL's programs are.

use super::error::ClusterError;
use super::runner::Runner;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest major version that the schema works on.
pub const OLDEST: u32 = 15;

/// The programs of one PostgreSQL: `initdb`, `postgres` and the others of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    bin: PathBuf,
    major: u32,
    version: String,
}

impl fmt::Display for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL {}", self.version)
    }
}

impl Programs {
    /// The programs in `bin`; none if there are none, or if they do not run.
    pub fn at(bin: &Path) -> Option<Programs> {
        if !bin.join("initdb").is_file() {
            return None;
        }
        let said = Command::new(bin.join("postgres")).arg("--version").stdin(Stdio::null()).output().ok()?;
        let said = String::from_utf8(said.stdout).ok().filter(|_| said.status.success())?;
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        let version = said.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?.to_owned();
        let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(Programs { bin: bin.to_owned(), major: digits.parse().ok()?, version })
    }

    /// All that are there and new enough, the preferred first: `chosen` alone, if something was
    /// chosen; else what is installed, what came along with this program, what `nameless setup` has
    /// fetched. Each is looked at only when it is asked for.
    pub fn all(chosen: Option<&Path>) -> impl Iterator<Item = Programs> {
        let places = match chosen {
            Some(bin) => vec![bin.to_owned()],
            None => places(),
        };
        places.into_iter().filter_map(|bin| Programs::at(&bin)).filter(|found| found.major >= OLDEST)
    }

    /// The preferred ones.
    pub fn find(chosen: Option<&Path>) -> Result<Programs, ClusterError> {
        Programs::all(chosen).next().ok_or(ClusterError::NoPrograms)
    }

    /// Those that can run a cluster which the major version `made_by` has made.
    pub fn find_for(made_by: u32, folder: &Path, chosen: Option<&Path>) -> Result<Programs, ClusterError> {
        let mut installed: Vec<u32> = Vec::new();
        for programs in Programs::all(chosen) {
            if programs.major == made_by {
                return Ok(programs);
            }
            installed.push(programs.major);
        }
        if installed.is_empty() {
            return Err(ClusterError::NoPrograms);
        }
        installed.sort_unstable();
        installed.dedup();
        let installed: Vec<String> = installed.iter().map(u32::to_string).collect();
        Err(ClusterError::OtherVersion { folder: folder.into(), made_by, installed: installed.join(", ") })
    }

    /// The major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// One of the programs.
    pub fn path(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// One of the programs, to be run by `runner`, or by this process's own user if there is none.
    pub fn command(&self, name: &str, runner: Option<&Runner>) -> Command {
        let mut command = Command::new(self.path(name));
        if let Some(runner) = runner {
            runner.run(&mut command);
        }
        // Numbers and times as they are, errors in English: the log's reader may be a program.
        command.env("LC_ALL", "C").stdin(Stdio::null());
        command
    }
}

/// The folders in which there may be programs, the preferred first.
fn places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    // Debian's packages, then those of the PostgreSQL project for Red Hat's systems.
    places.extend(numbered(Path::new("/usr/lib/postgresql"), ""));
    places.extend(numbered(Path::new("/usr"), "pgsql-"));
    if let Some(path) = std::env::var_os("PATH") {
        places.extend(std::env::split_paths(&path));
    }
    if let Some(exe) = std::env::current_exe().ok().and_then(|exe| exe.canonicalize().ok())
        && let Some(dir) = exe.parent()
    {
        places.push(dir.join("postgres/bin"));
        places.push(dir.join("../lib/nameless/postgres/bin"));
    }
    // scripts/postgres.sh puts them there: where another user has to run them, out of root's own
    // folders.
    places.extend(numbered(Path::new("/var/cache/nameless/postgres"), ""));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")));
    if let Some(cache) = cache {
        places.extend(numbered(&cache.join("nameless/postgres"), ""));
    }
    places
}

/// `folder/<prefix>VERSION/bin` of each version, the newest first.
fn numbered(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let numbers = name.to_str()?.strip_prefix(prefix)?.split('.').map(|n| n.parse().ok());
            Some((numbers.collect::<Option<Vec<u32>>>()?, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, bin)| bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// Programs that only say a version.
    fn install(bin: &Path, version: &str) {
        fs::create_dir_all(bin).unwrap();
        for name in ["initdb", "postgres"] {
            let path = bin.join(name);
            fs::write(&path, format!("#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn versions_are_read_and_old_ones_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path();
        for (said, major) in [("15.18 (Debian 15.18-0+deb12u1)", 15), ("18.6", 18), ("19beta1", 19)] {
            install(bin, said);
            let programs = Programs::find(Some(bin)).unwrap();
            assert_eq!(programs.major(), major, "{said}");
        }
        assert_eq!(Programs::find(Some(bin)).unwrap().to_string(), "PostgreSQL 19beta1");
        install(bin, "14.9");
        assert!(matches!(Programs::find(Some(bin)), Err(ClusterError::NoPrograms)));
        assert!(matches!(Programs::find(Some(&bin.join("no"))), Err(ClusterError::NoPrograms)));
    }

    #[test]
    fn a_cluster_wants_its_own_version() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), "18.6");
        let of = |made_by| Programs::find_for(made_by, Path::new("here"), Some(folder.path()));
        assert_eq!(of(18).unwrap().major(), 18);
        let refused = of(15).unwrap_err().to_string();
        assert!(refused.contains("of PostgreSQL 15, and what is installed is 18"), "{refused}");
        assert!(refused.contains("upgrade-database"), "{refused}");
    }

    #[test]
    fn the_newest_of_a_folder_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "15", "18.6.3", "18.10.0", "17-old", "notes"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let names: Vec<String> = numbered(folder.path(), "")
            .iter()
            .map(|bin| bin.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["18.10.0", "18.6.3", "15", "9"]);
    }
}
