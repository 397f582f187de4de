//! What the lines say that are owed, and which of those that a former life owed still hold.

use crate::capabilities::again;
use crate::capabilities::dating::talk;
use crate::profile::{Interests, Widening};
use crate::rules::Rules;
use crate::session::account::Phase;
use crate::session::notice::Notice;
use crate::session::{EndCause, SessionCore, Turn, ending, search};
use crate::text::{Msg, Screen};
use crate::time::Millis;

impl Notice {
    /// What is said, in order.
    pub fn screens(self) -> Vec<Screen> {
        match self {
            Notice::ChatBegan { common, again, matched, .. } => {
                let mut screens = vec![Screen::text(match (again, matched) {
                    (true, _) => "chat-again",
                    (_, true) => "dating-talk-on",
                    _ => "chat-found",
                })];
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
                    // Whether the other one reported, erased their data or just left is theirs to
                    // know.
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
            Notice::Capability(notice) => notice.screens(),
        }
    }
}

impl SessionCore {
    /// What a line says to this user.
    pub fn screens_of(&self, notice: Notice, rules: &Rules, now: Millis) -> Vec<Screen> {
        let screens = notice.screens();
        match notice {
            Notice::ChatBegan { pair, matched: true, .. } => match talk::began(self, pair) {
                Some(screen) => vec![screen],
                None => screens,
            },
            // Who is out of reach is not asked.
            Notice::ChatEnded { cause: EndCause::Vanished, .. } => screens,
            Notice::ChatEnded { pair, .. } => {
                screens.into_iter().map(|screen| again::with_button(self, screen, pair, rules, now)).collect()
            }
            _ => screens,
        }
    }

    /// Says again what a former life owed, as far as it still holds.
    pub(super) fn say_owed(&mut self, owed: &[Notice], turn: &mut Turn<'_>) {
        for &notice in owed {
            if turn.says(notice) {
                continue;
            }
            let holds = match (notice, self.account.phase) {
                // It is said by another line.
                (Notice::ChatBegan { pair, .. }, _) if turn.begins(pair) => false,
                (Notice::ChatBegan { pair, .. } | Notice::NotArrived { pair, .. }, _) => {
                    self.account.pair() == Some(pair)
                }
                (Notice::ChatEnded { pair, .. }, _) => {
                    self.account.pair() != Some(pair)
                        && self.account.last_chat.is_some_and(|last| last.pair == pair)
                }
                (Notice::Widened { times, .. }, Phase::Searching { widened, .. }) => widened >= times,
                (Notice::GaveUp | Notice::NotSought, Phase::Idle) | (Notice::Unsaid, _) => true,
                (Notice::Capability(notice), _) => notice.still_holds(self),
                _ => false,
            };
            match holds {
                true => turn.notify(notice),
                false => turn.not_owed(notice),
            }
        }
    }
}
