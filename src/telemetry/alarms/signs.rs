//! What is wrong at one moment, by figures of the last minutes.

use super::certificate::Ends;
use crate::clock::SystemClock;
use crate::intake::trouble::Condition;
use crate::telemetry::round_trips::RoundTrips;
use crate::telemetry::watchdog::BLOCKED;
use nameless_actors::Engine;
use nameless_actors::engine::Readiness;
use nameless_actors::kernel::latency::Noted;
use nameless_actors::kernel::meters::Meters;
use nameless_actors::ports::Clock;
use nameless_domain::alarms::{Alarm, AlarmSet};
use nameless_domain::capabilities::faceguard::Policy;
use nameless_domain::time::Millis;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rates and shares are of so long.
const MINUTES: Duration = Duration::from_secs(300);
/// Counts of what is rare are of so long.
const LONG: Duration = Duration::from_secs(1_800);
/// Crashes of parts, tries of strangers, dead letters: within ten minutes.
const RECENT: Duration = Duration::from_secs(600);
/// A clock that runs is set by less than this between two looks, in milliseconds.
const STEP: i64 = 30_000;
/// Fewer messages say nothing about a share.
const ENOUGH: u64 = 20;
/// Room that has to be left: a part of the disk, and bytes.
const ROOM: (u64, u64) = (20, 1 << 30);

/// Counters at one moment.
#[derive(Clone)]
struct Counters {
    at: Instant,
    relayed: u64,
    refused: u64,
    restarts: u64,
    dead_letters: u64,
    told_to_wait: u64,
    unchecked: u64,
    checked: u64,
    jobs_failed: u64,
    strangers: u64,
    nodes_lost: u64,
    latency: Noted,
}

impl Counters {
    fn of(engine: &Engine) -> Counters {
        let m: &Meters = engine.meters();
        let restarts = [
            &m.session_restarts,
            &m.relay_restarts,
            &m.matchmaker_restarts,
            &m.outbox_restarts,
            &m.persistence_restarts,
            &m.actor_deaths,
        ];
        let looked_at = [&m.photos_approved, &m.photos_suspicious, &m.photos_rejected];
        Counters {
            at: Instant::now(),
            relayed: m.relayed.get(),
            refused: m.relay_failed.get(),
            restarts: restarts.iter().map(|count| count.get()).sum(),
            dead_letters: m.dead_letters.get(),
            told_to_wait: m.told_to_wait.get(),
            unchecked: m.photos_unchecked.get(),
            checked: looked_at.iter().map(|count| count.get()).sum(),
            jobs_failed: engine.env().jobs.as_ref().map_or(0, |jobs| jobs.meters().failed.get()),
            strangers: m.admin_strangers.get(),
            nodes_lost: m.nodes_lost.get(),
            latency: m.relay_latency.noted(),
        }
    }
}

/// The clock on the wall beside one that nobody sets, which goes on while the machine is paused.
#[derive(Clone, Copy)]
struct Clocks {
    wall: Millis,
    steady: Millis,
}

impl Clocks {
    fn now() -> Clocks {
        Clocks { wall: SystemClock.now(), steady: SystemClock.steady() }
    }

    /// By how many milliseconds the wall clock was set between the two, either way.
    fn set_since(&self, before: &Clocks) -> i64 {
        let (wall, steady) = (self.wall.0 - before.wall.0, self.steady.0 - before.steady.0);
        (wall - steady).abs()
    }
}

/// What was seen in the last half hour.
pub(super) struct Signs {
    data_dir: PathBuf,
    seen: VecDeque<Counters>,
    clocks: Clocks,
    clock_set: Option<Instant>,
    trips: Arc<RoundTrips>,
    ends: Ends,
}

impl Signs {
    /// From now on.
    pub fn new(data_dir: PathBuf, engine: &Engine, trips: Arc<RoundTrips>, ends: Ends) -> Signs {
        let seen = VecDeque::from([Counters::of(engine)]);
        Signs { data_dir, seen, clocks: Clocks::now(), clock_set: None, trips, ends }
    }

