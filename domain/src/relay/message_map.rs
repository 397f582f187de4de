//! Which message of one side is which of the other's. Scoped to one pair: it dies with it, so that a reply, an
//! edit or a reaction can never reach anybody else (I4).

use crate::ids::MessageId;
use crate::relay::Side;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// A message as seen from one side's chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterpart {
    /// Its id in the other side's chat.
    pub there: MessageId,
    /// Whether the asking side wrote it.
    pub own: bool,
}

/// Bounded: the oldest messages are forgotten first; replies to them pass without their target.
#[derive(Debug)]
pub struct MessageMap {
    sides: [FxHashMap<MessageId, Counterpart>; 2],
    order: VecDeque<(Side, MessageId, MessageId)>,
    bound: usize,
}

impl MessageMap {
    /// An empty map of at most `bound` messages.
    pub fn new(bound: usize) -> MessageMap {
        MessageMap { sides: Default::default(), order: VecDeque::new(), bound: bound.max(1) }
    }

    /// Notes that `source` of `from` became `copy` on the other side. The first copy of a source is the one that
    /// edits and replies go to; later ones (a die's value in words) still lead back to the source.
    pub fn insert(&mut self, from: Side, source: MessageId, copy: MessageId) {
        if self.order.len() >= self.bound
            && let Some((side, source, copy)) = self.order.pop_front()
        {
            self.sides[side.index()].remove(&source);
            self.sides[side.other().index()].remove(&copy);
        }
        self.sides[from.index()].entry(source).or_insert(Counterpart { there: copy, own: true });
        self.sides[from.other().index()].insert(copy, Counterpart { there: source, own: false });
        self.order.push_back((from, source, copy));
    }

    /// The counterpart of message `id` of `side`'s chat.
    pub fn find(&self, side: Side, id: MessageId) -> Option<Counterpart> {
        self.sides[side.index()].get(&id).copied()
    }

    /// Every copy of `from`'s message `source`: a die has two.
    pub fn copies(&self, from: Side, source: MessageId) -> Vec<MessageId> {
        let of =
            |&(side, id, copy): &(Side, MessageId, MessageId)| (side == from && id == source).then_some(copy);
        self.order.iter().filter_map(of).collect()
    }

    /// Number of messages.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
