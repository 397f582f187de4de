//! Premium: what the session knows of the user's entitlements, when it asks anew, and /premium.
//!
//! The session's own knowledge stands before the cache and the store: only a command or a pressed button can need it
//! (a search, /premium), and only when it is old is anybody asked. What people say to each other never asks.

use crate::entitlements::Entitlements;
use crate::relay::content::Body;
use crate::session::command::{Given, command_of};
use crate::session::{Capability, SessionCore, Turn};
use crate::text::{Msg, Screen};
use crate::time::Millis;
use crate::update::{Act, Update};

pub(super) const CAPABILITY: Capability =
    Capability { prefix: "pr", commands: &["premium"], on_command, on_press, repeatable: true };

/// How long an answer is good for, milliseconds.
pub const GOOD_FOR_MS: i64 = 600_000;
/// How soon it is asked again when there was no answer, milliseconds.
pub const AGAIN_MS: i64 = 30_000;

/// What is known of the user's entitlements.
#[derive(Debug, Default)]
pub(super) struct Known {
    entitlements: Entitlements,
    /// An answer has come at least once.
    heard: bool,
    /// When it was asked last, and whether there was an answer.
    asked: Option<(Millis, bool)>,
}

impl Known {
    /// Takes an answer. Without one, what was known goes on: who has paid does not lose it by an outage.
    pub(super) fn learn(&mut self, answer: Option<Entitlements>, now: Millis) {
        self.asked = Some((now, answer.is_some()));
        if let Some(entitlements) = answer {
            (self.entitlements, self.heard) = (entitlements, true);
        }
    }

    /// The end of premium, for who is known to have it now.
    pub(super) fn premium(&self, now: Millis) -> Option<Millis> {
        self.entitlements.premium(now)
    }

    fn is_old(&self, now: Millis) -> bool {
        // A clock that was set back says nothing about how long ago it was.
        self.asked.is_none_or(|(at, answered)| {
            at > now || now.since(at) >= if answered { GOOD_FOR_MS } else { AGAIN_MS }
        })
    }
}

impl SessionCore {
    /// Whether what the user is entitled to must be asked, and told by [`super::Event::Entitled`], before `update` is
    /// handled: it may begin a search or ask for premium, and what is known is old.
    pub fn needs_entitlements(&self, update: &Update, now: Millis) -> bool {
        self.entitled.is_old(now)
            && match &update.act {
                Act::Pressed { .. } => true,
                Act::Message(message) => match &message.body {
                    // "/delete" is a word to the chat.
                    Body::Text(rich) => command_of(&rich.text).is_some_and(|c| !matches!(c, Given::Delete)),
                    _ => false,
                },
                Act::Edited(_)
                | Act::Reacted { .. }
                | Act::BlockedBot
                | Act::UnblockedBot
                | Act::Unreadable => false,
            }
    }
}

fn on_command(core: &mut SessionCore, _premium: &str, turn: &mut Turn<'_>) {
    turn.say(match core.entitled.premium(turn.now()) {
        Some(until) => Screen::of(Msg::new("premium-until").moment("until", until)),
        None if core.entitled.heard => Screen::text("premium-not-yet"),
        None => Screen::text("premium-unknown"),
    });
}

fn on_press(_core: &mut SessionCore, _parts: &[&str], turn: &mut Turn<'_>) {
    turn.toast("error-old-button");
}
