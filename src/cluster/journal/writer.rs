//! The one task that writes.

use super::{OnClosed, Op, kept, lock};
use crate::cluster::partition::Partition;
use crate::cluster::redis_marks::{Mark, Marked, Marks};
use crate::cluster::tracker::{Open, Tracker};
use crate::journal::LocalJournal;
use crate::store::PgStore;
use crate::store::inbox::{InboxBatch, InboxEntry};
use nameless_actors::ports::{Appended, Journal, JournalError, StoreError};
use nameless_domain::ids::{MessageId, Seq};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long a batch may take before the database counts as away.
const WRITE: Duration = Duration::from_secs(2);
/// How long it may take before its marks, and those behind it, go to Redis as well.
const SLOW: Duration = Duration::from_millis(100);
/// How long Redis may take for marks. Until then messages leave of which nobody else would know.
const NOTE: Duration = Duration::from_millis(300);
/// The same while the database is away and tried again.
const AWAY: Duration = Duration::from_millis(5);
/// How often a database that is away is tried.
const AGAIN: Duration = Duration::from_millis(500);
/// Operations of a batch.
const BATCH: usize = 1_000;
/// Operations looked at ahead of their batch.
const AHEAD: usize = 50_000;

/// What waits for the database to come back.
#[derive(Default)]
pub(super) struct Backlog {
    /// With their places in the local journal.
    entries: VecDeque<(InboxEntry, Seq)>,
    /// Places of those that are not done, by id.
    places: FxHashMap<i64, Seq>,
    /// Marks, in order. A few dozen bytes each; their number is bounded by what passes while the
    /// database is away.
    pub(super) sent: VecDeque<(Partition, i64, Vec<MessageId>)>,
    done: VecDeque<(Open, Seq)>,
}

impl Backlog {
    /// An entry that the local journal has at `place`.
    pub(super) fn push(&mut self, entry: InboxEntry, place: Seq) {
        self.places.insert(entry.update_id, place);
        self.entries.push_back((entry, place));
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.sent.is_empty() && self.done.is_empty()
    }

    fn marks(&self) -> Vec<Marked> {
        let sent = self.sent.iter().map(|(p, id, copies)| (*p, *id, Mark::Sent(copies.clone())));
        let done = self.done.iter().map(|(open, _)| (open.partition, open.update_id, Mark::Done));
        sent.chain(done).collect()
    }
}

/// Who waits for a batch.
type Waiting = Vec<oneshot::Sender<Result<(), JournalError>>>;

/// What one round writes.
#[derive(Default)]
struct Round {
    entries: Vec<InboxEntry>,
    sent: Vec<(Partition, i64, Vec<MessageId>)>,
    done: Vec<(Open, Seq)>,
    waiting: Waiting,
}

impl Round {
    fn add(&mut self, op: Op) {
        match op {
            Op::Append { entries, durable } => {
                self.entries.extend(entries);
                self.waiting.push(durable);
            }
            Op::Sent(partition, update_id, copies) => self.sent.push((partition, update_id, copies)),
            Op::Done(open, seq) => self.done.push((open, seq)),
            Op::Flush(flushed) => self.waiting.push(flushed),
        }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.sent.is_empty() && self.done.is_empty()
    }

    fn batch(&self) -> InboxBatch {
        batch(self.entries.clone(), &self.sent, &self.done)
    }
}

fn batch<'a>(
    entries: Vec<InboxEntry>,
    sent: impl IntoIterator<Item = &'a (Partition, i64, Vec<MessageId>)>,
    done: impl IntoIterator<Item = &'a (Open, Seq)>,
) -> InboxBatch {
    InboxBatch {
        entries,
        sent: sent.into_iter().map(|(_, id, copies)| (*id, copies.clone())).collect(),
        done: done.into_iter().map(|(open, seq)| (open.update_id, open.partition, *seq)).collect(),
    }
}

fn mark(op: &Op) -> Option<Marked> {
    match op {
        Op::Sent(partition, update_id, copies) => Some((*partition, *update_id, Mark::Sent(copies.clone()))),
        Op::Done(open, _) => Some((open.partition, open.update_id, Mark::Done)),
        Op::Append { .. } | Op::Flush(_) => None,
    }
}

pub(super) struct Writer {
    store: PgStore,
    local: Arc<LocalJournal>,
    marks: Marks,
    tracker: Arc<Mutex<Tracker>>,
    closed: OnClosed,
    backlog: Backlog,
    /// Taken from the channel while a slow batch was under way.
    ahead: VecDeque<Op>,
    /// When the database that is away is tried next.
    away: Option<Instant>,
    /// Partitions that have marks in Redis.
    marked: FxHashSet<Partition>,
    /// Marks can be kept nowhere.
    blind: Arc<AtomicBool>,
    /// The database is away, for others to see.
    is_away: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(
        store: PgStore,
        local: Arc<LocalJournal>,
        marks: Marks,
        tracker: Arc<Mutex<Tracker>>,
        closed: OnClosed,
        backlog: Backlog,
        (blind, is_away): (Arc<AtomicBool>, Arc<AtomicBool>),
    ) -> Writer {
        let (ahead, marked) = (VecDeque::new(), FxHashSet::default());
        Writer { store, local, marks, tracker, closed, backlog, ahead, away: None, marked, blind, is_away }
    }

