//! The engine as the outside uses it: started with its ports, given updates, drained, stopped.

use crate::env::{Directory, Env, Faults, Holds, Limits};
use crate::kernel::gate::{Pass, WaitingGate};
use crate::kernel::meters::Meters;
use crate::kernel::ticket::{Accepted, Redeliver, Ticket};
use crate::outbox::{Enqueue, Origin};
use crate::persistence::{Flush, Keep, ListUnsettled};
use crate::ports::{
    BotApi, Clock, Decoder, EntitlementStore, Journal, PeerEvent, Peers, Queue, Recovered, Store, Taken,
    Texts, Write,
};
use crate::relay::{Close, Forget, Left, Mapped};
use crate::shard::{CrashSession, Deliver, Drain, ListSessions, MoveOut, Recall, SessionSeen, Stays};
use crate::supervisor::{Fatal, Supervisor};
use crate::tell;
use actix::Actor;
use actix_rt::Arbiter;
use nameless_domain::ids::UserId;
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::Outgoing;
use nameless_domain::rules::Rules;
use nameless_domain::session::Event;
use nameless_domain::update::Update;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Waits before a lost update is delivered again, one per try; then it is put aside. The actor that lost it is
/// being started anew, which takes up to five seconds when it dies often: without a wait, all tries would meet the
/// empty place.
const AGAIN_AFTER: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(6)];

/// How long a start waits for what had left before it to be noted again.
const NOTED_AGAIN: Duration = Duration::from_millis(500);
/// How often a store that is far behind is looked at.
const STORE_LOOK: Duration = Duration::from_millis(50);

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
    /// What users are entitled to: the store, or a cache before it.
    pub entitlements: Arc<dyn EntitlementStore>,
    /// The other nodes; none where there is one.
    pub peers: Option<Arc<dyn Peers>>,
    /// The lease that this process lives by, if others could take its place.
    pub lease: Option<Holds>,
    /// Who waits, shared with other nodes; none: in memory.
    pub queue: Option<Arc<dyn Queue>>,
    /// Called when a service fails beyond its budget.
    pub fatal: Fatal,
}

/// The running engine.
pub struct Engine {
    env: Arc<Env>,
    in_flight: WaitingGate,
    redeliver: Redeliver,
    arbiters: Vec<Arbiter>,
}

impl Engine {
    /// Starts every actor; must be called on an actix system. Sessions that were searching, or whose account and
    /// live pair contradict each other, are woken.
    pub fn start(parts: Parts) -> Arc<Engine> {
        let shards = parts.limits.shards.max(1);
        let env = Arc::new(Env {
            rules: parts.rules,
            limits: parts.limits,
            faults: parts.faults,
            clock: parts.clock,
            texts: parts.texts,
            decoder: parts.decoder,
            api: parts.api,
            born: parts.journal.last(),
            peers: parts.peers,
            lease: parts.lease,
            life: RandomState::new().hash_one(()) as i64,
            journal: parts.journal,
            store: parts.store,
            entitlements: parts.entitlements,
            queue: parts.queue,
            meters: Meters::default(),
            directory: Directory::new(shards),
        });
        let services = Arbiter::current();
        let threads = if env.limits.shard_threads { shards } else { 0 };
        let arbiters: Vec<Arbiter> = (0..threads).map(|_| Arbiter::new()).collect();
        let handles: Vec<_> = match &arbiters[..] {
            [] => vec![services.clone(); shards],
            own => own.iter().map(Arbiter::handle).collect(),
        };
        let supervisor = Supervisor::new(env.clone(), services, &handles, parts.fatal);
        let in_flight = WaitingGate::new(env.limits.max_in_flight);
        // Lost updates are few (a dead actor's mailbox) and bounded by those under way. One queue per try: each has
        // a wait of its own, so each stays in order.
        let (queues, lost): (Vec<_>, Vec<_>) =
            AGAIN_AFTER.iter().map(|_| mpsc::unbounded_channel::<Lost>()).unzip();
        let gate = in_flight.clone();
        let redeliver: Redeliver = Arc::new(move |accepted| {
            let queue = (accepted.attempt.max(1) as usize - 1).min(queues.len() - 1);
            // Still under way: a drain must not take the moment between for the end.
            let pass = gate.enter_again();
            let _ = queues[queue].send(Lost { accepted, pass, at: Instant::now() });
        });
        let engine = Arc::new(Engine { env, in_flight, redeliver, arbiters });
        supervisor.start();
        for (lost, wait) in lost.into_iter().zip(AGAIN_AFTER) {
            actix_rt::spawn(deliver_again(Arc::downgrade(&engine), lost, wait));
        }
        engine
    }

