//! The owner's side: entries of its partitions reach the engine, each once and in order.

mod take_over;

use super::journal::SharedJournal;
use super::lease::Lease;
use super::partition::Partition;
use super::redis::Redis;
use super::streams::{self, CHANNELS, Entry, Streams};
use super::tracker::{Open, Ownership, Tracker};
use crate::store::PgStore;
use crate::store::inbox::InboxEntry;
use nameless_actors::Engine;
use nameless_actors::kernel::lock;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Journal, PeerEvent};
use nameless_domain::ids::{Seq, UserId};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// How long a read waits for new entries; a new partition is read at the next one.
pub(super) const BLOCK: Duration = Duration::from_millis(250);
/// Wait after a failed read.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a gap is waited for: its update is being written into the shared journal at this
/// moment.
const GAP: Duration = Duration::from_secs(3);
/// How often the shared journal is searched for what no stream brought: while Redis is there, and
/// while it is away.
const SWEEP: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(100));
/// Age of what is searched for while Redis is there: younger entries may still come by stream.
const SWEEP_AGE: Duration = Duration::from_secs(2);

/// What one node tells another, as it travels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    /// Whom it concerns.
    pub user: UserId,
    /// What happened.
    #[serde(flatten)]
    pub event: PeerEvent,
}

/// Delivers to the engine of this node.
pub struct Delivery {
    pub(super) me: i64,
    pub(super) engine: Arc<Engine>,
    pub(super) store: PgStore,
    pub(super) redis: Redis,
    pub(super) streams: Streams,
    pub(super) tracker: Arc<Mutex<Tracker>>,
    pub(super) journal: Arc<SharedJournal>,
    pub(super) lease: Arc<Lease>,
    /// Per partition, one deliverer at a time: what a stream brings and what a search finds do not
    /// overtake each other.
    pub(super) lasts: Vec<tokio::sync::Mutex<Lasts>>,
}

/// What is known of a partition's stream.
#[derive(Debug, Default)]
pub struct Lasts {
    /// The last position that each writer sent here.
    by_writer: FxHashMap<i64, Seq>,
    /// Something may have been in the stream and be there no more. Whoever sent it has told
    /// Telegram that it is, so what comes now may be the same user's next.
    lost: bool,
}

