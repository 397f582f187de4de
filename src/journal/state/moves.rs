//! Records that move on: out of old segments, and out of one on which the disk failed.

use super::{COMPACTION_STEP, Copied, Group, Move, Part, State};
use crate::journal::record::{self, Read, Record};
use crate::store::CryptoError;

impl State {
    /// What must move out of the oldest segment so that one long-lived update does not pin the log:
    /// something only when the log is large and more than half of it is finished, or when the
    /// segment's time is over.
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

    /// The disk failed: all that it is not known to hold, which is `lost` and what waits, goes into
    /// a new segment. Of the segments in `cuts` only so many bytes count from now on. On an error
    /// nothing has changed.
    pub fn begin_again(&mut self, lost: &mut Vec<Part>, cuts: &[(u64, u64)]) -> Result<Group, CryptoError> {
        let waiting = self.take();
        lost.extend(waiting.parts);
        let no = self.segments.back().map_or(1, |newest| newest.no + 1);
        if let Err(cause) = self.begin_segment(no, cuts) {
            self.pending.moved = waiting.moved;
            return Err(cause);
        }
        for &(cut, len) in cuts {
            for segment in self.segments.iter_mut().filter(|s| s.no == cut) {
                (segment.len, segment.head) = (len, segment.head.min(len));
            }
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
}
