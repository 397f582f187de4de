//! A user's session: a pure state machine from events to effects.
//!
//! [`SessionCore::on`] is the only way in; the effects it appends are the only way out. Each part
//! (a sibling module) lists its commands and its buttons as a [`Feature`]; nothing else needs to
//! know them. What is not needed to meet and to talk is a capability ([`crate::capabilities`]), for
//! which there is one arm in each direction.

pub mod account;
mod chat;
mod command;
mod ending;
mod feature;
mod info;
pub mod notice;
mod onboarding;
mod once;
mod owed;
mod privacy;
mod profile_editor;
pub mod review;
mod search;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod turn;
mod urgency;

pub(crate) use command::{asks_something, is_command};
pub use feature::{Asked, Command, Feature, Role, features, shown_commands};
pub use turn::{Effect, Moment, Record, SeekRequest, Turn};
pub use urgency::Urgency;

use crate::capabilities::{self, Before, Fact};
use crate::ids::{PairId, Seq, UserId};
use crate::profile::Interests;
use crate::relay::Undelivered;
use crate::relay::content::{Body, Finding, Inbound};
use crate::rules::Rules;
use crate::session::account::{Account, Phase};
use crate::session::command::{Given, command_of, words_behind};
use crate::session::notice::Notice;
use crate::text::Screen;
use crate::time::Millis;
use crate::update::{Act, Update};
use serde::{Deserialize, Serialize};

/// Why a pair ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// A member ended it with /stop.
    Stopped,
    /// A member went on to the next partner.
    Next,
    /// A member blocked the bot, or their account is gone.
    Vanished,
    /// A member reported or blocked the other.
    Reported,
    /// A member erased their data.
    Erased,
    /// The pair could not be kept (found ended in the store after a crash).
    Lost,
}

/// What can happen to a session.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // Lives for one call; updates are most of them, a box each would cost more.
pub enum Event {
    /// The user did something.
    Update(Update),
    /// The session was just loaded from the store.
    Loaded {
        /// The pair the store knows the user to be in, the partner, and since when.
        live: Option<(PairId, UserId, Millis)>,
        /// What a former life of the engine had to tell the user and, as far as the store knows,
        /// did not.
        owed: Vec<Notice>,
    },
    /// A capability's own.
    Capability(capabilities::Event),
    /// The matchmaker opened a pair.
    PartnerFound {
        /// The pair.
        pair: PairId,
        /// The other one.
        partner: UserId,
        /// Topics that both like.
        common: Interests,
    },
    /// The partner or the system ended the pair.
    PairEnded {
        /// Which.
        pair: PairId,
        /// Why.
        cause: EndCause,
    },
    /// The moment came that the last [`SeekRequest`] asked to be woken at.
    SearchDue,
    /// The matchmaker takes no more seekers.
    SearchRefused,
    /// The queue has not been reachable for some seconds; the search goes on when it is.
    SearchDelayed,
    /// The wait for an album's later items is over.
    AlbumDue,
    /// The relay says why something was not passed on.
    RelayNote {
        /// The pair it was meant for.
        pair: PairId,
        /// Locale key of the line.
        key: &'static str,
    },
    /// Something that the user sent will not reach the partner. Owed already when this is told.
    NotArrived {
        /// The pair it was meant for.
        pair: PairId,
        /// Why.
        why: Undelivered,
    },
    /// Telegram never said whether an answer of the bot's own has arrived. Owed already when this
    /// is told.
    Unsaid,
    /// Telegram says that this user cannot be reached any more.
    Unreachable,
    /// A copy of the user's data, which they had asked for, could not be made or sent.
    ExportFailed,
    /// An update was turned away because too many are under way.
    NotTaken,
    /// An update could not be handled twice and was put aside.
    PutAside,
}

/// The session's own commands and buttons; a capability's come from [`crate::capabilities`].
pub(crate) const FEATURES: &[Feature] = &[
    onboarding::FEATURE,
    search::FEATURE,
    ending::FEATURE,
    review::FEATURE,
    profile_editor::FEATURE,
    settings::FEATURE,
    privacy::FEATURE,
    info::FEATURE,
];

