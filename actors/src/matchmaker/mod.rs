//! Matchmaker: who is looking, and who meets whom.
//!
//! The pool proposes, the store decides (I1): a match becomes a pair only when its rows are written. While the
//! store is asked, both are out of the pool. A panic drops the pool; the store knows who is searching (a search
//! is part of the account), so every searching session is asked to state its wish again, with its place in time.

mod handlers;
mod messages;
#[cfg(test)]
mod tests;

pub use messages::{Crash, Seek, Unseek};

use crate::env::Env;
use actix::{Actor, Context, SpawnHandle};
use nameless_domain::ids::UserId;
use nameless_domain::matching::{Pool, PoolLimits};
use nameless_domain::time::Millis;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// The matchmaker.
pub struct Matchmaker {
    env: Arc<Env>,
    pool: Pool,
    /// Matched, waiting for the store's word.
    opening: FxHashSet<UserId>,
    /// When each seeker is to be reminded; the heap may hold outdated entries, the map decides.
    due: FxHashMap<UserId, Millis>,
    reminders: BinaryHeap<Reverse<(Millis, UserId)>>,
    timer: Option<(Millis, SpawnHandle)>,
    /// A matchmaker died in this place before.
    again: bool,
}

impl Matchmaker {
    /// Nobody seeks yet. If it takes the place of one that died (`again`), it asks all seekers to come again.
    pub fn new(env: Arc<Env>, again: bool) -> Matchmaker {
        let pool = Pool::new(limits(&env));
        Matchmaker {
            env,
            pool,
            opening: FxHashSet::default(),
            due: FxHashMap::default(),
            reminders: BinaryHeap::new(),
            timer: None,
            again,
        }
    }
}

fn limits(env: &Env) -> PoolLimits {
    PoolLimits { max_seekers: env.limits.max_seekers, ..PoolLimits::default() }
}

impl Actor for Matchmaker {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        if self.again {
            self.env.meters.seekers.set(0);
            self.recall_all();
        }
    }
}
