//! Transactions: how they begin and end.

use super::flight::Opening;
use super::{Conn, Fault, Flushed};

impl Conn {
    /// Begins a transaction. Every path must come to [`Conn::end`]; a connection that does not is
    /// discarded.
    pub(crate) async fn begin(&mut self) -> Result<(), Fault> {
        (self.in_transaction, self.flushed, self.spoilt) = (true, Flushed::With, None);
        self.control("BEGIN").await
    }

    /// The same without a wait: BEGIN leaves with the next statement, and with it a look at whether
    /// the node still lives, if one is given.
    pub(in crate::store::pg) fn begin_with_next(&mut self, flushed: Flushed, fence: Option<i64>) {
        (self.in_transaction, self.flushed, self.spoilt) = (true, flushed, None);
        self.opening = Some(Opening { flushed, fence });
    }

    /// Marks the place in a transaction to which [`Conn::back_to_savepoint`] goes back. It ends
    /// with the transaction.
    pub(crate) async fn savepoint(&mut self) -> Result<(), Fault> {
        self.control("SAVEPOINT tried").await
    }

    /// Undoes what was done since the last savepoint, that it failed included.
    pub(crate) async fn back_to_savepoint(&mut self) -> Result<(), Fault> {
        self.control("ROLLBACK TO SAVEPOINT tried").await
    }

    /// Commits if `outcome` is a success, else rolls back, unless it has ended by itself
    /// ([`Conn::commit_with`]). Returns the outcome, or why COMMIT failed. What must not be
    /// committed is not, whatever the outcome.
    pub(crate) async fn end<T>(&mut self, outcome: Result<T, Fault>) -> Result<T, Fault> {
        if self.opening.take().is_some() {
            // Nothing was asked in it.
            self.in_transaction = false;
        }
        if !self.in_transaction {
            return outcome;
        }
        let outcome = match self.spoilt {
            Some(spoilt) => outcome.and_then(|_| Err(spoilt.fault())),
            None => outcome,
        };
        let ended = self.control(if outcome.is_ok() { self.flushed.commit() } else { "ROLLBACK" }).await;
        // A transaction whose end failed leaves the connection marked, and the pool discards it.
        self.in_transaction = ended.is_err();
        match outcome {
            Ok(value) => ended.map(|()| value),
            Err(fault) => Err(fault),
        }
    }
}
