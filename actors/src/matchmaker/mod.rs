//! Matchmaker: who is looking, and who meets whom.
//!
//! A queue proposes, the store decides (I1): a match becomes a pair only when its rows are written.
//! While the store is asked, both are out of the queue. The queue is this actor's own memory
//! ([`local`]) or one that several nodes share ([`shared`]); reminders are each node's own. A panic
//! drops what is here; the store knows who is searching (a search is part of the account), so every
//! searching session is asked to state its wish again, with its place in time.

mod handlers;
mod leaving;
mod local;
mod messages;
mod reminders;
mod requests;
mod shared;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;
mod unkept;

pub use messages::{Crash, LetGo, Seek, Unseek};

use crate::env::Env;
use crate::service::Service;
use crate::shard::recall_unsettled;
use crate::supervisor::{Restarted, Supervisor};
use crate::{service, tell};
use actix::{Actor, Context};
use nameless_domain::ids::{BotId, CrowdId, UserId};
use nameless_domain::matching::{PoolLimits, Pools};
use reminders::Reminders;
use requests::Shared;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The matchmaker.
pub struct Matchmaker {
    env: Arc<Env>,
    book: Book,
    /// Matched, waiting for the store's word.
    opening: FxHashSet<UserId>,
    reminders: Reminders,
    /// A matchmaker died in this place before.
    again: bool,
}

/// Where those stand who wait.
enum Book {
    Local(Box<Pools>),
    Shared(Box<Shared>),
}

impl Book {
    fn new(env: &Env) -> Book {
        match &env.queue {
            None => Book::Local(Box::new(Pools::new(limits(env)))),
            Some(queue) => Book::Shared(Box::new(Shared::new(queue.clone()))),
        }
    }
}

impl Matchmaker {
    /// Nobody seeks yet. If it takes the place of one that died (`again`), it asks all seekers to
    /// come again.
    pub fn new(env: Arc<Env>, again: bool) -> Matchmaker {
        let book = Book::new(&env);
        Matchmaker { env, book, opening: FxHashSet::default(), reminders: Reminders::default(), again }
    }

    /// Asks every searching session to state its wish.
    fn recall_all(&self) {
        actix_rt::spawn(recall_unsettled(self.env.clone(), None));
    }

    /// After a panic nothing that is here can be trusted.
    fn fell(&mut self, cause: &str) {
        self.env.meters.matchmaker_restarts.add(1);
        tracing::error!(cause, "the matchmaker panicked; its queue is rebuilt");
        self.book = Book::new(&self.env);
        self.reminders.clear();
        self.recall_all();
        self.none_wait();
        tell!(self.env.directory.one::<Supervisor>(), Restarted { service: Matchmaker::NAME });
    }

    fn count(&self) {
        let meters = &self.env.meters;
        let note = |(crowd, waiting): (CrowdId, usize)| {
            meters.bots.of(BotId(crowd.0)).seekers.set(waiting as u64);
            waiting
        };
        let seekers: usize = match &self.book {
            Book::Local(pools) => pools.by_crowd().map(note).sum(),
            // Those of this node.
            Book::Shared(_) => self.reminders.by_crowd().map(note).sum(),
        };
        meters.seekers.set(seekers as u64);
    }

    /// They are counted anew as they come again.
    fn none_wait(&self) {
        let meters = &self.env.meters;
        meters.seekers.set(0);
        for crowd in self.env.rules.crowds.all() {
            meters.bots.of(BotId(crowd.0)).seekers.set(0);
        }
    }
}

fn limits(env: &Env) -> PoolLimits {
    PoolLimits { max_seekers: env.limits.max_seekers, ..PoolLimits::default() }
}

service!(Matchmaker, "matchmaker", One, when full: "a search is refused politely", Matchmaker::new);

impl Actor for Matchmaker {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Book::Shared(_) = self.book {
            Matchmaker::expire_regularly(ctx);
        }
        if self.again {
            self.none_wait();
            self.recall_all();
        }
    }
}
