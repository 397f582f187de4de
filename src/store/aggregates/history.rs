//! Relayed messages, sealed under their sender's key.

use super::codes::side_number;
use super::user_key;
use crate::store::keys::{Keys, Nonces, SealingKey};
use crate::store::pg::insert::{Insert, insert};
use crate::store::pg::{Conn, Fault, Params};
use crate::store::table::{Erasure, Expiry, Export, Lives, Step, Table};
use nameless_actors::ports::HistoryRow;
use nameless_domain::ids::{PairId, UserId};
use serde_json::value::RawValue;
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "history",
    life: "`HISTORY_DAYS`, with its months (`history_default` holds what has none)",
    ids: &[],
    words: &["sealed"],
    other: &["pair_id", "opened", "at"],
    stays: &[],
    export: Export::Messages,
    erasure: Erasure::Steps(&[Step::rows(
        "DELETE FROM history h USING pairs p
         WHERE (p.a = $1 OR p.b = $1) AND h.pair_id = p.pair_id
           AND h.side = CASE WHEN p.a = $1 THEN 0 ELSE 1 END",
    )]),
    // What is not gone with its month, see `months`.
    expiry: Expiry::Rows {
        before: Lives::history,
        // By key: a ctid is a place in one partition, and another one has that place, too.
        sql: "DELETE FROM history WHERE (pair_id, side, message, edit, opened) IN (
            SELECT pair_id, side, message, edit, opened FROM history
            WHERE at < $1 ORDER BY at LIMIT $2)",
    },
}];

/// Identity of a history row: its whole primary key.
pub(crate) fn aad(pair: PairId, side: i16, message: i32, edit: i32, at: i64) -> [u8; 34] {
    let mut aad = [0; 34];
    aad[..8].copy_from_slice(b"history:");
    aad[8..16].copy_from_slice(&pair.0.to_be_bytes());
    aad[16..18].copy_from_slice(&side.to_be_bytes());
    aad[18..22].copy_from_slice(&message.to_be_bytes());
    aad[22..26].copy_from_slice(&edit.to_be_bytes());
    aad[26..34].copy_from_slice(&at.to_be_bytes());
    aad
}

const MONTHS: &str = "SELECT made, dropped FROM keep_history_months($1, $2)";

/// Who of these is a member of their pair, with the key that they have. One look at both: the key
/// is of the moment in which they were a member.
const MEMBERS: &str = "\
    SELECT s.place, p.opened, k.wrapped
    FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) WITH ORDINALITY AS s (pair_id, side, user_id, place)
    JOIN pairs p ON p.pair_id = s.pair_id AND s.user_id = CASE s.side WHEN 0 THEN p.a ELSE p.b END
    LEFT JOIN user_keys k ON k.user_id = s.user_id";

/// A message that is written again (after a crash, or because the reply to COMMIT was lost) finds
/// itself, even if its time is another one now: the key is the message, and the month is that of
/// its chat.
const INSERT: Insert = insert!(
    "INSERT INTO history (pair_id, side, message, edit, opened, at, sealed)
     SELECT unnest($1::bigint[]), unnest($2::smallint[]), unnest($3::integer[]), unnest($4::integer[]),
         unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bytea[])",
    "ON CONFLICT DO NOTHING"
);

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
const PAGE: i64 = 500;

/// Who says something: a pair, a side of it, and who that is.
type Speaker = (i64, i16, i64);

fn speaker(row: &HistoryRow) -> Speaker {
    (row.pair.0, side_number(row.from.0), row.from.1.0)
}

/// A speaker who is a member: when the pair was opened, and their key.
struct Member {
    opened: i64,
    key: Option<SealingKey>,
}

/// Those of the speakers who are members, each in the speaker's place. All of them have a key.
async fn members(conn: &mut Conn, keys: &Keys, speakers: &[Speaker]) -> Result<Vec<Option<Member>>, Fault> {
    let pairs: Vec<i64> = speakers.iter().map(|s| s.0).collect();
    let sides: Vec<i16> = speakers.iter().map(|s| s.1).collect();
    let users: Vec<i64> = speakers.iter().map(|s| s.2).collect();
    let mut members: Vec<Option<Member>> = speakers.iter().map(|_| None).collect();
    let mut without_key = Vec::new();
    for row in conn.query(MEMBERS, &[&pairs, &sides, &users]).await? {
        let place = row.try_get::<_, i64>("place")? as usize - 1;
        let user = users[place];
        let wrapped: Option<&[u8]> = row.try_get("wrapped")?;
        let key = wrapped.map(|w| keys.unwrap(w, &user_key::aad(UserId(user)))).transpose()?;
        if key.is_none() {
            without_key.push(place);
        }
        members[place] = Some(Member { opened: row.try_get("opened")?, key });
    }
    if !without_key.is_empty() {
        let users = without_key.iter().map(|place| users[*place]).collect();
        let ring = user_key::ensure(conn, keys, users).await?;
        for place in without_key {
            let key = user_key::of(&ring, UserId(speakers[place].2))?.clone();
            members[place].iter_mut().for_each(|member| member.key = Some(key.clone()));
        }
    }
    Ok(members)
}

