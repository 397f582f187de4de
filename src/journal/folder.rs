//! The folder of the journal: file names, the lock that keeps a second process out, making and removing segments.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file whose lock says that the journal is in use. It stays when the process ends; the lock does not.
const LOCK: &str = "journal.lock";
const SUFFIX: &str = ".log";

/// A locked folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The folder itself, to sync names of files; none where the file system refuses that or it is not wanted.
    names: Option<File>,
    /// Held, never read.
    lock: File,
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
        fs::create_dir_all(path).map_err(Taken::Io)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = lock.map_err(Taken::Io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Taken::InUse),
            Err(TryLockError::Error(e)) => return Err(Taken::Io(e)),
        }
        let names = if fsync { Some(File::open(path).map_err(Taken::Io)?) } else { None };
        Ok(Folder { path: path.to_owned(), names, lock })
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
        let file = OpenOptions::new().create_new(true).write(true).open(self.file(no))?;
        self.sync_names()?;
        Ok(file)
    }

    /// Removes segments, oldest first.
    pub fn remove(&self, numbers: &[u64]) -> io::Result<()> {
        for &no in numbers {
            fs::remove_file(self.file(no))?;
        }
        self.sync_names()
    }

    fn sync_names(&self) -> io::Result<()> {
        self.names.as_ref().map_or(Ok(()), File::sync_all)
    }
}

impl Drop for Folder {
    /// Closing the file is not enough: a child process that is just being started shares it until its exec.
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}
