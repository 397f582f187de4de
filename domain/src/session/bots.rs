//! Which of the operator's bots a person is at.
//!
//! They are one person at all of them, and are written to by the one that they wrote to last. A
//! search and a chat stay where they began: a message's id means something at one bot only, and a
//! partner's words are not to arrive here and there by turns. At another bot only the ways out are
//! taken meanwhile; whoever leaves by one is there from then on.

use super::account::Phase;
use super::{SessionCore, Turn, Urgency};
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
            Act::Message(_) => {
                turn.say(Screen::text(self.elsewhere()));
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
