//! Once a minute a line of how the bot fares, for whoever has only the log.

use nameless_actors::Engine;
use nameless_actors::kernel::latency::Noted;
use nameless_actors::kernel::meters::Meters;
use std::sync::Arc;
use std::time::Duration;

/// How often.
const EVERY: Duration = Duration::from_secs(60);

/// What the line tells; rates and times are of the minute that ended, the rest is of now.
#[derive(Debug, PartialEq)]
struct Minute {
    /// Updates taken a second.
    updates: f64,
    /// Messages passed on a second.
    relayed: f64,
    /// From a message's arrival until Telegram has its copy, milliseconds.
    mean_ms: f64,
    p99_ms: f64,
    /// Of what was to be passed on, what Telegram did not take for good, in per cent.
    failed: f64,
}

/// Counters at one moment.
struct Moment {
    updates: u64,
    relayed: u64,
    failed: u64,
    latency: Noted,
}

impl Moment {
    fn of(meters: &Meters) -> Moment {
        Moment {
            updates: meters.updates_accepted.get(),
            relayed: meters.relayed.get(),
            failed: meters.relay_failed.get(),
            latency: meters.relay_latency.noted(),
        }
    }

    fn since(&self, before: &Moment, time: Duration) -> Minute {
        let rate = |now: u64, then: u64| round(now.saturating_sub(then) as f64 / time.as_secs_f64());
        let latency = self.latency.since(&before.latency);
        let ms = |time: Option<Duration>| round(time.map_or(0.0, |time| time.as_secs_f64() * 1e3));
        let (relayed, failed) = (self.relayed - before.relayed, self.failed - before.failed);
        Minute {
            updates: rate(self.updates, before.updates),
            relayed: rate(self.relayed, before.relayed),
            mean_ms: ms(latency.mean()),
            p99_ms: ms(latency.quantile(0.99)),
            failed: round(100.0 * failed as f64 / (relayed + failed).max(1) as f64),
        }
    }
}

/// Tenths are enough for people.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Writes the lines, until it is aborted.
pub async fn run(engine: Arc<Engine>) {
    let meters = engine.meters();
    let mut before = Moment::of(meters);
    loop {
        tokio::time::sleep(EVERY).await;
        let now = Moment::of(meters);
        let minute = now.since(&before, EVERY);
        before = now;
        let (sessions, waiting, pairs) =
            (meters.sessions.get(), meters.seekers.get(), meters.pairs_loaded.get());
        let (under_way, _) = engine.in_flight();
        let Minute { updates, relayed, mean_ms, p99_ms, failed } = minute;
        tracing::info!(
            updates_a_second = updates,
            relayed_a_second = relayed,
            mean_ms,
            p99_ms,
            failed_percent = failed,
            sessions,
            waiting,
            pairs,
            under_way,
            to_send = meters.outbox_depth.get(),
            to_store = meters.persistence_depth.get(),
            "the last minute"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_told_by_itself() {
        let meters = Meters::default();
        meters.relay_latency.record(Duration::from_secs(50));
        meters.relayed.add(1_000);
        let before = Moment::of(&meters);
        assert_eq!(
            Moment::of(&meters).since(&before, EVERY),
            Minute { updates: 0.0, relayed: 0.0, mean_ms: 0.0, p99_ms: 0.0, failed: 0.0 }
        );
        (0..90).for_each(|_| meters.relay_latency.record(Duration::from_millis(4)));
        meters.updates_accepted.add(120);
        meters.relayed.add(90);
        meters.relay_failed.add(10);
        let minute = Moment::of(&meters).since(&before, EVERY);
        assert_eq!((minute.updates, minute.relayed, minute.mean_ms), (2.0, 1.5, 4.0));
        assert_eq!(minute.failed, 10.0);
        assert!(minute.p99_ms < 5.0, "what was before is no part of it: {}", minute.p99_ms);
    }
}
