//! The machine's clocks.

use nameless_actors::ports::Clock;
use nameless_domain::time::Millis;
use rustix::time::ClockId;
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall time of this machine, and the time since it was started.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Millis {
        let since = rustix::time::clock_gettime(STEADY);
        Millis(since.tv_sec.saturating_mul(1_000).saturating_add(since.tv_nsec / 1_000_000))
    }
}

/// Unlike the monotonic clock, that of Linux's boot time goes on while the machine is paused.
#[cfg(target_os = "linux")]
const STEADY: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const STEADY: ClockId = ClockId::Monotonic;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steady_clock_goes_on() {
        let before = SystemClock.steady();
        std::thread::sleep(std::time::Duration::from_millis(3));
        let passed = SystemClock.steady().since(before);
        assert!((2..60_000).contains(&passed), "{passed} ms");
    }
}
