//! The real journal behind a disk with faults.

use nameless::app::WrapJournal;
use nameless_actors::ports::{Appended, Journal, JournalError, PortFuture, Recovered};
use nameless_domain::ids::{MessageId, Seq};
use std::sync::Arc;
use tokio::sync::watch;

/// How the disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disk {
    /// As it should be.
    #[default]
    Well,
    /// What is written is not on it until it is well again.
    Stalled,
    /// It takes nothing.
    Full,
}

/// A switch, and what an application's journal is to be wrapped in.
pub fn faulty() -> (watch::Sender<Disk>, WrapJournal) {
    let (switch, disk) = watch::channel(Disk::Well);
    (switch, Box::new(move |inner| Arc::new(Faulty { inner, disk })))
}

struct Faulty {
    inner: Arc<dyn Journal>,
    disk: watch::Receiver<Disk>,
}

impl Journal for Faulty {
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        if *self.disk.borrow() == Disk::Full {
            return Err(JournalError::Full);
        }
        let Appended { seqs, durable } = self.inner.append(entries)?;
        let mut disk = self.disk.clone();
        let durable = Box::pin(async move {
            let _ = disk.wait_for(|disk| *disk != Disk::Stalled).await;
            durable.await
        });
        Ok(Appended { seqs, durable })
    }
    fn sent(&self, seq: Seq, copies: &[MessageId]) {
        self.inner.sent(seq, copies);
    }
    fn done(&self, seq: Seq) {
        self.inner.done(seq);
    }
    fn takes_marks(&self) -> bool {
        self.inner.takes_marks()
    }
    fn health(&self) -> Result<(), JournalError> {
        self.inner.health()
    }
    fn tries(&self, seq: Seq) -> u32 {
        self.inner.tries(seq)
    }
    fn trying(&self, seqs: &[Seq]) -> PortFuture<'_, Result<(), JournalError>> {
        self.inner.trying(seqs)
    }
    fn survived(&self, seq: Seq) {
        self.inner.survived(seq);
    }
    fn forget_finished(&self) {
        self.inner.forget_finished();
    }
    fn last(&self) -> Seq {
        self.inner.last()
    }
    fn recover(&self) -> Vec<Recovered> {
        self.inner.recover()
    }
    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        self.inner.flush()
    }
}
