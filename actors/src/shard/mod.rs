//! Shard: places the sessions of its users, lets their updates in, and lets idle sessions out of the memory.
//!
//! A session is made by the first event for its user and is `temporary` in the sense of Erlang's supervisors: when
//! it is gone, for whatever reason, the next event makes it anew from the store.

mod handlers;
mod messages;

pub use messages::*;

use crate::env::Env;
use crate::kernel::gate::Gate;
use crate::session::Session;
use actix::{Actor, Addr, AsyncContext, Context};
use nameless_domain::ids::UserId;
use nameless_domain::outbox::Bucket;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Duration;

/// A session in memory.
struct Slot {
    addr: Addr<Session>,
    gate: Gate,
    bucket: Bucket,
    generation: u32,
    restarts: u32,
    used: Millis,
}

/// One shard.
pub struct Shard {
    env: Arc<Env>,
    sessions: FxHashMap<UserId, Slot>,
    /// Grows with every session made, so that the end of one is not taken for the end of its successor.
    generation: u32,
}

impl Shard {
    /// A shard without sessions.
    pub fn new(env: Arc<Env>) -> Shard {
        Shard { env, sessions: FxHashMap::default(), generation: 0 }
    }
}

impl Actor for Shard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let every = (self.env.limits.idle_after / 4).max(Duration::from_millis(100));
        ctx.run_interval(every, |actor, _| actor.passivate());
    }
}
