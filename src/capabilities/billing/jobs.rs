//! Work that speaks with Telegram, or tells people of what others have caused.

use super::port::Port;
use super::stars::{self, Called};
use super::store::{
    CANCEL, CARD, Canceling, LOOK, Look, Opening, REFUND, RENEW, Refunding, Renewing, TELL, Telling, heard,
};
use super::yookassa::{Said, Yookassa};
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Event, Kopecks, Price};
use nameless_domain::capabilities::{self, premium};
use nameless_domain::text::{Lang, Msg};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// When a payment is looked at for the first time, if nobody tells of it before.
const LOOK_AFTER: Duration = Duration::from_secs(20);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

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
    let looks = JobLane {
        owed: false,
        at_once: 8,
        back_off: (Duration::from_secs(2), Duration::from_secs(600)),
        limit: Duration::from_secs(60),
        ..lane(LOOK)
    };
    let opens = JobLane { back_off: (Duration::from_secs(1), Duration::from_secs(60)), ..lane(CARD) };
    let renews = JobLane { owed: false, ..lane(RENEW) };
    vec![lane(TELL), lane(CANCEL), JobLane { owed: false, ..lane(REFUND) }, opens, looks, renews]
}

/// What the end of a job means for its user's session.
pub fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    match (&*finished.lane, &finished.outcome) {
        (TELL | CANCEL | CARD, Ok(result)) => heard(result),
        (CARD, Err(_)) => Some(capabilities::Event::Billing(Event::NotNow)),
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

/// What nobody knows is asked again.
fn said<T>(said: Said<T>) -> Result<T, Failure> {
    match said {
        Said::So(it) => Ok(it),
        Said::Not(why) => Err(Failure::Final(why)),
        Said::Unknown(why, None) => Err(Failure::Again(why)),
        Said::Unknown(why, Some(after)) => Err(Failure::After(why, after)),
    }
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

    fn cards(&self) -> Result<&Yookassa, Failure> {
        // Somebody may switch it on again.
        self.port.cards.as_deref().ok_or_else(|| Failure::Again("payments by card are off".into()))
    }

    /// Has the page made on which an order is paid: what is sent again bears the order's name, so
    /// it is one payment.
    async fn card(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let Opening { order, price, about, saves } = given(&job.payload)?;
        let payment = said(self.cards()?.client.create(&order, price, &about, saves).await)?;
        let look = Look::Payment(payment.id.clone());
        self.port.store.look_at(look, "made", LOOK_AFTER).await.map_err(away)?;
        let url = payment.url().ok_or_else(|| Failure::Final("there is no page to pay on".into()))?;
        says(&capabilities::Event::Billing(Event::Card { url: url.to_owned(), price }))
    }

    async fn look(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let found = said(self.cards()?.look(&given::<Look>(&job.payload)?).await)?;
        self.port.take(found).await.map_err(away)?;
        Ok(Vec::new())
    }

    /// Charges a card again, if nobody has switched that off meanwhile.
    async fn renew(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let renewing: Renewing = given(&job.payload)?;
        if !self.port.store.still_renews(&renewing).await.map_err(away)? {
            return Ok(Vec::new());
        }
        let key = hex(&Sha256::digest(job.key.as_bytes()));
        match said(self.cards()?.renew(&key, &renewing).await)? {
            Ok(found) => self.port.take(found).await.map(drop).map_err(away)?,
            // Money may be there tomorrow.
            Err(false) if !renewing.last => {}
            Err(_) => self.port.store.card_renewal_failed(renewing.order).await.map_err(away)?,
        }
        Ok(Vec::new())
    }

    async fn refund_card(&self, job: &Job, refunding: Refunding) -> Result<Vec<u8>, Failure> {
        let wrong = || Failure::Final("a sum that is none".into());
        let price = Kopecks::new(refunding.amount).ok_or_else(wrong)?;
        let about = self.port.texts.plain(Lang::Ru, &Msg::new("billing-refund-about"));
        let key = hex(&Sha256::digest(job.key.as_bytes()));
        let refund = said(self.cards()?.client.refund(&key, &refunding.charge, price, &about).await)?;
        if let Some(amount) = refund.declined() {
            let store = &self.port.store;
            store.refund_declined(refunding.charge, refund.id, amount).await.map_err(away)?;
            return Err(Failure::Final("YooKassa has declined it".into()));
        }
        match refund.returned() {
            Some(back) if back.price == price => {
                let settled = self.port.store.refunded(refunding, back.id).await.map_err(away)?;
                self.port.forget(&settled.entitled).await;
            }
            // It goes back later, or not at all: that is asked.
            _ => {
                self.port.store.look_at_refund(&job.key, refund.id, LOOK_AFTER).await.map_err(away)?;
            }
        }
        Ok(Vec::new())
    }

    async fn refund(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        let refunding: Refunding = given(&job.payload)?;
        if let Some(Price::Kopecks(_)) = Price::of(&refunding.currency, refunding.amount) {
            return self.refund_card(job, refunding).await;
        }
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
        let charge = refunding.charge.clone();
        let settled = self.port.store.refunded(refunding, charge).await.map_err(away)?;
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
                CARD => clerk.card(&job).await,
                LOOK => clerk.look(&job).await,
                RENEW => clerk.renew(&job).await,
                _ => clerk.refund(&job).await,
            }
        })
    }
}
