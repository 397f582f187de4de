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
//! | admin | permanent | one for one | nothing: buttons of before do nothing |
//! | session (per user) | temporary | per user | the store |
//!
//! Panics are caught inside each actor (see its own docs), so that its mailbox survives; the
//! supervisor counts them, but for those of sessions and pairs: these concern one or two users, who
//! must not be able to end the process by sending what makes them panic. An actor that dies all the
//! same is started anew at the same place; the tickets of its lost messages bring their updates
//! back. A service that fails more often than its budget allows ends the process: the journal and
//! the store know everything, and a fresh process is better than one that limps.

mod messages;
#[cfg(test)]
mod tests;

pub use messages::Restarted;

use crate::env::Env;
use crate::kernel::directory::Directory;
use crate::kernel::lock;
use crate::kernel::restart::{RestartBudget, Verdict};
use crate::kernel::watched::On;
use crate::service::{Entry, Spread, Watch};
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
    entry: Entry,
    on: On,
    /// Index among its kind.
    index: usize,
    budget: RestartBudget,
}

/// The supervisor.
pub struct Supervisor {
    env: Arc<Env>,
    tree: Vec<Child>,
    fatal: Fatal,
}

impl Supervisor {
    /// Places for `services` over so many shards, and for the supervisor itself. Nobody is in yet.
    pub fn directory(services: &[Entry], shards: usize) -> Directory {
        let mut directory = Directory::default();
        directory.add::<Supervisor>(1);
        services.iter().for_each(|entry| (entry.place)(&mut directory, shards));
        directory
    }

    /// The tree over these threads: here, where this actor is started, runs what there is one of,
    /// on each of `shards` one of each that there are several of, and `beside` them what takes
    /// long.
    pub fn new(env: Arc<Env>, services: &[Entry], shards: &[On], beside: &On, fatal: Fatal) -> Supervisor {
        let budget = RestartBudget::new(env.limits.restart_budget, WINDOW_MS);
        let child = |entry: &Entry, on: &On, index| Child {
            entry: *entry,
            on: on.clone(),
            index,
            budget: budget.clone(),
        };
        let of = |spread| services.iter().filter(move |entry| entry.spread == spread);
        let mut tree: Vec<Child> = of(Spread::One).map(|entry| child(entry, &On::Here, 0)).collect();
        tree.extend(of(Spread::Beside).map(|entry| child(entry, beside, 0)));
        for (index, on) in shards.iter().enumerate() {
            tree.extend(of(Spread::PerShard).map(|entry| child(entry, on, index)));
        }
        Supervisor { env, tree, fatal }
    }

    fn start_child(&self, child: usize, own: Addr<Supervisor>) {
        let Child { entry, index, on, .. } = &self.tree[child];
        let watch: Watch = Box::new(move |_| crate::kernel::tell(&own, ServiceExited { child }));
        (entry.start)(&self.env, *index, on, watch);
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.env.directory.one::<Supervisor>().set(ctx.address());
        (0..self.tree.len()).for_each(|child| self.start_child(child, ctx.address()));
    }
}

impl Handler<Restarted> for Supervisor {
    type Result = ();
    fn handle(&mut self, message: Restarted, _: &mut Self::Context) {
        let now = self.env.clock.steady();
        if let Some(child) = self.tree.iter_mut().find(|c| c.entry.name == message.service)
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
        *lock(&self.env.deaths).entry(child.entry.name).or_default() += 1;
        match child.budget.failed(now) {
            Verdict::Restart { after_ms } => {
                tracing::error!(service = child.entry.name, after_ms, "a service died; it is started anew");
                let child = message.child;
                ctx.run_later(Duration::from_millis(after_ms as u64), move |actor, ctx| {
                    actor.start_child(child, ctx.address());
                });
            }
            Verdict::GiveUp => {
                tracing::error!(service = child.entry.name, "died too often; giving up");
                (self.fatal)(child.entry.name);
            }
        }
    }
}