    /// Wakes the sessions that a former life left in need of it. To be called once, after [`Engine::replay`].
    pub async fn wake_unsettled(&self) {
        let (reply, answer) = oneshot::channel();
        self.when_started().await;
        tell!(self.env.directory.persistence, ListUnsettled { reply });
        for user in answer.await.unwrap_or_default() {
            if !self.env.peers.as_ref().is_none_or(|peers| peers.is_mine(user)) {
                continue;
            }
            tell!(self.env.directory.shard(user), Recall { user });
        }
    }

    /// Waits until the tree stands.
    async fn when_started(&self) {
        while self.env.directory.shards.iter().any(|s| s.get().is_none()) {
            tokio::task::yield_now().await;
        }
    }

    /// Delivers what a former life accepted and did not finish, in order. What had left already is noted again before
    /// this returns, unless that takes long: an answer to it, which may wait at Telegram, finds what it answers.
    pub async fn replay(&self, recovered: Vec<Recovered>) {
        self.when_started().await;
        let some_had_left = recovered.iter().any(|r| r.sent.is_some());
        for Recovered { seq, raw, sent } in recovered {
            match self.env.decoder.decode(&raw) {
                Some(update) => {
                    let accepted = Accepted {
                        seq,
                        update_id: update.update_id,
                        user: update.user,
                        raw,
                        sent,
                        attempt: 1,
                    };
                    self.deliver_here(update, accepted).await;
                }
                None => self.env.journal.done(seq),
            }
        }
        if some_had_left {
            let _ = tokio::time::timeout(NOTED_AGAIN, self.in_flight.empty()).await;
        }
    }

    /// Takes an update that is in the journal. Waits while too many are under way: so intake waits, and with it
    /// Telegram keeps what is not yet taken. In a cluster it goes to the node where its user lives.
    pub async fn deliver(&self, update: Update, accepted: Accepted) {
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
        self.store_keeps_up().await;
        let pass = self.in_flight.enter().await;
        self.env.meters.updates_accepted.add(1);
        self.hand_over(update, accepted, pass);
    }

    fn hand_over(&self, update: Update, accepted: Accepted, pass: Pass) {
        let env = &self.env;
        let ticket = Ticket::new(accepted, vec![pass], env.journal.clone(), self.redeliver.clone());
        tell!(env.directory.shard(update.user), Deliver { update, ticket });
    }

    /// Waits while so much waits for the store that more would cost too much memory. A pass of the gate is given
    /// back once a relay has left, so the gate alone does not bound what is still to be kept.
    async fn store_keeps_up(&self) {
        let bound = 2 * self.env.limits.persistence_bound as u64;
        while self.env.meters.persistence_depth.get() >= bound {
            tokio::time::sleep(STORE_LOOK).await;
        }
    }

    /// Keeps an update that cannot be handled for an operator, and tells its user.
    pub async fn put_aside(&self, accepted: Accepted, error: String) {
        let pass = self.in_flight.enter().await;
        self.to_dead_letters(accepted, pass, error);
    }

    fn to_dead_letters(&self, accepted: Accepted, pass: Pass, error: String) {
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
        let ticket = Ticket::new(accepted, vec![pass], env.journal.clone(), self.redeliver.clone());
        tell!(env.directory.persistence, Keep::one(write, vec![ticket]));
        env.to_session(user, Event::PutAside);
    }

