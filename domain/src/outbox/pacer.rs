//! The pacer: which call may leave next.
//!
//! Every chat has a queue per lane and at most one call under way, so its order holds whatever the network does
//! (I6). A chat is either ready (in the round of its lane), waiting for a moment (its rate, or what a 429 said),
//! or neither (empty, or a call is under way). Only the chat that was told to wait waits (I7).

use crate::ids::{ChatId, PairId};
use crate::outbox::aimd::Budget;
use crate::outbox::bucket::{Bucket, Shape, micros};
use crate::outbox::{Lane, PacerConfig};
use crate::outgoing::Sets;
use crate::time::Millis;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// First and longest wait of a chat whose call definitely did not leave, milliseconds.
const BACKOFF_MS: (i64, i64) = (100, 30_000);

/// The same message is not edited again sooner, milliseconds: at two a second Telegram makes a chat wait for minutes.
pub const EDIT_EVERY_MS: i64 = 1_500;

/// How an item is to be treated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// The pair it belongs to, for [`Pacer::purge`].
    pub tag: Option<PairId>,
    /// It takes a token of its chat. One that does not keeps its place in the chat's order all the same.
    pub paced: bool,
    /// What it sets, for [`Pacer::supersede`].
    pub sets: Option<Sets>,
    /// It waits for [`EDIT_EVERY_MS`] to pass since the last one that set the same.
    pub spaced: bool,
}

/// What became of an item handed in.
#[derive(Debug, PartialEq)]
pub enum Enqueued<T> {
    /// It waits for its turn.
    Accepted,
    /// It waits for its turn; the oldest of its lane made room for it.
    AcceptedDropping(T),
    /// The interactive lane of the chat is at its cap: the item comes back.
    Full(T),
}

#[derive(Debug)]
struct Entry<T> {
    terms: Terms,
    item: T,
}

/// A call under way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    lane: Lane,
    terms: Terms,
    /// Its pair ended meanwhile: it must not go back into the queue (I4).
    purged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Nowhere,
    Ready(Lane),
    Waiting(Millis),
}

#[derive(Debug)]
struct Chat<T> {
    lanes: [VecDeque<Entry<T>>; 3],
    flight: Option<Flight>,
    /// See [`Shape`].
    full_at: i64,
    /// Not before this moment: what a 429 said, or the back-off.
    hold: Millis,
    /// What the last spaced call set, and when.
    set: Option<(Sets, Millis)>,
    place: Place,
}

impl<T> Chat<T> {
    fn new() -> Chat<T> {
        Chat {
            lanes: [VecDeque::new(), VecDeque::new(), VecDeque::new()],
            flight: None,
            full_at: i64::MIN,
            hold: Millis(i64::MIN),
            set: None,
            place: Place::Nowhere,
        }
    }

    fn head(&self) -> Option<(Lane, &Entry<T>)> {
        [Lane::Interactive, Lane::Notice, Lane::Bulk]
            .into_iter()
            .find_map(|lane| self.lanes[lane as usize].front().map(|e| (lane, e)))
    }

    fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    /// Nothing is known of it that a new one would not know.
    fn forgettable(&self, now: Millis) -> bool {
        self.flight.is_none() && self.len() == 0 && self.full_at <= micros(now) && self.hold <= now
    }
}

/// The queues of all chats. `T` is the caller's item.
#[derive(Debug)]
pub struct Pacer<T> {
    config: PacerConfig,
    shape: Shape,
    chats: FxHashMap<ChatId, Chat<T>>,
    ready: [VecDeque<ChatId>; 3],
    waiting: BinaryHeap<Reverse<(Millis, ChatId)>>,
    budget: Budget,
    bulk: Bucket,
    len: usize,
    in_flight: usize,
    /// Chats are swept when there are more than this.
    sweep_above: usize,
}

impl<T> Pacer<T> {
    /// Nothing waits.
    pub fn new(config: PacerConfig) -> Pacer<T> {
        Pacer {
            shape: Shape::new(config.chat_rate, config.chat_burst),
            budget: Budget::new(config.global_rate),
            bulk: Bucket::new(config.bulk_rate, 1),
            config,
            chats: FxHashMap::default(),
            ready: Default::default(),
            waiting: BinaryHeap::new(),
            len: 0,
            in_flight: 0,
            sweep_above: 1_024,
        }
    }

    /// Items that wait.
    pub fn waiting(&self) -> usize {
        self.len
    }

