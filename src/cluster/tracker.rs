//! What a node knows of updates: which it took, which are under way, whose partitions are its own.

use super::partition::{PARTITIONS, Partition};
use super::redis_marks::Mark;
use super::seen::{Bits, Seen};
use crate::store::inbox::InboxEntry;
use nameless_domain::ids::{MessageId, Seq};
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};

/// Updates held at most while partitions are taken over; beyond them they go by stream.
const HELD: usize = 100_000;

/// An update between its acceptance or arrival and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Telegram's id.
    pub update_id: i64,
    /// Whose partition.
    pub partition: Partition,
    /// Its entry in the partition's stream, if it came that way.
    pub stream: Option<String>,
}

/// How a partition stands here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Another node's, or nobody's.
    #[default]
    Foreign,
    /// Ours by the table; what a former owner left is being taken up.
    TakingOver,
    /// Its users live here.
    Ours,
    /// Its users still live here; what is accepted goes to its next owner.
    MovingOut,
    /// Nothing is under way and nothing is taken any more: it is handed over at this moment.
    Closed,
}

impl Ownership {
    /// Whether what comes by stream or is found unfinished is handled here.
    pub fn takes(self) -> bool {
        !matches!(self, Ownership::Foreign | Ownership::Closed)
    }
}

/// A node's tracker.
pub struct Tracker {
    owned: [Ownership; PARTITIONS],
    /// Where the journal stood when a partition's users came to live here.
    born: [Seq; PARTITIONS],
    /// Updates that are not done, and ends of jobs that are being told.
    under_way: [u32; PARTITIONS],
    seen: Seen,
    /// When the ids of long ago were last read.
    read: Option<Instant>,
    /// Accepted here and neither taken nor sent on yet.
    fresh: FxHashMap<Seq, Open>,
    /// Taken here and not done.
    open: FxHashMap<Seq, Open>,
    /// Ids of these.
    known: FxHashSet<i64>,
    /// What a former owner had sent of updates that it did not finish, while the shared journal
    /// could not be told; in two generations as above.
    left: [FxHashMap<i64, Vec<MessageId>>; 2],
    /// Done, but the shared journal does not know yet.
    closing: FxHashSet<i64>,
    /// Accepted here for partitions that are being taken over: they come after what was left.
    held: Vec<InboxEntry>,
}

impl Default for Tracker {
    fn default() -> Tracker {
        Tracker {
            owned: [Ownership::Foreign; PARTITIONS],
            born: [Seq(0); PARTITIONS],
            under_way: [0; PARTITIONS],
            seen: Seen::default(),
            read: None,
            fresh: FxHashMap::default(),
            open: FxHashMap::default(),
            known: FxHashSet::default(),
            left: Default::default(),
            closing: FxHashSet::default(),
            held: Vec::new(),
        }
    }
}

impl Tracker {
    /// How a partition stands.
    pub fn ownership(&self, partition: Partition) -> Ownership {
        self.owned[usize::from(partition.0)]
    }

    /// Whether users of a partition live here. Not while it is handed over: its next owner may be
    /// at work already, and what they are told goes to the stream, which whoever has them next
    /// reads.
    pub fn lives_here(&self, partition: Partition) -> bool {
        self.ownership(partition).takes()
    }

    /// It stands otherwise now.
    pub fn set(&mut self, partition: Partition, ownership: Ownership) {
        self.owned[usize::from(partition.0)] = ownership;
    }

    /// Partitions of this ownership.
    pub fn those(&self, ownership: Ownership) -> Vec<Partition> {
        (0..=u8::MAX).map(Partition).filter(|p| self.ownership(*p) == ownership).collect()
    }

    /// Where the journal stood when its users came.
    pub fn born(&self, partition: Partition) -> Seq {
        self.born[usize::from(partition.0)]
    }

    /// Its users come now; the journal stands at `seq`.
    pub fn bear(&mut self, partition: Partition, seq: Seq) {
        self.born[usize::from(partition.0)] = seq;
    }

    /// Accepted from Telegram.
    pub fn accepted(&mut self, seq: Seq, open: Open) {
        self.fresh.insert(seq, open);
    }

