//! One attempt under way.

use super::common::Common;
use super::lane::{Failure, Holding, Job, JobLane};
use crate::ports::Hold;
use futures_util::FutureExt;
use nameless_domain::ids::UserId;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How an attempt ended. None: its hold was lost, so it does not matter.
pub(super) type Outcome = Option<Result<Vec<u8>, Failure>>;

/// How long a worker whose hold is lost may take to notice; then its future is dropped.
const GRACE: Duration = Duration::from_secs(5);

/// The largest result that is kept, bytes.
const MAX_RESULT: usize = 8 << 20;

/// An attempt that this node holds: under way, or ended and not yet so in the store.
pub(super) struct Running {
    pub(super) lane: usize,
    pub(super) job: Job,
    pub(super) holding: Holding,
    /// When its last heartbeat was sent.
    pub(super) beat: Instant,
    /// Its end is on its way to the store.
    pub(super) has_ended: bool,
    task: JoinHandle<()>,
}

impl Running {
    /// Begins.
    pub(super) fn begin(
        common: &Arc<Common>,
        (lane, of): (usize, &JobLane),
        job: Job,
        hold: Hold,
        asked: Instant,
    ) -> Running {
        let holding = Holding::new(hold, asked + of.lease, common.closing.subscribe());
        let attempt = carry_out(common.clone(), of.clone(), job.clone(), holding.clone());
        Running { lane, job, holding, beat: asked, has_ended: false, task: actix_rt::spawn(attempt) }
    }

    pub(super) fn user(&self) -> Option<UserId> {
        self.job.user
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry_out(common: Arc<Common>, lane: JobLane, job: Job, holding: Holding) {
    let hold = holding.hold;
    let mut outcome = attempt(&lane, job, &holding).await;
    if let Some(Ok(result)) = &outcome
        && result.len() > MAX_RESULT
    {
        let why = format!("the result has {} bytes, more than may be kept", result.len());
        outcome = Some(Err(Failure::Final(why)));
    }
    if let Some(Err(Failure::Again(why))) = &outcome
        && why == PANIC
    {
        common.meters.panics.add(1);
    }
    common.inbox().ended.push((hold, outcome));
    common.poke();
}

const PANIC: &str = "the worker panicked";

async fn attempt(lane: &JobLane, job: Job, holding: &Holding) -> Outcome {
    // The worker makes its future here, which may panic as well.
    let (worker, own) = (lane.worker.clone(), holding.clone());
    let working = AssertUnwindSafe(async move { worker.carry_out(job, own).await }).catch_unwind();
    tokio::pin!(working);
    let ended = |outcome: std::thread::Result<_>| {
        Some(outcome.unwrap_or_else(|_| Err(Failure::Again(PANIC.to_owned()))))
    };
    loop {
        let limit = holding.last_progress() + lane.limit;
        tokio::select! {
            outcome = &mut working => return ended(outcome),
            () = holding.lost() => {
                let _ = tokio::time::timeout(GRACE, &mut working).await;
                return None;
            }
            () = tokio::time::sleep_until(limit) => {
                if holding.last_progress() + lane.limit <= Instant::now() {
                    return Some(Err(Failure::Again(format!("no progress within {:?}", lane.limit))));
                }
            }
        }
    }
}
