//! A node of the cluster: its partitions, its peers.
//!
//! Every second a node removes others whose lease is past and levels the partitions: it takes free
//! ones up to its fair share, and gives away what is beyond it after its users have moved out.

use super::delivery::{self, Delivery, Told};
use super::handover::MOVE;
use super::journal::SharedJournal;
use super::lease::{BEAT, Lease};
use super::partition::{PARTITIONS, Partition};
use super::redis::Redis;
use super::redis_marks::Marks;
use super::streams::Streams;
use super::tracker::{Open, Ownership, Tracker};
use crate::journal::LocalJournal;
use crate::store::PgStore;
use crate::store::inbox::InboxEntry;
use nameless_actors::Engine;
use nameless_actors::kernel::lock;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Anchor, Decoder, PeerEvent, Peers, PortFuture, StoreError, Taken};
use nameless_domain::ids::{Seq, UserId};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long an update that is in no stream is waited for, until its owner has found it; how often
/// that is looked at.
const PASSED: Duration = Duration::from_secs(5);
const PASSED_LOOK: Duration = Duration::from_millis(50);
/// How long a new poller looks for what the one before it has left.
const LEFT: Duration = Duration::from_secs(2);
/// Updates on their way into streams, beyond which it is looked for those that nobody waits for any
/// more. Telegram has at most 100 deliveries under way.
const PASSING: usize = 1_000;
/// Minutes for which the shared journal keeps a row for what is done; after it, the id alone.
const KEPT_MINUTES: i64 = 60;

/// What a node is made of.
pub struct NodeParts {
    /// The database.
    pub store: PgStore,
    /// The streams' server.
    pub redis: Redis,
    /// This machine's disk, for when the database is away.
    pub local: Arc<LocalJournal>,
    /// Reads raw updates.
    pub decoder: Arc<dyn Decoder>,
    /// What the process lives by.
    pub lease: Arc<Lease>,
    /// Whether Telegram sends updates, to whichever node: then one user's come by several nodes.
    pub any_accepts: bool,
}

/// This process as a node.
pub struct Node {
    id: i64,
    lease: Arc<Lease>,
    pub(super) store: PgStore,
    redis: Redis,
    pub(super) tracker: Arc<Mutex<Tracker>>,
    pub(super) journal: Arc<SharedJournal>,
    streams: Streams,
    /// Updates that any node accepts keep their order by going through one stream, also those whose
    /// user lives here.
    any_accepts: bool,
    /// Told when updates that were sent on are in their streams, by id.
    passing: Mutex<FxHashMap<i64, oneshot::Receiver<()>>>,
    /// How entries reach the engine, once that runs.
    delivery: OnceLock<Arc<Delivery>>,
    /// How long it has to give everything away, once it leaves.
    leaving: OnceLock<Duration>,
    /// The nodes of a moment ago.
    nodes: Mutex<Vec<i64>>,
    /// Partitions that could not be given away, and until when that is not tried again.
    pub(super) busy: Mutex<FxHashMap<Partition, Instant>>,
    /// The newest fencing token of our partitions.
    token: AtomicI64,
}

impl Node {
    /// Enters the cluster, with no partitions yet.
    pub fn enter(parts: NodeParts) -> Arc<Node> {
        let NodeParts { store, redis, local, decoder, lease, any_accepts } = parts;
        let id = lease.id();
        let tracker = Arc::new(Mutex::new(Tracker::default()));
        let unsent_to: Arc<OnceLock<Arc<SharedJournal>>> = Arc::default();
        let fallback = unsent_to.clone();
        let streams = Streams::start(
            redis.clone(),
            id,
            Arc::new(move |entry: InboxEntry| {
                // Updates are in the shared journal anyway; what nodes tell each other goes there
                // only now.
                if entry.update_id < 0
                    && let Some(journal) = fallback.get()
                {
                    journal.append_event(entry);
                }
            }),
        );
        let acks = streams.clone();
        let journal = Arc::new(SharedJournal::start(
            store.clone(),
            local,
            Marks::new(redis.clone()),
            tracker.clone(),
            lease.clone(),
            decoder,
            Arc::new(move |open: &Open| acks.ack(open)),
        ));
        let _ = unsent_to.set(journal.clone());
        tracing::info!(node = id, "entered the cluster");
        Arc::new(Node {
            id,
            lease,
            store,
            redis,
            tracker,
            journal,
            streams,
            any_accepts,
            passing: Mutex::default(),
            delivery: OnceLock::new(),
            leaving: OnceLock::new(),
            nodes: Mutex::default(),
            busy: Mutex::default(),
            token: AtomicI64::new(0),
        })
    }

