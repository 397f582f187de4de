//! The lease that a process lives by, and the positions that it gives out.
//!
//! The database's clock decides. While the database is away a key in Redis bears witness that the
//! process lives. A process that neither has heard of within its lease must take it that others
//! have its users: it ends. The time between is that of the boot clock, which nobody sets.

use crate::store_port::Way;
use crate::world::{Life, State, World};
use nameless_actors::kernel::lock;
use nameless_actors::ports::StoreError;
use nameless_domain::ids::Seq;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_secs(5);
/// How often it is renewed.
pub const BEAT: Duration = Duration::from_secs(1);
/// What it counts as shorter here than there, milliseconds.
const MARGIN: i64 = 500;
/// For how long a Redis that answers must know nobody of that name, milliseconds.
const ABSENT: i64 = 1_500;
/// How long an operation on leases may take.
const LEASES: Duration = Duration::from_secs(3);
/// How long Redis may take to bear witness.
const WITNESS: Duration = Duration::from_secs(1);

const SLOT_BITS: u32 = 5;
const COUNTER_BITS: u32 = 5;

fn lease_ms() -> i64 {
    LEASE.as_millis() as i64
}

/// Gives out positions: milliseconds of the database's clock, a counter, the node's slot.
pub struct Positions {
    world: Arc<World>,
    slot: u64,
    last: AtomicU64,
    /// What the database's clock is ahead of ours.
    ahead: AtomicI64,
}

impl Positions {
    fn new(world: Arc<World>, life: u64) -> Positions {
        Positions { world, slot: life % (1 << SLOT_BITS), last: AtomicU64::new(0), ahead: AtomicI64::new(0) }
    }

    /// The clock that positions go by here: that since the machine was started, or, wrongly, that
    /// on the wall.
    fn own(&self) -> i64 {
        let state = self.world.lock();
        if state.plan.wrong.wall_positions { state.wall().0 } else { state.now() }
    }

    fn adjust(&self, server: i64) {
        self.ahead.store(server - self.own(), Ordering::SeqCst);
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.own() + self.ahead.load(Ordering::SeqCst)).unwrap_or(0)
    }

    /// The next position.
    pub fn next(&self) -> Seq {
        let last = (self.millis() << COUNTER_BITS).max(self.last.load(Ordering::SeqCst) + 1);
        self.last.store(last, Ordering::SeqCst);
        Seq(last << SLOT_BITS | self.slot)
    }

    /// No position that any node has given out by now, as far as this one knows, is higher.
    pub fn now(&self) -> Seq {
        let counter =
            (self.millis() << COUNTER_BITS | ((1 << COUNTER_BITS) - 1)).max(self.last.load(Ordering::SeqCst));
        Seq(counter << SLOT_BITS | ((1 << SLOT_BITS) - 1))
    }

    /// Somebody gave out this position.
    pub fn observe(&self, seq: Seq) {
        self.last.fetch_max(seq.0 >> SLOT_BITS, Ordering::SeqCst);
    }

    /// How long ago a position was given out.
    pub fn age(&self, seq: Seq) -> Duration {
        Duration::from_millis(self.millis().saturating_sub(seq.0 >> (COUNTER_BITS + SLOT_BITS)))
    }
}

/// A process's lease.
pub struct Lease {
    /// Where it holds.
    pub world: Arc<World>,
    /// Whose it is.
    pub life: Arc<Life>,
    /// Gives out positions.
    pub positions: Positions,
    holds_until: AtomicI64,
    /// When the last witness that Redis took was begun.
    witnessed: AtomicI64,
    suspects: Mutex<BTreeMap<u64, Suspect>>,
}

/// A node whose lease is past, and for whom nothing bears witness.
#[derive(Clone, Copy)]
struct Suspect {
    /// Since when.
    since: i64,
    /// Since when Redis says so each time; none: it did not answer the last time.
    absent: Option<i64>,
}

impl Lease {
    /// Enters the process, once the database answers. The process that ran on this machine before
    /// is dead.
    pub async fn take(world: &Arc<World>, life: &Arc<Life>) -> Arc<Lease> {
        let number = life.number;
        loop {
            let asked = world.lock().now();
            let entered = world.store(life, Way::LEASE, |state| {
                let now = state.now();
                let former = state.disk(life).and_then(|disk| disk.former.replace(number));
                former.into_iter().for_each(|former| state.removed(former));
                if let Some(cluster) = &mut state.cluster {
                    cluster.enter(number, now + lease_ms());
                }
                now
            });
            if let Ok(Ok(now)) = timeout(LEASES, entered).await {
                let positions = Positions::new(world.clone(), number);
                positions.adjust(now);
                let (world, life) = (world.clone(), life.clone());
                let lease = Lease {
                    world,
                    life,
                    positions,
                    holds_until: AtomicI64::new(0),
                    witnessed: AtomicI64::new(i64::MIN / 2),
                    suspects: Mutex::default(),
                };
                lease.holds_from(asked);
                return Arc::new(lease);
            }
            sleep(BEAT).await;
        }
    }

