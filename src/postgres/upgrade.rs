//! A cluster brought to a newer version of PostgreSQL, by dump and load. Both versions have to be
//! installed.

use super::cluster::Held;
use super::error::ClusterError;
use super::folder::{self, Found, clear, done, rename};
use super::programs::Programs;
use super::runner::Runner;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Upgraded {
    /// There is no cluster.
    Nothing,
    /// It is of that major version already, and nothing newer is installed.
    Already(u32),
    /// It was brought from one major version to another; the old one is kept.
    From {
        /// The version before.
        old: u32,
        /// The version now.
        new: u32,
        /// Where the old cluster is. To be removed once the bot runs well.
        kept: PathBuf,
    },
}

/// Brings the cluster under `data_dir` to the newest version that is installed, or to the one in
/// `bin`. The bot must not run. Killed at any moment, it leaves the old cluster in its place, or
/// the new one, whole. Blocks, for as long as dumping and loading all data takes; needs room for
/// twice the data.
pub fn upgrade(data_dir: &Path, bin: Option<&Path>) -> Result<Upgraded, ClusterError> {
    let data_dir = data_dir.canonicalize().map_err(ClusterError::folder(data_dir))?;
    let _lock = folder::lock(&data_dir)?;
    let place = folder::cluster_of(&data_dir);
    finish(&place)?;
    let Found::Cluster(old) = folder::look(&place)? else { return Ok(Upgraded::Nothing) };
    let newest = Programs::all(bin).max_by_key(Programs::major).ok_or(ClusterError::NoPrograms)?;
    if newest.major() <= old {
        return Ok(Upgraded::Already(old));
    }
    let new = newest.major();
    let runner = Runner::for_cluster(&place)?;
    let dump = data_dir.join("postgres.dump");
    let fresh = place.with_extension("upgrade");
    {
        let programs = Programs::find_for(old, &place, None)?;
        let (_held, url) = Held::start(place.clone(), programs, runner.clone())?;
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&dump);
        let file = file.map_err(ClusterError::folder(&dump))?;
        // As this process's own user: who that is, the server knows.
        let mut command = newest.command("pg_dump", None);
        done("pg_dump", command.args(["-Fc", "-d", &url]).stdout(file).output())?;
    }
    clear(&fresh)?;
    folder::make(&fresh, &newest, runner.as_ref())?;
    {
        let (_held, url) = Held::start(fresh.clone(), newest.clone(), runner)?;
        let dump = File::open(&dump).map_err(ClusterError::folder(&dump))?;
        let mut command = newest.command("pg_restore", None);
        command.args(["--exit-on-error", "--single-transaction", "-d", &url]);
        done("pg_restore", command.stdin(dump).output())?;
    }
    let kept = data_dir.join(format!("postgres.{old}"));
    clear(&kept)?;
    // From here on it is whole, and only has to be moved; `finish` goes on where this was killed.
    rename(&fresh, &folder::upgraded(&place))?;
    rename(&place, &kept)?;
    finish(&place)?;
    fs::remove_file(&dump).map_err(ClusterError::folder(&dump))?;
    Ok(Upgraded::From { old, new, kept })
}

/// Finishes an upgrade that was killed while it moved the folders. The caller holds the data
/// folder's lock.
pub(super) fn finish(place: &Path) -> Result<(), ClusterError> {
    let upgraded = folder::upgraded(place);
    match upgraded.exists() && !place.exists() {
        true => rename(&upgraded, place),
        false => Ok(()),
    }
}
