//! Partitions on their way to other nodes, and back if they cannot go.
//!
//! A partition goes as soon as nothing is under way in it, neither an update nor the telling of a
//! job's end; one whose users are busy for too long stays and is left alone for a while, so that a
//! slow chat holds up itself and nobody else.
//! Between the moment that nothing is under way and the next owner's first look nothing is taken
//! here ([`Ownership::Closed`]).

use super::delivery::{self, Delivery};
use super::node::Node;
use super::partition::Partition;
use super::tracker::Ownership;
use nameless_actors::kernel::lock;
use nameless_actors::ports::{Journal, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long users of partitions that are given away have to finish what is under way.
pub(super) const MOVE: Duration = Duration::from_secs(10);
/// How often it is looked for partitions in which nothing is under way any more.
const LOOK: Duration = Duration::from_millis(50);
/// How long a partition that could not be given away is left alone.
const BUSY: Duration = Duration::from_secs(30);

impl Node {
    /// Up to `surplus` of our partitions that may be given away now.
    pub(super) fn spare(&self, surplus: usize) -> Vec<Partition> {
        let mut busy = lock(&self.busy);
        busy.retain(|_, until| *until > Instant::now());
        let ours = lock(&self.tracker).those(Ownership::Ours);
        ours.into_iter().rev().filter(|p| !busy.contains_key(p)).take(surplus).collect()
    }

    /// Gives partitions away, each once what is under way in it is done. Those that take longer
    /// than `within` are kept, unless this node leaves (`for_good`).
    pub(super) async fn give(
        &self,
        delivery: &Delivery,
        partitions: Vec<Partition>,
        within: Duration,
        for_good: bool,
    ) -> Result<(), StoreError> {
        if partitions.is_empty() {
            return Ok(());
        }
        {
            let mut tracker = lock(&self.tracker);
            partitions.iter().for_each(|p| tracker.set(*p, Ownership::MovingOut));
        }
        let until = Instant::now() + within;
        // A read that began before brings entries of these partitions for so long; they are still
        // handled here.
        tokio::time::sleep(delivery::BLOCK + delivery::BLOCK / 2).await;
        delivery.engine.release_albums();
        let mut left = partitions;
        let mut result = Ok(());
        while !left.is_empty() && result.is_ok() {
            let idle = lock(&self.tracker).close_idle(&left);
            if !idle.is_empty() {
                left.retain(|p| !idle.contains(p));
                let time = until.saturating_duration_since(Instant::now()).max(LOOK);
                result = self.part_with(delivery, idle, time).await;
            } else if Instant::now() >= until || self.is_leaving() && !for_good {
                break;
            } else {
                tokio::time::sleep(LOOK).await;
            }
        }
        if !left.is_empty() && !for_good {
            // Where it was the store that failed, the next beat tries again.
            if result.is_ok() {
                tracing::info!(
                    partitions = left.len(),
                    "partitions stay: something is still under way in them"
                );
                let rest = Instant::now() + BUSY;
                let mut busy = lock(&self.busy);
                busy.extend(left.iter().map(|p| (*p, rest)));
            }
            self.resume(delivery, &left).await;
        }
        result
    }

    /// Parts with closed partitions. If it is not known whether the table knows, they stay closed
    /// until [`Node::reconcile`] has asked it.
    async fn part_with(
        &self,
        delivery: &Delivery,
        partitions: Vec<Partition>,
        within: Duration,
    ) -> Result<(), StoreError> {
        let leaving = partitions.clone();
        let kept = async {
            delivery.engine.move_out(Arc::new(move |user| !leaving.contains(&Partition::of(user)))).await;
            self.journal.flush().await
        };
        if !matches!(tokio::time::timeout(within, kept).await, Ok(Ok(()))) {
            self.resume(delivery, &partitions).await;
            return Err(StoreError::Unavailable("what moves out could not be kept in time".into()));
        }
        self.store.release_partitions(self.id(), self.newest_token(), partitions.clone()).await?;
        let mut tracker = lock(&self.tracker);
        partitions.iter().for_each(|p| tracker.set(*p, Ownership::Foreign));
        tracing::info!(partitions = partitions.len(), "users of these partitions have moved out");
        Ok(())
    }

    /// Users of these partitions live on here: first what went into their streams meanwhile.
    async fn resume(&self, delivery: &Delivery, partitions: &[Partition]) {
        {
            let mut tracker = lock(&self.tracker);
            partitions.iter().for_each(|p| tracker.set(*p, Ownership::TakingOver));
        }
        delivery.resume(partitions).await;
    }

    /// Brings the tracker to agree with the table where a reply was lost. `owned` is what the table
    /// says now.
    pub(super) async fn reconcile(
        &self,
        delivery: &Delivery,
        owned: &[(Partition, i64)],
    ) -> Result<(), StoreError> {
        let (closed, forgotten) = {
            let tracker = lock(&self.tracker);
            let foreign = |p: &Partition| tracker.ownership(*p) == Ownership::Foreign;
            let forgotten: Vec<Partition> = owned.iter().map(|(p, _)| *p).filter(foreign).collect();
            (tracker.those(Ownership::Closed), forgotten)
        };
        if !forgotten.is_empty() {
            tracing::warn!(partitions = forgotten.len(), "partitions are ours and nobody had told us");
            self.take(delivery, forgotten).await;
        }
        if !closed.is_empty() {
            // A new token: a release that is still on its way to the database changes nothing any
            // more.
            let retaken = self.store.retake_partitions(self.id(), closed.clone()).await?;
            self.observe_tokens(&retaken);
            let retaken: Vec<Partition> = retaken.into_iter().map(|(partition, _)| partition).collect();
            {
                let mut tracker = lock(&self.tracker);
                closed
                    .iter()
                    .filter(|p| !retaken.contains(p))
                    .for_each(|p| tracker.set(*p, Ownership::Foreign));
            }
            if !retaken.is_empty() {
                self.resume(delivery, &retaken).await;
            }
        }
        Ok(())
    }

    /// Gives everything away within `within`, to leave.
    pub(super) async fn leave(&self, delivery: &Delivery, within: Duration) -> Result<(), StoreError> {
        self.store.node_is_leaving(self.id()).await?;
        let ours = lock(&self.tracker).those(Ownership::Ours);
        self.give(delivery, ours, within, true).await?;
        tracing::info!(node = self.id(), "users have moved out");
        Ok(())
    }
}
