//! Reading the log back at start.

use super::OpenError;
use super::folder::Folder;
use super::record::{self, Raw, Read, Record, SHORTEST};
use super::seen::SeenIds;
use super::state::{Entry, Segment};
use crate::store::{Keys, SegmentKey};
use nameless_actors::ports::Recovered;
use nameless_domain::ids::Seq;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Bytes within which a segment's key and cuts stand.
const HEAD: u64 = 4_096;

/// Bytes of the longest record that is looked for behind damage: rubbish reads like long ones, and
/// each costs a checksum.
const LONGEST: usize = 2 << 20;

/// What the log held.
#[derive(Default)]
pub struct Replay {
    /// Unfinished updates by position.
    pub live: BTreeMap<u64, Entry>,
    /// Accepted update ids.
    pub seen: SeenIds,
    /// Segments, oldest first.
    pub segments: VecDeque<Segment>,
    /// Keys of the segments, wrapped.
    pub wrapped: BTreeMap<u64, Vec<u8>>,
    /// Higher than every position found.
    pub next_seq: u64,
    /// Bytes cut from a torn tail.
    pub torn: u64,
    /// Damage in the last segment with whole records behind it.
    pub damage: Option<Damage>,
    /// Bytes that count of segments on which the disk failed.
    cuts: BTreeMap<u64, u64>,
    /// Bytes of the head of the segment read last.
    head: u64,
}

/// Damage that a crash alone does not leave.
pub struct Damage {
    /// The segment.
    pub file: PathBuf,
    /// As it was found.
    pub copy: PathBuf,
    /// Where the first damage begins.
    pub at: u64,
    /// Bytes that are lost.
    pub bytes: u64,
}