/// The state of one user's session.
#[derive(Debug)]
pub struct SessionCore {
    /// What is kept.
    pub account: Account,
    /// What the capabilities know.
    pub(crate) capabilities: capabilities::States,
    /// An album whose later items are waited for.
    album: Option<Box<chat::Album>>,
    /// What need not be said again; none in most chats.
    once: Option<Box<once::Once>>,
    /// Findings already told in this chat that are told once.
    told: u16,
    /// The last `NotTaken` was told and nothing was taken since.
    told_busy: bool,
    /// When the running search was asked whether it goes on. Not kept: after a restart it is asked
    /// again, so that no search ends unasked.
    asked: Option<Millis>,
    /// A pair that was over before word of its beginning came.
    over: Option<PairId>,
    /// See [`SessionCore::came_before`].
    former: Seq,
}

impl SessionCore {
    /// A session over an account as loaded or new.
    pub fn new(account: Account) -> SessionCore {
        SessionCore {
            account,
            capabilities: capabilities::States::default(),
            album: None,
            once: None,
            told: 0,
            told_busy: false,
            asked: None,
            over: None,
            former: Seq(0),
        }
    }

    /// Updates up to `seq` were accepted before this session was loaded (the head of the journal is
    /// safe). Those that come again were written before any chat that begins from now on, so none
    /// is relayed into one (I4); the account alone cannot tell, as it is not kept for every
    /// message.
    pub fn came_before(&mut self, seq: Seq) {
        self.former = self.former.max(seq);
    }

    /// What the store knows of a ban, before anything is handled.
    pub fn stands(&mut self, standing: Option<capabilities::admin::Standing>) {
        self.capabilities.admin.begins(standing);
    }

    /// What must be asked, and be told by [`Event::Capability`], before `update` is handled.
    pub fn needs(&self, update: &Update, now: Millis) -> Option<capabilities::Request> {
        self.capabilities.needs(&Before::Update(update), now)
    }

    /// The same before [`Event::Loaded`].
    pub fn needs_at_first(&self, now: Millis) -> Option<capabilities::Request> {
        self.capabilities.needs(&Before::Loaded(&self.account), now)
    }

    /// Tells the capabilities what has happened.
    fn tell(&mut self, fact: Fact, turn: &mut Turn<'_>) {
        capabilities::hear(self, fact, turn);
    }

    /// Whether something is buffered that passivation would lose.
    pub fn holds_something(&self) -> bool {
        self.album.is_some()
    }

    /// The wall clock was set forward (or, if negative, back) by so many milliseconds. What is
    /// waited for takes as long as it would have.
    pub fn clock_was_set(&mut self, by_ms: i64) {
        match &mut self.account.phase {
            Phase::Searching { since, confirmed, .. } => {
                (*since, *confirmed) = (since.plus(by_ms), confirmed.plus(by_ms));
            }
            Phase::Chatting { since, .. } => *since = since.plus(by_ms),
            Phase::Onboarding { .. } | Phase::Underage { .. } | Phase::Idle => {}
        }
        self.asked = self.asked.map(|asked| asked.plus(by_ms));
    }

    /// Handles one event; effects are appended to `out` in the order in which they must happen.
    pub fn on(&mut self, event: Event, at: Moment, rules: &Rules, out: &mut Vec<Effect>) {
        let mut turn = Turn::new(at, rules, out);
        match event {
            Event::Update(update) => self.on_update(update, &mut turn),
            Event::Loaded { live, owed } => {
                self.on_loaded(live, &owed, &mut turn);
                capabilities::admin::enforce(self, &mut turn);
            }
            Event::Capability(event) => capabilities::on_event(self, event, &mut turn),
            Event::PartnerFound { pair, partner, common } => {
                self.on_partner_found(pair, partner, common, &mut turn)
            }
            Event::PairEnded { pair, cause } => self.on_pair_ended(pair, cause, &mut turn),
            Event::SearchDue => self.on_search_due(&mut turn),
            Event::SearchRefused => self.on_search_refused(&mut turn),
            Event::SearchDelayed => {
                if let Phase::Searching { .. } = self.account.phase {
                    turn.say(Screen::text("search-delayed"));
                }
            }
            Event::AlbumDue => self.flush_album(&mut turn),
            Event::RelayNote { pair, key } => {
                if self.account.pair() == Some(pair) {
                    turn.say(Screen::text(key));
                }
            }
            Event::NotArrived { pair, why } => {
                let notice = Notice::NotArrived { pair, why };
                match self.account.pair() == Some(pair) {
                    true => turn.notify(notice),
                    false => turn.not_owed(notice),
                }
            }
            Event::Unsaid => turn.notify(Notice::Unsaid),
            Event::Unreachable => self.on_gone(&mut turn),
            Event::ExportFailed => self.on_export_failed(&mut turn),
            Event::NotTaken => {
                if !self.told_busy {
                    self.told_busy = true;
                    turn.say(Screen::text("busy-session"));
                }
            }
            Event::PutAside => turn.say(Screen::text("error-unexpected")),
        }
    }

