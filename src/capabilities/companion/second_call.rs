//! Whether the only back end that is left is asked once more in the same turn, and after how long.
//! That call has a reserve of its own, so what became of the first may be unknown.

use nameless_backends::port::{Clock, Failure, Why};
use std::time::Duration;

/// What is waited where nobody said how long, and a half more at most.
const USUAL: Duration = Duration::from_millis(500);
/// Who says to come back later than that is not waited for: the person is told.
const MOST: Duration = Duration::from_secs(10);
/// What is waited beyond that, so that those who heard the same do not come at once.
const SPREAD_MS: u64 = 250;

/// How long to wait before the second call; none: it would end like the first. `of` spreads those
/// who wait for the same.
pub(super) fn pause(failed: &Failure, of: u64) -> Option<Duration> {
    let may_pass = match failed.why {
        // Busy, failed inside, or a stream that broke off, said nonsense or nothing, or stood
        // still.
        Why::Busy | Why::Broken | Why::CutOff | Why::Malformed | Why::Empty => true,
        Why::Late(clock) => clock == Clock::Between,
        Why::Open | Why::Full | Why::Unsendable | Why::Unreachable => false,
        Why::Refused | Why::Account | Why::ContextTooLong | Why::TooLarge => false,
    };
    let wait = failed.retry_after.unwrap_or(USUAL);
    (may_pass && wait <= MOST).then(|| wait + Duration::from_millis(of % SPREAD_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_asked_for_again_when_it_was_told_to() {
        let pause = |why, seconds: Option<u64>| {
            let retry_after = seconds.map(Duration::from_secs);
            pause(&Failure { retry_after, ..Failure::unsent(why) }, 1_007)
        };
        let spread = Duration::from_millis(7);
        assert_eq!(pause(Why::Busy, Some(2)), Some(Duration::from_secs(2) + spread));
        for why in [Why::Broken, Why::CutOff, Why::Malformed, Why::Late(Clock::Between)] {
            assert_eq!(pause(why, None), Some(USUAL + spread), "{why}");
        }
        assert_eq!(pause(Why::Busy, Some(11)), None, "nobody waits for so long");
        for why in [Why::Refused, Why::Account, Why::Unreachable, Why::Late(Clock::First), Why::Open] {
            assert_eq!(pause(why, None), None, "{why}");
        }
    }
}
