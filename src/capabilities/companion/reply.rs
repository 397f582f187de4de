//! The worker: a turn's job asks a model, and what is answered is kept before it is told.
//!
//! Judged before the call and after it; reserved before, settled after; two calls a turn at most,
//! whatever fails. What an earlier attempt has kept is told, never bought again.

use super::asking::Called;
use super::begun::Found;
use super::desk::Desk;
use super::plan::{Course, First, Plan};
use super::shown::Below;
use super::store::{Asked, Begun, End, Open, PICTURE, REPLY, Reserved};
use super::{alerting, painting, places, prompt, second_call, shown};
use crate::capabilities::points;
use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::jobs::{Failure, FinishedJob, Holding, Job, JobLane, Worker};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, StoreError, Texts};
use nameless_backends::port::{Finish, Reply, Why};
use nameless_domain::capabilities;
use nameless_domain::capabilities::companion::{Event, SHARED, Trouble, unnamed};
use nameless_domain::companion::constants::CALLS_A_TURN;
use nameless_domain::companion::context::after_overflow;
use nameless_domain::companion::markdown::cut_to_sentence;
use nameless_domain::companion::money::Outcome;
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::repetition;
use nameless_domain::companion::safety::Ruling;
use nameless_domain::ids::{DialogId, UserId};
use nameless_domain::text::Lang;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// How soon what was bought is offered to a store again that is away.
pub(super) const KEEP_AGAIN: Duration = Duration::from_millis(500);

/// Answers turns.
#[derive(Clone)]
pub(super) struct Answerer {
    pub desk: Arc<Desk>,
    pub store: PgStore,
    pub client: Arc<Client>,
    pub texts: Arc<dyn Texts>,
}

/// The lane of replies.
pub(super) fn lane(answerer: Answerer) -> JobLane {
    JobLane {
        at_once: answerer.desk.places(),
        // What they may cost is bounded by the turn's calls.
        attempts: 6,
        limit: Duration::from_secs(120),
        ..JobLane::new(REPLY, Arc::new(answerer))
    }
}

/// What the end of a job means for its user's session.
pub(crate) fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    if &*finished.lane == PICTURE {
        return painting::event_of(finished).map(capabilities::Event::Companion);
    }
    if &*finished.lane != REPLY {
        return None;
    }
    let event = match &finished.outcome {
        Ok(result) => serde_json::from_slice(result).ok()?,
        Err(_) => {
            let asked: Asked = serde_json::from_slice(&finished.payload).ok()?;
            Event::GaveUp {
                dialog: DialogId(asked.dialog),
                turn: asked.turn.unsigned_abs(),
                attempt: asked.attempt.unsigned_abs().into(),
            }
        }
    };
    Some(capabilities::Event::Companion(event))
}

fn in_vain(asked: Asked, why: Trouble) -> Event {
    Event::Failed { dialog: DialogId(asked.dialog), turn: asked.turn.unsigned_abs(), why }
}

pub(super) fn away(cause: StoreError) -> Failure {
    Failure::Again(cause.to_string())
}

/// A reply whose fault is that it repeats; it is kept if the next one is no better.
type Faulty = Option<String>;

