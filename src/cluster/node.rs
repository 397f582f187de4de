//! A node of the cluster: its partitions, its peers.
//!
//! Every second a node removes others whose lease is past and levels the partitions: it takes free ones up to its
//! fair share, and gives away what is beyond it after its users have moved out.

use super::books::{Books, Open, Ownership};
use super::delivery::{self, Delivery, Told};
use super::journal::{SharedJournal, lock};
use super::lease::{BEAT, Lease};
use super::marks::Marks;
use super::partition::{PARTITIONS, Partition};
use super::redis::Redis;
use super::streams::Streams;
use crate::journal::LocalJournal;
use crate::store::PgStore;
use crate::store::inbox::InboxEntry;
use nameless_actors::Engine;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Decoder, Journal, PeerEvent, Peers, StoreError, Taken};
use nameless_domain::ids::{Seq, UserId};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long users of partitions that are given away have to finish what is under way.
const MOVE: Duration = Duration::from_secs(10);
/// Minutes for which the shared journal keeps what is done.
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
}

/// This process as a node.
pub struct Node {
    id: i64,
    lease: Arc<Lease>,
    store: PgStore,
    redis: Redis,
    books: Arc<Mutex<Books>>,
    journal: Arc<SharedJournal>,
    streams: Streams,
    leaving: AtomicBool,
    /// How many nodes there were a moment ago.
    nodes: AtomicUsize,
}

