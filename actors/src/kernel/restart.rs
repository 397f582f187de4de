//! When is enough enough: restart intensity as in Erlang's supervisors.

use nameless_domain::time::Millis;
use std::collections::VecDeque;

/// So many restarts within a window.
#[derive(Clone, Debug)]
pub struct RestartBudget {
    max: usize,
    window_ms: i64,
    recent: VecDeque<Millis>,
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Start again after so many milliseconds.
    Restart {
        /// Milliseconds; doubles with each failure of the window.
        after_ms: i64,
    },
    /// Beyond the budget.
    GiveUp,
}

impl RestartBudget {
    /// At most `max` restarts in any `window_ms` milliseconds.
    pub fn new(max: usize, window_ms: i64) -> RestartBudget {
        RestartBudget { max, window_ms, recent: VecDeque::new() }
    }

    /// Notes a failure.
    pub fn failed(&mut self, now: Millis) -> Verdict {
        while self.recent.front().is_some_and(|&t| now.since(t) >= self.window_ms) {
            self.recent.pop_front();
        }
        if self.recent.len() >= self.max {
            return Verdict::GiveUp;
        }
        let after_ms = match self.recent.len() {
            0 => 0,
            n => (10 << n.min(10)).min(5_000),
        };
        self.recent.push_back(now);
        Verdict::Restart { after_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_gives_up_and_forgives() {
        let mut budget = RestartBudget::new(3, 1_000);
        assert_eq!(budget.failed(Millis(0)), Verdict::Restart { after_ms: 0 });
        assert_eq!(budget.failed(Millis(10)), Verdict::Restart { after_ms: 20 });
        assert_eq!(budget.failed(Millis(20)), Verdict::Restart { after_ms: 40 });
        assert_eq!(budget.failed(Millis(30)), Verdict::GiveUp);
        assert_eq!(budget.failed(Millis(1_005)), Verdict::Restart { after_ms: 40 });
    }
}
