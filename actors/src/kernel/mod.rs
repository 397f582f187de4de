//! What actix does not give: bounded gates, tickets that follow an update to its last effect,
//! watched actors, restart budgets, panics that are caught where they happen.

pub mod by_bot;
pub mod chance;
pub mod directory;
pub mod gate;
pub mod guard;
pub mod heartbeat;
pub mod latency;
mod lock;
pub mod meters;
pub(crate) mod recent;
pub mod restart;
pub mod ticket;
pub mod trace;
pub mod watched;

pub use lock::{lock, read_lock, write_lock};

use actix::dev::{MessageResponse, ToEnvelope};
use actix::{Actor, Addr, Handler, Message};

/// Puts a message into an actor's mailbox. The one place where actix's unbounded `do_send` is used:
/// what is in the mailboxes is bounded because every message is caused by an update that holds a
/// ticket (see [`ticket`]), by a session's own timer, or by one of a bounded number of seekers. A
/// message to an actor that is gone is dropped, and its ticket with it: the update is delivered
/// again.
#[allow(clippy::disallowed_methods)]
pub fn tell<A, M>(to: &Addr<A>, message: M)
where
    A: Actor + Handler<M>,
    M: Message + Send + 'static,
    M::Result: MessageResponse<A, M> + Send,
    A::Context: ToEnvelope<A, M>,
{
    to.do_send(message);
}
