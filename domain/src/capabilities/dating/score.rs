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

/// What each part counts. Only their proportions matter; what an operator sets makes 100.
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

impl Parts {
    /// What all of them make.
    const ALL: u32 = 100;

    /// As an operator writes them, `interests=40,place=30,goal=20,age=10` in any order: each of the
    /// four once, 100 together.
    pub fn of_words(words: &str) -> Option<Parts> {
        let (mut interests, mut place, mut goal, mut age) = (None, None, None, None);
        for part in words.split(',') {
            let (name, share) = part.split_once('=')?;
            let slot = match name.trim() {
                "interests" => &mut interests,
                "place" => &mut place,
                "goal" => &mut goal,
                "age" => &mut age,
                _ => return None,
            };
            let share = share.trim().parse::<u8>().ok().map(u32::from);
            if slot.replace(share?).is_some() {
                return None;
            }
        }
        let parts = Parts { interests: interests?, place: place?, goal: goal?, age: age? };
        let sum = parts.interests + parts.place + parts.goal + parts.age;
        (sum == Parts::ALL).then_some(parts)
    }
}

/// By what it is said how well two people go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// What each part counts.
    pub parts: Parts,
    /// From which score on anything is said, 0 to 100. What is above is shared out evenly among the
    /// three words.
    pub from: u8,
}

impl Default for Scale {
    fn default() -> Scale {
        Scale { parts: Parts::default(), from: 40 }
    }
}

impl Scale {
    /// How well two people go together, the same both ways.
    pub fn fit(&self, one: &Person, other: &Person, now: Millis) -> Fit {
        Score::of(one, other, &self.parts, now).fit(self.from)
    }
}

/// A score from 0 to 100. Never shown as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Score(u8);

/// How well two people go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Under where words begin: nothing is said of it.
    Different,
    /// In the lowest third above that; 40 to 59 unless an operator says otherwise.
    Some,
    /// In the middle third; 60 to 79.
    Good,
    /// In the highest; from 80.
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

    /// As a word, where words begin `from` this score on.
    pub fn fit(self, from: u8) -> Fit {
        if !self.reaches(from) {
            return Fit::Different;
        }
        let (above, all) = (u16::from(self.0 - from), u16::from(100_u8.saturating_sub(from)));
        match 3 * above {
            thirds if thirds >= 2 * all => Fit::Great,
            thirds if thirds >= all => Fit::Good,
            _ => Fit::Some,
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
