//! The pacer: which call may leave next.
//!
//! Every chat has a queue per lane and at most one call under way, so its order holds whatever the
//! network does (I6). A chat is either ready (in the round of its lane), waiting for a moment (its
//! rate, or what a 429 said), for a place among the calls of its kind, or nothing (empty, or a call
//! is under way). Only the chat that was told to wait waits (I7), and a kind of call that hangs
//! holds up only those chats whose turn it is (see `flow`).

mod placing;

use crate::ids::{ChatId, PairId};
use crate::outbox::aimd::Budget;
use crate::outbox::bucket::{Bucket, Shape};
use crate::outbox::chat::{Chat, Entry, Flight, Place, Terms};
use crate::outbox::flow::{Flow, Kind, Places};
use crate::outbox::{Lane, PacerConfig};
use crate::outgoing::Sets;
use crate::time::Millis;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// First and longest wait of a chat whose call definitely did not leave, milliseconds.
const BACKOFF_MS: (i64, i64) = (100, 30_000);

/// The same message is not edited again sooner, milliseconds: at two a second Telegram makes a chat
/// wait for minutes.
pub const EDIT_EVERY_MS: i64 = 1_500;

/// What became of an item handed in.
#[derive(Debug, PartialEq)]
pub enum Enqueued<T> {
    /// It waits for its turn.
    Accepted,
    /// It waits for its turn; the oldest of its lane made room for it.
    AcceptedDropping(T),
    /// The interactive lane of the chat is at its cap: the item comes back.
    Full(T),
    /// As many files wait to be uploaded, of all chats, as may: the item comes back.
    TooManyUploads(T),
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
    places: Places,
    len: usize,
    in_flight: usize,
    /// Chats are swept when there are more than this.
    sweep_above: usize,
}

/// Why no call may be made now.
enum Nothing {
    /// Nobody's turn has come.
    IsReady,
    /// Somebody's has, and the rate of all has to be waited for.
    MayLeave,
}

