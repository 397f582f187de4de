//! Loads of users and pairs, many in one round trip.
//!
//! One that comes alone leaves at once. While as many as may are under way, those that come gather,
//! so that they are answered in fewer and larger reads the more there are: after a restart tens of
//! thousands of chats come back at one moment.

use super::batch::persist;
use super::{LoadPair, LoadUser};
use crate::env::Env;
use crate::ports::{Loaded, PairRecord, StoreError};
use std::collections::VecDeque;

/// Reads under way at a time. Writes, exports and others need connections, too.
const AT_ONCE: usize = 4;
/// Users, and pairs with their message maps, in one read.
const USERS: usize = 256;
const PAIRS: usize = 64;

/// Loads that wait, in order.
#[derive(Default)]
pub struct Waiting {
    /// For users.
    pub users: VecDeque<LoadUser>,
    /// For pairs.
    pub pairs: VecDeque<LoadPair>,
}

/// One read.
pub(super) enum Batch {
    Users(Vec<LoadUser>),
    Pairs(Vec<LoadPair>),
}

/// The loads of the persistence actor.
#[derive(Default)]
pub(super) struct Loads {
    waiting: Waiting,
    under_way: usize,
    /// The other kind's turn, so that neither waits for all of the other.
    pairs_next: bool,
}

impl Waiting {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.pairs.is_empty()
    }
}

impl Loads {
    /// Adds some.
    pub fn add(&mut self, mut loads: Waiting) {
        self.waiting.users.append(&mut loads.users);
        self.waiting.pairs.append(&mut loads.pairs);
    }

    /// The next read, if one may leave. It counts as under way until [`Loads::done`].
    pub fn next(&mut self) -> Option<Batch> {
        let Waiting { users, pairs } = &mut self.waiting;
        if self.under_way >= AT_ONCE || users.is_empty() && pairs.is_empty() {
            return None;
        }
        self.under_way += 1;
        let of_pairs = users.is_empty() || self.pairs_next && !pairs.is_empty();
        self.pairs_next = !of_pairs;
        Some(match of_pairs {
            true => Batch::Pairs(pairs.drain(..pairs.len().min(PAIRS)).collect()),
            false => Batch::Users(users.drain(..users.len().min(USERS)).collect()),
        })
    }

    /// One is over.
    pub fn done(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

/// Answers a read's loads. Those that the store refuses get no answer: who waits asks again.
pub(super) async fn carry_out(env: &Env, batch: Batch) {
    match batch {
        Batch::Users(loads) => users(env, loads).await,
        Batch::Pairs(loads) => pairs(env, loads).await,
    }
}

async fn users(env: &Env, loads: Vec<LoadUser>) {
    env.meters.store_reads.add(loads.len() as u64);
    let asked: Vec<_> = loads.iter().map(|load| load.user).collect();
    let found: Result<Vec<Option<Loaded>>, StoreError> =
        persist(env, || env.store.load_users(asked.clone())).await;
    match found {
        Ok(found) => loads.into_iter().zip(found).for_each(|(load, found)| drop(load.reply.send(found))),
        Err(cause) if loads.len() == 1 => tracing::error!(%cause, "the store refused to load a user"),
        Err(_) => {
            for load in loads {
                Box::pin(users(env, vec![load])).await;
            }
        }
    }
}

async fn pairs(env: &Env, loads: Vec<LoadPair>) {
    env.meters.store_reads.add(loads.len() as u64);
    let newest = u32::try_from(env.rules.map_per_pair).unwrap_or(u32::MAX);
    let asked: Vec<_> = loads.iter().map(|load| load.asked).collect();
    let found: Result<Vec<PairRecord>, StoreError> =
        persist(env, || env.store.load_pairs(asked.clone(), newest)).await;
    match found {
        Ok(found) => loads.into_iter().zip(found).for_each(|(load, found)| drop(load.reply.send(found))),
        Err(cause) if loads.len() == 1 => tracing::error!(%cause, "the store refused to load a pair"),
        Err(_) => {
            for load in loads {
                Box::pin(pairs(env, vec![load])).await;
            }
        }
    }
}
