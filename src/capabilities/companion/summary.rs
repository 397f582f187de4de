//! The worker of summaries: what a prompt has no room for is summed up by a job of its own, on the
//! same budgets as replies. Where that comes to nothing, the dialog goes on without it, and the
//! next turns that are left out ask for it again.

use super::alerting;
use super::asking::Task;
use super::places;
use super::reply::{Answerer, KEEP_AGAIN};
use super::store::{CallKey, Due, Material, Reserve, Reserved, SUMMARY, summary_call};
use crate::capabilities::points;
use nameless_actors::jobs::{Failure, Holding, Job, JobLane, Worker};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_backends::port::{ChatRequest, Failure as Failed, LanguageModel, Reply, Why};
use nameless_domain::companion::constants::{CALLS_A_TURN, SUMMARY as SIZE, SUMMED_TURNS};
use nameless_domain::companion::context::{Message, Role, Tokens, budget};
use nameless_domain::companion::markdown::cut_to_sentence;
use nameless_domain::companion::money::Outcome;
use nameless_domain::companion::reasoning::Shown;
use nameless_domain::companion::repetition;
use nameless_domain::companion::safety::Ruling;
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// Tokens of a message beyond its words.
const A_MESSAGE: u32 = 8;

/// The lane of summaries.
pub(super) fn lane(answerer: Answerer) -> JobLane {
    JobLane {
        at_once: 2,
        // It gives way to replies; what it may cost is bounded by its calls.
        attempts: 5,
        limit: Duration::from_secs(120),
        // Nobody is told of it.
        owed: false,
        ..JobLane::new(SUMMARY, Arc::new(Summarist(answerer)))
    }
}

/// Sums up.
#[derive(Clone)]
struct Summarist(Answerer);

/// What the model is asked, and the last turn that is in it.
struct Question {
    messages: Vec<Message>,
    tokens: u32,
    upto: i32,
}

/// The orders, and then what was said: as many turns as fit.
fn question(material: &Material, name: &str, lang: Lang, room: u32, tokens: &Tokens) -> Option<Question> {
    let (most, ..) = SIZE;
    let (orders, person, before) = match lang {
        Lang::Ru => (
            format!(
                "Ты ведёшь память персонажа по имени {name}. Перескажи разговор так, чтобы персонаж и через месяц \
                 помнил всё важное: что собеседник рассказал о себе, о чём они договорились, что было между ними. \
                 Только то, что сказано, без догадок, в третьем лице, не больше {most} слов. Только пересказ."
            ),
            "Собеседник",
            "Что было раньше",
        ),
        Lang::En => (
            format!(
                "You keep the memory of a character called {name}. Sum the conversation up so that {name} still \
                 knows in a month what matters: what the other person said of themselves, what the two agreed on, \
                 what happened between them. Only what was said, no guesses, in the third person, {most} words at \
                 most. Nothing but the summary."
            ),
            "The other person",
            "What was before",
        ),
    };
    let mut text = match material.before.is_empty() {
        true => String::new(),
        false => format!("{before}: {}\n\n", material.before),
    };
    let fixed = tokens.of(&orders).saturating_add(2 * A_MESSAGE);
    let mut upto = None;
    for (turn, said) in &material.turns {
        let more = format!("{person}: {}\n{name}: {}\n", said.asked, said.reply);
        if fixed.saturating_add(tokens.of(&text)).saturating_add(tokens.of(&more)) > room {
            break;
        }
        text.push_str(&more);
        upto = Some(*turn);
    }
    let all = fixed.saturating_add(tokens.of(&text));
    let message = |role, text| Message { role, text };
    upto.map(|upto| Question {
        messages: vec![message(Role::System, orders), message(Role::User, text)],
        tokens: all,
        upto,
    })
}

/// What is kept of an answer; none where it is nothing that a character should remember by.
fn kept(reply: &Reply) -> Option<String> {
    let (.., most) = SIZE;
    let text = reply.text.trim();
    let cut: String = text.chars().take(most).collect();
    let is_whole = cut.len() == text.len() && reply.finish != nameless_backends::port::Finish::Length;
    let text = if is_whole { cut } else { cut_to_sentence(&cut).to_owned() };
    (!text.is_empty() && repetition::judge(&text, &[]).is_none()).then_some(text)
}