impl Node {
    /// Enters the cluster, with no partitions yet.
    pub fn enter(parts: NodeParts) -> Arc<Node> {
        let NodeParts { store, redis, local, decoder, lease } = parts;
        let id = lease.id();
        let books = Arc::new(Mutex::new(Books::default()));
        let unsent_to: Arc<std::sync::OnceLock<Arc<SharedJournal>>> = Arc::default();
        let fallback = unsent_to.clone();
        let streams = Streams::start(
            redis.clone(),
            id,
            Arc::new(move |entry: InboxEntry| {
                // Updates are in the shared journal anyway; what nodes tell each other goes there only now.
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
            books.clone(),
            lease.clone(),
            decoder,
            Arc::new(move |open: &Open| acks.ack(open)),
        ));
        let _ = unsent_to.set(journal.clone());
        tracing::info!(node = id, "entered the cluster");
        let (leaving, nodes) = (AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(Node { id, lease, store, redis, books, journal, streams, leaving, nodes })
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
        lock(&self.books).those(Ownership::Ours).len()
    }

    /// Lives until told to leave: renews, removes, levels. To be run as a task; `engine` has this node as its peers.
    pub async fn live(self: Arc<Self>, engine: Arc<Engine>) {
        let delivery = Arc::new(Delivery {
            me: self.id,
            engine,
            store: self.store.clone(),
            redis: self.redis.clone(),
            streams: self.streams.clone(),
            books: self.books.clone(),
            journal: self.journal.clone(),
            lease: self.lease.clone(),
            lasts: (0..PARTITIONS).map(|_| Default::default()).collect(),
        });
        let tasks = delivery::spawn(&delivery);
        let mut was_up = true;
        while !self.leaving.load(Ordering::Acquire) {
            let begun = tokio::time::Instant::now();
            if let Err(cause) = self.level(&delivery).await {
                tracing::warn!(%cause, "the cluster cannot be levelled");
            }
            let up = self.streams.up();
            if up && !was_up {
                // What nodes told each other meanwhile may have been lost: the store knows better.
                let engine = delivery.engine.clone();
                tokio::spawn(async move { engine.wake_unsettled().await });
            }
            was_up = up;
            tokio::time::sleep_until(begun + BEAT).await;
        }
        if let Err(cause) = self.leave(&delivery).await {
            tracing::warn!(%cause, "partitions are left to be taken over");
        }
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }

    /// Tells [`Node::live`] to give everything away and end.
    pub fn leave_soon(&self) {
        self.leaving.store(true, Ordering::Release);
    }

    /// One round: removes the dead, takes and gives partitions.
    async fn level(self: &Arc<Self>, delivery: &Arc<Delivery>) -> Result<(), StoreError> {
        self.lease.remove_the_dead().await?;
        let shares = self.store.node_shares().await?;
        if shares.len() < self.nodes.swap(shares.len(), Ordering::Relaxed) {
            // A node that is gone may have ended a chat and not lived to tell: the store knows.
            let engine = delivery.engine.clone();
            tokio::spawn(async move { engine.wake_unsettled().await });
        }
        let staying = shares.iter().filter(|s| !s.leaving || s.node == self.id).count().max(1);
        // The first nodes by number have one more where it does not come out even.
        let place = shares.iter().filter(|s| !s.leaving).position(|s| s.node == self.id).unwrap_or(0);
        let share = PARTITIONS / staying + usize::from(place < PARTITIONS % staying);
        let mine = shares.iter().find(|s| s.node == self.id).map_or(0, |s| s.partitions);
        if mine < share {
            let claimed = self.store.claim_partitions(self.id, share - mine).await?;
            if !claimed.is_empty() {
                self.take(delivery, claimed.into_iter().map(|(p, _)| p).collect()).await;
            }
        } else if mine > share {
            let ours = lock(&self.books).those(Ownership::Ours);
            let surplus: Vec<Partition> = ours.into_iter().rev().take(mine - share).collect();
            self.give(delivery, surplus, MOVE, false).await?;
        }
        let _ = self.store.expire_inbox(KEPT_MINUTES).await;
        Ok(())
    }

    async fn take(self: &Arc<Self>, delivery: &Arc<Delivery>, partitions: Vec<Partition>) {
        {
            let mut books = lock(&self.books);
            partitions.iter().for_each(|p| books.set(*p, Ownership::TakingOver));
        }
        loop {
            match delivery.take_over(&partitions).await {
                Ok(()) => break,
                Err(cause) => tracing::warn!(%cause, "what was left could not be read; once more"),
            }
            tokio::time::sleep(BEAT / 2).await;
        }
        tracing::info!(partitions = partitions.len(), "users of these partitions live here now");
        let engine = delivery.engine.clone();
        tokio::spawn(async move { engine.wake_unsettled().await });
    }

    /// Gives partitions away once what is under way there is done; keeps them if that takes too long.
    async fn give(
        self: &Arc<Self>,
        delivery: &Arc<Delivery>,
        partitions: Vec<Partition>,
        within: Duration,
        for_good: bool,
    ) -> Result<(), StoreError> {
        {
            let mut books = lock(&self.books);
            partitions.iter().for_each(|p| books.set(*p, Ownership::MovingOut));
        }
        // A read that began before brings entries of these partitions for so long; they are still handled here.
        tokio::time::sleep(delivery::BLOCK + delivery::BLOCK / 2).await;
        delivery.engine.release_albums();
        let until = Instant::now() + within;
        while lock(&self.books).under_way(&partitions) > 0 {
            if Instant::now() >= until {
                if !for_good {
                    let mut books = lock(&self.books);
                    partitions.iter().for_each(|p| books.set(*p, Ownership::Ours));
                }
                let left = lock(&self.books).under_way(&partitions);
                tracing::warn!(left, "partitions could not be given away: updates are still under way");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let leaving = partitions.clone();
        delivery.engine.move_out(Arc::new(move |user| !leaving.contains(&Partition::of(user)))).await;
        let _ = self.journal.flush().await;
        self.store.release_partitions(self.id, partitions.clone()).await?;
        let mut books = lock(&self.books);
        partitions.iter().for_each(|p| books.set(*p, Ownership::Foreign));
        tracing::info!(partitions = partitions.len(), "users of these partitions have moved out");
        Ok(())
    }

    async fn leave(self: &Arc<Self>, delivery: &Arc<Delivery>) -> Result<(), StoreError> {
        self.store.node_is_leaving(self.id).await?;
        let ours = lock(&self.books).those(Ownership::Ours);
        self.give(delivery, ours, MOVE, true).await?;
        tracing::info!(node = self.id, "all users have moved out");
        Ok(())
    }
}

impl Peers for Node {
    fn take(&self, accepted: &Accepted) -> Taken {
        let Accepted { seq, update_id, user, ref raw, .. } = *accepted;
        if !self.lease.holds() {
            // The process is ending; who has the lease now gets it from Telegram or the shared journal.
            return Taken::Elsewhere;
        }
        let partition = Partition::of(user);
        {
            let mut books = lock(&self.books);
            if books.ownership(partition) == Ownership::Ours {
                return match books.take(seq, Open { update_id, partition, stream: None }) {
                    true => Taken::Here,
                    false => Taken::Before,
                };
            }
            books.sent_on(seq);
            let entry = InboxEntry { update_id, partition, seq, raw: raw.clone() };
            if books.ownership(partition) == Ownership::TakingOver && books.hold(entry) {
                return Taken::Elsewhere;
            }
        }
        // Also while a partition goes: its next owner reads the stream after what was left.
        self.send(InboxEntry { update_id, partition, seq, raw: raw.clone() });
        Taken::Elsewhere
    }

    fn is_mine(&self, user: UserId) -> bool {
        lock(&self.books).ownership(Partition::of(user)) != Ownership::Foreign
    }

    fn born(&self, user: UserId) -> Seq {
        lock(&self.books).born(Partition::of(user))
    }

    fn tell(&self, user: UserId, event: PeerEvent) {
        let Ok(raw) = serde_json::to_string(&Told { user, event }) else { return };
        let (seq, partition) = (self.lease.positions().next(), Partition::of(user));
        let update_id = -i64::try_from(seq.0).unwrap_or(i64::MAX);
        self.send(InboxEntry { update_id, partition, seq, raw: raw.into() });
    }
}

impl Node {
    fn send(&self, entry: InboxEntry) {
        match self.store.keys().seal_update(entry.update_id, &entry.raw) {
            Ok(sealed) => self.streams.send(entry, sealed),
            Err(cause) => tracing::error!(%cause, "an entry could not be sealed"),
        }
    }
}
