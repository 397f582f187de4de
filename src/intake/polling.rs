//! Long polling.
//!
//! A batch is written to the journal, its updates are handed to the engine, and only when the
//! journal has it on disk does the next request's offset acknowledge it to Telegram: a kill at any
//! moment loses nothing (I2), and what Telegram sends again is recognised by its id (I3). While the
//! engine has as many updates under way as it may, the hand-over waits, so nothing is fetched that
//! cannot be taken.
//!
//! Servers that are not quite Telegram are survived: one that answers at once with nothing, or
//! repeats what was acknowledged, is asked at a slower and slower pace; an update that cannot be
//! read costs only itself.

use super::IntakeEnded;
use super::accept::{Batch, Intake, kinds};
use super::trouble::{Condition, Grace, Seldom, Trouble};
use crate::telegram::{ApiFailure, Client, PollError, RawUpdate, parse_updates, told};
use nameless_actors::ports::JournalError;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Updates per request; Telegram's maximum.
const LIMIT: u8 = 100;
/// Requests are at least this far apart while there is something to fetch. A request, its answer, a
/// write to disk and the threads that it wakes cost more than a text does; what comes in the
/// meantime shares them. Nobody in a chat notices, and who writes after a silence meets a request
/// that waits.
const APART: Duration = Duration::from_millis(5);
/// An empty answer sooner than this was no long poll.
const SOON: Duration = Duration::from_millis(500);
/// The first wait between requests when something is wrong.
const BACKOFF: Duration = Duration::from_millis(100);
/// How long a stop waits for the last batch, and again for Telegram to hear of it.
const LAST: Duration = Duration::from_secs(1);
/// Longest wait when the server is merely odd: it may have something at any moment.
const BACKOFF_ODD: Duration = Duration::from_secs(1);
/// Longest wait when Telegram, or the journal, is away: everybody waits for its return.
const BACKOFF_AWAY: Duration = Duration::from_secs(2);
/// Longest wait while the token is refused that was good before.
const BACKOFF_REFUSED: Duration = Duration::from_secs(10);
/// Longest wait when only a person can help: another program polls.
const BACKOFF_CONFLICT: Duration = Duration::from_secs(30);

/// The poller of one token.
pub struct Poller {
    /// Telegram.
    pub client: Arc<Client>,
    /// Where updates go.
    pub intake: Arc<Intake>,
    /// How long a request waits for an update.
    pub timeout: Duration,
    /// What is wrong.
    pub condition: Condition,
    /// There are other bots beside this one.
    pub others: bool,
}

/// Grows with each thing that is wrong, and is forgotten when all is well.
struct Patience {
    wait: Duration,
    grace: Grace,
    told_to_wait: Seldom,
}

impl Patience {
    fn lose(&mut self, most: Duration) -> Duration {
        let wait = self.wait;
        self.wait = (self.wait * 2).min(most);
        wait.min(most)
    }
}

