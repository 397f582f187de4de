//! The shared journal: accepted updates in PostgreSQL, so that other nodes finish what a dead one accepted.
//!
//! One task writes; what gathers while a batch is under way is the next batch (group commit). While PostgreSQL is
//! away, updates go to a journal on this machine's disk instead and may be acknowledged all the same; with the
//! marks of what is done they follow into the database as soon as it is back.

use super::books::{Books, Open, Ownership};
use super::lease::Lease;
use super::partition::Partition;
use crate::journal::LocalJournal;
use crate::store::PgStore;
use crate::store::inbox::{InboxBatch, InboxEntry};
use nameless_actors::ports::{Appended, Decoder, Journal, JournalError, PortFuture, Recovered, Reopened};
use nameless_domain::ids::{MessageId, Seq};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// How long a batch may take before the database counts as away.
const WRITE: Duration = Duration::from_secs(2);
/// How often a database that is away is tried.
const AGAIN: Duration = Duration::from_millis(500);
/// Operations of a batch.
const BATCH: usize = 1_000;

/// What the writer is told.
enum Op {
    Append { entries: Vec<InboxEntry>, durable: oneshot::Sender<Result<(), JournalError>> },
    Sent(i64, Vec<MessageId>),
    Done(Open, Seq),
    Flush(oneshot::Sender<Result<(), JournalError>>),
}

/// Told of updates whose end the shared journal knows.
pub type OnClosed = Arc<dyn Fn(&Open) + Send + Sync>;

/// The shared journal of one node.
pub struct SharedJournal {
    ops: mpsc::UnboundedSender<Op>,
    books: Arc<Mutex<Books>>,
    lease: Arc<Lease>,
    decoder: Arc<dyn Decoder>,
}

/// Locks the books; nothing panics while they are locked.
pub(super) fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SharedJournal {
    /// Starts the writer on the current runtime. What `local` holds of a former life of this machine is written first.
    pub fn start(
        store: PgStore,
        local: Arc<LocalJournal>,
        books: Arc<Mutex<Books>>,
        lease: Arc<Lease>,
        decoder: Arc<dyn Decoder>,
        closed: OnClosed,
    ) -> SharedJournal {
        let (ops, inbox) = mpsc::unbounded_channel();
        let mut backlog = Backlog::default();
        for Recovered { seq: place, raw, .. } in local.recover() {
            match decoder.decode(&raw) {
                Some(update) => {
                    let (partition, seq) = (Partition::of(update.user), lease.positions().next());
                    let entry = InboxEntry { update_id: update.update_id, partition, seq, raw };
                    backlog.entries.push_back((entry, place));
                }
                None => local.done(place),
            }
        }
        let writer = Writer { store, local, books: books.clone(), closed, backlog, away: None };
        tokio::spawn(writer.run(inbox));
        SharedJournal { ops, books, lease, decoder }
    }

    /// Marks as done what nobody here is at.
    pub(super) fn end(&self, open: Open, seq: Seq) {
        lock(&self.books).closing(open.update_id);
        let _ = self.ops.send(Op::Done(open, seq));
    }

    /// Writes what one node tells another into the table, when there is no other way.
    pub fn append_event(&self, entry: InboxEntry) {
        let (durable, _) = oneshot::channel();
        let _ = self.ops.send(Op::Append { entries: vec![entry], durable });
    }
}

fn ended() -> JournalError {
    JournalError::Io("the journal has ended".into())
}

