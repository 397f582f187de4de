//! The file that is written to, with space written ahead.
//!
//! A file that grows with each write makes each fdatasync wait for its size as well: on ext4 that
//! is a commit of the file system's own journal, two writes to the device after the data's one.
//! Zeroes that are on disk already leave the data alone to wait for. Blocks that are merely
//! reserved (`fallocate`) would not: they change state when written.

use super::folder::Folder;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Zeroes are written from here.
static ZEROES: [u8; 1 << 16] = [0; 1 << 16];

/// What is asked of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new file.
    Create,
    /// Bytes.
    Write,
    /// To hold what was written.
    Sync,
}

/// Stands before each step, in tests: an error is the disk's.
pub type Fault = Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>;

/// How the disk is dealt with.
#[derive(Clone)]
pub struct Disk {
    /// Whether to wait for it.
    pub fsync: bool,
    /// Bytes of space to write ahead of the records.
    pub ahead: u64,
    /// A disk with faults.
    pub fault: Option<Fault>,
}

impl Disk {
    fn step(&self, step: Step) -> io::Result<()> {
        self.fault.as_ref().map_or(Ok(()), |fault| fault(step))
    }
}

/// An open segment.
pub struct SegmentFile {
    file: File,
    /// Bytes of records; the next goes here.
    len: u64,
    /// Up to here there is space on disk.
    room: u64,
    disk: Disk,
}

impl SegmentFile {
    /// Makes an empty segment; its name is on disk afterwards.
    pub fn create(folder: &Folder, no: u64, disk: &Disk) -> io::Result<SegmentFile> {
        disk.step(Step::Create)?;
        Ok(SegmentFile { file: folder.create(no)?, len: 0, room: 0, disk: disk.clone() })
    }

    /// Makes an empty segment that counts as not there until [`Folder::publish`].
    pub fn draft(folder: &Folder, no: u64, disk: &Disk) -> io::Result<SegmentFile> {
        disk.step(Step::Create)?;
        Ok(SegmentFile { file: folder.draft(no)?, len: 0, room: 0, disk: disk.clone() })
    }

    /// Bytes of records.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Appends records; they are on disk after [`SegmentFile::sync`].
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.step(Step::Write)?;
        let start = self.len;
        let end = start + bytes.len() as u64;
        self.file.write_all_at(bytes, start)?;
        self.len = end;
        // Not behind the head, which comes first: a start should not wait for a megabyte.
        if end > self.room {
            self.room = if start > 0 { self.make_room(end) } else { end };
        }
        Ok(())
    }

    /// Waits for the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.disk.step(Step::Sync)?;
        self.file.sync_data()
    }

    /// Gives back the space that was not needed and waits for the disk: nothing is appended any
    /// more.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.room > self.len {
            self.file.set_len(self.len)?;
            self.room = self.len;
        }
        self.sync()
    }

    /// Writes zeroes behind `end`; says up to where. A disk with no space for them may still have
    /// some for records.
    fn make_room(&self, end: u64) -> u64 {
        let mut at = end;
        while at < end + self.disk.ahead {
            let zeroes = &ZEROES[..ZEROES.len().min((end + self.disk.ahead - at) as usize)];
            if self.file.write_all_at(zeroes, at).is_err() {
                break;
            }
            at += zeroes.len() as u64;
        }
        at
    }
}
