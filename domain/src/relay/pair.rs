//! One live pair: turns what a member asks for into calls to the partner's chat.
//!
//! Messages of one member leave in the order in which they came (I6). An operation that refers to a
//! message whose copy has no id yet (it is still under way) waits for it, and everything of that
//! member behind it waits too; without such references nothing waits here.

use crate::ids::{BotId, ChatId, MessageId, MessageIds, PairId, UserId};
use crate::outgoing::{Call, Emoji, Outgoing};
use crate::relay::content::{OutMedia, Payload};
use crate::relay::covered::Covered;
use crate::relay::message_map::MessageMap;
use crate::relay::{RelayOp, Side};
use smallvec::smallvec;
use std::collections::VecDeque;

/// What the pair wants done, in order. `T` is the caller's token of an operation: it comes back
/// exactly once, in `Forward` or in `Finish`.
#[derive(Debug, PartialEq)]
pub enum PairEffect<T> {
    /// Make a call. If `sources` is not empty, [`PairCore::sent`] or [`PairCore::failed`] must
    /// follow.
    Forward {
        /// The chat and the call.
        out: Outgoing,
        /// Who asked for it.
        from: Side,
        /// The messages of the asking member's chat that it carries, in the order of the copies it
        /// will make.
        sources: MessageIds,
        /// The operation, unless another call of it carries it.
        token: Option<T>,
    },
    /// Nothing (more) is to be done for the operation.
    Finish(T),
    /// Tell the member that asked why nothing was done: a locale key.
    Note {
        /// Whom.
        to: Side,
        /// What.
        key: &'static str,
    },
}

/// Operations of each side that wait for a reference, and those behind them.
type Queues<T> = [VecDeque<Waiting<T>>; 2];

#[derive(Debug)]
struct Waiting<T> {
    op: RelayOp,
    token: T,
    /// Messages of the other side that were under way when the operation came, if it refers to one
    /// that nobody knows: a quick hand can answer a message before Telegram's word of its id is
    /// here.
    behind: MessageIds,
}

/// The state of one live pair.
#[derive(Debug)]
pub struct PairCore<T> {
    /// Which pair.
    pub pair: PairId,
    /// Its members in the order of [`Side::A`], [`Side::B`].
    pub members: [UserId; 2],
    /// The bot that each is at.
    bots: [BotId; 2],
    map: MessageMap,
    /// Sources of each side that were handed out and whose copies have no id yet.
    pending: [MessageIds; 2],
    /// None while nothing waits, which is nearly always.
    waiting: Option<Box<Queues<T>>>,
    /// None while no picture is looked at.
    covered: Option<Box<Covered>>,
}

impl<T> PairCore<T> {
    /// A pair whose map holds at most `map_bound` messages of each chat.
    pub fn new(pair: PairId, members: [UserId; 2], map_bound: usize) -> PairCore<T> {
        let map = MessageMap::new(map_bound);
        let bots = [BotId::FIRST; 2];
        PairCore { pair, members, bots, map, pending: Default::default(), waiting: None, covered: None }
    }

    /// The same, with members who are at these bots.
    pub fn at(mut self, bots: [BotId; 2]) -> PairCore<T> {
        self.bots = bots;
        self
    }

    /// The chat of a member.
    pub fn chat(&self, side: Side) -> ChatId {
        self.members[side.index()].at(self.bots[side.index()])
    }

    /// The side of a member; none for anybody else.
    pub fn side_of(&self, user: UserId) -> Option<Side> {
        Side::BOTH.into_iter().find(|s| self.members[s.index()] == user)
    }

    /// Notes a message that was relayed before (loaded from the store, sent before a crash, or by
    /// another node).
    pub fn remember(&mut self, from: Side, source: MessageId, copy: MessageId) {
        self.map.insert(from, source, copy);
        self.trim();
    }

    /// Notes a message that was asked for: for a while it is known, however old it is.
    pub fn recall(&mut self, from: Side, source: MessageId, copy: MessageId) {
        self.map.recall(from, source, copy);
        self.trim();
    }

    /// What waits may refer to any message: until it has left, none is forgotten.
    fn trim(&mut self) {
        if self.waiting.is_none() {
            self.map.trim();
        }
    }

