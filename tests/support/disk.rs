//! A small file system of its own, to be filled.

#![allow(dead_code, reason = "not every test uses all of it")]

use super::skip;
use std::path::Path;
use std::process::Command;

/// A mounted file system; unmounted when dropped.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Mounts one of `size` (as for tmpfs). None where that is not allowed, which is noted.
    pub fn mount(size: &str) -> Option<SmallDisk> {
        let dir = tempfile::tempdir().expect("a folder");
        SmallDisk::mount_on(dir.path(), size).then_some(SmallDisk(dir))
    }

    /// Mounts one on a folder of the caller's, who unmounts it; false where that is not allowed,
    /// which is noted.
    pub fn mount_on(folder: &Path, size: &str) -> bool {
        let options = format!("size={size},mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).output();
        let mounted = mounted.is_ok_and(|out| out.status.success());
        if !mounted {
            skip::note("the right to mount a file system");
        }
        mounted
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Gives it another size.
    pub fn resize(&self, size: &str) {
        resize(self.path(), size);
    }
}

/// Gives a mounted file system another size.
pub fn resize(folder: &Path, size: &str) {
    let options = format!("remount,size={size}");
    let done = Command::new("mount").args(["-o", &options]).arg(folder).status().expect("mount runs");
    assert!(done.success(), "remount");
}

/// Unmounts it.
pub fn unmount(folder: &Path) {
    let _ = Command::new("umount").arg("-l").arg(folder).status();
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(self.path());
    }
}
