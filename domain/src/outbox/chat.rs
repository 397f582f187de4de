//! One chat's queues and where it stands.

use crate::ids::PairId;
use crate::outbox::Lane;
use crate::outbox::bucket::micros;
use crate::outbox::flow::{Flow, Kind};
use crate::outgoing::Sets;
use crate::time::Millis;
use std::collections::VecDeque;

/// How an item is to be treated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// The pair it belongs to, for [`super::Pacer::purge`].
    pub tag: Option<PairId>,
    /// What it takes. One that is not paced keeps its place in the chat's order all the same.
    pub kind: Kind,
    /// What it sets, for [`super::Pacer::supersede`].
    pub sets: Option<Sets>,
    /// It waits for [`super::EDIT_EVERY_MS`] to pass since the last one that set the same.
    pub spaced: bool,
}

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) terms: Terms,
    pub(super) item: T,
}

/// A call under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) lane: Lane,
    pub(super) terms: Terms,
    /// With what it shares places when it goes back into the queue.
    pub(super) then: Flow,
    /// Its pair ended meanwhile: it must not go back into the queue (I4).
    pub(super) purged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Nowhere,
    Ready(Lane),
    Waiting(Millis),
    Held(Lane, Flow),
}

#[derive(Debug)]
pub(super) struct Chat<T> {
    pub(super) lanes: [VecDeque<Entry<T>>; 3],
    pub(super) flight: Option<Flight>,
    /// See [`Shape`].
    pub(super) full_at: i64,
    /// Not before this moment: what a 429 said, or the back-off.
    pub(super) hold: Millis,
    /// What the last spaced call set, and when.
    pub(super) set: Option<(Sets, Millis)>,
    pub(super) place: Place,
}

impl<T> Chat<T> {
    pub(super) fn new() -> Chat<T> {
        Chat {
            lanes: [VecDeque::new(), VecDeque::new(), VecDeque::new()],
            flight: None,
            full_at: i64::MIN,
            hold: Millis(i64::MIN),
            set: None,
            place: Place::Nowhere,
        }
    }

    pub(super) fn head(&self) -> Option<(Lane, &Entry<T>)> {
        [Lane::Interactive, Lane::Notice, Lane::Bulk]
            .into_iter()
            .find_map(|lane| self.lanes[lane as usize].front().map(|e| (lane, e)))
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    /// Nothing is known of it that a new one would not know.
    pub(super) fn forgettable(&self, now: Millis) -> bool {
        self.flight.is_none() && self.len() == 0 && self.full_at <= micros(now) && self.hold <= now
    }
}
