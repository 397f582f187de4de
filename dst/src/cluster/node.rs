//! A node of the cluster: its partitions, its peers.

use super::delivery::Delivery;
use super::handover::MOVE;
use super::journal::Op;
use super::lease::{BEAT, Lease};
use super::redis::Unreached;
use super::streams::StreamOp;
use super::tracker::{Open, Ownership, Tracker};
use super::{Entry, Mark, PARTITIONS, partition_of};
use crate::store_port::Way;
use crate::world::{Life, World};
use nameless_actors::Engine;
use nameless_actors::kernel::lock;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{PeerEvent, Peers, StoreError, Taken};
use nameless_domain::ids::{Seq, UserId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a new poller looks for what the one before it has left.
const LEFT: Duration = Duration::from_secs(2);

/// One life as a node.
pub struct Node {
    /// Everything outside.
    pub world: Arc<World>,
    /// Which life.
    pub life: Arc<Life>,
    /// What it lives by.
    pub lease: Arc<Lease>,
    /// What it knows of updates.
    pub tracker: Mutex<Tracker>,
    pub(super) ops: Mutex<VecDeque<Op>>,
    pub(super) told: Notify,
    pub(super) stream_ops: Mutex<VecDeque<StreamOp>>,
    pub(super) streams_told: Notify,
    /// Marks can be kept nowhere.
    pub(super) blind: AtomicBool,
    /// The last exchange with Redis was a success.
    pub(super) up: AtomicBool,
    /// One has failed since somebody looked.
    pub(super) failed: AtomicBool,
    /// Weak: it holds the node, and would outlive its history.
    delivery: OnceLock<Weak<Delivery>>,
    leaving: AtomicBool,
    token: AtomicU64,
    nodes: Mutex<Vec<u64>>,
    /// Partitions that could not be given away, and until when that is not tried again (true time).
    pub(super) busy: Mutex<BTreeMap<usize, i64>>,
}

impl Node {
    /// Enters with no partitions yet.
    pub fn enter(lease: Arc<Lease>) -> Arc<Node> {
        Arc::new(Node {
            world: lease.world.clone(),
            life: lease.life.clone(),
            lease,
            tracker: Mutex::default(),
            ops: Mutex::default(),
            told: Notify::new(),
            stream_ops: Mutex::default(),
            streams_told: Notify::new(),
            blind: AtomicBool::new(false),
            up: AtomicBool::new(true),
            failed: AtomicBool::new(false),
            delivery: OnceLock::new(),
            leaving: AtomicBool::new(false),
            token: AtomicU64::new(0),
            nodes: Mutex::default(),
            busy: Mutex::default(),
        })
    }

    /// Lives until told to leave: removes, levels.
    pub async fn live(self: Arc<Self>, engine: Arc<Engine>) {
        let delivery = Arc::new(Delivery::new(self.clone(), engine));
        let _ = self.delivery.set(Arc::downgrade(&delivery));
        let tasks = delivery.spawn();
        while !self.is_leaving() {
            let begun = tokio::time::Instant::now();
            let _ = self.level(&delivery).await;
            if self.up.load(Ordering::SeqCst) && self.failed.swap(false, Ordering::SeqCst) {
                self.wake(&delivery);
            }
            tokio::time::sleep_until(begun + BEAT).await;
        }
        let _ = self.leave(&delivery, MOVE).await;
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }

    /// Before this life polls: what a poller that died has left for users of ours.
    pub async fn before_polling(&self) {
        if let Some(delivery) = self.delivery.get().and_then(Weak::upgrade) {
            let _ = tokio::time::timeout(LEFT, delivery.search_now()).await;
        }
    }

    /// Tells [`Node::live`] to give everything away and end.
    pub fn leave_soon(&self) {
        self.leaving.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::SeqCst)
    }

    pub(super) fn newest_token(&self) -> u64 {
        self.token.load(Ordering::SeqCst)
    }

    pub(super) fn observe_tokens(&self, taken: &[(usize, u64)]) {
        taken.iter().for_each(|(_, token)| _ = self.token.fetch_max(*token, Ordering::SeqCst));
    }

    /// What nodes told each other may have been lost: the store knows better.
    fn wake(&self, delivery: &Delivery) {
        let engine = delivery.engine.clone();
        tokio::task::spawn_local(async move { engine.wake_unsettled().await });
    }

    /// One round: removes the dead, takes and gives partitions.
    async fn level(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let me = self.life.number;
        self.lease.remove_the_dead().await?;
        let seen = self.world.store(&self.life, Way::LEASE, |state| {
            let nodes = state.cluster.iter().flat_map(|cluster| &cluster.nodes);
            let nodes: Vec<(u64, bool)> = nodes.map(|(life, row)| (*life, row.leaving)).collect();
            (nodes, state.cluster.as_ref().map(|cluster| cluster.owned(me)).unwrap_or_default())
        });
        let (nodes, owned) = seen.await?;
        let now: Vec<u64> = nodes.iter().map(|(life, _)| *life).collect();
        let before = std::mem::replace(&mut *lock(&self.nodes), now.clone());
        if before.iter().any(|life| !now.contains(life)) {
            self.wake(delivery);
        }
        let staying = nodes.iter().filter(|(life, leaving)| !leaving || *life == me).count().max(1);
        let place = nodes.iter().filter(|(_, leaving)| !leaving).position(|(life, _)| *life == me);
        let share = PARTITIONS / staying + usize::from(place.unwrap_or(0) < PARTITIONS % staying);
        self.observe_tokens(&owned);
        self.reconcile(delivery, &owned).await?;
        let mine = owned.len();
        if mine < share {
            let claim = |state: &mut crate::world::State| {
                let taken = state.cluster.as_mut().map(|cluster| cluster.claim(me, share - mine));
                let taken = taken.unwrap_or_default();
                if !taken.is_empty() {
                    state.event("claimed", [me as i64, taken.len() as i64, 0]);
                    state.trace.count("partitions taken");
                }
                taken
            };
            let claimed = self.world.store(&self.life, Way::LEASE, claim).await?;
            self.observe_tokens(&claimed);
            if !claimed.is_empty() {
                self.take(delivery, claimed.into_iter().map(|(partition, _)| partition).collect()).await;
            }
        } else if mine > share {
            self.give(delivery, self.spare(mine - share), MOVE, false).await?;
        }
        Ok(())
    }

    pub(super) async fn take(&self, delivery: &Delivery, partitions: Vec<usize>) {
        lock(&self.tracker).set(&partitions, Ownership::TakingOver);
        while delivery.take_over(&partitions).await.is_err() {
            if self.is_leaving() {
                return;
            }
            tokio::time::sleep(BEAT / 2).await;
        }
        self.world.lock().event("taken over", [self.life.number as i64, partitions.len() as i64, 0]);
        self.wake(delivery);
    }

    /// The marks of these partitions.
    pub(super) async fn read_marks(&self, partitions: &[usize]) -> Result<BTreeMap<i64, Mark>, Unreached> {
        self.world
            .redis(&self.life, |state| {
                let marks = state.cluster.iter().flat_map(|cluster| {
                    partitions.iter().flat_map(|&partition| cluster.redis.marks[partition].clone())
                });
                marks.collect()
            })
            .await
    }
}