impl<T> Pacer<T> {
    /// Nothing waits.
    pub fn new(config: PacerConfig) -> Pacer<T> {
        Pacer {
            shape: Shape::new(config.chat_rate, config.chat_burst),
            budget: Budget::new(config.global_rate),
            bulk: Bucket::new(config.bulk_rate, 1),
            places: Places::new(&config),
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

    /// For how many milliseconds more a chat has to wait because of what a 429 or a failure said.
    pub fn held_for(&self, now: Millis, chat: ChatId) -> i64 {
        self.chats.get(&chat).map_or(0, |c| c.hold.since(now))
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
        kind: impl Into<Kind>,
        item: T,
    ) -> Enqueued<T> {
        self.enqueue_on(now, chat, lane, Terms { tag, kind: kind.into(), ..Terms::default() }, item)
    }

    /// Takes out what waits for the chat and would set the same as an item that is about to be
    /// handed in: nobody needs to see it any more. The newer one goes to the end, so the order
    /// among the chat's messages is kept.
    pub fn supersede(
        &mut self,
        now: Millis,
        chat: ChatId,
        lane: Lane,
        tag: Option<PairId>,
        sets: Sets,
    ) -> Option<T> {
        // Also in less urgent lanes: what waits there would leave behind the newer one and undo it.
        let entry = self.chats.get_mut(&chat)?.lanes[lane as usize..].iter_mut().find_map(|queue| {
            let at = queue.iter().position(|e| e.terms.sets == Some(sets) && e.terms.tag == tag)?;
            queue.remove(at)
        })?;
        self.len -= 1;
        self.places.leaves(entry.terms.kind.flow);
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
        let Terms { tag, kind, .. } = terms;
        // What the bot itself has to send is rare, and nobody would hear of it.
        if tag.is_some() && self.places.is_full(kind.flow) {
            return Enqueued::TooManyUploads(item);
        }
        self.sweep(now);
        let state = self.chats.entry(chat).or_insert_with(Chat::new);
        let queue = &mut state.lanes[lane as usize];
        let mut outcome = Enqueued::Accepted;
        match lane {
            Lane::Interactive if queue.len() >= self.config.interactive_cap => return Enqueued::Full(item),
            Lane::Notice | Lane::Bulk if queue.len() >= self.config.notice_cap => {
                if let Some(oldest) = queue.pop_front() {
                    self.len -= 1;
                    self.places.leaves(oldest.terms.kind.flow);
                    outcome = Enqueued::AcceptedDropping(oldest.item);
                }
            }
            _ => {}
        }
        queue.push_back(Entry { terms, item });
        self.len += 1;
        self.places.waits(kind.flow);
        self.place(now, chat);
        outcome
    }

    /// The next call that may be made now. Each must be followed by one of [`Pacer::on_done`],
    /// [`Pacer::on_retry`], [`Pacer::on_unsent`].
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self, now: Millis) -> Option<(ChatId, T)> {
        self.wake(now);
        loop {
            match self.ready_one(now) {
                Ok(found) => return Some(found),
                // Who was to take a free place may have had no more need of it: their call was
                // purged, or another came before it. Then others wait for it in vain.
                Err(Nothing::IsReady) if self.offer_places() => {}
                Err(_) => return None,
            }
        }
    }

    fn ready_one(&mut self, now: Millis) -> Result<(ChatId, T), Nothing> {
        for lane in [Lane::Interactive, Lane::Notice, Lane::Bulk] {
            while let Some(&chat) = self.ready[lane as usize].front() {
                let Some(state) = self.chats.get_mut(&chat).filter(|c| c.place == Place::Ready(lane)) else {
                    self.ready[lane as usize].pop_front();
                    continue;
                };
                let Some(kind) = state.lanes[lane as usize].front().map(|e| e.terms.kind) else {
                    self.ready[lane as usize].pop_front();
                    state.place = Place::Nowhere;
                    continue;
                };
                if !self.places.has_room(kind.flow) {
                    self.ready[lane as usize].pop_front();
                    state.place = Place::Held(lane, kind.flow);
                    self.places.hold(kind.flow, lane, chat);
                    continue;
                }
                if kind.paced && self.budget.ready_at() > now {
                    return Err(Nothing::MayLeave);
                }
                if lane == Lane::Bulk && self.bulk.ready_at() > now {
                    return Err(Nothing::MayLeave);
                }
                self.ready[lane as usize].pop_front();
                state.place = Place::Nowhere;
                let Some(entry) = state.lanes[lane as usize].pop_front() else { continue };
                state.flight = Some(Flight { lane, terms: entry.terms, then: kind.flow, purged: false });
                if let Some(sets) = entry.terms.sets.filter(|_| entry.terms.spaced) {
                    state.set = Some((sets, now));
                }
                self.places.leaves(kind.flow);
                self.places.take(kind.flow);
                if kind.paced {
                    state.full_at = self.shape.take(state.full_at, now);
                    self.budget.take(now);
                }
                if lane == Lane::Bulk {
                    self.bulk.take(now);
                }
                self.len -= 1;
                self.in_flight += 1;
                return Ok((chat, entry.item));
            }
        }
        Err(Nothing::IsReady)
    }

    /// The chat's call was made, or given up.
    pub fn on_done(&mut self, now: Millis, chat: ChatId) {
        self.land(chat);
        self.place(now, chat);
    }

    /// The chat's call was told to wait (429): it goes first after `after_ms`, and nothing else of
    /// this chat before it. The item comes back if its pair has ended meanwhile.
    pub fn on_retry(&mut self, now: Millis, chat: ChatId, item: T, after_ms: i64) -> Option<T> {
        self.budget.told_to_wait(now, chat);
        self.put_back(now, chat, item, after_ms)
    }

    /// The chat's call definitely did not leave, or nobody knows: it goes first again after a
    /// back-off that doubles with `attempt` (1 for the first failure). The item comes back if its
    /// pair has ended meanwhile.
    pub fn on_unsent(&mut self, now: Millis, chat: ChatId, item: T, attempt: u32) -> Option<T> {
        let wait = BACKOFF_MS.0.saturating_mul(1 << attempt.saturating_sub(1).min(20)).min(BACKOFF_MS.1);
        self.put_back(now, chat, item, wait)
    }

    /// The chat's call goes back into the queue, if it does, as one that shares places with those
    /// of `flow`.
    pub fn will_share(&mut self, chat: ChatId, flow: Flow) {
        if let Some(flight) = self.chats.get_mut(&chat).and_then(|c| c.flight.as_mut()) {
            flight.then = flow;
        }
    }

    /// Removes what waits for `chat` from a pair that has ended; what is under way will not come
    /// back either.
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
                        self.places.leaves(entry.terms.kind.flow);
                        purged.push(entry.item);
                    } else {
                        lane.push_back(entry);
                    }
                }
            }
        }
        self.len -= purged.len();
        if !purged.is_empty() && state.place != Place::Nowhere {
            // The head may be of another lane now, or there may be none: the old place does not
            // count.
            state.place = Place::Nowhere;
            // Nothing was asked of the clock, so a moment long past is safe: the rate and hold
            // still bind.
            self.place(Millis(i64::MIN), chat);
        }
        purged
    }

    /// When [`Pacer::next`] may have something, if only time has to pass; none if something else
    /// must happen first (a call come back, an item handed in).
    pub fn wake_at(&mut self, now: Millis) -> Option<Millis> {
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

    /// Moves everything into new structures: for a caller that caught a panic and trusts only the
    /// queues.
    pub fn rebuilt(self, now: Millis) -> Pacer<T> {
        let mut fresh = Pacer::new(self.config);
        fresh.budget = self.budget;
        fresh.bulk = self.bulk;
        for (id, mut chat) in self.chats {
            chat.place = Place::Nowhere;
            fresh.len += chat.len();
            if let Some(flight) = &chat.flight {
                fresh.in_flight += 1;
                fresh.places.take(flight.terms.kind.flow);
            }
            chat.lanes.iter().flatten().for_each(|entry| fresh.places.waits(entry.terms.kind.flow));
            fresh.chats.insert(id, chat);
            fresh.place(now, id);
        }
        fresh
    }
}
