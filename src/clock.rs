//! The machine's clock.

use nameless_actors::ports::Clock;
use nameless_domain::time::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall time of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
