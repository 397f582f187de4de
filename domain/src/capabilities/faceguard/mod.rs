//! Photos are looked at before they stand in the open (I12).
//!
//! What is decided is a [`Verdict`]; who looks, and when, is the actors' business. The session has
//! one part in it: it tells a sender that a photo of theirs was taken away, and why.

mod hashes;
mod memory;
mod purpose;
mod verdict;

#[cfg(test)]
mod tests;

pub use hashes::{Hashes, SAME_UPLOAD};
pub use memory::Memory;
pub use purpose::{Demands, Faces, NudityBand, Policies, Purpose};
pub use verdict::{Decision, Hash, Reason, SAME, Seen, Verdict};

use super::{Capability, Nothing};
use crate::ids::PairId;
use crate::session::{Feature, SessionCore, Turn};
use crate::text::Screen;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// How long a sender is not told again what they were told of another photo, milliseconds: an album
/// is ten.
const SAID_AGAIN_MS: i64 = 10_000;

/// The capability.
pub enum FaceGuard {}

/// What becomes of photos in a chat: `FACE_POLICY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Nobody looks: they stay behind the spoiler.
    #[default]
    Off,
    /// They leave at once behind the spoiler, which goes when they were looked at.
    Spoiler,
    /// They are held until they were looked at, then leave in the open; if that takes too long,
    /// behind the spoiler.
    Gate,
}

impl Policy {
    /// As it is set.
    pub const fn word(self) -> &'static str {
        match self {
            Policy::Off => "off",
            Policy::Spoiler => "spoiler",
            Policy::Gate => "gate",
        }
    }

    /// The policy of this word.
    pub fn of_word(word: &str) -> Option<Policy> {
        [Policy::Off, Policy::Spoiler, Policy::Gate].into_iter().find(|policy| policy.word() == word)
    }
}

/// What the session is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A photo of the user's was taken away from the partner, or never reached them.
    Refused {
        /// In which chat.
        pair: PairId,
        /// Why.
        reason: Reason,
    },
}

/// Lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A photo was taken away, and why.
    Refused(Reason),
}

/// What was told last, in which chat, when.
#[derive(Debug, Default)]
pub struct Told(Option<Box<(PairId, Reason, Millis)>>);

impl Capability for FaceGuard {
    type State = Told;
    type Request = Nothing;
    type Event = Event;
    type Notice = Notice;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "photo",
        commands: &[],
        on_command: |_, _, _| {},
        on_press: |_, _, turn| turn.toast("error-old-button"),
    };

    fn unanswered(request: &Nothing) -> Event {
        match *request {}
    }

    fn on_event(session: &mut SessionCore, Event::Refused { pair, reason }: Event, turn: &mut Turn<'_>) {
        let (told, now) = (&mut session.capabilities.faceguard.0, turn.now());
        let is_said = told.as_ref().is_some_and(|told| {
            let (before, why, at) = **told;
            (before, why) == (pair, reason) && (0..SAID_AGAIN_MS).contains(&now.since(at))
        });
        *told = Some(Box::new((pair, reason, now)));
        if !is_said {
            turn.notify(crate::session::notice::Notice::Capability(super::Notice::FaceGuard(
                Notice::Refused(reason),
            )));
        }
    }

    fn screens(Notice::Refused(reason): Notice) -> Vec<Screen> {
        vec![Screen::text(match reason {
            Reason::Banned => "photo-refused-banned",
            Reason::Spam => "photo-refused-spam",
            _ => "photo-refused-nude",
        })]
    }

    fn still_holds(_: &SessionCore, _: Notice) -> bool {
        true
    }
}
