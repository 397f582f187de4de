//! Lines that the engine says by itself, not in answer to anything.
//!
//! An update's effects are repeated after a crash until they have happened. Nothing repeats these,
//! so each is kept as owed with the row that it tells of, until it has left: the next life says
//! what is still owed (I2).

use crate::capabilities;
use crate::ids::PairId;
use crate::outbox::Lane;
use crate::profile::{Interests, Widening};
use crate::relay::Undelivered;
use crate::session::EndCause;
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
        /// Nobody searched: they had talked before, and both agreed to meet again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
        /// Nobody searched: one of a match wanted to talk to the other.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        matched: bool,
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
    /// A capability's own.
    Capability(capabilities::Notice),
}

/// What a line waits for before it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Nothing.
    Not,
    /// Its user's row, as long as it takes.
    ForRow,
    /// The end of the pair, for a moment at most.
    ForEnd,
}

impl Notice {
    /// What must be in the store before the line leaves. Who has read that somebody is here writes
    /// into this chat; a later life that did not know of it would take that for words to somebody
    /// before (I4). Who has read that a chat is over is to get nothing of it from a later life that
    /// finds it live.
    pub fn waits(self) -> Waits {
        match self {
            Notice::ChatBegan { .. } => Waits::ForRow,
            Notice::ChatEnded { .. } => Waits::ForEnd,
            _ => Waits::Not,
        }
    }

    /// How urgent it is. The core's own lines are part of what happens in a chat, and keep their
    /// order with what is said there. A capability's can wait: nobody asked for it at this moment.
    pub fn lane(self) -> Lane {
        match self {
            Notice::Capability(_) => Lane::Notice,
            _ => Lane::Interactive,
        }
    }
}
