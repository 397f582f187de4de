//! Relayed messages, sealed under their sender's key.

use super::codes::side_number;
use super::conn::Conn;
use super::crypto::{Keys, Nonces, history_aad};
use super::error::Fault;
use super::user_key;
use nameless_actors::ports::HistoryRow;
use nameless_domain::ids::{PairId, UserId};
use rustc_hash::FxHashMap;
use serde_json::value::RawValue;
use tokio_postgres::Row;

const PAIRS: &str = "SELECT pair_id, a, b, opened FROM pairs WHERE pair_id = ANY($1)";

/// A message that is written again (after a crash, or because the reply to COMMIT was lost) finds itself, even if its
/// time is another one now: the key is the message, and the month is that of its chat.
const INSERT: &str = "\
    INSERT INTO history (pair_id, side, message, edit, opened, at, sealed)
    SELECT * FROM unnest(
        $1::bigint[], $2::smallint[], $3::integer[], $4::integer[], $5::bigint[], $6::bigint[], $7::bytea[])
    ON CONFLICT DO NOTHING";

/// Pages through a user's own messages by primary key; `$2`.. is the key of the last row seen.
const OWN: &str = "\
    SELECT h.pair_id, h.side, h.message, h.edit, h.at, h.sealed
    FROM (
        SELECT pair_id, 0::smallint AS side FROM pairs WHERE a = $1
        UNION ALL
        SELECT pair_id, 1::smallint FROM pairs WHERE b = $1
    ) AS own
    JOIN history h ON h.pair_id = own.pair_id AND h.side = own.side
    WHERE (h.pair_id, h.message, h.edit, h.at) > ($2, $3, $4, $5)
    ORDER BY h.pair_id, h.message, h.edit, h.at LIMIT $6";

/// Rows read at once.
const PAGE: i64 = 2_000;

/// Writes rows, sealing each for its own place.
///
/// Only what a pair's member says is kept. Those who erased themselves are members no longer: what comes
/// late, or is written again, does not bring their words back.
pub(super) async fn write(conn: &mut Conn, keys: &Keys, mut rows: Vec<HistoryRow>) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut pairs: Vec<i64> = rows.iter().map(|r| r.pair.0).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut known = FxHashMap::default();
    for row in conn.query(PAIRS, &[&pairs]).await? {
        let both: [Option<i64>; 2] = [row.try_get("a")?, row.try_get("b")?];
        let opened: i64 = row.try_get("opened")?;
        known.insert(PairId(row.try_get("pair_id")?), (both, opened));
    }
    rows.retain(|r| known.get(&r.pair).is_some_and(|(m, _)| m[r.from.0.index()] == Some(r.from.1.0)));

    let ring = user_key::ensure(conn, keys, rows.iter().map(|r| r.from.1.0).collect()).await?;
    let mut nonces = Nonces::draw(rows.len())?;
    let mut sealed = Vec::with_capacity(rows.len());
    for row in &rows {
        let aad = history_aad(row.pair, side_number(row.from.0), row.message.0, row.edit, row.at.0);
        let key = user_key::of(&ring, row.from.1)?;
        sealed.push(key.seal_with(&mut nonces, row.payload.as_bytes(), &aad)?);
    }
    let pair: Vec<i64> = rows.iter().map(|r| r.pair.0).collect();
    let side: Vec<i16> = rows.iter().map(|r| side_number(r.from.0)).collect();
    let message: Vec<i32> = rows.iter().map(|r| r.message.0).collect();
    let edit: Vec<i32> = rows.iter().map(|r| r.edit).collect();
    let opened: Vec<i64> = rows.iter().map(|r| known[&r.pair].1).collect();
    let at: Vec<i64> = rows.iter().map(|r| r.at.0).collect();
    conn.execute(INSERT, &[&pair, &side, &message, &edit, &opened, &at, &sealed]).await?;
    Ok(())
}

/// A row as read: its key and its sealed payload.
pub(super) struct Sealed {
    pub(super) pair: PairId,
    pub(super) side: i16,
    pub(super) message: i32,
    pub(super) edit: i32,
    pub(super) at: i64,
    pub(super) bytes: Vec<u8>,
}

impl Sealed {
    /// Reads a row with the columns of the table.
    pub(super) fn from_row(row: &Row) -> Result<Sealed, Fault> {
        Ok(Sealed {
            pair: PairId(row.try_get("pair_id")?),
            side: row.try_get("side")?,
            message: row.try_get("message")?,
            edit: row.try_get("edit")?,
            at: row.try_get("at")?,
            bytes: row.try_get("sealed")?,
        })
    }

    /// The payload, opened with the sender's key.
    pub(super) fn open(&self, key: &super::crypto::SealingKey) -> Result<Box<RawValue>, Fault> {
        let aad = history_aad(self.pair, self.side, self.message, self.edit, self.at);
        let plain = key.open(&self.bytes, &aad)?;
        let text = String::from_utf8(plain).map_err(|_| Fault::Corrupt("a payload is not text".into()))?;
        RawValue::from_string(text).map_err(|_| Fault::Corrupt("a payload is not JSON".into()))
    }
}

/// A user's own message.
pub(super) struct OwnMessage {
    pub(super) at: i64,
    pub(super) edit: i32,
    pub(super) payload: Box<RawValue>,
}

/// The user's own messages in order of time, at most `max`; whether there are more. Messages that do not
/// open (written before an erasure) are left out.
pub(super) async fn own(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    max: usize,
) -> Result<(Vec<OwnMessage>, bool), Fault> {
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok((Vec::new(), false)) };
    let mut messages = Vec::new();
    let mut last = (0, i32::MIN, 0, 0);
    loop {
        let rows = conn.query(OWN, &[&user.0, &last.0, &last.1, &last.2, &last.3, &PAGE]).await?;
        for row in &rows {
            let sealed = Sealed::from_row(row)?;
            last = (sealed.pair.0, sealed.message, sealed.edit, sealed.at);
            if let Ok(payload) = sealed.open(key) {
                messages.push(OwnMessage { at: sealed.at, edit: sealed.edit, payload });
            }
        }
        let is_full = messages.len() >= max;
        if (rows.len() as i64) < PAGE || is_full {
            messages.sort_by_key(|m| (m.at, m.edit));
            messages.truncate(max);
            return Ok((messages, is_full));
        }
    }
}