    /// More messages were relayed than were noted here.
    pub fn note_cut(&mut self) {
        self.map.note_cut();
    }

    /// Whether message `id` of a side's chat, which is not known here, may have been relayed all
    /// the same.
    pub fn may_have_had(&self, side: Side, id: MessageId) -> bool {
        self.map.may_have_had(side, id)
    }

    /// The message that an operation refers to, if it is neither known nor under way here.
    pub fn missing(&self, from: Side, op: &RelayOp) -> Option<MessageId> {
        let known = |id| {
            self.map.find(from, id).is_some()
                || self.pending[from.index()].contains(&id)
                || self.queue(from).is_some_and(|queue| queue.iter().any(|w| carries(&w.op, id)))
        };
        target(op).filter(|&id| !known(id))
    }

    /// The message of `from`'s chat that `copy` in the other chat came from.
    pub fn source_of(&self, from: Side, copy: MessageId) -> Option<MessageId> {
        self.map.find(from.other(), copy).filter(|c| !c.own).map(|c| c.there)
    }

    /// The first message of the other chat that `source` was passed on as.
    pub fn first_copy(&self, from: Side, source: MessageId) -> Option<MessageId> {
        self.map.find(from, source).filter(|c| c.own).map(|c| c.there)
    }

    /// How many messages of the other chat `source` was passed on as by now. Nearly always none,
    /// when it is asked.
    pub fn parts(&self, from: Side, source: MessageId) -> usize {
        match self.map.find(from, source) {
            Some(_) => self.map.copies(from, source).len(),
            None => 0,
        }
    }

    /// Number of operations that wait for a reference.
    pub fn waiting(&self) -> usize {
        self.waiting.iter().flat_map(|queues| queues.iter()).map(VecDeque::len).sum()
    }

    /// Number of messages under way.
    pub fn pending(&self) -> usize {
        self.pending.iter().map(|ids| ids.len()).sum()
    }

    /// What waits of one side, if anything waits at all.
    fn queue(&self, from: Side) -> Option<&VecDeque<Waiting<T>>> {
        self.waiting.as_ref().map(|queues| &queues[from.index()])
    }

    /// A member asks for an operation.
    pub fn pass(&mut self, from: Side, op: RelayOp, token: T, out: &mut Vec<PairEffect<T>>) {
        let behind = match shown(&op) {
            Some(id) if self.map.find(from, id).is_none() => self.pending[from.other().index()].clone(),
            _ => MessageIds::new(),
        };
        let is_behind = self.queue(from).is_some_and(|queue| !queue.is_empty());
        if is_behind || !behind.is_empty() || refers_to_pending(&op, &self.pending[from.index()]) {
            let queues = self.waiting.get_or_insert_default();
            queues[from.index()].push_back(Waiting { op, token, behind });
        } else {
            self.forward(from, op, token, out);
        }
    }

    /// What was handed out for `op` is lost (the outbox died with it) and `op` is about to come
    /// again: nobody waits for the ids of the lost calls.
    pub fn lost(&mut self, from: Side, op: &RelayOp) {
        let pending = &mut self.pending[from.index()];
        match op {
            // A further part waits for the first, which was handed out anew just before.
            RelayOp::Send { source, reply_to, .. } if *reply_to == Some(*source) => {}
            RelayOp::Send { source, .. } => pending.retain(|p| p != source),
            RelayOp::SendAlbum { items, .. } => pending.retain(|p| items.iter().all(|(id, _)| id != p)),
            _ => {}
        }
    }

    /// A call that carried `sources` was made; `copies` are the ids it got.
    pub fn sent(
        &mut self,
        from: Side,
        sources: &[MessageId],
        copies: &[MessageId],
        out: &mut Vec<PairEffect<T>>,
    ) {
        for (&source, &copy) in sources.iter().zip(copies) {
            self.map.insert(from, source, copy);
        }
        self.settle(from, sources, out);
        self.trim();
    }

    /// A call that carried `sources` will not be made any more.
    pub fn failed(&mut self, from: Side, sources: &[MessageId], out: &mut Vec<PairEffect<T>>) {
        self.settle(from, sources, out);
        self.trim();
    }

