//! Session: one per active user. A thin shell over the domain's `SessionCore`.
//!
//! It starts by loading the account; the mailbox waits meanwhile, so order holds. A panic in the core drops the
//! core, loads it anew and handles the update once more; if that panics too, the update is put aside as a dead
//! letter and the user is told. Nobody else notices either.

mod effects;
mod handlers;
mod messages;
#[cfg(test)]
mod tests;

pub use messages::*;

use crate::env::Env;
use crate::kernel::ticket::Ticket;
use crate::ports::Loaded;
use actix::{Actor, Context, SpawnHandle};
use nameless_domain::ids::UserId;
use nameless_domain::session::{Event, SessionCore};
use std::collections::VecDeque;
use std::sync::Arc;

/// A user's session.
pub struct Session {
    env: Arc<Env>,
    user: UserId,
    /// None until loaded, and while it is being loaded anew.
    core: Option<Box<SessionCore>>,
    /// Updates whose effects wait for the rest of an album, with the number of times that each panicked.
    held: Vec<(Ticket, u32)>,
    /// Updates to be handled (again) once loaded, with the number of times that each panicked.
    rest: VecDeque<(Ticket, u32)>,
    album_timer: Option<SpawnHandle>,
    /// What it was made for, if that comes before the look at the store.
    first: Option<Event>,
}

impl Session {
    /// A session that loads itself when it starts, and handles `first` before it squares itself with the store.
    pub fn new(env: Arc<Env>, user: UserId, first: Option<Event>) -> Session {
        let (held, rest) = (Vec::new(), VecDeque::new());
        Session { env, user, core: None, held, rest, album_timer: None, first }
    }
}

impl Actor for Session {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.reload(ctx);
    }
}

/// Tries to load an account that the store does not give, a tenth of a second apart.
const LOADS: u32 = 50;

/// The store says no to loading an account (while it is merely away, the persistence actor keeps asking it).
struct Refused;

/// Asks the store for an account, as long as it takes.
async fn load(env: Arc<Env>, user: UserId) -> Result<Option<Loaded>, Refused> {
    for _ in 0..LOADS {
        let (reply, answer) = tokio::sync::oneshot::channel();
        crate::tell!(env.directory.persistence, crate::persistence::LoadUser { user, reply });
        match answer.await {
            Ok(loaded) => return Ok(loaded),
            // Refused, or the persistence actor was started anew.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    Err(Refused)
}
