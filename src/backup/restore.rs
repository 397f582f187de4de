//! Restoring a backup into an empty database: all of it in one transaction, which is committed once
//! both files were read to their ends and everything in them has been checked.

use super::Progress;
use super::catalog::{Catalog, ERASURES, Table, quoted};
use super::erased;
use super::error::BackupError;
use super::file::Identities;
use super::format::{Holds, SequenceAt, TableHead};
use super::save::line;
use super::verify::Reader;
use crate::store::migrate::{self, MIGRATIONS, Migration};
use crate::store::{Conn, Keys};
use futures_util::SinkExt as _;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;
use std::pin::pin;
use std::time::Instant;

/// Anything in the schema that somebody could miss.
const THERE: &str = "\
    SELECT c.relname::text FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    ORDER BY c.relkind = 'S', 1 LIMIT 1";

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Tables.
    pub tables: usize,
    /// Rows in them, as the files had them.
    pub rows: u64,
    /// People who had erased themselves since, and are erased again.
    pub erased: u64,
    /// Migrations that the data had not seen yet.
    pub migrated: Vec<String>,
}

/// Restores a file of data and a file of keys. A process that is killed leaves the database as it
/// was: empty.
pub async fn restore(
    url: &str,
    keys: &Keys,
    data: &Path,
    apart: &Path,
    identities: &Identities,
    progress: Progress<'_>,
) -> Result<Restored, BackupError> {
    let mut data = Reader::open(data, identities, keys).await?;
    let mut apart = Reader::open(apart, identities, keys).await?;
    data.must_hold(Holds::Data)?;
    apart.must_hold(Holds::Keys)?;
    if apart.header.taken < data.header.taken {
        return Err(BackupError::OldKeys { keys: apart.name(), data: data.name() });
    }
    let known = known(&data)?;
    let mut conn = Conn::alone(url).await?;
    if !conn.rows(migrate::LOCK, &[]).await?.first().is_some_and(|row| row.get(0)) {
        return Err(migrate::MigrateError::Locked.into());
    }
    if let Some(row) = conn.rows(THERE, &[]).await?.first() {
        return Err(BackupError::NotEmpty(row.try_get(0)?));
    }
    conn.control("BEGIN").await?;
    conn.control(migrate::TABLE).await?;
    for (migration, note) in known {
        migrate_one(&mut conn, migration, &note).await?;
    }
    let catalog = Catalog::of(&mut conn).await?;
    for month in &data.header.months {
        if !is_month(month) {
            return Err(BackupError::Damaged(data.name()));
        }
        conn.rows("SELECT make_history_month(to_timestamp($1::text, 'YYYY-MM')::timestamp)", &[month])
            .await?;
    }
    let mut restored = Restored::default();
    while let Some(head) = data.table().await? {
        let table = fitting(&catalog, &head, &data, Holds::Data)?;
        fill(&mut conn, &mut data, &table, &table.name, progress).await?;
    }
    let data = data.end(keys).await?;
    for table in catalog.of_file(Holds::Data) {
        if data.rows_of(&table.name).is_none() {
            return Err(BackupError::Untrue("the backup".to_owned(), format!("it has no {}", table.name)));
        }
    }
    restored.tables = data.manifest.tables.len();
    restored.rows = data.manifest.tables.iter().map(|sum| sum.rows).sum();
    advance(&mut conn, &data.manifest.sequences).await?;
    // What the keys belong to may have changed since: the schema is brought up to the program's
    // first.
    let of_then: BTreeSet<String> = catalog.of_file(Holds::Keys).map(|table| table.name.clone()).collect();
    let has =
        |migration: &&Migration| data.header.migrations.iter().any(|has| has.number == migration.number);
    for migration in MIGRATIONS.iter().filter(|migration| !has(migration)) {
        let note = migration.note("(extract(epoch FROM clock_timestamp()) * 1000)::bigint");
        migrate_one(&mut conn, migration, &(note + &migration.begin_fill())).await?;
        restored.migrated.push(migration.name.to_owned());
    }
    let catalog = Catalog::of(&mut conn).await?;
    while let Some(head) = apart.table().await? {
        let table = fitting(&catalog, &head, &apart, Holds::Keys)?;
        let (beside, name) = (table.beside(), quoted(&table.name));
        let like = format!("LIKE {name} INCLUDING DEFAULTS");
        conn.control(&format!("CREATE TEMP TABLE {} ({like}) ON COMMIT DROP", quoted(&beside))).await?;
        fill(&mut conn, &mut apart, &table, &beside, progress).await?;
        if table.name != ERASURES {
            conn.control(&table.take_over()).await?;
        }
    }
    let apart = apart.end(keys).await?;
    // The keys are of later, and so are numbers in their tables.
    advance(&mut conn, &apart.manifest.sequences).await?;
    for table in catalog.of_file(Holds::Keys) {
        match apart.rows_of(&table.name) {
            Some(rows) => restored.rows += rows,
            None if of_then.contains(&table.name) => {
                let lacks = format!("it has no {}", table.name);
                return Err(BackupError::Untrue("the file of keys".to_owned(), lacks));
            }
            // Made by a migration that came later.
            None => {}
        }
    }
    restored.tables += apart.manifest.tables.len() - 1;
    adopt(&mut conn, keys).await?;
    restored.erased = erased::replay(&mut conn, keys).await?;
    conn.control("COMMIT").await?;
    // The planner knows nothing of what has come: without this the first minutes are slow.
    // It is only that: what was restored is there whatever becomes of it.
    if let Err(cause) = conn.control("ANALYZE").await {
        tracing::warn!(%cause, "ANALYZE failed: run it by hand");
    }
    Ok(restored)
}

