//! The shared journal: accepted updates in PostgreSQL, so that other nodes finish what a dead one
//! accepted.
//!
//! One task writes; what gathers while a batch is under way is the next batch (group commit). While
//! PostgreSQL is away, updates go to a journal on this machine's disk instead and may be
//! acknowledged all the same; with the marks of what is done they follow into the database as soon
//! as it is back. Those marks also go to Redis meanwhile, for whoever takes over from a node that
//! does not live to see that.

mod kept;
mod writer;

use super::lease::Lease;
use super::partition::Partition;
use super::redis_marks::Marks;
use super::tracker::{Open, Ownership, Tracker};
use crate::journal::LocalJournal;
use crate::store::PgStore;
use crate::store::inbox::InboxEntry;
use nameless_actors::kernel::lock;
use nameless_actors::ports::{
    Appended, Decoder, Journal, JournalError, JournalFigures, PortFuture, Recovered, Reopened,
};
use nameless_domain::ids::{MessageId, Seq};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};
use writer::{Backlog, Writer};

/// What the writer is told.
enum Op {
    Append { entries: Vec<InboxEntry>, durable: oneshot::Sender<Result<(), JournalError>> },
    Sent(Partition, i64, Vec<MessageId>),
    Done(Open, Seq),
    Flush(oneshot::Sender<Result<(), JournalError>>),
}

/// Told of updates whose end the shared journal knows.
pub type OnClosed = Arc<dyn Fn(&Open) + Send + Sync>;

/// The shared journal of one node.
pub struct SharedJournal {
    ops: mpsc::UnboundedSender<Op>,
    tracker: Arc<Mutex<Tracker>>,
    lease: Arc<Lease>,
    decoder: Arc<dyn Decoder>,
    /// Neither PostgreSQL nor Redis takes marks at the moment.
    blind: Arc<AtomicBool>,
    /// This machine's disk, for when the database is away.
    local: Arc<LocalJournal>,
    /// The database is away.
    away: Arc<AtomicBool>,
}

impl SharedJournal {
    /// Starts the writer on the current runtime. What `local` holds of a former life of this
    /// machine is written first.
    pub fn start(
        store: PgStore,
        local: Arc<LocalJournal>,
        marks: Marks,
        tracker: Arc<Mutex<Tracker>>,
        lease: Arc<Lease>,
        decoder: Arc<dyn Decoder>,
        closed: OnClosed,
    ) -> SharedJournal {
        let (ops, inbox) = mpsc::unbounded_channel();
        let mut backlog = Backlog::default();
        for Recovered { seq: place, raw, sent } in local.recover() {
            let (seq, raw) = kept::open(raw);
            match decoder.decode(&raw) {
                Some(update) => {
                    let partition = Partition::of(update.user);
                    // None: accepted while this machine was alone.
                    let seq = seq.unwrap_or_else(|| lease.positions().next());
                    let entry = InboxEntry { update_id: update.update_id, partition, seq, raw };
                    backlog.sent.extend(sent.map(|copies| (partition, update.update_id, copies)));
                    backlog.push(entry, place);
                }
                None => local.done(place),
            }
        }
        let (blind, away) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let flags = (blind.clone(), away.clone());
        let writer = Writer::new(store, local.clone(), marks, tracker.clone(), closed, backlog, flags);
        tokio::spawn(writer.run(inbox));
        SharedJournal { ops, tracker, lease, decoder, blind, local, away }
    }

    /// Marks as done what nobody here is at.
    pub(super) fn end(&self, open: Open, seq: Seq) {
        lock(&self.tracker).closing(open.update_id);
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
            let mut tracker = lock(&self.tracker);
            for (update_id, raw) in entries {
                let seq = self.lease.positions().next();
                // Nobody's updates are kept, too: their ids say that they were here.
                let user = self.decoder.decode(&raw).map(|update| update.user);
                let partition = user.map_or(Partition(0), Partition::of);
                tracker.accepted(seq, Open { update_id, partition, stream: None });
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
            let mut tracker = lock(&self.tracker);
            // Where its user lives, the same letter is looked at; here it is as good as under way.
            if tracker.ownership(partition) != Ownership::Ours || tracker.knows(wish) {
                return Ok(Reopened::UnderWay);
            }
            if !tracker.take(seq, Open { update_id: wish, partition, stream: None }) {
                return Ok(Reopened::Before(Box::pin(std::future::ready(Ok(())))));
            }
        }
        let (durable, kept) = oneshot::channel();
        let entries = vec![InboxEntry { update_id: wish, partition, seq, raw }];
        self.ops.send(Op::Append { entries, durable }).map_err(|_| ended())?;
        Ok(Reopened::Accepted(Box::pin(async move { kept.await.unwrap_or_else(|_| Err(ended())) })))
    }

    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        let open = lock(&self.tracker).under_way_at(seq);
        if let Some((partition, update_id)) = open {
            let _ = self.ops.send(Op::Sent(partition, update_id, copies.to_vec()));
        }
    }

    fn done(&self, seq: Seq) {
        let open = lock(&self.tracker).done(seq);
        if let Some(open) = open {
            let _ = self.ops.send(Op::Done(open, seq));
        }
    }

    fn takes_marks(&self) -> bool {
        !self.blind.load(Ordering::Relaxed)
    }

    /// Those of this machine's disk, where updates wait while PostgreSQL is away.
    fn figures(&self) -> JournalFigures {
        self.local.figures()
    }

    fn health(&self) -> Result<(), JournalError> {
        match self.away.load(Ordering::Relaxed) {
            true => self.local.health(),
            false => Ok(()),
        }
    }

    fn forget_finished(&self) {
        self.local.forget_finished();
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
