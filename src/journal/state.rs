//! The journal in memory: which updates are unfinished and where, what waits to be written. No I/O here.
//!
//! Places on disk are decided when a record is queued, so the writer only has to write parts in order.

use super::JournalConfig;
use super::record::{self, Read, Record};
use super::seen::SeenIds;
use crate::store::{CryptoError, Keys, SegmentKey};
use nameless_actors::ports::JournalError;
use nameless_domain::ids::{MessageId, Seq};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Bytes that may wait for the writer; beyond it, updates are refused with [`JournalError::Full`].
const MAX_PENDING: usize = 64 << 20;
/// Bytes of the largest update taken; Telegram's are a few KB.
const MAX_RAW: usize = 16 << 20;
/// Bytes moved by one step of compaction.
const COMPACTION_STEP: u64 = 4 << 20;
/// Capacity above which a written buffer is freed instead of used again.
const MAX_SPARE: usize = 1 << 20;
/// Longest wait between two looks for what an erasure is owed.
const OWED_LOOK: Duration = Duration::from_secs(3_600);

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
    /// How often it was handed to an engine at a start, and not finished.
    pub tries: u32,
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

impl Segment {
    /// As it was read.
    pub fn read(no: u64, len: u64, head: u64) -> Segment {
        Segment { no, len, head, live: 0 }
    }
}

