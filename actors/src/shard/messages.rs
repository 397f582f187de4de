//! What a shard is told and asked.

use crate::kernel::ticket::{Ticket, Tickets};
use actix::Message;
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;
use nameless_domain::update::Update;
use tokio::sync::oneshot;

/// Sent by intake: an update of a user of this shard. Turned away, and the user told once, when too
/// many of the user's updates are under way or they come too fast.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Deliver {
    /// The update.
    pub update: Update,
    /// Its ticket.
    pub ticket: Ticket,
}

/// Sent by the matchmaker, relays and the outbox: something happened to a user.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ToSession {
    /// To whom.
    pub user: UserId,
    /// What.
    pub event: Event,
    /// Of the update that it comes of, if it answers what that asked for.
    pub tickets: Tickets,
}

/// Sent by the matchmaker and at start: square the session with the store and state a running
/// search again.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Recall {
    /// Whose.
    pub user: UserId,
}

/// To itself: a session ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct SessionExited {
    pub user: UserId,
    pub generation: u32,
    pub died: bool,
}

/// Sent when draining: sessions hand out what they hold back (albums).
#[derive(Message)]
#[rtype(result = "()")]
pub struct Drain;

/// Says which users go on living on this node.
pub type Stays = std::sync::Arc<dyn Fn(UserId) -> bool + Send + Sync>;

/// Sent when users move to another node: their sessions leave the memory. What they did is kept by
/// then.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MoveOut {
    /// Who stays.
    pub stays: Stays,
    /// Dropped when all are gone.
    pub gone: oneshot::Sender<()>,
}

/// Sent by the demo and admins: what is in memory. Answered with at most `most` sessions, busiest
/// first.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ListSessions {
    /// How many.
    pub most: usize,
    /// Takes the answer.
    pub reply: oneshot::Sender<Vec<SessionSeen>>,
}

/// One session as seen from outside.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SessionSeen {
    /// Whose.
    pub user: UserId,
    /// How many times it was started anew in this slot.
    pub restarts: u16,
    /// Its updates under way.
    pub under_way: u32,
    /// The bound of that.
    pub bound: u32,
    /// Milliseconds since its last event.
    pub idle_ms: i64,
}

/// Panics inside the guard of a session, as asked by a test or the demo.
#[derive(Message)]
#[rtype(result = "()")]
pub struct CrashSession {
    /// Whose.
    pub user: UserId,
    /// Outside the guard: the actor is gone (tests).
    pub for_good: bool,
}

/// To itself, by a session: it was rebuilt after a panic.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionRebuilt {
    /// Whose.
    pub user: UserId,
}