    /// Whether nothing waits and nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.len == 0 && self.in_flight == 0
    }

    /// Calls under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether a call with this tag is under way to the chat.
    pub fn is_under_way(&self, chat: ChatId, tag: PairId) -> bool {
        self.chats.get(&chat).and_then(|c| c.flight.as_ref()).is_some_and(|f| f.terms.tag == Some(tag))
    }

    /// Items that wait for one chat.
    pub fn depth(&self, chat: ChatId) -> usize {
        self.chats.get(&chat).map_or(0, Chat::len)
    }

    /// The budget of all chats, messages per second; none while unlimited.
    pub fn rate(&self) -> Option<f64> {
        self.budget.rate()
    }

    /// Chats of which something is known.
    pub fn chats(&self) -> usize {
        self.chats.len()
    }

    /// Hands an item in, see [`Pacer::enqueue_on`].
    pub fn enqueue(
        &mut self,
        now: Millis,
        chat: ChatId,
        lane: Lane,
        tag: Option<PairId>,
        paced: bool,
        item: T,
    ) -> Enqueued<T> {
        self.enqueue_on(now, chat, lane, Terms { tag, paced, ..Terms::default() }, item)
    }

    /// Takes out what waits for the chat and would set the same as an item that is about to be handed in: nobody needs to
    /// see it any more. The newer one goes to the end, so the order among the chat's messages is kept.
    pub fn supersede(
        &mut self,
        now: Millis,
        chat: ChatId,
        lane: Lane,
        tag: Option<PairId>,
        sets: Sets,
    ) -> Option<T> {
        let queue = &mut self.chats.get_mut(&chat)?.lanes[lane as usize];
        let at = queue.iter().position(|e| e.terms.sets == Some(sets) && e.terms.tag == tag)?;
        let entry = queue.remove(at)?;
        self.len -= 1;
        self.place(now, chat);
        Some(entry.item)
    }

    /// Hands an item in on these terms.
    pub fn enqueue_on(
        &mut self,
        now: Millis,
        chat: ChatId,
        lane: Lane,
        terms: Terms,
        item: T,
    ) -> Enqueued<T> {
        self.sweep(now);
        let state = self.chats.entry(chat).or_insert_with(Chat::new);
        let queue = &mut state.lanes[lane as usize];
        let mut outcome = Enqueued::Accepted;
        match lane {
            Lane::Interactive if queue.len() >= self.config.interactive_cap => return Enqueued::Full(item),
            Lane::Notice | Lane::Bulk if queue.len() >= self.config.notice_cap => {
                if let Some(oldest) = queue.pop_front() {
                    self.len -= 1;
                    outcome = Enqueued::AcceptedDropping(oldest.item);
                }
            }
            _ => {}
        }
        queue.push_back(Entry { terms, item });
        self.len += 1;
        self.place(now, chat);
        outcome
    }

    /// The next call that may be made now. Each must be followed by one of [`Pacer::on_done`],
    /// [`Pacer::on_retry`], [`Pacer::on_unsent`].
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self, now: Millis) -> Option<(ChatId, T)> {
        if self.in_flight >= self.config.max_in_flight {
            return None;
        }
        self.wake(now);
        for lane in [Lane::Interactive, Lane::Notice, Lane::Bulk] {
            while let Some(&chat) = self.ready[lane as usize].front() {
                let Some(state) = self.chats.get_mut(&chat).filter(|c| c.place == Place::Ready(lane)) else {
                    self.ready[lane as usize].pop_front();
                    continue;
                };
                let paced = state.lanes[lane as usize].front().is_some_and(|e| e.terms.paced);
                if paced && self.budget.ready_at() > now {
                    return None;
                }
                if lane == Lane::Bulk && self.bulk.ready_at() > now {
                    return None;
                }
                self.ready[lane as usize].pop_front();
                state.place = Place::Nowhere;
                let Some(entry) = state.lanes[lane as usize].pop_front() else { continue };
                state.flight = Some(Flight { lane, terms: entry.terms, purged: false });
                if let Some(sets) = entry.terms.sets.filter(|_| entry.terms.spaced) {
                    state.set = Some((sets, now));
                }
                if paced {
                    state.full_at = self.shape.take(state.full_at, now);
                    self.budget.take(now);
                }
                if lane == Lane::Bulk {
                    self.bulk.take(now);
                }
                self.len -= 1;
                self.in_flight += 1;
                return Some((chat, entry.item));
            }
        }
        None
    }

    /// The chat's call was made, or given up.
    pub fn on_done(&mut self, now: Millis, chat: ChatId) {
        self.land(chat);
        self.place(now, chat);
    }

    /// The chat's call was told to wait (429): it goes first after `after_ms`, and nothing else of this chat
    /// before it. The item comes back if its pair has ended meanwhile.
    pub fn on_retry(&mut self, now: Millis, chat: ChatId, item: T, after_ms: i64) -> Option<T> {
        self.budget.told_to_wait(now, chat);
        self.put_back(now, chat, item, after_ms)
    }

    /// The chat's call definitely did not leave, or nobody knows: it goes first again after a back-off that
    /// doubles with `attempt` (1 for the first failure). The item comes back if its pair has ended meanwhile.
    pub fn on_unsent(&mut self, now: Millis, chat: ChatId, item: T, attempt: u32) -> Option<T> {
        let wait = BACKOFF_MS.0.saturating_mul(1 << attempt.saturating_sub(1).min(20)).min(BACKOFF_MS.1);
        self.put_back(now, chat, item, wait)
    }

    /// Removes what waits for `chat` from a pair that has ended; what is under way will not come back either.
    pub fn purge(&mut self, chat: ChatId, tag: PairId) -> Vec<T> {
        let Some(state) = self.chats.get_mut(&chat) else { return Vec::new() };
        if let Some(flight) = state.flight.as_mut().filter(|f| f.terms.tag == Some(tag)) {
            flight.purged = true;
        }
        let mut purged = Vec::new();
        for lane in &mut state.lanes {
            if lane.iter().any(|e| e.terms.tag == Some(tag)) {
                for entry in std::mem::take(lane) {
                    if entry.terms.tag == Some(tag) {
                        purged.push(entry.item);
                    } else {
                        lane.push_back(entry);
                    }
                }
            }
        }
        self.len -= purged.len();
        if !purged.is_empty() && state.place != Place::Nowhere {
            // The head may be of another lane now, or there may be none: the old place does not count.
            state.place = Place::Nowhere;
            // Nothing was asked of the clock, so a moment long past is safe: the rate and hold still bind.
            self.place(Millis(i64::MIN), chat);
        }
        purged
    }

    /// When [`Pacer::next`] may have something, if only time has to pass; none if something else must happen
    /// first (a call come back, an item handed in).
    pub fn wake_at(&mut self, now: Millis) -> Option<Millis> {
        if self.in_flight >= self.config.max_in_flight {
            return None;
        }
        self.wake(now);
        let mut at: Option<Millis> = None;
        let mut sooner = |t: Millis| at = Some(at.map_or(t, |a| a.min(t)));
        if let Some(&Reverse((t, _))) = self.waiting.peek() {
            sooner(t);
        }
        for lane in [Lane::Interactive, Lane::Notice, Lane::Bulk] {
            if !self.ready[lane as usize].is_empty() {
                let bulk = if lane == Lane::Bulk { self.bulk.ready_at() } else { now };
                sooner(self.budget.ready_at().max(bulk).max(now));
            }
        }
        at
    }

    /// Moves everything into new structures: for a caller that caught a panic and trusts only the queues.
    pub fn rebuilt(self, now: Millis) -> Pacer<T> {
        let mut fresh = Pacer::new(self.config);
        fresh.budget = self.budget;
        fresh.bulk = self.bulk;
        for (id, mut chat) in self.chats {
            chat.place = Place::Nowhere;
            fresh.len += chat.len();
            fresh.in_flight += usize::from(chat.flight.is_some());
            fresh.chats.insert(id, chat);
            fresh.place(now, id);
        }
        fresh
    }

    fn land(&mut self, chat: ChatId) -> Option<Flight> {
        let flight = self.chats.get_mut(&chat).and_then(|c| c.flight.take());
        self.in_flight -= usize::from(flight.is_some());
        flight
    }

    fn put_back(&mut self, now: Millis, chat: ChatId, item: T, after_ms: i64) -> Option<T> {
        let flight = self.land(chat);
        let Some(state) = self.chats.get_mut(&chat) else { return Some(item) };
        state.hold = state.hold.max(now.plus(after_ms.max(1)));
        let back = match flight {
            Some(Flight { lane, terms, purged: false }) => {
                state.lanes[lane as usize].push_front(Entry { terms, item });
                self.len += 1;
                None
            }
            _ => Some(item),
        };
        self.place(now, chat);
        back
    }

    /// Puts a chat where it belongs, unless it is there.
    fn place(&mut self, now: Millis, chat: ChatId) {
        let Some(state) = self.chats.get_mut(&chat) else { return };
        if state.flight.is_some() {
            return;
        }
        let Some((lane, head)) = state.head() else {
            state.place = Place::Nowhere;
            return;
        };
        let mut at = state.hold;
        if head.terms.paced {
            at = at.max(self.shape.ready_at(state.full_at));
        }
        if head.terms.spaced
            && let Some((sets, since)) = state.set
            && head.terms.sets == Some(sets)
        {
            at = at.max(since.plus(EDIT_EVERY_MS));
        }
        let place = if at <= now { Place::Ready(lane) } else { Place::Waiting(at) };
        if place == state.place {
            return;
        }
        state.place = place;
        match place {
            Place::Ready(lane) => self.ready[lane as usize].push_back(chat),
            Place::Waiting(at) => self.waiting.push(Reverse((at, chat))),
            Place::Nowhere => {}
        }
    }

    /// Moves chats whose moment has come to the ready rounds; forgets entries that are outdated.
    fn wake(&mut self, now: Millis) {
        while let Some(&Reverse((at, chat))) = self.waiting.peek() {
            let current = self.chats.get(&chat).is_some_and(|c| c.place == Place::Waiting(at));
            if current && at > now {
                return;
            }
            self.waiting.pop();
            if current {
                self.place(now, chat);
            }
        }
    }

    /// Forgets chats of which nothing need be known; amortised over the chats that come.
    fn sweep(&mut self, now: Millis) {
        if self.chats.len() > self.sweep_above {
            self.chats.retain(|_, chat| !chat.forgettable(now));
            self.sweep_above = (2 * self.chats.len()).max(1_024);
        }
    }
}