fn away(cause: StoreError) -> Failure {
    Failure::Again(cause.to_string())
}

impl Answerer {
    /// Has what a prompt left out summed up, if it is enough by now. The reply does not wait for
    /// it, and fails by nothing of it.
    pub(super) async fn sum_up(&self, user: UserId, summed: i32, due: Due) {
        if due.upto - summed < SUMMED_TURNS {
            return;
        }
        match self.store.add_summary(user, due).await {
            Ok(()) => self.desk.wake(SUMMARY),
            Err(cause) => tracing::info!(%cause, "a dialog is not summed up yet"),
        }
    }
}

impl Summarist {
    async fn sum(&self, job: &Job, holding: &Holding) -> Result<(), Failure> {
        let due: Due =
            serde_json::from_slice(&job.payload).map_err(|_| Failure::Final("it cannot be read".into()))?;
        let user = job.user.ok_or_else(|| Failure::Final("it is nobody's".into()))?;
        let Answerer { desk, store, .. } = &self.0;
        let Some(material) = store.begin_summary(user, due).await.map_err(away)? else { return Ok(()) };
        let lang = Lang::from_code(&material.lang).unwrap_or(Lang::En);
        let Some(persona) = desk.persona(&material.persona, material.own.as_ref()) else { return Ok(()) };
        let name = persona.words(lang).name.clone();
        let passes = |text: &str| desk.detector.judge_text(text).ruling(false) == Ruling::Passes;
        let mut made = usize::try_from(material.calls).unwrap_or_default();
        for (which, model) in desk.back_ends.models.iter().enumerate() {
            if made >= CALLS_A_TURN || !holding.is_held() {
                break;
            }
            let (_, most, _) = SIZE;
            let (most, tokens) = (model.answer.min(most), *lock(&desk.tokens[which]));
            let room = budget(model.context, most);
            let Some(question) = question(&material, &name, lang, room, &tokens) else { continue };
            // What would be refused is asked of nobody: those turns are passed over.
            if question.messages.iter().any(|message| message.role == Role::User && !passes(&message.text)) {
                let nothing = (material.summed, question.upto, None);
                return self.keep(user, due.dialog, nothing, None, holding).await;
            }
            if !model.has_room() {
                return Err(places::taken(places::SUMMARY_AGAIN));
            }
            let call = summary_call(due, made as i16 + 1);
            let worst = model.price.worst(question.tokens, most);
            let reserve = Reserve {
                call,
                user,
                back_end: (model.name.clone(), model.cap),
                worst,
                person: desk.back_ends.person,
                all: desk.back_ends.all,
            };
            match store.reserve_call(reserve).await.map_err(away)? {
                Reserved::Over(_) => continue,
                Reserved::Yes(passed) => {
                    let told = |passed| alerting::alert(desk, store, passed);
                    passed.into_iter().for_each(told);
                }
            }
            made += 1;
            desk.tallies.calls.fetch_add(1, Ordering::Relaxed);
            let request = ChatRequest {
                messages: question.messages,
                most_answer: most,
                // Its beginning is another one than the replies'.
                session: format!("s{}", due.dialog),
                again: false,
            };
            points::reach("companion summary before call");
            match self.asked(which, request, holding).await {
                Ok(reply) => {
                    let paid = (call, reply.outcome(model.price));
                    self.0.spent(paid.1, worst);
                    // One that is refused, or goes in circles, would be so again: it was bought,
                    // and those turns are passed over.
                    let text = kept(&reply).filter(|text| passes(text));
                    let summary = (material.summed, question.upto, text);
                    return self.keep(user, due.dialog, summary, Some(paid), holding).await;
                }
                Err(failed) if failed.why == Why::Full => {
                    self.0.unmade(call, holding).await?;
                    return Err(places::taken(places::SUMMARY_AGAIN));
                }
                Err(failed) => {
                    tracing::info!(back_end = model.name, %failed, "a dialog's summary did not come");
                    self.0.spent(failed.outcome(), worst);
                    self.0.settle((call, failed.outcome()), holding).await?;
                }
            }
        }
        Ok(())
    }

