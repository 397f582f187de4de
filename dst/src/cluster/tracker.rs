//! What a node knows of updates: which it took, which are under way, whose partitions are its own.

use super::{Entry, Mark, PARTITIONS};
use nameless_domain::ids::{MessageId, Seq};
use std::collections::{BTreeMap, BTreeSet};

/// An update between its acceptance or arrival and its end.
#[derive(Clone, Debug)]
pub struct Open {
    /// Telegram's id.
    pub id: i64,
    /// Whose partition.
    pub partition: usize,
    /// Its entry in the partition's stream, if it came that way.
    pub stream: Option<u64>,
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
#[derive(Default)]
pub struct Tracker {
    owned: [Ownership; PARTITIONS],
    born: [u64; PARTITIONS],
    under_way: [u32; PARTITIONS],
    seen: BTreeSet<i64>,
    /// Accepted here and neither taken nor sent on yet.
    fresh: BTreeMap<Seq, Open>,
    /// Taken here and not done.
    open: BTreeMap<Seq, Open>,
    known: BTreeSet<i64>,
    /// What a former owner had sent of updates that it did not finish, by its marks.
    left: BTreeMap<i64, Vec<MessageId>>,
    /// Done, but the shared journal does not know yet.
    closing: BTreeSet<i64>,
    /// Accepted here for partitions that are being taken over.
    held: Vec<Entry>,
}

impl Tracker {
    /// How a partition stands.
    pub fn ownership(&self, partition: usize) -> Ownership {
        self.owned[partition]
    }

    /// They stand otherwise now.
    pub fn set(&mut self, partitions: &[usize], ownership: Ownership) {
        partitions.iter().for_each(|&p| self.owned[p] = ownership);
    }

    /// Partitions of this ownership.
    pub fn those(&self, ownership: Ownership) -> Vec<usize> {
        (0..PARTITIONS).filter(|&p| self.owned[p] == ownership).collect()
    }

    /// Where the journal stood when its users came.
    pub fn born(&self, partition: usize) -> Seq {
        Seq(self.born[partition])
    }

    /// Its users come now.
    pub fn bear(&mut self, partition: usize, seq: Seq) {
        self.born[partition] = seq.0;
    }

    /// Accepted from Telegram.
    pub fn accepted(&mut self, seq: Seq, open: Open) {
        self.fresh.insert(seq, open);
    }

    /// Sent on to another node.
    pub fn sent_on(&mut self, seq: Seq) {
        self.fresh.remove(&seq);
    }

    /// Holds an update until its partition is taken over.
    pub fn hold(&mut self, entry: Entry) {
        self.held.push(entry);
    }

    /// What is held for partitions that are being taken over. When that is nothing they are ours
    /// from this moment on.
    pub fn next_held(&mut self, partitions: &[usize]) -> Vec<Entry> {
        let (now, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.held).into_iter().partition(|e| partitions.contains(&e.partition));
        self.held = later;
        if now.is_empty() {
            self.set(partitions, Ownership::Ours);
        }
        now
    }

    /// Takes an update, unless its id was taken before.
    pub fn take(&mut self, seq: Seq, open: Open) -> bool {
        self.fresh.remove(&seq);
        if !self.seen.insert(open.id) {
            return false;
        }
        self.under_way[open.partition] += 1;
        self.known.insert(open.id);
        self.open.insert(seq, open);
        true
    }

    /// Ids that a former owner took.
    pub fn remember(&mut self, ids: impl IntoIterator<Item = i64>) {
        self.seen.extend(ids);
    }

    /// A former owner left these marks.
    pub fn inherit(&mut self, marks: BTreeMap<i64, Mark>) {
        for (id, mark) in marks {
            match mark {
                Mark::Done => _ = self.seen.insert(id),
                Mark::Sent(copies) => _ = self.left.insert(id, copies),
            }
        }
    }

    /// What had left of an update before a former owner was gone.
    pub fn left_before(&self, id: i64) -> Option<Vec<MessageId>> {
        self.left.get(&id).cloned()
    }

    /// An update is done: what the shared journal is to be told.
    pub fn done(&mut self, seq: Seq) -> Option<Open> {
        let closed = match self.open.remove(&seq) {
            Some(open) => {
                self.under_way[open.partition] -= 1;
                self.known.remove(&open.id);
                open
            }
            None => self.fresh.remove(&seq)?,
        };
        self.closing.insert(closed.id);
        Some(closed)
    }

    /// One that nobody here is at is done.
    pub fn closing(&mut self, id: i64) {
        self.closing.insert(id);
    }

    /// The shared journal knows that it is done.
    pub fn closed(&mut self, id: i64) {
        self.closing.remove(&id);
    }

    /// Partition and id of an update under way.
    pub fn under_way_at(&self, seq: Seq) -> Option<(usize, i64)> {
        self.open.get(&seq).map(|open| (open.partition, open.id))
    }

    /// Closes those of these partitions in which nothing is under way.
    pub fn close_idle(&mut self, partitions: &[usize]) -> Vec<usize> {
        let idle: Vec<usize> = partitions.iter().copied().filter(|&p| self.under_way[p] == 0).collect();
        self.set(&idle, Ownership::Closed);
        idle
    }

    /// Whether an update is under way here, or its end is on its way to the shared journal.
    pub fn knows(&self, id: i64) -> bool {
        self.known.contains(&id) || self.closing.contains(&id)
    }

    /// Ids that the shared journal still counts as unfinished and this node knows of.
    pub fn known_ids(&self) -> Vec<i64> {
        self.known.iter().chain(&self.closing).copied().collect()
    }

    /// How much is held in memory here, for the bounds (I10): open, closing, held.
    pub fn sizes(&self) -> [usize; 3] {
        [self.open.len() + self.fresh.len(), self.closing.len(), self.held.len()]
    }
}
