//! The writing side of the streams: hints, in order of each writer. What is not written is left to
//! the inbox; updates are written once more, before anything else.

use super::Entry;
use super::node::Node;
use super::redis::Streamed;
use nameless_actors::kernel::lock;
use nameless_domain::ids::Seq;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Entries that wait to be written.
pub const WAITING: usize = 50_000;
/// Entries written or acknowledged at once.
const BATCH: usize = 256;
/// Updates that Redis did not take and that go first when it does.
const KEPT: usize = 8_192;
/// How long a writer that failed leaves Redis alone.
const PAUSE: Duration = Duration::from_millis(200);

/// What the writer is told.
pub enum StreamOp {
    /// Add this.
    Send(Entry),
    /// This came by stream and is done.
    Ack(usize, u64),
}

impl Node {
    /// Sends an entry. Does not wait.
    pub fn send(&self, entry: Entry) {
        let full = {
            let mut ops = lock(&self.stream_ops);
            let full = ops.len() >= WAITING;
            if !full {
                ops.push_back(StreamOp::Send(entry.clone()));
            }
            full
        };
        if full { self.unsent(entry) } else { self.streams_told.notify_one() }
    }

    /// Acknowledges an entry. One that is not acknowledged is recognised when it comes again.
    pub fn ack(&self, partition: usize, id: u64) {
        lock(&self.stream_ops).push_back(StreamOp::Ack(partition, id));
        self.streams_told.notify_one();
    }

    /// Updates are in the shared journal anyway; what nodes tell each other goes there only now.
    fn unsent(&self, entry: Entry) {
        if entry.id < 0 {
            self.append_event(entry);
        }
    }

    /// Writes for ever.
    pub async fn write_streams(self: Arc<Self>) {
        let mut previous: BTreeMap<usize, Seq> = BTreeMap::new();
        let mut kept: VecDeque<Streamed> = VecDeque::new();
        loop {
            let ops: Vec<StreamOp> = {
                let mut ops = lock(&self.stream_ops);
                let n = ops.len().min(BATCH);
                ops.drain(..n).collect()
            };
            if ops.is_empty() {
                self.streams_told.notified().await;
                continue;
            }
            let mut sends: Vec<Streamed> = kept.drain(..).collect();
            let mut acks = Vec::new();
            for op in ops {
                match op {
                    StreamOp::Send(entry) => {
                        let before = previous.get(&entry.partition).copied().unwrap_or(Seq(0));
                        if entry.id >= 0 {
                            previous.insert(entry.partition, entry.seq);
                        }
                        sends.push(Streamed { entry, previous: before, writer: self.life.number });
                    }
                    StreamOp::Ack(partition, id) => acks.push((partition, id)),
                }
            }
            let written = self.world.redis(&self.life, |state| {
                let n = sends.len() as i64;
                if n > 0 {
                    state.event("streamed", [self.life.number as i64, n, 0]);
                }
                let Some(cluster) = &mut state.cluster else { return };
                sends.iter().for_each(|streamed| cluster.redis.add(streamed.clone()));
                acks.iter().for_each(|&(partition, id)| cluster.redis.ack(partition, id));
            });
            if written.await.is_ok() {
                self.world.streamed.notify_waiters();
            } else {
                self.up.store(false, Ordering::SeqCst);
                self.failed.store(true, Ordering::SeqCst);
                let (updates, words): (Vec<_>, Vec<_>) = sends.into_iter().partition(|one| one.entry.id >= 0);
                words.into_iter().for_each(|streamed| self.unsent(streamed.entry));
                let over = updates.len().saturating_sub(KEPT);
                kept.extend(updates.into_iter().skip(over));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
