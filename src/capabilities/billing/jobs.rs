//! Work that speaks with Telegram, or tells people of what others have caused.

use super::port::Port;
use super::stars::{self, Called};
use super::store::{CANCEL, Canceling, REFUND, Refunding, TELL, Telling, heard};
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::Event;
use nameless_domain::capabilities::{self, premium};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// Carries out the jobs of billing.
struct Clerk {
    port: Port,
    lane: &'static str,
}

/// The lanes of billing.
pub(super) fn lanes(port: &Port) -> Vec<JobLane> {
    let lane = |name| {
        let clerk = Clerk { port: port.clone(), lane: name };
        JobLane {
            attempts: 1_000,
            back_off: (Duration::from_secs(1), Duration::from_secs(600)),
            limit: Duration::from_secs(30),
            ..JobLane::new(name, Arc::new(clerk))
        }
    };
    vec![lane(TELL), lane(CANCEL), JobLane { owed: false, ..lane(REFUND) }]
}

/// What the end of a job means for its user's session.
pub fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    match (&*finished.lane, &finished.outcome) {
        (TELL | CANCEL, Ok(result)) => heard(result),
        (CANCEL, Err(_)) => Some(capabilities::Event::Billing(Event::NotCanceled)),
        _ => None,
    }
}

fn given<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(payload).map_err(|_| Failure::Final("it cannot be read".into()))
}

fn away(cause: StoreError) -> Failure {
    Failure::Again(cause.to_string())
}

fn says(event: &capabilities::Event) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(event).map_err(|_| Failure::Final("it cannot be written".into()))
}

impl Clerk {
    async fn tell(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        match (given::<Telling>(&job.payload)?, job.user) {
            (Telling::Billing(event), _) => says(&capabilities::Event::Billing(event)),
            (Telling::Entitled, Some(user)) => {
                self.port.forget(&[user]).await;
                says(&capabilities::Event::Premium(premium::Event::Changed))
            }
            (Telling::Entitled, None) => Err(Failure::Final("it is nobody's".into())),
        }
    }

    async fn cancel(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let Canceling { user, order, charge } = given(&job.payload)?;
        match stars::cancel(&self.port.client, user, &charge).await {
            Called::Done => {
                let until = self.port.store.subscription_canceled(order).await.map_err(away)?;
                let until = until.ok_or_else(|| Failure::Final("there is no such subscription".into()))?;
                says(&capabilities::Event::Billing(Event::Canceled { until }))
            }
            Called::Refused(why) => Err(Failure::Final(why)),
            Called::Again(why) => Err(Failure::Again(why)),
        }
    }

    async fn refund(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let refunding: Refunding = given(&job.payload)?;
        match stars::refund(&self.port.client, refunding.user, &refunding.charge).await {
            Called::Done => {}
            Called::Refused(why) => return Err(Failure::Final(why)),
            Called::Again(why) => return Err(Failure::Again(why)),
        }
        // Whether a refund ends the subscription as well is nowhere said: so both.
        if let Some(first) = self.port.store.renews(refunding.charge.clone()).await.map_err(away)?
            && let Called::Again(why) = stars::cancel(&self.port.client, refunding.user, &first).await
        {
            return Err(Failure::Again(why));
        }
        let settled = self.port.store.refunded(refunding).await.map_err(away)?;
        self.port.forget(&settled.entitled).await;
        Ok(Vec::new())
    }
}

impl Worker for Clerk {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let clerk = Clerk { port: self.port.clone(), lane: self.lane };
        Box::pin(async move {
            match clerk.lane {
                TELL => clerk.tell(&job).await,
                CANCEL => clerk.cancel(&job).await,
                _ => clerk.refund(&job).await,
            }
        })
    }
}
