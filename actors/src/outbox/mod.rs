//! Outbox: everything that leaves for Telegram passes here, paced.
//!
//! The algorithm is the domain's `Pacer`; this shell makes the calls, at most one per chat at a
//! time so that order holds (I6), and sorts the outcomes: told to wait (that chat waits), not sent
//! or unknown (tried again with back-off, see the domain's `Tries`), refused (given up, the sender
//! is told), gone (the session is told). What has to be uploaded first goes in lanes of its own,
//! and each kind of call has places of its own, so that one that hangs stops no other. A panic in
//! the pacer loses nothing: what it held is moved into a new one.

mod departure;
mod handlers;
mod listener;
mod messages;
mod pacers;
#[cfg(test)]
mod tests;

pub use departure::Departure;
pub use listener::{Landing, Listener, Said};
pub use messages::{Crash, Enqueue, Origin, Purge};

use crate::env::Env;
use crate::kernel::recent::Recent;
use crate::service;
use crate::tell;
use actix::{Actor, Addr, Context, SpawnHandle};
use messages::Item;
use nameless_domain::ids::ChatId;
use nameless_domain::time::Millis;
use pacers::Pacers;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The outbox: of each bot token a pacer.
pub struct Outbox {
    env: Arc<Env>,
    pacers: Pacers<Item>,
    /// Pairs that ended lately: what their relay had handed over before it heard of it is dropped
    /// (I4).
    ended: Recent,
    /// Pairs of which a member knows that Telegram holds up what they say.
    held_up: Recent,
    timer: Option<(Millis, SpawnHandle)>,
    /// Until when nothing is said of chats that were told to wait, and how many were not spoken of.
    waits: (Millis, u64),
    /// Who waits for the call under way to a chat to be over, as its pair has ended.
    landing: FxHashMap<ChatId, Vec<oneshot::Sender<()>>>,
    /// This actor itself, for calls under way; made with the first, as each `Context::address`
    /// costs two allocations.
    me: Option<Arc<Addr<Outbox>>>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(env: Arc<Env>) -> Outbox {
        let pacers = Pacers::new(env.limits.pacing.clone());
        Outbox {
            env,
            pacers,
            ended: Recent::default(),
            held_up: Recent::default(),
            timer: None,
            waits: (Millis(i64::MIN), 0),
            me: None,
            landing: FxHashMap::default(),
        }
    }
}

service!(
    Outbox,
    "outbox",
    One,
    when full: "the oldest notice is dropped and counted, never a relay",
    |env, _| Outbox::new(env)
);

impl Actor for Outbox {
    type Context = Context<Self>;
}
