//! The other nodes of a cluster.

use super::{MapRow, PortFuture};
use crate::kernel::ticket::Accepted;
use nameless_domain::ids::PairId;
use nameless_domain::ids::Seq;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Interests;
use nameless_domain::session::EndCause;
use serde::Deserialize;
use serde::Serialize;

/// What one node tells another of a user whose session lives there. A hint: the truth is in the store, and a node
/// that never hears it finds it there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum PeerEvent {
    /// A pair was opened.
    PairOpened {
        /// Which.
        pair: PairId,
        /// Its members in the order of their sides: the relay there needs no store for the first message.
        members: [UserId; 2],
        /// Topics that both like.
        common: Interests,
    },
    /// The partner, or the system, ended the pair: nothing more goes from here to the partner (I4).
    PairClosed {
        /// Which.
        pair: PairId,
        /// Why.
        cause: EndCause,
        /// The other member.
        partner: UserId,
    },
    /// The node of the partner has heard that the pair is over: nothing of it reaches this user any more.
    PairLeft {
        /// Which.
        pair: PairId,
    },
    /// The partner's messages have arrived: replies and reactions to them can be threaded.
    Mapped {
        /// In which pair.
        pair: PairId,
        /// Their rows.
        rows: Vec<MapRow>,
    },
    /// Telegram says that this user cannot be reached any more.
    Unreachable,
    /// The store knows better than the session: it is to look there.
    Recall,
}

/// What is to be done with an accepted update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its user lives here: handle it.
    Here,
    /// It was sent on to the node where its user lives.
    Elsewhere,
    /// It was taken before (I3).
    Before,
}

/// The other nodes of a cluster. A user's session, their half of a pair and what they send live on one node, the
/// owner of the user's partition.
pub trait Peers: Send + Sync {
    /// Takes an accepted update for its user, or sends it on.
    fn take(&self, accepted: &Accepted) -> Taken;
    /// Whether the user lives here.
    fn is_mine(&self, user: UserId) -> bool;
    /// The journal's position when the user came to live here: what is at or before it was accepted for a former life.
    fn born(&self, user: UserId) -> Seq;
    /// Tells the node where the user lives. Does not wait.
    fn tell(&self, user: UserId, event: PeerEvent);
    /// Waits until no later update of its user can overtake one that [`Peers::take`] sent on, whichever node accepts that
    /// later one; false if that was not to be had in time.
    fn passed_on(&self, update_id: i64) -> PortFuture<'_, bool> {
        let _ = update_id;
        Box::pin(std::future::ready(true))
    }
}