impl Poller {
    /// Polls until `stop` turns true.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), IntakeEnded> {
        let (kinds, bot) = (kinds(), self.client.place());
        let mut offset: Option<i64> = None;
        let mut patience =
            Patience { wait: BACKOFF, grace: Grace::default(), told_to_wait: Seldom::default() };
        // Who has lost the lease is being ended, and asks for nothing more (I15).
        while !*stop.borrow() && self.intake.engine.env().may_act() {
            let asked = Instant::now();
            let fetched = tokio::select! {
                fetched = self.client.get_updates(offset, LIMIT, self.timeout, &kinds) => fetched,
                _ = stop.changed() => break,
            };
            let body = match fetched {
                Ok(body) => body,
                Err(cause) => {
                    let wait = self.failed(&cause, &mut patience)?;
                    pause(wait, &mut stop).await;
                    continue;
                }
            };
            let updates = match parse_updates(&body) {
                Ok(updates) => {
                    patience.grace.good();
                    self.condition.set(Trouble::None);
                    updates.into_iter().map(|update| update.by(bot)).collect::<Vec<_>>()
                }
                Err(failure) => {
                    let wait = tokio::select! {
                        wait = self.refused(&failure, &mut patience) => wait?,
                        _ = stop.changed() => break,
                    };
                    pause(wait, &mut stop).await;
                    continue;
                }
            };
            let mut taking = pin!(self.take(&updates, asked));
            let fresh = tokio::select! {
                fresh = &mut taking => fresh,
                // What was handed over is to be acknowledged: without it the next poller gets it
                // again.
                _ = stop.changed() => match tokio::time::timeout(LAST, &mut taking).await {
                    Ok(fresh) => fresh,
                    Err(_) => break,
                },
            };
            match fresh {
                Ok(fresh) => {
                    let newest = updates.iter().filter_map(|u| u.update_id).max();
                    offset = newest.map(|id| bot.telegrams(id).saturating_add(1)).or(offset);
                    let waited = updates.is_empty() && asked.elapsed() >= SOON.min(self.timeout);
                    if fresh > 0 || waited {
                        patience.wait = BACKOFF;
                    } else {
                        // Nothing, at once; or only what was acknowledged before.
                        pause(patience.lose(BACKOFF_ODD), &mut stop).await;
                    }
                }
                Err(cause) => {
                    tracing::error!(%cause, "updates cannot be accepted; they stay with Telegram");
                    pause(patience.lose(BACKOFF_AWAY), &mut stop).await;
                }
            }
        }
        if let Some(offset) = offset.filter(|_| self.intake.engine.env().may_act()) {
            self.acknowledge(offset, &kinds).await;
        }
        Ok(())
    }

    /// Acknowledges the last batch; what this brings is not looked at and comes again.
    async fn acknowledge(&self, offset: i64, kinds: &[&str]) {
        let last = self.client.get_updates(Some(offset), 1, Duration::ZERO, kinds);
        if !matches!(tokio::time::timeout(LAST, last).await, Ok(Ok(_))) {
            tracing::info!(
                "Telegram was not told of the last updates: they come again, and this journal knows them"
            );
        }
    }

    /// Journals a batch, hands it over, waits for the disk and until it is time to ask again. The
    /// number of updates that were new.
    async fn take(&self, updates: &[RawUpdate], asked: Instant) -> Result<usize, JournalError> {
        self.intake.check_out(updates);
        let in_order = self.intake.order.lock().await;
        let Batch { fresh, durable } = self.intake.append(updates)?;
        let count = fresh.len();
        self.intake.count(fresh.iter()).await;
        for taken in fresh {
            self.intake.hand_over(taken).await;
        }
        drop(in_order);
        let gap = APART.saturating_sub(asked.elapsed());
        // A full answer: there is more already.
        if count > 0 && !gap.is_zero() && updates.len() < usize::from(LIMIT) {
            // First, as the disk has answered by then: one wait instead of two.
            tokio::time::sleep(gap).await;
        }
        durable.await?;
        Ok(count)
    }

    fn failed(&self, cause: &PollError, patience: &mut Patience) -> Result<Duration, IntakeEnded> {
        let wait = patience.lose(BACKOFF_AWAY);
        self.condition.set(Trouble::Away);
        tracing::warn!(%cause, retry_in = ?wait, "updates could not be fetched");
        Ok(wait)
    }

    async fn refused(&self, failure: &ApiFailure, patience: &mut Patience) -> Result<Duration, IntakeEnded> {
        match failure {
            ApiFailure::Refused { code: 401, .. } if patience.grace.bears(Instant::now(), self.others) => {
                let wait = patience.lose(BACKOFF_REFUSED);
                self.condition.set(Trouble::TokenRefused);
                tracing::error!(retry_in = ?wait, "Telegram refuses the token, which was good before");
                Ok(wait)
            }
            ApiFailure::Refused { code: 401, .. } => Err(IntakeEnded::Unauthorized),
            ApiFailure::Refused { code: 409, .. } if self.took_webhook_back().await => {
                Ok(patience.lose(BACKOFF_AWAY))
            }
            ApiFailure::Refused { code: 409, .. } => {
                let wait = patience.lose(BACKOFF_CONFLICT);
                self.condition.set(Trouble::Conflict);
                tracing::error!(retry_in = ?wait, "another program polls with this token: only one may");
                Ok(wait)
            }
            ApiFailure::Refused { code: 429, retry_after, .. }
            | ApiFailure::Refused { retry_after: retry_after @ Some(_), .. } => {
                let told_s = retry_after.map(|told| told.as_secs());
                let wait = told::wait(told_s, told::ALL);
                self.condition.set(Trouble::ToldToWait);
                if let Some(times) = patience.told_to_wait.say(Instant::now()) {
                    tracing::warn!(?told_s, retry_in = ?wait, times, "Telegram tells us to wait for updates");
                }
                Ok(wait)
            }
            failure => {
                let wait = patience.lose(BACKOFF_AWAY);
                self.condition.set(Trouble::Away);
                tracing::warn!(%failure, retry_in = ?wait, "updates could not be fetched");
                Ok(wait)
            }
        }
    }

    /// While a webhook is set, polling gets 409. Takes back one that an earlier configuration has
    /// set; what waits for it stays with Telegram and is polled. False if there is none, or
    /// Telegram does not answer.
    async fn took_webhook_back(&self) -> bool {
        if !self.client.webhook_info().await.is_ok_and(|info| !info.url.is_empty()) {
            return false;
        }
        match self.client.delete_webhook().await {
            Ok(()) => {
                tracing::warn!("a webhook was set and is taken back, as WEBHOOK_URL is not set");
                true
            }
            Err(cause) => {
                tracing::warn!(%cause, "a webhook that is set could not be taken back");
                false
            }
        }
    }
}

async fn pause(wait: Duration, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        _ = stop.changed() => {}
    }
}
