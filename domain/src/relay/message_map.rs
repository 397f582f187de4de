//! Which message of one side is which of the other's. Scoped to one pair: it dies with it, so that
//! a reply, an edit or a reaction can never reach anybody else (I4).

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

/// So many messages are looked through one by one: a few cache lines, and most of all chats never
/// have more. An index takes four times the place of what it leads to.
const LOOKED_THROUGH: usize = 64;

/// The messages of each side's chat.
type Index = [FxHashMap<MessageId, Counterpart>; 2];

/// Bounded: the oldest messages are forgotten first; replies to them pass without their target.
#[derive(Debug)]
pub struct MessageMap {
    /// From whom, the source, the copy.
    order: VecDeque<(Side, MessageId, MessageId)>,
    /// Once there are more than [`LOOKED_THROUGH`].
    index: Option<Box<Index>>,
    bound: usize,
}

impl MessageMap {
    /// An empty map of at most `bound` messages.
    pub fn new(bound: usize) -> MessageMap {
        MessageMap { order: VecDeque::new(), index: None, bound: bound.max(1) }
    }

    /// Notes that `source` of `from` became `copy` on the other side. The first copy of a source is
    /// the one that edits and replies go to; later ones (a die's value in words) still lead back to
    /// the source. One that is known already (from a former life) is not noted twice: it would
    /// count as a further part.
    pub fn insert(&mut self, from: Side, source: MessageId, copy: MessageId) {
        if self.find(from.other(), copy) == Some(Counterpart { there: source, own: false }) {
            return;
        }
        if self.order.len() >= self.bound
            && let Some((side, source, copy)) = self.order.pop_front()
            && let Some(index) = &mut self.index
        {
            index[side.index()].remove(&source);
            index[side.other().index()].remove(&copy);
        }
        self.order.push_back((from, source, copy));
        match &mut self.index {
            Some(index) => note(index, (from, source, copy)),
            None if self.order.len() > LOOKED_THROUGH => {
                let mut index = Box::<Index>::default();
                self.order.iter().for_each(|&one| note(&mut index, one));
                self.index = Some(index);
            }
            None => {}
        }
    }

    /// The counterpart of message `id` of `side`'s chat.
    pub fn find(&self, side: Side, id: MessageId) -> Option<Counterpart> {
        if let Some(index) = &self.index {
            return index[side.index()].get(&id).copied();
        }
        let counterpart = |&(from, source, copy): &(Side, MessageId, MessageId)| match from == side {
            true => (source == id).then_some(Counterpart { there: copy, own: true }),
            false => (copy == id).then_some(Counterpart { there: source, own: false }),
        };
        self.order.iter().find_map(counterpart)
    }

    /// Every copy of `from`'s message `source`: a die has two.
    pub fn copies(&self, from: Side, source: MessageId) -> Vec<MessageId> {
        let of =
            |&(side, id, copy): &(Side, MessageId, MessageId)| (side == from && id == source).then_some(copy);
        self.order.iter().filter_map(of).collect()
    }

    /// Forgets a copy of `from`'s that is no longer there; not the first of its source.
    pub fn forget(&mut self, from: Side, copy: MessageId) {
        self.order.retain(|&(side, _, id)| side != from || id != copy);
        if let Some(index) = &mut self.index {
            index[from.other().index()].remove(&copy);
        }
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

fn note(index: &mut Index, (from, source, copy): (Side, MessageId, MessageId)) {
    index[from.index()].entry(source).or_insert(Counterpart { there: copy, own: true });
    index[from.other().index()].insert(copy, Counterpart { there: source, own: false });
}
