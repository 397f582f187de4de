//! How others reach a session: on this node, or on the one where its user lives.

use super::{Recall, Shard, ToSession};
use crate::env::Env;
use crate::kernel::ticket::Tickets;
use crate::kernel::ticket::all_done;
use crate::ports::{PeerEvent, Told};
use crate::tell;
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;

/// Tells a user's session of an event, wherever it lives.
pub fn to_session(env: &Env, user: UserId, event: Event) {
    to_session_with(env, user, event, Tickets::new());
}

/// The same with the tickets of the update that it comes of: the update is done when what the event
/// brings is. Where the user lives elsewhere by now, the update is done as soon as the event has
/// been passed on.
pub(crate) fn to_session_with(env: &Env, user: UserId, event: Event, tickets: Tickets) {
    if let Some(peers) = &env.peers
        && !peers.is_mine(user)
    {
        match Told::of(event) {
            Some(told) => peers.tell(user, PeerEvent::Told { told }),
            None => tracing::debug!("an event of a session that has moved to another node"),
        }
        return all_done(tickets);
    }
    tell!(env.directory.of::<Shard>(user.0), ToSession { user, event, tickets });
}

/// Has a user's session look again at the store, wherever it lives.
pub fn recall(env: &Env, user: UserId) {
    match &env.peers {
        Some(peers) if !peers.is_mine(user) => peers.tell(user, PeerEvent::Recall),
        _ => _ = tell!(env.directory.of::<Shard>(user.0), Recall { user }),
    }
}
