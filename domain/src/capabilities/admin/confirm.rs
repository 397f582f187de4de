//! Acts that wait for a second tap. They are in memory alone, so a button of a former life does
//! nothing.

use super::acts::Act;
use crate::ids::UserId;
use crate::time::Millis;
use std::collections::VecDeque;

/// How long a button acts, milliseconds.
pub const GOOD_FOR_MS: i64 = 120_000;
/// How many may wait; the oldest makes room.
pub const MOST: usize = 200;

/// Acts that are offered on buttons.
#[derive(Debug, Default)]
pub struct Offers(VecDeque<Offer>);

#[derive(Debug)]
struct Offer {
    number: u64,
    to: UserId,
    act: Act,
    until: Millis,
}

/// Why a button does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It is of a former life, was pressed before, or never was.
    Unknown,
    /// It was offered to somebody else.
    NotYours,
    /// It came too late.
    Expired,
}

impl Offers {
    /// Offers an act to one operator, under a number of its own. Who presses is looked at, so the
    /// number need not be a secret.
    pub fn add(&mut self, number: u64, to: UserId, act: Act, now: Millis) {
        while self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Offer { number, to, act, until: now.plus(GOOD_FOR_MS) });
    }

    /// Takes what a button stands for: once, and only by whom it was offered to.
    pub fn take(&mut self, number: u64, by: UserId, now: Millis) -> Result<Act, Stale> {
        let place = self.0.iter().position(|o| o.number == number).ok_or(Stale::Unknown)?;
        if self.0[place].to != by {
            return Err(Stale::NotYours);
        }
        let offer = self.0.remove(place).ok_or(Stale::Unknown)?;
        if now >= offer.until { Err(Stale::Expired) } else { Ok(offer.act) }
    }
}
