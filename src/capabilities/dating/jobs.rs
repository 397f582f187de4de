//! Jobs that tell people of matches.

use super::store::{Bundle, Said, Telling};
use super::{letter, letter_files};
use crate::capabilities::{Backends, faceguard};
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::capabilities::{DATING_TELL, DatingPort};
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::{PortFuture, SendError, Texts};
use nameless_domain::capabilities::{self, dating};
use nameless_domain::ids::UserId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Finds out what there is to tell.
#[derive(Clone)]
struct Teller {
    store: PgStore,
    client: Arc<Client>,
    texts: Arc<dyn Texts>,
    port: Arc<dyn DatingPort>,
    /// Places for jobs whose pictures are looked at.
    looks: Arc<Semaphore>,
}

/// What a match wrote waits so long for what they wrote before, and for a place to look at it: at
/// first, and at most. Nothing wakes a job that has to wait; as each pause is as long as all before
/// it, it comes late by no longer than it had to wait, and by no longer than the longest.
const SOON: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];
/// Jobs whose pictures are looked at, of the four that are carried out at one time: looking takes
/// seconds, and who has a match is told at once.
const LOOKING: usize = 2;
/// An attempt may take so long, beside a look.
const LIMIT: Duration = Duration::from_secs(30);

/// The lanes of dating.
pub(super) fn lanes(backends: &Backends<'_>, port: &Arc<dyn DatingPort>) -> Vec<JobLane> {
    let teller = Teller {
        store: backends.store.clone(),
        client: backends.client.clone(),
        texts: backends.texts.clone(),
        port: port.clone(),
        looks: Arc::new(Semaphore::new(LOOKING)),
    };
    vec![JobLane {
        // Waiting for a place, or for what came before, takes one in half a minute, for a week.
        attempts: 25_000,
        back_off: (Duration::from_secs(1), Duration::from_secs(600)),
        limit: LIMIT + faceguard::settings::timeout(backends.config),
        ..JobLane::new(DATING_TELL, Arc::new(teller))
    }]
}

/// What the end of a job means for its user's session.
pub fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    if finished.lane != DATING_TELL {
        return None;
    }
    let result = finished.outcome.as_deref().ok();
    said(&finished.payload, result).map(capabilities::Event::Dating)
}

/// The same of what a job was given, and its result; without one it failed for good.
fn said(given: &[u8], result: Option<&[u8]>) -> Option<dating::Event> {
    if let Some(result) = result {
        return serde_json::from_slice(result).ok();
    }
    let telling: Telling = serde_json::from_slice(given).ok()?;
    match telling {
        // Its mark says that it was taken: whoever wrote it is to hear that it does not arrive.
        Telling::Letter { name } => Some(dating::Event::LetterFailed { letter: name }),
        _ => None,
    }
}

/// What a job was given. A newer node beside this one may have given it, and knows how to tell it:
/// it is left to that one, as long as jobs live.
fn read(given: &[u8]) -> Result<Telling, Failure> {
    serde_json::from_slice(given).map_err(|_| Failure::Again("it cannot be read here".into()))
}

/// How long a job of letters waits after this attempt.
fn pause(attempt: u16) -> Duration {
    let doubled = 2u32.saturating_pow(u32::from(attempt.saturating_sub(1)));
    SOON[0].saturating_mul(doubled).min(SOON[1])
}

impl Teller {
    /// Letters as they are told, when their pictures were looked at; none if nothing is left of
    /// them.
    async fn letters(
        &self,
        user: UserId,
        (telling, bundle): (Telling, Bundle),
        holding: &Holding,
    ) -> Result<Option<dating::Event>, Failure> {
        let Teller { store, client, texts, port, looks } = self;
        let mut files = bundle.letters.iter().filter_map(|(_, letter)| letter.file.as_ref());
        if files.clone().next().is_none() {
            return Ok(Some(letter::show(&bundle, &**texts, user)));
        }
        let has_pictures = files.any(|file| file.kind.behind_spoiler());
        if has_pictures && holding.is_closing() {
            return Err(Failure::After("the process ends".into(), Duration::ZERO));
        }
        let place = match has_pictures {
            true => match looks.try_acquire() {
                Ok(place) => Some(place),
                Err(_) => {
                    let wait = pause(holding.attempt());
                    return Err(Failure::After("others' pictures are looked at".into(), wait));
                }
            },
            false => None,
        };
        let Ok(chat) = store.chat_of(client, user).await else {
            return Err(Failure::Again("it is not known where they are".into()));
        };
        let engine = port.engine();
        if place.is_some() && engine.is_none() {
            return Err(Failure::Again("nobody looks at pictures yet".into()));
        }
        let screened = letter_files::screened(bundle, (user, chat.bot()), client, engine.as_ref()).await;
        drop(place);
        let Ok((fit, held_back)) = screened else {
            return Err(Failure::Again("the process ends".into()));
        };
        // Looking took its time: they may not be a match any more.
        match store.dating_said(user, telling).await {
            Ok(Said::Letters(_)) => {}
            Ok(Said::Later) => return Err(Failure::Again("they want nothing now, or are gone".into())),
            Ok(_) => return Ok(None),
            Err(cause) => return Err(Failure::Again(cause.to_string())),
        }
        let letter_files::HeldBack { sender, matched, all } = held_back;
        if !all.is_empty() {
            // An attempt that begins anew keeps the same ones, which are told of once.
            let kept = store.dating_letters_held(sender, (matched, all)).await;
            kept.map_err(|cause| Failure::Again(cause.to_string()))?;
            if let Some(engine) = &engine {
                engine.wake();
            }
        }
        Ok((!fit.letters.is_empty()).then(|| letter::show(&fit, &**texts, user)))
    }
}

