//! Long polling.
//!
//! A batch is written to the journal, its updates are handed to the engine, and only when the journal has it on disk
//! does the next request's offset acknowledge it to Telegram: a kill at any moment loses nothing (I2), and what
//! Telegram sends again is recognised by its id (I3). While the engine has as many updates under way as it may, the
//! hand-over waits, so nothing is fetched that cannot be taken.
//!
//! Servers that are not quite Telegram are survived: one that answers at once with nothing, or repeats what was
//! acknowledged, is asked at a slower and slower pace; an update that cannot be read costs only itself.

use crate::telegram::{ApiFailure, Client, Decoded, GroupEvent, PollError, RawUpdate, decode, parse_updates};
use nameless_actors::Engine;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Appended, JournalError, Texts};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::text::{Lang, Msg};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Updates per request; Telegram's maximum.
const LIMIT: u8 = 100;
/// What is asked for. `message_reaction` is not in Telegram's default set.
const KINDS: [&str; 5] =
    ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"];
/// An empty answer sooner than this was no long poll.
const SOON: Duration = Duration::from_millis(500);
/// Waits between requests when something is wrong.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// Longest wait when the server is merely odd: it may have something at any moment.
const BACKOFF_ODD: Duration = Duration::from_secs(1);

/// Why polling ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollingEnded {
    /// The token is not accepted.
    #[error("Telegram does not accept the token; check BOT_TOKEN (ask @BotFather for a new one if in doubt)")]
    Unauthorized,
}

/// The poller of one token.
pub struct Poller {
    /// Telegram.
    pub client: Arc<Client>,
    /// Where updates go.
    pub engine: Arc<Engine>,
    /// For the line to groups.
    pub texts: Arc<dyn Texts>,
    /// How long a request waits for an update.
    pub timeout: Duration,
}

/// Grows with each thing that is wrong, and is forgotten when all is well.
struct Patience {
    wait: Duration,
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
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), PollingEnded> {
        let mut offset: Option<i64> = None;
        let mut patience = Patience { wait: BACKOFF.0 };
        while !*stop.borrow() {
            let asked = Instant::now();
            let fetched = tokio::select! {
                fetched = self.client.get_updates(offset, LIMIT, self.timeout, &KINDS) => fetched,
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
                Ok(updates) => updates,
                Err(failure) => {
                    let wait = self.refused(&failure, &mut patience)?;
                    pause(wait, &mut stop).await;
                    continue;
                }
            };
            let fresh = tokio::select! {
                fresh = self.take(&updates) => fresh,
                _ = stop.changed() => break,
            };
            match fresh {
                Ok(fresh) => {
                    let newest = updates.iter().filter_map(|u| u.update_id).max();
                    offset = newest.map(|id| id.saturating_add(1)).or(offset);
                    if fresh > 0 || (updates.is_empty() && asked.elapsed() >= SOON.min(self.timeout)) {
                        patience.wait = BACKOFF.0;
                    } else {
                        // Nothing, at once; or only what was acknowledged before.
                        pause(patience.lose(BACKOFF_ODD), &mut stop).await;
                    }
                }
                Err(cause) => {
                    tracing::error!(%cause, "updates cannot be accepted; they stay with Telegram");
                    pause(patience.lose(BACKOFF.1), &mut stop).await;
                }
            }
        }
        Ok(())
    }

    /// Journals a batch, hands it over, waits for the disk. The number of updates that were new.
    async fn take(&self, updates: &[RawUpdate]) -> Result<usize, JournalError> {
        let meters = self.engine.meters();
        let entries: Vec<(i64, Arc<str>)> =
            updates.iter().filter_map(|u| u.update_id.map(|id| (id, u.raw.clone()))).collect();
        meters.updates_malformed.add((updates.len() - entries.len()) as u64);
        if entries.is_empty() {
            return Ok(0);
        }
        let raws: Vec<(i64, Arc<str>)> = entries.clone();
        let Appended { seqs, durable } = self.engine.env().journal.append(entries)?;
        let mut fresh = 0;
        for ((update_id, raw), seq) in raws.into_iter().zip(seqs) {
            let Some(seq) = seq else {
                meters.updates_duplicate.add(1);
                continue;
            };
            fresh += 1;
            match decode(&raw) {
                Decoded::Update(update) => {
                    let user = update.user;
                    let accepted = Accepted { seq, update_id, user, raw, sent: None, attempt: 0 };
                    self.engine.deliver(update, accepted).await;
                    continue;
                }
                Decoded::Group(event) => self.greet(event),
                Decoded::Ignored { .. } => meters.updates_ignored.add(1),
                Decoded::Malformed { .. } => {
                    meters.updates_malformed.add(1);
                    tracing::warn!(update_id, "an update cannot be read; it is left out");
                }
            }
            self.engine.env().journal.done(seq);
        }
        durable.await?;
        Ok(fresh)
    }

    /// Says once to a group that this is no place for the bot, and leaves.
    fn greet(&self, event: GroupEvent) {
        if !event.added {
            return;
        }
        let lang = event.lang_hint.unwrap_or(Lang::En);
        let html = self.texts.html(lang, &Msg::new("group-hello"));
        let chat = event.chat;
        self.engine
            .call(Outgoing { chat, call: Call::Say { html, keyboard: Vec::new() } }, Lane::Interactive);
        self.engine.call(Outgoing { chat, call: Call::LeaveChat }, Lane::Interactive);
    }

    fn failed(&self, cause: &PollError, patience: &mut Patience) -> Result<Duration, PollingEnded> {
        let wait = patience.lose(BACKOFF.1);
        tracing::warn!(%cause, retry_in = ?wait, "updates could not be fetched");
        Ok(wait)
    }

    fn refused(&self, failure: &ApiFailure, patience: &mut Patience) -> Result<Duration, PollingEnded> {
        let wait = patience.lose(BACKOFF.1);
        match failure {
            ApiFailure::Refused { code: 401, .. } => return Err(PollingEnded::Unauthorized),
            ApiFailure::Refused { code: 409, .. } => tracing::error!(
                retry_in = ?wait,
                "another program polls with this token, or a webhook is set: only one may"
            ),
            ApiFailure::Refused { retry_after: Some(told), .. } => return Ok(*told),
            failure => tracing::warn!(%failure, retry_in = ?wait, "updates could not be fetched"),
        }
        Ok(wait)
    }
}

async fn pause(wait: Duration, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        _ = stop.changed() => {}
    }
}
