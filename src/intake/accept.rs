//! What polling and webhook have in common: the journal, the count, the hand-over to the engine.
//!
//! Two steps, as the one who brings updates decides what happens between them: [`Intake::append`]
//! gives each update that is new its place in the journal, [`Intake::hand_over`] sees to its
//! effects. What was appended and is not handed over is finished by the next life.

use crate::capabilities;
use crate::telegram::moved::is_alerts_chat;
use crate::telegram::{Decoded, GroupEvent, RawUpdate, decode};
use nameless_actors::Engine;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Appended, JournalError, PortFuture, Texts};
use nameless_domain::ids::Seq;
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::text::{Lang, Msg};
use nameless_domain::time::Millis;
use std::sync::Arc;

/// What Telegram is asked for, whichever way. `message_reaction` is not in its default set.
pub fn kinds() -> Vec<&'static str> {
    let own = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"];
    let more = capabilities::updates().map(|kind| kind.name).filter(|name| !own.contains(name));
    own.into_iter().chain(more).collect()
}

/// How long a life after a crash is wary. Telegram sends again at once to who polls, and to a
/// webhook within some two minutes.
const WARY_MS: i64 = 150_000;

/// Takes updates on behalf of the engine.
pub struct Intake {
    /// Where updates go.
    pub engine: Arc<Engine>,
    /// For the line to groups.
    texts: Arc<dyn Texts>,
    /// Held by who polls from the journal to the engine, so that what one person says to two bots
    /// has the same order in both.
    pub(super) order: tokio::sync::Mutex<()>,
    /// Until then what comes may be what ended the process before this one.
    wary_until: Option<Millis>,
}

/// An update that is in the journal and not yet with the engine.
pub struct Taken {
    seq: Seq,
    /// Telegram's id.
    pub update_id: i64,
    raw: Arc<str>,
}

/// Updates on their way into the journal.
pub struct Batch<'a> {
    /// Those that are new, in the order in which they came.
    pub fresh: Vec<Taken>,
    /// Resolves when all of them, also those seen before, are on disk. Only then may they be
    /// acknowledged.
    pub durable: PortFuture<'a, Result<(), JournalError>>,
}

impl Intake {
    /// On behalf of `engine`; `texts` are for the line to groups.
    pub fn new(engine: Arc<Engine>, texts: Arc<dyn Texts>) -> Intake {
        let env = engine.env();
        let wary_until = env.journal.is_after_crash().then(|| env.clock.steady().plus(WARY_MS));
        Intake { engine, texts, order: tokio::sync::Mutex::default(), wary_until }
    }

    /// Whether what comes may have ended the process before this one, and that one not have written
    /// it down.
    pub fn is_wary(&self) -> bool {
        self.wary_until.is_some_and(|until| self.engine.env().clock.steady() < until)
    }

    /// To be called before a hand-over: as long as this life is wary, the updates are on disk
    /// first, counted as tried once. So an update that ends the process before the disk has it does
    /// so once, and that counts.
    pub async fn count(&self, updates: impl Iterator<Item = &Taken>) {
        if !self.is_wary() {
            return;
        }
        let seqs: Vec<Seq> = updates.map(|taken| taken.seq).collect();
        if !seqs.is_empty()
            && let Err(cause) = self.engine.env().journal.trying(&seqs).await
        {
            // They are handed over all the same: nobody else would.
            tracing::error!(%cause, "updates after a crash could not be counted before they are handled");
        }
    }

    /// Has those answered who are about to pay, before anything else and past every queue: Telegram
    /// gives ten seconds. They go on like any other update, and are nobody's by then.
    pub fn check_out(&self, updates: &[RawUpdate]) {
        let meters = self.engine.meters();
        let billing = &self.engine.env().capabilities.billing;
        let asked = updates.iter().filter(|update| billing.check_out(&update.raw)).count();
        if asked > 0 {
            meters.billing_checkouts.add(asked as u64);
        }
    }

    /// Puts updates into the journal, all or none. Counts and leaves out what has no id (it is no
    /// update) and what was here before (I3).
    pub fn append(&self, updates: &[RawUpdate]) -> Result<Batch<'_>, JournalError> {
        let meters = self.engine.meters();
        let entries: Vec<(i64, Arc<str>)> =
            updates.iter().filter_map(|u| u.update_id.map(|id| (id, u.raw.clone()))).collect();
        meters.updates_malformed.add((updates.len() - entries.len()) as u64);
        if entries.is_empty() {
            return Ok(Batch { fresh: Vec::new(), durable: Box::pin(std::future::ready(Ok(()))) });
        }
        let Appended { seqs, durable } = self.engine.env().journal.append(entries.clone())?;
        let taken = entries.into_iter().zip(seqs);
        let fresh: Vec<Taken> = taken
            .filter_map(|((update_id, raw), seq)| seq.map(|seq| Taken { seq, update_id, raw }))
            .collect();
        meters
            .updates_duplicate
            .add((updates.iter().filter(|u| u.update_id.is_some()).count() - fresh.len()) as u64);
        Ok(Batch { fresh, durable })
    }

    /// Hands an update to the engine; waits while that has as many under way as it may. What is
    /// none of the engine's business is done with it.
    pub async fn hand_over(&self, taken: Taken) {
        let Taken { seq, update_id, raw } = taken;
        let meters = self.engine.meters();
        match decode(&raw) {
            Decoded::Update(update) => {
                let user = update.user;
                let accepted = Accepted { seq, update_id, user, raw, sent: None, attempt: 0 };
                return self.engine.deliver(update, accepted).await;
            }
            Decoded::Group(event) => self.greet(event),
            // A command of an operator's is begun at most once: what a crash cuts off is not begun
            // anew by the next life, but by the operator, who sees that there was no answer.
            Decoded::Ignored { .. } if self.engine.in_group(&raw) => {}
            Decoded::Ignored { .. } => meters.updates_ignored.add(1),
            Decoded::Malformed { .. } => {
                meters.updates_malformed.add(1);
                tracing::warn!(update_id, "an update cannot be read; it is kept as a dead letter");
                return self.engine.put_aside_unowned(seq, update_id, raw).await;
            }
        }
        self.engine.env().journal.done(seq);
    }

    /// Says once to a group that this is no place for the bot, and leaves.
    fn greet(&self, event: GroupEvent) {
        // The operators' own chat is where the bot belongs.
        let alerts = self.engine.env().alerts_chat();
        if !event.added || alerts == Some(event.chat) {
            return;
        }
        let lang = event.lang_hint.unwrap_or(Lang::En);
        let html = self.texts.html(lang, &Msg::new("group-hello"));
        let (engine, chat) = (self.engine.clone(), event.chat);
        let leave = move |engine: &Engine| {
            engine.call(Outgoing { chat, call: Call::Say { html, keyboard: Vec::new() } }, Lane::Interactive);
            engine.call(Outgoing { chat, call: Call::LeaveChat }, Lane::Interactive);
        };
        // Their group may have become this supergroup: of that it is told as of any other one.
        let may_be_theirs = alerts.is_some_and(|theirs| {
            theirs.is_basic_group() && theirs.bot() == chat.bot() && !chat.is_basic_group()
        });
        if !may_be_theirs {
            return leave(&engine);
        }
        tokio::spawn(async move {
            if !is_alerts_chat(engine.env(), chat).await {
                leave(&engine);
            }
        });
    }
}
