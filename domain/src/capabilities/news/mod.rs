//! News: what the operators tell everybody, and whether somebody wants to hear it.
//!
//! A broadcast is drafted, looked at, confirmed, and then goes to one person after the other
//! ([`draft`], [`course`], [`markup`]). People turn news off by the button below it or by /news.

pub mod course;
pub mod draft;
pub mod markup;
pub mod order;
#[cfg(test)]
mod tests;

pub use course::{State, Steer};
pub use draft::{Audience, Draft, Link, Texts};

use super::{Capability, Nothing};
use crate::session::{Asked, Command, Effect, Feature, SessionCore, Turn, home};
use crate::text::{Button, Screen};
use serde::{Deserialize, Serialize};

/// What the button below a broadcast tells the bot.
pub const OFF: &str = "news:off";

/// The capability.
pub enum News {}

/// What is asked of the store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Request {
    /// Whether the user gets news.
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
    /// They get news, or do not.
    Gets(bool),
    /// From now on they do, or do not.
    Turned(bool),
    /// The store does not answer, or refuses.
    Unknown,
}

impl Capability for News {
    type State = ();
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "news",
        // In /settings and below each broadcast.
        commands: &[Command { place: None, ..Command::new("news", 0, "command-news").repeatable() }],
        on_command,
        on_press,
    };

    fn unanswered(_: &Request) -> Event {
        Event::Unknown
    }

    fn on_event(_: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        let switch =
            |text, button, data: &str| home::back(Screen::text(text).row([Button::new(button, data)]));
        turn.say(match event {
            Event::Gets(true) => switch("news-are-on", "news-turn-off", OFF),
            Event::Gets(false) => switch("news-are-off", "news-turn-on", "news:on"),
            Event::Turned(true) => Screen::text("news-turned-on"),
            Event::Turned(false) => Screen::text("news-turned-off"),
            Event::Unknown => Screen::text("news-unknown"),
        });
    }
}

fn ask(request: Request, turn: &mut Turn<'_>) {
    turn.push(Effect::Ask(super::Request::News(request)));
}

fn on_command(_: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    ask(Request::Look, turn);
}

fn on_press(_: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    match parts {
        ["show"] => ask(Request::Look, turn),
        ["on" | "off"] => {
            // Whoever turns news off has a row, so that erasing finds it.
            turn.save();
            ask(Request::Want { on: parts == ["on"] }, turn);
        }
        _ => turn.toast("error-old-button"),
    }
}
