//! Older turns are recalled by what is meant, beside their words. The reply waits for that so long
//! as the operator says, and comes without it where it does not come.
//!
//! Reserved and settled like every call, and never made twice: what nobody waits for any more
//! counts as spent. Found turns are judged with what is said before they are told to a model.

use super::alerting;
use super::asking::Task;
use super::desk::Desk;
use super::embedding::EmbeddingEnd;
use super::file::BackEnds;
use super::plan::Course;
use super::prompt;
use super::reply::Answerer;
use super::store::{Asked, CallKey, Known, Open, Reserve, Reserved, Said, Space};
use nameless_actors::jobs::Holding;
use nameless_actors::kernel::lock;
use nameless_backends::port::{Embedded, Embedder, Failure as Failed, Why};
use nameless_domain::companion::constants::MEANT_CHARS;
use nameless_domain::companion::meaning::{Vector, fused};
use nameless_domain::companion::money::{Micros, Outcome};
use nameless_domain::companion::safety::Ruling;
use nameless_domain::ids::UserId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// Calls of one job by which older turns are found, however often its process ends.
const MOST: i16 = 2;

/// The call by which older turns are found.
pub(super) struct Meant {
    /// What is said, as the model reads it.
    text: String,
    /// Tokens that it takes, as far as is known.
    tokens: u32,
    pub call: CallKey,
    /// The most that it can cost.
    worst: Micros,
}

/// A text as the model reads it: so many letters of it, behind what the model wants before it.
pub(super) fn shortened(prefix: &str, parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| part.chars().take(MEANT_CHARS).collect::<String>());
    format!("{prefix}{}", parts.collect::<Vec<_>>().join("\n"))
}

impl BackEnds {
    /// What a store has to know of them.
    pub(super) fn known(&self) -> Known {
        Known { adult: self.adult, space: self.embedding.as_ref().map(|end| end.space.clone()) }
    }

    /// The caps of all under which calls for a reply are reserved.
    pub(super) fn caps(&self) -> Vec<String> {
        let names = self.models.iter().map(|end| &end.name);
        let names = names.chain(self.embedding.iter().map(|end| &end.name));
        std::iter::once("all".to_owned()).chain(names.map(|name| format!("back_end:{name}"))).collect()
    }
}

impl EmbeddingEnd {
    /// Its vectors, of which those of adult mode may be asked for where it is on.
    pub(super) fn space(&self, adult: bool) -> Space {
        Space { name: self.space.clone(), adult: adult && self.adult }
    }
}

impl Desk {
    /// Plans the call that finds older turns by what is meant; none where nobody makes vectors, no
    /// turn has one, or in a mode of which who makes them is not to know.
    pub(super) fn meant(&self, user: UserId, asked: Asked, open: &Open) -> Option<(Meant, Reserve)> {
        let end = self.back_ends.embedding.as_ref()?;
        let may = !open.adult || end.adult;
        if !open.meant || !may || open.recalls >= MOST || end.client.is_open() {
            return None;
        }
        let text = shortened(&end.query, &[&open.asked]);
        let tokens = lock(&self.meant_tokens).of(&text);
        let worst = end.price.worst(tokens, 0);
        // What an attempt before has made is settled by now.
        let call = (asked.dialog, asked.turn, -asked.attempt, open.recalls + 1);
        let reserve = self.for_vectors(user, end, call, worst);
        Some((Meant { text, tokens, call, worst }, reserve))
    }

    /// The reserve of a call for vectors.
    pub(super) fn for_vectors(
        &self,
        user: UserId,
        end: &EmbeddingEnd,
        call: CallKey,
        worst: Micros,
    ) -> Reserve {
        Reserve {
            call,
            user,
            back_end: (end.name.clone(), end.cap),
            worst,
            person: self.back_ends.person,
            all: self.back_ends.all,
        }
    }

    /// One call for vectors, on the companions' own runtime, and what it took.
    pub(super) async fn vectors(
        self: &Arc<Self>,
        texts: Vec<String>,
        tokens: u32,
        within: Option<Duration>,
    ) -> (Result<Embedded, Failed>, Outcome) {
        let unsent = || (Err(Failed::unsent(Why::Unsendable)), Outcome::NotSpent);
        let (Some(home), Some(end)) = (self.handle(), self.back_ends.embedding.as_ref()) else {
            return unsent();
        };
        let (desk, price) = (self.clone(), end.price);
        let mut task = Task(home.spawn(async move {
            match &desk.back_ends.embedding {
                Some(end) => end.client.vectors(&texts, within).await,
                None => Err(Failed::unsent(Why::Unsendable)),
            }
        }));
        self.tallies.calls.fetch_add(1, Ordering::Relaxed);
        let lost = || Failed { unknown_attempts: 1, ..Failed::unsent(Why::Unsendable) };
        let made = (&mut task.0).await.unwrap_or_else(|_| Err(lost()));
        if let Ok(Embedded { tokens: Some(took), .. }) = &made {
            lock(&self.meant_tokens).learn(tokens, *took);
        }
        let outcome = match &made {
            Ok(embedded) => embedded.outcome(price),
            Err(failed) => failed.outcome(),
        };
        (made, outcome)
    }
}