    /// What is wrong now.
    pub fn wrong(&mut self, engine: &Engine, intake: &Condition) -> AlarmSet {
        let now = Counters::of(engine);
        while self.seen.len() > 1 && self.seen.front().is_some_and(|old| old.at.elapsed() > LONG) {
            self.seen.pop_front();
        }
        let mut wrong = AlarmSet::default();
        self.by_counters(&now, &mut wrong);
        self.seen.push_back(now);
        self.by_clocks(&mut wrong);
        let env = engine.env();
        wrong.put(Alarm::Blocked, !engine.blocked(BLOCKED).is_empty());
        wrong.put(Alarm::Telegram, intake.get().reason().is_some());
        wrong.put(Alarm::Certificate, intake.certificate_refused() || self.ends.is_near());
        wrong.put(Alarm::Held, matches!(engine.readiness(), Readiness::Held(_)));
        let (database, redis) = (&self.trips.database, &self.trips.redis);
        wrong.put(Alarm::Database, engine.meters().store_waits.get() > 0 || database.is_silent());
        wrong.put(Alarm::SlowDatabase, database.is_slow());
        wrong.put(Alarm::Queue, redis.is_silent());
        wrong.put(Alarm::SlowQueue, redis.is_slow());
        wrong.put(Alarm::History, engine.drops_history());
        wrong.put(Alarm::Journal, env.journal.health().is_err());
        let journal = env.journal.figures();
        wrong.put(Alarm::JournalFills, journal.bytes > journal.max_bytes / 5 * 4 && journal.max_bytes > 0);
        wrong.put(Alarm::Disk, is_short(&self.data_dir));
        let photos = &env.capabilities.faceguard;
        if photos.policy() != Policy::Off {
            wrong.put(Alarm::Photos, photos.health().trouble.is_some());
        }
        wrong
    }

    /// The counters of so long ago, or the oldest that there are.
    fn before(&self, time: Duration) -> &Counters {
        let young = self.seen.partition_point(|counters| counters.at.elapsed() > time);
        &self.seen[young.min(self.seen.len() - 1)]
    }

    fn by_counters(&self, now: &Counters, wrong: &mut AlarmSet) {
        let minutes = self.before(MINUTES);
        let refused = now.refused - minutes.refused;
        let sent = refused + now.relayed - minutes.relayed;
        wrong.put(Alarm::Refused, sent >= ENOUGH && refused * 20 > sent);
        let latency = now.latency.since(&minutes.latency);
        let p99 = latency.quantile(0.99).unwrap_or_default();
        wrong.put(Alarm::Slow, latency.count() >= ENOUGH && p99 > Duration::from_secs(5));
        let waits = now.told_to_wait - minutes.told_to_wait;
        wrong.put(Alarm::ToldToWait, waits > MINUTES.as_secs());
        let unchecked = now.unchecked - minutes.unchecked;
        wrong.put(Alarm::Photos, unchecked >= ENOUGH && unchecked > now.checked - minutes.checked);
        let recent = self.before(RECENT);
        wrong.put(Alarm::Restarts, now.restarts - recent.restarts > 5);
        wrong.put(Alarm::DeadLetter, now.dead_letters > recent.dead_letters);
        wrong.put(Alarm::Node, now.nodes_lost > recent.nodes_lost);
        wrong.put(Alarm::Strangers, now.strangers - recent.strangers > 100);
        wrong.put(Alarm::Jobs, now.jobs_failed - self.before(LONG).jobs_failed > 10);
    }

    fn by_clocks(&mut self, wrong: &mut AlarmSet) {
        let now = Clocks::now();
        if now.set_since(&self.clocks) > STEP {
            self.clock_set = Some(Instant::now());
        }
        self.clocks = now;
        wrong.put(Alarm::Clock, self.clock_set.is_some_and(|set| set.elapsed() < RECENT));
    }
}

/// Whether the disk below a folder has less room than it should. Of one that cannot be asked the
/// journal will say so.
fn is_short(folder: &std::path::Path) -> bool {
    let Ok(disk) = rustix::fs::statvfs(folder) else { return false };
    let (free, all) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
    free < all / ROOM.0 && free < 16 * ROOM.1 || free < ROOM.1.min(all / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_seen_both_ways_and_one_that_runs_is_not() {
        let before = Clocks { wall: Millis(1_700_000_000_000), steady: Millis(5_000_000) };
        let at = |seconds: i64| {
            let wall = Millis(before.wall.0 + seconds * 1_000);
            Clocks { wall, steady: Millis(before.steady.0 + 10_000) }.set_since(&before)
        };
        assert!(at(10) < STEP);
        assert!(at(3_610) > STEP && at(-3_590) > STEP);
    }
}