impl Delivery {
    /// Reads one channel's streams for ever.
    pub async fn read_channel(self: Arc<Self>, channel: u8) {
        let mut ready: Vec<Partition> = Vec::new();
        let mut connection = None;
        // Something may have been in a stream that is none any more.
        let mut lost = false;
        loop {
            let ours = lock(&self.tracker).those(Ownership::Ours);
            let mine: Vec<Partition> = ours.into_iter().filter(|p| streams::channel(*p) == channel).collect();
            if mine.is_empty() {
                tokio::time::sleep(BLOCK / 4).await;
                continue;
            }
            let new: Vec<Partition> = mine.iter().copied().filter(|p| !ready.contains(p)).collect();
            let read = async {
                streams::ensure_groups(&self.redis, &new).await?;
                let reader = match &mut connection {
                    Some(reader) => reader,
                    none => none.insert(self.redis.blocking()?),
                };
                reader.query::<redis::Value>(&streams::read_command(self.me, &mine, BLOCK), BLOCK).await
            };
            match read.await {
                Ok(answer) => {
                    self.streams.note(true);
                    if std::mem::take(&mut lost) {
                        for partition in &mine {
                            self.lasts[usize::from(partition.0)].lock().await.lost = true;
                        }
                    }
                    ready = mine;
                    for (partition, entries) in streams::read_answer(answer) {
                        for (id, entry) in entries {
                            self.arrived(partition, id, entry).await;
                        }
                    }
                }
                Err(cause) => {
                    // NOGROUP: Redis was emptied. What was in it is in the shared journal.
                    self.streams.note_lost();
                    self.streams.note(cause.to_string().contains("NOGROUP"));
                    tracing::debug!(%cause, "a stream could not be read");
                    ready.clear();
                    lost = true;
                    connection = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Searches the shared journal for what no stream brought, for ever.
    pub async fn search(self: Arc<Self>) {
        loop {
            let up = self.streams.up();
            tokio::time::sleep(if up { SWEEP.0 } else { SWEEP.1 }).await;
            let ours = lock(&self.tracker).those(Ownership::Ours);
            let age = if up { SWEEP_AGE } else { Duration::ZERO };
            if !ours.is_empty()
                && let Err(cause) = self.take_up(&ours, age, false).await
            {
                tracing::debug!(%cause, "the shared journal could not be searched");
            }
        }
    }

    /// An entry came by stream.
    async fn arrived(&self, partition: Partition, id: String, entry: Entry) {
        let mut lasts = self.lasts[usize::from(partition.0)].lock().await;
        let last = lasts.by_writer.insert(entry.writer, entry.seq).unwrap_or(Seq(0));
        let is_update = entry.update_id >= 0;
        if entry.writer != self.me && last != entry.previous {
            self.close_gap(partition, &entry).await;
            lasts.lost = false;
        } else if lasts.lost && is_update {
            self.fill(partition, entry.seq).await;
            lasts.lost = false;
        }
        let Ok(raw) = self.store.keys().open_update(entry.update_id, &entry.sealed) else {
            tracing::error!(partition = partition.0, "an entry of a stream does not open under our key");
            return self.streams.ack_entry(partition, id);
        };
        let entry = InboxEntry { update_id: entry.update_id, partition, seq: entry.seq, raw };
        self.deliver(entry, None, false, Some(id)).await;
    }

    /// Entries before this one did not come by stream: they are taken from the shared journal
    /// first.
    async fn close_gap(&self, partition: Partition, entry: &Entry) {
        let until = Instant::now() + GAP;
        // What was accepted before GAP is there, or was done and dropped long ago.
        while entry.previous != Seq(0) && self.lease.positions().age(entry.previous) < GAP {
            match self.store.has_entry(partition, entry.previous).await {
                Ok(false) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(10)).await,
                Ok(_) => break,
                Err(cause) => {
                    tracing::warn!(%cause, "a gap in a stream cannot be filled while PostgreSQL is away");
                    return;
                }
            }
        }
        self.fill(partition, entry.seq).await;
    }

    /// Takes what is before `seq` from the shared journal.
    async fn fill(&self, partition: Partition, seq: Seq) {
        let known = lock(&self.tracker).known_ids();
        match self.store.unfinished(vec![partition], Duration::ZERO, known, seq).await {
            Ok(unfinished) => {
                for one in unfinished {
                    self.deliver_unfinished(one, false).await;
                }
            }
            Err(cause) => tracing::warn!(%cause, "a gap in a stream could not be filled"),
        }
    }

    /// Hands an entry to the engine, unless it was taken before.
    async fn deliver(
        &self,
        entry: InboxEntry,
        sent: Option<Vec<nameless_domain::ids::MessageId>>,
        again: bool,
        stream: Option<String>,
    ) {
        self.lease.positions().observe(entry.seq);
        let InboxEntry { update_id, partition, seq, .. } = entry;
        let open = Open { update_id, partition, stream: stream.clone() };
        // Negative ids are those of what nodes tell each other, and of updates that an operator
        // wants handled again.
        let told = (update_id < 0).then(|| serde_json::from_str::<Told>(&entry.raw).ok()).flatten();
        let decoded = match told {
            Some(_) => None,
            None => self.engine.env().decoder.decode(&entry.raw),
        };
        let taken = {
            let mut tracker = lock(&self.tracker);
            // Read or found just before the partition moved out: its new owner finds it in the
            // shared journal, and is the only one who may handle it.
            if !tracker.ownership(partition).takes() {
                return;
            }
            let known = tracker.knows(update_id);
            match tracker.take(seq, open) {
                true => true,
                // Under way: it is ended, and acknowledged, by whoever is at it.
                false if known => {
                    drop(tracker);
                    return stream.into_iter().for_each(|id| self.streams.ack_entry(partition, id));
                }
                false => false,
            }
        };
        match decoded {
            _ if !taken => self.end(&entry, stream),
            Some(update) => {
                let sent = sent.or_else(|| lock(&self.tracker).left_before(update_id));
                let attempt = u32::from(again || update_id < 0);
                let accepted = Accepted { seq, update_id, user: update.user, raw: entry.raw, sent, attempt };
                self.engine.deliver_here(update, accepted).await;
            }
            None => {
                if let Some(told) = told {
                    self.engine.from_peer(told.user, told.event);
                }
                self.journal.done(seq);
            }
        }
    }

    /// Marks an entry as done that nobody is at.
    fn end(&self, entry: &InboxEntry, stream: Option<String>) {
        let open = Open { update_id: entry.update_id, partition: entry.partition, stream };
        self.journal.end(open, entry.seq);
    }
}

/// The channels' readers and the search, as tasks of the current runtime.
pub fn spawn(delivery: &Arc<Delivery>) -> Vec<tokio::task::JoinHandle<()>> {
    let mut tasks: Vec<_> =
        (0..CHANNELS).map(|channel| tokio::spawn(delivery.clone().read_channel(channel))).collect();
    tasks.push(tokio::spawn(delivery.clone().search()));
    tasks
}