impl Answerer {
    async fn answer(&self, job: &Job, holding: &Holding) -> Result<Event, Failure> {
        let asked: Asked =
            serde_json::from_slice(&job.payload).map_err(|_| Failure::Final("it cannot be read".into()))?;
        let user = job.user.ok_or_else(|| Failure::Final("it is nobody's".into()))?;
        let desk = &self.desk;
        if !holding.is_held() {
            return Err(Failure::Again("the hold is lost".into()));
        }
        // Where it began with the commit that keeps it, all that follows is known.
        let begun = match desk.beginnings.take(asked, holding.attempt() == 1) {
            Found::Begun(begun) => Some(*begun),
            Found::Nothing(unmade) => {
                // Known here alone, and before anybody takes it for spent.
                if let Some(call) = unmade {
                    self.store.unmade_call(call).await.map_err(away)?;
                }
                None
            }
        };
        let begun = match begun {
            Some(begun) => begun,
            None => {
                let planner = desk.clone();
                let plan = move |open: &Open| planner.first(user, asked, open);
                self.store.begin_reply(user, asked, desk.back_ends.known(), plan).await.map_err(away)?
            }
        };
        let (open, (first, reserved)) = match begun {
            Begun::Nothing => return Ok(Event::Nothing),
            Begun::InVain => return Ok(in_vain(asked, Trouble::Away)),
            Begun::Ended(event) => return Ok(event),
            // Adult mode, or the operator's leave for it, was taken back since.
            Begun::Replied(open, _, true) if !open.adult => return Ok(Event::AdultOnly),
            Begun::Replied(open, words, _) => return Ok(self.told(user, asked, &open, &words, open.notice)),
            Begun::Open(open, first) => (open, first),
        };
        let (open, first, reserved) = match first {
            First::Recall(mut course, meant) => {
                let open = self.recollect((user, asked), open, (&mut course, meant, reserved), holding).await;
                (open, First::Ask(course, None), None)
            }
            first => (open, first, reserved),
        };
        match (first, desk.persona(&open.persona, open.own.as_ref())) {
            (First::Ask(course, plan), Some(persona)) => {
                self.ask_models(user, asked, (&open, &persona), (course, plan.zip(reserved)), holding).await
            }
            (First::Refused(ruling), _) => self.refused(user, asked, ruling, None, holding).await,
            (First::Gone | First::Ask(..) | First::Recall(..), _) => {
                self.end(user, asked, End::Failed, None, holding).await?;
                // One that somebody shared, and does no more.
                Ok(match open.persona.starts_with(SHARED) {
                    true => Event::PersonaGone { dialog: Some(DialogId(asked.dialog)) },
                    false => Event::Gone,
                })
            }
        }
    }

