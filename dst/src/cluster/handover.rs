//! Partitions on their way to the other node, and back if they cannot go.

use super::delivery::{BLOCK, Delivery};
use super::node::Node;
use super::partition_of;
use super::tracker::Ownership;
use crate::store_port::Way;
use crate::world::State;
use nameless_actors::kernel::lock;
use nameless_actors::ports::{Journal, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long users of partitions that are given away have to finish what is under way.
pub const MOVE: Duration = Duration::from_secs(10);
/// How often it is looked for partitions in which nothing is under way any more.
const LOOK: Duration = Duration::from_millis(50);
/// How long a partition that could not be given away is left alone, milliseconds.
const BUSY: i64 = 30_000;

impl Node {
    /// Up to `surplus` of our partitions that may be given away now.
    pub(super) fn spare(&self, surplus: usize) -> Vec<usize> {
        let now = self.world.lock().now();
        let mut busy = lock(&self.busy);
        busy.retain(|_, until| *until > now);
        let ours = lock(&self.tracker).those(Ownership::Ours);
        ours.into_iter().rev().filter(|p| !busy.contains_key(p)).take(surplus).collect()
    }

    /// Gives partitions away, each once what is under way in it is done. Those that take longer
    /// than `within` are kept, unless this node leaves (`for_good`).
    pub(super) async fn give(
        &self,
        delivery: &Delivery,
        partitions: Vec<usize>,
        within: Duration,
        for_good: bool,
    ) -> Result<(), StoreError> {
        if partitions.is_empty() {
            return Ok(());
        }
        lock(&self.tracker).set(&partitions, Ownership::MovingOut);
        let until = Instant::now() + within;
        sleep(BLOCK + BLOCK / 2).await;
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
                sleep(LOOK).await;
            }
        }
        if !left.is_empty() && !for_good {
            if result.is_ok() {
                let rest = self.world.lock().now() + BUSY;
                lock(&self.busy).extend(left.iter().map(|&p| (p, rest)));
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
        partitions: Vec<usize>,
        within: Duration,
    ) -> Result<(), StoreError> {
        let leaving = partitions.clone();
        let kept = async {
            delivery.engine.move_out(Arc::new(move |user| !leaving.contains(&partition_of(user)))).await;
            self.flush().await
        };
        if !matches!(timeout(within, kept).await, Ok(Ok(()))) {
            self.resume(delivery, &partitions).await;
            return Err(StoreError::Unavailable("what moves out could not be kept in time".into()));
        }
        let (me, token) = (self.life.number, self.newest_token());
        let release = |state: &mut State| {
            state.event("released", [me as i64, partitions.len() as i64, 0]);
            state.trace.count("partitions moved");
            state.cluster.as_mut().map(|cluster| cluster.release(me, token, &partitions))
        };
        self.world.store(&self.life, Way::LEASE, release).await?;
        lock(&self.tracker).set(&partitions, Ownership::Foreign);
        Ok(())
    }

    /// Users of these partitions live on here: first what went into their streams meanwhile.
    async fn resume(&self, delivery: &Delivery, partitions: &[usize]) {
        lock(&self.tracker).set(partitions, Ownership::TakingOver);
        delivery.resume(partitions).await;
    }

    /// Brings the tracker to agree with the table where a reply was lost.
    pub(super) async fn reconcile(
        &self,
        delivery: &Delivery,
        owned: &[(usize, u64)],
    ) -> Result<(), StoreError> {
        let (closed, forgotten) = {
            let tracker = lock(&self.tracker);
            let foreign = owned.iter().map(|(p, _)| *p);
            let foreign: Vec<usize> =
                foreign.filter(|&p| tracker.ownership(p) == Ownership::Foreign).collect();
            (tracker.those(Ownership::Closed), foreign)
        };
        if !forgotten.is_empty() {
            self.take(delivery, forgotten).await;
        }
        if closed.is_empty() {
            return Ok(());
        }
        let me = self.life.number;
        let retake = |state: &mut State| {
            state.cluster.as_mut().map(|cluster| cluster.retake(me, &closed)).unwrap_or_default()
        };
        let retaken = self.world.store(&self.life, Way::LEASE, retake).await?;
        self.observe_tokens(&retaken);
        let retaken: Vec<usize> = retaken.into_iter().map(|(p, _)| p).collect();
        let gone: Vec<usize> = closed.into_iter().filter(|p| !retaken.contains(p)).collect();
        lock(&self.tracker).set(&gone, Ownership::Foreign);
        if !retaken.is_empty() {
            self.resume(delivery, &retaken).await;
        }
        Ok(())
    }

    /// Gives everything away within `within`, to leave.
    pub(super) async fn leave(&self, delivery: &Delivery, within: Duration) -> Result<(), StoreError> {
        let me = self.life.number;
        let leaving = |state: &mut State| {
            let row = state.cluster.as_mut().and_then(|cluster| cluster.nodes.get_mut(&me));
            row.into_iter().for_each(|row| row.leaving = true);
        };
        self.world.store(&self.life, Way::LEASE, leaving).await?;
        let ours = lock(&self.tracker).those(Ownership::Ours);
        self.give(delivery, ours, within, true).await
    }
}
