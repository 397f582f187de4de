//! A user's session: a pure state machine from events to effects.
//!
//! [`SessionCore::on`] is the only way in; the effects it appends are the only way out. Each part
//! (a sibling module) lists its commands and its buttons as a [`Feature`]; nothing else needs to
//! know them. What is not needed to meet and to talk is a capability ([`crate::capabilities`]), for
//! which there is one arm in each direction.

pub mod account;
mod bots;
mod chat;
mod command;
mod dispatch;
mod ending;
mod event;
mod feature;
pub(crate) mod home;
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

pub(crate) use chat::leads_out;
pub(crate) use command::{asks_something, is_command};
pub use event::{EndCause, Event};
pub use feature::{Asked, Command, Feature, Role, features, shown_commands};
pub use search::is_home;
pub use turn::{Effect, Moment, Record, SeekRequest, Turn};
pub use urgency::Urgency;

use crate::capabilities::{self, Before, Fact};
use crate::ids::{BotId, ChatId, PairId, Seq, UserId};
use crate::relay::content::Finding;
use crate::session::account::{Account, Phase};
use crate::session::notice::Notice;
use crate::time::Millis;
use crate::update::Update;

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
    home::FEATURE,
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
    /// See [`SessionCore::wrote_untold`].
    untold: bool,
    /// The bot whose update is being handled; none where it is something else.
    here: Option<BotId>,
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
            untold: false,
            here: None,
        }
    }

    /// Where what this turn says goes: to the bot that its update came from, else to the one that
    /// the user wrote to last.
    pub fn chat(&self) -> ChatId {
        self.account.user.at(self.here.unwrap_or(self.account.bot))
    }

    /// Updates up to `seq` are accepted by now (the head of the journal is safe). Those that are
    /// still to be handled were written before any chat that begins from now on, so none is relayed
    /// into one (I4); the account alone cannot tell, as it knows what was handled, and is not kept
    /// for every message.
    pub fn came_before(&mut self, seq: Seq) {
        self.former = self.former.max(seq);
    }

    /// Whether what is handled next was written before its writer was told of the chat that they
    /// are in: none of it is relayed into that (I4).
    pub fn wrote_untold(&mut self, untold: bool) {
        self.untold = untold;
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

    /// Whether nobody is to notice that they are there.
    pub(crate) fn is_shadowed(&self, now: Millis) -> bool {
        self.capabilities.admin.is_shadowed(now)
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
            Phase::Onboarding { .. } | Phase::Underage { .. } | Phase::Idle | Phase::Companion { .. } => {}
        }
        self.asked = self.asked.map(|asked| asked.plus(by_ms));
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
                    Notice::ChatBegan { pair, common, .. } if *pair == of => Some(*common),
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
        let agreed = |of: PairId| {
            owed.iter().any(|n| matches!(n, Notice::ChatBegan { pair, again: true, .. } if *pair == of))
        };
        match (self.account.phase, live) {
            (Phase::Chatting { pair, .. }, Some((now, ..))) if pair == now => {}
            // Nobody searched for it: the two had agreed to meet again.
            (Phase::Idle | Phase::Searching { .. } | Phase::Companion { .. }, Some((pair, partner, _)))
                if agreed(pair) && !self.has_left(pair) =>
            {
                capabilities::again::meet(self, pair, partner, turn);
            }
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
