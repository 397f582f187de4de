//! What billing is told.

use crate::kernel::ticket::Ticket;
use actix::Message;
use nameless_domain::capabilities::billing::Act;
use nameless_domain::ids::UserId;

/// Sent by the engine, in place of the user's session: the provider tells of money. Answered by
/// what the user is told; never refused.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Settle {
    /// Who paid, or got it back.
    pub user: UserId,
    /// What happened.
    pub act: Act,
    /// The update's.
    pub ticket: Ticket,
}