/// Writes rows, sealing each for its own place.
///
/// Only what a pair's member says is kept. Those who erased themselves are members no longer: what
/// comes late, or is written again, does not bring their words back.
pub(crate) async fn write(conn: &mut Conn, keys: &Keys, mut rows: Vec<&HistoryRow>) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    // In the order of the primary key, in which no two writers can deadlock.
    rows.sort_by_key(|row| (speaker(row), row.message.0, row.edit));
    let mut speakers: Vec<Speaker> = rows.iter().map(|row| speaker(row)).collect();
    speakers.dedup();
    let members = members(conn, keys, &speakers).await?;

    let mut c = Columns::with_capacity(rows.len());
    let mut nonces = Nonces::draw(rows.len())?;
    let mut place = 0;
    for row in rows {
        let (pair, side, _) = speaker(row);
        while speakers[place] != speaker(row) {
            place += 1;
        }
        let Some(Member { opened, key: Some(key) }) = &members[place] else { continue };
        let (message, edit) = (row.message.0, row.edit);
        if c.last() == Some((pair, side, message, edit)) {
            // Of several in one batch the first counts, as of several batches.
            continue;
        }
        let aad = aad(row.pair, side, message, edit, row.at.0);
        c.sealed.push(key.seal_with(&mut nonces, row.payload.as_bytes(), &aad)?);
        c.pair.push(pair);
        c.side.push(side);
        c.message.push(message);
        c.edit.push(edit);
        c.opened.push(*opened);
        c.at.push(row.at.0);
    }
    let params: Params<'_> = &[&c.pair, &c.side, &c.message, &c.edit, &c.opened, &c.at, &c.sealed];
    INSERT.write(conn, c.pair.len(), params).await
}

/// Rows as the statement takes them.
struct Columns {
    pair: Vec<i64>,
    side: Vec<i16>,
    message: Vec<i32>,
    edit: Vec<i32>,
    opened: Vec<i64>,
    at: Vec<i64>,
    sealed: Vec<Vec<u8>>,
}

impl Columns {
    fn with_capacity(rows: usize) -> Columns {
        Columns {
            pair: Vec::with_capacity(rows),
            side: Vec::with_capacity(rows),
            message: Vec::with_capacity(rows),
            edit: Vec::with_capacity(rows),
            opened: Vec::with_capacity(rows),
            at: Vec::with_capacity(rows),
            sealed: Vec::with_capacity(rows),
        }
    }

    /// The key of the last row.
    fn last(&self) -> Option<(i64, i16, i32, i32)> {
        Some((*self.pair.last()?, *self.side.last()?, *self.message.last()?, *self.edit.last()?))
    }
}

/// Makes the partitions of this and the next two months, and drops those that are past their time
/// as a whole. Returns how many of each. What a partition still holds in part goes row by row.
pub(crate) async fn months(conn: &mut Conn, lives: Lives) -> Result<(i32, i32), Fault> {
    conn.begin().await?;
    let kept = match conn.query(MONTHS, &[&lives.now.0, &lives.history().0]).await {
        Ok(rows) => match rows.first() {
            Some(row) => {
                row.try_get("made").and_then(|m| Ok((m, row.try_get("dropped")?))).map_err(Fault::Db)
            }
            None => Err(Fault::Corrupt("no figures of months".into())),
        },
        Err(fault) => Err(fault),
    };
    conn.end(kept).await
}

/// A row as read: its key and its sealed payload.
pub(crate) struct Sealed {
    pub(crate) pair: PairId,
    pub(crate) side: i16,
    pub(crate) message: i32,
    pub(crate) edit: i32,
    pub(crate) at: i64,
    pub(crate) bytes: Vec<u8>,
}

impl Sealed {
    /// Reads a row with the columns of the table.
    pub(crate) fn from_row(row: &Row) -> Result<Sealed, Fault> {
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
    pub(crate) fn open(&self, key: &SealingKey) -> Result<Box<RawValue>, Fault> {
        let aad = aad(self.pair, self.side, self.message, self.edit, self.at);
        let plain = key.open(&self.bytes, &aad)?;
        let text = String::from_utf8(plain).map_err(|_| Fault::Corrupt("a payload is not text".into()))?;
        RawValue::from_string(text).map_err(|_| Fault::Corrupt("a payload is not JSON".into()))
    }
}

/// A user's own message.
pub(crate) struct OwnMessage {
    pub(crate) at: i64,
    pub(crate) edit: i32,
    pub(crate) payload: Box<RawValue>,
}

/// The name of one of a user's own messages: pair, message, edit, time.
pub(crate) type OwnKey = (i64, i32, i32, i64);

/// Shows the user's own messages, chat by chat, from behind `after` on, until `take` wants no more:
/// the name of the last one that it took is returned then, as there are more. Messages that do not
/// open (written before an erasure) are left out.
pub(crate) async fn each_own(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    after: Option<OwnKey>,
    mut take: impl FnMut(OwnMessage) -> bool,
) -> Result<Option<OwnKey>, Fault> {
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(None) };
    let mut last = after.unwrap_or((0, i32::MIN, 0, 0));
    loop {
        let rows = conn.query(OWN, &[&user.0, &last.0, &last.1, &last.2, &last.3, &PAGE]).await?;
        for row in &rows {
            let sealed = Sealed::from_row(row)?;
            if let Ok(payload) = sealed.open(key)
                && !take(OwnMessage { at: sealed.at, edit: sealed.edit, payload })
            {
                return Ok(Some(last));
            }
            last = (sealed.pair.0, sealed.message, sealed.edit, sealed.at);
        }
        if (rows.len() as i64) < PAGE {
            return Ok(None);
        }
    }
}