    pub(super) async fn run(mut self, mut ops: UnboundedReceiver<Op>) {
        self.settle_former_life().await;
        loop {
            self.drain_backlog(&mut ops).await;
            let first = match (self.ahead.pop_front(), self.away) {
                (Some(op), _) => Some(op),
                (None, None) if self.backlog.is_empty() => ops.recv().await,
                (None, away) => {
                    let wait = away.unwrap_or_else(Instant::now);
                    tokio::select! {
                        op = ops.recv() => op,
                        () = tokio::time::sleep_until(wait) => continue,
                    }
                }
            };
            let Some(first) = first else { return };
            let (mut round, mut next, mut taken) = (Round::default(), Some(first), 0);
            while let Some(op) = next {
                round.add(op);
                taken += 1;
                let more = taken < BATCH;
                next = more.then(|| self.ahead.pop_front().or_else(|| ops.try_recv().ok())).flatten();
            }
            self.write(round, &mut ops).await;
        }
    }

    /// What this machine accepted in a former life, and finished without living to say so.
    async fn settle_former_life(&mut self) {
        let mine: FxHashSet<Partition> = self.backlog.entries.iter().map(|(e, _)| e.partition).collect();
        let mine: Vec<Partition> = mine.into_iter().collect();
        match self.marks.read(&mine).await {
            Ok(marks) => {
                let (local, Backlog { entries, places, sent, .. }) = (&self.local, &mut self.backlog);
                entries.retain(|(entry, place)| match marks.get(&entry.update_id) {
                    Some(Mark::Done) => {
                        places.remove(&entry.update_id);
                        local.done(*place);
                        false
                    }
                    // Also where this disk knows of some: the longer list counts.
                    Some(Mark::Sent(copies)) => {
                        sent.push_back((entry.partition, entry.update_id, copies.clone()));
                        true
                    }
                    None => true,
                });
            }
            Err(cause) => tracing::warn!(%cause, "marks of what was done cannot be read"),
        }
    }

    /// Writes a batch. When the database is slow, marks go to Redis meanwhile, those that stand
    /// behind the batch included.
    async fn commit(
        &mut self,
        batch: InboxBatch,
        marks: Vec<Marked>,
        within: Duration,
        ops: &mut UnboundedReceiver<Op>,
    ) -> Result<(), StoreError> {
        let store = self.store.clone();
        let mut written = pin!(store.write_inbox(Arc::new(batch), within));
        let mut unnoted = marks;
        loop {
            // Once it is known to be away, what leaves is noted without waiting for it.
            let slow = tokio::time::sleep(if self.away.is_some() { AWAY } else { SLOW });
            tokio::select! {
                biased;
                result = &mut written => {
                    match &result {
                        Ok(()) => self.blind.store(false, Ordering::Relaxed),
                        Err(_) => self.note(unnoted).await,
                    }
                    return result;
                }
                () = slow => {
                    while self.ahead.len() < AHEAD && let Ok(op) = ops.try_recv() {
                        unnoted.extend(mark(&op));
                        self.ahead.push_back(op);
                    }
                    self.note(std::mem::take(&mut unnoted)).await;
                }
            }
        }
    }

