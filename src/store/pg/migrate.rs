//! Reversible migrations: SQL files inside the binary, a table of checksums, one transaction each.
//!
//! Every command works on a connection of its own and holds a session advisory lock on it, so that
//! two nodes started at once do not migrate twice.

mod expand;
mod filling;
mod migration;
mod plan;
mod statements;
#[cfg(test)]
mod tests;

use super::conn::{Connector, STATEMENT_TIMEOUT};
use super::error::Fault;
use super::pooler;
use crate::store::schema::BACKFILLS;
pub use crate::store::schema::MIGRATIONS;
pub use filling::{Filling, begun_by, fillings};
pub use migration::Migration;
pub(crate) use migration::migrations;
pub use plan::plan;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Any number that nothing else in this database locks.
pub(crate) const LOCK: &str = "SELECT pg_try_advisory_lock(5642809, 1)";
/// How long another migrating process is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(30);
/// How long a migration may take: rewriting a large table takes minutes.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(900);
/// How long everything else may take.
const QUERY_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a migration waits for a table that somebody reads (a backup does so for minutes): as
/// long as it waits, everybody else who wants the table waits behind it.
const TABLE_WAIT: Duration = Duration::from_secs(2);
/// How long it lets the others go on before it tries again, and how often it does.
const TABLE_PAUSE: Duration = Duration::from_secs(1);
const TABLE_TRIES: usize = 100;

/// `oldest` is the migration that a program has to know, at least, to run on what this one leaves:
/// by it a program that is older than the database knows whether it may go on. None is known of
/// what programs of before this column have applied.
pub(crate) const TABLE: &str = "\
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied bigint NOT NULL,
        oldest integer)";
/// In a database of before that column. Not at every start: it would wait for whoever reads the
/// table, such as a backup.
const HAS_OLDEST: &str = "\
    SELECT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = to_regclass('schema_migrations') AND attname = 'oldest')";
const ADD_OLDEST: &str = "ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS oldest integer";

/// A migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Its number.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// When it was applied, in milliseconds since the Unix epoch.
    pub applied: Option<i64>,
    /// Whether the program knows it. One that it does not know comes from a newer program, and only
    /// expands.
    pub is_known: bool,
}

/// Why the schema was not changed or is not right.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// No connection, or it broke.
    #[error("the database is not reachable: {0}")]
    Unreachable(String),
    /// A session is not ours alone.
    #[error(
        "a pooler in transaction mode (pgbouncer) stands before the database: the bot has a pool of its own and needs \
         sessions; use its session mode, or the server's own address"
    )]
    Pooled,
    /// Another process holds the lock.
    #[error("another process has been migrating this database for {LOCK_WAIT:?}; nothing was changed")]
    Locked,
    /// A migration's file differs from what was applied.
    #[error(
        "migration {0:04}_{1} was changed after it was applied; restore its file or use the program that applied it"
    )]
    Changed(i32, String),
    /// The database is from the future.
    #[error(
        "the database has migration {0:04}_{1}, which this program does not know, and which leaves nothing that a program \
         so old can run on; use a newer one, or its `migrate down`"
    )]
    Newer(i32, String),
    /// The database lacks migrations.
    #[error("the database lacks {0} migration(s); run: nameless migrate up")]
    Behind(usize),
    /// A migration counts on what is not filled yet.
    #[error(
        "migration {0:04}_{1} counts on the backfill {2}, which has not ended. Nothing was changed: let the nodes of \
         the version before run on, which are at it, or run their `nameless migrate fill`; `migrate status` says how \
         far it is"
    )]
    Unfilled(i32, String, String),
    /// A migration failed; its transaction was rolled back.
    #[error("migration {0:04}_{1} failed and was rolled back: {2}")]
    Failed(i32, String, String),
}

impl From<Fault> for MigrateError {
    fn from(fault: Fault) -> MigrateError {
        MigrateError::Unreachable(fault.to_string())
    }
}

/// Applies what is missing. Returns the names of what was applied.
pub async fn up(url: &str) -> Result<Vec<String>, MigrateError> {
    up_of(url, MIGRATIONS).await
}