    /// Its number.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The shared journal, as the engine's.
    pub fn journal(&self) -> Arc<SharedJournal> {
        self.journal.clone()
    }

    /// How many partitions it owns.
    pub fn partitions(&self) -> usize {
        lock(&self.tracker).those(Ownership::Ours).len()
    }

    /// Lives until told to leave: renews, removes, levels. To be run as a task; `engine` has this
    /// node as its peers.
    pub async fn live(self: Arc<Self>, engine: Arc<Engine>) {
        let delivery = Arc::new(Delivery {
            me: self.id,
            engine,
            store: self.store.clone(),
            redis: self.redis.clone(),
            streams: self.streams.clone(),
            tracker: self.tracker.clone(),
            journal: self.journal.clone(),
            lease: self.lease.clone(),
            lasts: (0..PARTITIONS).map(|_| Default::default()).collect(),
            unsure: 0.into(),
        });
        let _ = self.delivery.set(delivery.clone());
        let tasks = delivery::spawn(&delivery);
        while !self.is_leaving() {
            let begun = tokio::time::Instant::now();
            if let Err(cause) = self.level(&delivery).await {
                tracing::warn!(%cause, "the cluster cannot be levelled");
            }
            if self.streams.is_back() {
                // What nodes told each other meanwhile may have been lost: the store knows better.
                let engine = delivery.engine.clone();
                tokio::spawn(async move { engine.wake_unsettled().await });
            }
            tokio::time::sleep_until(begun + BEAT).await;
        }
        let within = self.leaving.get().copied().unwrap_or(MOVE);
        if let Err(cause) = self.leave(&delivery, within.min(MOVE)).await {
            tracing::warn!(%cause, "partitions are left to be taken over");
        }
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }

    /// Before this node polls: a poller that died may have accepted something for users of ours and
    /// not have sent it on. What we poll ourselves is handled at once and must not overtake it.
    pub async fn before_polling(&self) {
        let Some(delivery) = self.delivery.get() else { return };
        if !matches!(tokio::time::timeout(LEFT, delivery.search_now()).await, Ok(Ok(()))) {
            tracing::warn!("what a former poller left cannot be looked for now; the regular search finds it");
        }
    }

    /// Tells [`Node::live`] to give everything away within `within` and end.
    pub fn leave_soon(&self, within: Duration) {
        let _ = self.leaving.set(within);
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.get().is_some()
    }

    pub(super) fn newest_token(&self) -> i64 {
        self.token.load(Ordering::Acquire)
    }

    pub(super) fn observe_tokens(&self, taken: &[(Partition, i64)]) {
        taken.iter().for_each(|(_, token)| _ = self.token.fetch_max(*token, Ordering::AcqRel));
    }

    /// One round: removes the dead, takes and gives partitions.
    async fn level(self: &Arc<Self>, delivery: &Arc<Delivery>) -> Result<(), StoreError> {
        self.lease.remove_the_dead().await?;
        // Also who was removed while this one waited for its turn to poll.
        delivery.engine.meters().nodes_lost.add(self.lease.take_removed());
        let shares = self.store.node_shares().await?;
        let nodes: Vec<i64> = shares.iter().map(|share| share.node).collect();
        let before = {
            let mut known = lock(&self.nodes);
            std::mem::replace(&mut *known, nodes.clone())
        };
        if one_is_gone(&before, &nodes) {
            // A node that is gone may have ended a chat and not lived to tell: the store knows.
            let engine = delivery.engine.clone();
            tokio::spawn(async move { engine.wake_unsettled().await });
        }
        let staying = shares.iter().filter(|s| !s.leaving || s.node == self.id).count().max(1);
        // The first nodes by number have one more where it does not come out even.
        let place = shares.iter().filter(|s| !s.leaving).position(|s| s.node == self.id).unwrap_or(0);
        let share = PARTITIONS / staying + usize::from(place < PARTITIONS % staying);
        let owned = self.store.owned_partitions(self.id).await?;
        self.observe_tokens(&owned);
        self.reconcile(delivery, &owned).await?;
        let mine = owned.len();
        if mine < share {
            let claimed = self.store.claim_partitions(self.id, share - mine).await?;
            self.observe_tokens(&claimed);
            if !claimed.is_empty() {
                self.take(delivery, claimed.into_iter().map(|(p, _)| p).collect()).await;
            }
        } else if mine > share {
            self.give(delivery, self.spare(mine - share), MOVE, false).await?;
        }
        let _ = self.store.expire_inbox(KEPT_MINUTES).await;
        Ok(())
    }