    /// Keeps marks in Redis. Those that find no place there are in the backlog, or will be:
    /// [`Writer::drain_backlog`] notes them when Redis is back first.
    async fn note(&mut self, marks: Vec<Marked>) {
        if marks.is_empty() {
            return;
        }
        self.marked.extend(marks.iter().map(|(partition, ..)| *partition));
        let noted = tokio::time::timeout(NOTE, self.marks.note(&marks)).await;
        if !matches!(noted, Ok(Ok(()))) && !self.blind.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "neither PostgreSQL nor Redis takes marks: nothing more is sent until one of them is reached"
            );
        }
    }

    async fn write(&mut self, round: Round, ops: &mut UnboundedReceiver<Op>) {
        let marks = || {
            let sent = round.sent.iter().map(|(p, id, copies)| (*p, *id, Mark::Sent(copies.clone())));
            sent.chain(round.done.iter().map(|(open, _)| (open.partition, open.update_id, Mark::Done)))
                .collect()
        };
        // What came before goes first.
        let here = self.away.is_none() && self.backlog.is_empty();
        let written = match here {
            true if round.is_empty() => Ok(()),
            true => self.commit(round.batch(), marks(), WRITE, ops).await,
            false => {
                self.note(marks()).await;
                Err(StoreError::Unavailable("away".into()))
            }
        };
        match written {
            Ok(()) => {
                self.close(&round.done);
                round.waiting.into_iter().for_each(|waits| drop(waits.send(Ok(()))));
                self.forget_marks().await;
            }
            Err(cause) => {
                if self.away.is_none() {
                    tracing::warn!(%cause, "the shared journal is away; this machine's disk takes over");
                    self.away = Some(Instant::now() + AGAIN);
                    self.is_away.store(true, Ordering::Relaxed);
                }
                let kept = self.keep_here(round.entries).await;
                for (_, update_id, copies) in &round.sent {
                    self.backlog.places.get(update_id).inspect(|place| self.local.sent(**place, copies));
                }
                // Done is done on this disk, too: a restart must not bring it back.
                for (open, _) in &round.done {
                    self.backlog.places.remove(&open.update_id).inspect(|place| self.local.done(*place));
                }
                self.backlog.sent.extend(round.sent);
                self.backlog.done.extend(round.done);
                round.waiting.into_iter().for_each(|waits| drop(waits.send(kept.clone())));
            }
        }
    }

    /// Keeps entries on this machine's disk.
    async fn keep_here(&mut self, entries: Vec<InboxEntry>) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let rows = entries.iter().map(|e| (e.update_id, kept::seal(e.seq, &e.raw))).collect();
        let Appended { seqs, durable } = self.local.append(rows)?;
        let kept = durable.await;
        // Also where the disk failed: it may recover and hold them, and the database takes them as
        // soon as it is back.
        for (entry, place) in entries.into_iter().zip(seqs) {
            // None: it is there already.
            if let Some(place) = place {
                self.backlog.push(entry, place);
            }
        }
        kept
    }

    /// Writes what waits, as far as the database takes it.
    async fn drain_backlog(&mut self, ops: &mut UnboundedReceiver<Op>) {
        let due = self.away.map_or(!self.backlog.is_empty(), |at| at <= Instant::now());
        if !due {
            return;
        }
        while !self.backlog.is_empty() {
            // Entries first: a mark for one that is not there yet would take its place.
            let entries: Vec<_> = self.backlog.entries.iter().take(BATCH).cloned().collect();
            let marks = if entries.len() < self.backlog.entries.len() { 0 } else { BATCH };
            let sent: Vec<_> = self.backlog.sent.iter().take(marks).cloned().collect();
            let last = if sent.len() < self.backlog.sent.len() { 0 } else { marks };
            let done: Vec<_> = self.backlog.done.iter().take(last).cloned().collect();
            let batch = batch(entries.iter().map(|(entry, _)| entry.clone()).collect(), &sent, &done);
            // The marks of a backlog have been noted, unless Redis was away as well.
            if let Err(cause) = self.commit(batch, Vec::new(), 5 * WRITE, ops).await {
                tracing::debug!(%cause, "the shared journal is still away");
                self.away = Some(Instant::now() + AGAIN);
                if self.blind.load(Ordering::Relaxed) {
                    let marks = self.backlog.marks();
                    let ahead = self.ahead.iter().filter_map(mark);
                    let all: Vec<Marked> = marks.into_iter().chain(ahead).collect();
                    self.see_again(all).await;
                }
                return;
            }
            for (entry, place) in self.backlog.entries.drain(..entries.len()) {
                if self.backlog.places.remove(&entry.update_id).is_some() {
                    self.local.done(place);
                }
            }
            self.backlog.sent.drain(..sent.len());
            self.backlog.done.drain(..done.len());
            self.close(&done);
        }
        if self.away.take().is_some() {
            self.is_away.store(false, Ordering::Relaxed);
            tracing::info!("the shared journal is back");
        }
        self.forget_marks().await;
    }

    /// Redis may be back before PostgreSQL is: then all that is known goes there, and the outbox
    /// goes on.
    async fn see_again(&mut self, marks: Vec<Marked>) {
        self.marked.extend(marks.iter().map(|(partition, ..)| *partition));
        if self.marks.note(&marks).await.is_ok() {
            self.blind.store(false, Ordering::Relaxed);
            tracing::info!("what leaves is noted in Redis");
        }
    }

    /// The shared journal knows everything: what Redis was told is of no use any more.
    async fn forget_marks(&mut self) {
        if self.marked.is_empty() || !self.backlog.is_empty() || !self.ahead.is_empty() {
            return;
        }
        if self.marks.forget(self.marked.iter().copied()).await.is_ok() {
            self.marked.clear();
        }
    }

    fn close(&self, done: &[(Open, Seq)]) {
        {
            let mut tracker = lock(&self.tracker);
            done.iter().for_each(|(open, _)| tracker.closed(open.update_id));
        }
        done.iter().for_each(|(open, _)| (self.closed)(open));
    }
}
