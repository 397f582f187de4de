//! The engine as the outside uses it: started with its ports, given updates, drained, stopped.

mod again;
mod beats;
mod jam;
mod leaving;
mod results;

pub use jam::Readiness;
pub use results::{EventOf, ToSessions};

use crate::admin::{self, Admin, Carry};
use crate::billing::{Billing, Settle};
use crate::capabilities::{Answer, Capabilities, Denied, Order};
use crate::env::{Env, Exports, Faults, Holds, LastPhoto, Limits};
use crate::jobs::{self, JobsHandle};
use crate::kernel::chance;
use crate::kernel::gate::{Pass, WaitingGate};
use crate::kernel::heartbeat::Heartbeats;
use crate::kernel::lock;
use crate::kernel::meters::Meters;
use crate::kernel::ticket::{Accepted, Redeliver, Ticket, Tickets};
use crate::kernel::trace::{self, Step};
use crate::kernel::watched::On;
use crate::outbox::{Enqueue, Origin, Outbox};
use crate::persistence::{Keep, Persistence};
use crate::ports::{BotApi, Clock, Decoder, Journal, PeerEvent, Peers, Queue, Store, Taken, Texts, Write};
use crate::relay::{self, Close, Left, Mapped, Relay};
use crate::services::SERVICES;
use crate::shard::{self, CrashSession, Deliver, ListSessions, SessionSeen, Shard};
use crate::supervisor::{Fatal, Supervisor};
use crate::tell;
use actix::Actor;
use actix_rt::Arbiter;
use nameless_domain::capabilities;
use nameless_domain::capabilities::faceguard::Memory;
use nameless_domain::ids::{BotId, Seq, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::Outgoing;
use nameless_domain::rules::Rules;
use nameless_domain::session::Event;
use nameless_domain::update::{Act, Update};
use smallvec::smallvec;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// How often a store that is far behind is looked at.
const STORE_LOOK: Duration = Duration::from_millis(50);

/// Photos of which the verdict is remembered in this process: some megabytes.
const PHOTOS: usize = 40_000;

/// Whose dead letters are that are nobody's: no person has this id.
const NOBODY: UserId = UserId(0);

/// What the engine is made of.
pub struct Parts {
    /// The domain's numbers.
    pub rules: Rules,
    /// The actors' numbers.
    pub limits: Limits,
    /// Faults asked for by tests and the demo.
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
    /// The capabilities' ports.
    pub capabilities: Capabilities,
    /// The other nodes; none where there is one.
    pub peers: Option<Arc<dyn Peers>>,
    /// The lease that this process lives by, if others could take its place.
    pub lease: Option<Holds>,
    /// Who waits, shared with other nodes; none: in memory.
    pub queue: Option<Arc<dyn Queue>>,
    /// Durable work that takes long; none: nothing is carried out.
    pub jobs: Option<jobs::Setup>,
    /// Called when a service fails beyond its budget.
    pub fatal: Fatal,
}

/// The running engine.
pub struct Engine {
    env: Arc<Env>,
    in_flight: WaitingGate,
    jam: jam::Jam,
    redeliver: Redeliver,
    arbiters: Vec<Arbiter>,
    hearts: Heartbeats,
}

impl Engine {
    /// Starts every actor on this thread, which must be one of an actix system if shards have
    /// threads of their own. Sessions that were searching, or whose account and live pair
    /// contradict each other, are woken.
    pub fn start(parts: Parts) -> Arc<Engine> {
        let shards = parts.limits.shards.max(1);
        let last = parts.journal.clone();
        let jobs = parts.jobs.map(|setup| JobsHandle::new(setup, parts.peers.clone(), move || last.last()));
        let env = Arc::new(Env {
            rules: parts.rules,
            exports: Exports::new(parts.limits.max_exports),
            asking: Semaphore::new(parts.limits.max_asking.max(1)),
            reading: Semaphore::new(parts.limits.max_asking.max(1)),
            limits: parts.limits,
            faults: parts.faults,
            born: parts.journal.last(),
            began: parts.clock.now(),
            clock: parts.clock,
            texts: parts.texts,
            decoder: parts.decoder,
            api: parts.api,
            peers: parts.peers,
            jobs,
            lease: parts.lease,
            life: chance::number() as i64,
            journal: parts.journal,
            store: parts.store,
            capabilities: parts.capabilities,
            photos: Mutex::new(Memory::new(PHOTOS)),
            last_photo: Mutex::new(None),
            board: Default::default(),
            telling: Default::default(),
            queue: parts.queue,
            meters: Meters::default(),
            deaths: Mutex::default(),
            directory: Supervisor::directory(SERVICES, shards),
        });
        let threads = if env.limits.shard_threads { shards } else { 0 };
        let mut arbiters: Vec<Arbiter> = (0..threads).map(|_| Arbiter::new()).collect();
        let places: Vec<_> = match &arbiters[..] {
            [] => vec![On::Here; shards],
            own => own.iter().map(|arbiter| On::Arbiter(arbiter.handle())).collect(),
        };
        // What workers do takes no turn from the others' thread.
        let mut beside = On::Here;
        if threads > 0 && env.jobs.is_some() {
            let arbiter = Arbiter::new();
            beside = On::Arbiter(arbiter.handle());
            arbiters.push(arbiter);
        }
        let supervisor = Supervisor::new(env.clone(), SERVICES, &places, &beside, parts.fatal);
        let in_flight = WaitingGate::new(env.limits.max_in_flight);
        let (redeliver, lost) = again::queues(&in_flight);
        let (jam, hearts) = (jam::Jam::default(), Heartbeats::default());
        let engine = Arc::new(Engine { env, in_flight, jam, redeliver, arbiters, hearts });
        supervisor.start();
        lost.deliver_to(&engine);
        engine
    }

    /// Takes an update that is in the journal. Waits while too many are under way: so intake waits,
    /// and with it Telegram keeps what is not yet taken. In a cluster it goes to the node where its
    /// user lives.
    pub async fn deliver(&self, update: Update, accepted: Accepted) {
        let _step = trace::begin(accepted.update_id, Step::Accept);
        if let Some(peers) = &self.env.peers {
            match peers.take(&accepted) {
                Taken::Here => {}
                Taken::Elsewhere => return,
                Taken::Before => return self.env.meters.updates_duplicate.add(1),
            }
        }
        self.deliver_here(update, accepted).await;
    }

    /// Takes an update of a user who lives here.
    pub async fn deliver_here(&self, update: Update, accepted: Accepted) {
        let at_once = self.jam.turn_at_once().and_then(|turn| Some((self.room_at_once()?, turn)));
        let (pass, _turn) = match at_once {
            Some(let_in) => let_in,
            None => {
                let room = async {
                    let turn = self.jam.turn().await;
                    (self.room().await, turn)
                };
                self.jam.wait(room).await
            }
        };
        self.env.meters.updates_accepted.add(1);
        self.env.meters.bots.of(BotId::of_update(update.update_id)).updates.add(1);
        self.hand_over(update, accepted, pass);
    }

    fn hand_over(&self, update: Update, accepted: Accepted, pass: Pass) {
        let env = &self.env;
        let ticket = Ticket::new(accepted, [pass], env.journal.clone(), self.redeliver.clone());
        match update.act {
            // Not by the session, which may turn it away: money has moved.
            Act::Capability(capabilities::Act::Billing(act)) => {
                tell!(env.directory.one::<Billing>(), Settle { user: update.user, act, ticket });
            }
            _ => _ = tell!(env.directory.of::<Shard>(update.user.0), Deliver { update, ticket }),
        }
    }

    fn room_at_once(&self) -> Option<Pass> {
        if self.is_store_far_behind() {
            return None;
        }
        self.in_flight.gate().try_enter()
    }

    /// Waits while so much waits for the store that more would cost too much memory. A pass of the
    /// gate is given back once a relay has left, so the gate alone does not bound what is still to
    /// be kept.
    async fn room(&self) -> Pass {
        while self.is_store_far_behind() {
            tokio::time::sleep(STORE_LOOK).await;
        }
        self.in_flight.enter().await
    }

    /// So much waits for the store that no more updates are taken.
    fn is_store_far_behind(&self) -> bool {
        self.env.meters.persistence_depth.get() >= 2 * self.env.limits.persistence_bound as u64
    }

    /// So much waits for the store that what was said is passed on and not kept.
    pub fn drops_history(&self) -> bool {
        self.env.meters.persistence_depth.get() >= self.env.limits.persistence_bound as u64
    }

    /// Whether updates are taken, and all of what is promised of them is kept.
    pub fn readiness(&self) -> Readiness {
        if self.is_store_far_behind() {
            Readiness::Held("too much waits for the database: updates stay with Telegram")
        } else if self.jam.is_stuck() {
            Readiness::Held(
                "as many updates as may be are under way, and none is done: the others stay with Telegram",
            )
        } else if self.drops_history() {
            Readiness::Degraded(
                "much waits for the database: messages are passed on, and not kept for reports",
            )
        } else if self.env.meters.store_waits.get() > 0 {
            Readiness::Degraded("the database does not answer: running chats go on, all else waits for it")
        } else {
            Readiness::Ready
        }
    }

    /// Keeps an update that cannot be handled for an operator, and tells its user.
    pub async fn put_aside(&self, accepted: Accepted, error: String) {
        let pass = self.in_flight.enter().await;
        self.to_dead_letters(accepted, pass, error);
    }

    fn to_dead_letters(&self, accepted: Accepted, pass: Pass, error: String) {
        let user = accepted.user;
        self.keep_dead(accepted, pass, error);
        shard::to_session(&self.env, user, Event::PutAside);
    }

    /// Keeps an update of which not even its user can be read for an operator: there is nobody to
    /// tell.
    pub async fn put_aside_unowned(&self, seq: Seq, update_id: i64, raw: Arc<str>) {
        let pass = self.in_flight.enter().await;
        let accepted = Accepted { seq, update_id, user: NOBODY, raw, sent: None, attempt: 0 };
        self.keep_dead(accepted, pass, "it cannot be read".into());
    }

    fn keep_dead(&self, accepted: Accepted, pass: Pass, error: String) {
        let env = &self.env;
        env.meters.dead_letters.add(1);
        let user = accepted.user;
        let write = Write::DeadLetter {
            seq: accepted.seq,
            update_id: accepted.update_id,
            user,
            at: env.clock.now(),
            error,
            raw: accepted.raw.clone(),
        };
        let ticket = Ticket::new(accepted, [pass], env.journal.clone(), self.redeliver.clone());
        tell!(env.directory.one::<Persistence>(), Keep::one(write, smallvec![ticket]));
    }

    /// Another node tells of a user who lives here.
    pub fn from_peer(&self, user: UserId, event: PeerEvent) {
        let env = &self.env;
        match event {
            // Moved on meanwhile: the next node's store knows.
            PeerEvent::PairOpened { members, .. } if !members.contains(&user) => {}
            PeerEvent::PairOpened { pair, members, common } => {
                relay::pair_opened(env, user, pair, members, common)
            }
            PeerEvent::PairClosed { pair, cause, partner } => {
                // As if the partner's session had told: what is queued here is purged, then the
                // user hears of it.
                let message =
                    Close { pair, by: partner, partner: user, cause, tickets: Tickets::new(), closed: None };
                tell!(env.directory.of::<Relay>(pair.0), message);
            }
            PeerEvent::PairLeft { pair } => {
                tell!(env.directory.of::<Relay>(pair.0), Left { pair });
            }
            PeerEvent::Mapped { pair, rows } => {
                tell!(env.directory.of::<Relay>(pair.0), Mapped { pair, rows });
            }
            PeerEvent::Recall => shard::recall(env, user),
            PeerEvent::Told { told } => admin::from_peer(env, user, told.into()),
        }
    }

    /// Takes what was done in a group. Whether it was the chat of the operators.
    pub fn in_group(&self, raw: &str) -> bool {
        let Some(chat) = self.env.alerts_chat() else { return false };
        let Some(done) = self.env.decoder.in_group(raw).filter(|done| done.chat == chat) else {
            return false;
        };
        tell!(self.env.directory.one::<Admin>(), done);
        true
    }

    /// Has an operator's act carried out, and waits for what comes of it.
    pub async fn administer(&self, order: Order) -> Result<Answer, Denied> {
        let (reply, answer) = oneshot::channel();
        tell!(self.env.directory.one::<Admin>(), Carry { order, reply });
        // The actor was started anew: nobody knows whether it was done.
        answer.await.unwrap_or(Err(Denied::Busy))
    }

    /// Makes a call of the bot itself that belongs to no user's update. A broadcast goes in the
    /// bulk lane, which leaves behind everything else and at its own rate, `BULK_RATE`.
    pub fn call(&self, out: Outgoing, lane: Lane) {
        let message = Enqueue { out, lane, origin: Origin::Bot, tickets: Tickets::new() };
        tell!(self.env.directory.one::<Outbox>(), message);
    }

    /// Counters.
    pub fn meters(&self) -> &Meters {
        &self.env.meters
    }

    /// The surroundings, for adapters that show or test the engine.
    pub fn env(&self) -> &Arc<Env> {
        &self.env
    }

    /// Updates under way and how many may be.
    pub fn in_flight(&self) -> (u32, u32) {
        (self.in_flight.gate().inside(), self.in_flight.gate().capacity())
    }

    /// The last verdict of a photo, and what it took.
    pub fn last_photo(&self) -> Option<LastPhoto> {
        self.env.last_photo.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// At most `most` sessions, busiest first.
    pub async fn sessions(&self, most: usize) -> Vec<SessionSeen> {
        let mut all = Vec::new();
        for shard in self.env.directory.all::<Shard>() {
            let (reply, answer) = oneshot::channel();
            tell!(shard, ListSessions { most, reply });
            if let Ok(Ok(mut seen)) = tokio::time::timeout(Duration::from_secs(1), answer).await {
                all.append(&mut seen);
            }
        }
        all.sort_by_key(|s| (std::cmp::Reverse(s.under_way), s.idle_ms));
        all.truncate(most);
        all
    }

    /// Makes one session panic, to show that nobody else notices.
    pub fn crash_session(&self, user: UserId) {
        tell!(self.env.directory.of::<Shard>(user.0), CrashSession { user, for_good: false });
    }

    /// Has every actor of a service die outside its guards, to show that what they had under way
    /// comes again. False if there is none of this name.
    pub fn crash_service(&self, name: &str) -> bool {
        let found = SERVICES.iter().find(|entry| entry.name == name);
        found.inspect(|entry| (entry.die)(&self.env)).is_some()
    }

    /// The services by name, and how often actors of theirs have died.
    pub fn services(&self) -> Vec<(&'static str, u64)> {
        let deaths = lock(&self.env.deaths);
        SERVICES.iter().map(|entry| (entry.name, deaths.get(entry.name).copied().unwrap_or(0))).collect()
    }

    /// Ends one session by a panic outside its guard, for tests of the second net.
    #[doc(hidden)]
    pub fn kill_session(&self, user: UserId) {
        tell!(self.env.directory.of::<Shard>(user.0), CrashSession { user, for_good: true });
    }
}
