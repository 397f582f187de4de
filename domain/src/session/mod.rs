//! A user's session: a pure state machine from events to effects.

pub mod account;
pub mod feedback;

use serde::{Deserialize, Serialize};

/// Why a pair ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// A member ended it with /stop.
    Stopped,
    /// A member went on to the next partner.
    Next,
    /// A member blocked the bot, or their account is gone.
    Vanished,
    /// A member reported or blocked the other.
    Reported,
    /// A member erased their data.
    Erased,
    /// The pair could not be kept (found ended in the store after a crash).
    Lost,
}
