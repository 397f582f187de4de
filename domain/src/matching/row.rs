//! The queues of one purpose (one topic, one class), by type, and their heads in order.
//!
//! A search wants the oldest of the heads that fit. It could look at all of them, but there can be thousands of types:
//! so the heads of each kind of people stand in order of their places, and the first that accepts the seeker is the one.

use super::queue::{Node, Place, Queue};
use super::types::{KINDS, Kinds, Type, TypeId, each};

/// A queue with someone in it, as a search sees it.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Who waits longest.
    pub head: Node,
    /// Whom they accept.
    accepts: Kinds,
    /// Whose queue.
    pub id: TypeId,
}

/// See the module.
#[derive(Default)]
pub(super) struct Row {
    /// The queues that somebody stands in, by kind, each kind's in order of their heads.
    lines: [Vec<Line>; KINDS],
    /// Queues by number of the type.
    pub queues: Vec<Queue>,
    /// The kinds of which there is one.
    live: Kinds,
}

impl Row {
    /// Whoever waits longest of those who fit `seeker`.
    pub fn oldest(&self, seeker: Type) -> Option<&Line> {
        let mut best: Option<&Line> = None;
        for kind in each(seeker.accepts & self.live) {
            let sooner = |line: &&Line| best.is_none_or(|best| line.head.place < best.head.place);
            let mut lines = self.lines[kind].iter().take_while(sooner);
            best = lines.find(|line| line.accepts & 1 << seeker.kind != 0).or(best);
        }
        best
    }

    /// The queues of those who fit `seeker`.
    pub fn fitting(&self, seeker: Type) -> impl Iterator<Item = &Line> {
        let lines = each(seeker.accepts & self.live).flat_map(|kind| &self.lines[kind]);
        lines.filter(move |line| line.accepts & 1 << seeker.kind != 0)
    }

    /// Adds one of type `its`, number `id`.
    pub fn insert(&mut self, its: Type, id: TypeId, node: Node, alive: impl Fn(Node) -> bool) {
        let at = id as usize;
        if self.queues.len() <= at {
            self.queues.resize_with(at + 1, Queue::default);
        }
        let before = self.queues[at].head();
        self.queues[at].insert(node, alive);
        if before.is_none_or(|before| node.place < before.place) {
            self.move_head(its, id, before, Some(node));
        }
    }

    /// Takes note that one of type `its`, number `id`, has left (`alive` says so by now).
    pub fn remove(&mut self, its: Type, id: TypeId, node: Node, alive: impl Fn(Node) -> bool) {
        let queue = &mut self.queues[id as usize];
        // The one who left is alive no longer, but still the head if they were.
        let was_head = queue.head().is_some_and(|head| head.place == node.place);
        queue.remove(node, alive);
        if was_head {
            let head = queue.head();
            self.move_head(its, id, Some(node), head);
        }
    }

    /// A queue's head has changed: its line goes to where it belongs now.
    fn move_head(&mut self, its: Type, id: TypeId, from: Option<Node>, to: Option<Node>) {
        let lines = &mut self.lines[its.kind as usize];
        let place_of = |lines: &[Line], place: Place| lines.partition_point(|line| line.head.place < place);
        let line = to.map(|head| Line { head, accepts: its.accepts, id });
        match (from.map(|node| place_of(lines, node.place)), line) {
            (None, None) => {}
            (None, Some(line)) => {
                lines.insert(place_of(lines, line.head.place), line);
                self.live |= 1 << its.kind;
            }
            (Some(at), None) => {
                lines.remove(at);
                if lines.is_empty() {
                    self.live &= !(1 << its.kind);
                }
            }
            (Some(at), Some(line)) => {
                // A head that leaves gives way to one behind it; one that comes before it, to one before.
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
}
