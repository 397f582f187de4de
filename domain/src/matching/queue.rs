//! One queue: who waits, longest first. Those who leave are left in place and skipped later.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;

/// Place in a queue: since when, then in order of arrival. The arrival number is unique.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    /// Since when, in milliseconds of `Millis`.
    pub since: i64,
    /// Arrival number of the entry in the pool.
    pub arrival: u64,
}

impl Place {
    /// Behind everyone: the head of an empty queue.
    pub const NONE: Place = Place { since: i64::MAX, arrival: u64::MAX };
}

/// A place and whose it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Node {
    /// Where.
    pub place: Place,
    /// Slot of the entry in the pool.
    pub slot: u32,
}

/// Arrival number of a gap: `slot` nodes from here on have left.
const GAP: u64 = u64::MAX;
/// Fewer of the gone are not worth a compaction.
const MIN_GONE: usize = 32;

/// Where a walk through a queue stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cursor {
    /// At an index of the orderly part.
    Orderly(usize),
    /// At a node of the late part.
    Late(Node),
}

/// A queue. `alive` in its functions tells whether a node's entry still waits.
#[derive(Default)]
pub(super) struct Queue {
    /// Those who came in the order of their `since`, which nearly all do. The first is always alive.
    orderly: VecDeque<Node>,
    /// How many of them have left.
    gone: usize,
    /// Those who came back or changed their wishes: older than the end of the orderly part. All alive.
    late: BTreeSet<Node>,
}

impl Queue {
    /// Adds a node at its place.
    pub fn insert(&mut self, node: Node, alive: impl Fn(Node) -> bool) {
        while self.gone > 0 && self.orderly.back().is_some_and(|&n| !alive(n)) {
            self.orderly.pop_back();
            self.gone -= 1;
        }
        if self.orderly.back().is_none_or(|back| back.place < node.place) {
            self.orderly.push_back(node);
        } else {
            self.late.insert(node);
        }
    }

    /// Takes note that `node`'s entry has left (`alive` says so by now).
    pub fn remove(&mut self, node: Node, alive: impl Fn(Node) -> bool) {
        if !self.late.is_empty() && self.late.remove(&node) {
            return;
        }
        self.gone += 1;
        if self.orderly.front() == Some(&node) {
            self.orderly.pop_front();
            self.gone -= 1;
        }
        // Without any of the gone there is nothing to look at: other entries may be far away in memory.
        while self.gone > 0 && self.orderly.front().is_some_and(|&n| !alive(n)) {
            self.orderly.pop_front();
            self.gone -= 1;
        }
        // At least half are gone: the walk over the others is paid by those.
        if self.gone > MIN_GONE && self.gone * 2 > self.orderly.len() {
            self.orderly.retain(|&n| alive(n));
            self.gone = 0;
            if self.orderly.capacity() > 4 * self.orderly.len() {
                self.orderly.shrink_to(2 * self.orderly.len());
            }
        }
    }

    /// Who waits longest.
    pub fn head(&self) -> Option<Node> {
        match (self.orderly.front(), self.late.first()) {
            (Some(a), Some(b)) => Some(*a.min(b)),
            (a, b) => a.or(b).copied(),
        }
    }

    /// Where the walks through both parts begin.
    pub fn cursors(&self) -> impl Iterator<Item = (Node, Cursor)> {
        let orderly = self.orderly.front().map(|&n| (n, Cursor::Orderly(0)));
        orderly.into_iter().chain(self.late.first().map(|&n| (n, Cursor::Late(n))))
    }

    /// The next one alive after `cursor` in its part. A run of the gone is stepped through once; after that it
    /// is a gap that is passed in one step.
    pub fn next(&mut self, cursor: Cursor, alive: impl Fn(Node) -> bool) -> Option<(Node, Cursor)> {
        match cursor {
            Cursor::Late(node) => {
                let next = *self.late.range((Bound::Excluded(node), Bound::Unbounded)).next()?;
                Some((next, Cursor::Late(next)))
            }
            Cursor::Orderly(at) => {
                let from = at + 1;
                let mut to = from;
                while let Some(&node) = self.orderly.get(to) {
                    if node.place.arrival == GAP {
                        to += node.slot as usize;
                    } else if alive(node) {
                        break;
                    } else {
                        to += 1;
                    }
                }
                if to > from + 1 {
                    let gap = &mut self.orderly[from];
                    *gap = Node { place: Place { arrival: GAP, ..gap.place }, slot: (to - from) as u32 };
                }
                self.orderly.get(to).map(|&node| (node, Cursor::Orderly(to)))
            }
        }
    }

    /// Nodes held, the gone included.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.orderly.len() + self.late.len()
    }
}