impl Peers for Node {
    fn take(&self, accepted: &Accepted) -> Taken {
        let Accepted { seq, update_id: id, user, ref raw, .. } = *accepted;
        if !self.lease.holds() {
            return Taken::Elsewhere;
        }
        let partition = partition_of(user);
        {
            let mut tracker = lock(&self.tracker);
            let ownership = tracker.ownership(partition);
            if ownership == Ownership::Ours {
                return match tracker.take(seq, Open { id, partition, stream: None }) {
                    true => Taken::Here,
                    false => Taken::Before,
                };
            }
            tracker.sent_on(seq);
            if ownership == Ownership::TakingOver {
                tracker.hold(Entry { id, partition, seq, raw: raw.clone() });
                return Taken::Elsewhere;
            }
        }
        self.send(Entry { id, partition, seq, raw: raw.clone() });
        Taken::Elsewhere
    }

    fn is_mine(&self, user: UserId) -> bool {
        self.lives_here(partition_of(user))
    }

    fn born(&self, user: UserId) -> Seq {
        lock(&self.tracker).born(partition_of(user))
    }

    fn tell(&self, user: UserId, event: PeerEvent) {
        let Ok(raw) = serde_json::to_string(&(user, event)) else { return };
        let seq = self.lease.positions.next();
        let id = -i64::try_from(seq.0).unwrap_or(i64::MAX);
        self.send(Entry { id, partition: partition_of(user), seq, raw: raw.into() });
    }
}