    /// The pair ends: what waits here is given back. The caller purges what is queued for the two
    /// chats.
    pub fn close(self, out: &mut Vec<PairEffect<T>>) {
        let waiting = self.waiting.map(|queues| *queues).into_iter().flatten().flatten();
        out.extend(waiting.map(|w| PairEffect::Finish(w.token)));
    }

    /// A picture has arrived as `copy`, and is looked at.
    pub fn cover(&mut self, from: Side, copy: MessageId, media: &OutMedia) {
        self.covered.get_or_insert_default().put(from, copy, media);
    }

    /// The picture that `copy` shows behind its spoiler, if somebody looks at it.
    pub fn covered(&self, from: Side, copy: MessageId) -> Option<&OutMedia> {
        self.covered.as_ref()?.get(from, copy)
    }

    /// The picture of `copy` was looked at: what shows it in the open, unless it is not covered or
    /// another one by now.
    pub fn uncover(&mut self, from: Side, copy: MessageId, unique_id: &str) -> Option<Outgoing> {
        self.covered(from, copy).filter(|media| media.unique_id == unique_id)?;
        let mut media = self.stays_covered(from, copy)?;
        media.spoiler = false;
        let chat = self.chat(from.other());
        Some(Outgoing { chat, call: Call::Edit { message: copy, payload: Payload::Media(media) } })
    }

    /// Nobody looks at the picture of `copy` any more, or it is gone: what it was.
    pub fn stays_covered(&mut self, from: Side, copy: MessageId) -> Option<OutMedia> {
        let covered = self.covered.as_mut()?;
        let media = covered.take(from, copy);
        if covered.is_empty() {
            self.covered = None;
        }
        media
    }

    fn settle(&mut self, from: Side, sources: &[MessageId], out: &mut Vec<PairEffect<T>>) {
        // One mark for each call: a die and its value in words carry the same source.
        let pending = &mut self.pending[from.index()];
        for source in sources {
            if let Some(i) = pending.iter().position(|p| p == source) {
                pending.remove(i);
            }
        }
        let Some(queues) = &mut self.waiting else { return };
        for waiting in &mut queues[from.other().index()] {
            waiting.behind.retain(|source| !sources.contains(source));
        }
        self.go_on(from, out);
        self.go_on(from.other(), out);
        if self.waiting() == 0 {
            self.waiting = None;
        }
    }

    /// Forwards what waits no longer. What is waited for is with the outbox, which settles each of
    /// it in the end.
    fn go_on(&mut self, from: Side, out: &mut Vec<PairEffect<T>>) {
        loop {
            let pending = &self.pending[from.index()];
            let goes = |w: &Waiting<T>| w.behind.is_empty() && !refers_to_pending(&w.op, pending);
            let Some(queues) = &mut self.waiting else { return };
            let Some(next) = queues[from.index()].pop_front_if(|w| goes(w)) else { return };
            self.forward(from, next.op, next.token, out);
        }
    }

    fn forward(&mut self, from: Side, op: RelayOp, token: T, out: &mut Vec<PairEffect<T>>) {
        let to = from.other();
        let there = |id: MessageId| self.map.find(from, id);
        let chat = self.chat(to);
        let (call, sources) = match op {
            RelayOp::Send { source, payload, reply_to, mut manner } => {
                let reply_to = reply_to.and_then(there).map(|c| c.there);
                // Without the answered message there is nothing to quote from.
                if let Some(manner) = manner.as_mut().filter(|_| reply_to.is_none()) {
                    manner.quote = None;
                }
                (Call::Send { payload, reply_to, manner }, smallvec![source])
            }
            RelayOp::SendAlbum { items, reply_to } => {
                let reply_to = reply_to.and_then(there).map(|c| c.there);
                let (sources, items) = items.into_iter().unzip();
                (Call::SendAlbum { items, reply_to }, sources)
            }
            RelayOp::Edit { source, payload } => match self.edit(from, source, payload, (0, 1), out) {
                Some(call) => call,
                None => return out.push(PairEffect::Finish(token)),
            },
            RelayOp::EditPart { source, payload, part, of } => {
                match self.edit(from, source, payload, (part, of), out) {
                    Some(call) => call,
                    None => return out.push(PairEffect::Finish(token)),
                }
            }
            RelayOp::React { message, emoji } => match there(message) {
                Some(c) => (Call::React { message: c.there, emoji: emoji.map(Emoji) }, MessageIds::new()),
                None => return out.push(PairEffect::Finish(token)),
            },
            RelayOp::Delete { source, request } => match there(source) {
                Some(c) if c.own => {
                    out.push(PairEffect::Forward {
                        out: Outgoing {
                            chat: self.chat(from),
                            call: Call::Delete { messages: vec![source, request] },
                        },
                        from,
                        sources: MessageIds::new(),
                        token: None,
                    });
                    let messages = self.map.copies(from, source);
                    messages.iter().for_each(|&copy| _ = self.stays_covered(from, copy));
                    (Call::Delete { messages }, MessageIds::new())
                }
                found => {
                    let key = if found.is_some() { "chat-delete-not-yours" } else { "chat-delete-too-late" };
                    out.push(PairEffect::Note { to: from, key });
                    return out.push(PairEffect::Finish(token));
                }
            },
        };
        self.pending[from.index()].extend_from_slice(&sources);
        out.push(PairEffect::Forward { out: Outgoing { chat, call }, from, sources, token: Some(token) });
    }
}

