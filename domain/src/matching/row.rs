//! The queues of one purpose (one topic, one class), by type, and their heads in order.
//!
//! A search wants the oldest of the heads that fit. It could look at all of them, but there can be
//! thousands of types: so the heads of each kind of people stand in order of their places, and the
//! first that accepts the seeker is the one.
//!
//! A head may have left: then it is no later than the one that comes after it, so the order still
//! finds the oldest, and a search drops those that it meets. All are dropped once they are too many
//! of a kind's.

use super::queue::{Node, Place, Queue, too_many};
use super::types::{KINDS, Kinds, Type, TypeId, each};

/// A queue with someone in it, as a search sees it.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Who waits longest, or waited.
    pub head: Node,
    /// Whom they accept.
    accepts: Kinds,
    /// Whose queue.
    pub id: TypeId,
}

/// The queues of one kind.
#[derive(Default)]
struct Kin {
    /// Those that hold somebody, in order of their heads.
    lines: Vec<Line>,
    /// Nodes in them, and how many of those have left.
    held: usize,
    gone: usize,
}

/// See the module.
#[derive(Default)]
pub(super) struct Row {
    kin: [Kin; KINDS],
    /// Queues by number of the type.
    pub queues: Vec<Queue>,
    /// The kinds with lines.
    live: Kinds,
}

impl Row {
    /// Whoever waits longest of those who fit `seeker`.
    pub fn oldest(&mut self, seeker: Type, alive: impl Fn(Node) -> bool) -> Option<Node> {
        let mut best = None;
        for kind in each(seeker.accepts & self.live) {
            let mut at = 0;
            while let Some(line) = self.kin[kind].lines.get(at) {
                if best.is_some_and(|best: Node| best.place < line.head.place) {
                    break;
                }
                if line.accepts & 1 << seeker.kind == 0 {
                    at += 1;
                } else if alive(line.head) {
                    best = Some(line.head);
                    break;
                } else {
                    // Another line stands there then, or none.
                    self.advance(kind, at, &alive);
                }
            }
        }
        best
    }

    /// The queues of those who fit `seeker`.
    pub fn fitting(&self, seeker: Type) -> impl Iterator<Item = &Line> {
        let lines = each(seeker.accepts & self.live).flat_map(|kind| &self.kin[kind].lines);
        lines.filter(move |line| line.accepts & 1 << seeker.kind != 0)
    }

    /// Adds one of type `its`, number `id`.
    pub fn insert(&mut self, its: Type, id: TypeId, node: Node, alive: impl Fn(Node) -> bool) {
        let at = id as usize;
        if self.queues.len() <= at {
            self.queues.resize_with(at + 1, Queue::default);
        }
        let queue = &mut self.queues[at];
        let before = queue.head();
        let dropped = queue.insert(node, alive);
        let after = queue.head();
        let kin = &mut self.kin[its.kind as usize];
        kin.held = kin.held + 1 - dropped;
        kin.gone -= dropped;
        if before != after {
            kin.move_head(its.accepts, id, before, after);
            self.live |= 1 << its.kind;
        }
    }

    /// Takes note that one of this kind has left (`alive` says so by now).
    pub fn remove(&mut self, kind: u8, alive: impl Fn(Node) -> bool) {
        let kin = &mut self.kin[kind as usize];
        kin.gone += 1;
        if too_many(kin.gone, kin.held) {
            kin.compact(&mut self.queues, alive);
            self.note(kind as usize);
        }
    }

    /// The number of type `its`, of whom nobody waits, is given to another one.
    pub fn forget(&mut self, its: Type, id: TypeId) {
        let Some(queue) = self.queues.get_mut(id as usize) else { return };
        let Some(head) = queue.head() else { return };
        let kin = &mut self.kin[its.kind as usize];
        kin.move_head(its.accepts, id, Some(head), None);
        kin.held -= queue.held();
        kin.gone -= queue.held();
        *queue = Queue::default();
        self.note(its.kind as usize);
    }

    /// The head of a line has left: the next one of its queue stands for it.
    fn advance(&mut self, kind: usize, at: usize, alive: impl Fn(Node) -> bool) {
        let kin = &mut self.kin[kind];
        let line = kin.lines[at];
        let queue = &mut self.queues[line.id as usize];
        let dropped = queue.advance(alive);
        kin.held -= dropped;
        kin.gone -= dropped;
        kin.move_head(line.accepts, line.id, Some(line.head), queue.head());
        self.note(kind);
    }

    /// Takes note whether a kind has lines.
    fn note(&mut self, kind: usize) {
        if self.kin[kind].lines.is_empty() {
            self.live &= !(1 << kind);
        }
    }

    /// The counts, the order and the bound are as they should be.
    #[cfg(test)]
    pub fn check(&self, alive: impl Fn(Node) -> bool) {
        for (kind, kin) in self.kin.iter().enumerate() {
            let queues = || kin.lines.iter().map(|line| &self.queues[line.id as usize]);
            assert_eq!(kin.held, queues().map(Queue::held).sum::<usize>());
            assert_eq!(kin.gone, queues().flat_map(Queue::nodes).filter(|&n| !alive(n)).count());
            assert!(!too_many(kin.gone, kin.held), "{} of {}", kin.gone, kin.held);
            assert!(kin.lines.iter().zip(queues()).all(|(line, queue)| Some(line.head) == queue.head()));
            assert!(kin.lines.is_sorted_by_key(|line| line.head.place));
            assert_eq!(self.live & 1 << kind != 0, !kin.lines.is_empty());
        }
        let held: usize = self.kin.iter().map(|kin| kin.held).sum();
        assert_eq!(held, self.queues.iter().map(Queue::held).sum::<usize>());
    }
}

impl Kin {
    /// A queue's head has changed: its line goes to where it belongs now.
    fn move_head(&mut self, accepts: Kinds, id: TypeId, from: Option<Node>, to: Option<Node>) {
        let lines = &mut self.lines;
        let place_of = |lines: &[Line], place: Place| lines.partition_point(|line| line.head.place < place);
        let line = to.map(|head| Line { head, accepts, id });
        match (from.map(|node| place_of(lines, node.place)), line) {
            (None, None) => {}
            (None, Some(line)) => lines.insert(place_of(lines, line.head.place), line),
            (Some(at), None) => drop(lines.remove(at)),
            (Some(at), Some(line)) => {
                // A head that leaves gives way to one behind it; one that comes before it, to one
                // before.
                let to = place_of(lines, line.head.place);
                if to > at {
                    lines.copy_within(at + 1..to, at);
                    lines[to - 1] = line;
                } else {
                    lines.copy_within(to..at, to + 1);
                    lines[to] = line;
                }
            }
        }
    }

    /// Drops those who have left. Most are at the beginnings, as the oldest are matched first, so
    /// the walk ends there unless that leaves too many of them.
    fn compact(&mut self, queues: &mut [Queue], alive: impl Fn(Node) -> bool) {
        let gone = self.gone;
        self.each_queue(queues, |queue| queue.advance(&alive));
        if self.gone * 2 > gone {
            self.each_queue(queues, |queue| queue.compact(&alive));
        }
        self.lines.sort_unstable_by_key(|line| line.head.place);
    }

    /// Lets `drop` drop some of the gone from each queue, and counts them.
    fn each_queue(&mut self, queues: &mut [Queue], drop: impl Fn(&mut Queue) -> usize) {
        self.lines.retain_mut(|line| {
            let queue = &mut queues[line.id as usize];
            let dropped = drop(queue);
            self.held -= dropped;
            self.gone -= dropped;
            queue.head().map(|head| line.head = head).is_some()
        });
    }
}
