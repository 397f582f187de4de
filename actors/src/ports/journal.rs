//! The write-ahead log of accepted updates.

use super::future::PortFuture;
use crate::kernel::latency::Noted;
use nameless_domain::ids::MessageId;
use nameless_domain::ids::Seq;
use std::sync::Arc;

/// An update that was accepted before a crash and is not done.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// Its position.
    pub seq: Seq,
    /// The update as it came in.
    pub raw: Arc<str>,
    /// If its relay had already left: the ids it got in the partner's chat. It must not be sent
    /// again.
    pub sent: Option<Vec<MessageId>>,
}

/// The result of [`Journal::append`].
pub struct Appended<'a> {
    /// Position of each entry, in order; none for an `update_id` that was seen before (I3).
    pub seqs: Vec<Option<Seq>>,
    /// Resolves when the entries would survive kill -9 and loss of power. Only then may the updates
    /// be acknowledged to Telegram.
    pub durable: PortFuture<'a, Result<(), JournalError>>,
}

/// The result of [`Journal::reopen`].
pub enum Reopened<'a> {
    /// It is accepted anew; resolves when that would survive kill -9 and loss of power.
    Accepted(PortFuture<'a, Result<(), JournalError>>),
    /// This wish was granted before, maybe by a former life; resolves when that is on disk.
    Before(PortFuture<'a, Result<(), JournalError>>),
    /// It is not finished yet from the last time.
    UnderWay,
}

/// Why the journal did not take something.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum JournalError {
    /// As many bytes of unfinished updates as configured: stop acknowledging.
    #[error("the journal is full; updates stay with Telegram until it drains")]
    Full,
    /// The disk failed.
    #[error("the journal cannot be written: {0}")]
    Io(String),
}

/// How a journal fares.
#[derive(Clone, Debug, Default)]
pub struct JournalFigures {
    /// Updates accepted and unfinished.
    pub unfinished: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// The size from which on nothing is accepted.
    pub max_bytes: u64,
    /// How long the disk took to confirm what was written; none where there is no disk.
    pub syncs: Option<Noted>,
    /// Times that the disk refused something.
    pub failures: u64,
}

/// The write-ahead log of accepted updates.
pub trait Journal: Send + Sync {
    /// Accepts updates in order: `(update_id, raw JSON)`. Positions are known at once; durability
    /// comes later.
    fn append(&self, entries: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError>;
    /// Accepts an update that was finished once more, under the position it had: so whoever handles
    /// it knows what came after it. For dead letters. `wish` is a negative number of this wish's
    /// own; the same wish is granted once within the time for which the journal knows update ids
    /// (I3).
    fn reopen(&self, seq: Seq, wish: i64, raw: Arc<str>) -> Result<Reopened<'_>, JournalError> {
        let _ = (seq, wish, raw);
        Err(JournalError::Io("this journal takes no update a second time".into()))
    }
    /// Notes that the relay of `seq` has left, with the ids it got. Does not wait.
    fn sent(&self, seq: Seq, copies: &[MessageId]);
    /// Notes that every effect of `seq` has happened. Does not wait.
    fn done(&self, seq: Seq);
    /// Whether marks like these are kept anywhere at the moment. While they are not, nothing more
    /// is sent: whoever takes over from a process that ends now would send it again.
    fn takes_marks(&self) -> bool {
        true
    }
    /// Whether updates can be accepted; if not, why. Asked by whoever wants to know if this process
    /// is ready.
    fn health(&self) -> Result<(), JournalError> {
        Ok(())
    }
    /// How it fares, for `/metrics`; nothing where there is no disk.
    fn figures(&self) -> JournalFigures {
        JournalFigures::default()
    }
    /// Whether the process before this one ended without a word. What it was handing over at that
    /// moment may not be on disk: it comes again, and with it what may have ended that process.
    fn is_after_crash(&self) -> bool {
        false
    }
    /// How often a recovered update was handed to an engine before this life, the first time
    /// included; 0 where that is not counted here.
    fn tries(&self, seq: Seq) -> u32 {
        let _ = seq;
        0
    }
    /// Counts one more try at updates that are not done; resolves when that, and they themselves,
    /// would survive the end of the process. Whoever hands them over waits for it.
    fn trying(&self, seqs: &[Seq]) -> PortFuture<'_, Result<(), JournalError>> {
        let _ = seqs;
        Box::pin(std::future::ready(Ok(())))
    }
    /// The process has outlived a try: it does not count. Does not wait.
    fn survived(&self, seq: Seq) {
        let _ = seq;
    }
    /// Somebody was erased: what is finished becomes unreadable, within the time that the journal
    /// states. Does not wait.
    fn forget_finished(&self) {}
    /// The last position given out.
    fn last(&self) -> Seq;
    /// Takes what a former life left unfinished, in order of acceptance. Empty when called again.
    fn recover(&self) -> Vec<Recovered>;
    /// Waits until everything noted so far is on disk.
    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>>;
}