/// The same of another list than the program's own.
pub async fn up_of(url: &str, known: &[Migration]) -> Result<Vec<String>, MigrateError> {
    run(url, known, Direction::Up).await
}

/// Takes the newest `steps` migrations back. Returns their names.
pub async fn down(url: &str, steps: usize) -> Result<Vec<String>, MigrateError> {
    run(url, MIGRATIONS, Direction::Down(steps)).await
}

/// Every migration known to the program, and whether the database has it. Changes nothing.
pub async fn status(url: &str) -> Result<Vec<MigrationState>, MigrateError> {
    let session = Session::open(url).await?;
    let applied = session.limited(QUERY_TIMEOUT, applied(&session.client)).await;
    session.close().await;
    let applied = checked(MIGRATIONS, applied?)?;
    let at = |number| applied.iter().find(|a| a.number == number).map(|a| a.applied);
    let known = MIGRATIONS.iter().map(|m| MigrationState {
        number: m.number,
        name: m.name.into(),
        applied: at(m.number),
        is_known: true,
    });
    let newer = beyond(MIGRATIONS, &applied).map(|a| MigrationState {
        number: a.number,
        name: a.name.clone(),
        applied: Some(a.applied),
        is_known: false,
    });
    Ok(known.chain(newer).collect())
}

/// Whether the database is exactly at this program's schema.
pub(crate) async fn check(url: &str) -> Result<(), MigrateError> {
    match status(url).await?.iter().filter(|m| m.applied.is_none()).count() {
        0 => Ok(()),
        missing => Err(MigrateError::Behind(missing)),
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down(usize),
}

async fn run(url: &str, known: &[Migration], to: Direction) -> Result<Vec<String>, MigrateError> {
    let session = Session::open(url).await?;
    let outcome = session.migrate(known, to).await;
    session.close().await;
    outcome
}

struct Applied {
    number: i32,
    name: String,
    checksum: String,
    applied: i64,
    oldest: Option<i32>,
}

async fn applied(client: &Client) -> Result<Vec<Applied>, tokio_postgres::Error> {
    let exists = client.query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).await?;
    if !exists.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    // The newest column is not there in what an older program has made.
    let sql = "SELECT number, name, checksum, applied, (to_jsonb(m) ->> 'oldest')::integer \
               FROM schema_migrations m ORDER BY number";
    let rows = client.query(sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                number: row.try_get(0)?,
                name: row.try_get(1)?,
                checksum: row.try_get(2)?,
                applied: row.try_get(3)?,
                oldest: row.try_get(4)?,
            })
        })
        .collect()
}

/// Refuses a database that was made by other files, and a newer one on which this program cannot
/// run.
fn checked(known: &[Migration], applied: Vec<Applied>) -> Result<Vec<Applied>, MigrateError> {
    let newest = known.last().map_or(0, |m| m.number);
    for row in &applied {
        let Some(migration) = known.iter().find(|m| m.number == row.number) else {
            if row.number > newest && row.oldest.is_some_and(|oldest| oldest <= newest) {
                continue;
            }
            return Err(MigrateError::Newer(row.number, row.name.clone()));
        };
        if migration.checksum() != row.checksum {
            return Err(MigrateError::Changed(row.number, row.name.clone()));
        }
    }
    Ok(applied)
}

/// What newer programs have applied.
fn beyond<'a>(known: &[Migration], applied: &'a [Applied]) -> impl Iterator<Item = &'a Applied> {
    let newest = known.last().map_or(0, |m| m.number);
    applied.iter().filter(move |row| row.number > newest)
}

struct Session {
    client: Client,
    closed: mpsc::Receiver<()>,
}

impl Session {
    async fn open(url: &str) -> Result<Session, MigrateError> {
        let (alive, closed) = mpsc::channel(1);
        let connector = Connector::new(url, STATEMENT_TIMEOUT)?;
        let (client, _) = connector.open(alive).await?;
        match pooler::shares_sessions(&connector, &client).await? {
            false => Ok(Session { client, closed }),
            true => Err(MigrateError::Pooled),
        }
    }

    /// Waits for the connection's end, which gives back the lock.
    async fn close(self) {
        let Session { client, mut closed } = self;
        drop(client);
        let _ = tokio::time::timeout(QUERY_TIMEOUT, closed.recv()).await;
    }