    /// Keeps what came of it, for as long as the hold lasts: what was bought is not bought again
    /// where the store is away for a moment.
    async fn keep(
        &self,
        user: UserId,
        dialog: i64,
        summary: (i32, i32, Option<String>),
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<(), Failure> {
        points::reach("companion summary before keeping");
        loop {
            match self.0.store.keep_summary(user, dialog, summary.clone(), paid).await {
                Ok(()) => break,
                Err(cause @ StoreError::Refused(_)) => {
                    if let Some(paid) = paid {
                        self.0.settle_last(paid, holding).await;
                    }
                    return Err(Failure::Final(cause.to_string()));
                }
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
        points::reach("companion summary after keeping");
        Ok(())
    }

    /// One call, on the companions' own runtime.
    async fn asked(&self, which: usize, request: ChatRequest, holding: &Holding) -> Result<Reply, Failed> {
        let desk = self.0.desk.clone();
        let Some(home) = self.0.desk.handle() else { return Err(Failed::unsent(Why::Unsendable)) };
        let beat = holding.clone();
        let mut task = Task(home.spawn(async move {
            let mut on = move |_: &Shown| beat.progress();
            desk.back_ends.models[which].client.reply(&request, &mut on).await
        }));
        let lost = || Failed { unknown_attempts: 1, ..Failed::unsent(Why::Unsendable) };
        (&mut task.0).await.unwrap_or_else(|_| Err(lost()))
    }
}

impl Worker for Summarist {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let summarist = self.clone();
        Box::pin(async move { summarist.sum(&job, &holding).await.map(|()| Vec::new()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::companion::store::Said;
    use nameless_backends::port::Finish;

    fn material(before: &str) -> Material {
        let said =
            |n: i32| Said { asked: format!("Said {n}."), reply: format!("Answered {n}."), adult: false };
        Material {
            persona: "vera".to_owned(),
            own: None,
            lang: "ru".to_owned(),
            before: before.to_owned(),
            summed: 4,
            turns: (5..=9).map(|n| (n, said(n))).collect(),
            calls: 0,
        }
    }

    #[test]
    fn as_many_turns_as_fit_are_summed_up_behind_what_was_before() {
        let tokens = Tokens::default();
        let whole = question(&material("A boat."), "Вера", Lang::Ru, 10_000, &tokens).expect("a question");
        assert_eq!(whole.upto, 9);
        let text = &whole.messages[1].text;
        assert!(
            text.starts_with("Что было раньше: A boat.") && text.ends_with("Вера: Answered 9.\n"),
            "{text}"
        );
        assert!(whole.messages[0].text.contains("Вера") && whole.tokens > 50);
        let fewer = question(&material(""), "Vera", Lang::En, 130, &tokens).expect("a question");
        assert!((5..9).contains(&fewer.upto) && fewer.tokens <= 130, "{} {}", fewer.upto, fewer.tokens);
        assert!(question(&material(""), "Vera", Lang::En, 60, &tokens).is_none(), "not even one fits");
    }

    #[test]
    fn what_is_kept_is_short_whole_and_no_loop() {
        let reply = |text: &str, finish| Reply {
            text: text.to_owned(),
            finish,
            usage: None,
            cost: None,
            model: None,
            unknown_attempts: 0,
        };
        assert_eq!(kept(&reply(" A boat. ", Finish::Stop)).as_deref(), Some("A boat."));
        assert_eq!(kept(&reply("A boat. And the fo", Finish::Length)).as_deref(), Some("A boat."));
        assert_eq!(kept(&reply("  ", Finish::Stop)), None);
        assert_eq!(kept(&reply(&"I see. ".repeat(100), Finish::Stop)), None);
        let word = |n: u32| format!("{:08X}", n.wrapping_mul(2_654_435_761));
        let long: String = (1..400).map(|n| format!("{} {}. ", word(n), word(n + 1_000))).collect();
        let cut = kept(&reply(&long, Finish::Stop)).expect("words");
        assert!(cut.chars().count() <= 1_500 && cut.ends_with('.'), "{cut}");
    }
}
