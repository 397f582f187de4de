//! Everyone who waits.

use super::pick::{self, Class};
use super::queue::{Node, Place};
use super::row::Row;
use super::seeker::Seeker;
use super::types::{Type, TypeId, Types};
use crate::ids::UserId;
use crate::profile::{Interests, Profile, TOPICS};
use rustc_hash::FxHashMap;

/// Bounds of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Seekers that may wait at a time; beyond it a search is refused.
    pub max_seekers: usize,
    /// How many fitting seekers, longest waiting first, are looked at for one who is not to be avoided. Counted
    /// per class.
    pub look_ahead: usize,
    /// How many premium seekers in a row may be picked while a fitting free one waits. 0: premium has no effect.
    pub premium_streak: u32,
}

impl Default for PoolLimits {
    fn default() -> PoolLimits {
        PoolLimits { max_seekers: 1_000_000, look_ahead: 32, premium_streak: 2 }
    }
}

/// What became of an offered seeker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The partner, who has left the pool, and the offered one back.
    Matched(Seeker, Seeker),
    /// Nobody fits now: the offered one waits.
    Waiting,
    /// The same user waits already: nothing has changed.
    Already,
    /// The pool is full and nobody in it fits: the offered one back.
    Full(Seeker),
    /// Only from [`Pool::replace`]: the user does not wait (matched or cancelled meanwhile); nothing has changed.
    Absent(Seeker),
}

/// Purposes of queues, per type and class: everybody content with anybody; the same by topic; and those who insist on
/// a shared interest, by topic.
const PURPOSES: usize = 1 + 2 * TOPICS;

/// Purposes of a profile: in which queues it stands.
fn stands_in(profile: &Profile) -> impl Iterator<Item = usize> {
    let insists = profile.wishes.shared_interest;
    let all = (!insists).then_some(0);
    all.into_iter().chain(topics(profile.interests).map(move |t| 1 + t + if insists { TOPICS } else { 0 }))
}

/// Purposes in whose queues a profile finds those who fit, as far as interests go.
pub(super) fn looks_in(profile: &Profile) -> impl Iterator<Item = usize> {
    let insists = profile.wishes.shared_interest;
    let all = (!insists).then_some(0);
    let content = topics(profile.interests).filter(move |_| insists).map(|t| 1 + t);
    all.into_iter().chain(content).chain(topics(profile.interests).map(|t| 1 + TOPICS + t))
}

fn topics(interests: Interests) -> impl Iterator<Item = usize> {
    (0..TOPICS).filter(move |t| interests.0 & (1 << t) != 0)
}

/// A waiting seeker.
pub(super) struct Entry {
    pub seeker: Seeker,
    arrival: u64,
    id: TypeId,
}

impl Entry {
    fn node(&self, slot: u32) -> Node {
        Node { place: Place { since: self.seeker.since.0, arrival: self.arrival }, slot }
    }
}

/// Everyone who waits, in memory of one node.
pub struct Pool {
    pub(super) limits: PoolLimits,
    pub(super) entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    by_user: FxHashMap<UserId, u32>,
    pub(super) types: Types,
    /// `rows[class][purpose]`.
    pub(super) rows: [Vec<Row>; 2],
    arrivals: u64,
    /// Premium seekers picked in a row while a free one fitted.
    pub(super) streak: u32,
}

/// Whether `node` still stands for someone who waits. Arrival numbers are never used twice.
pub(super) fn alive(entries: &[Option<Entry>], node: Node) -> bool {
    matches!(entries.get(node.slot as usize), Some(Some(e)) if e.arrival == node.place.arrival)
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: PoolLimits) -> Pool {
        Pool {
            limits,
            entries: Vec::new(),
            free: Vec::new(),
            by_user: FxHashMap::default(),
            types: Types::default(),
            rows: std::array::from_fn(|_| (0..PURPOSES).map(|_| Row::default()).collect()),
            arrivals: 0,
            streak: 0,
        }
    }

    /// Offers a seeker: a partner for them, or a place according to their `since`.
    pub fn offer(&mut self, seeker: Seeker) -> Offer {
        self.offer_within(seeker, self.limits.max_seekers)
    }

    /// Takes back a seeker whose proposed pair came to nothing: as [`Pool::offer`], with the place that their
    /// `since` gives them; never [`Offer::Full`], as they had a place. Put the partner of the void proposal into
    /// `avoid` if the two are not to be proposed again.
    pub fn return_seeker(&mut self, seeker: Seeker) -> Offer {
        self.offer_within(seeker, usize::MAX)
    }

    fn offer_within(&mut self, seeker: Seeker, max: usize) -> Offer {
        if self.by_user.contains_key(&seeker.user) {
            return Offer::Already;
        }
        let its = Type::of(&seeker.profile);
        if let Some(partner) = self.take_partner(&seeker, its) {
            return Offer::Matched(partner, seeker);
        }
        if self.by_user.len() >= max {
            return Offer::Full(seeker);
        }
        self.insert(seeker, its);
        Offer::Waiting
    }

    /// Changes a waiting seeker (wider wishes): a partner, or the same place as before. Their `since` stays that of
    /// the one who waits; among those of the same millisecond they go last.
    pub fn replace(&mut self, mut seeker: Seeker) -> Offer {
        let Some(old) = self.cancel(seeker.user) else { return Offer::Absent(seeker) };
        seeker.since = old.since;
        self.return_seeker(seeker)
    }

    /// Ends a user's search; none if they do not wait.
    pub fn cancel(&mut self, user: UserId) -> Option<Seeker> {
        let slot = *self.by_user.get(&user)?;
        self.remove(slot)
    }

    /// The waiting seeker of a user.
    pub fn get(&self, user: UserId) -> Option<&Seeker> {
        let slot = *self.by_user.get(&user)?;
        self.entries[slot as usize].as_ref().map(|e| &e.seeker)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.by_user.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.by_user.is_empty()
    }

    /// Everyone who waits, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Seeker> {
        self.entries.iter().flatten().map(|e| &e.seeker)
    }

    fn take_partner(&mut self, seeker: &Seeker, its: Type) -> Option<Seeker> {
        let slot = pick::pick(self, seeker, its)?;
        self.remove(slot)
    }

    fn insert(&mut self, seeker: Seeker, its: Type) {
        self.arrivals += 1;
        let id = self.types.enter(its);
        let entry = Entry { seeker, arrival: self.arrivals, id };
        let (user, profile) = (entry.seeker.user, entry.seeker.profile);
        let class = Class::of(&entry.seeker, &self.limits);
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.entries.push(None);
                (self.entries.len() - 1) as u32
            }
        };
        let node = entry.node(slot);
        self.entries[slot as usize] = Some(entry);
        self.by_user.insert(user, slot);
        let entries = &self.entries;
        for purpose in stands_in(&profile) {
            self.rows[class as usize][purpose].insert(its, id, node, |n| alive(entries, n));
        }
    }

    fn remove(&mut self, slot: u32) -> Option<Seeker> {
        let entry = self.entries[slot as usize].take()?;
        self.free.push(slot);
        self.by_user.remove(&entry.seeker.user);
        self.types.leave(entry.id);
        let class = Class::of(&entry.seeker, &self.limits);
        let its = Type::of(&entry.seeker.profile);
        let entries = &self.entries;
        let node = entry.node(slot);
        for purpose in stands_in(&entry.seeker.profile) {
            self.rows[class as usize][purpose].remove(its, entry.id, node, |n| alive(entries, n));
        }
        Some(entry.seeker)
    }
}
