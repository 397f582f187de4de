//! The file that is written to, with space written ahead.
//!
//! A file that grows with each write makes each fdatasync wait for its size as well: on ext4 that is a commit of the
//! file system's own journal, two writes to the device after the data's one. Zeroes that are on disk already leave the
//! data alone to wait for. Blocks that are merely reserved (`fallocate`) would not: they change state when written.

use super::folder::Folder;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Zeroes are written from here.
static ZEROES: [u8; 1 << 16] = [0; 1 << 16];

/// An open segment.
#[derive(Debug)]
pub struct SegmentFile {
    file: File,
    /// Bytes of records; the next goes here.
    len: u64,
    /// Up to here there is space on disk.
    room: u64,
    /// How much space to make at once; none for a journal that does not wait for the disk.
    ahead: u64,
}

impl SegmentFile {
    /// Makes an empty segment; its name is on disk afterwards.
    pub fn create(folder: &Folder, no: u64, ahead: u64) -> io::Result<SegmentFile> {
        Ok(SegmentFile { file: folder.create(no)?, len: 0, room: 0, ahead })
    }

    /// Appends records; they are on disk after [`SegmentFile::sync`].
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
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
        self.file.sync_data()
    }

    /// Gives back the space that was not needed and waits for the disk: nothing is appended any more.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.room > self.len {
            self.file.set_len(self.len)?;
            self.room = self.len;
        }
        self.sync()
    }

    /// Writes zeroes behind `end`; says up to where. A disk with no space for them may still have some for records.
    fn make_room(&self, end: u64) -> u64 {
        let mut at = end;
        while at < end + self.ahead {
            let zeroes = &ZEROES[..ZEROES.len().min((end + self.ahead - at) as usize)];
            if self.file.write_all_at(zeroes, at).is_err() {
                break;
            }
            at += zeroes.len() as u64;
        }
        at
    }
}
