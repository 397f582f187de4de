//! The next cards of a viewer: a *hand* of ten, chosen from those who may be seen.
//!
//! Most are there by rank: by both chances and the price, and in this order. The others are drawn:
//! some from all, as only what is shown can be learnt; some newcomers for whom a place is kept; and
//! some of those who already liked the viewer, for whom only the viewer's own answer is open. Who
//! of the ten is which must not be seen. So a like changes nothing about a card's rank; those who
//! are drawn stand in random places, whatever they were drawn for; and likers are drawn as often as
//! anybody is, so that a card out of order is about as likely somebody else. A like counts only
//! after some hours, drawn from the pair: it changes no hand that was about to come.

use super::chance::Weights;
use super::person::Person;
use super::place::Band;
use super::price::order;
use crate::ids::{UserId, spread};
use crate::random::Random;
use crate::time::Millis;

/// Cards in a hand.
pub const HAND: usize = 10;
/// Cards in a hundred that are drawn from all who may be seen.
pub const EXPLORED: u64 = 10;
/// Cards in a hundred that are kept for newcomers, if there are any.
const KEPT: u64 = 15;
/// Cards in a hundred that are kept for those who liked the viewer, if there are any. No more than
/// explore: that is their cover.
const LIKED: u64 = EXPLORED;
/// A like counts after this time at the latest, milliseconds.
pub const LIKE_DELAY_MS: i64 = 6 * 3_600_000;

/// Somebody who might be on a card.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Who.
    pub person: &'a Person,
    /// When they liked the viewer, if they did.
    pub liked_at: Option<Millis>,
}

/// Deals a hand: at most [`HAND`] people, in the order in which they are shown. Whoever may not be
/// seen by the viewer is left out; the caller has left out whom their pair hides.
pub fn deal(
    viewer: &Person,
    candidates: &[Candidate<'_>],
    weights: &Weights,
    now: Millis,
    random: &mut Random,
) -> Vec<UserId> {
    let (mut likers, mut newcomers, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates {
        let other = candidate.person;
        let liked_at = candidate.liked_at.filter(|at| counts(viewer.user, other.user, *at, now));
        if !viewer.may_see(other, liked_at, now) {
            continue;
        }
        let (p, q) = weights.both(viewer, other, now, random);
        let ranked = (order(p + q, other.price), other.user);
        if liked_at.is_some() {
            // Only whether the viewer likes them is open.
            likers.push((order(p + 1.0, other.price), other.user));
        }
        if other.history.is_due(now) {
            // Whoever was seen least comes first, whatever their rank.
            newcomers.push((ranked.0 - 1_000.0 * f64::from(other.history.cards), ranked.1));
        }
        all.push(ranked);
    }
    let [likers, newcomers, all] = [likers, newcomers, all].map(sorted);
    let mut drawn = Vec::new();
    let (mut likers, mut newcomers) = (likers.into_iter(), newcomers.into_iter());
    for _ in 0..HAND.min(all.len()) {
        let user = match random.below(100) {
            0..EXPLORED => Some(all[random.below(all.len() as u64) as usize]),
            EXPLORED..AFTER_KEPT => newcomers.next(),
            AFTER_KEPT..AFTER_LIKED => likers.next(),
            _ => None,
        };
        if let Some(user) = user.filter(|user| !drawn.contains(user)) {
            drawn.push(user);
        }
    }
    let rest = all.iter().copied().filter(|user| !drawn.contains(user)).take(HAND - drawn.len());
    scattered(rest.collect(), drawn, random)
}

/// Where the share of newcomers ends, of a hundred.
const AFTER_KEPT: u64 = EXPLORED + KEPT;
/// Where that of likers does.
const AFTER_LIKED: u64 = AFTER_KEPT + LIKED;

/// One list of both: `drawn` in random places and in random order, `ranked` in theirs.
fn scattered(ranked: Vec<UserId>, mut drawn: Vec<UserId>, random: &mut Random) -> Vec<UserId> {
    random.shuffle(&mut drawn);
    let mut is_drawn = vec![false; ranked.len()];
    is_drawn.extend(vec![true; drawn.len()]);
    random.shuffle(&mut is_drawn);
    let (mut ranked, mut drawn) = (ranked.into_iter(), drawn.into_iter());
    is_drawn.into_iter().filter_map(|place| if place { drawn.next() } else { ranked.next() }).collect()
}

/// The highest first; whoever came first in the list says nothing.
fn sorted(mut list: Vec<(f64, UserId)>) -> Vec<UserId> {
    list.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(spread(a.1.0).cmp(&spread(b.1.0))));
    list.into_iter().map(|(_, user)| user).collect()
}

/// Whether a like that was given at `at` counts by now.
fn counts(viewer: UserId, liker: UserId, at: Millis, now: Millis) -> bool {
    let delay = spread(viewer.0 ^ spread(liker.0) as i64) % LIKE_DELAY_MS as u64;
    now.since(at) >= delay as i64
}

/// Filters widened by a step, for whom they leave nobody; people are told that it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// Five years more on both ends.
    Ages,
    /// The next band.
    Distance,
}

/// The viewer with wishes one step wider: first the distance, band by band, then the ages, once.
/// Genders stay. None if these are the widest. `was_widened` says whether ages were.
pub fn widened(viewer: &Person, was_widened: bool) -> Option<(Person, Fallback)> {
    let mut wider = viewer.clone();
    let next = Band::ALL.into_iter().find(|band| *band > viewer.wishes.within);
    if let Some(band) = next {
        wider.wishes.within = band;
        return Some((wider, Fallback::Distance));
    }
    if was_widened {
        return None;
    }
    wider.wishes.from_age = viewer.wishes.from_age.saturating_sub(5).max(super::birth::ADULT);
    wider.wishes.to_age = viewer.wishes.to_age.saturating_add(5);
    Some((wider, Fallback::Ages))
}
