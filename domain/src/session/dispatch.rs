//! Which part of the session takes an event.

use super::account::Phase;
use super::bots::Came;
use super::command::{Given, command_of, words_behind};
use super::notice::Notice;
use super::{
    Asked, Command, Effect, Event, Moment, SessionCore, Turn, features, home, onboarding, privacy, search,
};
use crate::capabilities;
use crate::capabilities::dating::letters;
use crate::ids::{BotId, Seq};
use crate::relay::content::{Body, Inbound};
use crate::rules::Rules;
use crate::text::Screen;
use crate::update::{Act, Update};

impl SessionCore {
    /// Handles one event; effects are appended to `out` in the order in which they must happen.
    pub fn on(&mut self, event: Event, at: Moment, rules: &Rules, out: &mut Vec<Effect>) {
        let mut turn = Turn::new(at, rules, out);
        if !matches!(event, Event::Update(_)) {
            self.here = None;
        }
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
            Event::Placed { pair, bot } => self.on_placed(pair, bot, &mut turn),
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
            // By a bot that they have left they are not to be reached.
            Event::Unreachable { bot } if bot != self.account.bot => {}
            Event::Unreachable { .. } => self.on_gone(&mut turn),
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
        let replayed = turn.seq().is_some_and(|seq| seq <= self.account.applied);
        // The very first word between us: speak the language their Telegram speaks.
        if self.account.applied == Seq(0)
            && let (Some(lang), Phase::Onboarding { .. } | Phase::Underage { .. }) =
                (update.lang_hint, self.account.phase)
        {
            self.account.lang = lang;
        }
        self.here = Some(BotId::of_update(update.update_id));
        // The one gate before every handler (I19). Nothing is kept for whom it turns away.
        if !capabilities::admin::admits(self, &update.act, turn) {
            return;
        }
        if let Some(seq) = turn.seq() {
            self.account.applied = self.account.applied.max(seq);
        }
        if replayed {
            // It came again because something of it was lost, and that may have been its row.
            turn.save();
        }
        let Came::Taken(moves) = self.came_by(&update, replayed, turn) else { return };
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
                match replayed && !capabilities::is_pressed_again(&data) {
                    true if data == privacy::EXPORT => self.export_again(turn),
                    true if data.starts_with("end:stop:") && self.stopped_again(turn) => {}
                    true => self.show_where(turn),
                    false if capabilities::gate::holds_press(self, &data, turn) => {}
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
        self.came_through(moves, turn);
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
            if let Given::Known(_, Command { name: "start", .. }) = command {
                capabilities::billing::invite::came(self, words_behind(&rich.text), turn);
            }
            let repeatable = match command {
                // A word to the partner's chat, not a change of this session.
                Given::Delete => true,
                Given::Known(_, command) => command.repeatable,
                Given::Unknown => false,
            };
            let stops = matches!(command, Given::Known(_, Command { name: "stop", .. }));
            if !replayed || repeatable {
                self.on_command(command, &rich.text, &message, turn);
            } else if !(stops && self.stopped_again(turn)) {
                self.show_where(turn);
            }
            return;
        }
        if let Some(to) = letters::whom(self, &message) {
            self.flush_album(turn);
            return letters::write(self, to, (message, replayed), turn);
        }
        match self.account.phase {
            Phase::Chatting { pair, after, .. } => self.on_chat_message(pair, after, message, turn),
            Phase::Onboarding { question } => {
                self.answer_words(onboarding::ask(&self.account, question), turn);
            }
            Phase::Underage { .. } => self.answer_words(Screen::text("adult-turned-away"), turn),
            Phase::Searching { .. } => self.answer_words(search::still_searching(), turn),
            Phase::Companion { dialog } => capabilities::companion::on_words(self, dialog, message, turn),
            Phase::Idle if capabilities::dating::bot::hears(self, &message, turn) => {}
            Phase::Idle => self.say_nobody_hears(turn),
        }
    }

    /// Answers words that nobody is there to hear.
    pub(crate) fn say_nobody_hears(&mut self, turn: &mut Turn<'_>) {
        self.answer_words(home::below("chat-none", turn.rules), turn);
    }

    fn on_command(&mut self, command: Given, text: &str, message: &Inbound, turn: &mut Turn<'_>) {
        match command {
            Given::Delete => self.on_delete(message, turn),
            Given::Known(_, command)
                if capabilities::gate::holds_command(self, command.name, message.id, turn) => {}
            Given::Known(feature, command) => {
                let asked = Asked { command: command.name, message: message.id, words: words_behind(text) };
                (feature.on_command)(self, &asked, turn);
            }
            Given::Unknown => turn.say(Screen::text("error-unknown-command")),
        }
    }

    pub(crate) fn on_pressed(&mut self, data: &str, turn: &mut Turn<'_>) {
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
    pub(crate) fn show_where(&mut self, turn: &mut Turn<'_>) {
        match self.account.phase {
            Phase::Onboarding { question } => turn.say(onboarding::ask(&self.account, question)),
            Phase::Underage { .. } => turn.say(Screen::text("adult-turned-away")),
            Phase::Idle => turn.say(home::below("chat-none", turn.rules)),
            Phase::Companion { .. } => turn.say(Screen::text("companion-going-on")),
            Phase::Searching { .. } => turn.say(search::still_searching()),
            Phase::Chatting { .. } => turn.say(Screen::text("chat-going-on")),
        }
    }
}
