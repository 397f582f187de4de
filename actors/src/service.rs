//! What a service is: an actor that the supervisor starts, watches, and starts anew.
//!
//! Each service says in one place, with [`service!`], what it is called, how many there are, and
//! what happens when too much waits for it. Its place in the directory, its part of the tree, and
//! its death on request (for tests) come from that.

use crate::env::Env;
use crate::kernel::directory::Directory;
use crate::kernel::watched::{Exit, On, spawn_on};
use crate::tell;
use actix::{Actor, Context, Handler, Message};
use std::sync::Arc;

/// How many there are of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// One on the node, on the thread that starts the engine.
    One,
    /// One on the node, on a thread beside the others if they have several: what it does takes
    /// long.
    Beside,
    /// One on each shard's thread; found by the hash of a key.
    PerShard,
}

/// An actor that the supervisor keeps alive: it is started anew whenever it ends, as long as its
/// budget lasts.
pub trait Service: Actor<Context = Context<Self>> {
    /// What it is called in the log.
    const NAME: &'static str;
    /// How many there are.
    const SPREAD: Spread;
    /// What happens when too much waits for it.
    const WHEN_FULL: &'static str;
    /// Makes one; `again` if it takes the place of one that died.
    fn make(env: Arc<Env>, again: bool) -> Self;
}

/// What a service's end calls.
pub type Watch = Box<dyn FnOnce(Exit) + Send>;

/// A service as the supervisor sees it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What it is called.
    pub name: &'static str,
    /// How many there are.
    pub spread: Spread,
    /// What happens when too much waits for it.
    pub when_full: &'static str,
    /// Makes its places.
    pub(crate) place: fn(&mut Directory, usize),
    /// Starts the one of this index, on this thread.
    pub(crate) start: fn(&Arc<Env>, usize, &On, Watch),
    /// Has all of them die outside every guard.
    pub(crate) die: fn(&Env),
}

impl Entry {
    /// The entry of a service that is found otherwise than by the directory, and may be left out.
    pub(crate) const fn own(
        name: &'static str,
        spread: Spread,
        when_full: &'static str,
        start: fn(&Arc<Env>, usize, &On, Watch),
        die: fn(&Env),
    ) -> Entry {
        Entry { name, spread, when_full, place: |_, _| {}, start, die }
    }

    /// A service's entry.
    pub const fn of<A: Service + Handler<Die>>() -> Entry {
        Entry {
            name: A::NAME,
            spread: A::SPREAD,
            when_full: A::WHEN_FULL,
            place: |directory, shards| {
                directory.add::<A>(match A::SPREAD {
                    Spread::One | Spread::Beside => 1,
                    Spread::PerShard => shards,
                });
            },
            start: |env, index, on, watch| {
                let place = &env.directory.all::<A>()[index];
                let (own, again) = (env.clone(), place.get().is_some());
                place.set(spawn_on(on, move || A::make(own, again), watch));
            },
            die: |env| env.directory.all::<A>().iter().for_each(|place| _ = tell!(place, Die)),
        }
    }
}

/// Sent by tests and the demo only: die outside every guard, with all that is in the mailbox.
#[doc(hidden)]
#[derive(Message)]
#[rtype(result = "()")]
pub struct Die;

/// Makes an actor mortal: [`Die`] panics outside of every guard.
#[macro_export]
macro_rules! mortal {
    ($actor:ty) => {
        impl ::actix::Handler<$crate::service::Die> for $actor {
            type Result = ();
            fn handle(&mut self, _: $crate::service::Die, _: &mut ::actix::Context<Self>) {
                panic!("death asked for");
            }
        }
    };
}

/// Declares a service.
#[macro_export]
macro_rules! service {
    ($actor:ident, $name:literal, $spread:ident, when full: $full:literal, $make:expr) => {
        impl $crate::service::Service for $actor {
            const NAME: &'static str = $name;
            const SPREAD: $crate::service::Spread = $crate::service::Spread::$spread;
            const WHEN_FULL: &'static str = $full;
            fn make(env: ::std::sync::Arc<$crate::env::Env>, again: bool) -> Self {
                let make: fn(::std::sync::Arc<$crate::env::Env>, bool) -> $actor = $make;
                make(env, again)
            }
        }
        $crate::mortal!($actor);
    };
}