    /// It is sent on to another node: whoever takes it ends it.
    pub fn sent_on(&mut self, seq: Seq) {
        self.fresh.remove(&seq);
    }

    /// Holds an update until its partition is taken over; false if there are too many.
    pub fn hold(&mut self, entry: InboxEntry) -> bool {
        let room = self.held.len() < HELD;
        if room {
            self.held.push(entry);
        }
        room
    }

    /// What is held for partitions that are being taken over, in order. When nothing is held any
    /// more, they are ours from this moment on.
    pub fn next_held(&mut self, partitions: &[Partition]) -> Vec<InboxEntry> {
        let (now, later) =
            std::mem::take(&mut self.held).into_iter().partition(|e| partitions.contains(&e.partition));
        self.held = later;
        if now.is_empty() {
            partitions.iter().for_each(|p| self.set(*p, Ownership::Ours));
        }
        now
    }

    /// Takes an update, unless its id was taken before. Journal ids of either node count.
    pub fn take(&mut self, seq: Seq, open: Open) -> bool {
        self.fresh.remove(&seq);
        if self.seen.age() {
            self.left[1] = std::mem::take(&mut self.left[0]);
        }
        if !self.seen.insert(open.update_id) {
            return false;
        }
        self.under_way[usize::from(open.partition.0)] += 1;
        self.known.insert(open.update_id);
        self.open.insert(seq, open);
        true
    }

    /// Ids that a former owner took.
    pub fn remember(&mut self, ids: impl IntoIterator<Item = i64>) {
        for id in ids {
            self.seen.insert(id);
        }
    }

    /// How long ago ids of long ago were read; none: never.
    pub fn read_ago(&self) -> Option<Duration> {
        self.read.map(|at| at.elapsed())
    }

    /// Ids of long ago, of all partitions, read from `at` on.
    pub fn remember_blocks(&mut self, at: Instant, blocks: Vec<(i64, Bits)>) {
        blocks.iter().for_each(|(block, bits)| self.seen.merge(*block, bits));
        self.read = Some(at);
    }

    /// What had left of an update before a former owner was gone.
    pub fn left_before(&self, update_id: i64) -> Option<Vec<MessageId>> {
        self.left.iter().find_map(|left| left.get(&update_id)).cloned()
    }

    /// A former owner left these marks.
    pub fn inherit(&mut self, marks: FxHashMap<i64, Mark>) {
        for (id, mark) in marks {
            match mark {
                Mark::Done => drop(self.seen.insert(id)),
                Mark::Sent(copies) => drop(self.left[0].insert(id, copies)),
            }
        }
    }

    /// An update is done: what the shared journal is to be told. None if it is not known.
    pub fn done(&mut self, seq: Seq) -> Option<Open> {
        let closed = match self.open.remove(&seq) {
            Some(open) => {
                self.under_way[usize::from(open.partition.0)] -= 1;
                self.known.remove(&open.update_id);
                open
            }
            // Nobody's update (a group's, an unknown kind): done as soon as it was read.
            None => self.fresh.remove(&seq)?,
        };
        self.closing.insert(closed.update_id);
        Some(closed)
    }

    /// An update that nobody here is at is done.
    pub fn closing(&mut self, update_id: i64) {
        self.closing.insert(update_id);
    }

    /// The shared journal knows that it is done.
    pub fn closed(&mut self, update_id: i64) {
        self.closing.remove(&update_id);
    }

    /// Partition and id of an update under way.
    pub fn under_way_at(&self, seq: Seq) -> Option<(Partition, i64)> {
        self.open.get(&seq).map(|open| (open.partition, open.update_id))
    }

    /// Whether the end of a job may be told to a user of this partition; if so it counts as under
    /// way until [`Tracker::told`]. What is about to go takes none: its next owner tells it.
    pub fn telling(&mut self, partition: Partition) -> bool {
        let stays = matches!(self.ownership(partition), Ownership::Ours | Ownership::TakingOver);
        if stays {
            self.under_way[usize::from(partition.0)] += 1;
        }
        stays
    }

