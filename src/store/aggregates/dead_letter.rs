//! Updates that could not be handled, kept for an operator to look at and replay.

use super::account::seq_number;
use super::user_key;
use crate::store::keys::{Keys, Nonces};
use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::table::{Erasure, Expiry, Export, Lives, Step, Table};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "dead_letters",
    life: "`HISTORY_DAYS`, or until handled or dropped by an operator",
    ids: &["user_id"],
    words: &["sealed", "error"],
    other: &["seq", "update_id", "at", "replay_asked"],
    stays: &[],
    export: Export::No("raw updates that came to nothing, which may name others"),
    erasure: Erasure::Steps(&[Step::rows("DELETE FROM dead_letters WHERE user_id = $1")]),
    // They hold a user's words too: kept as long as history.
    expiry: Expiry::Rows {
        before: Lives::history,
        sql: "DELETE FROM dead_letters WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM dead_letters WHERE at < $1 ORDER BY at LIMIT $2))",
    },
}];

/// Identity of a dead letter.
pub(crate) fn aad(seq: i64) -> Vec<u8> {
    format!("dead letter:{seq}").into_bytes()
}

/// Bytes of an error text that are kept.
const ERROR_BYTES: usize = 1_000;

// A batch is as one after the other: the last of those with the same position wins.
const INSERT: &str = "\
    INSERT INTO dead_letters (seq, update_id, user_id, at, error, sealed)
    SELECT DISTINCT ON (seq) seq, update_id, user_id, at, error, sealed FROM unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
        WITH ORDINALITY AS new (seq, update_id, user_id, at, error, sealed, place)
    ORDER BY seq, place DESC
    ON CONFLICT (seq) DO UPDATE SET
        update_id = EXCLUDED.update_id, user_id = EXCLUDED.user_id, at = EXCLUDED.at, error = EXCLUDED.error,
        sealed = EXCLUDED.sealed, replay_asked = NULL";

const LIST: &str = "\
    SELECT seq, update_id, user_id, at, error, replay_asked FROM dead_letters ORDER BY seq LIMIT $1";

const ASKED: &str = "\
    SELECT seq, update_id, user_id, at, error, replay_asked FROM dead_letters
    WHERE replay_asked IS NOT NULL ORDER BY seq LIMIT $1";

const GET: &str = "\
    SELECT seq, update_id, user_id, at, error, replay_asked, sealed FROM dead_letters WHERE seq = $1";

const DELETE: &str = "DELETE FROM dead_letters WHERE $1::bigint IS NULL OR seq = $1";

const ASK: &str = "\
    UPDATE dead_letters SET replay_asked = coalesce(replay_asked, $2) WHERE $1::bigint IS NULL OR seq = $1";

const ANSWER: &str = "DELETE FROM dead_letters WHERE seq = $1 AND replay_asked = $2";

const DECLINE: &str = "UPDATE dead_letters SET replay_asked = NULL WHERE seq = $1 AND replay_asked = $2";

/// A dead letter without the update itself.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// Its position in the journal.
    pub seq: Seq,
    /// Telegram's id of it.
    pub update_id: i64,
    /// Whose.
    pub user: UserId,
    /// When it was given up.
    pub at: Millis,
    /// What failed.
    pub error: String,
    /// When an operator asked that it be handled again, if it is not yet.
    pub replay_asked: Option<Millis>,
}

/// A dead letter with its update: a user's words, never to be logged.
#[derive(Clone, PartialEq)]
pub struct DeadUpdate {
    /// What is known of it.
    pub letter: DeadLetter,
    /// The update as it came in.
    pub raw: std::sync::Arc<str>,
}

/// Writes dead letters. One that is there already has failed again: nobody has asked for that one
/// to be replayed. The updates are sealed under their users' keys.
pub(crate) async fn write(conn: &mut Conn, keys: &Keys, new: &[DeadUpdate]) -> Result<(), Fault> {
    if new.is_empty() {
        return Ok(());
    }
    let ring = user_key::ensure(conn, keys, new.iter().map(|n| n.letter.user.0).collect()).await?;
    let mut nonces = Nonces::draw(new.len())?;
    let mut seq = Vec::with_capacity(new.len());
    let mut sealed = Vec::with_capacity(new.len());
    for n in new {
        let number = seq_number(n.letter.seq)?;
        seq.push(number);
        let key = user_key::of(&ring, n.letter.user)?;
        sealed.push(key.seal_with(&mut nonces, n.raw.as_bytes(), &aad(number))?);
    }
    let update: Vec<i64> = new.iter().map(|n| n.letter.update_id).collect();
    let user: Vec<i64> = new.iter().map(|n| n.letter.user.0).collect();
    let at: Vec<i64> = new.iter().map(|n| n.letter.at.0).collect();
    let error: Vec<String> = new.iter().map(|n| storable(&n.letter.error)).collect();
    conn.execute(INSERT, &[&seq, &update, &user, &at, &error, &sealed]).await?;
    Ok(())
}

