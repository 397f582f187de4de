//! Of what somebody wants to hear, and when not.

use super::place::Cell;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Minutes of a day.
const DAY: i64 = 1_440;
/// When a digest comes, minutes of the day.
const DIGEST: i64 = 19 * 60;
/// Degrees of longitude that the sun crosses in an hour.
const DEGREES: f64 = 15.0;

/// A kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A match has begun.
    Match,
    /// Somebody likes them.
    Like,
    /// A match wants to talk.
    Message,
}

/// Hours in which nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// From this minute of the day on.
    pub from: u16,
    /// To this one; earlier than `from` it is one of the next day.
    pub to: u16,
}

/// What somebody set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// They want to hear of matches.
    pub matches: bool,
    /// They want to hear of likes.
    pub likes: bool,
    /// They want to hear that a match wants to talk.
    pub messages: bool,
    /// When not.
    pub quiet: Option<Quiet>,
    /// Minutes that their clock is ahead of UTC; none: by where they are.
    pub offset: Option<i16>,
    /// Of matches and likes in the evening, not at once.
    pub digest: bool,
    /// Others see that they were here a moment ago.
    pub show_online: bool,
}

impl Default for Notices {
    fn default() -> Notices {
        Notices::NEW
    }
}

impl Notices {
    /// Of who has set nothing.
    pub const NEW: Notices = Notices {
        matches: true,
        likes: true,
        messages: true,
        quiet: None,
        offset: None,
        digest: false,
        show_online: true,
    };

    /// As bits: matches, likes, messages.
    pub fn bits(&self) -> u8 {
        u8::from(self.matches) | u8::from(self.likes) << 1 | u8::from(self.messages) << 2
    }

    /// The same with these bits.
    pub fn with_bits(self, bits: u8) -> Notices {
        Notices { matches: bits & 1 != 0, likes: bits & 2 != 0, messages: bits & 4 != 0, ..self }
    }

    /// Whether they want to hear of this kind at all.
    pub fn wants(&self, kind: Kind) -> bool {
        match kind {
            Kind::Match => self.matches,
            Kind::Like => self.likes,
            Kind::Message => self.messages,
        }
    }

    /// How long a notice waits that there is at `now`, milliseconds; 0: it may be said. `cell` is
    /// where they are, which tells the time roughly where they did not say it.
    pub fn wait_ms(&self, kind: Kind, cell: Option<Cell>, now: Millis) -> i64 {
        let quiet = self.quiet_ms(cell, now);
        match quiet == 0 && self.digest && kind != Kind::Message {
            true => until(DIGEST, self.minute(cell, now)),
            false => quiet,
        }
    }

    /// How long the quiet hours last still, milliseconds; 0: they are over, or there are none.
    pub fn quiet_ms(&self, cell: Option<Cell>, now: Millis) -> i64 {
        let minute = self.minute(cell, now);
        match self.quiet.map(|quiet| (i64::from(quiet.from), i64::from(quiet.to))) {
            Some((from, to)) if (minute - from).rem_euclid(DAY) < (to - from).rem_euclid(DAY) => {
                until(to, minute)
            }
            _ => 0,
        }
    }

    /// Minutes that their clock is ahead of UTC; none if nothing tells.
    pub fn offset_at(&self, cell: Option<Cell>) -> Option<i64> {
        self.offset.map(i64::from).or_else(|| cell.map(minutes_at))
    }

    /// The minute of their day.
    fn minute(&self, cell: Option<Cell>, now: Millis) -> i64 {
        let offset = self.offset_at(cell).unwrap_or_default();
        (now.0.div_euclid(60_000) + offset).rem_euclid(DAY)
    }
}

/// From one minute of a day to the next time that it is another, milliseconds.
fn until(end: i64, minute: i64) -> i64 {
    (end - minute).rem_euclid(DAY) * 60_000
}

/// How far the sun's clock of a cell is ahead of UTC, in whole hours, as minutes.
fn minutes_at(cell: Cell) -> i64 {
    (cell.centre().1 / DEGREES).round() as i64 * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn at(hour: i64) -> Millis {
        Millis(20_000 * 24 * HOUR_MS + hour * HOUR_MS)
    }

    #[test]
    fn nothing_is_said_in_quiet_hours() {
        let night = Quiet { from: 23 * 60, to: 8 * 60 };
        let set = Notices { quiet: Some(night), offset: Some(0), ..Notices::default() };
        for (hour, waits) in [(22, 0), (23, 9), (0, 8), (7, 1), (8, 0), (12, 0)] {
            for kind in [Kind::Match, Kind::Message] {
                assert_eq!(set.wait_ms(kind, None, at(hour)), waits * HOUR_MS, "{hour}");
            }
        }
        // The same clock three hours to the east.
        let east = Notices { offset: Some(180), ..set };
        assert_eq!(east.wait_ms(Kind::Match, None, at(20)), 9 * HOUR_MS);
        let moscow = Cell::of(55.75, 37.62);
        let by_place = Notices { offset: None, ..set };
        assert_eq!(by_place.wait_ms(Kind::Match, moscow, at(20)), 9 * HOUR_MS);
        let none = Notices { quiet: Some(Quiet { from: 60, to: 60 }), ..set };
        assert!((0..24).all(|hour| none.wait_ms(Kind::Match, None, at(hour)) == 0));
    }

    #[test]
    fn a_digest_comes_in_the_evening_and_holds_up_no_wish_to_talk() {
        let set = Notices { digest: true, offset: Some(0), ..Notices::default() };
        assert_eq!(set.wait_ms(Kind::Match, None, at(12)), 7 * HOUR_MS);
        assert_eq!(set.wait_ms(Kind::Match, None, at(19)), 0);
        assert_eq!(set.wait_ms(Kind::Message, None, at(12)), 0);
        assert_eq!(set.quiet_ms(None, at(12)), 0);
    }

    #[test]
    fn kinds_are_bits() {
        for bits in 0..8 {
            assert_eq!(Notices::default().with_bits(bits).bits(), bits);
        }
        let set = Notices::default().with_bits(0b100);
        assert!(set.wants(Kind::Message) && !set.wants(Kind::Match));
    }
}
