//! What every actor is given: the ports, the rules, and where the others are.

use crate::jobs::JobsHandle;
use crate::kernel::meters::Meters;
use crate::kernel::ticket::Ticket;
use crate::matchmaker::Matchmaker;
use crate::outbox::Outbox;
use crate::persistence::Persistence;
use crate::ports::{
    BotApi, Clock, Decoder, EntitlementStore, Journal, PeerEvent, Peers, Queue, Store, Texts,
};
use crate::relay::{OpenRelay, Relay};
use crate::shard::{Recall, Shard, ToSession};
use crate::supervisor::Supervisor;
use crate::tell;
use actix::Addr;
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::outbox::PacerConfig;
use nameless_domain::profile::Interests;
use nameless_domain::rules::Rules;
use nameless_domain::session::Event;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Bounds and times of the actors.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Shards: arbiters with sessions and relays of their own.
    pub shards: usize,
    /// Whether each shard has a thread of its own. False: all share the one on which the engine is started, so that
    /// no text wakes a second one; for one shard on one core.
    pub shard_threads: bool,
    /// Updates of one user under way at a time.
    pub session_permits: u32,
    /// Updates of all users under way at a time.
    pub max_in_flight: u32,
    /// Updates per second that one user may send, in the long run.
    pub user_rate: f64,
    /// Updates that one user may send at once.
    pub user_burst: u32,
    /// A session without events for so long leaves the memory.
    pub idle_after: Duration,
    /// Writes per batch to the store.
    pub batch: usize,
    /// How long writes that nobody waits for wait for company.
    pub linger: Duration,
    /// Writes waiting for the store beyond which the history is no longer kept; beyond twice as many no more updates
    /// are taken until the store has caught up.
    pub persistence_bound: usize,
    /// Bytes of one file of a data export, about; Telegram takes 50 MB from a bot, and it is in memory until it has left.
    pub export_file_bytes: usize,
    /// Data exports under way, those that wait for their turn included.
    pub max_exports: usize,
    /// Seekers waiting at a time.
    pub max_seekers: usize,
    /// How often a call that may have been sent is tried in all. One that definitely was not is tried for ever.
    pub send_attempts: u32,
    /// Restarts of one service within a minute beyond which the process ends.
    pub restart_budget: usize,
    /// Pacing towards Telegram.
    pub pacing: PacerConfig,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            shard_threads: true,
            session_permits: 32,
            max_in_flight: 20_000,
            user_rate: 5.0,
            user_burst: 30,
            idle_after: Duration::from_secs(600),
            batch: 1_000,
            linger: Duration::from_millis(250),
            persistence_bound: 100_000,
            export_file_bytes: 10_000_000,
            max_exports: 32,
            max_seekers: 1_000_000,
            send_attempts: 10,
            restart_budget: 20,
            pacing: PacerConfig::default(),
        }
    }
}

/// Faults that tests and the demo ask for; none by default.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Handling an update whose raw JSON contains this panics in the session.
    pub poison: Option<String>,
    /// Handling an update whose raw JSON contains this ends the process at once, as a fault in foreign code would.
    pub deadly: Option<String>,
}

/// Data exports share a lane: one is made at a time, in the order in which they were asked for.
pub struct Exports {
    /// Whose file is being made.
    pub(crate) turn: Semaphore,
    /// How many more may be under way.
    pub(crate) room: Semaphore,
}

impl Exports {
    /// A lane for so many.
    pub(crate) fn new(most: usize) -> Exports {
        Exports { turn: Semaphore::new(1), room: Semaphore::new(most) }
    }
}

/// Says whether this process still holds its lease. If it does not, its users live elsewhere by now, and the process is
/// being ended.
pub type Holds = Arc<dyn Fn() -> bool + Send + Sync>;

/// The surroundings of every actor.
pub struct Env {
    /// The domain's numbers.
    pub rules: Rules,
    /// The actors' numbers.
    pub limits: Limits,
    /// Faults asked for.
    pub faults: Faults,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Localised texts.
    pub texts: Arc<dyn Texts>,
    /// Reads raw updates.
    pub decoder: Arc<dyn Decoder>,
    /// Telegram.
    pub api: Arc<dyn BotApi>,
    /// The write-ahead log.
    pub journal: Arc<dyn Journal>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// What users are entitled to.
    pub entitlements: Arc<dyn EntitlementStore>,
    /// Who waits, shared with other nodes; none: in the matchmaker's memory.
    pub queue: Option<Arc<dyn Queue>>,
    /// The journal's position when this process began, see [`Env::born()`].
    pub(crate) born: Seq,
    /// The other nodes; none where there is one.
    pub peers: Option<Arc<dyn Peers>>,
    /// Durable work that takes long; none where nothing is carried out.
    pub jobs: Option<JobsHandle>,
    /// The lease that this process lives by, if others could take its place.
    pub lease: Option<Holds>,
    /// A number of this process's own, to tell its doings from those of a former life.
    pub life: i64,
    /// Data exports: one at a time, the others in the order in which they were asked for.
    pub exports: Exports,
    /// Counters.
    pub meters: Meters,
    /// Where the actors are.
    pub directory: Directory,
}

