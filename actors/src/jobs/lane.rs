//! A lane: one kind of jobs, how it is carried out, and by whom.

use crate::kernel::chance;
use crate::kernel::lock;
use crate::ports::{Hold, Keeping, LaneRule, PortFuture};
use nameless_domain::ids::UserId;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What the table's column holds.
const MOST_ATTEMPTS: u16 = 30_000;

/// What is declared of a kind of jobs, once.
#[derive(Clone)]
pub struct JobLane {
    /// Its name in the table; never reused for something else.
    pub name: &'static str,
    /// The bulkhead: so many are carried out at once on this node, whatever waits.
    pub at_once: usize,
    /// A holder that is not heard of for so long has lost its job. It is heard of three times
    /// within it.
    pub lease: Duration,
    /// An attempt may go on for so long without showing progress ([`Holding::progress`]).
    pub limit: Duration,
    /// Attempts at one job in all, those that ended with their process included.
    pub attempts: u16,
    /// The first and the longest wait before a job is tried again. It doubles between, with jitter.
    pub back_off: (Duration, Duration),
    /// How long an end is kept: for that time its key adds nothing new, and it is told if it is
    /// owed.
    pub ttl: Duration,
    /// Whether ends are owed to the job's user, see [`super::Results`].
    pub owed: bool,
    /// Whether its workers stop by themselves when the process ends ([`Holding::closing`]): a drain
    /// waits for them.
    pub yields: bool,
    /// Carries the jobs out.
    pub worker: Arc<dyn Worker>,
}

impl JobLane {
    /// A lane of four at once, with three attempts of five minutes at most, whose ends are owed and
    /// kept for a day.
    pub fn new(name: &'static str, worker: Arc<dyn Worker>) -> JobLane {
        JobLane {
            name,
            at_once: 4,
            lease: Duration::from_secs(30),
            limit: Duration::from_secs(300),
            attempts: 3,
            back_off: (Duration::from_secs(1), Duration::from_secs(60)),
            ttl: Duration::from_secs(86_400),
            owed: true,
            yields: false,
            worker,
        }
    }

    /// What is kept of an ended job.
    pub(super) fn keeping(&self) -> Keeping {
        Keeping { owed: self.owed, ttl: self.ttl }
    }

    /// What the store needs to know of it.
    pub(super) fn rule(&self) -> LaneRule {
        LaneRule { lane: self.name, attempts: self.attempts.clamp(1, MOST_ATTEMPTS), keeping: self.keeping() }
    }

    /// The wait after an attempt in vain: between half and all of the back-off.
    pub(super) fn wait_after(&self, attempt: u16) -> Duration {
        let doubled = 2u32.saturating_pow(u32::from(attempt.saturating_sub(1)).min(20));
        let wait = self.back_off.0.saturating_mul(doubled).min(self.back_off.1);
        wait.mul_f64(0.5 + chance::share() / 2.0)
    }
}

/// A job as its worker sees it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its cause. With the attempt it makes a key for what is bought outside: the same key at each
    /// attempt, so that what was bought once is found again.
    pub key: Arc<str>,
    /// Whose it is.
    pub user: Option<UserId>,
    /// What was given.
    pub payload: Arc<[u8]>,
}

/// Why there is no result. The reason is kept and logged: ids and numbers, never a user's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Trying again does not help.
    #[error("{0}")]
    Final(String),
    /// It may help, after the lane's back-off.
    #[error("{0}")]
    Again(String),
    /// It may help, not before that is over: somebody said so.
    #[error("{0}; to be tried again in {1:?}")]
    After(String, Duration),
}

/// Carries out the jobs of a lane. It shares a thread with others: what blocks belongs elsewhere.
pub trait Worker: Send + Sync {
    /// One attempt at a job. The future is dropped where the hold is lost, or where it goes on
    /// beyond the lane's limit; one that wants to be asked first looks at `holding`. A panic counts
    /// as [`Failure::Again`].
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>>;
}

/// The hold of a running attempt. Heartbeats are sent for it as long as it shows progress.
#[derive(Clone)]
pub struct Holding {
    pub(super) hold: Hold,
    shared: Arc<Shared>,
}

struct Shared {
    /// True once the hold is lost or the job cancelled.
    lost: watch::Sender<bool>,
    progress: Mutex<Instant>,
    held_until: Mutex<Instant>,
    /// True once the process ends.
    closing: watch::Receiver<bool>,
}

impl Holding {
    pub(super) fn new(hold: Hold, held_until: Instant, closing: watch::Receiver<bool>) -> Holding {
        let shared = Shared {
            lost: watch::Sender::new(false),
            progress: Mutex::new(Instant::now()),
            held_until: Mutex::new(held_until),
            closing,
        };
        Holding { hold, shared: Arc::new(shared) }
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u16 {
        self.hold.attempt
    }

    /// The attempt comes along: it may go on for the lane's limit from now.
    pub fn progress(&self) {
        *lock(&self.shared.progress) = Instant::now();
    }

    /// Whether what is done now still counts, as far as this node knows. To be asked before each
    /// act outside: a process that was held up may have lost its job to another.
    pub fn is_held(&self) -> bool {
        !*self.shared.lost.borrow() && Instant::now() < *lock(&self.shared.held_until)
    }

    /// Waits until the hold is lost: the job was cancelled, its user erased, or another node has
    /// it.
    pub async fn lost(&self) {
        // The sender lives as long as this.
        let _ = self.shared.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// Whether the process ends: what is not begun yet is better begun elsewhere.
    pub fn is_closing(&self) -> bool {
        *self.shared.closing.borrow()
    }

    /// Waits until the process ends.
    pub async fn closing(&self) {
        if self.shared.closing.clone().wait_for(|closing| *closing).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn lose(&self) {
        self.shared.lost.send_replace(true);
    }

    pub(super) fn held_until(&self, until: Instant) {
        *lock(&self.shared.held_until) = until;
    }

    pub(super) fn last_progress(&self) -> Instant {
        *lock(&self.shared.progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;
    impl Worker for Nobody {
        fn carry_out(&self, _: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn the_wait_doubles_up_to_its_bound_with_jitter() {
        let back_off = (Duration::from_secs(1), Duration::from_secs(10));
        let lane = JobLane { back_off, ..JobLane::new("test", Arc::new(Nobody)) };
        for (attempt, longest) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (60_000, 10)] {
            let longest = Duration::from_secs(longest);
            let waits: Vec<Duration> = (0..50).map(|_| lane.wait_after(attempt)).collect();
            assert!(waits.iter().all(|w| *w >= longest / 2 && *w <= longest), "{attempt}: {waits:?}");
            assert!(waits.iter().any(|w| *w != waits[0]));
        }
    }
}
