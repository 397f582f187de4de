//! Relay: carries what the members of its pairs send each other.
//!
//! Each pair is a `PairCore` of its own, so a panic concerns one pair: its core is dropped and
//! loaded from the store (which has heard of every copy before this actor forgets it), while what
//! arrives for it waits in order. Pairs that are quiet leave the memory and are loaded by the next
//! message.

#[cfg(test)]
mod agreed_tests;
mod already_sent;
#[cfg(test)]
mod exchanged_tests;
#[cfg(test)]
mod gate_tests;
mod handlers;
mod landings;
mod messages;
mod opened;
#[cfg(test)]
mod photo_tests;
mod photos;
mod placed;
mod records;
mod remote;
#[cfg(test)]
mod remote_tests;
#[cfg(test)]
mod tests;

use messages::Delivered;
pub use messages::{Close, Crash, Forget, Left, LeftEarlier, Mapped, OpenRelay, Pass};
pub use opened::pair_opened;

use crate::env::Env;
use crate::kernel::recent::Recent;
use crate::kernel::ticket::Tickets;
use crate::service;
use actix::{Actor, AsyncContext, Context};
use nameless_domain::ids::{MessageId, PairId};
use nameless_domain::relay::pair::PairCore;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Something for a pair that is being loaded.
enum Work {
    Pass(Pass),
    Close(Close),
    Delivered(Delivered),
    LeftEarlier(LeftEarlier),
    Mapped(Mapped),
}

/// What waits behind an operation that refers to a message not known here.
struct Held {
    waiting: VecDeque<Work>,
    /// How often the store was asked.
    looks: u8,
}

/// A pair in memory.
enum Slot {
    Live {
        core: Box<PairCore<Tickets>>,
        used: Millis,
        /// While the store is asked for what another node may have relayed: what arrives waits in
        /// order.
        held: Option<Box<Held>>,
        /// What waits for a photo to be looked at before it leaves, and what is behind it.
        gated: Option<Box<photos::Gated>>,
    },
    /// Being loaded; what arrives waits in order. Bounded by the gates of the two members.
    Loading(VecDeque<Work>),
}

/// One relay; pairs are placed on relays by hash.
pub struct Relay {
    env: Arc<Env>,
    pairs: FxHashMap<PairId, Slot>,
    /// Who waits to hear that a partner on another node has left.
    closing: FxHashMap<PairId, oneshot::Sender<()>>,
    /// Pairs whose end another node has told of: the store may still say that they live.
    over: Recent,
}

impl Relay {
    /// A relay without pairs.
    pub fn new(env: Arc<Env>) -> Relay {
        Relay { env, pairs: FxHashMap::default(), closing: FxHashMap::default(), over: Recent::default() }
    }

    /// Lets quiet pairs out of the memory.
    fn sweep(&mut self) {
        let now = self.env.clock.steady();
        let idle = i64::try_from(self.env.limits.idle_after.as_millis()).unwrap_or(i64::MAX);
        let before = self.pairs.len();
        self.pairs.retain(|_, slot| match slot {
            Slot::Live { core, used, held, gated } => {
                let waits = core.pending() + core.waiting() > 0 || held.is_some() || gated.is_some();
                now.since(*used) < idle || waits
            }
            Slot::Loading(_) => true,
        });
        self.env.meters.pairs_loaded.sub((before - self.pairs.len()) as u64);
    }
}

service!(Relay, "relay", PerShard, when full: "the session waits", |env, _| Relay::new(env));

impl Actor for Relay {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let every = (self.env.limits.idle_after / 4).max(Duration::from_millis(100));
        ctx.run_interval(every, |actor, _| actor.sweep());
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.env.meters.pairs_loaded.sub(self.pairs.len() as u64);
    }
}

/// Ids of an album's or a message's copies, as many as were sent.
fn copies(sent: &crate::ports::Sent) -> &[MessageId] {
    &sent.messages
}
