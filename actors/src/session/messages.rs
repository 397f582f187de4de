//! What a session is told; only its shard tells it.

use crate::kernel::ticket::{Ticket, Tickets};
use actix::Message;
use nameless_domain::session::Event;
use nameless_domain::update::Update;

/// Handle an update of the user.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Handle {
    /// The update.
    pub update: Update,
    /// Its ticket.
    pub ticket: Ticket,
}

/// Something else happened to the user.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Happened {
    /// What.
    pub event: Event,
    /// Of the update that it comes of, if any.
    pub tickets: Tickets,
}

impl Happened {
    /// Something that comes of no update.
    pub fn alone(event: Event) -> Happened {
        Happened { event, tickets: Tickets::new() }
    }
}

/// Look at the store: is there a live pair, is the search known?
#[derive(Message)]
#[rtype(result = "()")]
pub struct Square;

/// To itself, when a wish is stated: what stands before it in the mailbox was told before.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Stated;

/// Leave the memory.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Passivate;

/// Panics inside the guard, as asked by a test or the demo.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Crash;
