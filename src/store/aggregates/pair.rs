//! Pairs: opened, ended, found again. `active_pair_member` says who is in a live one (I1).

use super::account::place;
use super::bots;
use super::codes::{self, CAUSES, word};
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasing, Erasure, Expiry, Export, Lives, Stage, Step, Table};
use nameless_actors::ports::{AskedPair, LivePair, MapRow, Opened, PairRecord, Proposal};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::session::EndCause;
use nameless_domain::time::Millis;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "pairs",
        life: "until `HISTORY_DAYS` after the chat's end",
        ids: &["a", "b"],
        words: &[],
        other: &["pair_id", "opened", "ended", "cause"],
        stays: &[],
        export: Export::Section("chats", |conn, _, user| Box::pin(chats(conn, user))),
        erasure: Erasure::Steps(&[
            Step::routine(Stage::Notes, |conn, who| Box::pin(end_for_erasure(conn, who))),
            Step::at(Stage::Names, "UPDATE pairs SET a = NULL WHERE a = $1"),
            Step::at(Stage::Names, "UPDATE pairs SET b = NULL WHERE b = $1"),
        ]),
        // Who talked to whom: kept after the end as long as history, which is found through it.
        expiry: Expiry::Rows {
            before: Lives::history,
            sql: "DELETE FROM pairs WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM pairs WHERE ended < $1 ORDER BY ended LIMIT $2))",
        },
    },
    Table {
        name: "active_pair_member",
        life: "as long as the chat",
        ids: &["user_id"],
        words: &[],
        other: &["pair_id"],
        stays: &[],
        export: Export::No("`account` and `chats` tell of it"),
        erasure: Erasure::Steps(&[Step::rows(
            "DELETE FROM active_pair_member
             WHERE pair_id IN (SELECT pair_id FROM active_pair_member WHERE user_id = $1)",
        )]),
        expiry: Expiry::No("the chat's end"),
    },
];

const OPEN: &str = "SELECT place, opened_pair, busy FROM open_pairs($1, $2, $3) ORDER BY place";

const END: &str = "\
    WITH gone AS (
        DELETE FROM active_pair_member WHERE pair_id = ANY($1)
    )
    UPDATE pairs SET ended = n.ended, cause = n.cause
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS n (pair_id, ended, cause)
    WHERE pairs.pair_id = n.pair_id AND pairs.ended IS NULL";

const END_ERASED: &str = "\
    UPDATE pairs SET ended = $2, cause = 'erased' WHERE (a = $1 OR b = $1) AND ended IS NULL";

const CHATS: &str = "SELECT opened, ended FROM pairs WHERE a = $1 OR b = $1 ORDER BY opened";

/// Several pairs at once, each with its place in what was asked.
const LOAD: &str = "\
    SELECT asked.place, p.pair_id, p.a, p.b, p.bot_a, p.bot_b, p.opened, p.ended IS NULL AS live
    FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (pair_id, place)
    JOIN pairs p ON p.pair_id = asked.pair_id";

/// The newest rows of several pairs, oldest first. `at + 0`: by `at` itself a planner that knows
/// little of a new table looks for a pair's rows along the index of times, through everybody's.
const MAP: &str = "\
    SELECT asked.place, m.from_side, m.source, m.copy
    FROM unnest($1::bigint[], $3::bigint[]) AS asked (pair_id, place)
    CROSS JOIN LATERAL (
        SELECT from_side, source, copy, at FROM message_map
        WHERE pair_id = asked.pair_id ORDER BY at + 0 DESC, from_side DESC, source DESC LIMIT $2
    ) AS m
    ORDER BY asked.place, m.at, m.from_side, m.source";

/// The rows of messages, each of a pair and the chat of one of its sides: what it wrote, or what it
/// was sent.
const ASKED: &str = "\
    SELECT asked.place, m.from_side, m.source, m.copy
    FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::bigint[]) AS asked (pair_id, side, id, place)
    CROSS JOIN LATERAL (
        SELECT from_side, source, copy FROM message_map
        WHERE pair_id = asked.pair_id AND from_side = asked.side AND source = asked.id
        UNION ALL
        SELECT from_side, source, copy FROM message_map
        WHERE pair_id = asked.pair_id AND from_side = 1 - asked.side AND copy = asked.id
        LIMIT 1
    ) AS m";

/// Everyone who is owed a line; who searches; whose row says chatting without a live pair to match;
/// who is in a live pair without a row to match.
const UNSETTLED: &str = "\
    SELECT user_id FROM (
        SELECT user_id, (phase ->> 'since')::bigint AS since
            FROM accounts WHERE phase ->> 'at' = 'searching'
        UNION ALL
        SELECT a.user_id, (a.phase ->> 'since')::bigint
            FROM accounts a
            LEFT JOIN active_pair_member m
                ON m.user_id = a.user_id AND m.pair_id = (a.phase ->> 'pair')::bigint
            WHERE a.phase ->> 'at' = 'chatting' AND m.user_id IS NULL
        UNION ALL
        SELECT m.user_id, p.opened
            FROM active_pair_member m
            JOIN pairs p ON p.pair_id = m.pair_id
            LEFT JOIN accounts a
                ON a.user_id = m.user_id AND a.phase ->> 'at' = 'chatting'
                AND (a.phase ->> 'pair')::bigint = m.pair_id
            WHERE a.user_id IS NULL
        UNION ALL
        SELECT user_id, 0 FROM owed_lines
    ) AS waiting
    GROUP BY user_id ORDER BY min(since), user_id";