    fn on_update(&mut self, update: Update, turn: &mut Turn<'_>) {
        self.told_busy = false;
        // The very first word between us: speak the language their Telegram speaks.
        if self.account.applied == Seq(0)
            && let (Some(lang), Phase::Onboarding { .. } | Phase::Underage { .. }) =
                (update.lang_hint, self.account.phase)
        {
            self.account.lang = lang;
        }
        // The one gate before every handler (I19). Nothing is kept for whom it turns away.
        if !capabilities::admin::admits(self, &update.act, turn) {
            return;
        }
        let replayed = turn.seq().is_some_and(|seq| seq <= self.account.applied);
        if let Some(seq) = turn.seq() {
            self.account.applied = self.account.applied.max(seq);
        }
        if replayed {
            // It came again because something of it was lost, and that may have been its row.
            turn.save();
        }
        if self.account.blocked_bot && !replayed && !matches!(update.act, Act::BlockedBot) {
            self.account.blocked_bot = false;
            turn.save();
        }
        match update.act {
            Act::Unreadable => turn.say(Screen::text("error-unreadable")),
            Act::Message(message) => self.on_message(message, replayed, turn),
            Act::Edited(message) => self.on_edited(message, turn),
            Act::Pressed { callback_id, data, message } => {
                self.end_burst();
                turn.pressed(callback_id, message);
                match replayed {
                    true if data == privacy::EXPORT => self.export_again(turn),
                    true => self.show_where(turn),
                    false => self.on_pressed(&data, turn),
                }
                turn.answer_press();
            }
            Act::Reacted { message, emoji } => self.on_reacted(message, emoji, turn),
            // One that comes again is of the past: they may be back and in a chat.
            Act::BlockedBot if replayed => {}
            Act::BlockedBot => self.on_gone(turn),
            Act::UnblockedBot => {}
            Act::Capability(act) => capabilities::on_act(self, act, turn),
        }
    }

    fn on_message(&mut self, message: Inbound, replayed: bool, turn: &mut Turn<'_>) {
        // Pinned something, changed the chat's theme: nothing that was said to anybody.
        if matches!(message.body, Body::Service) {
            return;
        }
        if let Body::Text(rich) = &message.body
            && let Some(command) = command_of(&rich.text)
        {
            self.flush_album(turn);
            self.end_burst();
            let command = command.for_role(self.account.user, turn.rules);
            let repeatable = match command {
                // A word to the partner's chat, not a change of this session.
                Given::Delete => true,
                Given::Known(_, command) => command.repeatable,
                Given::Unknown => false,
            };
            if !replayed || repeatable {
                self.on_command(command, &rich.text, &message, turn);
            } else {
                self.show_where(turn);
            }
            return;
        }
        match self.account.phase {
            Phase::Chatting { pair, after, .. } => self.on_chat_message(pair, after, message, turn),
            Phase::Onboarding { question } => {
                self.answer_words(onboarding::ask(&self.account, question), turn);
            }
            Phase::Underage { .. } => self.answer_words(Screen::text("adult-turned-away"), turn),
            Phase::Searching { .. } => self.answer_words(search::still_searching(), turn),
            Phase::Idle => self.answer_words(search::home("chat-none"), turn),
        }
    }

    fn on_command(&mut self, command: Given, text: &str, message: &Inbound, turn: &mut Turn<'_>) {
        match command {
            Given::Delete => self.on_delete(message, turn),
            Given::Known(feature, command) => {
                let asked = Asked { command: command.name, words: words_behind(text) };
                (feature.on_command)(self, &asked, turn);
            }
            Given::Unknown => turn.say(Screen::text("error-unknown-command")),
        }
    }

