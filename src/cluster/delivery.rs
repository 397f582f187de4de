//! The owner's side: entries of its partitions reach the engine, each once and in order.

mod take_over;

use super::gaps::Lasts;
use super::journal::SharedJournal;
use super::lease::Lease;
use super::partition::Partition;
use super::redis::{Redis, RedisError};
use super::streams::{self, CHANNELS, Streams};
use super::tracker::{Open, Ownership, Tracker};
use crate::store::PgStore;
use crate::store::inbox::InboxEntry;
use nameless_actors::Engine;
use nameless_actors::kernel::lock;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Journal, PeerEvent, StoreError};
use nameless_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicI16;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a read waits for new entries; a new partition is read at the next one.
pub(super) const BLOCK: Duration = Duration::from_millis(250);
/// Wait after a failed read.
const PAUSE: Duration = Duration::from_millis(200);
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
    /// Reads of what former owners left whose answers did not come: each may have counted.
    pub(super) unsure: AtomicI16,
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
                if lost {
                    self.read_again(&mine).await?;
                    lost = false;
                }
                let reader = match &mut connection {
                    Some(reader) => reader,
                    none => none.insert(self.redis.blocking()?),
                };
                reader.query::<redis::Value>(&streams::read_command(self.me, &mine, BLOCK), BLOCK).await
            };
            match read.await {
                Ok(answer) => {
                    self.streams.note(true);
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

    /// After a read that failed: its answer may have brought something, which counts as read. What
    /// is under way here comes as well, and is recognised.
    async fn read_again(&self, partitions: &[Partition]) -> Result<(), RedisError> {
        for partition in partitions {
            self.lasts[usize::from(partition.0)].lock().await.lost = true;
            for (id, entry) in streams::claim(&self.redis, self.me, *partition).await? {
                self.arrived(*partition, id, entry).await;
            }
        }
        Ok(())
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

    /// Searches it once, now, whatever the age.
    pub async fn search_now(&self) -> Result<(), StoreError> {
        let ours = lock(&self.tracker).those(Ownership::Ours);
        match ours.is_empty() {
            true => Ok(()),
            false => self.take_up(&ours, Duration::ZERO, false).await,
        }
    }

    /// Hands an entry to the engine, unless it was taken before.
    pub(super) async fn deliver(
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
                // The database may know of the first copies only, if it was away when more left.
                let marked = lock(&self.tracker).left_before(update_id);
                let sent = [sent, marked].into_iter().flatten().max_by_key(Vec::len);
                let attempt = u32::from(again || update_id < 0);
                let accepted = Accepted { seq, update_id, user: update.user, raw: entry.raw, sent, attempt };
                self.engine.deliver_here(update, accepted).await;
            }
            None => {
                if let Some(told) = told {
                    let age = self.lease.positions().age(seq);
                    self.engine.from_peer(told.user, told.event.after(age));
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
