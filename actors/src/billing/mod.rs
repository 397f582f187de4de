//! Billing: what the provider tells of money goes into the books, and what was missed is looked
//! for.
//!
//! Payments come here and not to sessions: who is banned, floods, or is turned away because too
//! many wait has paid all the same. An update is done when it is in the books and what it brings
//! has been said; a crash in between brings it back, and it is settled once (I8).

mod messages;
#[cfg(test)]
mod tests;

pub use messages::Settle;

use crate::capabilities::{BILLING_TELL, Settled};
use crate::env::Env;
use crate::persistence::{Keep, Persistence};
use crate::ports::{StoreError, Write};
use crate::{service, shard, tell};
use actix::{Actor, AsyncContext, Context, Handler};
use nameless_domain::capabilities::Event as CapabilityEvent;
use nameless_domain::capabilities::premium;
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;
use smallvec::smallvec;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Payments settled at one time; the others wait. They are bounded as updates under way.
const AT_ONCE: usize = 4;
/// How soon a store that is away is asked again: at first, and at most.
const AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// How often the provider's list is gone through.
const RECONCILE_EVERY: Duration = Duration::from_secs(3_600);
/// How soon after the start, and again after it failed.
const RECONCILE_SOON: Duration = Duration::from_secs(60);

/// Keeps the books.
pub struct Billing {
    env: Arc<Env>,
    room: Arc<Semaphore>,
}

impl Billing {
    /// One that has settled nothing yet.
    pub fn new(env: Arc<Env>) -> Billing {
        Billing { env, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    fn reconcile(&self, ctx: &mut Context<Self>) {
        let env = self.env.clone();
        let done = async move {
            // Another process may act in our place.
            if !env.may_act() {
                return false;
            }
            match env.capabilities.billing.reconcile().await {
                Ok(missed) => {
                    if missed > 0 {
                        env.meters.billing_missed.add(missed);
                        wake(&env);
                        tracing::warn!(
                            missed,
                            "payments or refunds that no update told of are in the books now"
                        );
                    }
                    true
                }
                Err(cause) => {
                    tracing::warn!(%cause, "the list of payments could not be gone through");
                    false
                }
            }
        };
        let done = actix::fut::wrap_future::<_, Self>(done);
        ctx.spawn(actix::ActorFutureExt::map(done, |done, _, ctx| {
            let wait = if done { RECONCILE_EVERY } else { RECONCILE_SOON };
            ctx.run_later(wait, |actor, ctx| actor.reconcile(ctx));
        }));
    }
}

service!(
    Billing,
    "billing",
    One,
    when full: "payments wait in the journal; none is turned away",
    |env, _| Billing::new(env)
);

impl Actor for Billing {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.reconcile(ctx);
    }
}

/// Has the jobs tell what others are to hear, without waiting for their next look.
fn wake(env: &Env) {
    if let Some(jobs) = &env.jobs {
        jobs.wake(BILLING_TELL);
    }
}

impl Handler<Settle> for Billing {
    type Result = ();
    fn handle(&mut self, message: Settle, _: &mut Self::Context) {
        let (env, room) = (self.env.clone(), self.room.clone());
        actix_rt::spawn(async move {
            // Nobody closes it.
            let Ok(_place) = room.acquire_owned().await else { return };
            settle(&env, message).await;
        });
    }
}

async fn settle(env: &Arc<Env>, Settle { user, act, ticket }: Settle) {
    let mut wait = AGAIN[0];
    let settled = loop {
        match env.capabilities.billing.settle(user, act.clone(), ticket.update_id()).await {
            Ok(settled) => break settled,
            Err(StoreError::Unavailable(_)) => {
                env.meters.store_retries.add(1);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(AGAIN[1]);
            }
            Err(StoreError::Refused(cause)) => {
                // It is not lost: an operator has it, and the provider's list.
                tracing::error!(cause, "the store refuses a payment; it is kept as a dead letter");
                env.meters.dead_letters.add(1);
                let write = Write::DeadLetter {
                    seq: ticket.seq(),
                    update_id: ticket.update_id(),
                    user,
                    at: env.clock.now(),
                    error: "the store refuses a payment".into(),
                    raw: ticket.raw().clone(),
                };
                let keep = Keep::one(write, smallvec![ticket]);
                tell!(env.directory.one::<Persistence>(), keep);
                return;
            }
        }
    };
    env.meters.billing_settled.add(1);
    let Settled { told, entitled, wakes, .. } = settled;
    if wakes {
        wake(env);
    }
    for whose in entitled {
        tell_entitled(env, whose);
    }
    match told {
        Some(event) => {
            let event = Event::Capability(CapabilityEvent::Billing(event));
            shard::to_session_with(env, user, event, smallvec![ticket]);
        }
        None => ticket.done(),
    }
}

/// A session hears at once that what its user has is another, on whichever node.
pub(crate) fn tell_entitled(env: &Env, user: UserId) {
    shard::to_session(env, user, Event::Capability(CapabilityEvent::Premium(premium::Event::Changed)));
}
