//! One turn: all that gathered, in one transaction of the store.

use super::common::Common;
use crate::kernel::chance;
use crate::kernel::ticket::Tickets;
use crate::kernel::ticket::all_done;
use crate::ports::{Added, Anchor, Ending, Hold, JobAnswer, JobBatch, JobEnd, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// First and longest wait between tries while the store is away.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Jobs that are added together, and who waits for them.
pub(super) struct Adding {
    pub(super) count: usize,
    pub(super) tickets: Tickets,
    pub(super) reply: Option<oneshot::Sender<Vec<Added>>>,
}

/// A turn on its way.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) batch: JobBatch,
    pub(super) adding: Vec<Adding>,
    pub(super) cancels: Vec<oneshot::Sender<bool>>,
    /// Of users whose tellings are over: they may move once the store knows, however the turn ends.
    pub(super) anchors: Vec<Anchor>,
}

/// What a turn came to.
pub(super) struct Done {
    /// What was asked.
    pub(super) batch: JobBatch,
    pub(super) answer: JobAnswer,
    /// Lanes to which something was added.
    pub(super) lanes: Vec<&'static str>,
    /// It was tried more than once: what its first try claimed is not known.
    pub(super) is_doubtful: bool,
    /// Ends that the store will not take in any form.
    pub(super) unkept: Vec<Hold>,
    /// When the store was asked: leases count from then at least.
    pub(super) asked: Instant,
}

impl Turn {
    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        let JobBatch { delivered, sent, ends, cancels, beats, adds, tidy, rules: _, claims, tell, look } =
            &self.batch;
        delivered.is_empty()
            && sent.is_empty()
            && ends.is_empty()
            && cancels.is_empty()
            && beats.is_empty()
            && adds.is_empty()
            && tidy.is_none()
            && claims.is_empty()
            && tell.is_empty()
            && look.is_none()
    }

    /// Carries it out, for as long as it takes. Who waits for it is told.
    pub(super) async fn carry_out(self, common: &Common) -> Done {
        let Turn { batch, adding, cancels, anchors } = self;
        common.meters.turns.add(1);
        let mut lanes: Vec<&'static str> = batch.adds.iter().map(|job| job.lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let mut tried = Tried { common, asked: Instant::now(), is_doubtful: false, unkept: Vec::new() };
        let (batch, answer, refused) = match tried.once(batch).await {
            Ok((batch, answer)) => (batch, answer, Vec::new()),
            Err((batch, cause)) => tried.in_parts(batch, cause, &adding).await,
        };
        let mut added = answer.adds.iter().copied();
        for (place, Adding { count, tickets, reply }) in adding.into_iter().enumerate() {
            // What was refused goes with its tickets and its reply.
            if refused.contains(&place) {
                continue;
            }
            let own: Vec<Added> = added.by_ref().take(count).collect();
            common.meters.added.add(own.iter().filter(|a| **a == Added::New).count() as u64);
            common.meters.repeated.add(own.iter().filter(|a| **a == Added::Before).count() as u64);
            all_done(tickets);
            let _ = reply.map(|reply| reply.send(own));
        }
        for (reply, was) in cancels.into_iter().zip(&answer.cancels) {
            let _ = reply.send(*was);
        }
        drop(anchors);
        let Tried { asked, is_doubtful, unkept, .. } = tried;
        Done { batch, answer, lanes, is_doubtful, unkept, asked }
    }
}

/// What is learnt while a turn is tried.
struct Tried<'a> {
    common: &'a Common,
    asked: Instant,
    is_doubtful: bool,
    unkept: Vec<Hold>,
}

impl Tried<'_> {
    /// Until the store answers. What it refuses comes back with the reason.
    async fn once(&mut self, batch: JobBatch) -> Result<(JobBatch, JobAnswer), (JobBatch, String)> {
        let mut batch = Arc::new(batch);
        let mut wait = BACKOFF.0;
        loop {
            self.asked = Instant::now();
            let cause = match self.common.setup.store.carry_out(batch.clone()).await {
                Ok(answer) => return Ok((Arc::unwrap_or_clone(batch), answer)),
                Err(StoreError::Refused(cause)) => return Err((Arc::unwrap_or_clone(batch), cause)),
                Err(StoreError::Unavailable(cause)) => cause,
            };
            self.common.meters.retries.add(1);
            tracing::debug!(%cause, retry_in = ?wait, "the store is away: jobs wait");
            tokio::time::sleep(wait.mul_f64(0.5 + chance::share() / 2.0)).await;
            wait = (wait * 2).min(BACKOFF.1);
            // If the commit happened and its answer was lost, these were claimed, and are given
            // again at the next look.
            if !batch.claims.is_empty() {
                self.is_doubtful = true;
                let mut without = Arc::unwrap_or_clone(batch);
                without.claims.clear();
                batch = Arc::new(without);
            }
        }
    }

    /// Something of it is at fault: each end and each addition by itself, then the rest. Also which
    /// additions were refused.
    async fn in_parts(
        &mut self,
        mut batch: JobBatch,
        cause: String,
        adding: &[Adding],
    ) -> (JobBatch, JobAnswer, Vec<usize>) {
        tracing::warn!(%cause, "the store refused a batch of jobs; it gets it in parts");
        let (ends, mut adds) = (std::mem::take(&mut batch.ends), std::mem::take(&mut batch.adds));
        let (mut counts, mut added, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for end in &ends {
            counts.push(self.end(end.clone()).await);
        }
        for (place, group) in adding.iter().enumerate() {
            let rest = adds.split_off(group.count.min(adds.len()));
            let alone = JobBatch { adds: std::mem::replace(&mut adds, rest), ..JobBatch::default() };
            match self.once(alone).await {
                Ok((_, answer)) => added.extend(answer.adds),
                Err((_, cause)) => {
                    tracing::error!(%cause, "the store refused jobs");
                    refused.push(place);
                }
            }
        }
        let (mut batch, mut answer) = match self.once(batch).await {
            Ok(done) => done,
            Err((_, cause)) => {
                tracing::error!(%cause, "the store refused what was to be done about jobs");
                Default::default()
            }
        };
        (answer.ends, answer.adds, batch.ends) = (counts, added, ends);
        (batch, answer, refused)
    }

    /// An end by itself; if it cannot be kept, that it cannot.
    async fn end(&mut self, end: JobEnd) -> bool {
        let hold = end.hold;
        let instead = match &end.how {
            Ending::Completed(_, keeping) | Ending::Failed(_, keeping) => {
                let how = Ending::Failed("the result could not be kept".into(), *keeping);
                Some(JobEnd { how, ..end.clone() })
            }
            Ending::Again(..) => None,
        };
        for end in [Some(end), instead].into_iter().flatten() {
            let alone = JobBatch { ends: vec![end], ..JobBatch::default() };
            match self.once(alone).await {
                Ok((_, answer)) => return answer.ends.first().copied().unwrap_or(false),
                Err((_, cause)) => tracing::error!(%cause, job = hold.job.0, "the store refused a job's end"),
            }
        }
        self.unkept.push(hold);
        false
    }
}
