//! The shared journal's one writer of a life: to the database; while that is away to this machine's
//! disk, with the marks of what left in Redis for whoever takes over.

use super::inbox::Batch;
use super::journal::{Op, Waiter};
use super::node::Node;
use super::tracker::Open;
use super::{Entry, Mark, OnDisk};
use crate::store_port::Way;
use nameless_actors::kernel::lock;
use nameless_actors::ports::{JournalError, StoreError};
use nameless_domain::ids::{MessageId, Seq};
use std::collections::{BTreeSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a batch may take before the database counts as away.
const WRITE: Duration = Duration::from_secs(2);
/// How long it may take before its marks, and those behind it, go to Redis as well.
const SLOW: Duration = Duration::from_millis(100);
/// The same while the database is away and tried again.
const AWAY: Duration = Duration::from_millis(5);
/// How long Redis may take for marks.
const NOTE: Duration = Duration::from_millis(300);
/// How often a database that is away is tried.
const AGAIN: Duration = Duration::from_millis(500);

type Marked = (usize, i64, Mark);
type Sent = (usize, i64, Vec<MessageId>);

#[derive(Default)]
struct Round {
    entries: Vec<Entry>,
    sent: Vec<Sent>,
    done: Vec<(Open, Seq)>,
    waiting: Vec<Waiter>,
}

impl Round {
    fn add(&mut self, op: Op) {
        match op {
            Op::Append(entries, waiter) => {
                self.entries.extend(entries);
                self.waiting.extend(waiter);
            }
            Op::Sent(partition, id, copies) => self.sent.push((partition, id, copies)),
            Op::Done(open, seq) => self.done.push((open, seq)),
            Op::Flush(waiter) => self.waiting.push(waiter),
        }
    }

    fn marks(&self) -> Vec<Marked> {
        let sent = self.sent.iter().map(|(p, id, copies)| (*p, *id, Mark::Sent(copies.clone())));
        sent.chain(self.done.iter().map(|(open, _)| (open.partition, open.id, Mark::Done))).collect()
    }
}

fn batch(entries: Vec<Entry>, sent: &[Sent], done: &[(Open, Seq)]) -> Batch {
    Batch {
        entries,
        sent: sent.iter().map(|(_, id, copies)| (*id, copies.clone())).collect(),
        done: done.iter().map(|(open, seq)| (open.id, open.partition, *seq)).collect(),
    }
}

fn mark(op: &Op) -> Option<Marked> {
    match op {
        Op::Sent(partition, id, copies) => Some((*partition, *id, Mark::Sent(copies.clone()))),
        Op::Done(open, _) => Some((open.partition, open.id, Mark::Done)),
        Op::Append(..) | Op::Flush(_) => None,
    }
}

/// See the module's text.
pub struct Writer {
    node: Arc<Node>,
    /// What waits for the database to come back; its entries are on this machine's disk.
    entries: VecDeque<Entry>,
    sent: Vec<Sent>,
    done: Vec<(Open, Seq)>,
    /// Taken while a slow batch was under way; their marks are noted.
    ahead: VecDeque<Op>,
    /// When the database that is away is tried next.
    away: Option<Instant>,
    /// Partitions that have marks in Redis.
    marked: BTreeSet<usize>,
}

impl Writer {
    /// The writer of a life. What this machine's disk holds of a former one is written first.
    pub fn new(node: Arc<Node>) -> Writer {
        let kept: Vec<OnDisk> = {
            let mut state = node.world.lock();
            state.disk(&node.life).map(|disk| disk.entries.values().cloned().collect()).unwrap_or_default()
        };
        let mut entries: Vec<Entry> = kept.iter().map(|one| one.entry.clone()).collect();
        entries.sort_by_key(|entry| entry.seq);
        let sent = kept.into_iter().filter_map(|one| Some((one.entry.partition, one.entry.id, one.sent?)));
        Writer {
            sent: sent.collect(),
            node,
            entries: entries.into(),
            done: Vec::new(),
            ahead: VecDeque::new(),
            away: None,
            marked: BTreeSet::new(),
        }
    }

    fn has_backlog(&self) -> bool {
        !(self.entries.is_empty() && self.sent.is_empty() && self.done.is_empty())
    }

    fn next_op(&mut self) -> Option<Op> {
        self.ahead.pop_front().or_else(|| lock(&self.node.ops).pop_front())
    }

    /// Writes for ever.
    pub async fn run(mut self) {
        self.settle_former_life().await;
        let node = self.node.clone();
        loop {
            self.drain_backlog().await;
            let Some(first) = self.next_op() else {
                match self.away {
                    Some(at) => _ = tokio::time::timeout_at(at, node.told.notified()).await,
                    None if self.has_backlog() => {}
                    None => node.told.notified().await,
                }
                continue;
            };
            let mut round = Round::default();
            round.add(first);
            while let Some(op) = self.next_op() {
                round.add(op);
            }
            self.write(round).await;
        }
    }

    /// What this machine accepted in a former life, and finished without living to say so.
    async fn settle_former_life(&mut self) {
        let partitions: Vec<usize> = self.entries.iter().map(|entry| entry.partition).collect();
        if partitions.is_empty() {
            return;
        }
        let node = self.node.clone();
        let Ok(marks) = node.read_marks(&partitions).await else { return };
        for entry in std::mem::take(&mut self.entries) {
            match marks.get(&entry.id) {
                Some(Mark::Done) => self.off_disk(entry.id),
                mark => {
                    if let Some(Mark::Sent(copies)) = mark {
                        self.sent.push((entry.partition, entry.id, copies.clone()));
                    }
                    self.entries.push_back(entry);
                }
            }
        }
    }

    fn off_disk(&self, id: i64) {
        if let Some(disk) = self.node.world.lock().disk(&self.node.life) {
            disk.entries.remove(&id);
        }
    }

    /// Writes a batch. When the database is slow, marks go to Redis meanwhile, those behind the
    /// batch included.
    async fn commit(&mut self, batch: Batch, marks: Vec<Marked>, within: Duration) -> Result<(), StoreError> {
        let node = self.node.clone();
        let writing = node.world.store(&node.life, Way::WRITE, |state| {
            let now = state.now();
            state.event(
                "inbox",
                [batch.entries.len() as i64, batch.sent.len() as i64, batch.done.len() as i64],
            );
            state.cluster.as_mut().map(|cluster| cluster.write_inbox(&batch, now))
        });
        let mut writing = pin!(timeout(within, writing));
        let mut unnoted = marks;
        loop {
            let slow = sleep(if self.away.is_some() { AWAY } else { SLOW });
            tokio::select! {
                biased;
                result = &mut writing => {
                    let result = result.unwrap_or_else(|_| Err(StoreError::Unavailable("too slow".into())));
                    match &result {
                        Ok(_) => node.blind.store(false, Ordering::SeqCst),
                        Err(_) => self.note(unnoted).await,
                    }
                    return result.map(|_| ());
                }
                () = slow => {
                    while let Some(op) = lock(&node.ops).pop_front() {
                        unnoted.extend(mark(&op));
                        self.ahead.push_back(op);
                    }
                    self.note(std::mem::take(&mut unnoted)).await;
                }
            }
        }
    }

    /// Keeps marks in Redis.
    async fn note(&mut self, marks: Vec<Marked>) {
        if marks.is_empty() {
            return;
        }
        self.marked.extend(marks.iter().map(|(partition, ..)| *partition));
        let noting = self.node.world.redis(&self.node.life, |state| state.note_marks(&marks));
        if !matches!(timeout(NOTE, noting).await, Ok(Ok(()))) {
            self.node.blind.store(true, Ordering::SeqCst);
        }
    }

    async fn write(&mut self, round: Round) {
        let here = self.away.is_none() && !self.has_backlog();
        let empty = round.entries.is_empty() && round.sent.is_empty() && round.done.is_empty();
        let written = match here {
            true if empty => Ok(()),
            true => {
                let batch = batch(round.entries.clone(), &round.sent, &round.done);
                self.commit(batch, round.marks(), WRITE).await
            }
            false => {
                self.note(round.marks()).await;
                Err(StoreError::Unavailable("away".into()))
            }
        };
        if written.is_ok() {
            self.close(&round.done);
            round.waiting.into_iter().for_each(|waits| _ = waits.send(Ok(())));
            return self.forget_marks().await;
        }
        if self.away.is_none() {
            self.away = Some(Instant::now() + AGAIN);
        }
        let kept = self.keep_here(round.entries).await;
        if let Some(disk) = self.node.world.lock().disk(&self.node.life) {
            for (_, id, copies) in &round.sent {
                if let Some(kept) = disk.entries.get_mut(id) {
                    kept.sent = Some(copies.clone());
                }
            }
            round.done.iter().for_each(|(open, _)| _ = disk.entries.remove(&open.id));
        }
        self.sent.extend(round.sent);
        self.done.extend(round.done);
        round.waiting.into_iter().for_each(|waits| _ = waits.send(kept.clone()));
    }

    /// Keeps entries on this machine's disk.
    async fn keep_here(&mut self, entries: Vec<Entry>) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let wait = self.node.world.lock().wait(0, 8);
        sleep(wait).await;
        self.node.world.dealing(&self.node.life).await;
        let mut state = self.node.world.lock();
        state.trace.count("kept on the machine's own disk");
        if let Some(cluster) = &mut state.cluster {
            cluster.kept_on_disks.extend(entries.iter().map(|entry| entry.id));
        }
        let Some(disk) = state.disk(&self.node.life) else { return Ok(()) };
        for entry in entries {
            disk.entries.insert(entry.id, OnDisk { entry: entry.clone(), sent: None });
            self.entries.push_back(entry);
        }
        Ok(())
    }

    /// Writes what waits, as far as the database takes it.
    async fn drain_backlog(&mut self) {
        let due = self.away.map_or(self.has_backlog(), |at| at <= Instant::now());
        if !due {
            return;
        }
        if self.has_backlog() {
            let entries: Vec<Entry> = self.entries.iter().cloned().collect();
            let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
            let (sent, done) = (self.sent.clone(), self.done.clone());
            if self.commit(batch(entries, &sent, &done), Vec::new(), 5 * WRITE).await.is_err() {
                self.away = Some(Instant::now() + AGAIN);
                if self.node.blind.load(Ordering::SeqCst) {
                    self.see_again().await;
                }
                return;
            }
            ids.into_iter().for_each(|id| self.off_disk(id));
            self.entries.clear();
            self.sent.clear();
            self.done.clear();
            self.close(&done);
        }
        self.away = None;
        self.forget_marks().await;
    }

    /// Redis may be back before the database is: then all that is known goes there, and the outbox
    /// goes on.
    async fn see_again(&mut self) {
        let round = Round { sent: self.sent.clone(), done: self.done.clone(), ..Round::default() };
        let mut marks = round.marks();
        marks.extend(self.ahead.iter().filter_map(mark));
        self.marked.extend(marks.iter().map(|(partition, ..)| *partition));
        if self.node.world.redis(&self.node.life, |state| state.note_marks(&marks)).await.is_ok() {
            self.node.blind.store(false, Ordering::SeqCst);
        }
    }

    /// The shared journal knows everything: what Redis was told is of no use any more.
    async fn forget_marks(&mut self) {
        if self.marked.is_empty() || self.has_backlog() || !self.ahead.is_empty() {
            return;
        }
        let marked = self.marked.clone();
        let forgetting = self.node.world.redis(&self.node.life, |state| {
            let Some(cluster) = &mut state.cluster else { return };
            marked.iter().for_each(|&partition| cluster.redis.marks[partition].clear());
        });
        if forgetting.await.is_ok() {
            self.marked.clear();
        }
    }

    fn close(&self, done: &[(Open, Seq)]) {
        for (open, _) in done {
            lock(&self.node.tracker).closed(open.id);
            if let Some(id) = open.stream {
                self.node.ack(open.partition, id);
            }
        }
    }
}