    /// Another node tells of a user who lives here.
    pub fn from_peer(&self, user: UserId, event: PeerEvent) {
        let env = &self.env;
        match event {
            // Moved on meanwhile: the next node's store knows.
            PeerEvent::PairOpened { members, .. } if !members.contains(&user) => {}
            PeerEvent::PairOpened { pair, members, common } => env.pair_opened(user, pair, members, common),
            PeerEvent::PairClosed { pair, cause, partner } => {
                // As if the partner's session had told: what is queued here is purged, then the user hears of it.
                let message =
                    Close { pair, by: partner, partner: user, cause, tickets: Vec::new(), closed: None };
                tell!(env.directory.relay(pair), message);
            }
            PeerEvent::PairLeft { pair } => {
                tell!(env.directory.relay(pair), Left { pair });
            }
            PeerEvent::Mapped { pair, rows } => {
                tell!(env.directory.relay(pair), Mapped { pair, rows });
            }
            PeerEvent::Unreachable => env.to_session(user, Event::Unreachable),
            PeerEvent::Recall => env.recall(user),
        }
    }

    /// Users for whom `stays` is false move to another node: what they have under way must be done by now. Returns
    /// when their sessions have ended and everything told before is kept.
    pub async fn move_out(&self, stays: Stays) {
        let mut going = Vec::new();
        for shard in &self.env.directory.shards {
            let (gone, all_gone) = oneshot::channel();
            tell!(shard, MoveOut { stays: stays.clone(), gone });
            going.push(all_gone);
        }
        for gone in going {
            let _ = gone.await;
        }
        for relay in &self.env.directory.relays {
            tell!(relay, Forget { stays: stays.clone() });
        }
        self.kept().await;
    }

    /// Waits until everything told to the store before is in it.
    async fn kept(&self) {
        let (reply, answer) = oneshot::channel();
        tell!(self.env.directory.persistence, Flush { reply });
        let _ = answer.await;
    }

    /// Makes a call of the bot itself that belongs to no user's update.
    pub fn call(&self, out: Outgoing, lane: Lane) {
        let message = Enqueue { out, lane, origin: Origin::Bot, tickets: Vec::new() };
        tell!(self.env.directory.outbox, message);
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

    /// At most `most` sessions, busiest first.
    pub async fn sessions(&self, most: usize) -> Vec<SessionSeen> {
        let mut all = Vec::new();
        for shard in &self.env.directory.shards {
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
        tell!(self.env.directory.shard(user), CrashSession { user, for_good: false });
    }

    /// Ends one session by a panic outside its guard, for tests of the second net.
    #[doc(hidden)]
    pub fn kill_session(&self, user: UserId) {
        tell!(self.env.directory.shard(user), CrashSession { user, for_good: true });
    }

    /// Has sessions hand out what they hold back for more to come.
    pub fn release_albums(&self) {
        for shard in &self.env.directory.shards {
            tell!(shard, Drain);
        }
    }

    /// Waits, at most `within`, until everything accepted has had its effects and is kept. Intake must have
    /// stopped. True if all is done; what is not stays in the journal for the next start.
    pub async fn drain(&self, within: Duration) -> bool {
        self.release_albums();
        let all = async {
            self.in_flight.empty().await;
            self.kept().await;
            // The persistence actor finishes tickets before it answers; their marks are on disk after this.
            self.env.journal.flush().await.is_ok()
        };
        tokio::time::timeout(within, all).await.unwrap_or(false)
    }

    /// Ends the arbiters.
    pub fn stop(&self) {
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
    }
}

/// A lost update on its way back.
struct Lost {
    accepted: Accepted,
    pass: Pass,
    at: Instant,
}

/// Brings back updates whose messages were lost with an actor; puts aside those that are lost again and again.
async fn deliver_again(
    engine: std::sync::Weak<Engine>,
    mut lost: mpsc::UnboundedReceiver<Lost>,
    wait: Duration,
) {
    while let Some(Lost { accepted, pass, at }) = lost.recv().await {
        tokio::time::sleep_until((at + wait).into()).await;
        let Some(engine) = engine.upgrade() else { return };
        let env = &engine.env;
        env.meters.updates_redelivered.add(1);
        match env.decoder.decode(&accepted.raw) {
            Some(update) if accepted.attempt < AGAIN_AFTER.len() as u32 => {
                engine.hand_over(update, accepted, pass);
            }
            _ => {
                let error = format!("lost {} times with an actor", accepted.attempt);
                engine.to_dead_letters(accepted, pass, error);
            }
        }
    }
}
