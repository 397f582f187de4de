//! What a capability is to the core: the one way in and out for both.

use crate::ids::{PairId, UserId};
use crate::session::account::Account;
use crate::session::{EndCause, Feature, SessionCore, Turn};
use crate::text::Screen;
use crate::time::Millis;
use crate::update::Update;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::hash::Hash;

/// Something that people can do beside meeting and talking. It knows the core; the core knows it by
/// this trait alone.
///
/// Everything is dispatched statically, from the list in [`crate::capabilities`].
pub trait Capability {
    /// What each session knows of it. It is in every session's memory: what is rare goes into a
    /// box.
    type State: Default + Debug;
    /// What it asks of its port. Carried out by the actors, beside the session; the answer comes as
    /// an event.
    type Request: Clone + Debug + PartialEq;
    /// What it is told. Also goes from node to node.
    type Event: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// Lines of the bot that no update asked for: owed until they have left, over restarts.
    type Notice: Copy + Debug + Eq + Hash + Serialize + DeserializeOwned;
    /// What a user did, of a kind that the core does not know.
    type Act: Clone + Debug + PartialEq;

    /// Its commands and buttons.
    const FEATURE: Feature;

    /// What must be known before this is handled, if it is not. The session waits a second at most
    /// for the answer, and goes on with [`Capability::unanswered`] without one. A running chat
    /// never asks.
    fn needs(_state: &Self::State, _before: &Before<'_>, _now: Millis) -> Option<Self::Request> {
        None
    }

    /// What the session is told where a request is not answered in time, or refused by the store.
    fn unanswered(request: &Self::Request) -> Self::Event;

    /// Whether carrying it out waits for files of Telegram's: seconds, in which what asks the
    /// database alone must not wait for it.
    fn reads_files(_request: &Self::Request) -> bool {
        false
    }

    /// Whether a press of its buttons that comes again after a crash is carried out again: what it
    /// does has the update as its key, so that twice is once. The parts are those after the prefix.
    fn is_pressed_again(_parts: &[&str]) -> bool {
        false
    }

    /// Whether carrying it out looks at nothing of the core's but its user's own rows: then it does
    /// not wait until what others told before is kept.
    fn stands_alone(_request: &Self::Request) -> bool {
        false
    }

    /// Whether it waits until what its user asked before in this way is carried out: what people
    /// say stays in the order in which they said it, also where the store is away for the first of
    /// it.
    fn keeps_order(_request: &Self::Request) -> bool {
        false
    }

    /// Something that concerns it has happened.
    fn on_event(session: &mut SessionCore, event: Self::Event, turn: &mut Turn<'_>);

    /// The user did something of its own kind.
    fn on_act(_session: &mut SessionCore, _act: Self::Act, _turn: &mut Turn<'_>) {}

    /// Something happened in the core that it may want to know.
    fn hears(_session: &mut SessionCore, _fact: Fact, _turn: &mut Turn<'_>) {}

    /// What a line says.
    fn screens(_notice: Self::Notice) -> Vec<Screen> {
        Vec::new()
    }

    /// Whether a line that a former life owed is still true.
    fn still_holds(_session: &SessionCore, _notice: Self::Notice) -> bool {
        false
    }

    /// Whether the user's searches go before others'.
    fn goes_first(_state: &Self::State, _now: Millis) -> bool {
        false
    }
}

/// Before what something may have to be known.
#[derive(Clone, Copy, Debug)]
pub enum Before<'a> {
    /// An update is handled.
    Update(&'a Update),
    /// A session goes on with the account as it was loaded.
    Loaded(&'a Account),
}

/// What happens in the core, for those who want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A chat has begun.
    ChatBegan {
        /// Which.
        pair: PairId,
        /// With whom.
        partner: UserId,
    },
    /// A chat is over.
    ChatEnded {
        /// Which.
        pair: PairId,
        /// With whom.
        partner: UserId,
        /// Why.
        cause: EndCause,
    },
    /// The user said something new of themselves, or of whom they want to meet.
    ProfileChanged,
    /// The user gave /stop, whatever went on: they want nothing more for now.
    Stopped,
    /// The user has erased themselves: nothing that was known of them is true any more.
    Erased,
}

/// For what a capability does not have: no line, no act of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Nothing {}
