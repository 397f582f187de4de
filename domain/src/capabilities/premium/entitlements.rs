//! What a user may have beyond what everyone has.

use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What a user is entitled to. It is granted beside the bot (by an operator, later by a payment),
/// so it is no part of the account, which only the user's own session writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlements {
    /// Premium lasts until then; a moment that has passed counts as none.
    pub premium_until: Option<Millis>,
    /// What is paid for or granted lasts until then, without the grace of a renewal that is late:
    /// as the receipt says. None where that is not known.
    #[serde(default)]
    pub paid_until: Option<Millis>,
    /// They have had the trial that everybody has once.
    #[serde(default)]
    pub tried: bool,
    /// Messages to characters beyond what a day has, of packs.
    #[serde(default)]
    pub messages: i64,
    /// They have asked a partner back, and may be answered until then.
    #[serde(default)]
    pub asks_until: Option<Millis>,
}

impl Entitlements {
    /// The end of premium, for who has it at this moment.
    pub fn premium(&self, now: Millis) -> Option<Millis> {
        self.premium_until.filter(|until| *until > now)
    }

    /// The end that people are told; none in the grace of a renewal that is late.
    pub fn told_until(&self, now: Millis) -> Option<Millis> {
        self.paid_until.or(self.premium_until).filter(|until| *until > now)
    }
}
