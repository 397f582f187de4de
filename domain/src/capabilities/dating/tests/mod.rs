mod birth;
mod bot;
mod deck;
mod filters;
mod found;
mod history;
mod letters;
mod letters_files;
mod pair;
mod place;
mod profile;
mod score;
mod settings;
mod sim;
mod trilateration;

use super::birth::BirthDate;
use super::filters::Filters;
use super::history::History;
use super::person::{Goal, Interests, Person, Standing, Wishes};
use super::place::{Band, Cell};
use super::price::Price;
use crate::ids::{CrowdId, UserId};
use crate::profile::Gender;
use crate::time::{DAY_MS, Millis};
use proptest::prelude::ProptestConfig;

/// 28 November 2026, noon in UTC.
const NOW: Millis = Millis(20_785 * DAY_MS + DAY_MS / 2);

/// Somebody of 30 in Berlin who wants to meet anybody, and is here for a year.
fn person(user: i64) -> Person {
    Person {
        user: UserId(user),
        crowd: CrowdId::FIRST,
        birth: BirthDate::new(1996, 5, 17).unwrap(),
        gender: Gender::Other,
        cell: Cell::of(52.52, 13.40).unwrap(),
        interests: Interests(0b1111),
        goal: Goal::Dates,
        has_photo: false,
        active: Some(NOW),
        wishes: Wishes {
            genders: 0b111,
            from_age: 18,
            to_age: 99,
            within: Band::Beyond,
            filters: Filters::default(),
        },
        standing: Standing::Shown,
        changed: NOW.plus(-365 * DAY_MS),
        history: History::new(UserId(user), NOW.plus(-365 * DAY_MS)),
        price: Price::default(),
    }
}

/// So many cases of a property.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
