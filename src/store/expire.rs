//! Removal of what is past its time, in chunks small enough to stay out of the way.

use super::conn::Conn;
use super::error::Fault;
use nameless_domain::time::Millis;

/// Rows removed by one statement.
pub(super) const CHUNK: i64 = 5_000;

const HOUR_MS: i64 = 3_600_000;
/// Telegram lets a bot delete messages for 48 hours; after that a message's other side is of no use.
const MAP_MS: i64 = 48 * HOUR_MS;

/// A favourite is sent again within that time; another one is uploaded anew.
const COPY_MS: i64 = 30 * 24 * HOUR_MS;

/// A kind of rows that end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Message map rows.
    Maps,
    /// Relayed messages.
    History,
    /// Dead letters hold a user's words too: they are kept as long as history.
    DeadLetters,
    /// Who talked to whom: kept after the end as long as history, which is found through it.
    Pairs,
    /// What users had beyond what everyone has.
    Entitlements,
    /// Entries of the lists of people not to be met.
    Avoidances,
    /// Which handle stands for a file that was uploaded under a neutral name.
    Copies,
}

impl Kind {
    pub(super) const ALL: [Kind; 7] = [
        Kind::Maps,
        Kind::History,
        Kind::DeadLetters,
        Kind::Pairs,
        Kind::Entitlements,
        Kind::Avoidances,
        Kind::Copies,
    ];

    fn sql(self) -> &'static str {
        match self {
            Kind::Maps => {
                "DELETE FROM message_map WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM message_map WHERE at < $1 ORDER BY at LIMIT $2))"
            }
            Kind::History => {
                // By key: a ctid is a place in one partition, and another one has that place, too.
                "DELETE FROM history WHERE (pair_id, side, message, edit, opened) IN (
                    SELECT pair_id, side, message, edit, opened FROM history
                    WHERE at < $1 ORDER BY at LIMIT $2)"
            }
            Kind::DeadLetters => {
                "DELETE FROM dead_letters WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM dead_letters WHERE at < $1 ORDER BY at LIMIT $2))"
            }
            Kind::Pairs => {
                "DELETE FROM pairs WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM pairs WHERE ended < $1 ORDER BY ended LIMIT $2))"
            }
            Kind::Entitlements => {
                "DELETE FROM entitlements WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM entitlements WHERE until < $1 ORDER BY until LIMIT $2))"
            }
            Kind::Copies => {
                "DELETE FROM laundered_copies WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM laundered_copies WHERE made < $1 ORDER BY made LIMIT $2))"
            }
            Kind::Avoidances => {
                "UPDATE accounts AS a SET (avoid_users, avoid_until, avoid_next) = (
                    SELECT coalesce(array_agg(u.who ORDER BY u.n), '{}'),
                           coalesce(array_agg(u.till ORDER BY u.n), '{}'),
                           min(u.till) FILTER (WHERE u.till < 9223372036854775807)
                    FROM unnest(a.avoid_users, a.avoid_until) WITH ORDINALITY AS u (who, till, n)
                    WHERE u.till > $1)
                WHERE a.user_id IN (
                    SELECT user_id FROM accounts WHERE avoid_next <= $1
                    ORDER BY avoid_next LIMIT $2 FOR UPDATE SKIP LOCKED)"
            }
        }
    }
}

const MONTHS: &str = "SELECT made, dropped FROM keep_history_months($1, $2)";

/// What lies before this is past its time.
fn expired(now: Millis, history_days: u32) -> Millis {
    now.plus(-24 * HOUR_MS * i64::from(history_days))
}

/// Makes the history's partitions of this and the next two months, and drops those that are past their time as a whole.
/// Returns how many of each. What a partition still holds in part goes by [`chunk`].
pub(super) async fn months(conn: &mut Conn, now: Millis, history_days: u32) -> Result<(i32, i32), Fault> {
    conn.begin().await?;
    let kept = match conn.query(MONTHS, &[&now.0, &expired(now, history_days).0]).await {
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

/// Removes one chunk; returns the number of rows it touched, less than [`CHUNK`] when nothing is left.
pub(super) async fn chunk(conn: &mut Conn, kind: Kind, now: Millis, history_days: u32) -> Result<u64, Fault> {
    let before = match kind {
        Kind::Maps => now.plus(-MAP_MS),
        Kind::History | Kind::DeadLetters | Kind::Pairs | Kind::Entitlements => expired(now, history_days),
        Kind::Avoidances => now,
        Kind::Copies => now.plus(-COPY_MS),
    };
    conn.execute(kind.sql(), &[&before.0, &CHUNK]).await
}
