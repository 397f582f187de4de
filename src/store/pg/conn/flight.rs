//! Statements that leave together. On a busy machine a round trip costs more than what most
//! statements do, so a transaction that people wait for takes few of them: its BEGIN leaves with
//! its first statements, its COMMIT with its last ones, and what a statement locks there is free
//! again without a word from this side.
//!
//! Each of them ends with a Sync of its own, so that the server goes on behind one that fails: in a
//! transaction it refuses all that follows. One that could not even be sent, as its parameters
//! could not be encoded, it never misses: ROLLBACK leaves in place of COMMIT then. A server that is
//! well enough to carry out statements begins a transaction, too: of BEGIN nothing is known to fail
//! but with its session.

#[cfg(test)]
mod tests;

use super::{Conn, Params};
use crate::store::pg::Fault;
use crate::store::pg::fence::FENCE;
use futures_util::future::{join, join_all, join3};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_postgres::Row;

/// Statements with their parameters.
pub(crate) type Flight<'a, const N: usize> = [(&'static str, Params<'a>); N];

/// What waits for the disk is a commit that locks no row, and takes all along that was committed
/// before (PostgreSQL, "Asynchronous Commit"). Only what writes to the log is waited for: a message
/// for nobody. Behind COMMIT it is a transaction of its own, though it leaves with it.
const FLUSH: &str = "SELECT pg_logical_emit_message(true, 'nameless', '')";

/// Whose turn it is to lock rows that many want at one time. Whoever waits for a row at the server
/// keeps it busy, and the more wait, the longer each takes; here a wait costs nothing, and comes to
/// an end when one before has been committed: nobody waits for another's disk.
#[derive(Debug)]
pub(crate) struct Turns(Semaphore);

/// So many are there at one time: one has the rows, and the next one's statements have arrived when
/// they are free again.
const AT_ONCE: usize = 2;

impl Default for Turns {
    fn default() -> Turns {
        Turns(Semaphore::new(AT_ONCE))
    }
}

/// Whoever has waited for their turn so long goes on without it, and waits at the server: whoever
/// has it may wait there for another process, or have lost the connection, and the server ends a
/// transaction that waits here for too long.
const IN_TURN: Duration = Duration::from_secs(1);

/// How transactions end with a flight.
#[derive(Clone, Copy)]
pub(super) enum Ends<'t> {
    /// Not at all.
    No,
    Commits,
    /// Once it is their turn, or has not been for too long.
    InTurn(&'t Turns),
}

/// How a transaction comes to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Its COMMIT waits for the disk, and its locks with it.
    With,
    /// Its locks are given back first, then the disk is waited for.
    Behind,
    /// Nobody waits for the disk.
    Never,
}

impl Flushed {
    fn begin(self) -> &'static str {
        match self {
            Flushed::With => "BEGIN",
            Flushed::Behind | Flushed::Never => "BEGIN; SET LOCAL synchronous_commit = off",
        }
    }

    /// What is to leave behind COMMIT.
    fn behind(self) -> Option<&'static str> {
        (self == Flushed::Behind).then_some(FLUSH)
    }

    /// COMMIT, with what is to leave behind it.
    pub(super) fn commit(self) -> &'static str {
        match self {
            Flushed::With | Flushed::Never => "COMMIT",
            Flushed::Behind => "COMMIT; SELECT pg_logical_emit_message(true, 'nameless', '')",
        }
    }
}

/// A transaction that begins with the next statements.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    pub(super) flushed: Flushed,
    /// The node that has to live until its end.
    pub(super) fence: Option<i64>,
}

/// Why a transaction must not be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoilt {
    /// The node has been removed.
    Fenced,
    /// A statement could not be sent, and others behind it were carried out.
    Unsent,
}

impl Spoilt {
    /// What its caller hears.
    pub(super) fn fault(self) -> Fault {
        match self {
            Spoilt::Fenced => Fault::Fenced,
            Spoilt::Unsent => Fault::Corrupt("a statement of this transaction could not be sent".into()),
        }
    }
}

impl Conn {
    /// Whether the transaction found that the node has been removed.
    pub(in crate::store::pg) fn is_fenced(&self) -> bool {
        self.spoilt == Some(Spoilt::Fenced)
    }

    /// Sends what is to leave before a statement that leaves alone.
    pub(in crate::store::pg) async fn open(&mut self) -> Result<(), Fault> {
        match self.opening {
            Some(_) => self.fly([], Ends::No).await.map(drop),
            None => Ok(()),
        }
    }

    /// Runs statements in their order, none of which waits for this side to have the answer of the
    /// one before, and returns the rows of each. In a transaction those behind one that fails fail
    /// too; that one's fault is returned.
    pub(crate) async fn query_all<const N: usize>(
        &mut self,
        all: Flight<'_, N>,
    ) -> Result<[Vec<Row>; N], Fault> {
        self.fly(all, Ends::No).await
    }

