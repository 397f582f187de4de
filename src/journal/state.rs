//! The journal in memory: which updates are unfinished and where, what waits to be written. No I/O here.
//!
//! Places on disk are decided when a record is queued, so the writer only has to write parts in order.

use super::JournalConfig;
use super::record;
use super::seen::SeenIds;
use nameless_actors::ports::JournalError;
use nameless_domain::ids::{MessageId, Seq};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
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

/// An unfinished update.
#[derive(Debug)]
pub struct Entry {
    /// Segment that holds its newest copy.
    pub segment: u64,
    /// Where in it.
    pub offset: u64,
    /// Bytes of its record.
    pub len: u32,
    /// Ids its relay got, if it left.
    pub sent: Option<Box<[MessageId]>>,
}

impl Entry {
    /// Bytes that a copy of it and its note takes.
    fn bytes(&self) -> u64 {
        u64::from(self.len) + self.sent.as_ref().map_or(0, |ids| record::sent_len(ids) as u64)
    }
}

/// What became of the wish to accept an update again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Again {
    /// It is unfinished again.
    Accepted,
    /// The wish was granted before.
    Before,
    /// It is unfinished still.
    UnderWay,
}

/// One file of the log.
#[derive(Debug)]
pub struct Segment {
    /// Its number; they only grow.
    pub no: u64,
    /// Its bytes, those that wait to be written included.
    pub len: u64,
    /// Bytes of its head among them. They do not count when it is asked whether the segment is full or the log is
    /// mostly waste: moving updates into new segments with heads of their own would never end then.
    pub head: u64,
    /// Unfinished updates that need it.
    pub live: u32,
}

/// Bytes for one segment.
#[derive(Debug)]
pub struct Part {
    /// Which; a number that has not been seen before means a new file.
    pub segment: u64,
    /// What to append.
    pub bytes: Vec<u8>,
}

/// What is written at once.
#[derive(Debug, Default)]
pub struct Group {
    /// In order.
    pub parts: Vec<Part>,
    /// Bytes of all parts.
    pub bytes: usize,
    /// Whom to tell; if any, the group is synced.
    pub waiters: Vec<Waiter>,
    /// Old copies (segment, how many) that are not needed once this group is synced.
    pub moved: Option<(u64, u32)>,
}

impl Group {
    /// Whether the writer must not let it wait for company.
    pub fn is_urgent(&self) -> bool {
        !self.waiters.is_empty() || self.moved.is_some()
    }
}

/// Where an unfinished update can be read for compaction.
#[derive(Debug, PartialEq)]
pub struct Move {
    /// Its position.
    pub seq: u64,
    /// Where in the oldest segment.
    pub offset: u64,
    /// Bytes of its record.
    pub len: u32,
}

