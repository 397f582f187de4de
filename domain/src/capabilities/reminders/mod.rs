//! Reminders: somebody whose wishes fit waits now, or a match of dating has written. Few, at a
//! fitting hour, and over with one tap.
//!
//! Whom they go to and when is decided here ([`when`]), whether they are of any use is measured
//! against people who get none ([`effect`]); the store finds people and counts. A session only
//! hears whether its user wants them.

pub mod effect;
#[cfg(test)]
mod tests;
pub mod when;

use super::{Capability, Nothing};
use crate::session::{Asked, Effect, Feature, SessionCore, Turn, home};
use crate::text::{Button, Screen};
use serde::{Deserialize, Serialize};

/// What the button below a reminder tells the bot.
const OFF: &str = "rm:off";

/// The capability.
pub enum Reminders {}

/// What somebody is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody waits whom they could meet at this moment.
    Waiting,
    /// A match has written, or wanted to talk, and was not answered for some hours.
    Match,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 2] = [Kind::Waiting, Kind::Match];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Waiting => "waiting",
            Kind::Match => "match",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What is said, with a way to go there and a way to hear no more of it. Who waits is not said:
    /// nothing here is about anybody.
    pub fn screen(self) -> Screen {
        let screen = match self {
            Kind::Waiting => {
                Screen::text("reminders-waiting").row([Button::new("reminders-button-search", "s:go")])
            }
            Kind::Match => {
                Screen::text("reminders-match").row([Button::new("reminders-button-matches", "dt:matches")])
            }
        };
        screen.row([Button::new("reminders-turn-off", OFF)])
    }
}

/// What is asked of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Whether the user gets reminders.
    Look,
    /// From now on they do, or do not.
    Want {
        /// Whether they do.
        on: bool,
    },
}

/// What a session is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// They get reminders, or do not.
    Gets(bool),
    /// From now on they do, or do not.
    Turned(bool),
    /// The store does not answer, or refuses.
    Unknown,
}

impl Capability for Reminders {
    type State = ();
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature { prefix: "rm", commands: &[], on_command: no_command, on_press };

    fn unanswered(_: &Request) -> Event {
        Event::Unknown
    }

    fn on_event(_: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        let switch =
            |text, button, data: &str| home::back(Screen::text(text).row([Button::new(button, data)]));
        turn.say(match event {
            Event::Gets(true) => switch("reminders-are-on", "reminders-turn-off", OFF),
            Event::Gets(false) => switch("reminders-are-off", "reminders-turn-on", "rm:on"),
            Event::Turned(true) => Screen::text("reminders-turned-on"),
            Event::Turned(false) => Screen::text("reminders-turned-off"),
            Event::Unknown => Screen::text("reminders-unknown"),
        });
    }
}

/// There is no command: it is in the settings, and below each reminder.
fn no_command(_: &mut SessionCore, _: &Asked<'_>, _: &mut Turn<'_>) {}

fn on_press(_: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    let request = match parts {
        ["show"] => Request::Look,
        // Whoever has turned them off may do so again, also where the operator has: it is kept.
        ["on" | "off"] => Request::Want { on: parts == ["on"] },
        _ => return turn.toast("error-old-button"),
    };
    turn.push(Effect::Ask(super::Request::Reminders(request)));
}