impl Answerer {
    /// Fills in what is recalled by what is meant, where that comes in time and passes.
    pub(super) async fn recollect(
        &self,
        (user, asked): (UserId, Asked),
        mut open: Open,
        (course, meant, reserved): (&mut Course, Meant, Option<Reserved>),
        holding: &Holding,
    ) -> Open {
        let Some(end) = &self.desk.back_ends.embedding else { return open };
        let Some(Reserved::Yes(passed)) = reserved else { return open };
        let told = |passed| alerting::alert(&self.desk, &self.store, passed);
        passed.into_iter().for_each(told);
        if !holding.is_held() {
            self.settled((meant.call, Outcome::NotSpent), holding);
            return open;
        }
        let Meant { text, tokens, call, worst } = meant;
        let (made, outcome) = self.desk.vectors(vec![text], tokens, Some(end.wait)).await;
        self.spent(outcome, worst);
        self.settled((call, outcome), holding);
        let vector = match &made {
            Ok(embedded) => embedded.vectors.first().and_then(|numbers| Vector::of(numbers)),
            Err(failed) => {
                tracing::info!(back_end = end.name, %failed, "older turns are recalled by their words alone");
                None
            }
        };
        let Some(vector) = vector else { return open };
        let (at, space) = ((user, asked.dialog, asked.turn), end.space(open.adult));
        // A slow database holds it up no longer than who makes vectors.
        match timeout(end.wait, self.store.alike(at, space, vector, end.least)).await {
            Ok(Ok(found)) => {
                let with = merged(&open, found);
                let judged = self.desk.detector.judge(&prompt::window(&with));
                // What is said passes by itself: what was found must not keep it from a reply.
                if judged.ruling(with.adult) == Ruling::Passes {
                    course.adult |= judged.ruling(false) == Ruling::AdultOnly;
                    open = with;
                }
            }
            Ok(Err(cause)) => tracing::info!(%cause, "older turns are recalled by their words alone"),
            Err(_) => tracing::info!("older turns are recalled by their words alone: the store is slow"),
        }
        open
    }

    /// Settles a call for vectors beside the reply, which waits for nothing of it.
    fn settled(&self, paid: (CallKey, Outcome), holding: &Holding) {
        let (answerer, holding) = (self.clone(), holding.clone());
        actix_rt::spawn(async move {
            if answerer.settle(paid, &holding).await.is_err() {
                tracing::warn!("a call for vectors is not settled: its reserve counts");
            }
        });
    }
}

/// With what was found by meaning, the most alike first, beside what was by words.
fn merged(open: &Open, meant: Vec<(i32, Said)>) -> Open {
    let by_meaning: Vec<i32> = meant.iter().map(|(turn, _)| *turn).collect();
    let best = fused(&[&open.by_words, &by_meaning]);
    let mut recalled = open.recalled.clone();
    recalled.extend(meant);
    recalled.retain(|(turn, _)| best.contains(turn));
    recalled.sort_by_key(|(turn, _)| *turn);
    recalled.dedup_by_key(|(turn, _)| *turn);
    Open { recalled, ..open.clone() }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::capabilities::companion::prompt::tests::dialog;

    /// A plan of this call.
    pub(in crate::capabilities::companion) fn meant(call: CallKey) -> Meant {
        Meant { text: String::new(), tokens: 0, call, worst: Micros::ZERO }
    }

    fn said(words: &str) -> Said {
        Said { asked: words.to_owned(), reply: "Yes.".to_owned(), adult: false }
    }

    #[test]
    fn what_is_found_both_ways_stays_once_and_in_order() {
        let recalled: Vec<(i32, Said)> = [2, 5, 9].map(|turn| (turn, said(&format!("words {turn}")))).into();
        let open = Open { recalled, by_words: vec![9, 2, 5], ..dialog(12) };
        let turns = |open: &Open| open.recalled.iter().map(|(turn, _)| *turn).collect::<Vec<_>>();
        assert_eq!(turns(&merged(&open, Vec::new())), [2, 5, 9]);
        let meant = vec![(5, said("meant 5")), (3, said("meant 3"))];
        let both = merged(&open, meant);
        assert_eq!(turns(&both), [3, 5, 9], "5 by both, 9 by words, 3 by meaning before 2 by words");
    }

    #[test]
    fn a_text_is_cut_and_has_what_the_model_wants_before_it() {
        assert_eq!(shortened("query: ", &["Привет"]), "query: Привет");
        assert_eq!(shortened("", &["a", "b"]), "a\nb");
        assert_eq!(shortened("", &[&"ж".repeat(2_000)]).chars().count(), MEANT_CHARS);
    }
}