impl Journal for SharedJournal {
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        let mut seqs = Vec::with_capacity(entries.len());
        let mut rows = Vec::with_capacity(entries.len());
        {
            let mut books = lock(&self.books);
            for (update_id, raw) in entries {
                let seq = self.lease.positions().next();
                // Nobody's updates are kept, too: their ids say that they were here.
                let user = self.decoder.decode(&raw).map(|update| update.user);
                let partition = user.map_or(Partition(0), Partition::of);
                books.accepted(seq, Open { update_id, partition, stream: None });
                rows.push(InboxEntry { update_id, partition, seq, raw });
                seqs.push(Some(seq));
            }
        }
        let (durable, kept) = oneshot::channel();
        self.ops.send(Op::Append { entries: rows, durable }).map_err(|_| ended())?;
        let durable = Box::pin(async move { kept.await.unwrap_or_else(|_| Err(ended())) });
        Ok(Appended { seqs, durable })
    }

    fn reopen(&self, seq: Seq, wish: i64, raw: Arc<str>) -> Result<Reopened<'_>, JournalError> {
        let user = self.decoder.decode(&raw).map(|update| update.user);
        let Some(partition) = user.map(Partition::of) else {
            return Err(JournalError::Io("not an update of anybody".into()));
        };
        {
            let mut books = lock(&self.books);
            // Where its user lives, the same letter is looked at; here it is as good as under way.
            if books.ownership(partition) != Ownership::Ours || books.knows(wish) {
                return Ok(Reopened::UnderWay);
            }
            if !books.take(seq, Open { update_id: wish, partition, stream: None }) {
                return Ok(Reopened::Before(Box::pin(std::future::ready(Ok(())))));
            }
        }
        let (durable, kept) = oneshot::channel();
        let entries = vec![InboxEntry { update_id: wish, partition, seq, raw }];
        self.ops.send(Op::Append { entries, durable }).map_err(|_| ended())?;
        Ok(Reopened::Accepted(Box::pin(async move { kept.await.unwrap_or_else(|_| Err(ended())) })))
    }

    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        let update_id = lock(&self.books).update_id(seq);
        if let Some(update_id) = update_id {
            let _ = self.ops.send(Op::Sent(update_id, copies.to_vec()));
        }
    }

    fn done(&self, seq: Seq) {
        let open = lock(&self.books).done(seq);
        if let Some(open) = open {
            let _ = self.ops.send(Op::Done(open, seq));
        }
    }

    fn last(&self) -> Seq {
        self.lease.positions().now()
    }

    fn recover(&self) -> Vec<Recovered> {
        // A partition's unfinished updates are taken up with the partition.
        Vec::new()
    }

    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        let (done, flushed) = oneshot::channel();
        let told = self.ops.send(Op::Flush(done)).map_err(|_| ended());
        Box::pin(async move {
            told?;
            flushed.await.unwrap_or_else(|_| Err(ended()))
        })
    }
}

/// What waits for the database to come back.
#[derive(Default)]
struct Backlog {
    /// With their places in the local journal.
    entries: VecDeque<(InboxEntry, Seq)>,
    /// Marks, in order. A few dozen bytes each; their number is bounded by what passes while the database is away.
    sent: VecDeque<(i64, Vec<MessageId>)>,
    done: VecDeque<(Open, Seq)>,
}

impl Backlog {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.sent.is_empty() && self.done.is_empty()
    }
}

/// Who waits for a batch.
type Waiting = Vec<oneshot::Sender<Result<(), JournalError>>>;

struct Writer {
    store: PgStore,
    local: Arc<LocalJournal>,
    books: Arc<Mutex<Books>>,
    closed: OnClosed,
    backlog: Backlog,
    /// When the database that is away is tried next.
    away: Option<Instant>,
}

impl Writer {
    async fn run(mut self, mut ops: mpsc::UnboundedReceiver<Op>) {
        loop {
            self.drain_backlog().await;
            let first = match self.away {
                None if self.backlog.is_empty() => ops.recv().await,
                _ => {
                    let wait = self.away.unwrap_or_else(Instant::now);
                    tokio::select! {
                        op = ops.recv() => op,
                        () = tokio::time::sleep_until(wait) => continue,
                    }
                }
            };
            let Some(first) = first else { return };
            let (mut batch, mut done, mut waiting) = (InboxBatch::default(), Vec::new(), Waiting::new());
            let (mut next, mut taken) = (Some(first), 0);
            while let Some(op) = next {
                match op {
                    Op::Append { entries, durable } => {
                        batch.entries.extend(entries);
                        waiting.push(durable);
                    }
                    Op::Sent(update_id, copies) => batch.sent.push((update_id, copies)),
                    Op::Done(open, seq) => done.push((open, seq)),
                    Op::Flush(flushed) => waiting.push(flushed),
                }
                taken += 1;
                next = if taken < BATCH { ops.try_recv().ok() } else { None };
            }
            self.write(batch, done, waiting).await;
        }
    }

