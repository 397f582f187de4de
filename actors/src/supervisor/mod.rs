//! Supervisor: the tree as data, and what happens when a part of it falls.
//!
//! | service | restart | strategy | state comes back from |
//! |---|---|---|---|
//! | persistence | permanent | one for one | what was gathered is plain data and is kept |
//! | outbox | permanent | one for one | its queue moves into a new pacer |
//! | jobs | permanent | one for one | the store: leases are released, what is owed is told |
//! | matchmaker | permanent | one for one | the store: searching sessions are recalled |
//! | relay (per shard) | permanent | one for one, in fact per pair | the store |
//! | shard (per core) | permanent | one for one | sessions are made by their next event |
//! | session (per user) | temporary | per user | the store |
//!
//! Panics are caught inside each actor (see its own docs), so that its mailbox survives; the supervisor counts
//! them, but for those of sessions and pairs: these concern one or two users, who must not be able to end the process
//! by sending what makes them panic. An actor that dies all the same is started anew at the same place; the tickets of its lost messages bring
//! their updates back. A service that fails more often than its budget allows ends the process: the journal
//! and the store know everything, and a fresh process is better than one that limps.

mod messages;
#[cfg(test)]
mod tests;

pub use messages::Restarted;

use crate::env::Env;
use crate::kernel::restart::{RestartBudget, Verdict};
use crate::kernel::watched::{Exit, On, spawn_on};
use crate::matchmaker::Matchmaker;
use crate::outbox::Outbox;
use crate::persistence::Persistence;
use crate::relay::Relay;
use crate::shard::Shard;
use actix::{Actor, Addr, AsyncContext, Context, Handler};
use messages::ServiceExited;
use std::sync::Arc;
use std::time::Duration;

/// A minute, the window of the restart budgets.
const WINDOW_MS: i64 = 60_000;

/// Called when a service is beyond its budget; ends the process in production.
pub type Fatal = Arc<dyn Fn(&'static str) + Send + Sync>;

/// One service of the tree.
struct Child {
    service: &'static str,
    on: On,
    start: fn(&Arc<Env>, usize, &On, Watch),
    /// Index among its kind (shards, relays).
    index: usize,
    budget: RestartBudget,
}

/// What a service's end calls.
type Watch = Box<dyn FnOnce(Exit) + Send>;

/// The supervisor.
pub struct Supervisor {
    env: Arc<Env>,
    tree: Vec<Child>,
    fatal: Fatal,
}

impl Supervisor {
    /// The tree over these threads: here, where this actor is started, runs what there is one of, on each of `shards` a
    /// shard and a relay, and `beside` them what takes long.
    pub fn new(env: Arc<Env>, shards: &[On], beside: &On, fatal: Fatal) -> Supervisor {
        let budget = RestartBudget::new(env.limits.restart_budget, WINDOW_MS);
        let child = |service, on: &On, index, start| Child {
            service,
            on: on.clone(),
            start,
            index,
            budget: budget.clone(),
        };
        let mut tree = vec![
            child("persistence", &On::Here, 0, |env, _, on, watch| {
                let own = env.clone();
                env.directory.persistence.set(spawn_on(on, move || Persistence::new(own), watch));
            }),
            child("outbox", &On::Here, 0, |env, _, on, watch| {
                let own = env.clone();
                env.directory.outbox.set(spawn_on(on, move || Outbox::new(own), watch));
            }),
            child("matchmaker", &On::Here, 0, |env, _, on, watch| {
                let (own, again) = (env.clone(), env.directory.matchmaker.get().is_some());
                env.directory.matchmaker.set(spawn_on(on, move || Matchmaker::new(own, again), watch));
            }),
        ];
        if env.jobs.is_some() {
            tree.push(child("jobs", beside, 0, |env, _, on, watch| {
                if let Some(jobs) = &env.jobs {
                    jobs.start(on, watch);
                }
            }));
        }
        for (index, on) in shards.iter().enumerate() {
            tree.push(child("relay", on, index, |env, index, on, watch| {
                let own = env.clone();
                env.directory.relays[index].set(spawn_on(on, move || Relay::new(own), watch));
            }));
            tree.push(child("shard", on, index, |env, index, on, watch| {
                let (own, again) = (env.clone(), env.directory.shards[index].get().is_some());
                env.directory.shards[index].set(spawn_on(on, move || Shard::new(own, again), watch));
            }));
        }
        Supervisor { env, tree, fatal }
    }

    fn start_child(&self, child: usize, own: Addr<Supervisor>) {
        let Child { start, index, on, .. } = &self.tree[child];
        let watch: Watch = Box::new(move |_| crate::kernel::tell(&own, ServiceExited { child }));
        start(&self.env, *index, on, watch);
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.env.directory.supervisor.set(ctx.address());
        (0..self.tree.len()).for_each(|child| self.start_child(child, ctx.address()));
    }
}

impl Handler<Restarted> for Supervisor {
    type Result = ();
    fn handle(&mut self, message: Restarted, _: &mut Self::Context) {
        let now = self.env.clock.steady();
        if let Some(child) = self.tree.iter_mut().find(|c| c.service == message.service)
            && child.budget.failed(now) == Verdict::GiveUp
        {
            tracing::error!(service = message.service, "restarted too often; giving up");
            (self.fatal)(message.service);
        }
    }
}

impl Handler<ServiceExited> for Supervisor {
    type Result = ();
    fn handle(&mut self, message: ServiceExited, ctx: &mut Self::Context) {
        let now = self.env.clock.steady();
        let child = &mut self.tree[message.child];
        self.env.meters.actor_deaths.add(1);
        match child.budget.failed(now) {
            Verdict::Restart { after_ms } => {
                tracing::error!(service = child.service, after_ms, "a service died; it is started anew");
                let child = message.child;
                ctx.run_later(Duration::from_millis(after_ms as u64), move |actor, ctx| {
                    actor.start_child(child, ctx.address());
                });
            }
            Verdict::GiveUp => {
                tracing::error!(service = child.service, "died too often; giving up");
                (self.fatal)(child.service);
            }
        }
    }
}
