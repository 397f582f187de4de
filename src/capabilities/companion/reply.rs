//! The worker: a turn's job asks a model, and what is answered is kept before it is told.
//!
//! Judged before the call and after it; reserved before, settled after; two calls a turn at most,
//! whatever fails. What an earlier attempt has kept is told, never bought again.

use super::asking::Called;
use super::desk::Desk;
use super::shown::Below;
use super::store::{Asked, Begun, CallKey, Due, End, Ended, Open, PICTURE, REPLY, Reserve, Reserved};
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
use nameless_domain::companion::context::{after_overflow, budget};
use nameless_domain::companion::markdown::cut_to_sentence;
use nameless_domain::companion::money::{Micros, Outcome};
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::repetition;
use nameless_domain::companion::safety::{Judgement, Ruling, Side};
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

fn away(cause: StoreError) -> Failure {
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
        let open = match self.store.begin_reply(user, asked).await.map_err(away)? {
            Begun::Nothing => return Ok(Event::Nothing),
            Begun::InVain => return Ok(in_vain(asked, Trouble::Away)),
            Begun::Replied(open, words, adult) => {
                let open = Open { adult: open.adult && desk.back_ends.adult, ..open };
                // Adult mode, or the operator's leave for it, was taken back since.
                return Ok(match adult && !open.adult {
                    true => Event::AdultOnly,
                    false => self.told(user, asked, &open, &words, open.notice),
                });
            }
            Begun::Open(open) => open,
        };
        // The person's wish, and the operator's leave.
        let open = Open { adult: open.adult && desk.back_ends.adult, ..open };
        let Some(persona) = desk.persona(&open.persona, open.own.as_ref()) else {
            self.end(user, asked, End::Failed, None, holding).await?;
            // One that somebody shared, and does no more.
            return Ok(match open.persona.starts_with(SHARED) {
                true => Event::PersonaGone { dialog: Some(DialogId(asked.dialog)) },
                false => Event::Gone,
            });
        };
        let judged = desk.detector.judge(&prompt::window(&open));
        match judged.ruling(open.adult) {
            Ruling::Passes => {}
            refused => return self.refused(user, asked, refused, None, holding).await,
        }
        let asks_for_it = judged.ruling(false) == Ruling::AdultOnly;
        self.ask_models(user, asked, (&open, &persona, asks_for_it), holding).await
    }

    /// Asks one back end after the other, twice in all at most.
    async fn ask_models(
        &self,
        user: UserId,
        asked: Asked,
        (open, persona, asks_for_it): (&Open, &Persona, bool),
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let models = &self.desk.back_ends.models;
        let mut made = usize::try_from(open.calls).unwrap_or_default();
        let (mut faulty, mut adult): (Faulty, bool) = (None, asks_for_it);
        // The last turn that the prompt had no room for.
        let mut left_out = 0;
        let (mut which, mut again) = (0, open.of.1 > 1);
        // What the back end took for too long gives way to less.
        let mut narrowed: Option<u32> = None;
        let mut trouble = Trouble::Away;
        while made < CALLS_A_TURN && which < models.len() {
            let model = &models[which];
            // In adult mode those alone that the operator has named for it.
            if open.adult && !model.adult {
                which += 1;
                continue;
            }
            let tokens = *lock(&self.desk.tokens[which]);
            let most = budget(model.context, model.answer);
            let room = narrowed.map_or(most, |narrowed| narrowed.min(most));
            let Ok((prompt, cut)) = prompt::of(persona, (open, again), room, &tokens) else {
                (which, trouble, narrowed) = (which + 1, Trouble::TooLong, None);
                continue;
            };
            if !holding.is_held() {
                return Err(Failure::Again("the hold is lost".into()));
            }
            let call: CallKey = (asked.dialog, asked.turn, asked.attempt, made as i16 + 1);
            let worst = model.price.worst(prompt.tokens, model.answer);
            let reserve = Reserve {
                call,
                user,
                back_end: (model.name.clone(), model.cap),
                worst,
                person: self.desk.back_ends.person,
                all: self.desk.back_ends.all,
            };
            match self.store.reserve_call(reserve).await.map_err(away)? {
                Reserved::Over(_) => {
                    (which, trouble) = (which + 1, Trouble::Spent);
                    continue;
                }
                Reserved::Yes(passed) => {
                    let told = |passed| alerting::alert(&self.desk, &self.client, &*self.texts, passed);
                    passed.into_iter().for_each(told);
                }
            }
            left_out = cut;
            let request = prompt::request(&prompt, model.answer, format!("d{}", asked.dialog), again);
            made += 1;
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
                    adult |= judged.ruling(false) == Ruling::AdultOnly;
                    let earlier: Vec<&str> = open.history.iter().map(|turn| turn.reply.as_str()).collect();
                    if repetition::judge(&text, &earlier).is_some() && faulty.is_none() && made < CALLS_A_TURN
                    {
                        self.settle(paid, holding).await?;
                        (faulty, again) = (Some(text), true);
                        continue;
                    }
                    let text = match &faulty {
                        Some(first) => repetition::better(first, &text, &earlier).to_owned(),
                        None => text,
                    };
                    return self.keep(user, asked, (open, text, adult, left_out), Some(paid), holding).await;
                }
                Called::Looped => {
                    self.spent(Outcome::Unknown, worst);
                    self.settle((call, Outcome::Unknown), holding).await?;
                    again = true;
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
                            (narrowed, trouble) = (Some(after_overflow(prompt.tokens)), Trouble::TooLong);
                        }
                        _ => {
                            trouble = Trouble::Away;
                            let is_last = !models[which + 1..].iter().any(|other| !open.adult || other.adult);
                            match second_call::pause(&failed, asked.dialog.unsigned_abs()) {
                                Some(pause) if is_last && made < CALLS_A_TURN => sleep(pause).await,
                                _ => which += 1,
                            }
                        }
                    }
                }
            }
        }
        if let Some(text) = faulty {
            return self.keep(user, asked, (open, text, adult, left_out), None, holding).await;
        }
        self.end(user, asked, End::Failed, None, holding).await?;
        Ok(in_vain(asked, trouble))
    }

    pub(super) fn spent(&self, outcome: Outcome, worst: Micros) {
        let spent = match outcome {
            Outcome::NotSpent => Micros::ZERO,
            Outcome::Spent(spent) => spent,
            Outcome::Unknown => worst,
        };
        self.desk.tallies.spent.fetch_add(spent.0, Ordering::Relaxed);
    }

    /// Judges a reply with what was said before it.
    fn judge(&self, open: &Open, text: &str) -> Judgement {
        let mut window = prompt::window(open);
        window.push(Side::Character, text);
        self.desk.detector.judge(&window)
    }

    async fn keep(
        &self,
        user: UserId,
        asked: Asked,
        (open, words, adult, left_out): (&Open, String, bool, i32),
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let end = End::Replied { words: words.clone(), notice: open.notice, adult };
        points::reach("companion before keeping");
        let kept = self.end(user, asked, end, paid, holding).await?;
        points::reach("companion after keeping");
        match kept {
            Ended::Yes => {
                let (answerer, summed) = (self.clone(), open.summed);
                let due = Due { dialog: asked.dialog, upto: left_out };
                // Beside the reply, which waits for nothing.
                actix_rt::spawn(async move { answerer.sum_up(user, summed, due).await });
                Ok(self.told(user, asked, open, &words, open.notice))
            }
            Ended::Revoked => Ok(Event::AdultOnly),
            Ended::No => Ok(Event::Nothing),
        }
    }

    async fn refused(
        &self,
        user: UserId,
        asked: Asked,
        ruling: Ruling,
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let (end, event) = match ruling {
            Ruling::Help => (End::Helped, Event::Help),
            Ruling::AdultOnly => (End::Refused, Event::AdultOnly),
            Ruling::Refused | Ruling::Passes => (End::Refused, Event::Refused),
        };
        tracing::info!(?ruling, "a character's turn is refused");
        match self.end(user, asked, end, paid, holding).await? {
            Ended::No => Ok(Event::Nothing),
            Ended::Yes | Ended::Revoked => Ok(event),
        }
    }

    /// Ends a turn. What was bought is offered to the store for as long as the hold lasts.
    async fn end(
        &self,
        user: UserId,
        asked: Asked,
        end: End,
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<Ended, Failure> {
        loop {
            match self.store.end_turn(user, asked, end.clone(), paid).await {
                Ok(ended) => {
                    let tallies = &self.desk.tallies;
                    let tally = match &end {
                        End::Replied { .. } if ended == Ended::Yes => &tallies.replied,
                        End::Replied { .. } | End::Refused => &tallies.refused,
                        End::Helped => &tallies.helped,
                        End::Failed => &tallies.failed,
                    };
                    tally.fetch_add(u64::from(ended != Ended::No), Ordering::Relaxed);
                    // The next turn may have its job now.
                    self.desk.wake(REPLY);
                    return Ok(ended);
                }
                Err(cause @ StoreError::Refused(_)) => return Err(Failure::Final(cause.to_string())),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
    }

    pub(super) async fn settle(
        &self,
        (call, outcome): (CallKey, Outcome),
        holding: &Holding,
    ) -> Result<(), Failure> {
        loop {
            match self.store.settle_call(call, outcome).await {
                Ok(()) => return Ok(()),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
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

    fn told(&self, user: UserId, asked: Asked, open: &Open, words: &str, notice: bool) -> Event {
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
