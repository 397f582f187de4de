//! The journal in memory: which updates are unfinished and where, what waits to be written. No I/O
//! here.
//!
//! Places on disk are decided when a record is queued, so the writer only has to write parts in
//! order.

mod age;
mod moves;
mod parts;

pub use parts::{Again, Copied, Entry, Group, Move, Part, Segment};

use super::JournalConfig;
use super::record;
use super::seen::SeenIds;
use crate::store::{CryptoError, Keys, SegmentKey};
use age::Owed;
use nameless_actors::ports::JournalError;
use nameless_domain::ids::{MessageId, Seq};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Bytes that may wait for the writer; beyond it, updates are refused with [`JournalError::Full`].
const MAX_PENDING: usize = 64 << 20;
/// Bytes of the largest update taken; Telegram's are a few KB.
const MAX_RAW: usize = 16 << 20;
/// Bytes moved by one step of compaction.
const COMPACTION_STEP: u64 = 4 << 20;
/// Capacity above which a written buffer is freed instead of used again.
const MAX_SPARE: usize = 1 << 20;
/// Told when a group is on disk.
pub type Waiter = oneshot::Sender<Result<(), JournalError>>;

/// See the module.
#[derive(Debug)]
pub struct State {
    config: JournalConfig,
    keys: Arc<Keys>,
    /// Keys of the segments that hold something unfinished, and of the one being written.
    open: BTreeMap<u64, Arc<SegmentKey>>,
    /// Segments before this one are to be emptied: their time is over, or the disk failed in them.
    purge: u64,
    /// Since when the newest segment holds entries.
    begun: Option<Instant>,
    owed: Option<Owed>,
    /// A segment that cannot be emptied, as something in it became unreadable.
    pub stuck: Option<u64>,
    /// The next position to be given out.
    pub next_seq: u64,
    /// Unfinished updates. Ordered, as the oldest are asked for together.
    pub live: BTreeMap<u64, Entry>,
    pub live_bytes: u64,
    seen: SeenIds,
    expired_at: u32,
    /// Oldest first; the last one is written to.
    segments: VecDeque<Segment>,
    /// What waits for the writer.
    pub pending: Group,
    spare: Vec<u8>,
    /// Why nothing can be written any more.
    pub failed: Option<JournalError>,
}

impl State {
    /// The size of unfinished updates from which on nothing is accepted.
    pub fn max_bytes(&self) -> u64 {
        self.config.max_bytes
    }

    /// Takes over what is on disk. The next record opens segment `active`.
    pub fn new(
        config: JournalConfig,
        (keys, open): (Arc<Keys>, BTreeMap<u64, Arc<SegmentKey>>),
        next_seq: u64,
        live: BTreeMap<u64, Entry>,
        seen: SeenIds,
        mut segments: VecDeque<Segment>,
        active: u64,
    ) -> Result<State, CryptoError> {
        for entry in live.values() {
            if let Some(segment) = segments.iter_mut().find(|s| s.no == entry.segment) {
                segment.live += 1;
            }
        }
        let live_bytes = live.values().map(Entry::bytes).sum();
        let mut state = State {
            config,
            keys,
            open,
            purge: 0,
            begun: None,
            owed: None,
            stuck: None,
            next_seq,
            live,
            live_bytes,
            seen,
            expired_at: 0,
            segments,
            pending: Group::default(),
            spare: Vec::new(),
            failed: None,
        };
        state.begin_segment(active, &[])?;
        Ok(state)
    }

    /// Accepts updates, all or none.
    pub fn append(
        &mut self,
        entries: &[(i64, Arc<str>)],
        hour: u32,
    ) -> Result<Vec<Option<Seq>>, JournalError> {
        self.admit(entries, hour)?;
        let mut seqs = Vec::with_capacity(entries.len());
        for (update_id, raw) in entries {
            if !self.seen.insert(*update_id, hour) {
                seqs.push(None);
                continue;
            }
            let seq = self.next_seq;
            self.next_seq += 1;
            self.open(seq, *update_id, hour, raw);
            seqs.push(Some(Seq(seq)));
        }
        Ok(seqs)
    }

    /// Accepts a finished update again; see [`nameless_actors::ports::Journal::reopen`].
    pub fn reopen(&mut self, seq: u64, entry: (i64, Arc<str>), hour: u32) -> Result<Again, JournalError> {
        let entry = [entry];
        self.admit(&entry, hour)?;
        let [(wish, raw)] = &entry;
        if self.seen.contains(*wish) {
            return Ok(Again::Before);
        }
        if self.live.contains_key(&seq) {
            return Ok(Again::UnderWay);
        }
        self.seen.insert(*wish, hour);
        self.open(seq, *wish, hour, raw);
        Ok(Again::Accepted)
    }

