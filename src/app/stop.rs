//! What asks for a stop, and how long each of its parts may take: Docker kills 10 s after its
//! SIGTERM, and whatever is killed recovers at its next start instead of going on.

use crate::{postgres, store};
use std::time::Duration;
use tokio::sync::watch;

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

/// Turns true at SIGTERM or the first SIGINT; a second SIGINT ends the process at once.
pub fn stop_on_signals() -> watch::Receiver<bool> {
    use tokio::signal::unix::{SignalKind, signal};
    let (tx, rx) = watch::channel(false);
    // Caught from here on, not only once the task below has its first turn.
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be caught: a stop will not be in order");
        // A dropped sender would be taken for the wish to stop.
        std::mem::forget(tx);
        return rx;
    };
    actix_rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: finishing what was accepted (Ctrl-C once more stops at once)");
        let _ = tx.send(true);
        interrupt.recv().await;
        std::process::exit(130);
    });
    rx
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