/// No number is given again.
async fn advance(conn: &mut Conn, sequences: &[SequenceAt]) -> Result<(), BackupError> {
    for SequenceAt { name, last } in sequences {
        let sql = "SELECT setval(s.oid, greatest($2::bigint, q.last_value))
            FROM pg_class s JOIN pg_sequences q ON q.schemaname = 'public' AND q.sequencename = s.relname
            WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace AND s.relname = $1::text";
        conn.rows(sql, &[name, last]).await?;
    }
    Ok(())
}

/// Its migrations, each with the note that it has been applied; the program must know all of them.
fn known(data: &Reader) -> Result<Vec<(&'static Migration, String)>, BackupError> {
    let applied = &data.header.migrations;
    let mut known = Vec::with_capacity(applied.len());
    for has in applied {
        let Some(migration) = MIGRATIONS.iter().find(|known| known.number == has.number) else {
            return Err(BackupError::Newer(data.name(), format!("migration {:04}_{}", has.number, has.name)));
        };
        if migration.checksum() != has.checksum {
            return Err(migrate::MigrateError::Changed(has.number, has.name.clone()).into());
        }
        known.push((migration, migration.note(&has.applied.to_string())));
    }
    Ok(known)
}

async fn migrate_one(conn: &mut Conn, migration: &Migration, note: &str) -> Result<(), BackupError> {
    let done = conn.control(&format!("{}\n;{note}", migration.up_sql())).await;
    let failed =
        |error| migrate::MigrateError::Failed(migration.number, migration.name.into(), format!("{error}"));
    Ok(done.map_err(failed)?)
}

fn is_month(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 7
        && bytes[4] == b'-'
        && bytes.iter().enumerate().all(|(at, b)| at == 4 || b.is_ascii_digit())
}

/// The table of a file's: one that belongs there, with the very columns. Keys come when the schema
/// is up to date already: of an older one they lack what was added since, which is as in a new row.
fn fitting(catalog: &Catalog, head: &TableHead, file: &Reader, holds: Holds) -> Result<Table, BackupError> {
    let fits = |table: &&Table| match holds {
        Holds::Data => table.columns == head.columns,
        Holds::Keys => head.columns.iter().all(|column| table.columns.contains(column)),
    };
    let table = catalog.find(&head.name, holds).filter(fits);
    let table = table.map(|table| table.of_columns(&head.columns));
    table.ok_or_else(|| BackupError::Untrue(file.name(), format!("{} is another table here", head.name)))
}

async fn fill(
    conn: &mut Conn,
    file: &mut Reader,
    table: &Table,
    into: &str,
    progress: Progress<'_>,
) -> Result<(), BackupError> {
    let (begun, mut rows, mut bytes) = (Instant::now(), 0, 0);
    let mut sink = pin!(conn.copy_in(&table.copy_in(into)).await?);
    while let Some(chunk) = file.rows().await? {
        rows += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        bytes += chunk.len() as u64;
        sink.send(Cursor::new(chunk)).await?;
    }
    sink.finish().await?;
    progress(&line(&table.name, rows, bytes, begun));
    Ok(())
}

/// Under which key the data is.
async fn adopt(conn: &mut Conn, keys: &Keys) -> Result<(), BackupError> {
    for row in conn.rows("SELECT sealed, hashing FROM key_check", &[]).await? {
        if !keys.adopt(row.try_get(0)?, row.try_get(1)?) {
            return Err(BackupError::Key("the data"));
        }
    }
    Ok(())
}
