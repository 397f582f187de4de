//! What users wrote to the operators, sealed under the key of who wrote it.

use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::table::{Erasure, Expiry, Export, Lives, Stage, Step, Table};
use crate::store::{PgStore, rfc3339};
use nameless_actors::capabilities::FeedbackStore;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::feedback::{AGAIN_MS, Event};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::Millis;
use serde_json::{Value, json};
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "feedback",
    life: "90 days, or until erased",
    ids: &["user_id"],
    words: &["sealed"],
    other: &["seq", "at"],
    stays: &[],
    export: Export::Section("feedback", |conn, keys, user| Box::pin(own(conn, keys, user))),
    // Written under the account's lock: what a writer beside an erasure leaves is found.
    erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM feedback WHERE user_id = $1")]),
    expiry: Expiry::Rows {
        before: |lives: Lives| lives.days(90),
        sql: "DELETE FROM feedback WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM feedback WHERE at < $1 ORDER BY at LIMIT $2))",
    },
}];

/// Keeps the user from being erased meanwhile, and from writing twice at once.
const LOCK: &str = "SELECT 1 FROM accounts WHERE user_id = $1 FOR UPDATE";

const LATELY: &str = "\
    SELECT coalesce(bool_or(seq = $2), false) AS known, coalesce(bool_or(at > $3), false) AS lately
    FROM feedback WHERE user_id = $1";

const INSERT: &str = "INSERT INTO feedback (user_id, seq, at, sealed) VALUES ($1, $2, $3, $4)";

const OWN: &str = "SELECT user_id, seq, at, sealed FROM feedback WHERE user_id = $1 ORDER BY at";

const NEWEST: &str = "\
    SELECT f.user_id, f.seq, f.at, f.sealed FROM feedback f
    ORDER BY f.at DESC, f.user_id, f.seq LIMIT $1";

/// Something that a user wrote to the operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Millis,
    /// What.
    pub words: String,
}

/// Identity of a row: its key.
fn aad(user: i64, seq: i64) -> Vec<u8> {
    format!("feedback:{user}:{seq}").into_bytes()
}

async fn keep(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    seq: i64,
    words: &str,
    now: Millis,
) -> Result<Event, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        // Erased meanwhile; somebody who has only just come has no row yet, and may write once they
        // have.
        return Ok(Event::NotKept);
    }
    let since = now.plus(-AGAIN_MS);
    let rows = conn.query(LATELY, &[&user.0, &seq, &since.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no answer".into()))?;
    if row.try_get("known")? {
        return Ok(Event::Kept);
    }
    if row.try_get("lately")? {
        return Ok(Event::TooSoon);
    }
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let sealed = user_key::of(&ring, user)?.seal(words.as_bytes(), &aad(user.0, seq))?;
    conn.execute(INSERT, &[&user.0, &seq, &now.0, &sealed]).await?;
    Ok(Event::Kept)
}

/// Opens rows; one whose key is gone is left out.
async fn open(conn: &mut Conn, keys: &Keys, rows: Vec<Row>) -> Result<Vec<Said>, Fault> {
    let mut users: Vec<i64> = rows.iter().map(|row| row.try_get("user_id")).collect::<Result<_, _>>()?;
    users.sort_unstable();
    users.dedup();
    let ring = user_key::get(conn, keys, &users).await?;
    let mut said = Vec::with_capacity(rows.len());
    for row in rows {
        let (user, seq): (i64, i64) = (row.try_get("user_id")?, row.try_get("seq")?);
        let Some(key) = ring.get(&UserId(user)) else { continue };
        let words = String::from_utf8(key.open(row.try_get("sealed")?, &aad(user, seq))?)
            .map_err(|_| Fault::Corrupt("feedback that is no text".into()))?;
        said.push(Said { user: UserId(user), at: Millis(row.try_get("at")?), words });
    }
    Ok(said)
}

/// A user's own, for the export.
async fn own(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let said = open(conn, keys, rows).await?;
    Ok(said.iter().map(|s| json!({ "at": rfc3339(s.at.0), "words": s.words })).collect())
}

impl FeedbackStore for PgStore {
    fn keep(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            inner
                .transaction(async |conn| keep(conn, &inner.keys, user, seq, &words, wall_clock()).await)
                .await
        })
    }
}

/// What an operator does.
impl PgStore {
    /// What users wrote, the newest first, at most so many.
    pub fn feedback(&self, most: u32) -> PortFuture<'_, Result<Vec<Said>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let rows = lease.query(NEWEST, &[&i64::from(most)]).await?;
            open(&mut lease, &inner.keys, rows).await
        })
    }
}