impl Env {
    /// Tells a user's session of an event, wherever it lives.
    pub fn to_session(&self, user: UserId, event: Event) {
        if let Some(peers) = &self.peers
            && !peers.is_mine(user)
        {
            return self.to_peer(peers.as_ref(), user, event);
        }
        tell!(self.directory.shard(user), ToSession { user, event });
    }

    /// Tells a member of a new pair, and the relay of the node where they live.
    pub fn pair_opened(&self, user: UserId, pair: PairId, members: [UserId; 2], common: Interests) {
        if let Some(peers) = &self.peers
            && !peers.is_mine(user)
        {
            return peers.tell(user, PeerEvent::PairOpened { pair, members, common });
        }
        // Of two who live here the relay hears twice; the second time is nothing to it.
        tell!(self.directory.relay(pair), OpenRelay { pair, members });
        let partner = if members[0] == user { members[1] } else { members[0] };
        self.to_session(user, Event::PartnerFound { pair, partner, common });
    }

    /// Has a user's session look again at the store, wherever it lives.
    pub fn recall(&self, user: UserId) {
        if let Some(peers) = &self.peers
            && !peers.is_mine(user)
        {
            return peers.tell(user, PeerEvent::Recall);
        }
        tell!(self.directory.shard(user), Recall { user });
    }
}

impl Env {
    /// What other nodes are told of. The rest concerns what a session of this node did, and went with it.
    fn to_peer(&self, peers: &dyn Peers, user: UserId, event: Event) {
        match event {
            Event::Unreachable => peers.tell(user, PeerEvent::Unreachable),
            // The beginning and the end of a pair have ways of their own: see the matchmaker and the relay.
            _ => tracing::debug!("an event for a user who has moved to another node"),
        }
    }

    /// The journal's position when the user came to live in this process.
    pub fn born(&self, user: UserId) -> Seq {
        self.peers.as_ref().map_or(self.born, |peers| peers.born(user))
    }

    /// Whether this process may act for its users; false once its lease is lost.
    pub fn may_act(&self) -> bool {
        self.lease.as_ref().is_none_or(|holds| holds())
    }
}

/// One actor's present address; changes when it is started anew.
pub struct Place<A: actix::Actor>(RwLock<Option<Addr<A>>>);

impl<A: actix::Actor> Default for Place<A> {
    fn default() -> Place<A> {
        Place(RwLock::new(None))
    }
}

impl<A: actix::Actor> Place<A> {
    /// Moves in.
    pub fn set(&self, addr: Addr<A>) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(addr);
    }

    /// Runs `f` with the address; nothing happens before the actor was first started.
    pub fn with<R>(&self, f: impl FnOnce(&Addr<A>) -> R) -> Option<R> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).as_ref().map(f)
    }

    /// A copy of the address.
    pub fn get(&self) -> Option<Addr<A>> {
        self.with(Addr::clone)
    }
}

/// Where the actors are. Users are placed on shards by hash, pairs on relays by hash; peers are named by key,
/// never by a kept address.
pub struct Directory {
    /// The supervisor.
    pub supervisor: Place<Supervisor>,
    /// Shards by index.
    pub shards: Vec<Place<Shard>>,
    /// Relays by index.
    pub relays: Vec<Place<Relay>>,
    /// The matchmaker.
    pub matchmaker: Place<Matchmaker>,
    /// The outbox.
    pub outbox: Place<Outbox>,
    /// The persistence actor.
    pub persistence: Place<Persistence>,
}

/// Spreads ids that may be sequential (a 64-bit finaliser of MurmurHash3).
fn spread(id: i64) -> usize {
    let mut x = id as u64;
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (x ^ (x >> 33)) as usize
}

impl Directory {
    /// Nobody is in yet.
    pub fn new(shards: usize) -> Directory {
        let shards = shards.max(1);
        Directory {
            supervisor: Place::default(),
            shards: (0..shards).map(|_| Place::default()).collect(),
            relays: (0..shards).map(|_| Place::default()).collect(),
            matchmaker: Place::default(),
            outbox: Place::default(),
            persistence: Place::default(),
        }
    }

    /// The shard of a user.
    pub fn shard(&self, user: UserId) -> &Place<Shard> {
        &self.shards[spread(user.0) % self.shards.len()]
    }

    /// The relay of a pair.
    pub fn relay(&self, pair: PairId) -> &Place<Relay> {
        &self.relays[spread(pair.0) % self.relays.len()]
    }
}

/// Tells the actor of a place.
#[macro_export]
macro_rules! tell {
    ($place:expr, $message:expr) => {
        $place.with(|addr| $crate::kernel::tell(addr, $message))
    };
}

/// Finishes every ticket of a group.
pub fn all_done(tickets: impl IntoIterator<Item = Ticket>) {
    tickets.into_iter().for_each(Ticket::done);
}
