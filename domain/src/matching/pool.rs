//! Everyone of one crowd who waits.

use super::cohort::{Asked, Cohorts};
use super::pick::{self, Class};
use super::queue::{Node, Place};
use super::row::Row;
use super::seeker::Seeker;
use super::types::{Type, TypeId, Types, kind_of};
use crate::ids::UserId;
use crate::profile::{Interests, Profile, TOPICS};
use rustc_hash::FxHashMap;

/// Bounds of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Seekers that may wait at a time; beyond it a search is refused.
    pub max_seekers: usize,
    /// How many fitting seekers, longest waiting first, are looked at for one who is not to be
    /// avoided. Counted per class.
    pub look_ahead: usize,
    /// How many premium seekers in a row may be picked while a fitting free one waits. 0: premium
    /// has no effect.
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
    /// Only from [`Pool::replace`]: the user does not wait (matched or cancelled meanwhile);
    /// nothing has changed.
    Absent(Seeker),
}

/// Purposes of queues, per type and class: everybody content with anybody; the same by topic; and
/// those who insist on a shared interest, by topic.
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
    seeker: Seeker,
    /// Marks of those in `avoid`: nearly always enough to say that somebody is not among them,
    /// without a look there.
    avoid: u64,
    id: TypeId,
}

/// One bit of 64 by the user.
fn mark(user: UserId) -> u64 {
    1 << ((user.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
}

impl Entry {
    fn new(seeker: Seeker, id: TypeId) -> Entry {
        let avoid = seeker.avoid.iter().fold(0, |all, &user| all | mark(user));
        Entry { seeker, avoid, id }
    }

    /// [`Seeker::avoids`].
    pub fn avoids(&self, other: &Seeker) -> bool {
        let marked = self.avoid & mark(other.user) != 0;
        let avoid = |seeker: &Seeker, user: UserId| seeker.avoid.binary_search(&user).is_ok();
        avoid(other, self.seeker.user) || marked && avoid(&self.seeker, other.user)
    }
}

/// How many of those who wait a search reads in the cohorts before it asks the queues: more than
/// nearly all searches need, fewer than would be felt.
const READ: usize = 128;
/// So many who left are taken out of the index at a time: it is far away in memory, and so are they
/// from each other.
pub(super) const LEFT: usize = if cfg!(test) { 3 } else { 32 };

/// Everyone of one crowd who waits, in memory of one node. Whose they are is not asked here:
/// [`super::Pools`] does.
pub struct Pool {
    pub(super) limits: PoolLimits,
    pub(super) entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// By slot: the arrival number of whose it is, 0 for nobody's. Close together, as queues ask
    /// for many.
    pub(super) holders: Vec<u64>,
    by_user: FxHashMap<UserId, u32>,
    /// Who left, but may still be in `by_user`.
    left: Vec<UserId>,
    waiting: usize,
    pub(super) cohorts: [Cohorts; 2],
    /// [`READ`]; tests try others.
    pub(super) read: usize,
    pub(super) types: Types,
    /// `rows[class][purpose]`.
    pub(super) rows: [Vec<Row>; 2],
    arrivals: u64,
    /// Premium seekers picked in a row while a free one fitted.
    pub(super) streak: u32,
}

/// Whether `node` still stands for someone who waits. Arrival numbers are never used twice.
pub(super) fn alive(holders: &[u64], node: Node) -> bool {
    holders.get(node.slot as usize) == Some(&node.place.arrival)
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: PoolLimits) -> Pool {
        Pool {
            limits,
            entries: Vec::new(),
            free: Vec::new(),
            holders: Vec::new(),
            by_user: FxHashMap::default(),
            left: Vec::new(),
            waiting: 0,
            cohorts: Default::default(),
            read: READ,
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

    /// Takes back a seeker whose proposed pair came to nothing: as [`Pool::offer`], with the place
    /// that their `since` gives them; never [`Offer::Full`], as they had a place. Put the partner
    /// of the void proposal into `avoid` if the two are not to be proposed again.
    pub fn return_seeker(&mut self, seeker: Seeker) -> Offer {
        self.offer_within(seeker, usize::MAX)
    }

    /// The same with another bound.
    pub(super) fn offer_within(&mut self, seeker: Seeker, max: usize) -> Offer {
        if self.slot(seeker.user).is_some() {
            return Offer::Already;
        }
        let its = Type::of(&seeker.profile);
        if let Some(partner) = self.take_partner(&seeker, its) {
            return Offer::Matched(partner, seeker);
        }
        if self.waiting >= max {
            return Offer::Full(seeker);
        }
        self.insert(seeker, its);
        Offer::Waiting
    }

    /// Changes a waiting seeker (wider wishes): a partner, or the same place as before. Their
    /// `since` stays that of the one who waits; among those of the same millisecond they go last.
    pub fn replace(&mut self, mut seeker: Seeker) -> Offer {
        let Some(old) = self.cancel(seeker.user) else { return Offer::Absent(seeker) };
        seeker.since = old.since;
        self.return_seeker(seeker)
    }

    /// Ends a user's search; none if they do not wait.
    pub fn cancel(&mut self, user: UserId) -> Option<Seeker> {
        let slot = self.slot(user)?;
        self.remove(slot)
    }

    /// The waiting seeker of a user.
    pub fn get(&self, user: UserId) -> Option<&Seeker> {
        let slot = self.slot(user)?;
        self.entries[slot as usize].as_ref().map(|e| &e.seeker)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Everyone who waits, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Seeker> {
        self.entries.iter().flatten().map(|e| &e.seeker)
    }

    fn take_partner(&mut self, seeker: &Seeker, its: Type) -> Option<Seeker> {
        let slot = pick::pick(self, seeker, its)?;
        self.remove(slot)
    }

    /// The slot of a user who waits.
    fn slot(&self, user: UserId) -> Option<u32> {
        self.by_user.get(&user).copied().filter(|&slot| self.holds(slot, user))
    }

    fn holds(&self, slot: u32, user: UserId) -> bool {
        self.entries[slot as usize].as_ref().is_some_and(|e| e.seeker.user == user)
    }

    fn insert(&mut self, seeker: Seeker, its: Type) {
        self.arrivals += 1;
        let (id, old) = self.types.enter(its);
        if let Some(old) = old {
            self.rows.iter_mut().flatten().for_each(|row| row.forget(old, id));
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.holders.push(0);
            (self.entries.len() - 1) as u32
        });
        let node = Node { place: Place { since: seeker.since.0, arrival: self.arrivals }, slot };
        let class = Class::of(&seeker, &self.limits) as usize;
        self.holders[slot as usize] = self.arrivals;
        self.by_user.insert(seeker.user, slot);
        self.waiting += 1;
        self.cohorts[class].insert(Asked::of(&seeker.profile, its), node);
        let holders = &self.holders;
        for purpose in stands_in(&seeker.profile) {
            self.rows[class][purpose].insert(its, id, node, |n| alive(holders, n));
        }
        self.entries[slot as usize] = Some(Entry::new(seeker, id));
    }

    fn remove(&mut self, slot: u32) -> Option<Seeker> {
        let Entry { seeker, id, .. } = self.entries[slot as usize].take()?;
        self.free.push(slot);
        self.waiting -= 1;
        self.types.leave(id);
        let arrival = std::mem::take(&mut self.holders[slot as usize]);
        let class = Class::of(&seeker, &self.limits) as usize;
        let kind = kind_of(&seeker.profile) as u8;
        self.cohorts[class].remove(kind, Place { since: seeker.since.0, arrival });
        let holders = &self.holders;
        for purpose in stands_in(&seeker.profile) {
            self.rows[class][purpose].remove(kind, |n| alive(holders, n));
        }
        self.left.push(seeker.user);
        if self.left.len() == LEFT {
            self.strike();
        }
        Some(seeker)
    }

    /// How many the index of users holds, those who left included.
    #[cfg(test)]
    pub fn indexed(&self) -> usize {
        self.by_user.len()
    }

    /// Takes those who left out of the index, unless they came again.
    fn strike(&mut self) {
        let mut left = std::mem::take(&mut self.left);
        for user in left.drain(..) {
            if self.slot(user).is_none() {
                self.by_user.remove(&user);
            }
        }
        self.left = left;
    }
}