impl Replay {
    /// Reads every segment; cuts a torn tail and space written ahead off the last one.
    pub fn read(folder: &Folder) -> Result<Replay, OpenError> {
        let mut replay = Replay::default();
        let numbers = folder.segments().map_err(|e| OpenError::io(&folder.file(0), e))?;
        for &no in &numbers {
            let path = folder.file(no);
            replay.read_cuts(&path).map_err(|e| OpenError::io(&path, e))?;
        }
        for (i, &no) in numbers.iter().enumerate() {
            let path = folder.file(no);
            let mut bytes = fs::read(&path).map_err(|e| OpenError::io(&path, e))?;
            if let Some(&cut) = replay.cuts.get(&no) {
                if (bytes.len() as u64) < cut {
                    return Err(OpenError::corrupt(&path, bytes.len() as u64, "it is shorter than it was"));
                }
                bytes.truncate(cut as usize);
            }
            let (good, bad) = match i + 1 < numbers.len() {
                true => replay.segment(no, &bytes, 0, &path)?,
                false => replay.last(folder, no, &mut bytes)?,
            };
            if let Some(what) = bad {
                if i + 1 < numbers.len() {
                    return Err(OpenError::corrupt(&path, good, what));
                }
                cut(&path, good).map_err(|e| OpenError::io(&path, e))?;
                // Zeroes at the end are space written ahead; only a segment that was left is
                // without.
                let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last as u64 + 1);
                replay.torn = end.saturating_sub(good);
            }
            replay.segments.push_back(Segment::read(no, good, replay.head.min(good)));
        }
        Ok(replay)
    }

    /// What a segment says of those before it.
    fn read_cuts(&mut self, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        let mut head = vec![0; HEAD.min(file.metadata()?.len()) as usize];
        file.read_exact_at(&mut head, 0)?;
        let mut at = 0;
        while let Read::Record(record @ (Record::Key { .. } | Record::Cut { .. }), len) =
            record::read(&head[at..])
        {
            if let Record::Cut { segment, len } = record {
                self.cuts.insert(segment, len);
            }
            at += len;
        }
        Ok(())
    }

    /// Reads the last segment, where a crash leaves a torn tail. Whole records behind a bad one are
    /// none of a crash: they are read, and the damage between is filled, once a copy is kept.
    fn last(
        &mut self,
        folder: &Folder,
        no: u64,
        bytes: &mut [u8],
    ) -> Result<(u64, Option<&'static str>), OpenError> {
        let path = folder.file(no);
        let (mut good, mut bad) = self.segment(no, bytes, 0, &path)?;
        let mut filled: Vec<(usize, usize)> = Vec::new();
        while bad.is_some()
            && let Some(next) = next_record(bytes, good as usize + SHORTEST)
        {
            filled.push((good as usize, next));
            (good, bad) = self.segment(no, bytes, next, &path)?;
        }
        let Some(&(at, _)) = filled.first() else { return Ok((good, bad)) };
        let copy = folder.keep_damaged(no, bytes).map_err(|e| OpenError::io(&path, e))?;
        let file = OpenOptions::new().write(true).open(&path).map_err(|e| OpenError::io(&path, e))?;
        for &(from, to) in &filled {
            record::fill(&mut bytes[from..to]);
            file.write_all_at(&bytes[from..to], from as u64).map_err(|e| OpenError::io(&path, e))?;
        }
        file.sync_all().map_err(|e| OpenError::io(&path, e))?;
        let lost = filled.iter().map(|(from, to)| (to - from) as u64).sum();
        self.damage = Some(Damage { file: path, copy, at: at as u64, bytes: lost });
        Ok((good, bad))
    }

    /// Reads one segment from byte `from` on. Returns how many bytes are good and, if not all, why.
    fn segment(
        &mut self,
        no: u64,
        bytes: &[u8],
        from: usize,
        path: &Path,
    ) -> Result<(u64, Option<&'static str>), OpenError> {
        let mut at = from;
        if from == 0 {
            self.head = 0;
        }
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
                    let before = self.live.remove(&seq);
                    let (sent, tries) = before.map_or((None, 0), |e| (e.sent, e.tries));
                    // A copy made by compaction takes the place of the first.
                    let entry = Entry { segment: no, offset: at as u64, len: len as u32, sent, tries };
                    self.live.insert(seq, entry);
                    self.next_seq = self.next_seq.max(seq + 1);
                }
                // Notes on updates whose segment is gone concern nothing.
                Record::Sent { seq, ids } => {
                    if let Some(entry) = self.live.get_mut(&seq) {
                        entry.sent = Some(ids.into());
                    }
                }
                Record::Tries { seq, count } => {
                    if let Some(entry) = self.live.get_mut(&seq) {
                        entry.tries = count;
                    }
                }
                Record::Done { seq } => {
                    self.live.remove(&seq);
                }
                Record::Key { wrapped } => drop(self.wrapped.insert(no, wrapped.to_vec())),
                Record::Seen { next_seq, ranges } => {
                    self.head = (at + len) as u64;
                    // It holds everything from before, and what it has forgotten is meant to be.
                    self.seen = SeenIds::decode(ranges)
                        .ok_or_else(|| OpenError::corrupt(path, at as u64, "its head is not readable"))?;
                    self.next_seq = self.next_seq.max(next_seq);
                }
                Record::Cut { .. } | Record::Filler => {}
            }
            at += len;
        }
    }

    /// Opens the keys of segments that hold something unfinished.
    pub fn keys(&self, folder: &Folder, keys: &Keys) -> Result<BTreeMap<u64, SegmentKey>, OpenError> {
        let mut open = BTreeMap::new();
        for no in self.live.values().map(|entry| entry.segment) {
            if let Some(wrapped) = self.wrapped.get(&no)
                && !open.contains_key(&no)
            {
                let key = keys.open_segment_key(no, wrapped);
                open.insert(no, key.map_err(|_| OpenError::WrongKey(folder.file(no)))?);
            }
        }
        Ok(open)
    }

    /// The unfinished updates themselves, in order of acceptance.
    pub fn recovered(
        &self,
        folder: &Folder,
        keys: &BTreeMap<u64, SegmentKey>,
    ) -> Result<Vec<Recovered>, OpenError> {
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
            let Read::Record(Record::Update { raw, .. }, _) = record::read(&bytes) else {
                return Err(OpenError::corrupt(&path, entry.offset, "an update is not readable"));
            };
            let sealed = matches!(raw, Raw::Sealed { .. });
            let raw = raw.open(entry.offset, keys.get(&entry.segment)).ok_or_else(|| match sealed {
                true => OpenError::corrupt(&path, entry.offset, "an update does not open under its key"),
                false => OpenError::corrupt(&path, entry.offset, "an update is not text"),
            })?;
            let sent = entry.sent.as_ref().map(|ids| ids.to_vec());
            recovered.push(Recovered { seq: Seq(seq), raw: raw.into(), sent });
        }
        Ok(recovered)
    }
}

/// The first whole record from byte `from` on.
fn next_record(bytes: &[u8], from: usize) -> Option<usize> {
    (from..bytes.len().saturating_sub(SHORTEST - 1))
        .find(|&at| matches!(record::read(&bytes[at..bytes.len().min(at + LONGEST)]), Read::Record(..)))
}

/// Cuts what is not a record off, so that this segment is whole once it is not the last any more.
fn cut(path: &Path, len: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(len)?;
    file.sync_all()
}
