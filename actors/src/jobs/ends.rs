//! How attempts end: what the store is told, and what follows when it has taken it.

use super::Jobs;
use super::lane::Failure;
use super::running::Outcome;
use crate::ports::{Ending, Hold, JobEnd, OwedJob};
use std::sync::Arc;
use std::time::Duration;

impl Jobs {
    /// An attempt is over: its place is free. What the store is told of it.
    pub(super) fn end(&mut self, hold: Hold, outcome: Outcome) -> Option<JobEnd> {
        let running = self.running.get_mut(&hold.job).filter(|running| running.holding.hold == hold)?;
        if !std::mem::replace(&mut running.has_ended, true) {
            let state = &mut self.lanes[running.lane];
            state.running -= 1;
            self.common.rooms.running(state.lane.name, state.running);
            self.common.meters.running.sub(1);
        }
        let Some(outcome) = outcome else {
            self.running.remove(&hold.job);
            return None;
        };
        let lane = &self.lanes[running.lane].lane;
        let mut keeping = lane.keeping();
        // Without a user there is nobody to be told.
        keeping.owed &= running.user().is_some();
        let again = |why: String, wait: Duration| match hold.attempt < lane.attempts {
            true => Ending::Again(plain(&why), wait),
            false => Ending::Failed(plain(&why), keeping),
        };
        let how = match outcome {
            Ok(result) => Ending::Completed(result.into(), keeping),
            Err(Failure::Final(why)) => Ending::Failed(plain(&why), keeping),
            Err(Failure::Again(why)) => again(why, lane.wait_after(hold.attempt)),
            Err(Failure::After(why, wait)) => again(why, wait),
        };
        Some(JobEnd { hold, key: running.job.key.clone(), user: running.user(), how })
    }

    /// An attempt's end is in the store, or does not count.
    pub(super) fn ended(&mut self, end: JobEnd, counts: bool) {
        let running = self.running.remove(&end.hold.job);
        let meters = &self.common.meters;
        if !counts {
            meters.stale.add(1);
            return;
        }
        let Some(running) = running else { return };
        let (outcome, keeping) = match end.how {
            Ending::Again(why, wait) => {
                meters.again.add(1);
                tracing::info!(job = end.hold.job.0, attempt = end.hold.attempt, %why, ?wait, "a job is tried again");
                // To be found as soon as it may begin.
                self.tidy |= wait < self.common.setup.poll;
                return;
            }
            Ending::Completed(result, keeping) => {
                meters.completed.add(1);
                (Ok(result), keeping)
            }
            Ending::Failed(why, keeping) => {
                meters.failed.add(1);
                tracing::warn!(job = end.hold.job.0, attempt = end.hold.attempt, %why, "a job failed");
                (Err(why), keeping)
            }
        };
        if keeping.owed {
            let lane = self.lanes[running.lane].lane.name.to_owned();
            self.tell(OwedJob {
                job: end.hold.job,
                key: end.key,
                lane,
                user: end.user,
                payload: running.job.payload.clone(),
                outcome,
                sent: Vec::new(),
                told: 0,
            });
        }
    }
}

/// A reason as the store takes it: of bounded length, and text.
fn plain(why: &str) -> Arc<str> {
    why.chars().filter(|c| !c.is_control()).take(500).collect::<String>().into()
}