    fn on_pressed(&mut self, data: &str, turn: &mut Turn<'_>) {
        let mut parts = data.split(':');
        let prefix = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.take(4).collect();
        match features().find(|feature| feature.prefix == prefix) {
            Some(feature) => (feature.on_press)(self, &rest, turn),
            // A button of an earlier version, or made up by a hostile client.
            None => turn.toast("error-old-button"),
        }
    }

    /// Says where the user is: after a crash, in place of repeating a command that had taken
    /// effect.
    fn show_where(&mut self, turn: &mut Turn<'_>) {
        match self.account.phase {
            Phase::Onboarding { question } => turn.say(onboarding::ask(&self.account, question)),
            Phase::Underage { .. } => turn.say(Screen::text("adult-turned-away")),
            Phase::Idle => turn.say(search::home("chat-none")),
            Phase::Searching { .. } => turn.say(search::still_searching()),
            Phase::Chatting { .. } => turn.say(Screen::text("chat-going-on")),
        }
    }

    /// Squares the account with the live pair of the store, which is the truth (I1).
    fn on_loaded(&mut self, live: Option<(PairId, UserId, Millis)>, owed: &[Notice], turn: &mut Turn<'_>) {
        self.square(live, owed, turn);
        self.say_owed(owed, turn);
    }

    fn square(&mut self, live: Option<(PairId, UserId, Millis)>, owed: &[Notice], turn: &mut Turn<'_>) {
        let common = |of: PairId| {
            owed.iter()
                .find_map(|n| match n {
                    Notice::ChatBegan { pair, common } if *pair == of => Some(*common),
                    _ => None,
                })
                .unwrap_or_default()
        };
        let cause = |of: PairId| {
            owed.iter()
                .find_map(|n| match n {
                    Notice::ChatEnded { pair, cause } if *pair == of => Some(*cause),
                    _ => None,
                })
                .unwrap_or(EndCause::Lost)
        };
        match (self.account.phase, live) {
            (Phase::Chatting { pair, .. }, Some((now, ..))) if pair == now => {}
            (Phase::Chatting { pair, .. }, None) => self.on_pair_ended(pair, cause(pair), turn),
            (Phase::Chatting { pair, .. }, Some((now, partner, _))) => {
                self.note_end(pair, EndCause::Lost, turn);
                self.account.phase = Phase::Idle;
                self.begin_chat(now, partner, common(now), turn);
            }
            // The end of the chat before has not reached the store yet.
            (Phase::Searching { .. }, Some((pair, partner, _)))
                if self.account.last_chat.is_some_and(|l| l.pair == pair) =>
            {
                turn.push(Effect::EndPair { pair, partner, cause: EndCause::Stopped });
                self.seek(turn);
            }
            (Phase::Searching { .. }, Some((pair, partner, _))) => {
                self.on_partner_found(pair, partner, common(pair), turn)
            }
            (Phase::Searching { .. }, None) => self.seek(turn),
            // The chat had been ended here, but the end had not reached the store; or it was opened
            // too late. The word of it may still come, when the next search runs: avoided, it is
            // not taken for a new pair.
            (_, Some((pair, partner, _))) => {
                let until = turn.now().plus(turn.rules.repeat_window_ms);
                self.avoid(partner, until, turn.rules.avoid_per_user);
                turn.push(Effect::EndPair { pair, partner, cause: EndCause::Stopped });
                turn.save();
            }
            (_, None) => {}
        }
    }

    fn on_gone(&mut self, turn: &mut Turn<'_>) {
        self.album = None;
        match self.account.phase {
            Phase::Chatting { pair, partner, .. } => {
                self.note_end(pair, EndCause::Vanished, turn);
                turn.push(Effect::EndPair { pair, partner, cause: EndCause::Vanished });
            }
            Phase::Searching { .. } => {
                turn.push(Effect::Unseek);
                self.account.phase = Phase::Idle;
            }
            _ => {}
        }
        if !self.account.blocked_bot {
            self.account.blocked_bot = true;
        }
        turn.save();
    }
}

/// The bit of a finding in [`SessionCore::told`].
fn bit(finding: Finding) -> u16 {
    1 << finding as u16
}