/// Postgres has no NUL in texts; a letter about one must not be refused for it.
fn storable(error: &str) -> String {
    let mut end = error.len().min(ERROR_BYTES);
    while !error.is_char_boundary(end) {
        end -= 1;
    }
    error[..end].replace('\0', "\u{fffd}")
}

/// The oldest dead letters.
pub(crate) async fn list(conn: &mut Conn, limit: i64) -> Result<Vec<DeadLetter>, Fault> {
    conn.query(LIST, &[&limit]).await?.iter().map(from_row).collect()
}

/// One with its update.
async fn get(conn: &mut Conn, keys: &Keys, seq: Seq) -> Result<Option<DeadUpdate>, Fault> {
    let number = seq_number(seq)?;
    let rows = conn.query(GET, &[&number]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let letter = from_row(row)?;
    let ring = user_key::get(conn, keys, &[letter.user.0]).await?;
    let raw = user_key::of(&ring, letter.user)?.open(row.try_get("sealed")?, &aad(number))?;
    let raw = String::from_utf8(raw).map_err(|_| Fault::Corrupt("a dead letter is not text".into()))?;
    Ok(Some(DeadUpdate { letter, raw: raw.into() }))
}

/// Those that an operator wants handled again, oldest first.
async fn asked(conn: &mut Conn, limit: i64) -> Result<Vec<DeadLetter>, Fault> {
    conn.query(ASKED, &[&limit]).await?.iter().map(from_row).collect()
}

/// Removes one, or all; how many there were.
async fn delete(conn: &mut Conn, seq: Option<Seq>) -> Result<u64, Fault> {
    let number = seq.map(seq_number).transpose()?;
    conn.execute(DELETE, &[&number]).await
}

/// Marks one, or all, to be handled again; how many there were. One that is marked keeps its mark,
/// as it may be on its way.
pub(crate) async fn ask(conn: &mut Conn, seq: Option<Seq>, at: Millis) -> Result<u64, Fault> {
    let number = seq.map(seq_number).transpose()?;
    conn.execute(ASK, &[&number, &at.0]).await
}

/// Removes one; whether it was there.
pub(crate) async fn remove(conn: &mut Conn, seq: Seq) -> Result<bool, Fault> {
    Ok(conn.execute(DELETE, &[&Some(seq_number(seq)?)]).await? > 0)
}

/// Removes one that is being handled again, as was asked for at `asked`. One that has failed again
/// meanwhile stays.
async fn answer(conn: &mut Conn, seq: Seq, asked: Millis) -> Result<bool, Fault> {
    Ok(conn.execute(ANSWER, &[&seq_number(seq)?, &asked.0]).await? > 0)
}

/// Takes the mark off one that cannot be handled again.
async fn decline(conn: &mut Conn, seq: Seq, asked: Millis) -> Result<bool, Fault> {
    Ok(conn.execute(DECLINE, &[&seq_number(seq)?, &asked.0]).await? > 0)
}

fn from_row(row: &Row) -> Result<DeadLetter, Fault> {
    Ok(DeadLetter {
        seq: Seq(row.try_get::<_, i64>("seq")? as u64),
        update_id: row.try_get("update_id")?,
        user: UserId(row.try_get("user_id")?),
        at: Millis(row.try_get("at")?),
        error: row.try_get("error")?,
        replay_asked: row.try_get::<_, Option<i64>>("replay_asked")?.map(Millis),
    })
}

/// The operations of [`PgStore`] on them.
impl PgStore {
    /// The oldest dead letters, at most `limit`.
    pub fn dead_letters(&self, limit: u32) -> PortFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        self.run(move |inner| async move { list(&mut *inner.check_out().await?, limit.into()).await })
    }

    /// A dead letter with its raw update.
    pub fn dead_letter(&self, seq: Seq) -> PortFuture<'_, Result<Option<DeadUpdate>, StoreError>> {
        self.run(move |inner| async move { get(&mut *inner.check_out().await?, &inner.keys, seq).await })
    }

    /// Removes a dead letter, or all; how many there were.
    pub fn drop_dead_letters(&self, seq: Option<Seq>) -> PortFuture<'_, Result<u64, StoreError>> {
        self.run(move |inner| async move { delete(&mut *inner.check_out().await?, seq).await })
    }

    /// Marks a dead letter, or all, to be handled again by the running bot; how many there were.
    pub fn ask_replay(&self, seq: Option<Seq>, at: Millis) -> PortFuture<'_, Result<u64, StoreError>> {
        self.run(move |inner| async move { ask(&mut *inner.check_out().await?, seq, at).await })
    }

    /// The oldest marked dead letters, at most `limit`.
    pub fn asked_replays(&self, limit: u32) -> PortFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        self.run(move |inner| async move { asked(&mut *inner.check_out().await?, limit.into()).await })
    }

    /// Removes a marked dead letter that is handled again, unless it has failed again meanwhile.
    pub fn answer_replay(&self, seq: Seq, asked: Millis) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move { answer(&mut *inner.check_out().await?, seq, asked).await })
    }

    /// Takes the mark off a dead letter that cannot be handled again.
    pub fn decline_replay(&self, seq: Seq, asked: Millis) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move { decline(&mut *inner.check_out().await?, seq, asked).await })
    }
}