    /// The same as the end of a transaction: it is committed, and on the disk where that is wanted,
    /// when this returns a success. Nothing else may be run in it.
    pub(crate) async fn commit_with<const N: usize>(
        &mut self,
        all: Flight<'_, N>,
    ) -> Result<[Vec<Row>; N], Fault> {
        self.end_with(all, Ends::Commits).await
    }

    /// The same with statements that lock what many want, once it is their turn.
    pub(crate) async fn commit_in_turn<const N: usize>(
        &mut self,
        all: Flight<'_, N>,
        turns: &Turns,
    ) -> Result<[Vec<Row>; N], Fault> {
        self.end_with(all, Ends::InTurn(turns)).await
    }

    async fn end_with<const N: usize>(
        &mut self,
        all: Flight<'_, N>,
        ends: Ends<'_>,
    ) -> Result<[Vec<Row>; N], Fault> {
        // Whether this node may still write must be known before its COMMIT leaves.
        if self.opening.is_some_and(|opening| opening.fence.is_some()) {
            self.open().await?;
        }
        if let Some(spoilt) = self.spoilt {
            return Err(spoilt.fault());
        }
        self.fly(all, ends).await
    }

    /// What leaves now, with what has to leave before it; and with the transaction's end, if it is
    /// to end.
    pub(super) async fn fly<const N: usize>(
        &mut self,
        all: Flight<'_, N>,
        ends: Ends<'_>,
    ) -> Result<[Vec<Row>; N], Fault> {
        // More would not keep their order, see below.
        const { assert!(N <= 30) };
        let mut statements = Vec::with_capacity(N);
        for (sql, _) in &all {
            statements.push(self.statement(sql).await?);
        }
        let opening = self.opening;
        let fence = match opening.and_then(|opening| opening.fence) {
            Some(node) => Some((self.statement(FENCE).await?, node)),
            None => None,
        };
        let commits = !matches!(ends, Ends::No);
        let behind = match self.flushed.behind().filter(|_| commits) {
            Some(flush) => Some(self.statement(flush).await?),
            None => None,
        };
        let turn = match ends {
            Ends::InTurn(turns) => timeout(IN_TURN, turns.0.acquire()).await.ok().and_then(Result::ok),
            Ends::No | Ends::Commits => None,
        };
        self.opening = None;
        self.in_flight = true;
        let client = &self.client;
        // Each of them is sent when it is asked for the first time: in the order in which they
        // stand here, which `join` keeps, and `join_all` for so few.
        let began = async {
            match opening {
                Some(opening) => client.batch_execute(opening.flushed.begin()).await,
                None => Ok(()),
            }
        };
        let lives = async {
            match &fence {
                Some((statement, node)) => {
                    client.query(statement, &[node]).await.map(|rows| !rows.is_empty())
                }
                None => Ok(true),
            }
        };
        // What fails without the server's word before the end is asked for was never sent.
        let is_unsent = AtomicBool::new(false);
        let mut asked = Vec::with_capacity(N);
        for ((_, of), statement) in all.iter().zip(&statements) {
            let is_unsent = &is_unsent;
            asked.push(async move {
                let answer = client.query(statement, of).await;
                let is_ours = answer.as_ref().is_err_and(|error| error.as_db_error().is_none());
                is_unsent.fetch_or(is_ours, Ordering::Relaxed);
                answer
            });
        }
        let is_spoilt = AtomicBool::new(false);
        let ended = async {
            is_spoilt.store(is_unsent.load(Ordering::Relaxed), Ordering::Relaxed);
            if !commits {
                return Ok(());
            }
            if is_spoilt.load(Ordering::Relaxed) {
                return client.batch_execute("ROLLBACK").await;
            }
            let committed = async {
                let done = client.batch_execute("COMMIT").await;
                drop(turn);
                done
            };
            let on_disk = async {
                match &behind {
                    Some(flush) => client.query(flush, &[]).await.map(drop),
                    None => Ok(()),
                }
            };
            let (committed, on_disk) = join(committed, on_disk).await;
            committed.and(on_disk)
        };
        let ((began, lives), answers, ended) = join3(join(began, lives), join_all(asked), ended).await;
        self.in_flight = false;
        self.forget_if_stale(&lives);
        for answer in &answers {
            self.forget_if_stale(answer);
        }
        if commits {
            // As in `end`: one whose end failed leaves the connection marked.
            self.in_transaction = ended.is_err();
        } else if is_spoilt.into_inner() && self.in_transaction {
            self.spoilt = Some(Spoilt::Unsent);
        }
        began?;
        if !lives? {
            self.spoilt = Some(Spoilt::Fenced);
            return Err(Fault::Fenced);
        }
        let mut rows = std::array::from_fn(|_| Vec::new());
        for (slot, answer) in rows.iter_mut().zip(answers) {
            *slot = answer?;
        }
        ended?;
        Ok(rows)
    }
}
