//! How well two people go together, in words, and why: what may be shown.
//!
//! Made only of what both profiles show anyway. Wishes, popularity, price and likes stay out: a
//! number with them in it would let people read a private filter out of it.

use super::chance::nearness;
use super::person::{Interests, Person};
use super::place::Band;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Years between two people after which nothing is left of the part for age.
const YEARS: f64 = 15.0;

/// What each part counts. Only their proportions matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Interests in common.
    pub interests: u32,
    /// How near.
    pub place: u32,
    /// The same goal.
    pub goal: u32,
    /// How close in age.
    pub age: u32,
}

impl Default for Parts {
    fn default() -> Parts {
        Parts { interests: 40, place: 30, goal: 20, age: 10 }
    }
}

/// A score from 0 to 100. Never shown as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Score(u8);

/// How well two people go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Under 40: little is said of it.
    Different,
    /// 40 to 59.
    Some,
    /// 60 to 79.
    Good,
    /// From 80.
    Great,
}

impl Score {
    /// The score of two people, the same both ways.
    pub fn of(one: &Person, other: &Person, parts: &Parts, now: Millis) -> Score {
        let interests = one.interests.likeness(other.interests).unwrap_or(0.0);
        let place = nearness(Band::between(one.cell, other.cell));
        let years = f64::from(one.birth.age(now).abs_diff(other.birth.age(now)));
        let age = 1.0 - (years / YEARS).min(1.0);
        let weighed = [
            (parts.interests, interests),
            (parts.place, place),
            (parts.goal, one.goal.fit(other.goal)),
            (parts.age, age),
        ];
        let all: f64 = weighed.iter().map(|(part, _)| f64::from(*part)).sum();
        let sum: f64 = weighed.iter().map(|(part, value)| f64::from(*part) * value).sum();
        Score(if all > 0.0 { (100.0 * sum / all).round() as u8 } else { 0 })
    }

    /// Whether it reaches a threshold, 0 to 100.
    pub fn reaches(self, threshold: u8) -> bool {
        self.0 >= threshold
    }

    /// As a word.
    pub fn fit(self) -> Fit {
        match self.0 {
            0..40 => Fit::Different,
            40..60 => Fit::Some,
            60..80 => Fit::Good,
            _ => Fit::Great,
        }
    }
}

/// Why this person: what the card says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Why {
    /// Interests in common.
    pub interests: Interests,
    /// How far, roughly.
    pub band: Band,
    /// They look for the same, and both said what.
    pub is_same_goal: bool,
}

impl Why {
    /// Of two people, the same both ways.
    pub fn of(one: &Person, other: &Person) -> Why {
        Why {
            interests: one.interests.common(other.interests),
            band: Band::between(one.cell, other.cell),
            is_same_goal: one.goal == other.goal && one.goal != super::person::Goal::Open,
        }
    }
}
