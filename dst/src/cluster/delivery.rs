//! The owner's side: entries of its partitions reach the engine, each once and in order.

use super::gaps::Lasts;
use super::inbox::Unfinished;
use super::node::Node;
use super::redis::{Streamed, Unreached};
use super::tracker::{Open, Ownership};
use super::{Entry, Mark};
use crate::store_port::Way;
use nameless_actors::Engine;
use nameless_actors::kernel::lock;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Journal, PeerEvent, StoreError};
use nameless_domain::ids::{MessageId, Seq, UserId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// Readers, each of some partitions.
const CHANNELS: usize = 2;
/// How long a read waits for new entries.
pub const BLOCK: Duration = Duration::from_millis(250);
/// How long a reader of streams that have nothing new sleeps at most.
const IDLE: Duration = Duration::from_secs(2);
/// Wait after a failed read.
const PAUSE: Duration = Duration::from_millis(200);
/// How often the shared journal is searched for what no stream brought: while Redis is there, and
/// while it is away.
const SWEEP: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(100));
/// Age of what is searched for while Redis is there.
const SWEEP_AGE: Duration = Duration::from_secs(2);
/// An update that was taken up so often by owner after owner is put aside.
const ATTEMPTS: u32 = 5;

/// One that was taken up more often than this is tried by itself.
const SUSPECT: u32 = 2;
/// How long one of them, and all of them, are waited for; how often it is looked.
const SUSPECT_WAIT: Duration = Duration::from_millis(500);
const SUSPECTS: Duration = Duration::from_secs(10);
const SUSPECT_LOOK: Duration = Duration::from_millis(5);

/// Delivers to the engine of one node.
pub struct Delivery {
    /// The node.
    pub node: Arc<Node>,
    /// Its engine.
    pub engine: Arc<Engine>,
    /// Per partition, one deliverer at a time: what a stream brings and what a search finds do not
    /// overtake each other.
    pub(super) lasts: Vec<tokio::sync::Mutex<Lasts>>,
    /// Reads of what a former owner left whose answers did not come: each may have counted.
    unsure: AtomicU32,
}

impl Delivery {
    /// For one node.
    pub fn new(node: Arc<Node>, engine: Arc<Engine>) -> Delivery {
        let lasts = (0..super::PARTITIONS).map(|_| Default::default()).collect();
        Delivery { node, engine, lasts, unsure: AtomicU32::new(0) }
    }

    /// The readers and the search, as tasks.
    pub fn spawn(self: &Arc<Self>) -> Vec<JoinHandle<()>> {
        let readers =
            (0..CHANNELS).map(|channel| tokio::task::spawn_local(self.clone().read_channel(channel)));
        readers.chain([tokio::task::spawn_local(self.clone().search())]).collect()
    }

