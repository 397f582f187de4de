//! What was accepted and not finished: by a former owner, or while no stream brought it.

use super::Delivery;
use crate::cluster::partition::Partition;
use crate::cluster::redis_marks::Marks;
use crate::cluster::streams::{self, CHANNELS};
use crate::cluster::tracker::Open;
use crate::store::inbox::{InboxEntry, Unfinished};
use nameless_actors::kernel::lock;
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{Journal, StoreError};
use nameless_domain::ids::Seq;
use rustc_hash::FxHashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Behind every position.
const LAST: Seq = Seq(u64::MAX);
/// An update that was taken up so often by owner after owner kills them: it is put aside.
const ATTEMPTS: i16 = 5;

/// One that was taken up more often than this is tried by itself.
const SUSPECT: i16 = 2;
/// How long one of them, and all of them, are waited for. What kills does so at once; what waits
/// for Telegram or the store must not keep everybody waiting. How often it is looked.
const SUSPECT_WAIT: Duration = Duration::from_millis(500);
const SUSPECTS: Duration = Duration::from_secs(10);
const SUSPECT_LOOK: Duration = Duration::from_millis(5);

impl Delivery {
    /// Takes up what a former owner left in these partitions; from then on their users live here.
    pub async fn take_over(&self, partitions: &[Partition]) -> Result<(), StoreError> {
        let _ = self.journal.flush().await;
        // What can fail first: reading the unfinished counts an attempt at each, and too many put
        // them aside.
        let seen = self.store.seen_updates(partitions.to_vec()).await?;
        let (read_ago, now) = (lock(&self.tracker).read_ago(), std::time::Instant::now());
        let blocks = self.store.seen_blocks(read_ago).await?;
        let unfinished = self.store.unfinished(partitions.to_vec(), Duration::ZERO, Vec::new(), LAST).await;
        let mut unfinished = unfinished.inspect_err(|_| _ = self.unsure.fetch_add(1, Ordering::Relaxed))?;
        self.count_once(&mut unfinished).await;
        // Best effort: without them what left while PostgreSQL was away is sent again.
        let marks = Marks::new(self.redis.clone()).read(partitions).await;
        let marks =
            marks.inspect_err(|cause| tracing::warn!(%cause, "a former owner's marks cannot be read"));
        {
            let mut tracker = lock(&self.tracker);
            tracker.remember_blocks(now, blocks);
            unfinished.iter().for_each(|u| self.lease.positions().observe(u.entry.seq));
            let now = self.lease.positions().now();
            partitions.iter().for_each(|p| tracker.bear(*p, now));
            tracker.remember(seen);
            tracker.inherit(marks.unwrap_or_default());
        }
        if !unfinished.is_empty() {
            tracing::info!(updates = unfinished.len(), "finishing what other nodes accepted");
        }
        // With what came before it in its partition, so that each user's order holds.
        let mut last: FxHashMap<Partition, Seq> = FxHashMap::default();
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

    /// What was unfinished each time that one owner after the other ended goes first, one by one:
    /// if one of them ends this process as well, it alone is counted once more, and what stood
    /// behind it is not put aside with it.
    async fn deliver_suspects(&self, suspects: Vec<Unfinished>) {
        let until = Instant::now() + SUSPECTS;
        let ids: Vec<i64> = suspects.iter().map(|one| one.entry.update_id).collect();
        self.count(ids, -1).await;
        for one in suspects {
            let id = one.entry.update_id;
            self.count(vec![id], 1).await;
            self.deliver_unfinished(one, true).await;
            let wait = (Instant::now() + SUSPECT_WAIT).min(until);
            while lock(&self.tracker).knows(id) && Instant::now() < wait {
                tokio::time::sleep(SUSPECT_LOOK).await;
            }
            self.count(vec![id], -1).await;
        }
    }

    /// Reads whose answers were lost have counted, perhaps, though nobody was at anything: taken
    /// for tries, they would put aside what is innocent.
    async fn count_once(&self, unfinished: &mut [Unfinished]) {
        let unsure = self.unsure.swap(0, Ordering::Relaxed).min(ATTEMPTS);
        if unsure > 0 {
            unfinished.iter_mut().for_each(|one| one.attempts = (one.attempts - unsure).max(1));
            self.count(unfinished.iter().map(|one| one.entry.update_id).collect(), -unsure).await;
        }
    }

    async fn count(&self, ids: Vec<i64>, by: i16) {
        if !ids.is_empty()
            && let Err(cause) = self.store.count_attempts(ids, by).await
        {
            tracing::warn!(%cause, "how often updates were tried cannot be noted");
        }
    }

    /// Goes on with partitions that were to be given away and stay.
    pub async fn resume(&self, partitions: &[Partition]) {
        // Unlike a former owner's, what is under way here is no failed attempt.
        if let Err(cause) = self.take_up(partitions, Duration::ZERO, false).await {
            tracing::debug!(%cause, "the shared journal could not be searched");
        }
        self.settle(partitions).await;
    }

    /// Brings partitions that are being taken over up to now; they are ours then.
    async fn settle(&self, partitions: &[Partition]) {
        for partition in partitions {
            // Since the unfinished were read a stream may have been lost and begun anew.
            self.lasts[usize::from(partition.0)].lock().await.lost = true;
            match streams::claim(&self.redis, self.me, *partition).await {
                Ok(entries) => {
                    for (id, entry) in entries {
                        self.arrived(*partition, id, entry).await;
                    }
                }
                // No stream yet, or Redis is away: what is in it is in the shared journal.
                Err(cause) => tracing::debug!(%cause, "a stream could not be claimed"),
            }
        }
        self.catch_up(partitions).await;
        // Redis may have gone since, and with it what Telegram was told is in a stream. The readers
        // look behind a failure for what is ours by then alone.
        for partition in partitions {
            self.lasts[usize::from(partition.0)].lock().await.lost = true;
        }
        // Last what this node itself accepted meanwhile. From the moment on that nothing more is
        // held, it takes what it accepts without this way round.
        loop {
            let held = lock(&self.tracker).next_held(partitions);
            if held.is_empty() {
                return;
            }
            for entry in held {
                self.deliver(entry, None, false, None).await;
            }
        }
    }

    /// Reads what others have sent to these partitions up to now.
    async fn catch_up(&self, partitions: &[Partition]) {
        for channel in 0..CHANNELS {
            let mine: Vec<Partition> =
                partitions.iter().copied().filter(|p| streams::channel(*p) == channel).collect();
            if mine.is_empty() || streams::ensure_groups(&self.redis, &mine).await.is_err() {
                continue;
            }
            loop {
                let read = self.redis.query(&streams::read_now_command(self.me, &mine)).await;
                let streams = read.map(streams::read_answer).unwrap_or_default();
                if streams.is_empty() {
                    break;
                }
                for (partition, entries) in streams {
                    for (id, entry) in entries {
                        self.arrived(partition, id, entry).await;
                    }
                }
            }
        }
    }

    /// Takes up what is unfinished and not known here. From the moment on that the journal says so
    /// of an update, Telegram may send its user's next one: nothing comes by stream meanwhile where
    /// something was found.
    pub(super) async fn take_up(
        &self,
        partitions: &[Partition],
        age: Duration,
        again: bool,
    ) -> Result<(), StoreError> {
        let known = lock(&self.tracker).known_ids();
        let found = self.store.waiting(partitions.to_vec(), age, known).await?;
        if found.is_empty() {
            return Ok(());
        }
        let mut turns = Vec::with_capacity(found.len());
        // In ascending order, whoever else takes several.
        for partition in &found {
            turns.push(self.lasts[usize::from(partition.0)].lock().await);
        }
        let known = lock(&self.tracker).known_ids();
        for one in self.store.unfinished(found, age, known, LAST).await? {
            self.deliver_unfinished(one, again).await;
        }
        Ok(())
    }

    pub(in crate::cluster) async fn deliver_unfinished(&self, one: Unfinished, again: bool) {
        let Unfinished { entry, sent, attempts } = one;
        let again = again || attempts > 1;
        if attempts > ATTEMPTS {
            if !self.put_aside(&entry).await {
                self.end(&entry, None);
            }
            return;
        }
        self.deliver(entry, sent, again, None).await;
    }

    /// Keeps an update that kills its owners as a dead letter; whether it is one of a user.
    async fn put_aside(&self, entry: &InboxEntry) -> bool {
        let Some(update) = self.engine.env().decoder.decode(&entry.raw) else { return false };
        let InboxEntry { update_id, partition, seq, ref raw } = *entry;
        {
            let mut tracker = lock(&self.tracker);
            let takes = tracker.ownership(partition).takes();
            if !takes || !tracker.take(seq, Open { update_id, partition, stream: None }) {
                return true;
            }
        }
        let raw = raw.clone();
        let accepted = Accepted { seq, update_id, user: update.user, raw, sent: None, attempt: 1 };
        self.engine.put_aside(accepted, format!("taken up {ATTEMPTS} times by node after node")).await;
        true
    }
}
