//! Rows of large tables that get something which a migration made room for: a few at a time, beside
//! the nodes that run.
//!
//! A migration is one transaction; filling millions of rows in it would hold them up for minutes.
//! So it only makes room, and what belongs there follows in batches. Each is a transaction of its
//! own, short by measure: how many rows the next one takes depends on how long the last one took.
//! The place that was reached is kept in it, so a process may be killed anywhere, and several may
//! be at it: one at a time.
//!
//! **To add one**: declare it beside the table, with a line in `BACKFILLS` of
//! [`schema`](super::schema). Programs must write the column themselves since a version before its
//! migration: what an older node wrote behind the place that was reached would be left out. A later
//! migration that counts on it says `-- needs the backfill NAME` in its file, and is refused until
//! all is filled.

use super::keys::Keys;
use super::pg::{Conn, Fault, PgStore, wall_clock};
use super::schema::BACKFILLS;
use super::table::{Erasure, Expiry, Export, Table};
use nameless_actors::ports::{PortFuture, StoreError};
use std::time::{Duration, Instant};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "backfills",
    life: "for ever, one row each",
    ids: &[],
    words: &[],
    other: &["name", "reached", "filled", "begun", "ended"],
    stays: &[],
    export: Export::No("it is about nobody"),
    erasure: Erasure::No("it is about nobody"),
    expiry: Expiry::No("nothing"),
}];

/// Rows of the first batch, and between which numbers it goes on.
const ROWS: (i64, i64, i64) = (50, 10, 2_000);
/// How long a batch should take: what it locks is locked for so long.
const BATCH: Duration = Duration::from_millis(50);
/// How long it waits while another process is at it.
const ELSEWHERE: Duration = Duration::from_secs(1);
/// How long it waits after an attempt in vain (a lock, a deadlock, a server that is away), and how
/// many in a row it makes.
const AGAIN: Duration = Duration::from_secs(1);
const TRIES: u32 = 60;

/// Something that is filled.
pub(crate) struct Backfill {
    /// Its name in the table, for ever.
    pub(crate) name: &'static str,
    /// The migration with which it begins.
    pub(crate) after: i32,
    /// Whose rows are filled. Where there are none when it begins, it is at its end.
    pub(crate) table: &'static str,
    /// What is filled, for people.
    pub(crate) what: &'static str,
    /// Fills rows behind a place.
    pub(crate) batch: Batch,
}

/// Looks at no more rows than said behind a place (none: the beginning), in the transaction that
/// also keeps the new place, and fills what has to be.
pub(crate) type Batch =
    for<'a> fn(&'a mut Conn, &'a Keys, Option<String>, i64) -> PortFuture<'a, Result<Filled, Fault>>;

/// What came of a batch.
pub(crate) struct Filled {
    /// Rows that were filled.
    pub(crate) rows: u64,
    /// The place that was reached; none: there is nothing behind it.
    pub(crate) reached: Option<String>,
}

/// How much of the time it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A fifth, beside a bot's own work.
    Beside,
    /// Half, for who waits for its end.
    Asked,
}

impl Pace {
    fn rest(self, took: Duration) -> Duration {
        match self {
            Pace::Beside => (took * 4).max(Duration::from_millis(50)),
            Pace::Asked => took,
        }
    }
}

/// How far one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledSoFar {
    /// Its name.
    pub name: &'static str,
    /// Rows filled since it began.
    pub rows: u64,
    /// Whether that was all.
    pub is_over: bool,
}

enum Step {
    /// So many rows were filled.
    Filled(u64, FilledSoFar),
    /// It was at its end before.
    Over,
    /// Another process is at it at this moment.
    Elsewhere,
}

const IS_OVER: &str = "SELECT ended IS NOT NULL AS is_over FROM backfills WHERE name = $1";
const TAKE: &str =
    "SELECT reached, filled FROM backfills WHERE name = $1 AND ended IS NULL FOR UPDATE SKIP LOCKED";
const KEEP: &str = "UPDATE backfills SET reached = $2, filled = $3, ended = $4 WHERE name = $1";