    fn holds_from(&self, asked: i64) {
        self.holds_until.fetch_max(asked + lease_ms() - MARGIN, Ordering::SeqCst);
    }

    /// Whether it holds. If not, the process ends.
    pub fn holds(&self) -> bool {
        let mut state = self.world.lock();
        let holds = state.now() < self.holds_until.load(Ordering::SeqCst) || state.plan.wrong.stale_holder;
        if !holds {
            state.end(&self.life, "lost its lease");
        }
        holds
    }

    /// Renews it every second, for ever.
    pub async fn renew(self: Arc<Self>) {
        tokio::select! {
            biased;
            () = self.renew_in_store() => {}
            () = self.bear_witness() => {}
        }
    }

    async fn renew_in_store(&self) {
        let (world, number) = (&self.world, self.life.number);
        loop {
            let asked = world.lock().now();
            if !self.holds() {
                return;
            }
            let renewing = world.store(&self.life, Way::LEASE, |state| {
                let now = state.now();
                let row = state.cluster.as_mut()?.nodes.get_mut(&number)?;
                row.expires = now + lease_ms();
                Some(now)
            });
            match timeout(LEASES, renewing).await {
                Ok(Ok(Some(now))) => {
                    self.positions.adjust(now);
                    self.holds_from(asked);
                }
                Ok(Ok(None)) if !world.lock().plan.wrong.stale_holder => {
                    return world.lock().end(&self.life, "lost its lease");
                }
                _ => self.holds_from(self.witnessed.load(Ordering::SeqCst)),
            }
            self.until_next_beat(asked).await;
        }
    }

    /// Says in Redis every second that this process lives, for ever.
    async fn bear_witness(&self) {
        let (world, number) = (&self.world, self.life.number);
        loop {
            let asked = world.lock().now();
            let witnessing = world.redis(&self.life, |state| {
                let until = state.now() + lease_ms();
                state.cluster.as_mut().map(|cluster| cluster.redis.witness.insert(number, until))
            });
            if matches!(timeout(WITNESS, witnessing).await, Ok(Ok(_))) {
                self.witnessed.store(asked, Ordering::SeqCst);
            }
            self.until_next_beat(asked).await;
        }
    }

    async fn until_next_beat(&self, asked: i64) {
        let passed = Duration::from_millis((self.world.lock().now() - asked).max(0) as u64);
        sleep(BEAT.saturating_sub(passed)).await;
    }

    /// Removes others whose lease is past and for whom nothing bears witness.
    pub async fn remove_the_dead(&self) -> Result<(), StoreError> {
        let (world, me) = (&self.world, self.life.number);
        let past = move |state: &State| {
            let now = state.now();
            let nodes = state.cluster.iter().flat_map(|cluster| &cluster.nodes);
            nodes.filter(|(life, row)| **life != me && row.expires < now).map(|(l, _)| *l).collect::<Vec<_>>()
        };
        if past(&world.lock()).is_empty() {
            lock(&self.suspects).clear();
            return Ok(());
        }
        let expired = world.store(&self.life, Way::LEASE, |state| past(state)).await?;
        lock(&self.suspects).retain(|node, _| expired.contains(node));
        for node in expired {
            let looked = world.lock().now();
            let looking = world.redis(&self.life, |state| {
                let now = state.now();
                let witness = state.cluster.as_ref().map(|cluster| &cluster.redis.witness);
                witness.and_then(|witness| witness.get(&node)).is_some_and(|&until| now < until)
            });
            let lives = timeout(WITNESS, looking).await.ok().and_then(Result::ok);
            if !self.is_dead(node, lives, looked) {
                continue;
            }
            let remove = |state: &mut State| {
                if past(state).contains(&node) {
                    state.removed(node);
                }
            };
            world.store(&self.life, Way::LEASE, remove).await?;
        }
        Ok(())
    }

    /// Whether a node whose lease is past is dead, by what Redis says at `now`; none: nothing.
    fn is_dead(&self, node: u64, lives: Option<bool>, now: i64) -> bool {
        let mut suspects = lock(&self.suspects);
        if lives == Some(true) {
            suspects.remove(&node);
            return false;
        }
        let suspect = suspects.entry(node).or_insert(Suspect { since: now, absent: None });
        suspect.absent = lives.map(|_| suspect.absent.unwrap_or(now));
        suspect.absent.is_some_and(|at| now - at >= ABSENT) || now - suspect.since >= lease_ms()
    }
}