    async fn limited<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, MigrateError> {
        match tokio::time::timeout(limit, work).await {
            Ok(done) => done.map_err(|e| MigrateError::from(Fault::Db(e))),
            Err(_) => Err(MigrateError::Unreachable(format!("no answer within {limit:?}"))),
        }
    }

    async fn migrate(&self, known: &[Migration], to: Direction) -> Result<Vec<String>, MigrateError> {
        self.lock().await?;
        self.limited(QUERY_TIMEOUT, self.client.batch_execute(TABLE)).await?;
        let has_oldest = self.limited(QUERY_TIMEOUT, self.client.query_one(HAS_OLDEST, &[])).await?;
        if !has_oldest.get::<_, bool>(0) {
            self.limited(QUERY_TIMEOUT, self.client.batch_execute(ADD_OLDEST)).await?;
        }
        let done = self.limited(QUERY_TIMEOUT, applied(&self.client)).await?;
        let done = checked(known, done)?;
        if let Some(newest) = beyond(known, &done).last() {
            let (number, name) = (newest.number, &newest.name);
            if matches!(to, Direction::Down(_)) {
                return Err(MigrateError::Newer(number, name.clone()));
            }
            tracing::warn!("the database is a newer program's ({number:04}_{name}); this one can run on it");
        }
        // Steps are bounded by the limit below, not by the session's.
        let (limit, wait) = (MIGRATION_TIMEOUT.as_secs(), TABLE_WAIT.as_secs());
        let limit = format!("SET statement_timeout = '{limit}s'; SET lock_timeout = '{wait}s'");
        self.limited(QUERY_TIMEOUT, self.client.batch_execute(&limit)).await?;

        let has = |m: &&Migration| done.iter().any(|a| a.number == m.number);
        let mut names = Vec::new();
        match to {
            Direction::Up => {
                for m in known.iter().filter(|m| !has(m)) {
                    for name in m.needs() {
                        if !self.is_filled(name).await? {
                            return Err(MigrateError::Unfilled(m.number, m.name.into(), name.into()));
                        }
                    }
                    let note = m.note("(extract(epoch FROM clock_timestamp()) * 1000)::bigint");
                    self.apply(m, m.up, &(note + &m.begin_fill())).await?;
                    names.push(m.name.to_string());
                }
            }
            Direction::Down(steps) => {
                for m in known.iter().rev().filter(has).take(steps) {
                    let note = format!("DELETE FROM schema_migrations WHERE number = {}", m.number);
                    self.apply(m, m.down, &note).await?;
                    names.push(m.name.to_string());
                }
            }
        }
        Ok(names)
    }

    async fn is_filled(&self, name: &str) -> Result<bool, MigrateError> {
        Ok(self.fillings().await?.iter().any(|filling| filling.name == name && filling.is_over))
    }

    async fn lock(&self) -> Result<(), MigrateError> {
        let until = Instant::now() + LOCK_WAIT;
        loop {
            let row = self.limited(QUERY_TIMEOUT, self.client.query_one(LOCK, &[])).await?;
            if row.get::<_, bool>(0) {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(MigrateError::Locked);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn apply(&self, m: &Migration, sql: &str, note: &str) -> Result<(), MigrateError> {
        let whole = format!("BEGIN;\n{sql}\n;{note};\nCOMMIT;");
        let mut tries = 0;
        loop {
            tries += 1;
            let done = tokio::time::timeout(MIGRATION_TIMEOUT, self.client.batch_execute(&whole)).await;
            let error = match done {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error,
                Err(_) => {
                    let text = format!("not done within {MIGRATION_TIMEOUT:?}");
                    return Err(MigrateError::Failed(m.number, m.name.into(), text));
                }
            };
            let _ = self.limited(QUERY_TIMEOUT, self.client.batch_execute("ROLLBACK")).await;
            if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) || tries >= TABLE_TRIES {
                let text = Fault::Db(error).to_string();
                return Err(MigrateError::Failed(m.number, m.name.into(), text));
            }
            tracing::info!("migration {:04}_{} waits for a table that is in use", m.number, m.name);
            tokio::time::sleep(TABLE_PAUSE).await;
        }
    }
}
