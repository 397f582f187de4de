//! Which message of one side is which of the other's. Scoped to one pair: it dies with it, so that
//! a reply, an edit or a reaction can never reach anybody else (I4).

use crate::ids::MessageId;
use crate::relay::Side;
use std::collections::VecDeque;

/// A message as seen from one side's chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterpart {
    /// Its id in the other side's chat.
    pub there: MessageId,
    /// Whether the asking side wrote it.
    pub own: bool,
}

/// A message of one side's chat, in eight bytes: a node knows millions of them.
#[derive(Clone, Copy, Debug)]
struct Known {
    id: MessageId,
    /// The counterpart's id, which is positive, and [`Known::OWN`] if this chat's side wrote it.
    there: u32,
}

impl Known {
    const OWN: u32 = 1 << 31;

    fn new(id: MessageId, there: MessageId, own: bool) -> Known {
        let own = if own { Known::OWN } else { 0 };
        Known { id, there: there.0.cast_unsigned() & !Known::OWN | own }
    }

    fn counterpart(self) -> Counterpart {
        let there = MessageId((self.there & !Known::OWN).cast_signed());
        Counterpart { there, own: self.there & Known::OWN != 0 }
    }
}

/// Others that somebody referred to lately.
const RECALLED: usize = 16;

/// From whom, the source, the copy.
type Row = (Side, MessageId, MessageId);

/// The newest messages of a pair, by their ids in each side's chat, and a few older ones that were
/// asked for. Telegram's ids grow with each message of a chat, so what is new stands at the end.
#[derive(Debug)]
pub struct MessageMap {
    /// Of each side, by id.
    chats: [Vec<Known>; 2],
    /// Others, most of them older; the last asked for at the end.
    #[expect(clippy::box_collection, reason = "nearly always there are none, and each live pair has one")]
    recalled: Option<Box<VecDeque<Row>>>,
    /// So many of each chat stay.
    bound: usize,
    /// Of each chat the newest that was forgotten; 0 if none was.
    forgotten: [MessageId; 2],
    /// There are others that were never noted.
    is_cut: bool,
}

impl MessageMap {
    /// An empty map of `bound` messages of each chat, to which it is trimmed.
    pub fn new(bound: usize) -> MessageMap {
        let (chats, forgotten) = ([Vec::new(), Vec::new()], [MessageId(0); 2]);
        MessageMap { chats, recalled: None, bound: bound.max(4), forgotten, is_cut: false }
    }

    /// Notes that `source` of `from` became `copy` on the other side. The first copy of a source is
    /// the one that edits and replies go to; later ones (a die's value in words) still lead back to
    /// the source. One that is known already (from a former life) is not noted twice: it would
    /// count as a further part.
    pub fn insert(&mut self, from: Side, source: MessageId, copy: MessageId) {
        if self.was_forgotten(from, source) && self.was_forgotten(from.other(), copy) {
            return self.recall(from, source, copy);
        }
        if self.find(from, source).is_none() {
            self.note(from, Known::new(source, copy, true));
        }
        if self.find(from.other(), copy) != Some(Counterpart { there: source, own: false }) {
            self.note(from.other(), Known::new(copy, source, false));
        }
    }

    fn note(&mut self, side: Side, known: Known) {
        let chat = &mut self.chats[side.index()];
        match chat.binary_search_by_key(&known.id, |one| one.id) {
            Ok(at) => chat[at] = known,
            Err(at) => chat.insert(at, known),
        }
    }

    /// Notes a message apart from the newest, as one that somebody asked for: it is known for a
    /// while, however old it is.
    pub fn recall(&mut self, from: Side, source: MessageId, copy: MessageId) {
        let is_known = self.find(from, source).is_some() && self.find(from.other(), copy).is_some();
        if !is_known {
            self.recalled.get_or_insert_default().push_back((from, source, copy));
        }
    }

    /// Forgets the oldest messages of a chat of which more are known than should be, in the other
    /// chat as well.
    pub fn trim(&mut self) {
        for side in Side::BOTH {
            let [chat, other] = [side, side.other()].map(Side::index);
            let Some(over) = self.chats[chat].len().checked_sub(self.bound).filter(|over| *over > 0) else {
                continue;
            };
            // Several at once, or each message would move all that follow.
            let old: Vec<Known> = self.chats[chat].drain(..over + self.bound / 4).collect();
            let [of_chat, of_other] = [chat, other].map(|chat| self.forgotten[chat]);
            let newest =
                |so_far: MessageId, ids: &[Known]| ids.iter().map(|one| one.id).fold(so_far, Ord::max);
            self.forgotten[chat] = newest(of_chat, &old);
            let goes = |known: &mut Known| {
                let at = old.binary_search_by_key(&known.counterpart().there, |one| one.id);
                at.is_ok_and(|at| old[at].counterpart().there == known.id)
            };
            let gone: Vec<Known> = self.chats[other].extract_if(.., goes).collect();
            self.forgotten[other] = newest(of_other, &gone);
        }
        if let Some(recalled) = &mut self.recalled {
            let over = recalled.len().saturating_sub(RECALLED);
            recalled.drain(..over);
        }
    }

    /// There are more messages than were noted. Those that arrived last need not be the newest of
    /// their chat.
    pub fn note_cut(&mut self) {
        self.is_cut = true;
    }

    /// Whether message `id` of `side`'s chat, which is not known, may have been relayed all the
    /// same.
    pub fn may_have_had(&self, side: Side, id: MessageId) -> bool {
        self.is_cut || self.was_forgotten(side, id)
    }

    /// Whether it is no newer than the newest that was forgotten.
    fn was_forgotten(&self, side: Side, id: MessageId) -> bool {
        id <= self.forgotten[side.index()]
    }

    /// The counterpart of message `id` of `side`'s chat.
    pub fn find(&self, side: Side, id: MessageId) -> Option<Counterpart> {
        let chat = &self.chats[side.index()];
        if let Ok(at) = chat.binary_search_by_key(&id, |one| one.id) {
            return Some(chat[at].counterpart());
        }
        let counterpart = |&(from, source, copy): &Row| match from == side {
            true => (source == id).then_some(Counterpart { there: copy, own: true }),
            false => (copy == id).then_some(Counterpart { there: source, own: false }),
        };
        self.recalled.iter().flat_map(|recalled| recalled.iter()).find_map(counterpart)
    }

    /// Every copy of `from`'s message `source`, in order: a die has two.
    pub fn copies(&self, from: Side, source: MessageId) -> Vec<MessageId> {
        let of = Counterpart { there: source, own: false };
        let recalled = self.recalled.iter().flat_map(|recalled| recalled.iter());
        let recalled = recalled.filter(|row| row.0 == from && row.1 == source).map(|row| row.2);
        let chat = self.chats[from.other().index()].iter();
        let mut copies: Vec<MessageId> =
            recalled.chain(chat.filter(|known| known.counterpart() == of).map(|known| known.id)).collect();
        copies.sort_unstable();
        copies.dedup();
        copies
    }

    /// Forgets a copy of `from`'s that is no longer there; not the first of its source.
    pub fn forget(&mut self, from: Side, copy: MessageId) {
        self.chats[from.other().index()].retain(|known| known.id != copy);
        if let Some(recalled) = &mut self.recalled {
            recalled.retain(|row| row.0 != from || row.2 != copy);
        }
    }
}
