//! What a stream did not bring, though it was sent.

use super::delivery::Delivery;
use super::redis::Streamed;
use crate::store_port::Way;
use nameless_actors::kernel::lock;
use nameless_domain::ids::Seq;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a gap is waited for.
const GAP: Duration = Duration::from_secs(3);

/// What is known of a partition's stream.
#[derive(Default)]
pub struct Lasts {
    /// The last position that came from each writer.
    by_writer: BTreeMap<u64, Seq>,
    /// Something may have been in the stream and be there no more.
    pub(super) lost: bool,
}

impl Delivery {
    /// An entry came by stream.
    pub(super) async fn arrived(&self, partition: usize, id: u64, streamed: Streamed) {
        let Streamed { entry, previous, writer } = streamed;
        let mut lasts = self.lasts[partition].lock().await;
        let last = lasts.by_writer.get(&writer).copied();
        lasts.by_writer.insert(writer, entry.seq.max(last.unwrap_or(Seq(0))));
        if writer != self.node.life.number && last.unwrap_or(Seq(0)) < previous {
            self.close_gap(partition, previous, entry.seq).await;
            lasts.lost = false;
        } else if entry.id >= 0 && (lasts.lost || last.is_none()) {
            self.fill(partition, entry.seq).await;
            lasts.lost = false;
        }
        self.deliver(entry, None, false, Some(id)).await;
    }

    /// Entries before this one did not come by stream: they are taken from the shared journal
    /// first.
    async fn close_gap(&self, partition: usize, previous: Seq, before: Seq) {
        let (world, life) = (&self.node.world, &self.node.life);
        world.lock().trace.count("gap in a stream");
        let until = Instant::now() + GAP;
        while previous != Seq(0) && self.node.lease.positions.age(previous) < GAP {
            let looking = world.store(life, Way::LEASE, |state| {
                state.cluster.as_ref().is_some_and(|cluster| cluster.has_entry(partition, previous))
            });
            match looking.await {
                Ok(false) if Instant::now() < until => sleep(Duration::from_millis(10)).await,
                Ok(_) => break,
                Err(_) => return,
            }
        }
        self.fill(partition, before).await;
    }

    /// Takes what is before `before` from the shared journal.
    async fn fill(&self, partition: usize, before: Seq) {
        let known = lock(&self.node.tracker).known_ids();
        let found = self.unfinished(&[partition], Duration::ZERO, known, before).await;
        for one in found.unwrap_or_default() {
            self.deliver_unfinished(one, false).await;
        }
    }
}
