//! Lines that the engine says by itself, not in answer to anything.
//!
//! An update's effects are repeated after a crash until they have happened. Nothing repeats these, so each is
//! kept as owed with the row that it tells of, until it has left: the next life says what is still owed (I2).

use crate::ids::PairId;
use crate::profile::{Interests, Widening};
use crate::relay::Undelivered;
use crate::session::account::Phase;
use crate::session::{EndCause, SessionCore, Turn, ending, search};
use crate::text::{Msg, Screen};
use serde::{Deserialize, Serialize};

/// One such line, complete in itself: it can be said by a later life that knows nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "line")]
pub enum Notice {
    /// Somebody was found.
    ChatBegan {
        /// The pair.
        pair: PairId,
        /// Topics that both like.
        common: Interests,
    },
    /// The partner has gone.
    ChatEnded {
        /// The pair.
        pair: PairId,
        /// Why.
        cause: EndCause,
    },
    /// The search asks for less now.
    Widened {
        /// How many times it was widened, with this one.
        times: u8,
        /// What it no longer asks for.
        widening: Widening,
    },
    /// The search ended without a partner.
    GaveUp,
    /// The search was not taken on: too many are searching.
    NotSought,
    /// Something that the user sent has not reached the partner, and will not.
    NotArrived {
        /// In which pair.
        pair: PairId,
        /// Why.
        why: Undelivered,
    },
    /// Telegram never said whether an answer of the bot's own has arrived.
    Unsaid,
}

impl Notice {
    /// What is said, in order.
    pub fn screens(self) -> Vec<Screen> {
        match self {
            Notice::ChatBegan { common, .. } => {
                let mut screens = vec![Screen::text("chat-found")];
                if common != Interests::default() {
                    let topics = Msg::new("chat-shared-topics").keys("topics", common.keys());
                    screens.push(Screen::of(topics));
                }
                screens
            }
            Notice::ChatEnded { pair, cause } => {
                let key = match cause {
                    EndCause::Vanished => "ended-vanished",
                    EndCause::Lost => "ended-lost",
                    // Whether the other one reported, erased their data or just left is theirs to know.
                    EndCause::Stopped | EndCause::Next | EndCause::Reported | EndCause::Erased => {
                        "ended-by-partner"
                    }
                };
                vec![ending::after_chat(Screen::text(key), pair, true)]
            }
            Notice::Widened { widening: Widening::Interests, .. } => {
                vec![Screen::text("search-widened-interests")]
            }
            Notice::Widened { widening: Widening::Ages, .. } => vec![Screen::text("search-widened-ages")],
            Notice::GaveUp => vec![search::home("search-gave-up")],
            Notice::NotSought => vec![search::home("busy-search")],
            Notice::NotArrived { why, .. } => vec![Screen::text(why.key())],
            Notice::Unsaid => vec![Screen::text("said-unsure")],
        }
    }

    /// Whether the row must be in the store before the line leaves. Who has read that somebody is here writes into
    /// this chat; a later life that did not know of it would take that for words to somebody before (I4).
    pub fn waits_for_row(self) -> bool {
        matches!(self, Notice::ChatBegan { .. })
    }
}

impl SessionCore {
    /// Says again what a former life owed, as far as it still holds.
    pub(super) fn say_owed(&mut self, owed: &[Notice], turn: &mut Turn<'_>) {
        for &notice in owed {
            if turn.says(notice) {
                continue;
            }
            let holds = match (notice, self.account.phase) {
                (Notice::ChatBegan { pair, .. } | Notice::NotArrived { pair, .. }, _) => {
                    self.account.pair() == Some(pair)
                }
                (Notice::ChatEnded { pair, .. }, _) => {
                    self.account.pair() != Some(pair)
                        && self.account.last_chat.is_some_and(|last| last.pair == pair)
                }
                (Notice::Widened { times, .. }, Phase::Searching { widened, .. }) => widened >= times,
                (Notice::GaveUp | Notice::NotSought, Phase::Idle) | (Notice::Unsaid, _) => true,
                _ => false,
            };
            match holds {
                true => turn.notify(notice),
                false => turn.not_owed(notice),
            }
        }
    }
}