impl PgStore {
    /// Fills everything that is not filled yet, to its end; `said` hears how far it is after each
    /// batch. How many rows that were. What fails for a while is tried again for a minute.
    pub async fn fill(&self, pace: Pace, mut said: impl FnMut(FilledSoFar)) -> Result<u64, StoreError> {
        let mut all = 0;
        for backfill in BACKFILLS {
            let (mut most, mut failed) = (ROWS.0, 0);
            loop {
                let begun = Instant::now();
                match self.fill_some(backfill, most).await {
                    Ok(Step::Over) => break,
                    Ok(Step::Elsewhere) => tokio::time::sleep(ELSEWHERE).await,
                    Ok(Step::Filled(rows, so_far)) => {
                        let took = begun.elapsed();
                        all += rows;
                        (failed, most) = (0, next(most, took));
                        said(so_far);
                        if so_far.is_over {
                            break;
                        }
                        tokio::time::sleep(pace.rest(took)).await;
                    }
                    Err(StoreError::Unavailable(cause)) if failed < TRIES => {
                        tracing::debug!(cause, name = backfill.name, "a batch is tried again");
                        failed += 1;
                        most = (most / 2).max(ROWS.1);
                        tokio::time::sleep(AGAIN).await;
                    }
                    Err(cause) => return Err(cause),
                }
            }
        }
        Ok(all)
    }

    fn fill_some(&self, backfill: &'static Backfill, most: i64) -> PortFuture<'_, Result<Step, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| fill_some(conn, &inner.keys, backfill, most).await).await
        })
    }
}

async fn fill_some(conn: &mut Conn, keys: &Keys, backfill: &Backfill, most: i64) -> Result<Step, Fault> {
    let taken = conn.query(TAKE, &[&backfill.name]).await?;
    let Some(row) = taken.first() else {
        let known = conn.query(IS_OVER, &[&backfill.name]).await?;
        let is_over = known.first().map_or(Ok(true), |row| row.try_get("is_over"))?;
        return Ok(if is_over { Step::Over } else { Step::Elsewhere });
    };
    let (reached, before): (Option<String>, i64) = (row.try_get("reached")?, row.try_get("filled")?);
    let filled = (backfill.batch)(conn, keys, reached, most).await?;
    let rows = before + i64::try_from(filled.rows).unwrap_or_default();
    let ended = filled.reached.is_none().then(|| wall_clock().0);
    conn.execute(KEEP, &[&backfill.name, &filled.reached, &rows, &ended]).await?;
    let rows = u64::try_from(rows).unwrap_or_default();
    let so_far = FilledSoFar { name: backfill.name, rows, is_over: ended.is_some() };
    Ok(Step::Filled(filled.rows, so_far))
}

/// Rows of the next batch, by how long the last one took: at most twice as many, so that one lucky
/// batch is not followed by one that locks for long.
fn next(most: i64, took: Duration) -> i64 {
    let fits = most as f64 * BATCH.as_secs_f64() / took.as_secs_f64().max(0.001);
    (fits as i64).min(most * 2).clamp(ROWS.1, ROWS.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_as_many_rows_as_fit_into_its_time() {
        assert_eq!(next(100, BATCH), 100);
        assert_eq!(next(100, BATCH * 4), 25);
        assert_eq!(next(100, Duration::ZERO), 200, "not more than twice as many");
        assert_eq!(next(20, BATCH * 100), ROWS.1);
        assert_eq!(next(ROWS.2, Duration::ZERO), ROWS.2);
    }

    #[test]
    fn each_has_a_name_of_its_own_and_a_migration() {
        for (n, backfill) in BACKFILLS.iter().enumerate() {
            assert!(BACKFILLS[..n].iter().all(|other| other.name != backfill.name), "{}", backfill.name);
            let migrations = super::super::schema::MIGRATIONS;
            assert!(migrations.iter().any(|migration| migration.number == backfill.after));
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(plain(backfill.name) && plain(backfill.table), "they stand in SQL as they are");
        }
    }
}
