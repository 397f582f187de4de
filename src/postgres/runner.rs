//! Who runs PostgreSQL: this process's own user, or somebody else where that is root, which the
//! server refuses.

use super::error::ClusterError;
use rustix::process::geteuid;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// A user without rights of its own, under whom a process of root's runs the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    uid: u32,
    gid: u32,
    name: String,
}

impl Runner {
    /// Who is to run a server; none: this process's own user. Root's servers are run by the owner
    /// of `folder`, if there is one already, else by `postgres`, else by `nobody`.
    pub fn choose(folder: Option<&Path>) -> Result<Option<Runner>, ClusterError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        if let Some(owner) = folder.and_then(|folder| fs::metadata(folder).ok())
            && owner.uid() != 0
        {
            let name = name_of(owner.uid()).unwrap_or_else(|| owner.uid().to_string());
            return Ok(Some(Runner { uid: owner.uid(), gid: owner.gid(), name }));
        }
        ["postgres", "nobody"].into_iter().find_map(named).map(Some).ok_or(ClusterError::NoRunner)
    }

    /// Who is to run the cluster of this place, having made sure that they can get there.
    pub(super) fn for_cluster(place: &Path) -> Result<Option<Runner>, ClusterError> {
        let runner = Runner::choose(Some(place))?;
        if let Some(runner) = &runner {
            runner.reach(place)?;
        }
        Ok(runner)
    }

    /// Makes `command` run as this user, with no other groups.
    pub fn run(&self, command: &mut Command) {
        // Where uid is set and the caller is root, std drops the supplementary groups.
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives a file or folder to this user.
    pub fn own(&self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
    }

    /// Makes sure that this user can get to `folder`: its parent, which is this program's, is
    /// opened for passing through; what lies above is not ours to change.
    fn reach(&self, folder: &Path) -> Result<(), ClusterError> {
        let Some(ours) = folder.parent() else { return Ok(()) };
        if !self.may_enter(ours) {
            let mode = fs::metadata(ours).map_err(ClusterError::folder(ours))?.permissions().mode();
            fs::set_permissions(ours, fs::Permissions::from_mode(mode | 0o011))
                .map_err(ClusterError::folder(ours))?;
        }
        match ours.ancestors().find(|above| !self.may_enter(above)) {
            None => Ok(()),
            Some(blocked) => {
                Err(ClusterError::Unreachable { user: self.name.clone(), blocked: blocked.to_owned() })
            }
        }
    }

    fn may_enter(&self, folder: &Path) -> bool {
        let Ok(data) = fs::metadata(folder) else { return false };
        let bit = match (data.uid() == self.uid, data.gid() == self.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        data.mode() & bit != 0
    }
}

/// The name under which the system knows this process's user: what the server will call whoever
/// connects.
pub(super) fn own_name() -> Option<String> {
    name_of(geteuid().as_raw()).or_else(|| {
        // Somebody of a directory service.
        let said = Command::new("id").arg("-un").output().ok().filter(|said| said.status.success())?;
        Some(String::from_utf8(said.stdout).ok()?.trim().to_owned()).filter(|name| !name.is_empty())
    })
}

fn name_of(uid: u32) -> Option<String> {
    entries().into_iter().find(|runner| runner.uid == uid).map(|runner| runner.name)
}

fn named(name: &str) -> Option<Runner> {
    entries().into_iter().find(|runner| runner.name == name)
}

/// The users of this machine. Those of a directory service are not among them: the system's own
/// always are.
fn entries() -> Vec<Runner> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let (name, _, uid, gid) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        Some(Runner { uid: uid.parse().ok()?, gid: gid.parse().ok()?, name: name.to_owned() })
    };
    text.lines().filter_map(entry).collect()
}
