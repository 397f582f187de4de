//! The shared journal as one engine sees it.

use super::node::Node;
use super::tracker::Open;
use super::{Entry, partition_of};
use crate::words::Lines;
use nameless_actors::kernel::lock;
use nameless_actors::ports::{Appended, Decoder, Journal, JournalError, PortFuture, Recovered};
use nameless_domain::ids::{MessageId, Seq};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

/// Told when something is kept.
pub type Waiter = oneshot::Sender<Result<(), JournalError>>;

/// What the writer is told.
pub enum Op {
    /// Keep these.
    Append(Vec<Entry>, Option<Waiter>),
    /// This has left.
    Sent(usize, i64, Vec<MessageId>),
    /// This is done.
    Done(Open, Seq),
    /// Say when all that was told before is kept.
    Flush(Waiter),
}

fn ended() -> JournalError {
    JournalError::Io("simulated".into())
}

impl Node {
    /// Tells the writer.
    pub fn note(&self, op: Op) {
        lock(&self.ops).push_back(op);
        self.told.notify_one();
    }

    /// Writes what one node tells another into the table, when there is no other way.
    pub fn append_event(&self, entry: Entry) {
        self.note(Op::Append(vec![entry], None));
    }

    /// Marks as done what nobody here is at.
    pub fn end_entry(&self, open: Open, seq: Seq) {
        lock(&self.tracker).closing(open.id);
        self.note(Op::Done(open, seq));
    }

    fn kept(&self, op: impl FnOnce(Waiter) -> Op) -> PortFuture<'static, Result<(), JournalError>> {
        if self.life.is_dead() {
            return Box::pin(std::future::pending());
        }
        let (kept, told) = oneshot::channel();
        self.note(op(kept));
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(ended())) })
    }
}

impl Journal for Node {
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        if self.life.is_dead() {
            return Err(ended());
        }
        let (mut seqs, mut rows) = (Vec::new(), Vec::new());
        for (id, raw) in entries {
            let seq = self.lease.positions.next();
            let partition = Lines.decode(&raw).map_or(0, |update| partition_of(update.user));
            lock(&self.tracker).accepted(seq, Open { id, partition, stream: None });
            self.world.lock().event("accepted", [id, seq.0 as i64, self.life.number as i64]);
            rows.push(Entry { id, partition, seq, raw });
            seqs.push(Some(seq));
        }
        Ok(Appended { seqs, durable: self.kept(|waiter| Op::Append(rows, Some(waiter))) })
    }

    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        let open = lock(&self.tracker).under_way_at(seq);
        if let Some((partition, id)) = open {
            self.note(Op::Sent(partition, id, copies.to_vec()));
        }
    }

    fn done(&self, seq: Seq) {
        let open = lock(&self.tracker).done(seq);
        if let Some(open) = open {
            self.world.lock().event("done", [open.id, self.life.number as i64, 0]);
            self.note(Op::Done(open, seq));
        }
    }

    fn takes_marks(&self) -> bool {
        !self.blind.load(Ordering::SeqCst)
    }

    fn last(&self) -> Seq {
        self.lease.positions.now()
    }

    fn recover(&self) -> Vec<Recovered> {
        // A partition's unfinished updates are taken up with the partition.
        Vec::new()
    }

    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        self.kept(Op::Flush)
    }
}

impl Node {
    /// Whether a partition's users live here.
    pub fn lives_here(&self, partition: usize) -> bool {
        lock(&self.tracker).ownership(partition).takes()
    }
}
