//! A circuit breaker: while the database is away, operations fail at once instead of each waiting
//! for a connection.
//!
//! It opens when nothing was reached in time, or when several connections in a row broke; a probe
//! closes it, as does an operation under way that comes through after all. What failed is for the
//! callers to repeat.

use super::error::Fault;
use nameless_actors::kernel::lock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Connections that break in a row until the database is taken to be away. One alone breaks now and
/// then; a pool's worth breaks when the server starts anew, and it is back by then.
const BROKEN: u32 = 3;
/// First and longest wait between probes.
const PROBES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// How an operation ended, as far as the database's presence is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The database answered, be it with a refusal.
    Answered,
    /// A connection broke.
    Broke,
    /// Nothing was reached in time.
    Away,
    /// Says nothing about it: no connection was free, the store is closed.
    Neither,
}

impl Outcome {
    /// Of an operation's result.
    pub(crate) fn of<T>(result: &Result<T, Fault>) -> Outcome {
        match result {
            Ok(_) | Err(Fault::Fenced | Fault::Corrupt(_) | Fault::Crypto(_)) => Outcome::Answered,
            Err(Fault::Busy(_) | Fault::Unavailable(_)) => Outcome::Neither,
            Err(Fault::Away(_)) => Outcome::Away,
            Err(Fault::Db(error)) => match error.code().map(|c| c.code()) {
                // The server is going down, or coming up.
                Some("57P01" | "57P02" | "57P03") => Outcome::Broke,
                Some(_) => Outcome::Answered,
                None if error.is_closed() || !super::error::is_encoding(error) => Outcome::Broke,
                None => Outcome::Answered,
            },
        }
    }
}

#[derive(Debug)]
enum State {
    Closed { broken: u32 },
    Open { since: Instant },
}

/// The breaker of one store.
pub(crate) struct Breaker {
    state: Mutex<State>,
    /// Counts the times that it opened. Connections remember the number under which they were made:
    /// those from before are not trusted, as a dead one cannot be told from a quiet one.
    generation: Arc<AtomicU64>,
}

impl Breaker {
    pub(crate) fn new(generation: Arc<AtomicU64>) -> Breaker {
        Breaker { state: Mutex::new(State::Closed { broken: 0 }), generation }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Refuses while it is open.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match *self.state() {
            State::Closed { .. } => Ok(()),
            State::Open { since } => {
                let away = since.elapsed().as_secs();
                Err(Fault::Unavailable(format!(
                    "the database has been away for {away} s; it is being probed"
                )))
            }
        }
    }

    /// Takes note of an operation's end. True if that opened it: a probe is due then.
    pub(crate) fn note(&self, outcome: Outcome) -> bool {
        let mut state = self.state();
        let opens = match (&mut *state, outcome) {
            (State::Closed { .. }, Outcome::Away) => true,
            (State::Closed { broken }, Outcome::Broke) => {
                *broken += 1;
                *broken >= BROKEN
            }
            (State::Closed { broken }, Outcome::Answered) => {
                *broken = 0;
                false
            }
            (State::Open { since }, Outcome::Answered) => {
                tracing::info!(away = ?since.elapsed(), "the database answers again");
                *state = State::Closed { broken: 0 };
                false
            }
            _ => false,
        };
        if opens {
            tracing::warn!("the database does not answer; operations fail at once until it does");
            *state = State::Open { since: Instant::now() };
            self.generation.fetch_add(1, Ordering::Relaxed);
        }
        opens
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        matches!(*self.state(), State::Open { .. })
    }
}

/// Waits between probes, growing, with jitter: many nodes must not come back at one moment.
pub(crate) struct Waits(Duration);

impl Waits {
    pub(crate) fn new() -> Waits {
        Waits(PROBES.0)
    }

    /// The next wait: between half and all of what it could be.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(PROBES.1);
        wait.mul_f64(0.5 + 0.5 * f64::from(random()))
    }
}

/// From 0 to 1. Jitter need not be better than this.
fn random() -> f32 {
    use std::hash::BuildHasher;
    (std::hash::RandomState::new().hash_one(()) >> 40) as f32 / (1u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(Arc::default())
    }

    #[test]
    fn opens_at_once_when_nothing_is_reached() {
        let b = breaker();
        assert!(b.check().is_ok());
        assert!(b.note(Outcome::Away), "a probe is due");
        assert!(!b.note(Outcome::Away), "only one");
        assert!(b.check().is_err());
        assert_eq!(b.generation.load(Ordering::Relaxed), 1, "older connections are not trusted");
        assert!(!b.note(Outcome::Answered));
        assert!(b.check().is_ok());
    }

    #[test]
    fn opens_after_several_breaks_in_a_row() {
        let b = breaker();
        for outcome in [Outcome::Broke, Outcome::Broke, Outcome::Answered, Outcome::Broke, Outcome::Neither] {
            assert!(!b.note(outcome));
        }
        assert!(!b.note(Outcome::Broke));
        assert!(b.note(Outcome::Broke));
        assert!(b.is_open());
    }

    #[test]
    fn waits_grow_and_differ() {
        let mut waits = Waits::new();
        let all: Vec<Duration> = (0..20).map(|_| waits.next()).collect();
        assert!(all.iter().all(|w| *w <= PROBES.1 && *w >= PROBES.0 / 2), "{all:?}");
        assert!(all[10..].windows(2).any(|w| w[0] != w[1]), "{all:?}");
    }
}
