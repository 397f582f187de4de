//! What ranking knows of a person, and who may be shown to whom.
//!
//! Two kinds of conditions that must never be mixed: *safety* ([`Person::may_meet`]) holds always;
//! *wishes* ([`Person::wants`]) are what people asked for, and a like that stands goes over those
//! of the one who gave it, while the liked one is who they were then ([`Person::is_let_in`]).

use super::birth::BirthDate;
use super::filters::Filters;
use super::history::History;
use super::place::{Band, Cell};
use super::price::Price;
use crate::ids::{CrowdId, UserId};
use crate::profile::Gender;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Interests a person may name.
pub const MOST_INTERESTS: u32 = 10;

/// Interests: bit i stands for number i of the list that people choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Interests(pub u64);

impl Interests {
    /// Those of both.
    pub fn common(self, other: Interests) -> Interests {
        Interests(self.0 & other.0)
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether so many may be named.
    pub fn is_allowed(self) -> bool {
        self.count() <= MOST_INTERESTS
    }

    /// How alike two lists are, 0 to 1 (the cosine); none if one of them is empty and nothing is
    /// known.
    pub fn likeness(self, other: Interests) -> Option<f64> {
        let both = f64::from(self.count()) * f64::from(other.count());
        (both > 0.0).then(|| f64::from(self.common(other).count()) / both.sqrt())
    }
}

/// What somebody is looking for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Something serious.
    Relationship,
    /// Going out, and seeing what comes of it.
    Dates,
    /// Friends.
    Friendship,
    /// Not decided, or not said.
    Open,
}

impl Goal {
    /// Every goal, in the order in which they are offered.
    pub const ALL: [Goal; 4] = [Goal::Relationship, Goal::Dates, Goal::Friendship, Goal::Open];

    /// How well two goals go together, 0 to 1: who has not decided stands half-way to everybody.
    pub fn fit(self, other: Goal) -> f64 {
        match (self, other) {
            _ if self == other => 1.0,
            (Goal::Open, _) | (_, Goal::Open) => 0.5,
            _ => 0.0,
        }
    }
}

/// Whom a person wants to meet. Private: nobody else is shown them, nor anything made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wishes {
    /// Genders, a mask over [`Gender::ALL`].
    pub genders: u8,
    /// The youngest, years.
    pub from_age: u8,
    /// The oldest, years.
    pub to_age: u8,
    /// The farthest; [`Band::Beyond`] is anywhere.
    pub within: Band,
    /// What else.
    pub filters: Filters,
}

impl Wishes {
    /// How many years an age lies outside the wished-for range.
    pub fn years_outside(&self, age: u8) -> u8 {
        self.from_age.saturating_sub(age).max(age.saturating_sub(self.to_age))
    }
}

/// Whether a profile is to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As usual.
    #[default]
    Shown,
    /// Its owner takes a break.
    Paused,
    /// Hidden until somebody has reviewed it.
    Hidden,
    /// Its owner is banned.
    Banned,
}

/// A person as ranking knows them: no name, no words, no position beyond the cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who it is.
    pub user: UserId,
    /// Whose people they are among, by the bot that they are at.
    pub crowd: CrowdId,
    /// Date of birth.
    pub birth: BirthDate,
    /// Own gender.
    pub gender: Gender,
    /// Where.
    pub cell: Cell,
    /// Interests.
    pub interests: Interests,
    /// What for.
    pub goal: Goal,
    /// Whether others see a photo of them.
    pub has_photo: bool,
    /// When they were here last; none: that is not told, and nothing follows from it.
    pub active: Option<Millis>,
    /// Whom they want to meet.
    pub wishes: Wishes,
    /// Whether the profile is to be seen.
    pub standing: Standing,
    /// When anything of them last changed that others' wishes look at: the cell, the goal,
    /// interests, gender, date of birth, whether there is a photo.
    pub changed: Millis,
    /// What is learnt of them.
    pub history: History,
    /// The price of crowding.
    pub price: Price,
}

impl Person {
    /// Whether safety allows that the two are shown to each other, like each other, match: also
    /// that they are of one crowd. Blocks and verdicts are the pair's own ([`super::pair::Pair`]).
    pub fn may_meet(&self, other: &Person, now: Millis) -> bool {
        let may = |person: &Person| person.standing == Standing::Shown && person.birth.is_adult(now);
        self.user != other.user && self.crowd == other.crowd && may(self) && may(other)
    }

    /// Whether the other meets this one's wishes.
    pub fn wants(&self, other: &Person, now: Millis) -> bool {
        self.wishes.genders & (1 << other.gender as u8) != 0
            && self.wishes.years_outside(other.birth.age(now)) == 0
            && Band::between(self.cell, other.cell) <= self.wishes.within
            && self.wishes.filters.admit(self, other, now)
    }

    /// Whether the other's wishes let this one see them. A like that the other gave goes over
    /// these, which may have changed since, while this one is who was liked. After a change of
    /// their own all wishes hold alike: otherwise whoever moves far away would see by the cards
    /// that stay who likes them.
    pub fn is_let_in(&self, other: &Person, liked_at: Option<Millis>, now: Millis) -> bool {
        liked_at.is_some_and(|at| at > self.changed) || other.wants(self, now)
    }

    /// Whether the other's card may be shown to this one, whom the other liked at `liked_at`, if
    /// they did. This one's own wishes are kept strictly, whoever likes them.
    pub fn may_see(&self, other: &Person, liked_at: Option<Millis>, now: Millis) -> bool {
        self.may_meet(other, now) && self.wants(other, now) && self.is_let_in(other, liked_at, now)
    }
}
