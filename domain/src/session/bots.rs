//! Which of the operator's bots a person is at.
//!
//! They are one person at all of them, and are written to by the one that they wrote to last. A
//! search and a chat stay where they began: a message's id means something at one bot only, and a
//! partner's words are not to arrive here and there by turns. At another bot only the ways out are
//! taken meanwhile; whoever leaves by one is there from then on.

use super::account::Phase;
use super::notice::Notice;
use super::{Effect, EndCause, SessionCore, Turn, Urgency};
use crate::ids::{BotId, PairId};
use crate::text::Screen;
use crate::update::{Act, Update};

/// What an update from another bot than the account's was taken for.
pub(super) enum Came {
    /// It is to be handled, and moves the person where they wrote, if it does at all.
    Taken(Option<Moves>),
    /// It was answered.
    Refused,
}

/// A person who is busy elsewhere, and leaves perhaps.
pub(super) struct Moves {
    to: BotId,
    pair: Option<PairId>,
}

impl SessionCore {
    /// What this turn says answers what came from this bot.
    pub(crate) fn answers_at(&mut self, bot: BotId) {
        self.here = Some(bot);
    }

    /// An update has come: from where they are, or from elsewhere.
    pub(super) fn came_by(&mut self, update: &Update, replayed: bool, turn: &mut Turn<'_>) -> Came {
        let bot = BotId::of_update(update.update_id);
        if bot == self.account.bot {
            return Came::Taken(None);
        }
        // Nobody is gone who has blocked a bot that they have left.
        if let Act::BlockedBot = update.act {
            return Came::Refused;
        }
        // A touch to what was said there before is no word, and names a message of that bot: here
        // it may be another one's.
        if let Act::Edited(_) | Act::Reacted { .. } = update.act {
            return Came::Refused;
        }
        if !self.is_busy() {
            // What comes again tells of where they were.
            if !replayed {
                self.move_to(bot, turn);
            }
            return Came::Taken(None);
        }
        let leaves = Urgency::of(update) == Urgency::Leaving;
        match &update.act {
            // Money is taken from wherever it comes.
            Act::Capability(_) => Came::Taken(None),
            _ if leaves && replayed => Came::Taken(None),
            _ if leaves => Came::Taken(Some(Moves { to: bot, pair: self.account.pair() })),
            Act::Message(message) => {
                let line = self.elsewhere();
                if self.first_of_album(message.album.as_deref(), line) {
                    turn.say(Screen::text(line));
                }
                Came::Refused
            }
            Act::Pressed { callback_id, .. } => {
                turn.pressed(callback_id.clone(), None);
                turn.toast(self.elsewhere());
                turn.answer_press();
                Came::Refused
            }
            _ => Came::Refused,
        }
    }

    /// The update was handled: who has left what kept them elsewhere is here now.
    pub(super) fn came_through(&mut self, moves: Option<Moves>, turn: &mut Turn<'_>) {
        if let Some(Moves { to, pair }) = moves
            && (!self.is_busy() || self.account.pair() != pair)
        {
            self.move_to(to, turn);
        }
    }

    /// They have opened something of this bot's without writing to it. Whoever is kept elsewhere
    /// stays there.
    pub(crate) fn turns_to(&mut self, bot: BotId, turn: &mut Turn<'_>) {
        if bot != self.account.bot && !self.is_busy() {
            self.account.blocked_bot = false;
            self.move_to(bot, turn);
        }
    }

    /// A pair that was opened for a search that they have left at another bot answers the one that
    /// they have begun here, while the store was slow. What its partner says would come there: it
    /// is over before that.
    pub(super) fn on_placed(&mut self, pair: PairId, bot: BotId, turn: &mut Turn<'_>) {
        let Phase::Chatting { pair: live, partner, .. } = self.account.phase else { return };
        if live != pair || bot == self.account.bot {
            return;
        }
        let cause = EndCause::Lost;
        self.album = None;
        self.note_end(pair, cause, turn);
        turn.push(Effect::EndPair { pair, partner, cause });
        turn.notify(Notice::ChatEnded { pair, cause });
        turn.save();
    }

    fn move_to(&mut self, bot: BotId, turn: &mut Turn<'_>) {
        self.account.bot = bot;
        turn.save();
    }

    /// Whether they are kept where they are.
    fn is_busy(&self) -> bool {
        matches!(self.account.phase, Phase::Searching { .. } | Phase::Chatting { .. })
    }

    fn elsewhere(&self) -> &'static str {
        match self.account.phase {
            Phase::Searching { .. } => "elsewhere-search",
            _ => "elsewhere-chat",
        }
    }
}
