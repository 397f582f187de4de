//! The folder of the journal: file names, the lock that keeps a second process out, making and
//! removing segments.
//!
//! What is in it is for its owner alone, whatever the umask: 0700 and 0600.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The file whose lock says that the journal is in use. It stays when the process ends; the lock
/// does not.
const LOCK: &str = "journal.lock";
const SUFFIX: &str = ".log";
/// A segment that is not whole yet, and counts as not there.
const DRAFT: &str = ".new";
/// A segment that nothing needs, on its way out.
const GONE: &str = ".gone";
/// A copy of a segment as it was found damaged.
const DAMAGED: &str = ".damaged";
/// How long such a copy is kept for whoever wants to look: what people wrote is in it.
const DAMAGED_KEPT: Duration = Duration::from_secs(48 * 3_600);
/// Bytes overwritten before a segment's file is removed: its key is among them.
const HEAD: usize = 512;

/// A locked folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The folder itself, to sync names of files; none where the file system refuses that or it is
    /// not wanted.
    names: Option<File>,
    /// Held. A byte in it says that a process is at work here, or ended without a word.
    lock: File,
    /// The process before this one ended without a word.
    left_open: bool,
}

/// Why a folder could not be taken.
#[derive(Debug)]
pub enum Taken {
    /// Another process has it.
    InUse,
    /// The disk failed.
    Io(io::Error),
}

impl Folder {
    /// Makes the folder if needed and locks it.
    pub fn lock(path: &Path, fsync: bool) -> Result<Folder, Taken> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Taken::Io)?;
        close_to_others(path, 0o700);
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join(LOCK));
        let lock = lock.map_err(Taken::Io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Taken::InUse),
            Err(TryLockError::Error(e)) => return Err(Taken::Io(e)),
        }
        let left_open = lock.metadata().map_err(Taken::Io)?.len() > 0;
        // On a disk that takes not even a byte the start fails soon, at its first record.
        let _ = lock.write_all_at(b"!", 0);
        let names = if fsync { Some(File::open(path).map_err(Taken::Io)?) } else { None };
        let folder = Folder { path: path.to_owned(), names, lock, left_open };
        folder.put_in_order().map_err(Taken::Io)?;
        Ok(folder)
    }

    /// Whether the process before this one was killed, or died. Of a loss of power nothing is known
    /// here.
    pub fn was_left_open(&self) -> bool {
        self.left_open
    }

    /// This process ends in order.
    pub fn leave(&self) {
        if let Err(error) = self.lock.set_len(0) {
            tracing::warn!(%error, "the journal cannot be marked as closed: the next start takes it for a crash");
        }
    }

    /// Closes to others what an earlier version left open, and goes on with removals that a crash
    /// cut short.
    fn put_in_order(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.ends_with(GONE) || name.ends_with(DRAFT) {
                self.wipe(&path)?;
            } else if name == LOCK || name.ends_with(SUFFIX) || name.ends_with(DAMAGED) {
                close_to_others(&path, 0o600);
            }
        }
        self.forget_damaged()
    }

    /// Removes copies of damaged segments that nobody came for.
    pub fn forget_damaged(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let old = |at: SystemTime| at.elapsed().is_ok_and(|age| age > DAMAGED_KEPT);
            if entry.path().extension().is_some_and(|e| DAMAGED[1..] == *e)
                && old(entry.metadata()?.modified()?)
            {
                self.wipe(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Overwrites a file's key and removes it.
    fn wipe(&self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.write_all_at(&[0; HEAD][..HEAD.min(file.metadata()?.len() as usize)], 0)?;
        if self.names.is_some() {
            file.sync_data()?;
        }
        fs::remove_file(path)
    }

    /// The file of a segment.
    pub fn file(&self, no: u64) -> PathBuf {
        self.path.join(format!("{no:012}{SUFFIX}"))
    }

    /// Numbers of the segments there are, ascending. Other files are left alone.
    pub fn segments(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let number: Option<u64> = name.to_str().and_then(|n| n.strip_suffix(SUFFIX)?.parse().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Makes an empty segment; its name is on disk afterwards.
    pub fn create(&self, no: u64) -> io::Result<File> {
        let file = self.make(&self.file(no))?;
        self.sync_names()?;
        Ok(file)
    }

    /// Makes an empty segment that counts as not there until [`Folder::publish`].
    pub fn draft(&self, no: u64) -> io::Result<File> {
        let path = self.file(no).with_extension(&DRAFT[1..]);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => self.make(&path),
        }
    }

    /// A draft is whole and on disk: it counts from now on.
    pub fn publish(&self, no: u64) -> io::Result<()> {
        fs::rename(self.file(no).with_extension(&DRAFT[1..]), self.file(no))?;
        self.sync_names()
    }

    fn make(&self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(file)
    }

    /// Keeps a copy of a damaged segment; says where.
    pub fn keep_damaged(&self, no: u64, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.file(no).with_extension(&DAMAGED[1..]);
        let _ = fs::remove_file(&path);
        let file = self.make(&path)?;
        file.write_all_at(bytes, 0)?;
        file.sync_all()?;
        self.sync_names()?;
        Ok(path)
    }

    /// Removes segments, oldest first, for good: their keys are overwritten, so that what the disk
    /// still has of them does not open.
    pub fn remove(&self, numbers: &[u64]) -> io::Result<()> {
        let gone = |no| self.file(no).with_extension(&GONE[1..]);
        for &no in numbers {
            match fs::rename(self.file(no), gone(no)) {
                // Removed by a try before this one.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                renamed => renamed?,
            }
        }
        // Under its own name a segment without its head would be damage.
        self.sync_names()?;
        for &no in numbers {
            match self.wipe(&gone(no)) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                wiped => wiped?,
            }
        }
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        self.names.as_ref().map_or(Ok(()), File::sync_all)
    }
}

/// Whoever may write here need not own it, and not every file system has modes: what is in it is
/// sealed all the same.
fn close_to_others(path: &Path, mode: u32) {
    let closed = match fs::metadata(path) {
        Ok(is) if is.permissions().mode() & 0o777 == mode => Ok(()),
        _ => fs::set_permissions(path, Permissions::from_mode(mode)),
    };
    if let Err(error) = closed {
        tracing::warn!(%error, path = %path.display(), "the journal cannot be closed to others; see to its permissions");
    }
}

impl Drop for Folder {
    /// Closing the file is not enough: a child process that is just being started shares it until
    /// its exec.
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}
