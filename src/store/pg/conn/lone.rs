//! Statements that are asked alone, outside of a transaction. A pooled connection only reads there;
//! one that writes has a transaction around it, in the same round trip.

use super::{Conn, Fault};
use futures_util::future::join3;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, Statement};

/// What statements that write have in them, or lock rows by.
const WRITES: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "FOR SHARE", "FOR KEY SHARE"];

/// A prepared statement.
pub(super) struct Prepared {
    pub(super) statement: Statement,
    writes: bool,
}

impl Prepared {
    pub(super) fn new(sql: &str, statement: Statement) -> Prepared {
        Prepared { statement, writes: WRITES.iter().any(|word| sql.contains(word)) }
    }
}

/// What came of BEGIN, of a statement behind it, and of its COMMIT.
pub(super) type Written<T> = (Result<(), Error>, Result<T, Error>, Result<(), Error>);

/// A statement that writes, with a transaction around it. Where it fails COMMIT undoes it, and
/// where BEGIN fails it is refused.
pub(super) async fn written<T>(client: &Client, asked: impl Future<Output = Result<T, Error>>) -> Written<T> {
    // Each is sent when it is asked for the first time, in this order.
    join3(client.batch_execute("BEGIN READ WRITE"), asked, client.batch_execute("COMMIT")).await
}

impl Conn {
    /// Whether this one writes, and is asked alone.
    pub(super) fn writes_alone(&self, sql: &'static str) -> bool {
        self.is_lone() && self.statements.get(sql).is_some_and(|prepared| prepared.writes)
    }

    fn is_lone(&self) -> bool {
        self.reads && !self.in_transaction
    }

    /// Whether it was refused, before anything happened, as it writes though it does not look so
    /// (by a function): that is known from now on.
    pub(super) fn was_to_write<T>(&mut self, sql: &'static str, answer: &Result<T, Error>) -> bool {
        let code = answer.as_ref().err().and_then(Error::code);
        let was_refused = self.is_lone() && code == Some(&SqlState::READ_ONLY_SQL_TRANSACTION);
        if let (true, Some(prepared)) = (was_refused, self.statements.get_mut(sql)) {
            prepared.writes = true;
        }
        was_refused
    }

    /// What came of [`written`].
    pub(super) fn wrote<T>(&mut self, (began, answer, ended): Written<T>) -> Result<T, Fault> {
        self.in_flight = false;
        // As in `end`: one whose end failed leaves the connection marked.
        self.in_transaction = ended.is_err();
        self.forget_if_stale(&answer);
        began?;
        let done = answer?;
        ended?;
        Ok(done)
    }
}