/// Opens pairs in one statement, which is one transaction.
pub(crate) async fn open(conn: &mut Conn, proposals: &[Proposal]) -> Result<Vec<Opened>, Fault> {
    if proposals.is_empty() {
        return Ok(Vec::new());
    }
    let first: Vec<i64> = proposals.iter().map(|p| p.members[0].0).collect();
    let second: Vec<i64> = proposals.iter().map(|p| p.members[1].0).collect();
    let at: Vec<i64> = proposals.iter().map(|p| p.at.0).collect();
    let rows = conn.query(OPEN, &[&first, &second, &at]).await?;
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        opened.push(match row.try_get::<_, Option<i64>>("opened_pair")? {
            Some(pair) => Opened::Pair(PairId(pair)),
            None => {
                let busy: Vec<i64> = row.try_get("busy")?;
                Opened::Conflict(busy.into_iter().map(UserId).collect())
            }
        });
    }
    Ok(opened)
}

/// The pairs that end in a batch: the first end of each counts.
#[derive(Default)]
pub(crate) struct Ends(BTreeMap<i64, (i64, &'static str)>);

impl Ends {
    /// Adds one, later in the batch than those before it.
    pub(crate) fn add(&mut self, pair: PairId, at: Millis, cause: EndCause) {
        self.0.entry(pair.0).or_insert((at.0, word(CAUSES, cause)));
    }

    /// Writes them all; pairs that have ended before keep their end.
    pub(crate) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let pairs: Vec<i64> = self.0.keys().copied().collect();
        let (at, causes): (Vec<i64>, Vec<&str>) = self.0.into_values().unzip();
        conn.execute(END, &[&pairs, &at, &causes]).await?;
        Ok(())
    }
}

/// These pairs in this order, the live ones with their newest message map rows, oldest first, and
/// those that are asked for.
pub(crate) async fn load(
    conn: &mut Conn,
    pairs: &[AskedPair],
    newest: u32,
) -> Result<Vec<PairRecord>, Fault> {
    let asked: Vec<i64> = pairs.iter().map(|asked| asked.pair.0).collect();
    let mut found = Vec::new();
    let none = || PairRecord { live: None, members: [None, None], map: Vec::new(), asked: None };
    found.resize_with(pairs.len(), none);
    let (mut live, mut places) = (Vec::new(), Vec::new());
    for row in conn.query(LOAD, &[&asked]).await? {
        let record = place(&row, &mut found)?;
        // Erasure takes a member's name from a pair that has ended.
        let (a, b): (Option<i64>, Option<i64>) = (row.try_get("a")?, row.try_get("b")?);
        record.members = [a.map(UserId), b.map(UserId)];
        if let ([Some(a), Some(b)], true) = (record.members, row.try_get("live")?) {
            let pair: i64 = row.try_get("pair_id")?;
            let opened = Millis(row.try_get("opened")?);
            let bots = [bots::place(row.try_get("bot_a")?)?, bots::place(row.try_get("bot_b")?)?];
            record.live = Some(LivePair { pair: PairId(pair), members: [a, b], bots, opened });
            live.push(pair);
            places.push(row.try_get::<_, i64>("place")?);
        }
    }
    if live.is_empty() {
        return Ok(found);
    }
    for row in conn.query(MAP, &[&live, &i64::from(newest), &places]).await? {
        place(&row, &mut found)?.map.push(mapped(&row)?);
    }
    load_asked(conn, pairs, &mut found).await?;
    Ok(found)
}

/// The rows that are asked for.
async fn load_asked(conn: &mut Conn, pairs: &[AskedPair], found: &mut [PairRecord]) -> Result<(), Fault> {
    let (mut ids, mut sides, mut messages, mut places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, AskedPair { pair, message }) in (1_i64..).zip(pairs) {
        if let Some((side, message)) = message {
            ids.push(pair.0);
            sides.push(codes::side_number(*side));
            messages.push(message.0);
            places.push(place);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    for row in conn.query(ASKED, &[&ids, &sides, &messages, &places]).await? {
        let found = place(&row, found)?;
        found.asked = found.live.is_some().then_some(mapped(&row)?);
    }
    Ok(())
}

fn mapped(row: &Row) -> Result<MapRow, Fault> {
    Ok(MapRow {
        from: codes::side(row.try_get("from_side")?)?,
        source: MessageId(row.try_get("source")?),
        copy: MessageId(row.try_get("copy")?),
    })
}

/// A user's chats, for the export: when they were, and with nothing of whom.
async fn chats(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut chats = Vec::new();
    for row in &conn.query(CHATS, &[&user.0]).await? {
        let ended: Option<i64> = row.try_get("ended")?;
        chats.push(json!({ "opened": rfc3339(row.try_get("opened")?), "ended": ended.map(rfc3339) }));
    }
    Ok(json!(chats))
}

/// Ends the live pair of somebody who is being erased.
async fn end_for_erasure(conn: &mut Conn, who: Erasing<'_>) -> Result<(), Fault> {
    conn.execute(END_ERASED, &[&who.user.0, &who.now.0]).await?;
    Ok(())
}

/// Whose sessions must be woken at start, longest waiting first.
pub(crate) async fn unsettled(conn: &mut Conn) -> Result<Vec<UserId>, Fault> {
    let rows = conn.query(UNSETTLED, &[]).await?;
    rows.iter().map(|row| Ok(UserId(row.try_get("user_id")?))).collect()
}
