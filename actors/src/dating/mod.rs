//! Dating: what the store needs of the engine, and what is done now and then.
//!
//! The store decides (one row for two people); this tells those whom it concerns, has pictures
//! judged, and learns prices in the background.

#[cfg(test)]
mod tests;

use crate::capabilities::{DATING_TELL, DatingEngine, DatingPort, Glance};
use crate::env::Env;
use crate::faceguard::{Check, FaceGuard, Photo, Reply};
use crate::ports::PortFuture;
use crate::{faceguard, service, shard, tell};
use actix::{Actor, AsyncContext, Context};
use nameless_domain::capabilities::Event as CapabilityEvent;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::faceguard::{Policy, Purpose, Verdict};
use nameless_domain::ids::UserId;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};

/// How often prices are looked at.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// Where prices are old one look follows the other, after so many times what the last one took: a
/// quarter of one connection to the database.
pub const PAUSES: u32 = 3;
/// How often is seen whether photos wait for a look.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The engine, as the store of dating sees it.
pub struct Dating {
    env: Arc<Env>,
    /// One round of looks at a time.
    looks: Arc<Semaphore>,
    /// One round of prices at a time.
    prices: Arc<Semaphore>,
}

impl Dating {
    /// One that has told nobody yet.
    pub fn new(env: Arc<Env>) -> Dating {
        Dating { env, looks: Arc::new(Semaphore::new(1)), prices: Arc::new(Semaphore::new(1)) }
    }

    fn tidy(&self) {
        let (env, prices) = (self.env.clone(), self.prices.clone());
        actix_rt::spawn(async move {
            let Ok(_round) = prices.try_acquire() else { return };
            // Another process may act in our place.
            learn(&*env.capabilities.dating, || env.may_act()).await;
        });
    }
}

/// Looks at prices until it is time for nobody's.
async fn learn(port: &dyn DatingPort, may_act: impl Fn() -> bool) {
    while may_act() {
        let began = Instant::now();
        match port.tidy().await {
            Ok(0) => return,
            Ok(_) => tokio::time::sleep(began.elapsed() * PAUSES).await,
            Err(cause) => {
                tracing::debug!(%cause, "prices of crowding could not be learnt");
                return;
            }
        }
    }
}

impl Dating {
    /// Photos that nobody could look at before, while there is somebody to look.
    fn look_again(&self) {
        let (env, looks) = (self.env.clone(), self.looks.clone());
        actix_rt::spawn(async move {
            let Ok(_round) = looks.try_acquire() else { return };
            if !env.may_act() || env.capabilities.faceguard.policy() == Policy::Off {
                return;
            }
            if let Err(cause) = env.capabilities.dating.look_again().await {
                tracing::debug!(%cause, "photos that wait could not be looked at");
            }
        });
    }
}

service!(
    Dating,
    "dating",
    One,
    when full: "nothing waits for it",
    |env, _| Dating::new(env)
);

impl Actor for Dating {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.env.capabilities.dating.attach(ears(&self.env));
        if self.env.rules.dating {
            ctx.run_interval(TIDY_EVERY, |actor, _| actor.tidy());
            ctx.run_interval(LOOK_EVERY, |actor, _| actor.look_again());
        }
    }
}

/// The engine as who keeps profiles, cards and likes needs it.
pub fn ears(env: &Arc<Env>) -> Arc<dyn DatingEngine> {
    Arc::new(Ears(Arc::downgrade(env)))
}

/// Not the engine itself: that holds the store.
struct Ears(Weak<Env>);

impl DatingEngine for Ears {
    fn wake(&self) {
        if let Some(jobs) = self.0.upgrade().as_ref().and_then(|env| env.jobs.as_ref()) {
            jobs.wake(DATING_TELL);
        }
    }

    fn tell(&self, user: UserId, event: Event) {
        if let Some(env) = self.0.upgrade() {
            shard::to_session(
                &env,
                user,
                nameless_domain::session::Event::Capability(CapabilityEvent::Dating(event)),
            );
        }
    }

    fn vet(&self, file_id: String) -> PortFuture<'static, Verdict> {
        let env = self.0.clone();
        Box::pin(async move {
            match env.upgrade() {
                Some(env) => faceguard::vet(&env, Purpose::MainPhoto, file_id).await,
                None => Verdict::NO_WORKER,
            }
        })
    }

    fn vet_here(&self, picture: Vec<u8>) -> PortFuture<'static, Verdict> {
        let env = self.0.clone();
        Box::pin(async move {
            match env.upgrade() {
                Some(env) => faceguard::vet_here(&env, Purpose::MainPhoto, picture).await,
                None => Verdict::NO_WORKER,
            }
        })
    }

    fn look(&self, photo: Photo) -> PortFuture<'static, Glance> {
        let env = self.0.clone();
        Box::pin(async move {
            // Who has nobody to ask does not know that nobody looks.
            let Some(env) = env.upgrade() else { return Glance::Ending };
            if env.capabilities.faceguard.policy() == Policy::Off {
                return Glance::Off;
            }
            let (say, said) = oneshot::channel();
            let reply = Reply::new(move |verdict| _ = say.send(verdict));
            tell!(env.directory.one::<FaceGuard>(), Check { photo, reply });
            Glance::Seen(said.await.unwrap_or(Verdict::NO_WORKER))
        })
    }
}
