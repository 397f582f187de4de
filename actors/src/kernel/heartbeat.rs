//! Whether the threads of actors turn.
//!
//! A lock that is never given back or a call that does not return stops every actor of its thread,
//! and neither a panic nor a time-out tells of it: both want that thread. So each beats once a
//! second, and whoever stands outside sees which one does not, and what it was at.

use super::guard::{self, Doing};
use super::lock;
use actix_rt::ArbiterHandle;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often a thread beats.
const EVERY: Duration = Duration::from_secs(1);

/// A thread that does not beat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Which: `shard 2`, `jobs`, `main`.
    pub thread: Arc<str>,
    /// For how long.
    pub since: Duration,
    /// What it is at; none where no actor's message is being handled.
    pub doing: Option<Doing>,
}

/// One thread's.
struct Heartbeat {
    thread: Arc<str>,
    last: Mutex<Instant>,
    doing: guard::Shared,
}

/// Those of all threads.
#[derive(Default)]
pub struct Heartbeats(Mutex<Vec<Arc<Heartbeat>>>);

impl Heartbeats {
    /// Has a thread beat: that of an arbiter, or this one.
    pub fn add(&self, thread: impl Into<Arc<str>>, arbiter: Option<&ArbiterHandle>) {
        let (last, doing) = (Mutex::new(Instant::now()), guard::Shared::default());
        let heart = Arc::new(Heartbeat { thread: thread.into(), last, doing });
        lock(&self.0).push(heart.clone());
        let beat = async move {
            guard::share(heart.doing.clone());
            loop {
                *lock(&heart.last) = Instant::now();
                tokio::time::sleep(EVERY).await;
            }
        };
        match arbiter {
            Some(arbiter) => _ = arbiter.spawn(beat),
            None => drop(actix_rt::spawn(beat)),
        }
    }

    /// Those that have not been heard of for so long.
    pub fn blocked(&self, longer_than: Duration) -> Vec<Blocked> {
        let hearts = lock(&self.0);
        let each = hearts.iter().map(|heart| Blocked {
            thread: heart.thread.clone(),
            since: lock(&heart.last).elapsed(),
            doing: *lock(&heart.doing),
        });
        each.filter(|heart| heart.since > longer_than).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::guard::guarded;
    use super::*;
    use actix_rt::Arbiter;
    use std::sync::mpsc;

    async fn until(hearts: &Heartbeats, blocked: bool) -> Vec<Blocked> {
        loop {
            let found = hearts.blocked(EVERY * 3);
            if found.is_empty() != blocked {
                return found;
            }
            tokio::time::sleep(EVERY / 20).await;
        }
    }

    /// Guards: the beat, and `share`.
    #[actix::test]
    async fn a_thread_that_hangs_is_named_with_what_it_is_at() {
        let (hearts, shard) = (Heartbeats::default(), Arbiter::new());
        hearts.add("main", None);
        hearts.add("shard 1", Some(&shard.handle()));
        until(&hearts, false).await;
        let (go_on, wait) = mpsc::channel::<()>();
        let doing = Doing { actor: "session", update_id: Some(7) };
        shard.spawn_fn(move || drop(guarded(doing, || wait.recv())));
        let found = until(&hearts, true).await;
        assert_eq!((found.len(), &*found[0].thread, found[0].doing), (1, "shard 1", Some(doing)));
        drop(go_on);
        until(&hearts, false).await;
        shard.stop();
    }
}
