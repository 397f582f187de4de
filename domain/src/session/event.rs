//! What can happen to a session.

use super::notice::Notice;
use crate::capabilities;
use crate::ids::{BotId, PairId, UserId};
use crate::profile::Interests;
use crate::relay::Undelivered;
use crate::time::Millis;
use crate::update::Update;
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

/// What can happen to a session.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // Lives for one call; updates are most of them, a box each would cost more.
pub enum Event {
    /// The user did something.
    Update(Update),
    /// The session was just loaded from the store.
    Loaded {
        /// The pair the store knows the user to be in, the partner, and since when.
        live: Option<(PairId, UserId, Millis)>,
        /// What a former life of the engine had to tell the user and, as far as the store knows,
        /// did not.
        owed: Vec<Notice>,
    },
    /// A capability's own.
    Capability(capabilities::Event),
    /// The matchmaker opened a pair.
    PartnerFound {
        /// The pair.
        pair: PairId,
        /// The other one.
        partner: UserId,
        /// Topics that both like.
        common: Interests,
    },
    /// A pair that began a moment ago takes the user to be at this bot.
    Placed {
        /// Which pair.
        pair: PairId,
        /// Where its words come.
        bot: BotId,
    },
    /// The partner or the system ended the pair.
    PairEnded {
        /// Which.
        pair: PairId,
        /// Why.
        cause: EndCause,
    },
    /// The moment came that the last [`SeekRequest`](super::SeekRequest) asked to be woken at.
    SearchDue,
    /// The matchmaker takes no more seekers.
    SearchRefused,
    /// The queue has not been reachable for some seconds; the search goes on when it is.
    SearchDelayed,
    /// The wait for an album's later items is over.
    AlbumDue,
    /// The relay says why something was not passed on.
    RelayNote {
        /// The pair it was meant for.
        pair: PairId,
        /// Locale key of the line.
        key: &'static str,
    },
    /// Something that the user sent will not reach the partner. Owed already when this is told.
    NotArrived {
        /// The pair it was meant for.
        pair: PairId,
        /// Why.
        why: Undelivered,
    },
    /// Telegram never said whether an answer of the bot's own has arrived. Owed already when this
    /// is told.
    Unsaid,
    /// Telegram says that this user cannot be reached any more.
    Unreachable {
        /// By which bot.
        bot: BotId,
    },
    /// A copy of the user's data, which they had asked for, could not be made or sent.
    ExportFailed,
    /// An update was turned away because too many are under way.
    NotTaken,
    /// An update could not be handled twice and was put aside.
    PutAside,
}
