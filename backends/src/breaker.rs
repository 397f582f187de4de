//! When a back end is left alone: after so many strikes within a time it opens, then one call tries
//! whether it is well again. Time comes in from outside.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How soon a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Strikes within `within` that open it. Venice blocks a key after 20 failures in 30 s.
    pub strikes: usize,
    /// How long a strike counts.
    pub within: Duration,
    /// How long it stays open.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> BreakerSettings {
        BreakerSettings { strikes: 5, within: Duration::from_secs(30), open_for: Duration::from_secs(30) }
    }
}

/// The breaker of one back end.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    strikes: VecDeque<Instant>,
    open_until: Option<Instant>,
    /// The call that tries, and when it is given up: a call that vanishes must not keep it shut.
    trying_until: Option<Instant>,
}

impl Breaker {
    /// One that is closed.
    pub fn new(settings: BreakerSettings) -> Breaker {
        Breaker { settings, strikes: VecDeque::new(), open_until: None, trying_until: None }
    }

    /// Whether a call may be made now. `longest` is the time that it can take.
    pub fn admits(&mut self, now: Instant, longest: Duration) -> bool {
        let Some(until) = self.open_until else { return true };
        if now < until || self.trying_until.is_some_and(|tried| now < tried) {
            return false;
        }
        self.trying_until = Some(now + longest);
        true
    }

    /// A call went well, or was refused for itself: the back end is there.
    pub fn well(&mut self) {
        // Only the call that tries closes it; one begun before says nothing new.
        if self.open_until.is_none() || self.trying_until.take().is_some() {
            self.open_until = None;
            self.strikes.clear();
        }
    }

    /// A call failed by the back end's fault.
    pub fn strike(&mut self, now: Instant) {
        if self.trying_until.take().is_some() {
            self.open_until = Some(now + self.settings.open_for);
            return;
        }
        self.strikes.push_back(now);
        while self.strikes.front().is_some_and(|at| now.duration_since(*at) > self.settings.within) {
            self.strikes.pop_front();
        }
        if self.strikes.len() >= self.settings.strikes.max(1) {
            self.strikes.clear();
            self.open_until = Some(now + self.settings.open_for);
        }
    }

    /// The back end said when to come again: nobody comes before.
    pub fn hold(&mut self, until: Instant) {
        self.trying_until = None;
        self.open_until = Some(self.open_until.map_or(until, |open| open.max(until)));
    }

    /// A call that tried said nothing, as it never left: the next may try.
    pub fn unsaid(&mut self) {
        self.trying_until = None;
    }

    /// Whether calls are refused now.
    pub fn is_open(&self, now: Instant) -> bool {
        self.open_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(90);

    fn breaker() -> (Breaker, Instant) {
        (Breaker::new(BreakerSettings::default()), Instant::now())
    }

    #[test]
    fn it_opens_before_the_back_end_would() {
        let (mut breaker, t) = breaker();
        for i in 0..5 {
            assert!(breaker.admits(t, LONG), "{i}");
            breaker.strike(t);
        }
        assert!(!breaker.admits(t, LONG));
        assert!(!breaker.admits(t + Duration::from_secs(29), LONG));
    }

    #[test]
    fn strikes_far_apart_do_not_open_it_nor_do_those_between_successes() {
        let (mut breaker, t) = breaker();
        for i in 0..20 {
            breaker.strike(t + Duration::from_secs(10) * i);
        }
        assert!(breaker.admits(t + Duration::from_secs(200), LONG));
        for i in 0..20 {
            breaker.strike(t + Duration::from_secs(300 + i));
            breaker.well();
        }
        assert!(breaker.admits(t + Duration::from_secs(321), LONG));
    }

    #[test]
    fn one_call_tries_and_decides() {
        let (mut breaker, t) = breaker();
        (0..5).for_each(|_| breaker.strike(t));
        let later = t + Duration::from_secs(31);
        assert!(breaker.admits(later, LONG));
        assert!(!breaker.admits(later, LONG), "only one tries");
        breaker.strike(later);
        assert!(!breaker.admits(later + Duration::from_secs(29), LONG));
        let again = later + Duration::from_secs(31);
        assert!(breaker.admits(again, LONG));
        breaker.well();
        assert!(breaker.admits(again, LONG) && breaker.admits(again, LONG));
    }

    #[test]
    fn a_call_that_vanished_does_not_keep_it_shut() {
        let (mut breaker, t) = breaker();
        (0..5).for_each(|_| breaker.strike(t));
        let later = t + Duration::from_secs(31);
        assert!(breaker.admits(later, LONG));
        assert!(!breaker.admits(later + LONG / 2, LONG));
        assert!(breaker.admits(later + LONG, LONG));
    }

    #[test]
    fn a_wait_that_was_told_is_kept() {
        let (mut breaker, t) = breaker();
        breaker.hold(t + LONG);
        assert!(!breaker.admits(t + LONG / 2, LONG) && breaker.is_open(t));
        assert!(breaker.admits(t + LONG, LONG));
    }
}
