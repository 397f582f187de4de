//! How a reminder leaves: claimed in the store, said in the bulk lane behind everything else, and
//! marked with what came of it.
//!
//! A claim counts from the moment at which it is made. So what a crash leaves is said again where
//! the week has room for the one that may have left, and not at all where it has none: whatever
//! dies, nobody gets more than their number.

use crate::capabilities::{Cause, Claimed, Fate, REMIND, REMIND_ROUND, RemindersPort};
use crate::env::Env;
use crate::jobs::{Failure, Holding, Job, JobLane, Worker};
use crate::kernel::ticket::{Tickets, all_done};
use crate::outbox::{Enqueue, Landing, Listener, Origin, Outbox};
use crate::ports::{PortFuture, SendError, StoreError};
use crate::tell;
use nameless_domain::capabilities::reminders::Kind;
use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Key, Outgoing};
use nameless_domain::text::{Button, Lang};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::oneshot;

/// How often one that waits in the outbox, or for the store, shows that it goes on.
const BEAT: Duration = Duration::from_secs(10);
/// How long the store is waited for before what landed is marked again.
const MARK_AGAIN: Duration = Duration::from_secs(1);

/// Carries reminders.
#[derive(Default)]
pub struct Carrier {
    env: OnceLock<Weak<Env>>,
}

impl Carrier {
    /// For an engine that is yet to be started, see [`Carrier::bind`].
    pub fn new() -> Arc<Carrier> {
        Arc::default()
    }

    /// The engine runs.
    pub fn bind(&self, env: &Arc<Env>) {
        let _ = self.env.set(Arc::downgrade(env));
    }

    /// The lanes of its jobs.
    pub fn lanes(self: &Arc<Carrier>) -> Vec<JobLane> {
        vec![
            JobLane {
                at_once: 8,
                attempts: 1_000,
                owed: false,
                yields: true,
                ..JobLane::new(REMIND, Arc::new(Saying(self.clone())))
            },
            JobLane {
                at_once: 1,
                attempts: 20,
                owed: false,
                ..JobLane::new(REMIND_ROUND, Arc::new(Looking(self.clone())))
            },
        ]
    }

    fn env(&self) -> Result<Arc<Env>, Failure> {
        let env = self.env.get().and_then(Weak::upgrade);
        env.ok_or_else(|| Failure::Again("there is no engine yet".into()))
    }
}

fn away(cause: StoreError) -> Failure {
    Failure::Again(cause.to_string())
}

/// The carrier as who looks for people.
struct Looking(Arc<Carrier>);

impl Worker for Looking {
    fn carry_out(&self, _: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let carrier = self.0.clone();
        Box::pin(async move {
            let env = carrier.env()?;
            let port = env.capabilities.reminders.clone();
            if port.every().is_some()
                && port.round().await.map_err(away)? > 0
                && let Some(jobs) = &env.jobs
            {
                jobs.wake(REMIND);
            }
            Ok(Vec::new())
        })
    }
}

/// The carrier as who says them.
struct Saying(Arc<Carrier>);

impl Worker for Saying {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let carrier = self.0.clone();
        Box::pin(async move {
            let cause: Cause = serde_json::from_slice(&job.payload)
                .map_err(|_| Failure::Final("it cannot be read".into()))?;
            let Some(user) = job.user else { return Err(Failure::Final("it is nobody's".into())) };
            let env = carrier.env()?;
            let port = env.capabilities.reminders.clone();
            // What dating left here while nobody is reminded, or before it was switched off, is
            // nothing.
            if port.every().is_none() || cause.kind == Kind::Match && !env.rules.dating {
                return Ok(Vec::new());
            }
            if holding.is_closing() {
                return Err(Failure::After("the process ends".into(), Duration::ZERO));
            }
            let (at, time) = match port.claim(user, cause).await.map_err(away)? {
                Claimed::Say { bot, lang, time } => ((user.at(bot), lang), time),
                Claimed::Later(wait) => return Err(Failure::After("it is not the time".into(), wait)),
                Claimed::Nothing => return Ok(Vec::new()),
            };
            let fate = match holding.is_held() {
                true => said(&env, at, cause.kind, &holding).await,
                false => Fate::Unsent,
            };
            mark(&*port, (user, cause, time), fate, &holding).await;
            match fate {
                Fate::Unsent => Err(Failure::Again("it was taken back before it left".into())),
                _ => Ok(Vec::new()),
            }
        })
    }
}

/// Says it, and waits for what comes of that.
async fn said(env: &Arc<Env>, (chat, lang): (ChatId, Lang), kind: Kind, holding: &Holding) -> Fate {
    let (tell, mut heard) = oneshot::channel();
    let listener = Listener::own(move |_, Landing { result, tickets, .. }| {
        // Whoever waited may be gone with their hold: then it stays counted.
        let _ = tell.send(match result {
            Ok(_) => Fate::Sent,
            Err(SendError::Gone) => Fate::Gone,
            Err(SendError::Away(_)) => Fate::Unsent,
            Err(_) => Fate::Failed,
        });
        all_done(tickets);
    });
    let (screen, texts) = (kind.screen(), &env.texts);
    let key = |button: &Button| Key { label: texts.label(lang, button), action: button.action.clone() };
    let keyboard = screen.keyboard.iter().map(|row| row.iter().map(key).collect()).collect();
    let call = Call::Say { html: texts.html(lang, &screen.text), keyboard };
    let out = Outgoing { chat, call };
    let message = Enqueue { out, lane: Lane::Bulk, origin: Origin::Heard(listener), tickets: Tickets::new() };
    tell!(env.directory.one::<Outbox>(), message);
    loop {
        tokio::select! {
            // Unheard, it was taken out before it left.
            fate = &mut heard => return fate.unwrap_or(Fate::Unsent),
            () = tokio::time::sleep(BEAT) => holding.progress(),
        }
    }
}

/// Marks it, for as long as it takes: said once more it would be one too many.
async fn mark(
    port: &dyn RemindersPort,
    (user, cause, time): (UserId, Cause, i16),
    fate: Fate,
    holding: &Holding,
) {
    while let Err(why) = port.landed(user, (cause, time), fate).await {
        tracing::debug!(%why, "what came of a reminder could not be kept yet");
        holding.progress();
        if holding.is_closing() {
            return;
        }
        tokio::time::sleep(MARK_AGAIN).await;
    }
}
