//! Writing a backup: the data of one moment, then the keys of a later one.

use super::catalog::{Catalog, Table, migrations, months, quoted, sequences};
use super::error::BackupError;
use super::file::{Recipient, Sink};
use super::format::{FORM, Frame, Header, Holds, Kind, Manifest, SequenceAt, TableHead, TableSum};
use super::place::Target;
use super::{Progress, size};
use crate::store::{Conn, Keys};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use std::pin::pin;
use std::time::{Duration, Instant};

/// Bytes of rows that are gathered for a frame.
const GATHER: usize = 256 << 10;
/// How often a long table says how far it is.
const SAY: Duration = Duration::from_secs(5);

/// What one moment is. Tables are locked as `pg_dump` does it: nobody else waits for these locks
/// but who wants to change the schema.
const BEGIN: &str = "\
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL work_mem = '64MB'; SET LOCAL lock_timeout = '10s'";

const ABOUT: &str = "\
    SELECT current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Tables.
    pub tables: usize,
    /// Rows in them.
    pub rows: u64,
    /// Bytes as `COPY` gave them.
    pub bytes: u64,
    /// Bytes of the file.
    pub file: u64,
}

/// Writes the data of a database, if a place for it is given, then its keys. The bot may go on
/// meanwhile.
pub async fn save(
    url: &str,
    keys: &Keys,
    recipient: &Recipient,
    data: Option<&Target>,
    apart: &Target,
    progress: Progress<'_>,
) -> Result<(Option<Saved>, Saved), BackupError> {
    let mut conn = Conn::alone(url).await?;
    adopt(&mut conn, keys).await?;
    let saved = match data {
        None => None,
        Some(target) => Some(file(&mut conn, keys, recipient, Holds::Data, target, progress).await?),
    };
    // Last: who erases themselves meanwhile has no key here, so what they wrote is unreadable
    // there.
    let apart = file(&mut conn, keys, recipient, Holds::Keys, apart, progress).await?;
    Ok((saved, apart))
}

/// Under which key the database is: that one signs.
async fn adopt(conn: &mut Conn, keys: &Keys) -> Result<(), BackupError> {
    let about = "SELECT to_jsonb(k) ->> 'sealed', to_jsonb(k) ->> 'hashing' FROM key_check k";
    for row in conn.rows(about, &[]).await? {
        let bytes = |text: Option<&str>| text.and_then(|text| hex(text.strip_prefix("\\x")?));
        let (check, hashing) = (bytes(row.try_get(0)?), bytes(row.try_get(1)?));
        if !keys.adopt(&check.unwrap_or_default(), hashing.as_deref()) {
            return Err(BackupError::Key("the database"));
        }
    }
    Ok(())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

async fn file(
    conn: &mut Conn,
    keys: &Keys,
    recipient: &Recipient,
    holds: Holds,
    target: &Target,
    progress: Progress<'_>,
) -> Result<Saved, BackupError> {
    let mut sink = Sink::open(target, recipient)?;
    conn.control(BEGIN).await?;
    let catalog = Catalog::of(conn).await?;
    let names: Vec<String> = catalog.of_file(holds).map(|table| quoted(&table.name)).collect();
    conn.control(&format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "))).await?;
    let about = conn.rows(ABOUT, &[]).await?;
    let about = about.first().ok_or_else(|| BackupError::NotABackup("the database".to_owned()))?;
    let header = Header {
        form: FORM,
        id: Keys::random()?.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
        holds,
        program: crate::version::VERSION.to_owned(),
        taken: about.try_get(1)?,
        server: about.try_get(0)?,
        migrations: migrations(conn).await?,
        months: months(conn).await?,
    };
    put_signed(&mut sink, keys, Frame::json(Kind::Header, &header)).await?;
    let (mut tables, mut saved) = (Vec::new(), Saved::default());
    for table in catalog.of_file(holds) {
        let sum = one(conn, &mut sink, table, progress).await?;
        saved.tables += 1;
        saved.rows += sum.rows;
        saved.bytes += sum.bytes;
        tables.push(sum);
    }
    let at = sequences(conn).await?;
    let sequences = at.into_iter().map(|(name, last)| SequenceAt { name, last }).collect();
    conn.control("COMMIT").await?;
    let manifest = Manifest { id: header.id, tables, sequences };
    put_signed(&mut sink, keys, Frame::json(Kind::Manifest, &manifest)).await?;
    saved.file = sink.finish().await?;
    Ok(saved)
}

async fn put_signed(sink: &mut Sink, keys: &Keys, frame: Frame) -> Result<(), BackupError> {
    let signature = Frame { kind: Kind::Signature, body: keys.sign_backup(&frame.body).to_vec() };
    sink.put(frame).await?;
    sink.put(signature).await
}

async fn one(
    conn: &mut Conn,
    sink: &mut Sink,
    table: &Table,
    progress: Progress<'_>,
) -> Result<TableSum, BackupError> {
    let head = TableHead { name: table.name.clone(), columns: table.columns.clone() };
    sink.put(Frame::json(Kind::Table, &head)).await?;
    let (mut hash, mut rows, mut bytes) = (Sha256::new(), 0, 0);
    let (begun, mut said) = (Instant::now(), Instant::now());
    let mut gathered = Vec::with_capacity(GATHER);
    let mut stream = pin!(conn.copy_out(&table.copy_out()).await?);
    loop {
        let row = stream.next().await.transpose()?;
        if let Some(row) = &row {
            // A message is a row.
            rows += 1;
            bytes += row.len() as u64;
            gathered.extend_from_slice(row);
        }
        if gathered.len() >= GATHER || (row.is_none() && !gathered.is_empty()) {
            hash.update(&gathered);
            let body = std::mem::replace(&mut gathered, Vec::with_capacity(GATHER));
            sink.put(Frame { kind: Kind::Data, body }).await?;
        }
        if said.elapsed() >= SAY {
            said = Instant::now();
            progress(&line(&table.name, rows, bytes, begun));
        }
        if row.is_none() {
            break;
        }
    }
    sink.put(Frame { kind: Kind::TableEnd, body: Vec::new() }).await?;
    // Lines of empty tables would push the others off the screen.
    if rows > 0 {
        progress(&line(&table.name, rows, bytes, begun));
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(TableSum { name: table.name.clone(), rows, bytes, sha256 })
}

/// How far a table is.
pub(super) fn line(table: &str, rows: u64, bytes: u64, begun: Instant) -> String {
    let speed = bytes as f64 / begun.elapsed().as_secs_f64().max(0.001);
    format!("{table:<24} {rows:>12} rows  {:>10}  {:>10}/s", size(bytes), size(speed as u64))
}
