//! What a stream did not bring, though it was sent: an entry behind such a gap waits until the
//! shared journal has been looked at, so that nobody's updates overtake each other.

use super::delivery::Delivery;
use super::partition::Partition;
use super::streams::Entry;
use crate::store::inbox::InboxEntry;
use nameless_actors::kernel::lock;
use nameless_domain::ids::Seq;
use rustc_hash::FxHashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a gap is waited for: its update is being written into the shared journal at this
/// moment.
const GAP: Duration = Duration::from_secs(3);

/// How often a gap is tried to be filled, and how long after the last try.
const FILLS: usize = 3;
const FILL_AGAIN: Duration = Duration::from_millis(20);

/// What is known of a partition's stream.
#[derive(Debug, Default)]
pub struct Lasts {
    /// The last update's position that each writer's entries have told of. Word between nodes says
    /// only what was sent before it: who has told others of something may never have sent an
    /// update.
    by_writer: FxHashMap<i64, Seq>,
    /// Something may have been in the stream and be there no more. Whoever sent it has told
    /// Telegram that it is, so what comes now may be the same user's next.
    pub(super) lost: bool,
}

/// What is to be done before an entry is handed on.
#[derive(Debug, PartialEq, Eq)]
enum Before {
    /// Nothing.
    Nothing,
    /// What its writer sent before it is on its way into the shared journal, or there.
    CloseGap,
    /// Something older may be in the shared journal.
    Fill,
}

impl Lasts {
    /// Notes an entry that came by stream, read by node `me`. One that comes again says nothing
    /// new.
    fn note(&mut self, me: i64, entry: &Entry) -> Before {
        let last = self.by_writer.get(&entry.writer).copied();
        let newest = if entry.update_id >= 0 { entry.seq } else { entry.previous };
        if newest > Seq(0) {
            self.by_writer.insert(entry.writer, newest.max(last.unwrap_or(Seq(0))));
        }
        let before = if entry.writer != me && last.unwrap_or(Seq(0)) < entry.previous {
            Before::CloseGap
        } else if entry.update_id >= 0 && (self.lost || last.is_none()) {
            // Who begins to write here may have taken the place of a poller that died with the
            // same user's update accepted and not sent on.
            Before::Fill
        } else {
            Before::Nothing
        };
        if before != Before::Nothing {
            self.lost = false;
        }
        before
    }
}

impl Delivery {
    /// An entry came by stream.
    pub(super) async fn arrived(&self, partition: Partition, id: String, entry: Entry) {
        let mut lasts = self.lasts[usize::from(partition.0)].lock().await;
        let filled = match lasts.note(self.me, &entry) {
            Before::Nothing => true,
            Before::CloseGap => self.close_gap(partition, &entry).await,
            Before::Fill => self.fill(partition, entry.seq).await,
        };
        // Chats go on without PostgreSQL; the next entry asks again.
        lasts.lost |= !filled;
        let Ok(raw) = self.store.keys().open_update(entry.update_id, &entry.sealed) else {
            tracing::error!(partition = partition.0, "an entry of a stream does not open under our key");
            return self.streams.ack_entry(partition, id);
        };
        let entry = InboxEntry { update_id: entry.update_id, partition, seq: entry.seq, raw };
        self.deliver(entry, None, false, Some(id)).await;
    }

    /// Entries before this one did not come by stream: they are taken from the shared journal
    /// first. False if they could not be.
    async fn close_gap(&self, partition: Partition, entry: &Entry) -> bool {
        let until = Instant::now() + GAP;
        // What was accepted before GAP is there, or was done and dropped long ago.
        while entry.previous != Seq(0) && self.lease.positions().age(entry.previous) < GAP {
            match self.store.has_entry(partition, entry.previous).await {
                Ok(false) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(10)).await,
                Ok(_) => break,
                Err(cause) => {
                    tracing::debug!(%cause, "a gap in a stream is filled without waiting for its update");
                    break;
                }
            }
        }
        self.fill(partition, entry.seq).await
    }

    /// Takes what is before `seq` from the shared journal. An answer may be lost where PostgreSQL
    /// is well: what has come would overtake what it said.
    async fn fill(&self, partition: Partition, seq: Seq) -> bool {
        for _ in 0..FILLS {
            let known = lock(&self.tracker).known_ids();
            match self.store.unfinished(vec![partition], Duration::ZERO, known, seq).await {
                Ok(unfinished) => {
                    for one in unfinished {
                        self.deliver_unfinished(one, false).await;
                    }
                    return true;
                }
                Err(cause) => tracing::warn!(%cause, "a gap in a stream could not be filled"),
            }
            tokio::time::sleep(FILL_AGAIN).await;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(writer: i64, update_id: i64, seq: u64, previous: u64) -> Entry {
        Entry { update_id, seq: Seq(seq), previous: Seq(previous), writer, sealed: Vec::new() }
    }

    #[test]
    fn a_writer_that_is_new_may_have_followed_one_that_died() {
        let mut lasts = Lasts::default();
        assert_eq!(lasts.note(1, &entry(2, 10, 5, 0)), Before::Fill, "its first");
        assert_eq!(lasts.note(1, &entry(2, 11, 6, 5)), Before::Nothing);
        assert_eq!(lasts.note(1, &entry(3, 12, 8, 0)), Before::Fill, "the next poller's first");
        assert_eq!(lasts.note(1, &entry(3, 13, 10, 9)), Before::CloseGap, "one is missing");
        assert_eq!(lasts.note(1, &entry(4, -11, 11, 0)), Before::Nothing, "word between nodes has no order");
        assert_eq!(lasts.note(1, &entry(4, 14, 12, 0)), Before::Fill, "its first update, behind its word");
        let own = entry(1, 15, 14, 12);
        assert_eq!(lasts.note(1, &own), Before::Fill, "what this node wrote itself is waited for by nobody");
    }

    #[test]
    fn word_between_nodes_is_no_link_and_what_comes_again_no_gap() {
        let mut lasts = Lasts::default();
        lasts.note(1, &entry(2, 10, 5, 0));
        assert_eq!(lasts.note(1, &entry(2, -6, 6, 5)), Before::Nothing);
        assert_eq!(lasts.note(1, &entry(2, 11, 8, 5)), Before::Nothing, "word (7) was lost: no update was");
        assert_eq!(lasts.note(1, &entry(2, 10, 5, 0)), Before::Nothing, "again");
        assert_eq!(lasts.note(1, &entry(2, 12, 9, 8)), Before::Nothing);
        assert_eq!(lasts.note(1, &entry(2, -11, 11, 10)), Before::CloseGap, "an update (10) was lost");
    }

    #[test]
    fn a_stream_that_may_have_lost_something_is_looked_behind_once() {
        let mut lasts = Lasts::default();
        lasts.note(1, &entry(2, 10, 5, 0));
        lasts.lost = true;
        assert_eq!(lasts.note(1, &entry(2, -11, 6, 5)), Before::Nothing);
        assert_eq!(lasts.note(1, &entry(2, 12, 7, 5)), Before::Fill);
        assert_eq!(lasts.note(1, &entry(2, 13, 8, 7)), Before::Nothing);
    }
}
