//! A disk whose power can be cut.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A file system of this test's own, whose power can be cut: what was not synced is gone.
pub struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// None where this process may not mount one.
    pub fn new() -> Option<Disk> {
        let folder = tempfile::tempdir().expect("a folder");
        let image = folder.path().join("image");
        fs::File::create(&image).and_then(|file| file.set_len(512 << 20)).expect("an image");
        fs::create_dir(folder.path().join("mnt")).expect("made");
        let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image).status();
        let disk = Disk { folder };
        (made.is_ok_and(|made| made.success()) && disk.mount()).then_some(disk)
    }

    /// Where it is mounted.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("mnt")
    }

    /// Mounts it again.
    pub fn mount(&self) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", "loop"]).arg(self.folder.path().join("image")).arg(self.path());
        mount.stderr(Stdio::null()).status().is_ok_and(|mounted| mounted.success())
    }

    /// Unmounts it; false while somebody works on it.
    pub fn unmount(&self) -> bool {
        Command::new("umount")
            .arg(self.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|done| done.success())
    }

    /// What ext4 offers its own tests: from now on nothing more is written, neither data nor its
    /// log.
    pub fn cut_power(&self) {
        let cut = "import fcntl, os, struct, sys\n\
                   fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
        let done = Command::new("python3").args(["-c", cut]).arg(self.path()).status().expect("python3 runs");
        assert!(done.success(), "the power cannot be cut");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let until = Instant::now() + Duration::from_secs(10);
        while !self.unmount() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
