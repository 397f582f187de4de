//! How often somebody may ask a character: so many replies a minute and an hour, and not at a
//! program's pace.

use super::constants::{SCRIPT_GAPS, SCRIPT_JITTER_MS, SCRIPT_WAIT_MS};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;

/// Replies at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// In any minute.
    pub minute: usize,
    /// In any hour.
    pub hour: usize,
    /// Who writes at a program's pace is slowed.
    pub script: bool,
}

/// Why a reply is not begun. Milliseconds until one may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooFast {
    /// There were so many.
    Many(i64),
    /// They come at equal intervals, as a program writes.
    Script(i64),
}

/// Notes a reply asked for `now` beside those asked for lately (milliseconds, the oldest first), or
/// says why it has to wait. What is older than an hour is forgotten.
pub fn pace(asks: &mut Vec<i64>, now: i64, rates: Rates) -> Result<(), TooFast> {
    // A clock that was set back says nothing of what lies in the future.
    asks.retain(|at| *at <= now && now - at < HOUR);
    for (span, most) in [(MINUTE, rates.minute), (HOUR, rates.hour)] {
        let within = asks.iter().filter(|at| now - **at < span).count();
        if within >= most {
            // When so many of them have left that there is room for one.
            let leaves = asks.len().checked_sub(most.max(1)).and_then(|n| asks.get(n));
            return Err(TooFast::Many(leaves.map_or(span, |at| at + span - now).max(1)));
        }
    }
    let even = rates.script && is_even(asks, now);
    // Who goes on so is held on: it is noted in either case.
    asks.push(now);
    if even { Err(TooFast::Script(SCRIPT_WAIT_MS)) } else { Ok(()) }
}

/// The last intervals are all the same.
fn is_even(asks: &[i64], now: i64) -> bool {
    let Some(from) = asks.len().checked_sub(SCRIPT_GAPS) else { return false };
    let times = asks[from..].iter().chain([&now]);
    let gaps: Vec<i64> = times.clone().zip(times.skip(1)).map(|(a, b)| b - a).collect();
    let (least, most) = (gaps.iter().min(), gaps.iter().max());
    least.zip(most).is_some_and(|(least, most)| most - least <= SCRIPT_JITTER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { minute: 10, hour: 100, script: true };

    /// Asks at uneven moments, about `every` milliseconds apart.
    fn asked(times: usize, every: i64) -> (Vec<i64>, i64) {
        let (mut asks, mut now) = (Vec::new(), 1_000_000);
        for n in 0..times as i64 {
            now += every + (n * n * 7_919) % 1_300;
            pace(&mut asks, now, RATES).unwrap();
        }
        (asks, now)
    }

    #[test]
    fn ten_a_minute_and_a_hundred_an_hour() {
        let (mut asks, now) = asked(10, 1_000);
        let first = asks[0];
        let Err(TooFast::Many(wait)) = pace(&mut asks, now + 1, RATES) else { panic!("there is no room") };
        assert_eq!(now + 1 + wait, first + 60_000);
        assert_eq!(asks.len(), 10, "nothing is noted");
        assert_eq!(pace(&mut asks, now + 1 + wait, RATES), Ok(()));

        let (mut asks, now) = asked(100, 20_000);
        let Err(TooFast::Many(wait)) = pace(&mut asks, now + 7_000, RATES) else {
            panic!("there is no room")
        };
        assert_eq!(now + 7_000 + wait, asks[0] + HOUR);
    }

    #[test]
    fn no_rate_lets_nothing_through() {
        let none = Rates { minute: 0, hour: 0, script: true };
        assert_eq!(pace(&mut Vec::new(), 5, none), Err(TooFast::Many(MINUTE)));
    }

    #[test]
    fn a_program_is_slowed_and_a_person_never() {
        let (mut asks, mut now, mut slowed) = (Vec::new(), 0, 0);
        for n in 0..50 {
            now += 7_000 + n % 3;
            slowed += usize::from(matches!(pace(&mut asks, now, RATES), Err(TooFast::Script(_))));
        }
        assert_eq!(slowed, 50 - SCRIPT_GAPS, "for as long as it goes on");
        // It goes on once it has waited, or writes at another pace.
        assert_eq!(pace(&mut asks, now + SCRIPT_WAIT_MS, RATES), Ok(()));
        asked(90, 8_000);
        // Nobody is where the operator wants it so.
        let (mut asks, off) = (Vec::new(), Rates { script: false, ..RATES });
        for n in 0..50 {
            assert_eq!(pace(&mut asks, n * 7_000, off), Ok(()));
        }
    }
}
