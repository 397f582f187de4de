//! /feedback: a word to the operators.
//!
//! It is kept sealed under the user's own key, one an hour, for 90 days. The store decides whether
//! it is too soon, as it alone knows for sure; the journal position of the update names the row, so
//! a command that comes again after a crash is kept once.

#[cfg(test)]
mod tests;

use super::{Capability, Nothing};
use crate::ids::Seq;
use crate::session::{Asked, Command, Effect, Feature, SessionCore, Turn};
use crate::text::Screen;
use serde::{Deserialize, Serialize};

/// How long a user waits before they may write to the operators again, milliseconds.
pub const AGAIN_MS: i64 = 3_600_000;
/// For how long what they wrote is kept, milliseconds.
pub const KEPT_MS: i64 = 90 * 86_400_000;

/// The capability.
pub enum Feedback {}

/// What is asked of the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Keep what the user wrote, unless they wrote less than [`AGAIN_MS`] ago.
    Keep {
        /// Position of the update in the journal: names the row together with the user.
        seq: Seq,
        /// What they wrote.
        words: String,
    },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is kept; it was before if the command came again.
    Kept,
    /// The user has written within the last hour.
    TooSoon,
    /// The store refuses it.
    NotKept,
}

impl Capability for Feedback {
    type State = ();
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "feedback",
        commands: &[Command::new("feedback", 75, "command-feedback").help("help-feedback").repeatable()],
        on_command,
        on_press: |_, _, turn| turn.toast("error-old-button"),
    };

    fn unanswered(_: &Request) -> Event {
        Event::NotKept
    }

    fn on_event(_: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        turn.say(Screen::text(match event {
            Event::Kept => "feedback-thanks",
            Event::TooSoon => "feedback-too-soon",
            Event::NotKept => "feedback-not-kept",
        }));
    }
}

fn on_command(_: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    match turn.seq() {
        Some(seq) if !asked.words.is_empty() => {
            let request = Request::Keep { seq, words: asked.words.to_owned() };
            // Whoever writes has a row, so that erasing finds what they wrote.
            turn.save();
            turn.push(Effect::Ask(super::Request::Feedback(request)));
        }
        _ => turn.say(Screen::text("feedback-how")),
    }
}