    pub(super) async fn take(&self, delivery: &Delivery, partitions: Vec<Partition>) {
        {
            let mut tracker = lock(&self.tracker);
            partitions.iter().for_each(|p| tracker.set(*p, Ownership::TakingOver));
        }
        loop {
            match delivery.take_over(&partitions).await {
                Ok(()) => break,
                // They were not taken up by anybody: whoever comes next does.
                Err(_) if self.is_leaving() => return,
                Err(cause) => tracing::warn!(%cause, "what was left could not be read; once more"),
            }
            tokio::time::sleep(BEAT / 2).await;
        }
        tracing::info!(partitions = partitions.len(), "users of these partitions live here now");
        let engine = delivery.engine.clone();
        tokio::spawn(async move { engine.wake_unsettled().await });
    }
}

/// Whether one of the nodes of a moment ago is gone. Its machine may have started another within
/// that moment.
fn one_is_gone(before: &[i64], now: &[i64]) -> bool {
    before.iter().any(|node| !now.contains(node))
}

impl Peers for Node {
    fn take(&self, accepted: &Accepted) -> Taken {
        let Accepted { seq, update_id, user, ref raw, .. } = *accepted;
        if !self.lease.holds() {
            // The process is ending; who has the lease now gets it from Telegram or the shared
            // journal.
            return Taken::Elsewhere;
        }
        let partition = Partition::of(user);
        {
            let mut tracker = lock(&self.tracker);
            let ownership = tracker.ownership(partition);
            if ownership == Ownership::Ours && !self.any_accepts {
                return match tracker.take(seq, Open { update_id, partition, stream: None }) {
                    true => Taken::Here,
                    false => Taken::Before,
                };
            }
            tracker.sent_on(seq);
            let entry = InboxEntry { update_id, partition, seq, raw: raw.clone() };
            if ownership == Ownership::TakingOver && !self.any_accepts && tracker.hold(entry) {
                return Taken::Elsewhere;
            }
        }
        // Also while a partition goes: its next owner reads the stream after what was left.
        let written = self.any_accepts.then(|| {
            let (written, told) = oneshot::channel();
            let mut passing = lock(&self.passing);
            if passing.len() >= PASSING {
                // Nobody asks any more where Telegram hung up.
                passing.retain(|_, told| matches!(told.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
            }
            passing.insert(update_id, told);
            written
        });
        self.send(InboxEntry { update_id, partition, seq, raw: raw.clone() }, written);
        Taken::Elsewhere
    }

    fn is_mine(&self, user: UserId) -> bool {
        lock(&self.tracker).lives_here(Partition::of(user))
    }

    fn anchor(&self, user: UserId) -> Option<Anchor> {
        let partition = Partition::of(user);
        let stays = lock(&self.tracker).telling(partition);
        let tracker = self.tracker.clone();
        stays.then(|| Anchor::new(move || lock(&tracker).told(partition)))
    }

    fn born(&self, user: UserId) -> Seq {
        lock(&self.tracker).born(Partition::of(user))
    }

    fn tell(&self, user: UserId, event: PeerEvent) {
        let Ok(raw) = serde_json::to_string(&Told { user, event }) else { return };
        let (seq, partition) = (self.lease.positions().next(), Partition::of(user));
        let update_id = -i64::try_from(seq.0).unwrap_or(i64::MAX);
        self.send(InboxEntry { update_id, partition, seq, raw: raw.into() }, None);
    }

    fn passed_on(&self, update_id: i64) -> PortFuture<'_, bool> {
        let passing = lock(&self.passing).remove(&update_id);
        Box::pin(async move {
            let Some(passing) = passing else { return true };
            if passing.await.is_ok() {
                return true;
            }
            // It is not in the stream: its owner finds it in the shared journal.
            let until = Instant::now() + PASSED;
            while Instant::now() < until {
                if self.store.is_taken_up(update_id).await.unwrap_or(false) {
                    return true;
                }
                tokio::time::sleep(PASSED_LOOK).await;
            }
            false
        })
    }
}

impl Node {
    fn send(&self, entry: InboxEntry, written: Option<oneshot::Sender<()>>) {
        match self.store.keys().seal_update(entry.update_id, &entry.raw) {
            Ok(sealed) => self.streams.send(entry, sealed, written),
            Err(cause) => tracing::error!(%cause, "an entry could not be sealed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_came_back_as_another_is_gone() {
        assert!(one_is_gone(&[1, 2], &[1]));
        assert!(one_is_gone(&[1, 2], &[1, 3]), "restarted within a beat");
        assert!(!one_is_gone(&[1], &[1, 2]) && !one_is_gone(&[], &[1]));
    }
}
