//! Jobs that tell people of matches.

use super::letter;
use super::store::{Said, Telling};
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::capabilities::DATING_TELL;
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::{PortFuture, SendError, Texts};
use nameless_domain::capabilities::{self, dating};
use std::sync::Arc;
use std::time::Duration;

/// Finds out what there is to tell.
struct Teller {
    store: PgStore,
    client: Arc<Client>,
    texts: Arc<dyn Texts>,
}

/// What a match wrote waits so long for what they wrote before.
const SOON: Duration = Duration::from_secs(1);

/// The lanes of dating.
pub(super) fn lanes(store: &PgStore, client: &Arc<Client>, texts: &Arc<dyn Texts>) -> Vec<JobLane> {
    let teller = Teller { store: store.clone(), client: client.clone(), texts: texts.clone() };
    vec![JobLane {
        attempts: 1_000,
        back_off: (Duration::from_secs(1), Duration::from_secs(600)),
        limit: Duration::from_secs(30),
        ..JobLane::new(DATING_TELL, Arc::new(teller))
    }]
}

/// What the end of a job means for its user's session.
pub fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    match (&*finished.lane, &finished.outcome) {
        (DATING_TELL, Ok(result)) => {
            let event: dating::Event = serde_json::from_slice(result).ok()?;
            Some(capabilities::Event::Dating(event))
        }
        _ => None,
    }
}

impl Worker for Teller {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let (store, client, texts) = (self.store.clone(), self.client.clone(), self.texts.clone());
        Box::pin(async move {
            let telling: Telling = serde_json::from_slice(&job.payload)
                .map_err(|_| Failure::Final("it cannot be read".into()))?;
            let Some(user) = job.user else { return Err(Failure::Final("it is nobody's".into())) };
            let event = match store.dating_said(user, telling).await {
                Ok(Said::Event(event)) => event,
                // Over by now: nothing is said.
                Ok(Said::Nothing) => return Ok(Vec::new()),
                Ok(Said::Letters(bundle)) => letter::show(&bundle, &*texts, user),
                Ok(Said::Soon) => {
                    return Err(Failure::After("what came before is on its way".into(), SOON));
                }
                Ok(Said::Later) => return Err(Failure::Again("these are quiet hours".into())),
                Ok(Said::Contact { other, name }) => {
                    let chats = (store.chat_of(&client, user).await, store.chat_of(&client, other).await);
                    let (Ok(own), Ok(theirs)) = chats else {
                        return Err(Failure::Again("it is not known where they are".into()));
                    };
                    // Only a bot that they have written to is told.
                    let username = match client.at(theirs.bot()).unwrap_or(&client).username(other).await {
                        Ok(username) => username,
                        Err(SendError::Gone) => None,
                        // Its text may name them.
                        Err(_) => return Err(Failure::Again("a name could not be read".into())),
                    };
                    // Telegram took its time: one of them may not want it any more.
                    match store.dating_said(user, telling).await {
                        Ok(Said::Contact { other: still, .. }) if still == other => {}
                        Ok(_) => return Ok(Vec::new()),
                        Err(cause) => return Err(Failure::Again(cause.to_string())),
                    }
                    let is_elsewhere = own.bot() != theirs.bot();
                    dating::Event::Contact { name, username, user: other, is_elsewhere }
                }
                Err(cause) => return Err(Failure::Again(cause.to_string())),
            };
            serde_json::to_vec(&event).map_err(|_| Failure::Final("it cannot be written".into()))
        })
    }
}
