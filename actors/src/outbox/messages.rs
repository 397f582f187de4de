//! What the outbox is told.

use crate::kernel::ticket::Tickets;
use crate::ports::{SendError, Sent};
use actix::Message;
use nameless_domain::ids::{ChatId, MessageIds, PairId, UserId};
use nameless_domain::outbox::{Lane, Tries};
use nameless_domain::outgoing::Outgoing;
use nameless_domain::relay::Side;
use nameless_domain::session::notice::Notice;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Where a call comes from, hence who hears how it went.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The bot itself; nobody waits for the outcome.
    Bot,
    /// The bot itself, with a line that is owed to a user until this call has been made, or cannot
    /// be made.
    Owed {
        /// The user.
        user: UserId,
        /// The line.
        notice: Notice,
    },
    /// The bot itself, with a file for which somebody waits: the next one is made when this one has
    /// left.
    File(Landed),
    /// A relay, which needs the ids for its map.
    Pair {
        /// Which pair.
        pair: PairId,
        /// Whose message it was.
        from: Side,
        /// Its ids in the sender's chat.
        sources: MessageIds,
    },
}

/// Takes word of how a call went: true if Telegram has taken it. Dropped without a word, it was
/// never made.
#[derive(Clone, Debug)]
pub struct Landed(pub mpsc::Sender<bool>);

impl PartialEq for Landed {
    fn eq(&self, other: &Landed) -> bool {
        self.0.same_channel(&other.0)
    }
}

/// Sent by sessions, relays, intake: make this call. When full: a relayed message or an answer is
/// never dropped (its sender's gate bounds it); the oldest notice or bulk message of the chat is.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Enqueue {
    /// The call.
    pub out: Outgoing,
    /// How urgent.
    pub lane: Lane,
    /// Who hears of it.
    pub origin: Origin,
    /// For what updates.
    pub tickets: Tickets,
}

/// Sent by relays: drop what is queued for a chat from a pair that has ended (I4).
#[derive(Message)]
#[rtype(result = "()")]
pub struct Purge {
    /// The chat.
    pub chat: ChatId,
    /// The pair.
    pub pair: PairId,
    /// Told when no call of the pair to this chat is under way any more.
    pub over: Option<oneshot::Sender<()>>,
}

/// To itself: a call came back.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Returned {
    /// The chat whose turn it was.
    pub chat: ChatId,
    /// The item; none if the call's task died with it.
    pub item: Option<Item>,
    /// How it went.
    pub result: Result<Sent, SendError>,
}

/// Panics inside the guard, as asked by a test or the demo.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;

/// A call in the queue.
#[derive(Debug)]
pub(super) struct Item {
    pub out: Arc<Outgoing>,
    pub origin: Origin,
    pub tickets: Tickets,
    /// What it has been through.
    pub tries: Tries,
}
