//! Persistence: the only writer to the store.
//!
//! Writes are told, gathered, and written in batches, one batch at a time: while one is under way
//! the next one gathers, so batches grow with the load. What nobody waits for (maps and history of
//! what was relayed) lingers a moment for company: a transaction costs much more than a row. A read
//! sees everything told before it. When the store is away, the batch is tried again with back-off
//! for as long as it takes, and what is told meanwhile waits in memory; beyond
//! `Limits::persistence_bound` writes the history is dropped (and counted), as it is the one thing
//! nobody waits for. Loads gather, too, see `loads`.

mod batch;
mod handlers;
mod kept;
mod loads;
mod messages;
#[cfg(test)]
mod tests;

pub(crate) use kept::{kept, kept_of};
pub use messages::*;

use crate::env::Env;
use crate::kernel::ticket::Ticket;
use crate::kernel::ticket::all_done;
use crate::ports::{Proposal, Write};
use crate::service;
use actix::{Actor, Context, SpawnHandle};
use nameless_domain::ids::{PairId, UserId};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A proposal and who waits for what becomes of it.
type Opening = (Proposal, oneshot::Sender<crate::ports::Opened>);

/// A read that waits for the writes before it.
enum Read {
    Unsettled(ListUnsettled),
    Export(ExportUser),
    Flush(Flush),
}

/// What gathers for the next batch.
#[derive(Default)]
struct Gathering {
    writes: Vec<Write>,
    tickets: Vec<Ticket>,
    openings: Vec<Opening>,
    reads: Vec<Read>,
    /// Loads of what its writes, or earlier ones, are about.
    loads: loads::Waiting,
    /// When its first write was told.
    since: Option<Instant>,
    /// Somebody waits for one of its writes.
    awaited: bool,
}

impl Gathering {
    /// How long it may still wait for company.
    fn lingers(&self, linger: Duration) -> Option<Duration> {
        if self.awaited || !self.openings.is_empty() || !self.reads.is_empty() || !self.loads.is_empty() {
            return None;
        }
        linger.checked_sub(self.since?.elapsed()).filter(|rest| !rest.is_zero())
    }

    fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.openings.is_empty() && self.reads.is_empty() && self.loads.is_empty()
    }
}

/// The persistence actor.
pub struct Persistence {
    env: Arc<Env>,
    /// Told and not yet under way, in order.
    queue: std::collections::VecDeque<Gathering>,
    /// Users and pairs with writes that are not in the store yet: reads of others need not wait.
    pending_users: FxHashMap<UserId, u32>,
    pending_pairs: FxHashMap<PairId, u32>,
    busy: bool,
    /// Loads that nothing holds up.
    loads: loads::Loads,
    /// Set while the next batch lingers.
    timer: Option<SpawnHandle>,
    /// Writes told and not yet in the store. Counted here and not on the meter, which outlives this
    /// actor: what it took with it would count against the bound for ever.
    depth: usize,
}

impl Persistence {
    /// An actor with nothing to write.
    pub fn new(env: Arc<Env>) -> Persistence {
        Persistence {
            env,
            queue: Default::default(),
            pending_users: FxHashMap::default(),
            pending_pairs: FxHashMap::default(),
            busy: false,
            loads: loads::Loads::default(),
            timer: None,
            depth: 0,
        }
    }

    /// The gathering that the next write joins.
    fn gathering(&mut self) -> &mut Gathering {
        let full = self.queue.back().is_none_or(|g| g.writes.len() >= self.env.limits.batch);
        if full {
            self.queue.push_back(Gathering::default());
        }
        let last = self.queue.len() - 1;
        &mut self.queue[last]
    }

    fn keep(&mut self, keep: Keep) {
        let mut taken = false;
        for write in keep.writes {
            if self.depth >= self.env.limits.persistence_bound && matches!(write, Write::History(_)) {
                self.env.meters.history_dropped.add(1);
            } else {
                self.gather(write);
                taken = true;
            }
        }
        match self.queue.back_mut().filter(|_| taken) {
            // Where its last write is, and so behind all of them.
            Some(gathering) => gathering.tickets.extend(keep.tickets),
            None => all_done(keep.tickets),
        }
    }

    fn gather(&mut self, write: Write) {
        let (user, pair) = batch::touches(&write);
        if let Some(user) = user {
            *self.pending_users.entry(user).or_default() += 1;
        }
        if let Some(pair) = pair {
            *self.pending_pairs.entry(pair).or_default() += 1;
        }
        self.count(self.depth + 1);
        let gathering = self.gathering();
        gathering.since.get_or_insert_with(Instant::now);
        gathering.awaited |= batch::is_awaited(&write);
        gathering.writes.push(write);
    }

    fn count(&mut self, depth: usize) {
        self.depth = depth;
        self.env.meters.persistence_depth.set(depth as u64);
    }

    /// Notes that these writes are in the store.
    fn settle(&mut self, touched: Vec<(Option<UserId>, Option<PairId>)>) {
        fn less<K: std::hash::Hash + Eq>(map: &mut FxHashMap<K, u32>, key: K) {
            if let std::collections::hash_map::Entry::Occupied(mut e) = map.entry(key) {
                *e.get_mut() -= 1;
                if *e.get() == 0 {
                    e.remove();
                }
            }
        }
        self.count(self.depth.saturating_sub(touched.len()));
        for (user, pair) in touched {
            if let Some(user) = user {
                less(&mut self.pending_users, user);
            }
            if let Some(pair) = pair {
                less(&mut self.pending_pairs, pair);
            }
        }
    }
}

service!(Persistence, "persistence", One, when full: "back-pressure", |env, _| Persistence::new(env));

impl Actor for Persistence {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.count(0);
    }
}