    /// Whether there is room for what is new of `entries`.
    fn admit(&mut self, entries: &[(i64, Arc<str>)], hour: u32) -> Result<(), JournalError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        if entries.iter().any(|(_, raw)| raw.len() > MAX_RAW) {
            return Err(JournalError::Io("an update is larger than 16 MiB".into()));
        }
        self.expire(hour);
        let fresh = entries.iter().filter(|(id, _)| !self.seen.contains(*id));
        let bytes: usize = fresh.map(|(_, raw)| record::update_len(raw)).sum();
        // A single batch is always taken when nothing is unfinished, or a small cap would wedge for
        // ever.
        let over = self.live_bytes + bytes as u64 > self.config.max_bytes && !self.live.is_empty();
        if bytes > 0 && (over || self.pending.bytes > 0 && self.pending.bytes + bytes > MAX_PENDING) {
            return Err(JournalError::Full);
        }
        Ok(())
    }

    /// Queues an update's record; from here on it is unfinished.
    fn open(&mut self, seq: u64, update_id: i64, hour: u32, raw: &str) {
        let (segment, offset, len) = self.put(|b, at| record::put_update(b, at, seq, (update_id, hour), raw));
        self.live_bytes += u64::from(len);
        self.live.insert(seq, Entry { segment, offset, len, sent: None, tries: 0 });
        self.count(segment, 1);
    }

    /// Notes that a relay left. False if that needs no writing: finished or unknown. While the disk
    /// fails it is kept in memory: it has left, and whoever writes next must know.
    pub fn sent(&mut self, seq: u64, ids: &[MessageId]) -> bool {
        let Some(entry) = self.live.get_mut(&seq) else { return false };
        self.live_bytes -= entry.bytes();
        entry.sent = Some(ids.into());
        self.live_bytes += entry.bytes();
        self.put(|b, _| record::put_sent(b, seq, ids));
        true
    }

    /// Notes that an update is finished. False if it was, or is unknown.
    pub fn done(&mut self, seq: u64) -> bool {
        let Some(entry) = self.live.remove(&seq) else { return false };
        self.live_bytes -= entry.bytes();
        self.count(entry.segment, -1);
        self.put(|b, _| record::put_done(b, seq));
        true
    }

    /// How often an update was handed to an engine before this life.
    pub fn tries(&self, seq: u64) -> u32 {
        self.live.get(&seq).map_or(0, |entry| entry.tries + 1)
    }

    /// Changes how often unfinished updates count as tried. False if that needs no writing.
    pub fn tried(&mut self, seqs: impl IntoIterator<Item = u64>, change: impl Fn(u32) -> u32) -> bool {
        let mut written = false;
        for seq in seqs {
            let Some(entry) = self.live.get_mut(&seq) else { continue };
            let count = change(entry.tries);
            if count != entry.tries {
                entry.tries = count;
                self.put(|b, _| record::put_tries(b, seq, count));
                written = true;
            }
        }
        written
    }

    /// The key of a segment.
    pub fn key(&self, segment: u64) -> Option<Arc<SegmentKey>> {
        self.open.get(&segment).cloned()
    }

    /// Hands the writer what waits.
    pub fn take(&mut self) -> Group {
        std::mem::take(&mut self.pending)
    }

    /// Gives a written buffer back for the next group.
    pub fn recycle(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= MAX_SPARE && self.spare.capacity() < buffer.capacity() {
            buffer.clear();
            self.spare = buffer;
        }
    }

    /// Takes the oldest segments that nothing needs, only those before `written`, the one being
    /// written: its head, on disk by then, carries what must outlive them.
    pub fn finished_segments(&mut self, written: u64) -> Vec<u64> {
        let mut finished = Vec::new();
        while let Some(oldest) = self.segments.front().filter(|s| s.live == 0 && s.no < written) {
            finished.push(oldest.no);
            self.open.remove(&oldest.no);
            self.segments.pop_front();
        }
        finished
    }

    /// Queues one record; says where it will be.
    fn put(&mut self, encode: impl FnOnce(&mut Vec<u8>, (u64, &SegmentKey))) -> (u64, u64, u32) {
        let full = |s: &&Segment| s.len - s.head >= self.config.segment_bytes;
        if let Some(full) = self.segments.back().filter(full).map(|s| s.no)
            && let Err(cause) = self.begin_segment(full + 1, &[])
        {
            // It grows instead.
            tracing::error!(%cause, "the journal cannot begin a new file");
        }
        self.put_raw(encode)
    }

    fn begin_segment(&mut self, no: u64, cuts: &[(u64, u64)]) -> Result<(), CryptoError> {
        let (key, wrapped) = self.keys.new_segment_key(no)?;
        self.open.insert(no, Arc::new(key));
        self.segments.push_back(Segment { no, len: 0, head: 0, live: 0 });
        self.begun = None;
        self.put_raw(|b, _| record::put_key(b, &wrapped));
        for &(cut, len) in cuts {
            self.put_raw(|b, _| record::put_cut(b, cut, len));
        }
        let (next_seq, seen) = (self.next_seq, std::mem::take(&mut self.seen));
        self.put_raw(|b, _| record::put_seen(b, next_seq, |b| seen.encode(b)));
        self.seen = seen;
        if let Some(segment) = self.segments.back_mut() {
            segment.head = segment.len;
        }
        Ok(())
    }

    fn put_raw(&mut self, encode: impl FnOnce(&mut Vec<u8>, (u64, &SegmentKey))) -> (u64, u64, u32) {
        let Some(active) = self.segments.back_mut() else { return (0, 0, 0) };
        let Some(key) = self.open.get(&active.no) else { return (0, 0, 0) };
        if self.pending.parts.last().is_none_or(|p| p.segment != active.no) {
            let bytes = std::mem::take(&mut self.spare);
            self.pending.parts.push(Part { segment: active.no, at: active.len, bytes });
        }
        let Some(part) = self.pending.parts.last_mut() else { return (0, 0, 0) };
        let before = part.bytes.len();
        encode(&mut part.bytes, (active.len, key));
        let len = part.bytes.len() - before;
        let offset = active.len;
        active.len += len as u64;
        self.pending.bytes += len;
        (active.no, offset, len as u32)
    }

    /// Changes how many unfinished updates need a segment.
    fn count(&mut self, segment: u64, by: i64) {
        // Nearly always the newest, so look from there.
        if let Some(segment) = self.segments.iter_mut().rev().find(|s| s.no == segment) {
            segment.live = u32::try_from(i64::from(segment.live) + by).unwrap_or(0);
        }
    }

    fn expire(&mut self, hour: u32) {
        if hour != self.expired_at {
            self.expired_at = hour;
            self.seen.expire(hour.saturating_sub(self.config.dedupe_hours));
        }
    }
}
