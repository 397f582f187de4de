//! The worker of pictures: judged before the call and after it, reserved and settled apart from
//! words, kept before it is told.
//!
//! One job for a request: another maker is asked only where the one before has begun nothing. A
//! maker that answers when the picture is done cannot be asked what became of a call whose process
//! ended. ComfyUI can: there a job that is known is waited for, and one that is not is paid anew.

use super::alerting::alert;
use super::desk::Desk;
use super::judging::{Judged, Looked, judge, look};
use super::store::{CallKey, Drawn, Keep, PICTURE, Reserve, Reserved, Sketch, Wanted};
use super::tries::{Try, tries};
use super::under::Under;
use crate::capabilities::points;
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::ports::{PortFuture, StoreError, Texts};
use nameless_backends::port::{Failure as Failed, Picture, PictureRequest, Why};
use nameless_domain::capabilities::companion::{Event, Trouble};
use nameless_domain::companion::money::{Micros, Outcome};
use nameless_domain::companion::safety::Ruling;
use nameless_domain::companion::scene::Scene;
use nameless_domain::ids::UserId;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// Telegram shows that a picture is uploaded for five seconds.
const UPLOADING: Duration = Duration::from_millis(4_500);
/// How long that call may take, and that of the picture itself.
const UPLOADING_WITHIN: Duration = Duration::from_secs(3);
/// How soon what was made is offered to a store again that is away.
pub(super) const KEEP_AGAIN: Duration = Duration::from_millis(500);

/// Makes pictures.
#[derive(Clone)]
pub(super) struct Painter {
    pub desk: Arc<Desk>,
    pub store: PgStore,
    pub client: Arc<Client>,
    pub texts: Arc<dyn Texts>,
}

/// The lane of pictures.
pub(super) fn lane(painter: Painter) -> JobLane {
    JobLane {
        at_once: painter.desk.back_ends.images.iter().map(|image| image.places).sum(),
        attempts: 5,
        limit: Duration::from_secs(300),
        ..JobLane::new(PICTURE, Arc::new(painter))
    }
}

/// What the end of a job means for its user's session.
pub(super) fn event_of(finished: &FinishedJob) -> Option<Event> {
    match &finished.outcome {
        Ok(result) => serde_json::from_slice(result).ok(),
        Err(_) => {
            let wanted: Wanted = serde_json::from_slice(&finished.payload).ok()?;
            Some(Event::PictureGaveUp { picture: wanted.picture })
        }
    }
}

pub(super) fn away(cause: StoreError) -> Failure {
    Failure::Again(cause.to_string())
}

