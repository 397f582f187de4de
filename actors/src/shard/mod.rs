//! Shard: places the sessions of its users, lets their updates in, and lets idle sessions out of
//! the memory.
//!
//! A session is made by the first event for its user and is `temporary` in the sense of Erlang's
//! supervisors: when it is gone, for whatever reason, the next event makes it anew from the store.

mod handlers;
mod messages;
#[cfg(test)]
mod remote_tests;
mod tell;

pub use messages::*;
pub(crate) use tell::to_session_with;
pub use tell::{recall, to_session};

use crate::env::Env;
use crate::kernel::gate::Gate;
use crate::persistence::{ListUnsettled, Persistence};
use crate::service;
use crate::session::{Heard, Session};
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
    /// Told to the session: somebody waits for it.
    heard: Heard,
    gate: Gate,
    bucket: Bucket,
    generation: u32,
    restarts: u16,
    /// Made in place of one that died. If it dies too, the next event makes another: no circles.
    revived: bool,
    used: Millis,
    /// When the user was last told that something was not taken.
    refused: Option<Millis>,
}

/// One shard.
pub struct Shard {
    env: Arc<Env>,
    /// Boxed: a table keeps up to twice the places that it needs.
    sessions: FxHashMap<UserId, Box<Slot>>,
    /// Those that have left their slots and are not gone yet: what stands in their mailboxes may
    /// wait for the store. By generation.
    going: FxHashMap<u32, (UserId, Addr<Session>)>,
    /// Grows with every session made, so that the end of one is not taken for the end of its
    /// successor.
    generation: u32,
    /// A shard died in this place before.
    again: bool,
    /// This actor itself, for what its sessions leave behind; shared, as an address of one's own
    /// takes two allocations. Made with the first one.
    me: Option<Arc<Addr<Shard>>>,
}

impl Shard {
    /// A shard without sessions; `again` if it takes the place of one that died.
    pub fn new(env: Arc<Env>, again: bool) -> Shard {
        let (sessions, going) = (FxHashMap::default(), FxHashMap::default());
        Shard { env, sessions, going, generation: 0, again, me: None }
    }
}

service!(Shard, "shard", PerShard, when full: "intake waits", Shard::new);

impl Actor for Shard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let every = (self.env.limits.idle_after / 4).max(Duration::from_millis(100));
        ctx.run_interval(every, |actor, _| actor.passivate());
        if self.again {
            // What its mailbox held beside updates (a partner found, a chat ended) came with no
            // ticket: the store knows of it.
            actix_rt::spawn(recall_unsettled(self.env.clone(), Some(ctx.address())));
        }
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        self.env.meters.sessions.sub(self.sessions.len() as u64);
    }
}

/// Asks everybody whom the store knows to be searching, or to be out of step with their live pair,
/// to square with it; only those of one shard if one is named.
pub(crate) async fn recall_unsettled(env: Arc<Env>, only: Option<Addr<Shard>>) {
    let users = loop {
        let (reply, answer) = tokio::sync::oneshot::channel();
        crate::tell!(env.directory.one::<Persistence>(), ListUnsettled { reply });
        match answer.await {
            Ok(users) => break users,
            // The persistence actor was started anew, or the store refused the read.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    for user in users {
        if !env.is_mine(user) {
            continue;
        }
        env.directory.of::<Shard>(user.0).with(|addr| {
            if only.as_ref().is_none_or(|only| only == addr) {
                crate::kernel::tell(addr, Recall { user });
            }
        });
    }
}
