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

/// How often a gap is tried to be filled, and how long after the last try.
const FILLS: usize = 3;
const FILL_AGAIN: Duration = Duration::from_millis(20);

/// What is known of a partition's stream.
#[derive(Default)]
pub struct Lasts {
    /// The last position of an update that came from each writer, or was sent before word of it.
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
        let newest = if entry.id >= 0 { entry.seq } else { previous };
        if newest > Seq(0) {
            lasts.by_writer.insert(writer, newest.max(last.unwrap_or(Seq(0))));
        }
        if writer != self.node.life.number && last.unwrap_or(Seq(0)) < previous {
            lasts.lost = !self.close_gap(partition, previous, entry.seq).await;
        } else if entry.id >= 0 && (lasts.lost || last.is_none()) {
            lasts.lost = !self.fill(partition, entry.seq).await;
        }
        self.deliver(entry, None, false, Some(id)).await;
    }

    /// Entries before this one did not come by stream: they are taken from the shared journal
    /// first. False if they could not be.
    async fn close_gap(&self, partition: usize, previous: Seq, before: Seq) -> bool {
        let (world, life) = (&self.node.world, &self.node.life);
        world.lock().trace.count("gap in a stream");
        let until = Instant::now() + GAP;
        while previous != Seq(0) && self.node.lease.positions.age(previous) < GAP {
            let looking = world.store(life, Way::LEASE, |state| {
                state.cluster.as_ref().is_some_and(|cluster| cluster.has_entry(partition, previous))
            });
            match looking.await {
                Ok(false) if Instant::now() < until => sleep(Duration::from_millis(10)).await,
                Ok(_) | Err(_) => break,
            }
        }
        self.fill(partition, before).await
    }

    /// Takes what is before `before` from the shared journal; false if it does not answer.
    async fn fill(&self, partition: usize, before: Seq) -> bool {
        for _ in 0..FILLS {
            let known = lock(&self.node.tracker).known_ids();
            if let Ok(found) = self.unfinished(&[partition], Duration::ZERO, known, before).await {
                for one in found {
                    self.deliver_unfinished(one, false).await;
                }
                return true;
            }
            sleep(FILL_AGAIN).await;
        }
        false
    }
}