/// The job's name at a maker, the same at each attempt: a UUID that tells nothing.
pub(super) fn name_of(wanted: Wanted, user: UserId) -> String {
    let hash = Sha256::digest(format!("companion:picture:{}:{}", wanted.picture, user.0));
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Version 8, variant 1 (RFC 9562): the bits are our own.
    format!("{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// What came of one call.
enum Tried {
    /// A cap does not hold it: none was made.
    Over,
    Made(Picture, (CallKey, Outcome)),
    /// Not settled yet.
    Failed(CallKey, Failed),
}

impl Painter {
    async fn paint(&self, job: &Job, holding: &Holding) -> Result<Event, Failure> {
        let wanted: Wanted =
            serde_json::from_slice(&job.payload).map_err(|_| Failure::Final("it cannot be read".into()))?;
        let user = job.user.ok_or_else(|| Failure::Final("it is nobody's".into()))?;
        let sketch = match self.store.begin_picture(user, wanted).await.map_err(away)? {
            Drawn::Nothing => return Ok(Event::Nothing),
            Drawn::Made => return self.tell(user, wanted, holding).await,
            Drawn::Open(sketch) => sketch,
        };
        let desk = &self.desk;
        let sketch = Sketch { adult: sketch.adult && desk.back_ends.adult, ..sketch };
        let Some(persona) = desk.persona(&sketch.persona, sketch.own.as_ref()) else {
            self.end(user, wanted, "failed", None, holding).await?;
            return Ok(Event::Gone);
        };
        let judged = judge(&desk.detector, &sketch, &persona);
        if judged.ruling != Ruling::Passes {
            return self.refused(user, wanted, judged.ruling, None, holding).await;
        }
        self.ask_makers(user, wanted, (&sketch, &judged), holding).await
    }

    /// Asks makers that may, one after the other, until one of them may have begun.
    async fn ask_makers(
        &self,
        user: UserId,
        wanted: Wanted,
        (sketch, judged): (&Sketch, &Judged),
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let makers = self.desk.back_ends.images.iter();
        let makers = makers.map(|m| (m.name.as_str(), m.resumes, m.adult || !judged.needs_adult));
        let (mut number, mut trouble) = (sketch.calls, Trouble::Away);
        let (mut is_full, mut in_vain) = (false, false);
        for one in tries(makers, sketch.went.as_deref()) {
            if !holding.is_held() {
                return Err(Failure::Again("the hold is lost".into()));
            }
            number = number.saturating_add(1);
            match self.ask((user, wanted), (one, number), &judged.scene, holding).await? {
                Tried::Over => (trouble, in_vain) = (Trouble::Spent, true),
                Tried::Made(picture, paid) => {
                    let made = (picture, sketch, judged.needs_adult);
                    return self.made(user, wanted, made, paid, holding).await;
                }
                Tried::Failed(call, failed) if failed.outcome() == Outcome::Unknown => {
                    self.end(user, wanted, "failed", Some((call, Outcome::Unknown)), holding).await?;
                    return Ok(Event::NoPicture { why: Trouble::Away });
                }
                Tried::Failed(call, failed) => {
                    self.settle((call, Outcome::NotSpent), holding).await?;
                    match failed.why {
                        Why::Full => is_full = true,
                        // The job is not there: it may be posted.
                        Why::Unsendable if one.find => continue,
                        _ => (trouble, in_vain) = (Trouble::Away, true),
                    }
                    // It may be there.
                    if one.find {
                        break;
                    }
                }
            }
        }
        // Nothing was sent, and there is room later: the request waits.
        if is_full && !in_vain {
            return Err(Failure::Again("all places are taken".into()));
        }
        self.end(user, wanted, "failed", None, holding).await?;
        Ok(Event::NoPicture { why: trouble })
    }

    /// One call of a maker, if the caps hold what it may cost.
    async fn ask(
        &self,
        (user, wanted): (UserId, Wanted),
        (one, number): (Try, i16),
        scene: &Scene,
        holding: &Holding,
    ) -> Result<Tried, Failure> {
        let image = &self.desk.back_ends.images[one.at];
        let call = wanted.call(number);
        // What was reserved for a job that is looked for is in the books.
        let worst = if one.find { Micros::ZERO } else { image.price.worst(0, 0) };
        let reserve = Reserve {
            call,
            user,
            back_end: (image.name.clone(), image.cap),
            worst,
            person: self.desk.back_ends.pictures,
            all: self.desk.back_ends.all,
        };
        match self.store.reserve_call(reserve).await.map_err(away)? {
            Reserved::Over(_) => return Ok(Tried::Over),
            Reserved::Yes(passed) => {
                let told = |passed| alert(&self.desk, &self.store, passed);
                passed.into_iter().for_each(told);
            }
        }
        self.desk.tallies.calls.fetch_add(1, Ordering::Relaxed);
        points::reach("companion picture before call");
        let request = PictureRequest {
            prompt: scene.prompt.clone(),
            without: scene.without.clone(),
            size: image.size,
            // Of the request, so that each looks different and an attempt does not.
            seed: wanted.picture.unsigned_abs().wrapping_mul(0x9E37_79B9) >> 8,
            job: name_of(wanted, user),
            find: one.find,
        };
        let tried = match self.call((user, wanted), one.at, request, holding).await {
            Ok(picture) => Tried::Made(picture, (call, Outcome::Spent(worst))),
            Err(failed) => {
                tracing::info!(maker = image.name, %failed, "a character's picture did not come");
                Tried::Failed(call, failed)
            }
        };
        let cost = match &tried {
            Tried::Failed(_, failed) if failed.outcome() == Outcome::NotSpent => Micros::ZERO,
            _ => worst,
        };
        self.desk.tallies.spent.fetch_add(cost.0, Ordering::Relaxed);
        Ok(tried)
    }

    /// One call, on the companions' own runtime; the person sees that a picture is on its way.
    async fn call(
        &self,
        (user, wanted): (UserId, Wanted),
        at: usize,
        request: PictureRequest,
        holding: &Holding,
    ) -> Result<Picture, Failed> {
        let mut call = Under::way(&self.desk, at, request);
        loop {
            tokio::select! {
                made = call.done() => return made,
                () = sleep(UPLOADING) => holding.progress(),
            }
            let (client, store) = (self.client.clone(), self.store.clone());
            let action = json!({ "chat_id": user.0, "action": "upload_photo" });
            actix_rt::spawn(async move {
                // Not to who is with people, has left, or is gone.
                if matches!(store.is_waited_for(user, wanted).await, Ok(true))
                    && let Ok(bot) = store.bot_of(&client, user).await
                {
                    let _ = bot.method("sendChatAction", &action, UPLOADING_WITHIN).await;
                }
            });
        }
    }

    /// Judges what was made, keeps it, and tells it.
    async fn made(
        &self,
        user: UserId,
        wanted: Wanted,
        (picture, sketch, needs_adult): (Picture, &Sketch, bool),
        paid: (CallKey, Outcome),
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let mut adult = needs_adult;
        // What the maker made of the prompt, in its own words.
        if let Some(revised) = &picture.revised {
            let mut judged = self.desk.detector.judge_text(revised);
            judged.minors |= judged.minor;
            let ruling = judged.ruling(sketch.adult);
            if ruling != Ruling::Passes {
                return self.refused(user, wanted, ruling, Some(paid), holding).await;
            }
            adult |= judged.ruling(false) == Ruling::AdultOnly;
        }
        let looked = look(&self.desk, &picture.bytes).await;
        match looked {
            Looked::Seen { nude: true } if !sketch.adult => {
                return self.refused(user, wanted, Ruling::AdultOnly, Some(paid), holding).await;
            }
            Looked::Unseen if !sketch.adult => {
                tracing::warn!("nobody could look at a character's picture: it is not shown");
                self.end(user, wanted, "failed", Some(paid), holding).await?;
                return Ok(Event::NoPicture { why: Trouble::Away });
            }
            _ => adult |= looked.needs_adult(),
        }
        let veiled = adult || looked.is_unknown();
        let keep = Arc::new(Keep { bytes: picture.bytes, adult, veiled });
        points::reach("companion picture before keeping");
        let kept = loop {
            match self.store.keep_picture(user, wanted, keep.clone(), paid).await {
                Ok(kept) => break kept,
                Err(cause @ StoreError::Refused(_)) => return Err(Failure::Final(cause.to_string())),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        };
        points::reach("companion picture after keeping");
        if !kept {
            // Stopped, forgotten, or adult mode is off by now.
            let ended = self.end(user, wanted, "refused", None, holding).await?;
            return Ok(if ended { Event::AdultOnly } else { Event::Nothing });
        }
        self.tell(user, wanted, holding).await
    }

    async fn refused(
        &self,
        user: UserId,
        wanted: Wanted,
        ruling: Ruling,
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<Event, Failure> {
        tracing::info!(?ruling, "a character's picture is refused");
        let event = match ruling {
            Ruling::Help => Event::Help,
            Ruling::AdultOnly => Event::AdultOnly,
            Ruling::Refused | Ruling::Passes => Event::Refused,
        };
        let ended = self.end(user, wanted, "refused", paid, holding).await?;
        Ok(if ended { event } else { Event::Nothing })
    }

    pub(super) async fn end(
        &self,
        user: UserId,
        wanted: Wanted,
        state: &'static str,
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<bool, Failure> {
        loop {
            match self.store.end_picture(user, wanted, state, paid).await {
                Ok(ended) => return Ok(ended),
                Err(cause @ StoreError::Refused(_)) => return Err(Failure::Final(cause.to_string())),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
    }

    async fn settle(&self, (call, outcome): (CallKey, Outcome), holding: &Holding) -> Result<(), Failure> {
        loop {
            match self.store.settle_call(call, outcome).await {
                Ok(()) => return Ok(()),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
    }
}

impl Worker for Painter {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let painter = self.clone();
        Box::pin(async move {
            let event = painter.paint(&job, &holding).await?;
            serde_json::to_vec(&event).map_err(|_| Failure::Final("it cannot be written".into()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_one_name_at_its_maker() {
        let wanted = |picture| Wanted { picture, show: 0 };
        let name = name_of(wanted(5), UserId(7));
        assert_eq!(name, name_of(wanted(5), UserId(7)));
        assert_ne!(name, name_of(wanted(6), UserId(7)));
        let parts: Vec<usize> = name.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{name}");
        assert!(name.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    }
}
