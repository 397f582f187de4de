//! One queue: who waits, longest first. Those who leave are left in place and skipped later: most
//! leave by way of another queue, and this one may be far away in memory.

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
pub(super) const MIN_GONE: usize = if cfg!(test) { 3 } else { 32 };

/// Whether so many of the gone among all that are held are to be dropped: a third. The walk over
/// the others is paid by them, two steps each.
pub(super) fn too_many(gone: usize, held: usize) -> bool {
    gone > MIN_GONE && gone * 3 > held
}

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
    /// Those who came in the order of their `since`, which nearly all do.
    orderly: VecDeque<Node>,
    /// Those who came back or changed their wishes: older than the end of the orderly part.
    late: BTreeSet<Node>,
}

impl Queue {
    /// Adds a node at its place; how many of the gone were dropped for that.
    pub fn insert(&mut self, node: Node, alive: impl Fn(Node) -> bool) -> usize {
        let held = self.orderly.len();
        if self.orderly.back().is_some_and(|back| back.place > node.place) {
            // All of them: a gap must not reach over those who come now.
            while self.orderly.back().is_some_and(|&back| !alive(back)) {
                self.orderly.pop_back();
            }
        }
        let dropped = held - self.orderly.len();
        if self.orderly.back().is_none_or(|back| back.place < node.place) {
            self.orderly.push_back(node);
        } else {
            self.late.insert(node);
        }
        dropped
    }

    /// Drops the gone before the first who still waits; how many.
    pub fn advance(&mut self, alive: impl Fn(Node) -> bool) -> usize {
        let held = self.held();
        while self.orderly.front().is_some_and(|&n| !alive(n)) {
            self.orderly.pop_front();
        }
        while self.late.first().is_some_and(|&n| !alive(n)) {
            self.late.pop_first();
        }
        held - self.held()
    }

    /// Drops all of the gone; how many.
    pub fn compact(&mut self, alive: impl Fn(Node) -> bool) -> usize {
        let held = self.held();
        self.late.retain(|&n| alive(n));
        self.orderly.retain(|&n| alive(n));
        if self.orderly.capacity() > MIN_GONE.max(4 * self.orderly.len()) {
            self.orderly.shrink_to(2 * self.orderly.len());
        }
        held - self.held()
    }

    /// Who waits longest, or waited.
    pub fn head(&self) -> Option<Node> {
        match (self.orderly.front(), self.late.first()) {
            (Some(a), Some(b)) => Some(*a.min(b)),
            (a, b) => a.or(b).copied(),
        }
    }

    /// Where the walks through both parts begin.
    pub fn cursors(&mut self, alive: impl Fn(Node) -> bool) -> impl Iterator<Item = (Node, Cursor)> {
        let first = self.orderly.front().map(|&n| (n, Cursor::Orderly(0)));
        let late = self.late.first().map(|&n| (n, Cursor::Late(n)));
        let from = |first: Option<(Node, Cursor)>, queue: &mut Queue| match first {
            Some((node, cursor)) if !alive(node) => queue.next(cursor, &alive),
            first => first,
        };
        let (first, late) = (from(first, self), from(late, self));
        first.into_iter().chain(late)
    }

    /// The next one alive after `cursor` in its part. A run of the gone is stepped through once;
    /// after that it is a gap that is passed in one step.
    pub fn next(&mut self, cursor: Cursor, alive: impl Fn(Node) -> bool) -> Option<(Node, Cursor)> {
        match cursor {
            Cursor::Late(node) => {
                let later = self.late.range((Bound::Excluded(node), Bound::Unbounded));
                let next = later.copied().find(|&n| alive(n))?;
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
    pub fn held(&self) -> usize {
        self.orderly.len() + self.late.len()
    }

    /// All of them, the gone included.
    #[cfg(test)]
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.orderly.iter().chain(&self.late).copied()
    }
}
