//! What a relay is told.

use crate::kernel::ticket::Tickets;
use crate::outbox::{Landing, Said};
use crate::ports::{AskedPair, MapRow, PairRecord};
use crate::shard::Stays;
use actix::Message;
use nameless_domain::capabilities::faceguard::Verdict;
use nameless_domain::ids::{ChatId, MessageId, PairId, UserId};
use nameless_domain::relay::{RelayOp, Side};
use nameless_domain::session::EndCause;
use tokio::sync::oneshot;

/// Sent by the matchmaker: a pair was opened.
#[derive(Message)]
#[rtype(result = "()")]
pub struct OpenRelay {
    /// Which.
    pub pair: PairId,
    /// Its members in the order of [`Side::A`], [`Side::B`].
    pub members: [UserId; 2],
}

/// Sent by sessions: pass this on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Pass {
    /// In which pair.
    pub pair: PairId,
    /// Who asks.
    pub by: UserId,
    /// For what.
    pub op: RelayOp,
    /// The updates behind it: one, or one per item of an album.
    pub tickets: Tickets,
}

/// Sent by sessions, which have told the persistence actor before: the pair ends. What is queued
/// for either chat is purged (I4), the other member is told.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Close {
    /// Which.
    pub pair: PairId,
    /// Who ends it.
    pub by: UserId,
    /// The other one. Named here so that the end of a pair that is not in memory needs no store.
    pub partner: UserId,
    /// Why.
    pub cause: EndCause,
    /// The update behind it.
    pub tickets: Tickets,
    /// Told when nothing from the partner can reach the one who ends it any more, if the partner
    /// lives on another node; dropped at once if not.
    pub closed: Option<oneshot::Sender<()>>,
}

/// Sent for another node: the partner who lives there has left the pair, and nothing of theirs is
/// under way.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Left {
    /// Which.
    pub pair: PairId,
}

/// To itself, by the listener that it gave the outbox: how a call went.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Delivered {
    /// Whose message it was.
    pub said: Said,
    /// What became of it.
    pub landing: Landing,
}

/// Sent for another node: messages of the partner, who lives there, have arrived.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Mapped {
    /// In which pair.
    pub pair: PairId,
    /// Their rows.
    pub rows: Vec<MapRow>,
}

/// Sent when a former life's updates are taken up again, before any of them: these messages had
/// left then, and their rows may not be in the store yet.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LeftEarlier {
    /// In which pair.
    pub pair: PairId,
    /// Whose messages.
    pub by: UserId,
    /// Each in the sender's chat, and in the partner's.
    pub copies: Vec<(MessageId, MessageId)>,
}

/// Sent when users move to another node: pairs of which no member stays leave the memory.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Forget {
    /// Who stays.
    pub stays: Stays,
}

/// To itself: a pair came from the store.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct PairLoaded {
    pub asked: AskedPair,
    /// None if the store could not be read; the pair is asked for again by the next message.
    pub record: Option<PairRecord>,
}

/// To itself: a photo was looked at.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct PhotoChecked {
    pub pair: PairId,
    /// Who sent it.
    pub from: (Side, UserId),
    /// Where it is.
    pub place: PhotoPlace,
    /// Which picture.
    pub unique_id: String,
    pub verdict: Verdict,
}

/// Where a photo is while it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PhotoPlace {
    /// At the partner's, as this message of their chat.
    There(ChatId, MessageId),
    /// Held here; its id in the sender's chat.
    Here(MessageId),
}

/// Panics inside the guard of a pair, as asked by a test or the demo; of some pair if none is
/// named.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash {
    /// Which pair.
    pub pair: Option<PairId>,
}