/// Bytes for one segment.
#[derive(Debug)]
pub struct Part {
    /// Which; a number that has not been seen before means a new file.
    pub segment: u64,
    /// Where in it.
    pub at: u64,
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

/// A copy of an unfinished update, read for compaction.
pub struct Copied {
    /// Its position.
    pub seq: u64,
    /// Telegram's id and the hour of its acceptance.
    pub id: (i64, u32),
    /// Its JSON.
    pub raw: String,
}

/// What people erased must go with the files that hold it.
#[derive(Debug)]
struct Owed {
    /// Updates before this position are meant.
    before: u64,
    /// When it is looked next.
    at: Instant,
    /// And how long after that.
    wait: Duration,
}

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
        // A single batch is always taken when nothing is unfinished, or a small cap would wedge for ever.
        let over = self.live_bytes + bytes as u64 > self.config.max_bytes && !self.live.is_empty();
        if bytes > 0 && (over || self.pending.bytes > 0 && self.pending.bytes + bytes > MAX_PENDING) {
            return Err(JournalError::Full);
        }
        Ok(())
    }

    /// Queues an update's record; from here on it is unfinished.
    fn open(&mut self, seq: u64, update_id: i64, hour: u32, raw: &str) {
        let (segment, offset, len) =
            self.put(|b, at| record::put_update(b, at, seq, (update_id, hour), raw));
        self.live_bytes += u64::from(len);
        self.live.insert(seq, Entry { segment, offset, len, sent: None, tries: 0 });
        self.count(segment, 1);
    }

    /// Notes that a relay left. False if that needs no writing: finished or unknown. While the disk fails it is kept
    /// in memory: it has left, and whoever writes next must know.
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

    /// Someone was erased: what is finished is to be unreadable soon, and the rest once it is finished.
    pub fn forget_finished(&mut self, now: Instant) {
        let wait = self.config.forget_after;
        let at = self.owed.as_ref().map_or(now + wait, |owed| owed.at.min(now + wait));
        self.owed = Some(Owed { before: self.next_seq, at, wait });
    }

    /// Begins a new segment where the time of the newest is over, or an erasure is owed it; those before are emptied
    /// then. Says when to look again.
    pub fn tick(&mut self, now: Instant) -> Option<Instant> {
        if self.has_entries() {
            self.begun.get_or_insert(now);
        }
        let aged = self.begun.map(|begun| begun + self.config.segment_age);
        let owed = self.owed.as_ref().map(|owed| owed.at);
        if aged.is_none_or(|at| now < at) && owed.is_none_or(|at| now < at) {
            return [aged, owed].into_iter().flatten().min();
        }
        let begun = match self.segments.back() {
            Some(newest) if self.has_entries() => self.begin_segment(newest.no + 1, &[]),
            _ => Ok(()),
        };
        match begun {
            Ok(()) => self.purge = self.segments.back().map_or(0, |newest| newest.no),
            Err(cause) => tracing::error!(%cause, "the journal cannot begin a new file"),
        }
        self.begun = None;
        if let Some(owed) = self.owed.as_mut().filter(|owed| owed.at <= now) {
            owed.wait = (owed.wait * 2).min(OWED_LOOK);
            owed.at = now + owed.wait;
            if self.live.range(..owed.before).next().is_none() {
                self.owed = None;
            }
        }
        self.owed.as_ref().map(|owed| owed.at)
    }

    fn has_entries(&self) -> bool {
        self.segments.back().is_some_and(|newest| newest.len > newest.head)
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

    /// Takes the oldest segments that nothing needs, only those before `written`, the one being written: its
    /// head, on disk by then, carries what must outlive them.
    pub fn finished_segments(&mut self, written: u64) -> Vec<u64> {
        let mut finished = Vec::new();
        while let Some(oldest) = self.segments.front().filter(|s| s.live == 0 && s.no < written) {
            finished.push(oldest.no);
            self.open.remove(&oldest.no);
            self.segments.pop_front();
        }
        finished
    }

    /// What must move out of the oldest segment so that one long-lived update does not pin the log: something only
    /// when the log is large and more than half of it is finished, or when the segment's time is over.
    pub fn moves(&self, written: u64) -> Option<(u64, Vec<Move>)> {
        let total: u64 = self.segments.iter().map(|s| s.len - s.head).sum();
        let oldest = self.segments.front().filter(|s| s.no < written)?;
        let waste = total > 4 * self.config.segment_bytes && total > 2 * self.live_bytes;
        let wanted = waste || oldest.no < self.purge;
        if !wanted || self.pending.moved.is_some() || self.stuck == Some(oldest.no) {
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
    pub fn reappend(&mut self, from: u64, copies: &[Copied]) {
        let mut moved = 0;
        for Copied { seq, id, raw } in copies {
            if self.live.get(seq).is_none_or(|e| e.segment != from) {
                continue;
            }
            let place = self.put(|b, at| record::put_update(b, at, *seq, *id, raw));
            self.count(place.0, 1);
            moved += 1;
            self.moved_to(*seq, place);
        }
        self.pending.moved = (moved > 0).then_some((from, moved));
    }

    /// An unfinished update's record is elsewhere now; what is known of it follows.
    fn moved_to(&mut self, seq: u64, (segment, offset, len): (u64, u64, u32)) {
        let Some(entry) = self.live.get_mut(&seq) else { return };
        self.live_bytes -= entry.bytes();
        (entry.segment, entry.offset, entry.len) = (segment, offset, len);
        self.live_bytes += entry.bytes();
        let (sent, tries) = (entry.sent.clone(), entry.tries);
        if let Some(ids) = sent {
            self.put_raw(|b, _| record::put_sent(b, seq, &ids));
        }
        if tries > 0 {
            self.put_raw(|b, _| record::put_tries(b, seq, tries));
        }
    }

    /// The copies of a group are synced: their old places are not needed.
    pub fn release(&mut self, (segment, copies): (u64, u32)) {
        self.count(segment, -i64::from(copies));
    }

    /// The disk failed: all that it is not known to hold, which is `lost` and what waits, goes into a new segment. Of
    /// the segments in `cuts` only so many bytes count from now on. On an error nothing has changed.
    pub fn begin_again(&mut self, lost: &mut Vec<Part>, cuts: &[(u64, u64)]) -> Result<Group, CryptoError> {
        let waiting = self.take();
        lost.extend(waiting.parts);
        let no = self.segments.back().map_or(1, |newest| newest.no + 1);
        if let Err(cause) = self.begin_segment(no, cuts) {
            self.pending.moved = waiting.moved;
            return Err(cause);
        }
        for &(cut, len) in cuts {
            self.segments.iter_mut().filter(|s| s.no == cut).for_each(|s| s.len = len);
        }
        for part in std::mem::take(lost) {
            self.rewrite(&part);
        }
        self.purge = no;
        let mut group = self.take();
        group.moved = waiting.moved;
        Ok(group)
    }

    /// Queues the records of a part anew, as far as they still say something.
    fn rewrite(&mut self, part: &Part) {
        let (key, mut at) = (self.key(part.segment), 0);
        while let Read::Record(record, len) = record::read(&part.bytes[at..]) {
            let place = part.at + at as u64;
            match record {
                Record::Update { seq, update_id, hour, raw } => {
                    let here =
                        self.live.get(&seq).is_some_and(|e| (e.segment, e.offset) == (part.segment, place));
                    if here && let Some(raw) = raw.open(place, key.as_deref()) {
                        let new =
                            self.put_raw(|b, at| record::put_update(b, at, seq, (update_id, hour), &raw));
                        self.count(part.segment, -1);
                        self.count(new.0, 1);
                        self.moved_to(seq, new);
                    }
                }
                Record::Sent { seq, .. } => {
                    if let Some(ids) = self.live.get(&seq).and_then(|entry| entry.sent.clone()) {
                        self.put_raw(|b, _| record::put_sent(b, seq, &ids));
                    }
                }
                Record::Tries { seq, .. } => {
                    if let Some(tries) = self.live.get(&seq).map(|entry| entry.tries) {
                        self.put_raw(|b, _| record::put_tries(b, seq, tries));
                    }
                }
                // Also of an update that is safe in an earlier segment.
                Record::Done { seq } => drop(self.put_raw(|b, _| record::put_done(b, seq))),
                Record::Key { .. } | Record::Cut { .. } | Record::Seen { .. } | Record::Filler => {}
            }
            at += len;
        }
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
