//! Rows that are most likely not there yet.

use super::conn::{Conn, Params};
use super::error::Fault;

/// From so many rows on it pays to try [`Insert::plain`] first: the savepoint costs a round trip.
const MANY: usize = 64;

/// One insertion in two forms.
pub(crate) struct Insert {
    /// Fails if one of the rows is there. Costs the server a fifth to a half less than the other
    /// form, which enters each row in two steps, so as to take it back if another one turns up.
    pub(crate) plain: &'static str,
    /// Says by ON CONFLICT what becomes of rows that are there.
    pub(crate) careful: &'static str,
}

/// An [`Insert`] of rows, and what becomes of those that are there.
macro_rules! insert {
    ($rows:literal, $there:literal) => {
        Insert { plain: $rows, careful: concat!($rows, " ", $there) }
    };
}
pub(crate) use insert;

impl Insert {
    /// Writes `rows` rows, each under a key of its own, in the transaction that the caller has
    /// begun. Rows that are there (a batch is written again after a crash, or because the reply to
    /// COMMIT was lost) cost a second try, and a line in the server's log that names the key and
    /// nothing that anybody wrote.
    pub(crate) async fn write(&self, conn: &mut Conn, rows: usize, params: Params<'_>) -> Result<(), Fault> {
        if rows >= MANY {
            conn.savepoint().await?;
            match conn.execute(self.plain, params).await {
                Err(fault) if fault.is_duplicate() => conn.back_to_savepoint().await?,
                done => return done.map(drop),
            }
        }
        conn.execute(self.careful, params).await?;
        Ok(())
    }
}