    async fn write(&mut self, mut batch: InboxBatch, done: Vec<(Open, Seq)>, waiting: Waiting) {
        batch.done = done.iter().map(|(open, seq)| (open.update_id, open.partition, *seq)).collect();
        let empty = batch.entries.is_empty() && batch.sent.is_empty() && batch.done.is_empty();
        let batch = Arc::new(batch);
        let written = match self.away {
            // What came before goes first.
            None if self.backlog.is_empty() && !empty => self.store.write_inbox(batch.clone(), WRITE).await,
            None if empty => Ok(()),
            _ => Err(nameless_actors::ports::StoreError::Unavailable("away".into())),
        };
        match written {
            Ok(()) => {
                self.close(&done);
                waiting.into_iter().for_each(|waits| drop(waits.send(Ok(()))));
            }
            Err(cause) => {
                if self.away.is_none() {
                    tracing::warn!(%cause, "the shared journal is away; this machine's disk takes over");
                    self.away = Some(Instant::now() + AGAIN);
                }
                let batch = Arc::unwrap_or_clone(batch);
                let kept = self.keep_here(batch.entries).await;
                self.backlog.sent.extend(batch.sent);
                self.backlog.done.extend(done);
                waiting.into_iter().for_each(|waits| drop(waits.send(kept.clone())));
            }
        }
    }

    /// Keeps entries on this machine's disk.
    async fn keep_here(&mut self, entries: Vec<InboxEntry>) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let rows = entries.iter().map(|e| (e.update_id, e.raw.clone())).collect();
        let Appended { seqs, durable } = self.local.append(rows)?;
        durable.await?;
        for (entry, place) in entries.into_iter().zip(seqs) {
            // None: it is there already.
            if let Some(place) = place {
                self.backlog.entries.push_back((entry, place));
            }
        }
        Ok(())
    }

    /// Writes what waits, as far as the database takes it.
    async fn drain_backlog(&mut self) {
        if self.backlog.is_empty() || self.away.is_some_and(|at| at > Instant::now()) {
            return;
        }
        while !self.backlog.is_empty() {
            // Entries first: a mark for one that is not there yet would take its place.
            let entries: Vec<_> = self.backlog.entries.iter().take(BATCH).cloned().collect();
            let marks = if entries.len() < self.backlog.entries.len() { 0 } else { BATCH };
            let sent: Vec<_> = self.backlog.sent.iter().take(marks).cloned().collect();
            let last = if sent.len() < self.backlog.sent.len() { 0 } else { marks };
            let done: Vec<_> = self.backlog.done.iter().take(last).cloned().collect();
            let batch = InboxBatch {
                entries: entries.iter().map(|(entry, _)| entry.clone()).collect(),
                sent: sent.clone(),
                done: done.iter().map(|(open, seq)| (open.update_id, open.partition, *seq)).collect(),
            };
            if let Err(cause) = self.store.write_inbox(Arc::new(batch), 5 * WRITE).await {
                tracing::debug!(%cause, "the shared journal is still away");
                self.away = Some(Instant::now() + AGAIN);
                return;
            }
            for (_, place) in self.backlog.entries.drain(..entries.len()) {
                self.local.done(place);
            }
            self.backlog.sent.drain(..sent.len());
            self.backlog.done.drain(..done.len());
            self.close(&done);
        }
        if self.away.take().is_some() {
            tracing::info!("the shared journal is back");
        }
    }

    fn close(&self, done: &[(Open, Seq)]) {
        {
            let mut books = lock(&self.books);
            done.iter().for_each(|(open, _)| books.closed(open.update_id));
        }
        done.iter().for_each(|(open, _)| (self.closed)(open));
    }
}
