//! How long a stop may take, part by part: Docker kills 10 s after its SIGTERM, and whatever is
//! killed recovers at its next start instead of going on.

use crate::{postgres, store};
use std::time::Duration;

/// Closing the listeners.
pub(super) const HTTP: Duration = Duration::from_millis(250);
/// Giving back what other processes may wait for: leases.
pub(super) const MEMBERSHIP: Duration = Duration::from_millis(500);

/// How long a stop takes at most, from the signal to the end: the drain, the listeners, the leases,
/// the connections, the private database. Less if there is less to do; a stop of an idle bot takes
/// some hundred milliseconds.
pub fn longest(drain_timeout: Duration) -> Duration {
    drain_timeout + HTTP + MEMBERSHIP + store::CLOSE + postgres::longest_stop()
}

/// Waits for a part, as long as it may take.
pub(super) async fn within(limit: Duration, part: impl Future<Output = ()>) {
    if tokio::time::timeout(limit, part).await.is_err() {
        tracing::warn!(?limit, "a part of the stop takes too long; it goes on without");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Files, Purpose};

    /// Docker's 10 s, less one for the process to begin and to end.
    #[test]
    fn with_its_default_a_stop_is_over_before_docker_kills() {
        let config = Config::load(&|_| None, &Files::none(), Purpose::Tool).expect("the defaults are valid");
        let longest = longest(config.runtime.drain_timeout);
        assert!(longest <= Duration::from_secs(9), "{longest:?}");
        // The texts say that it is 5 s longer at most than the drain.
        assert!(longest - config.runtime.drain_timeout <= Duration::from_secs(5), "{longest:?}");
    }
}
