//! When somebody may be reminded, and who never is.

use crate::capabilities::dating::notices::{Notices, Quiet};
use crate::capabilities::dating::place::Cell;
use crate::time::{DAY_MS, Millis};

/// Reminders that somebody gets at most within [`WINDOW_MS`], of all kinds together.
pub const MOST: u32 = 2;
/// The window of [`MOST`], milliseconds: it slides, so that no seven days in a row have more.
pub const WINDOW_MS: i64 = 7 * DAY_MS;
/// Somebody who was here within this time needs no reminder, milliseconds.
pub const AWAY_MS: i64 = DAY_MS;
/// Somebody who was not here for so long is let be, milliseconds.
pub const LOST_MS: i64 = 30 * DAY_MS;
/// A match's words are left to themselves for so long, milliseconds.
pub const UNANSWERED_MS: i64 = 4 * 3_600_000;
/// The night, by somebody's own clock.
const NIGHT: Quiet = Quiet { from: 22 * 60, to: 9 * 60 };
/// Of whom no clock is known: as far from the hour at which they were here last, minutes.
const AROUND: i64 = 180;
/// Minutes of a day.
const DAY: i64 = 1_440;

/// Something that was said, or may have been: what is not known counts as said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// When it left, or may have left last.
    pub at: Millis,
    /// How often it may have left.
    pub times: u32,
}

/// Whether one more may be said now.
pub fn may_leave(past: &[Past], now: Millis) -> bool {
    let lately = past.iter().filter(|past| now.since(past.at) < WINDOW_MS);
    lately.fold(0, |sum: u32, past| sum.saturating_add(past.times.max(1))) < MOST
}

/// What is known of somebody's hours.
#[derive(Clone, Copy, Debug)]
pub struct Hours {
    /// What they set in dating, and where they are; none without a profile there.
    pub notices: Option<(Notices, Option<Cell>)>,
    /// When they were here last.
    pub seen: Millis,
}

impl Hours {
    /// How long a reminder waits that there is at `now`, milliseconds; 0: it may be said.
    ///
    /// Where their clock is known (they set it, or said where they are) it is the night that is
    /// waited for, and quiet hours of their own. A language is no clock: where nothing is known,
    /// the hours around the one at which they were here last are those at which they are awake.
    pub fn wait_ms(&self, now: Millis) -> i64 {
        let Some((notices, cell)) = self.notices else { return around(self.seen, now) };
        let night = match notices.offset_at(cell) {
            Some(offset) => {
                let offset = i16::try_from(offset).unwrap_or_default();
                Notices { quiet: Some(NIGHT), offset: Some(offset), ..notices }.quiet_ms(cell, now)
            }
            None => around(self.seen, now),
        };
        night.max(notices.quiet_ms(cell, now))
    }
}

fn minute(at: Millis) -> i64 {
    at.0.div_euclid(60_000).rem_euclid(DAY)
}

/// How long until it is about that time of the day again, milliseconds.
fn around(seen: Millis, now: Millis) -> i64 {
    let begin = minute(seen) - AROUND;
    match (minute(now) - begin).rem_euclid(DAY) <= 2 * AROUND {
        true => 0,
        false => (begin - minute(now)).rem_euclid(DAY) * 60_000,
    }
}

/// Whether somebody is in the group that gets none, so that there is something to compare with.
/// `hash` names them by a key of the operator's: nobody can choose, and it stays so. Who is held
/// out at a share stays held out at any larger one.
pub fn is_held_out(hash: &[u8], percent: u32) -> bool {
    let number = hash.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    number % 100 < u64::from(percent)
}
