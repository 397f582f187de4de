//! What the matchmaker is told.

use crate::kernel::ticket::Ticket;
use crate::ports::Opened;
use actix::Message;
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use nameless_domain::session::SeekRequest;
use nameless_domain::time::Millis;

/// Sent by sessions: look for a partner, or look for something else than before. When full, the session is told
/// `SearchRefused`.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Seek {
    /// Who seeks whom.
    pub request: SeekRequest,
    /// The update behind it.
    pub tickets: Vec<Ticket>,
}

/// Sent by sessions: stop looking.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Unseek {
    /// Who.
    pub user: UserId,
    /// The update behind it.
    pub tickets: Vec<Ticket>,
}

/// To itself: the store decided on a proposal; none if it could not.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Decided {
    /// The two, the one who waited longer first.
    pub seekers: Box<[Seeker; 2]>,
    /// When each was to be reminded.
    pub due: [Option<Millis>; 2],
    /// What became of it.
    pub opened: Option<Opened>,
}

/// Panics inside the guard, as asked by a test or the demo.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;