/// See the module.
#[derive(Debug)]
pub struct State {
    config: JournalConfig,
    /// The next position to be given out.
    pub next_seq: u64,
    /// Unfinished updates. Ordered, as the oldest are asked for together.
    pub live: BTreeMap<u64, Entry>,
    live_bytes: u64,
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
    /// Takes over what is on disk. The next record opens segment `active`.
    pub fn new(
        config: JournalConfig,
        next_seq: u64,
        live: BTreeMap<u64, Entry>,
        seen: SeenIds,
        mut segments: VecDeque<Segment>,
        active: u64,
    ) -> State {
        for entry in live.values() {
            if let Some(segment) = segments.iter_mut().find(|s| s.no == entry.segment) {
                segment.live += 1;
            }
        }
        let live_bytes = live.values().map(Entry::bytes).sum();
        let mut state = State {
            config,
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
        state.begin_segment(active);
        state
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
        // A single batch is always taken when nothing is unfinished, or a small cap would wedge for ever.
        let over = self.live_bytes + bytes as u64 > self.config.max_bytes && !self.live.is_empty();
        if bytes > 0 && (over || self.pending.bytes > 0 && self.pending.bytes + bytes > MAX_PENDING) {
            return Err(JournalError::Full);
        }
        Ok(())
    }

    /// Queues an update's record; from here on it is unfinished.
    fn open(&mut self, seq: u64, update_id: i64, hour: u32, raw: &str) {
        let (segment, offset, len) = self.put(|b| record::put_update(b, seq, update_id, hour, raw));
        self.live_bytes += u64::from(len);
        self.live.insert(seq, Entry { segment, offset, len, sent: None });
        self.count(segment, 1);
    }

    /// Notes that a relay left. False if that needs no writing: finished or unknown.
    pub fn sent(&mut self, seq: u64, ids: &[MessageId]) -> bool {
        let Some(entry) = self.live.get_mut(&seq).filter(|_| self.failed.is_none()) else { return false };
        self.live_bytes -= entry.bytes();
        entry.sent = Some(ids.into());
        self.live_bytes += entry.bytes();
        self.put(|b| record::put_sent(b, seq, ids));
        true
    }

    /// Notes that an update is finished. False if it was, or is unknown.
    pub fn done(&mut self, seq: u64) -> bool {
        if self.failed.is_some() {
            return false;
        }
        let Some(entry) = self.live.remove(&seq) else { return false };
        self.live_bytes -= entry.bytes();
        self.count(entry.segment, -1);
        self.put(|b| record::put_done(b, seq));
        true
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

    /// Takes the oldest segments that nothing needs, only those before `written`, the one being written: its
    /// head, on disk by then, carries what must outlive them.
    pub fn finished_segments(&mut self, written: u64) -> Vec<u64> {
        let mut finished = Vec::new();
        while let Some(oldest) = self.segments.front().filter(|s| s.live == 0 && s.no < written) {
            finished.push(oldest.no);
            self.segments.pop_front();
        }
        finished
    }

    /// What must move out of the oldest segment so that one long-lived update does not pin the log: something only
    /// when the log is large and more than half of it is finished.
    pub fn moves(&self, written: u64) -> Option<(u64, Vec<Move>)> {
        let total: u64 = self.segments.iter().map(|s| s.len - s.head).sum();
        let oldest = self.segments.front().filter(|s| s.no < written)?;
        if total <= 4 * self.config.segment_bytes
            || total <= 2 * self.live_bytes
            || self.pending.moved.is_some()
        {
            return None;
        }
        let (mut moves, mut bytes) = (Vec::new(), 0);
        for (&seq, entry) in self.live.iter().filter(|(_, e)| e.segment == oldest.no) {
            moves.push(Move { seq, offset: entry.offset, len: entry.len });
            bytes += u64::from(entry.len);
            if bytes >= COMPACTION_STEP || moves.len() == oldest.live as usize {
                break;
            }
        }
        (!moves.is_empty()).then_some((oldest.no, moves))
    }

    /// Queues copies of updates read from segment `from`, those that are still unfinished.
    pub fn reappend(&mut self, from: u64, copies: &[(u64, Vec<u8>)]) {
        let mut moved = 0;
        for (seq, bytes) in copies {
            if self.live.get(seq).is_none_or(|e| e.segment != from) {
                continue;
            }
            let (segment, offset, _) = self.put(|b| b.extend_from_slice(bytes));
            self.count(segment, 1);
            moved += 1;
            let Some(entry) = self.live.get_mut(seq) else { continue };
            (entry.segment, entry.offset) = (segment, offset);
            if let Some(ids) = entry.sent.clone() {
                self.put(|b| record::put_sent(b, *seq, &ids));
            }
        }
        self.pending.moved = (moved > 0).then_some((from, moved));
    }

    /// The copies of a group are synced: their old places are not needed.
    pub fn release(&mut self, (segment, copies): (u64, u32)) {
        self.count(segment, -i64::from(copies));
    }

    /// Queues one record; says where it will be.
    fn put(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> (u64, u64, u32) {
        if let Some(full) =
            self.segments.back().filter(|s| s.len - s.head >= self.config.segment_bytes).map(|s| s.no)
        {
            self.begin_segment(full + 1);
        }
        self.put_raw(encode)
    }

    fn begin_segment(&mut self, no: u64) {
        self.segments.push_back(Segment { no, len: 0, head: 0, live: 0 });
        let (next_seq, seen) = (self.next_seq, std::mem::take(&mut self.seen));
        let (_, _, head) = self.put_raw(|b| record::put_seen(b, next_seq, |b| seen.encode(b)));
        self.seen = seen;
        if let Some(segment) = self.segments.back_mut() {
            segment.head = u64::from(head);
        }
    }

    fn put_raw(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> (u64, u64, u32) {
        let Some(active) = self.segments.back_mut() else { return (0, 0, 0) };
        if self.pending.parts.last().is_none_or(|p| p.segment != active.no) {
            let bytes = std::mem::take(&mut self.spare);
            self.pending.parts.push(Part { segment: active.no, bytes });
        }
        let Some(part) = self.pending.parts.last_mut() else { return (0, 0, 0) };
        let before = part.bytes.len();
        encode(&mut part.bytes);
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
