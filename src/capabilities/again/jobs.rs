//! Jobs that tell people what others have asked and answered, and that the day is over.

use super::store::Telling;
use crate::store::PgStore;
use nameless_actors::capabilities::AGAIN_TELL;
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::PortFuture;
use nameless_domain::capabilities::{self, again};
use std::sync::Arc;
use std::time::Duration;

/// Finds out what there is to tell.
struct Teller(PgStore);

/// The lane.
pub(super) fn lane(store: &PgStore) -> JobLane {
    JobLane {
        attempts: 1_000,
        back_off: (Duration::from_secs(1), Duration::from_secs(600)),
        limit: Duration::from_secs(30),
        ..JobLane::new(AGAIN_TELL, Arc::new(Teller(store.clone())))
    }
}

/// What the end of a job means for its user's session.
pub fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    match (&*finished.lane, &finished.outcome) {
        (AGAIN_TELL, Ok(result)) => {
            let event: again::Event = serde_json::from_slice(result).ok()?;
            Some(capabilities::Event::Again(event))
        }
        _ => None,
    }
}

impl Worker for Teller {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let store = self.0.clone();
        Box::pin(async move {
            let telling: Telling = serde_json::from_slice(&job.payload)
                .map_err(|_| Failure::Final("it cannot be read".into()))?;
            let Some(user) = job.user else { return Err(Failure::Final("it is nobody's".into())) };
            match store.again_said(user, telling).await {
                Ok(Some(event)) => {
                    serde_json::to_vec(&event).map_err(|_| Failure::Final("it cannot be written".into()))
                }
                // Over by now: nothing is said.
                Ok(None) => Ok(Vec::new()),
                Err(cause) => Err(Failure::Again(cause.to_string())),
            }
        })
    }
}
