//! How a turn ends: its reply is judged and kept before it is told, its call settled, and what was
//! bought is offered to the store for as long as the job's hold lasts.

use super::prompt;
use super::reply::{Answerer, KEEP_AGAIN, away};
use super::store::{Asked, CallKey, Due, End, Ended, Open, REPLY};
use crate::capabilities::points;
use nameless_actors::jobs::{Failure, Holding};
use nameless_actors::ports::StoreError;
use nameless_domain::capabilities::companion::Event;
use nameless_domain::companion::money::{Micros, Outcome};
use nameless_domain::companion::safety::{Judgement, Ruling, Side};
use nameless_domain::ids::UserId;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// How often the store is waited for where a turn cannot be kept, and its call is only to be
/// settled.
const LAST_WAITS: u32 = 40;

impl Answerer {
    pub(super) fn spent(&self, outcome: Outcome, worst: Micros) {
        let spent = match outcome {
            Outcome::NotSpent => Micros::ZERO,
            Outcome::Spent(spent) => spent,
            Outcome::Unknown => worst,
        };
        self.desk.tallies.spent.fetch_add(spent.0, Ordering::Relaxed);
    }

    /// Judges a reply with what was said before it.
    pub(super) fn judge(&self, open: &Open, text: &str) -> Judgement {
        let mut window = prompt::window(open);
        window.push(Side::Character, text);
        self.desk.detector.judge(&window)
    }

    pub(super) async fn keep(
        &self,
        user: UserId,
        asked: Asked,
        (open, words, adult, left_out): (&Open, String, bool, i32),
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let said = open.asked.clone();
        let end = End::Replied { asked: said, words: words.clone(), notice: open.notice, adult };
        points::reach("companion before keeping");
        let kept = self.end(user, asked, end, paid, holding).await?;
        points::reach("companion after keeping");
        match kept {
            Ended::Yes => {
                let (answerer, summed) = (self.clone(), open.summed);
                let due = Due { dialog: asked.dialog, upto: left_out };
                // Beside the reply, which waits for nothing.
                actix_rt::spawn(async move {
                    answerer.sum_up(user, summed, due).await;
                    answerer.take_in(user, asked).await;
                });
                Ok(self.told(user, asked, open, &words, open.notice))
            }
            Ended::Revoked => Ok(Event::AdultOnly),
            Ended::No => Ok(Event::Nothing),
        }
    }

    pub(super) async fn refused(
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
        let ended = self.end(user, asked, end, paid, holding).await?;
        points::reach("companion after refusing");
        match ended {
            Ended::No => Ok(Event::Nothing),
            Ended::Yes | Ended::Revoked => Ok(event),
        }
    }

    /// Ends a turn. What was bought is offered to the store for as long as the hold lasts. Where an
    /// answer of the store was lost, the turn may have ended by this all the same: the job's next
    /// attempt reads that, and tells what was kept.
    pub(super) async fn end(
        &self,
        user: UserId,
        asked: Asked,
        end: End,
        paid: Option<(CallKey, Outcome)>,
        holding: &Holding,
    ) -> Result<Ended, Failure> {
        let mut is_lost = false;
        loop {
            match self.store.end_turn(user, asked, end.clone(), paid).await {
                Ok((Ended::No, _)) if is_lost => {
                    return Err(Failure::Again("an answer of the store was lost".into()));
                }
                Ok((ended, has_next)) => {
                    let tallies = &self.desk.tallies;
                    let tally = match &end {
                        End::Replied { .. } if ended == Ended::Yes => &tallies.replied,
                        End::Replied { .. } | End::Refused => &tallies.refused,
                        End::Helped => &tallies.helped,
                        End::Failed => &tallies.failed,
                    };
                    tally.fetch_add(u64::from(ended != Ended::No), Ordering::Relaxed);
                    if has_next {
                        self.desk.wake(REPLY);
                    }
                    return Ok(ended);
                }
                Err(cause @ StoreError::Refused(_)) => {
                    // Nobody comes back to this call: what was bought was bought.
                    if let Some(paid) = paid {
                        self.settle_last(paid, holding).await;
                    }
                    return Err(Failure::Final(cause.to_string()));
                }
                Err(_) if holding.is_held() && !holding.is_closing() => {
                    is_lost = true;
                    sleep(KEEP_AGAIN).await;
                }
                Err(cause) => return Err(away(cause)),
            }
        }
    }

    pub(super) async fn settle(
        &self,
        (call, outcome): (CallKey, Outcome),
        holding: &Holding,
    ) -> Result<(), Failure> {
        let may_wait = || holding.is_held() && !holding.is_closing();
        offered(|| self.store.settle_call(call, outcome), may_wait, KEEP_AGAIN).await.map_err(away)
    }

    /// Settles a call to which no attempt comes back.
    pub(super) async fn settle_last(&self, (call, outcome): (CallKey, Outcome), holding: &Holding) {
        let mut waits = 0..LAST_WAITS;
        let may_wait = || holding.is_held() && !holding.is_closing() && waits.next().is_some();
        if let Err(cause) = offered(|| self.store.settle_call(call, outcome), may_wait, KEEP_AGAIN).await {
            tracing::warn!(%cause, "a call of which nothing can be kept is not settled: it counts as its worst case");
        }
    }
}

/// Offers something to the store until it takes it or says no, for as long as that may be waited
/// for.
async fn offered<F: Future<Output = Result<(), StoreError>>>(
    mut offer: impl FnMut() -> F,
    mut may_wait: impl FnMut() -> bool,
    wait: Duration,
) -> Result<(), StoreError> {
    loop {
        match offer().await {
            Err(StoreError::Unavailable(_)) if may_wait() => sleep(wait).await,
            answered => return answered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Guard: the loop.
    #[tokio::test]
    async fn what_is_offered_waits_for_a_store_that_is_away_and_not_for_one_that_refuses() {
        let away = || Err(StoreError::Unavailable("away".into()));
        let refused = || Err(StoreError::Refused("no".into()));
        for (answers, waits, expected, asked) in [
            (vec![away(), away(), Ok(())], 5, Ok(()), 3),
            (vec![away(), refused(), Ok(())], 5, refused(), 2),
            (vec![away(), away(), away(), Ok(())], 2, away(), 3),
            (vec![away(), Ok(())], 0, away(), 1),
        ] {
            let (offers, mut left) = (Cell::new(0), 0..waits);
            let offer = || {
                let answer = answers[offers.replace(offers.get() + 1)].clone();
                async move { answer }
            };
            assert_eq!(offered(offer, || left.next().is_some(), Duration::ZERO).await, expected);
            assert_eq!(offers.get(), asked);
        }
    }
}
