//! Premium: what the session knows of the user's entitlements, when it asks anew, and /premium.
//!
//! The session's own knowledge stands before the cache and the store: only a command or a pressed
//! button can need it (a search, /premium), and only when it is old is anybody asked. What people
//! say to each other never asks.

mod entitlements;
#[cfg(test)]
mod tests;

pub use entitlements::Entitlements;

use super::{Before, Capability, Fact, Nothing, billing};
use crate::session::account::Phase;
use crate::session::{Asked, Command, Feature, SessionCore, Turn, asks_something};
use crate::text::{Msg, Screen};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// How long an answer is good for, milliseconds.
pub const GOOD_FOR_MS: i64 = 600_000;
/// How soon it is asked again when there was no answer, milliseconds.
pub const AGAIN_MS: i64 = 30_000;

/// The capability.
pub enum Premium {}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// What the user is entitled to.
    Entitlements,
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// What the user is entitled to; none: there was no answer in time.
    Entitled(Option<Entitlements>),
}

/// What is known of the user's entitlements.
#[derive(Debug, Default)]
pub struct Known {
    entitlements: Entitlements,
    /// An answer has come at least once.
    heard: bool,
    /// When it was asked last, and whether there was an answer.
    asked: Option<(Millis, bool)>,
}

impl Known {
    /// Takes an answer. Without one, what was known goes on: who has paid does not lose it by an
    /// outage.
    fn learn(&mut self, answer: Option<Entitlements>, now: Millis) {
        self.asked = Some((now, answer.is_some()));
        if let Some(entitlements) = answer {
            (self.entitlements, self.heard) = (entitlements, true);
        }
    }

    fn is_old(&self, now: Millis) -> bool {
        // A clock that was set back says nothing about how long ago it was.
        self.asked.is_none_or(|(at, answered)| {
            at > now || now.since(at) >= if answered { GOOD_FOR_MS } else { AGAIN_MS }
        })
    }
}

impl Capability for Premium {
    type State = Known;
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "pr",
        commands: &[Command::new("premium", 90, "command-premium").repeatable()],
        on_command,
        on_press: |_, _, turn| turn.toast("error-old-button"),
    };

    /// Before a search goes on, or may begin.
    fn needs(known: &Known, before: &Before<'_>, now: Millis) -> Option<Request> {
        let concerned = match before {
            Before::Update(update) => known.is_old(now) && asks_something(update),
            Before::Loaded(account) => matches!(account.phase, Phase::Searching { .. }),
        };
        concerned.then_some(Request::Entitlements)
    }

    fn unanswered(_: &Request) -> Event {
        Event::Entitled(None)
    }

    fn on_event(session: &mut SessionCore, Event::Entitled(answer): Event, turn: &mut Turn<'_>) {
        session.capabilities.premium.learn(answer, turn.now());
    }

    fn hears(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
        // The row goes with the rest; it may still be there when asked at once.
        if fact == Fact::Erased {
            session.capabilities.premium.learn(Some(Entitlements::default()), turn.now());
        }
    }

    fn goes_first(known: &Known, now: Millis) -> bool {
        known.entitlements.premium(now).is_some()
    }
}

fn on_command(session: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    let known = &session.capabilities.premium;
    let is_sold = !turn.rules.shop.products.is_empty();
    let screen = match known.entitlements.premium(turn.now()) {
        Some(until) => Screen::of(Msg::new("premium-until").moment("until", until)),
        None if !known.heard => return turn.say(Screen::text("premium-unknown")),
        None if is_sold => Screen::text("premium-for-sale"),
        None => Screen::text("premium-not-yet"),
    };
    let in_chat = session.account.pair().is_some();
    turn.say(billing::offers(screen, &turn.rules.shop, in_chat));
}