    async fn read_channel(self: Arc<Self>, channel: usize) {
        let (world, life) = (&self.node.world, &self.node.life);
        let emptied = || world.lock().cluster.as_ref().map_or(0, |cluster| cluster.redis.emptied);
        let mut known = emptied();
        // Something may have been in a stream that is none any more.
        let mut lost = false;
        loop {
            // The group of readers is missing: whatever was in the streams is lost.
            if std::mem::replace(&mut known, emptied()) != known {
                self.node.failed.store(true, Ordering::SeqCst);
                lost = true;
            }
            let ours = || {
                let ours = lock(&self.node.tracker).those(Ownership::Ours);
                ours.into_iter().filter(|p| p % CHANNELS == channel).collect::<Vec<usize>>()
            };
            let mut mine = ours();
            if mine.is_empty() {
                let _ = timeout(BLOCK, world.streamed.notified()).await;
                continue;
            }
            let any = |mine: &[usize]| {
                let state = world.lock();
                let streams = state.cluster.as_ref().map(|cluster| &cluster.redis.streams);
                streams.is_some_and(|streams| mine.iter().any(|&p| streams[p].has_new()))
            };
            if !any(&mine) {
                // Whatever comes wakes all readers, who look again at what is theirs: no need to
                // read every BLOCK.
                let _ = timeout(IDLE, world.streamed.notified()).await;
                mine = ours();
            }
            if lost {
                lost = self.read_again(&mine).await.is_err();
            }
            if !any(&mine) && self.node.up.load(Ordering::SeqCst) {
                continue;
            }
            let reading = world.redis(life, |state| {
                state.cluster.as_mut().map(|cluster| cluster.redis.read(&mine)).unwrap_or_default()
            });
            match reading.await {
                Ok(entries) => {
                    self.node.up.store(true, Ordering::SeqCst);
                    for (partition, id, streamed) in entries {
                        self.arrived(partition, id, streamed).await;
                    }
                }
                Err(_) => {
                    self.node.up.store(false, Ordering::SeqCst);
                    self.node.failed.store(true, Ordering::SeqCst);
                    lost = true;
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// After a read that failed: its answer may have brought something, which counts as read.
    async fn read_again(&self, partitions: &[usize]) -> Result<(), Unreached> {
        for &partition in partitions {
            self.lasts[partition].lock().await.lost = true;
            for (id, streamed) in self.claim(partition).await? {
                self.arrived(partition, id, streamed).await;
            }
        }
        Ok(())
    }

    async fn claim(&self, partition: usize) -> Result<Vec<(u64, Streamed)>, Unreached> {
        let claim = |state: &mut crate::world::State| {
            state.cluster.as_ref().map(|cluster| cluster.redis.claim(partition)).unwrap_or_default()
        };
        self.node.world.redis(&self.node.life, claim).await
    }

    async fn search(self: Arc<Self>) {
        loop {
            let up = self.node.up.load(Ordering::SeqCst);
            sleep(if up { SWEEP.0 } else { SWEEP.1 }).await;
            let ours = lock(&self.node.tracker).those(Ownership::Ours);
            if !ours.is_empty() {
                let age = if up { SWEEP_AGE } else { Duration::ZERO };
                let _ = self.take_up(&ours, age, false).await;
            }
        }
    }

    pub(super) async fn unfinished(
        &self,
        partitions: &[usize],
        age: Duration,
        known: Vec<i64>,
        before: Seq,
    ) -> Result<Vec<Unfinished>, StoreError> {
        let take = |state: &mut crate::world::State| {
            let youngest = state.now() - age.as_millis() as i64;
            let cluster = state.cluster.as_mut();
            cluster.map(|cluster| cluster.take_up(partitions, youngest, &known, before)).unwrap_or_default()
        };
        self.node.world.store(&self.node.life, Way::TAKE, take).await
    }

    /// Searches the shared journal once, now, whatever the age.
    pub async fn search_now(&self) -> Result<(), StoreError> {
        let ours = lock(&self.node.tracker).those(Ownership::Ours);
        match ours.is_empty() {
            true => Ok(()),
            false => self.take_up(&ours, Duration::ZERO, false).await,
        }
    }

    /// Takes up what a former owner left in these partitions; from then on their users live here.
    pub async fn take_over(&self, partitions: &[usize]) -> Result<(), StoreError> {
        let node = &self.node;
        let _ = node.flush().await;
        let done = |state: &mut crate::world::State| {
            state.cluster.as_ref().map(|cluster| cluster.done_in(partitions)).unwrap_or_default()
        };
        let seen = node.world.store(&node.life, Way::LEASE, done).await?;
        let unfinished = self.unfinished(partitions, Duration::ZERO, Vec::new(), Seq(u64::MAX)).await;
        let mut unfinished = unfinished.inspect_err(|_| _ = self.unsure.fetch_add(1, Ordering::SeqCst))?;
        self.count_once(&mut unfinished).await;
        // Best effort: without them what left while the database was away is sent again.
        let marks: Option<BTreeMap<i64, Mark>> = node.read_marks(partitions).await.ok();
        if marks.is_none() {
            node.world.lock().marks_unread();
        }
        {
            let mut tracker = lock(&node.tracker);
            unfinished.iter().for_each(|one| node.lease.positions.observe(one.entry.seq));
            let now = node.lease.positions.now();
            partitions.iter().for_each(|&p| tracker.bear(p, now));
            tracker.remember(seen);
            tracker.inherit(marks.unwrap_or_default());
        }
        // With what came before it in its partition, so that each user's order holds.
        let mut last: BTreeMap<usize, Seq> = BTreeMap::new();
        for suspect in unfinished.iter().filter(|one| one.attempts > SUSPECT) {
            last.insert(suspect.entry.partition, suspect.entry.seq);
        }
        let is_suspect = |one: &Unfinished| last.get(&one.entry.partition) >= Some(&one.entry.seq);
        let (suspects, others): (Vec<_>, Vec<_>) = unfinished.into_iter().partition(is_suspect);
        self.deliver_suspects(suspects).await;
        for one in others {
            self.deliver_unfinished(one, true).await;
        }
        self.settle(partitions).await;
        Ok(())
    }

    /// What was unfinished each time that one owner after the other ended goes first, one by one.
    async fn deliver_suspects(&self, suspects: Vec<Unfinished>) {
        let until = Instant::now() + SUSPECTS;
        let ids: Vec<i64> = suspects.iter().map(|one| one.entry.id).collect();
        self.count(ids, -1).await;
        for one in suspects {
            let id = one.entry.id;
            self.count(vec![id], 1).await;
            self.deliver_unfinished(one, true).await;
            let wait = (Instant::now() + SUSPECT_WAIT).min(until);
            while lock(&self.node.tracker).knows(id) && Instant::now() < wait {
                sleep(SUSPECT_LOOK).await;
            }
            self.count(vec![id], -1).await;
        }
    }

    /// Reads whose answers were lost have counted, perhaps: that nobody was at it was nobody's
    /// fault.
    async fn count_once(&self, unfinished: &mut [Unfinished]) {
        let unsure = self.unsure.swap(0, Ordering::SeqCst);
        if unsure > 0 {
            unfinished.iter_mut().for_each(|one| one.attempts = one.attempts.saturating_sub(unsure).max(1));
            self.count(unfinished.iter().map(|one| one.entry.id).collect(), -(unsure as i32)).await;
        }
    }

    async fn count(&self, ids: Vec<i64>, by: i32) {
        if ids.is_empty() {
            return;
        }
        let count = |state: &mut crate::world::State| {
            state.cluster.as_mut().map(|cluster| cluster.count_attempts(&ids, by))
        };
        let _ = self.node.world.store(&self.node.life, Way::TAKE, count).await;
    }

    /// Goes on with partitions that were to be given away and stay.
    pub async fn resume(&self, partitions: &[usize]) {
        let _ = self.take_up(partitions, Duration::ZERO, false).await;
        self.settle(partitions).await;
    }

    /// Brings partitions that are being taken over up to now; they are ours then.
    async fn settle(&self, partitions: &[usize]) {
        let (world, life) = (&self.node.world, &self.node.life);
        for &partition in partitions {
            // Since the unfinished were read a stream may have been lost and begun anew.
            self.lasts[partition].lock().await.lost = true;
            for (id, streamed) in self.claim(partition).await.unwrap_or_default() {
                self.arrived(partition, id, streamed).await;
            }
        }
        loop {
            let reading = world.redis(life, |state| {
                state.cluster.as_mut().map(|cluster| cluster.redis.read(partitions)).unwrap_or_default()
            });
            let entries = reading.await.unwrap_or_default();
            if entries.is_empty() {
                break;
            }
            for (partition, id, streamed) in entries {
                self.arrived(partition, id, streamed).await;
            }
        }
        // The readers look behind a failure for what is ours by then alone.
        for &partition in partitions {
            self.lasts[partition].lock().await.lost = true;
        }
        loop {
            let held = lock(&self.node.tracker).next_held(partitions);
            if held.is_empty() {
                return;
            }
            for entry in held {
                self.deliver(entry, None, false, None).await;
            }
        }
    }

    /// Takes up what is unfinished and not known here. Nothing comes by stream meanwhile where
    /// something was found.
    async fn take_up(&self, partitions: &[usize], age: Duration, again: bool) -> Result<(), StoreError> {
        let known = lock(&self.node.tracker).known_ids();
        let waiting = |state: &mut crate::world::State| {
            let youngest = state.now() - age.as_millis() as i64;
            let cluster = state.cluster.as_ref();
            cluster.map(|cluster| cluster.waiting(partitions, youngest, &known)).unwrap_or_default()
        };
        let found = self.node.world.store(&self.node.life, Way::LEASE, waiting).await?;
        if found.is_empty() {
            return Ok(());
        }
        let mut turns = Vec::with_capacity(found.len());
        // In ascending order, whoever else takes several.
        for &partition in &found {
            turns.push(self.lasts[partition].lock().await);
        }
        let known = lock(&self.node.tracker).known_ids();
        for one in self.unfinished(&found, age, known, Seq(u64::MAX)).await? {
            self.deliver_unfinished(one, again).await;
        }
        Ok(())
    }

    pub(super) async fn deliver_unfinished(&self, one: Unfinished, again: bool) {
        let Unfinished { entry, sent, attempts } = one;
        if attempts > ATTEMPTS {
            if !self.put_aside(&entry).await {
                self.end(&entry, None);
            }
            return;
        }
        self.deliver(entry, sent, again || attempts > 1, None).await;
    }

    /// Hands an entry to the engine, unless it was taken before.
    pub(super) async fn deliver(
        &self,
        entry: Entry,
        sent: Option<Vec<MessageId>>,
        again: bool,
        stream: Option<u64>,
    ) {
        let node = &self.node;
        node.lease.positions.observe(entry.seq);
        let Entry { id, partition, seq, .. } = entry;
        let told = (id < 0).then(|| serde_json::from_str::<(UserId, PeerEvent)>(&entry.raw).ok()).flatten();
        let decoded = if told.is_some() { None } else { self.engine.env().decoder.decode(&entry.raw) };
        let taken = {
            let mut tracker = lock(&node.tracker);
            if !tracker.ownership(partition).takes() {
                return;
            }
            let known = tracker.knows(id);
            match tracker.take(seq, Open { id, partition, stream }) {
                true => true,
                false if known => {
                    drop(tracker);
                    return stream.into_iter().for_each(|at| node.ack(partition, at));
                }
                false => false,
            }
        };
        match decoded {
            _ if !taken => self.end(&entry, stream),
            Some(update) => {
                let marked = lock(&node.tracker).left_before(id);
                let sent = [sent, marked].into_iter().flatten().max_by_key(Vec::len);
                let attempt = u32::from(again);
                let accepted =
                    Accepted { seq, update_id: id, user: update.user, raw: entry.raw, sent, attempt };
                self.engine.deliver_here(update, accepted).await;
            }
            None => {
                if let Some((user, event)) = told {
                    node.world.lock().told(node.life.number, user, &event);
                    let age = node.lease.positions.age(seq);
                    self.engine.from_peer(user, event.after(age));
                }
                node.done(seq);
            }
        }
    }

    fn end(&self, entry: &Entry, stream: Option<u64>) {
        self.node.end_entry(Open { id: entry.id, partition: entry.partition, stream }, entry.seq);
    }

    /// Keeps an update that kills its owners as a dead letter; whether it is one of a user.
    async fn put_aside(&self, entry: &Entry) -> bool {
        let Some(update) = self.engine.env().decoder.decode(&entry.raw) else { return false };
        let Entry { id, partition, seq, ref raw } = *entry;
        {
            let mut tracker = lock(&self.node.tracker);
            let takes = tracker.ownership(partition).takes();
            if !takes || !tracker.take(seq, Open { id, partition, stream: None }) {
                return true;
            }
        }
        self.node.world.lock().trace.count("put aside after five owners");
        let raw = raw.clone();
        let accepted = Accepted { seq, update_id: id, user: update.user, raw, sent: None, attempt: 1 };
        self.engine.put_aside(accepted, format!("taken up {ATTEMPTS} times by node after node")).await;
        true
    }
}
