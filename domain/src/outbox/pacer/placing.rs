//! Where each chat stands: in a round of those whose turn it is, or in wait for a moment or a
//! place.

use super::{EDIT_EVERY_MS, Pacer};
use crate::ids::ChatId;
use crate::outbox::chat::{Chat, Entry, Flight, Place, Terms};
use crate::outbox::flow::Kind;
use crate::time::Millis;
use std::cmp::Reverse;

impl<T> Pacer<T> {
    pub(super) fn land(&mut self, chat: ChatId) -> Option<Flight> {
        let flight = self.chats.get_mut(&chat).and_then(|c| c.flight.take())?;
        self.in_flight -= 1;
        let flow = flight.terms.kind.flow;
        self.places.give_back(flow);
        let chats = &self.chats;
        let waits =
            |chat, lane| chats.get(&chat).is_some_and(|c: &Chat<T>| c.place == Place::Held(lane, flow));
        if let Some(next) = self.places.release(flow, waits)
            && let Some(state) = self.chats.get_mut(&next)
            && let Place::Held(lane, _) = state.place
        {
            state.place = Place::Ready(lane);
            self.ready[lane as usize].push_front(next);
        }
        Some(flight)
    }

    /// Has those who wait for places that are free try again; whether there are any.
    pub(super) fn offer_places(&mut self) -> bool {
        let chats = &self.chats;
        let waits =
            |chat, lane, flow| chats.get(&chat).is_some_and(|c: &Chat<T>| c.place == Place::Held(lane, flow));
        let found = self.places.with_room(waits);
        for chat in &found {
            if let Some(state) = self.chats.get_mut(chat)
                && let Place::Held(lane, _) = state.place
            {
                state.place = Place::Ready(lane);
                self.ready[lane as usize].push_back(*chat);
            }
        }
        !found.is_empty()
    }

    pub(super) fn put_back(&mut self, now: Millis, chat: ChatId, item: T, after_ms: i64) -> Option<T> {
        let flight = self.land(chat);
        let Some(state) = self.chats.get_mut(&chat) else { return Some(item) };
        state.hold = state.hold.max(now.plus(after_ms.max(1)));
        let back = match flight {
            Some(Flight { lane, terms, then, purged: false }) => {
                let kind = Kind { flow: then, ..terms.kind };
                state.lanes[lane as usize].push_front(Entry { terms: Terms { kind, ..terms }, item });
                self.len += 1;
                self.places.waits(kind.flow);
                None
            }
            _ => Some(item),
        };
        self.place(now, chat);
        back
    }

    /// Puts a chat where it belongs, unless it is there.
    pub(super) fn place(&mut self, now: Millis, chat: ChatId) {
        let Some(state) = self.chats.get_mut(&chat) else { return };
        if state.flight.is_some() {
            return;
        }
        let Some((lane, head)) = state.head() else {
            state.place = Place::Nowhere;
            return;
        };
        let mut at = state.hold;
        if head.terms.kind.paced {
            at = at.max(self.shape.ready_at(state.full_at));
        }
        if head.terms.spaced
            && let Some((sets, since)) = state.set
            && head.terms.sets == Some(sets)
        {
            at = at.max(since.plus(EDIT_EVERY_MS));
        }
        let place = if at <= now { Place::Ready(lane) } else { Place::Waiting(at) };
        if place == state.place || (at <= now && state.place == Place::Held(lane, head.terms.kind.flow)) {
            return;
        }
        state.place = place;
        match place {
            Place::Ready(lane) => self.ready[lane as usize].push_back(chat),
            Place::Waiting(at) => self.waiting.push(Reverse((at, chat))),
            Place::Held(..) | Place::Nowhere => {}
        }
    }

    /// Moves chats whose moment has come to the ready rounds; forgets entries that are outdated.
    pub(super) fn wake(&mut self, now: Millis) {
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
    pub(super) fn sweep(&mut self, now: Millis) {
        if self.chats.len() > self.sweep_above {
            self.chats.retain(|_, chat| !chat.forgettable(now));
            self.sweep_above = (2 * self.chats.len()).max(1_024);
        }
    }
}
