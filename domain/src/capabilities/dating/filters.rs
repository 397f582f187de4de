//! What somebody asks for beyond genders, ages and distance: something in common, a goal, a photo,
//! that they were here lately.
//!
//! Kept strictly, as other wishes are, and by both sides. What they ask for is on every card, but
//! for when somebody was here: that is told to the week and by whole days, and of who does not show
//! that they are here nothing follows from it. Changes are few a day, as changes of place are:
//! whoever sets filters to find out what others have set gets few answers. What one is by the
//! filters of others (goal, interests, gender) is changed as seldom, in the same number.

use super::person::{Goal, Person};
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

/// Changes of filters a day.
pub const CHANGES: i32 = 10;
/// Every goal, a mask over [`Goal::ALL`].
pub const ANY_GOAL: u8 = 0b1111;

/// How lately somebody has to have been here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lately {
    /// Whenever.
    #[default]
    Ever,
    /// Within 30 days.
    Month,
    /// Within 7 days.
    Week,
}

impl Lately {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Lately; 3] = [Lately::Ever, Lately::Month, Lately::Week];

    /// In days; 0: whenever.
    pub const fn days(self) -> u8 {
        match self {
            Lately::Ever => 0,
            Lately::Month => 30,
            Lately::Week => 7,
        }
    }

    /// From that number.
    pub fn of_days(days: u8) -> Option<Lately> {
        Lately::ALL.into_iter().find(|lately| lately.days() == days)
    }

    /// Since when. By whole days (UTC): nobody moves in or out while they are watched.
    pub fn since(self, now: Millis) -> Millis {
        match self {
            Lately::Ever => Millis(0),
            _ => Millis(now.0 - now.0.rem_euclid(DAY_MS) - i64::from(self.days()) * DAY_MS),
        }
    }
}

/// What is asked for. Private, as all wishes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filters {
    /// At least one interest in common.
    pub shared: bool,
    /// What they look for: a mask over [`Goal::ALL`].
    pub goals: u8,
    /// With a photo.
    pub photo: bool,
    /// Here lately.
    pub lately: Lately,
}

impl Default for Filters {
    fn default() -> Filters {
        Filters { shared: false, goals: ANY_GOAL, photo: false, lately: Lately::Ever }
    }
}

/// One of them set to what it is from then on: the same again changes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Something in common, or not.
    Shared(bool),
    /// These goals.
    Goals(u8),
    /// With a photo, or not.
    Photo(bool),
    /// Here lately.
    Lately(Lately),
}

impl Change {
    /// As a button says it; none if it is none.
    pub fn of(name: &str, value: &str) -> Option<Change> {
        let n: u8 = value.parse().ok()?;
        Some(match name {
            "shared" => Change::Shared(n != 0),
            "photo" => Change::Photo(n != 0),
            "goals" if (1..=ANY_GOAL).contains(&n) => Change::Goals(n),
            "lately" => Change::Lately(Lately::of_days(n)?),
            _ => return None,
        })
    }
}

impl Filters {
    /// Whether these may be asked for.
    pub fn is_allowed(self) -> bool {
        (1..=ANY_GOAL).contains(&self.goals)
    }

    /// The same with one of them changed.
    pub fn with(self, change: Change) -> Filters {
        match change {
            Change::Shared(shared) => Filters { shared, ..self },
            Change::Goals(goals) => Filters { goals, ..self },
            Change::Photo(photo) => Filters { photo, ..self },
            Change::Lately(lately) => Filters { lately, ..self },
        }
    }

    /// Whether somebody who looks for this is asked for.
    pub fn wants_goal(self, goal: Goal) -> bool {
        self.goals & (1 << goal as u8) != 0
    }

    /// The goals with one of them the other way round; without any, all.
    pub fn goals_without(self, goal: Goal) -> u8 {
        match self.goals ^ (1 << goal as u8) {
            0 => ANY_GOAL,
            goals => goals,
        }
    }

    /// Whether these of `own` admit another one.
    pub fn admit(self, own: &Person, other: &Person, now: Millis) -> bool {
        (!self.shared || own.interests.common(other.interests).count() > 0)
            && self.wants_goal(other.goal)
            && (!self.photo || other.has_photo)
            && other.active.is_none_or(|active| active >= self.lately.since(now))
    }
}
