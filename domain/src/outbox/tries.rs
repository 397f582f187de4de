//! How long a call that failed is tried again.
//!
//! | what happened | sent? | tried again |
//! |---|---|---|
//! | told to wait (429) | no | when the wait is over, as often as it takes |
//! | no connection, the token refused | no | as often as it takes (I2) |
//! | 502, 503, a proxy's page in place of an answer | hardly | for an hour ([`AWAY_MS`]) |
//! | a refusal that passes by itself | no | so many times ([`Tries::again`]) |
//! | no answer, 500, 504 | perhaps | so many times, as each may double it; an owed line thrice |
//!
//! Telegram's absence is not the call's fault, so it does not count towards giving up. It has a
//! bound all the same: a proxy that passes each call on and loses each answer must not double one
//! message for ever.

use crate::time::Millis;

/// How long Telegram may be away before a call is given up, milliseconds.
pub const AWAY_MS: i64 = 3_600_000;

/// Why a call did not succeed, if trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setback {
    /// It definitely did not leave.
    Unsent,
    /// Something in front of Telegram answered in its place.
    Away,
    /// Refused for a reason that passes.
    Passing,
    /// It may have been sent.
    Unknown,
}

/// What a call has been through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Failures in all, for the back-off.
    pub made: u32,
    doubts: u32,
    refusals: u32,
    away_since: Option<Millis>,
}

impl Tries {
    /// Notes a failure. Whether the call is to be tried again; `most` times in all where that is
    /// counted. `owed` if it is a line that must not be lost.
    pub fn again(&mut self, setback: Setback, now: Millis, most: u32, owed: bool) -> bool {
        self.made = self.made.saturating_add(1);
        if setback != Setback::Away {
            self.away_since = None;
        }
        match setback {
            Setback::Unsent => true,
            Setback::Away => now.since(*self.away_since.get_or_insert(now)) < AWAY_MS,
            Setback::Passing => {
                self.refusals += 1;
                self.refusals < most
            }
            Setback::Unknown => {
                self.doubts += 1;
                self.doubts < if owed { most.saturating_mul(3) } else { most }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absence_is_waited_for_and_doubt_is_counted() {
        let mut tries = Tries::default();
        for s in 0..3_600 {
            assert!(tries.again(Setback::Away, Millis(s * 1_000), 10, false), "after {s} s");
        }
        assert!(!tries.again(Setback::Away, Millis(AWAY_MS), 10, false));
        // An answer of any kind ends the absence.
        assert!(tries.again(Setback::Unsent, Millis(AWAY_MS), 10, false));
        assert!(tries.again(Setback::Away, Millis(AWAY_MS + 1), 10, false));
        for _ in 0..9 {
            assert!(tries.again(Setback::Unknown, Millis(0), 10, false));
        }
        assert!(!tries.again(Setback::Unknown, Millis(0), 10, false));
        assert!(tries.again(Setback::Unknown, Millis(0), 10, true), "a line that is owed has more");
    }

    #[test]
    fn what_never_left_is_never_given_up_and_a_refusal_that_passes_is() {
        let mut tries = Tries::default();
        assert!((0..10_000).all(|_| tries.again(Setback::Unsent, Millis(0), 3, false)));
        let again: Vec<bool> = (0..3).map(|_| tries.again(Setback::Passing, Millis(0), 3, false)).collect();
        assert_eq!(again, [true, true, false]);
    }
}