    /// The end of a job was told, and is marked so.
    pub fn told(&mut self, partition: Partition) {
        self.under_way[usize::from(partition.0)] -= 1;
    }

    /// What is under way in these partitions.
    pub fn under_way(&self, partitions: &[Partition]) -> u64 {
        partitions.iter().map(|p| u64::from(self.under_way[usize::from(p.0)])).sum()
    }

    /// Closes those of these partitions in which nothing is under way.
    pub fn close_idle(&mut self, partitions: &[Partition]) -> Vec<Partition> {
        let idle: Vec<Partition> =
            partitions.iter().copied().filter(|p| self.under_way[usize::from(p.0)] == 0).collect();
        idle.iter().for_each(|p| self.set(*p, Ownership::Closed));
        idle
    }

    /// Whether an update of this id is under way here, or its end is on its way to the shared
    /// journal.
    pub fn knows(&self, update_id: i64) -> bool {
        self.known.contains(&update_id) || self.closing.contains(&update_id)
    }

    /// Ids that the shared journal still counts as unfinished and this node knows of.
    pub fn known_ids(&self) -> Vec<i64> {
        self.known.iter().chain(&self.closing).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(update_id: i64) -> Open {
        Open { update_id, partition: Partition(7), stream: None }
    }

    #[test]
    fn only_what_is_idle_is_closed_and_what_is_closed_takes_nothing() {
        let mut tracker = Tracker::default();
        let (busy, idle) = (Partition(7), Partition(8));
        [busy, idle].iter().for_each(|p| tracker.set(*p, Ownership::MovingOut));
        assert!(tracker.take(Seq(1), open(10)));
        assert!(tracker.lives_here(busy) && tracker.lives_here(idle), "they are still here");
        assert_eq!(tracker.close_idle(&[busy, idle]), [idle]);
        assert!(
            tracker.lives_here(busy) && !tracker.lives_here(idle),
            "its next owner may be at work already"
        );
        assert!(tracker.ownership(busy).takes(), "what a stream brings is still handled here");
        assert!(!tracker.ownership(idle).takes());
        tracker.done(Seq(1));
        assert_eq!(tracker.close_idle(&[busy]), [busy]);
        assert!(!Ownership::Foreign.takes() && Ownership::TakingOver.takes());
    }

    #[test]
    fn what_is_told_keeps_its_partition_and_none_is_begun_on_the_way_out() {
        let mut tracker = Tracker::default();
        let partition = Partition(7);
        assert!(!tracker.telling(partition), "another node's");
        tracker.set(partition, Ownership::TakingOver);
        assert!(tracker.telling(partition));
        tracker.set(partition, Ownership::Ours);
        assert!(tracker.telling(partition));
        tracker.set(partition, Ownership::MovingOut);
        assert!(!tracker.telling(partition), "its next owner tells it");
        tracker.told(partition);
        assert!(tracker.close_idle(&[partition]).is_empty(), "one is still on its way");
        tracker.told(partition);
        assert_eq!(tracker.close_idle(&[partition]), [partition]);
        assert!(!tracker.telling(partition));
    }

    #[test]
    fn an_id_is_taken_once_and_counted_until_it_is_done() {
        let mut tracker = Tracker::default();
        tracker.accepted(Seq(1), open(10));
        assert!(tracker.take(Seq(1), open(10)));
        assert!(!tracker.take(Seq(2), open(10)), "the same id at another position");
        tracker.remember([11]);
        assert!(!tracker.take(Seq(3), open(11)), "taken by a former owner");
        assert_eq!((tracker.under_way(&[Partition(7)]), tracker.known_ids()), (1, vec![10]));
        assert_eq!(tracker.done(Seq(1)), Some(open(10)));
        assert_eq!(tracker.known_ids(), [10], "the shared journal does not know yet");
        tracker.closed(10);
        assert_eq!((tracker.under_way(&[Partition(7)]), tracker.known_ids().len()), (0, 0));
        assert_eq!(tracker.done(Seq(1)), None);
        tracker.accepted(Seq(4), open(12));
        assert_eq!(tracker.done(Seq(4)), Some(open(12)), "nobody's");
    }
}
