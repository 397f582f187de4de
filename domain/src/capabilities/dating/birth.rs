//! Age, from the date of birth: a stored age goes stale. Adults only.

use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// The youngest who may take part, years.
pub const ADULT: u8 = 18;
/// Older than this nobody is believed to be, years.
pub const OLDEST: u8 = 120;
/// What the clock of the last place on earth is behind UTC.
const LAST_ZONE_MS: i64 = 12 * 3_600_000;

/// A date of birth that exists in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(i16, u8, u8)", into = "(i16, u8, u8)")]
pub struct BirthDate {
    year: i16,
    month: u8,
    day: u8,
}

impl BirthDate {
    /// This year, month (1 to 12) and day (1 to 31); none if there is no such day.
    pub fn new(year: i16, month: u8, day: u8) -> Option<BirthDate> {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u8::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(BirthDate { year, month, day })
    }

    /// Full years at `now`, wherever on earth the person is: a year counts once the birthday has
    /// begun everywhere. Who was born on 29 February is a year older on 1 March. 0 for a date to
    /// come.
    pub fn age(self, now: Millis) -> u8 {
        let (year, month, day) = now.plus(-LAST_ZONE_MS).date();
        let is_before = (month, day) < (i64::from(self.month), i64::from(self.day));
        let years = year - i64::from(self.year) - i64::from(is_before);
        u8::try_from(years.max(0)).unwrap_or(u8::MAX)
    }

    /// Whether the person may take part: [`ADULT`] or older.
    pub fn is_adult(self, now: Millis) -> bool {
        self.age(now) >= ADULT
    }

    /// Whether anybody is so old.
    pub fn is_believable(self, now: Millis) -> bool {
        self.age(now) <= OLDEST
    }
}

impl TryFrom<(i16, u8, u8)> for BirthDate {
    type Error = &'static str;

    fn try_from((year, month, day): (i16, u8, u8)) -> Result<BirthDate, &'static str> {
        BirthDate::new(year, month, day).ok_or("no such day")
    }
}

impl From<BirthDate> for (i16, u8, u8) {
    fn from(date: BirthDate) -> (i16, u8, u8) {
        (date.year, date.month, date.day)
    }
}
