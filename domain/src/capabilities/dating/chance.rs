//! How likely one likes the other: a logistic of what both have stated, and of what is learnt.

use super::person::Person;
use super::place::Band;
use crate::random::Random;
use crate::time::Millis;

/// Years outside a wished-for range after which half of the fit is left.
const HALF_LIFE_YEARS: f64 = 3.0;

/// What each term weighs. The terms run from 0 to 1, those of history are logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Where it starts: the logit for two people of whom nothing goes together.
    pub base: f64,
    /// Interests in common.
    pub interests: f64,
    /// The other's age in the viewer's range.
    pub age: f64,
    /// The viewer's age in the other's range.
    pub age_back: f64,
    /// How near.
    pub place: f64,
    /// The same goal.
    pub goal: f64,
    /// How much the other is liked, and how much this one likes.
    pub rates: f64,
    /// Taste.
    pub taste: f64,
}

impl Default for Weights {
    /// Two people of whom everything goes together like each other at 65 %, nothing: at 4 %.
    fn default() -> Weights {
        Weights {
            base: -3.1,
            interests: 1.2,
            age: 0.7,
            age_back: 0.3,
            place: 0.8,
            goal: 0.7,
            rates: 0.7,
            taste: 1.0,
        }
    }
}

impl Weights {
    /// The chance that `viewer` likes `other`. Draws the popularity of the other.
    pub fn chance(&self, viewer: &Person, other: &Person, now: Millis, random: &mut Random) -> f64 {
        // What is not known stands in the middle, so that a short profile is no verdict.
        let interests = viewer.interests.likeness(other.interests).unwrap_or(0.5);
        let rates = other.history.popularity(now, random) + viewer.history.warmth();
        let logit = self.base
            + self.interests * interests
            + self.age * age_fit(viewer, other, now)
            + self.age_back * age_fit(other, viewer, now)
            + self.place * nearness(Band::between(viewer.cell, other.cell))
            + self.goal * viewer.goal.fit(other.goal)
            + self.rates * rates
            + self.taste * viewer.history.taste(&other.history);
        1.0 / (1.0 + (-logit).exp())
    }

    /// The chances of both ways: that `viewer` likes `other`, and that `other` likes `viewer`.
    pub fn both(&self, viewer: &Person, other: &Person, now: Millis, random: &mut Random) -> (f64, f64) {
        let p = self.chance(viewer, other, now, random);
        (p, self.chance(other, viewer, now, random))
    }
}

/// 1 within the wished-for range, less outside of it.
fn age_fit(who: &Person, other: &Person, now: Millis) -> f64 {
    let outside = f64::from(who.wishes.years_outside(other.birth.age(now)));
    0.5f64.powf(outside / HALF_LIFE_YEARS)
}

/// How near a band is, 0 to 1.
pub(super) fn nearness(band: Band) -> f64 {
    match band {
        Band::Near => 1.0,
        Band::To25 => 0.8,
        Band::To50 => 0.55,
        Band::To100 => 0.3,
        Band::Beyond => 0.0,
    }
}
