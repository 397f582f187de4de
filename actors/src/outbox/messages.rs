//! What the outbox is told.

use super::departure::Departure;
use super::listener::Listener;
use crate::kernel::ticket::Tickets;
use crate::ports::{SendError, Sent};
use actix::Message;
use nameless_domain::ids::{ChatId, PairId, UserId};
use nameless_domain::outbox::{Lane, Tries};
use nameless_domain::outgoing::Outgoing;
use nameless_domain::session::notice::Notice;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Where a call comes from, hence who hears how it went.
#[derive(Debug)]
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
        /// Who wants to know when it leaves.
        departure: Option<Arc<Departure>>,
    },
    /// The bot itself, and somebody wants to know when it leaves.
    Told(Arc<Departure>),
    /// The bot itself, and somebody waits for the outcome.
    Heard(Listener),
    /// A chat of two: taken back once the pair has ended (I4).
    Pair {
        /// Which pair.
        pair: PairId,
        /// Whether the ids that Telegram gives are noted with the updates behind the call, so that
        /// it is not made again after a crash.
        noted: bool,
        /// Who hears of it.
        listener: Listener,
    },
}

impl Origin {
    /// Who wants to know when the call is made.
    pub(super) fn departure(&self) -> Option<&Departure> {
        match self {
            Origin::Owed { departure, .. } => departure.as_deref(),
            Origin::Told(departure) => Some(departure),
            Origin::Bot | Origin::Heard(_) | Origin::Pair { .. } => None,
        }
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
    /// Where it comes from, and who hears of it.
    pub origin: Origin,
    /// For what updates.
    pub tickets: Tickets,
}

/// Sent by relays: drop what is queued for a chat from a pair that has ended (I4).
#[derive(Message)]
#[rtype(result = "()")]
pub struct Purge {
    /// The chat; of a person with whichever bot.
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