    /// Asks one back end after the other, twice in all at most; the first call is reserved.
    async fn ask_models(
        &self,
        user: UserId,
        asked: Asked,
        (open, persona): (&Open, &Persona),
        (mut course, mut first): (Course, Option<(Plan, Reserved)>),
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let models = &self.desk.back_ends.models;
        let mut faulty: Faulty = None;
        let mut left_out = 0;
        loop {
            let (plan, reserved) = match first.take() {
                // Whoever holds it by now has its calls; of this one it is known that it was not
                // made, unless they have settled it already.
                Some((plan, reserved)) if !holding.is_held() => {
                    if matches!(reserved, Reserved::Yes(_)) {
                        self.store.settle_call(plan.call, Outcome::NotSpent).await.map_err(away)?;
                    }
                    return Err(Failure::Again("the hold is lost".into()));
                }
                Some(first) => first,
                None => {
                    let next = self.desk.next(&mut course, (user, asked), (open, persona));
                    let Some((plan, reserve)) = next else { break };
                    if !holding.is_held() {
                        return Err(Failure::Again("the hold is lost".into()));
                    }
                    (plan, self.store.reserve_call(reserve).await.map_err(away)?)
                }
            };
            let Plan { which, prompt, left_out: cut, call, worst } = plan;
            let model = &models[which];
            match reserved {
                Reserved::Over(_) => {
                    (course.which, course.trouble) = (which + 1, Trouble::Spent);
                    continue;
                }
                Reserved::Yes(passed) => {
                    let told = |passed| alerting::alert(&self.desk, &self.store, passed);
                    passed.into_iter().for_each(told);
                }
            }
            left_out = cut;
            let again = course.again;
            let request = prompt::request(&prompt, model.answer, format!("d{}", asked.dialog), again);
            course.made += 1;
            self.desk.tallies.calls.fetch_add(1, Ordering::Relaxed);
            points::reach("companion before call");
            match self.call((user, open, asked), which, request, holding).await {
                Called::Said(reply) => {
                    if let Some(usage) = reply.usage {
                        lock(&self.desk.tokens[which]).learn(prompt.tokens, usage.prompt);
                    }
                    let paid = (call, reply.outcome(model.price));
                    self.spent(paid.1, worst);
                    let text = whole(&reply);
                    let judged = self.judge(open, &text);
                    let ruling = judged.ruling(open.adult);
                    if ruling != Ruling::Passes {
                        return self.refused(user, asked, ruling, Some(paid), holding).await;
                    }
                    course.adult |= judged.ruling(false) == Ruling::AdultOnly;
                    let earlier: Vec<&str> = open.history.iter().map(|turn| turn.reply.as_str()).collect();
                    let repeats = repetition::judge(&text, &earlier).is_some();
                    if repeats && faulty.is_none() && course.made < CALLS_A_TURN {
                        self.settle(paid, holding).await?;
                        (faulty, course.again) = (Some(text), true);
                        continue;
                    }
                    let text = match &faulty {
                        Some(first) => repetition::better(first, &text, &earlier).to_owned(),
                        None => text,
                    };
                    let kept = (open, text, course.adult, left_out);
                    return self.keep(user, asked, kept, Some(paid), holding).await;
                }
                Called::Looped => {
                    self.spent(Outcome::Unknown, worst);
                    self.settle((call, Outcome::Unknown), holding).await?;
                    course.again = true;
                }
                Called::Failed(failed) if failed.why == Why::Full => {
                    self.unmade(call, holding).await?;
                    return Err(places::taken(places::REPLY_AGAIN));
                }
                Called::Failed(failed) => {
                    tracing::info!(back_end = model.name, %failed, "a character's reply did not come");
                    self.spent(failed.outcome(), worst);
                    self.settle((call, failed.outcome()), holding).await?;
                    match failed.why {
                        Why::ContextTooLong => {
                            course.narrowed = Some(after_overflow(prompt.tokens));
                            course.trouble = Trouble::TooLong;
                        }
                        _ => {
                            course.trouble = Trouble::Away;
                            let is_last = !models[which + 1..].iter().any(|other| !open.adult || other.adult);
                            match second_call::pause(&failed, asked.dialog.unsigned_abs()) {
                                Some(pause) if is_last && course.made < CALLS_A_TURN => sleep(pause).await,
                                _ => course.which += 1,
                            }
                        }
                    }
                }
            }
        }
        if let Some(text) = faulty {
            return self.keep(user, asked, (open, text, course.adult, left_out), None, holding).await;
        }
        self.end(user, asked, End::Failed, None, holding).await?;
        Ok(in_vain(asked, course.trouble))
    }

    /// What a dialog's character is called in it, and the dialog's language.
    pub(super) fn name(&self, open: &Open) -> (String, Lang) {
        let lang = Lang::from_code(&open.lang).unwrap_or(Lang::En);
        let name = match self.desk.persona(&open.persona, open.own.as_ref()) {
            Some(persona) => persona.words(lang).name.clone(),
            None => unnamed(&open.persona),
        };
        (name, lang)
    }

    pub(super) fn told(&self, user: UserId, asked: Asked, open: &Open, words: &str, notice: bool) -> Event {
        let (name, lang) = self.name(open);
        Event::Replied {
            dialog: DialogId(asked.dialog),
            // The session knows no character of somebody's own: it is told the name.
            persona: open.own.as_ref().map_or_else(|| open.persona.clone(), |own| own.name.clone()),
            notice,
            messages: shown::messages(
                &*self.texts,
                (user, lang),
                &name,
                words,
                Below { asked, adult: open.adult, pictures: self.desk.cast.pictures, of: open.of },
            ),
        }
    }
}

/// A reply without what its end cut off.
fn whole(reply: &Reply) -> String {
    let text = reply.text.trim();
    match reply.finish {
        Finish::Length => cut_to_sentence(text).to_owned(),
        _ => text.to_owned(),
    }
}

impl Worker for Answerer {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let answerer = self.clone();
        Box::pin(async move {
            let event = answerer.answer(&job, &holding).await?;
            serde_json::to_vec(&event).map_err(|_| Failure::Final("it cannot be written".into()))
        })
    }
}