impl<T> PairCore<T> {
    /// The call that changes part `part` of `of` of what `source` was passed on as; none if it
    /// never was, or too long ago to be known. With the last part goes what the message no longer
    /// has.
    fn edit(
        &mut self,
        from: Side,
        source: MessageId,
        payload: Payload,
        (part, of): (usize, usize),
        out: &mut Vec<PairEffect<T>>,
    ) -> Option<(Call, MessageIds)> {
        let first = self.map.find(from, source).filter(|c| c.own)?.there;
        let copies = self.map.copies(from, source);
        if part + 1 == of && copies.len() > of && !matches!(payload, Payload::Dice { .. }) {
            let messages = copies[of..].to_vec();
            messages.iter().for_each(|&copy| self.map.forget(from, copy));
            let chat = self.chat(from.other());
            let delete = Outgoing { chat, call: Call::Delete { messages } };
            out.push(PairEffect::Forward { out: delete, from, sources: MessageIds::new(), token: None });
        }
        if part == 0
            && let Payload::Media(media) = &payload
            && (media.spoiler || self.covered.is_some())
        {
            self.cover(from, first, media);
        }
        Some(match copies.get(part) {
            _ if part == 0 => (Call::Edit { message: first, payload }, MessageIds::new()),
            Some(&message) => (Call::Edit { message, payload }, MessageIds::new()),
            None => (Call::Send { payload, reply_to: Some(first), manner: None }, smallvec![source]),
        })
    }
}

/// The message of the asking member's chat that an operation points at and that may be the
/// partner's.
fn shown(op: &RelayOp) -> Option<MessageId> {
    match op {
        RelayOp::Send { reply_to, .. } | RelayOp::SendAlbum { reply_to, .. } => *reply_to,
        RelayOp::React { message, .. } => Some(*message),
        // It may be a try to delete what the partner wrote; who is told so wants the right reason.
        RelayOp::Delete { source, .. } => Some(*source),
        RelayOp::Edit { .. } | RelayOp::EditPart { .. } => None,
    }
}

/// Whether an operation sends message `id`.
fn carries(op: &RelayOp, id: MessageId) -> bool {
    match op {
        RelayOp::Send { source, .. } => *source == id,
        RelayOp::SendAlbum { items, .. } => items.iter().any(|(source, _)| *source == id),
        _ => false,
    }
}

/// The message of the asking member's chat that an operation points at.
fn target(op: &RelayOp) -> Option<MessageId> {
    match op {
        RelayOp::Send { reply_to, .. } | RelayOp::SendAlbum { reply_to, .. } => *reply_to,
        RelayOp::Edit { source, .. } | RelayOp::EditPart { source, .. } | RelayOp::Delete { source, .. } => {
            Some(*source)
        }
        RelayOp::React { message, .. } => Some(*message),
    }
}

/// Whether an operation needs the copy of a message that is still under way.
fn refers_to_pending(op: &RelayOp, pending: &[MessageId]) -> bool {
    target(op).is_some_and(|t| pending.contains(&t))
}
