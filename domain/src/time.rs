//! Time as the domain sees it: it comes in with the event and is never read from a clock here.

use serde::{Deserialize, Serialize};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// A moment, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// Later than every moment that can occur: for "never ends".
    pub const NEVER: Millis = Millis(i64::MAX);

    /// This moment moved by `ms` milliseconds, never past the ends of the scale.
    pub fn plus(self, ms: i64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }

    /// Year, month (1 to 12) and day (1 to 31) in UTC, by the calendar of today also for times
    /// before it.
    pub fn date(self) -> (i64, i64, i64) {
        // Howard Hinnant's `civil_from_days`: years begin in March, so that leap days come last.
        let z = self.0.div_euclid(DAY_MS) + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let m = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * m + 2) / 5 + 1;
        let month = if m < 10 { m + 3 } else { m - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// Milliseconds since midnight in UTC.
    pub fn time_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_MS)
    }

    /// Milliseconds from `earlier` to this moment; 0 if `earlier` is later (clocks jump back).
    pub fn since(self, earlier: Millis) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_453, (2025, 12, 31)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(Millis(days * DAY_MS).date(), date);
            assert_eq!(Millis(days * DAY_MS + DAY_MS - 1).date(), date);
            assert_eq!(Millis(days * DAY_MS + 5).time_of_day(), 5);
        }
        // No day is left out and none comes twice.
        let mut before = Millis(-DAY_MS).date();
        for day in 0..60_000 {
            let date = Millis(day * DAY_MS).date();
            let next = date == (before.0, before.1, before.2 + 1);
            let month = date == (before.0, before.1 + 1, 1) || date == (before.0 + 1, 1, 1);
            assert!(next || month, "{before:?} {date:?}");
            before = date;
        }
    }
}