impl Worker for Teller {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let teller = self.clone();
        Box::pin(async move {
            let Teller { store, client, .. } = &teller;
            let telling = read(&job.payload)?;
            let Some(user) = job.user else { return Err(Failure::Final("it is nobody's".into())) };
            let event = match store.dating_said(user, telling).await {
                Ok(Said::Event(event)) => event,
                // Over by now: nothing is said.
                Ok(Said::Nothing) => return Ok(Vec::new()),
                Ok(Said::Letters(bundle)) => match teller.letters(user, (telling, bundle), &holding).await? {
                    Some(event) => event,
                    None => return Ok(Vec::new()),
                },
                Ok(Said::Soon) => {
                    let wait = pause(holding.attempt());
                    return Err(Failure::After("what came before is on its way".into(), wait));
                }
                Ok(Said::Later) => return Err(Failure::Again("they want nothing now, or are gone".into())),
                Ok(Said::Contact { other, name }) => {
                    let chats = (store.chat_of(client, user).await, store.chat_of(client, other).await);
                    let (Ok(own), Ok(theirs)) = chats else {
                        return Err(Failure::Again("it is not known where they are".into()));
                    };
                    // Only a bot that they have written to is told.
                    let username = match client.at(theirs.bot()).unwrap_or(client).username(other).await {
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

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::capabilities::dating::bot::Token;

    #[test]
    fn what_waits_is_looked_at_less_and_less_often() {
        let pauses: Vec<u64> = (1..=8).map(|attempt| pause(attempt).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(pause(30_000), SOON[1]);
    }

    /// Guard: `Ended` is an event that a job may hold.
    #[test]
    fn an_end_is_told_as_it_stands() {
        let (partner, blocked) = (UserId(8), true);
        let given = serde_json::to_vec(&Telling::Ended { partner, blocked }).expect("JSON");
        let event = dating::Event::Ended { partner, blocked };
        let held = serde_json::to_vec(&event).expect("JSON");
        assert_eq!(said(&given, Some(held.as_slice())), Some(event));
    }

    /// Guard: the failures in `said`.
    #[test]
    fn a_letter_that_failed_for_good_is_told_of() {
        let given = |telling| serde_json::to_vec(&telling).expect("JSON");
        let letter = given(Telling::Letter { name: Token(7) });
        assert_eq!(said(&letter, None), Some(dating::Event::LetterFailed { letter: Token(7) }));
        assert_eq!(said(&letter, Some(b"\"dry\"")), Some(dating::Event::Dry));
        // What was over is told to nobody; of what is no letter nobody was told that it was taken.
        assert_eq!(said(&letter, Some(b"")), None);
        assert_eq!(said(&given(Telling::Liked), None), None);
    }

    /// While an update rolls through. Guard: `Again` in `read`.
    #[test]
    fn what_a_newer_node_tells_is_left_to_it() {
        assert!(matches!(read(br#""liked""#), Ok(Telling::Liked)));
        let newer = read(br#"{"of_tomorrow":{"letter":7}}"#);
        assert!(matches!(newer, Err(Failure::Again(_))), "{newer:?}");
        // More than this node knows of what it does know is left out.
        let more = br#"{"lost":{"letter":7,"bot":0,"of_tomorrow":1}}"#;
        assert!(matches!(read(more), Ok(Telling::Lost { .. })));
    }
}
