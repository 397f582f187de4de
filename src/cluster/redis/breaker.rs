//! Circuit breaker: while Redis is away, callers are told at once and do not queue up behind
//! time-outs.

use nameless_actors::kernel::lock;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Failures in a row after which it opens.
const THRESHOLD: u32 = 3;
/// How long it stays open before one call may look whether Redis is back.
const OPEN: Duration = Duration::from_millis(500);

/// Counts failures in a row.
#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    /// While open: when the next call may try.
    retry_at: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made now. While open, one call in [`OPEN`] may.
    pub fn admits(&self, now: Instant) -> bool {
        let mut state = lock(&self.0);
        match state.retry_at {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                // This one tries; should it vanish without a word, the next may after the same
                // time.
                state.retry_at = Some(now + OPEN);
                true
            }
        }
    }

    /// A call was answered.
    pub fn succeeded(&self) {
        *lock(&self.0) = State::default();
    }

    /// A call failed; `surely`: no connection could be made, so one failure is enough. Returns
    /// whether it is open.
    pub fn failed(&self, now: Instant, surely: bool) -> bool {
        let mut state = lock(&self.0);
        state.failures = if surely { THRESHOLD } else { state.failures.saturating_add(1) };
        if state.failures < THRESHOLD {
            return false;
        }
        state.retry_at = Some(now + OPEN);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_try() {
        let breaker = Breaker::default();
        let start = Instant::now();
        assert!(!breaker.failed(start, false));
        breaker.succeeded();
        for _ in 0..2 {
            assert!(!breaker.failed(start, false));
            assert!(breaker.admits(start));
        }
        assert!(breaker.failed(start, false));
        assert!(!breaker.admits(start));
        let later = start + OPEN;
        assert!(breaker.admits(later), "one tries");
        assert!(!breaker.admits(later), "and one only");
        assert!(breaker.failed(later, false), "one failure is enough to stay open");
        assert!(!breaker.admits(later));
        breaker.succeeded();
        assert!(breaker.admits(later) && breaker.admits(later));
        assert!(breaker.failed(later, true), "without any connection at once");
    }
}
