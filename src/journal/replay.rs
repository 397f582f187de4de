//! Reading the log back at start.

use super::OpenError;
use super::folder::Folder;
use super::record::{self, Read, Record};
use super::seen::SeenIds;
use super::state::{Entry, Segment};
use nameless_actors::ports::Recovered;
use nameless_domain::ids::Seq;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What the log held.
#[derive(Default)]
pub struct Replay {
    /// Unfinished updates by position.
    pub live: BTreeMap<u64, Entry>,
    /// Accepted update ids.
    pub seen: SeenIds,
    /// Segments, oldest first.
    pub segments: VecDeque<Segment>,
    /// Higher than every position found.
    pub next_seq: u64,
    /// Bytes cut from a torn tail.
    pub torn: u64,
    /// Bytes of the head of the segment read last.
    head: u64,
}

impl Replay {
    /// Reads every segment; cuts a torn tail and space written ahead off the last one.
    pub fn read(folder: &Folder) -> Result<Replay, OpenError> {
        let mut replay = Replay::default();
        let numbers = folder.segments().map_err(|e| OpenError::io(&folder.file(0), e))?;
        for (i, &no) in numbers.iter().enumerate() {
            let path = folder.file(no);
            let bytes = fs::read(&path).map_err(|e| OpenError::io(&path, e))?;
            let (good, bad) = replay.segment(no, &bytes, &path)?;
            if let Some(what) = bad {
                if i + 1 < numbers.len() {
                    return Err(OpenError::corrupt(&path, good, what));
                }
                cut(&path, good).map_err(|e| OpenError::io(&path, e))?;
                // Zeroes at the end are space written ahead; only a segment that was left is without.
                let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last as u64 + 1);
                replay.torn = end.saturating_sub(good);
            }
            replay.segments.push_back(Segment { no, len: good, head: replay.head.min(good), live: 0 });
        }
        Ok(replay)
    }

    /// Reads one segment. Returns how many bytes are good and, if not all, why.
    fn segment(
        &mut self,
        no: u64,
        bytes: &[u8],
        path: &Path,
    ) -> Result<(u64, Option<&'static str>), OpenError> {
        let mut at = 0;
        self.head = 0;
        loop {
            let (record, len) = match record::read(&bytes[at..]) {
                Read::Record(record, len) => (record, len),
                Read::End => return Ok((at as u64, None)),
                Read::Bad(what) => return Ok((at as u64, Some(what))),
                Read::Unknown => return Err(OpenError::corrupt(path, at as u64, "a newer version wrote it")),
            };
            match record {
                Record::Update { seq, update_id, hour, .. } => {
                    self.seen.insert(update_id, hour);
                    let sent = self.live.remove(&seq).and_then(|e| e.sent);
                    // A copy made by compaction takes the place of the first.
                    let entry = Entry { segment: no, offset: at as u64, len: len as u32, sent };
                    self.live.insert(seq, entry);
                    self.next_seq = self.next_seq.max(seq + 1);
                }
                // Notes on updates whose segment is gone concern nothing.
                Record::Sent { seq, ids } => {
                    if let Some(entry) = self.live.get_mut(&seq) {
                        entry.sent = Some(ids.into());
                    }
                }
                Record::Done { seq } => {
                    self.live.remove(&seq);
                }
                Record::Seen { next_seq, ranges } => {
                    self.head = len as u64;
                    // It holds everything from before, and what it has forgotten is meant to be.
                    self.seen = SeenIds::decode(ranges)
                        .ok_or_else(|| OpenError::corrupt(path, at as u64, "its head is not readable"))?;
                    self.next_seq = self.next_seq.max(next_seq);
                }
            }
            at += len;
        }
    }

    /// The unfinished updates themselves, in order of acceptance.
    pub fn recovered(&self, folder: &Folder) -> Result<Vec<Recovered>, OpenError> {
        let mut files: BTreeMap<u64, File> = BTreeMap::new();
        let mut recovered = Vec::with_capacity(self.live.len());
        for (&seq, entry) in &self.live {
            let path = folder.file(entry.segment);
            let file = match files.entry(entry.segment) {
                std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
                std::collections::btree_map::Entry::Vacant(none) => {
                    none.insert(File::open(&path).map_err(|e| OpenError::io(&path, e))?)
                }
            };
            let mut bytes = vec![0; entry.len as usize];
            file.read_exact_at(&mut bytes, entry.offset).map_err(|e| OpenError::io(&path, e))?;
            let raw = match record::read(&bytes) {
                Read::Record(Record::Update { raw, .. }, _) => std::str::from_utf8(raw).ok(),
                _ => None,
            };
            let raw =
                raw.ok_or_else(|| OpenError::corrupt(&path, entry.offset, "an update is not readable"))?;
            let sent = entry.sent.as_ref().map(|ids| ids.to_vec());
            recovered.push(Recovered { seq: Seq(seq), raw: raw.into(), sent });
        }
        Ok(recovered)
    }
}

/// Cuts what is not a record off, so that this segment is whole once it is not the last any more.
fn cut(path: &Path, len: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(len)?;
    file.sync_all()
}
