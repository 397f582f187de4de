//! What the matchmaker is told.

use crate::kernel::ticket::Tickets;
use crate::ports::{Opened, QueueError, Sought};
use crate::shard::Stays;
use actix::Message;
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use nameless_domain::session::SeekRequest;
use nameless_domain::time::Millis;
use std::time::Duration;
use tokio::sync::oneshot;

/// Sent by sessions: look for a partner, or look for something else than before. When full, the
/// session is told `SearchRefused`.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Seek {
    /// Who seeks whom.
    pub request: SeekRequest,
    /// The update behind it.
    pub tickets: Tickets,
}

/// Sent by sessions: stop looking.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Unseek {
    /// Who.
    pub user: UserId,
    /// The update behind it.
    pub tickets: Tickets,
}

/// One of two who are proposed to each other.
pub(super) struct Party {
    /// Who.
    pub seeker: Seeker,
    /// When (by the steady clock) they were to be reminded, if it is this node that reminds them.
    pub due: Option<Millis>,
    /// For how long their wish stands in a shared queue.
    pub stands: Duration,
}

/// To itself: what was to be kept before this wish is in the store.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct WishKept {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub number: u64,
}

/// Sent when users move to another node, and their sessions are gone: what is asked for them here
/// ends. Of no use where the queue is local.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LetGo {
    /// Who stays.
    pub stays: Stays,
    /// Dropped when nothing is asked for the others any more.
    pub gone: oneshot::Sender<()>,
}

/// To itself: the store decided on a proposal; none if it could not.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Decided {
    /// The two, the one who waited longer first.
    pub parties: Box<[Party; 2]>,
    /// What became of it.
    pub opened: Option<Opened>,
}

/// To itself: what the shared queue answered.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Answered {
    /// About whom.
    pub user: UserId,
    /// To which request.
    pub number: u64,
    /// What; none for an ended search.
    pub answer: Result<Option<Sought>, QueueError>,
}

/// To itself: the shared queue was asked to let those go whose wish no longer stands.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Expired(pub Result<u64, QueueError>);

/// Panics inside the guard, as asked by a test or the demo.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;
