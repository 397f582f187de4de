//! Removal of what is past its time, in chunks small enough to stay out of the way.

use super::PgStore;
use super::conn::Conn;
use super::error::Fault;
use nameless_actors::ports::StoreError;
use nameless_domain::rules::Rules;
use nameless_domain::time::Millis;
use std::time::{Duration, Instant};

/// Rows removed by one statement, unless said otherwise: a few milliseconds.
pub(super) const CHUNK: i64 = 1_000;

/// After each chunk expiry pauses for as long as that took, and so long at least: it has half of one connection's time at
/// most, and others have their turn before the next chunk.
const PAUSE: Duration = Duration::from_millis(5);

const HOUR_MS: i64 = 3_600_000;
/// Telegram lets a bot delete messages for 48 hours; after that a message's other side is of no use.
const MAP_MS: i64 = 48 * HOUR_MS;

/// Reports with their evidence, and ratings: as long as they may matter for what is done about a person, and no longer,
/// whether an operator has looked at them or not.
const YEAR_MS: i64 = 365 * 24 * HOUR_MS;
/// A favourite is sent again within that time; another one is uploaded anew.
const COPY_MS: i64 = 30 * 24 * HOUR_MS;

/// A kind of rows that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Entries of the lists of recent partners.
    Avoidances,
    /// Reports, and with each its evidence.
    Reports,
    /// Ratings.
    Ratings,
    /// Who was turned away and has erased themselves.
    TurnedAway,
    /// Which handle stands for a file that was uploaded under a neutral name.
    Copies,
    /// Jobs whose end was kept for its time.
    Jobs,
    /// Jobs of a lane that no program carries out any more: they fail.
    JobsLeft,
}

impl Kind {
    pub(super) const ALL: [Kind; 12] = [
        Kind::Maps,
        Kind::History,
        Kind::DeadLetters,
        Kind::Pairs,
        Kind::Entitlements,
        Kind::Avoidances,
        Kind::Reports,
        Kind::Ratings,
        Kind::TurnedAway,
        Kind::Copies,
        Kind::Jobs,
        Kind::JobsLeft,
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
            Kind::Reports => {
                "DELETE FROM reports WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM reports WHERE at < $1 ORDER BY at LIMIT $2))"
            }
            Kind::Ratings => {
                "DELETE FROM ratings WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM ratings WHERE at < $1 ORDER BY at LIMIT $2))"
            }
            Kind::TurnedAway => {
                "DELETE FROM turned_away WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM turned_away WHERE since <= $1 ORDER BY since LIMIT $2))"
            }
            Kind::Copies => {
                "DELETE FROM laundered_copies WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM laundered_copies WHERE made < $1 ORDER BY made LIMIT $2))"
            }
            Kind::Jobs => {
                "DELETE FROM jobs WHERE job_id = ANY(ARRAY(
                    SELECT job_id FROM jobs
                    WHERE state IN ('completed', 'failed', 'cancelled') AND expires < to_timestamp($1::bigint / 1000.0)
                    ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))"
            }
            Kind::JobsLeft => {
                "UPDATE jobs SET state = 'failed', lease = NULL, not_before = NULL, payload = NULL,
                    error = 'nobody carries out this lane', ended = now(),
                    expires = greatest(now(), expires) + interval '2 days'
                WHERE job_id = ANY(ARRAY(
                    SELECT job_id FROM jobs
                    WHERE state IN ('pending', 'processing') AND expires < to_timestamp($1::bigint / 1000.0)
                    ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))"
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

/// Removes at most `rows` rows; returns how many it touched, fewer when nothing is left.
pub(super) async fn chunk(
    conn: &mut Conn,
    kind: Kind,
    now: Millis,
    history_days: u32,
    rows: i64,
) -> Result<u64, Fault> {
    let before = match kind {
        Kind::Maps => now.plus(-MAP_MS),
        Kind::History | Kind::DeadLetters | Kind::Pairs | Kind::Entitlements => expired(now, history_days),
        Kind::Avoidances => now,
        Kind::Reports | Kind::Ratings => now.plus(-YEAR_MS),
        Kind::TurnedAway => now.plus(-Rules::default().underage_again_ms),
        Kind::Copies => now.plus(-COPY_MS),
        Kind::Jobs => now,
        // Where the lane is known, this is done by who carries it out.
        Kind::JobsLeft => now.plus(-24 * HOUR_MS),
    };
    conn.execute(kind.sql(), &[&before.0, &rows]).await
}

/// Removes everything that is past its time, however much that is; returns the number of rows that went one by one.
/// Months of the history go first, so that their rows need not go one by one. Who holds up one kind holds up no other.
pub(super) async fn all(store: &PgStore, now: Millis) -> Result<u64, StoreError> {
    let operation = store.inner.operation;
    let months = store.run(operation, move |inner| async move {
        months(&mut *inner.check_out().await?, now, inner.history_days).await
    });
    let mut refused = match months.await {
        Ok((0, 0)) => None,
        Ok((made, dropped)) => {
            tracing::info!(made, dropped, "months of the history");
            None
        }
        Err(cause) => Some(cause),
    };
    let most = store.inner.expire_chunk;
    let (mut total, mut kinds) = (0, Kind::ALL.to_vec());
    while !kinds.is_empty() {
        // In turn, so that none waits for all of another.
        for kind in std::mem::take(&mut kinds) {
            let began = Instant::now();
            // Each chunk checks out anew, so that others have their turn in between.
            let removed = store.run(operation, move |inner| async move {
                chunk(&mut *inner.check_out().await?, kind, now, inner.history_days, most.into()).await
            });
            match removed.await {
                Ok(rows) => {
                    total += rows;
                    if rows >= u64::from(most) {
                        kinds.push(kind);
                    }
                }
                Err(away @ StoreError::Unavailable(_)) => return Err(away),
                Err(cause) => refused = refused.or(Some(cause)),
            }
            tokio::time::sleep(began.elapsed().max(PAUSE)).await;
        }
    }
    refused.map_or(Ok(total), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn repository_file(path: &str) -> String {
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        std::fs::read_to_string(std::path::Path::new(&package).join(path)).expect("a file of the repository")
    }

    /// A table that is added without a word on how long its rows live does not pass.
    #[test]
    fn every_table_has_a_stated_life() {
        let schema = repository_file("schema.sql");
        let tables: BTreeSet<&str> = schema
            .lines()
            .filter_map(|line| line.strip_prefix("CREATE TABLE "))
            .filter(|rest| !rest.contains("PARTITION OF"))
            .filter_map(|rest| rest.split(' ').next())
            .collect();
        let docs = repository_file("docs/architecture.md");
        let section = docs.split("\n## How long things are kept\n").nth(1).expect("the section");
        let section = section.split("\n## ").next().expect("its text");
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let stated: BTreeSet<&str> = rows
            .inspect(|(table, life)| assert!(life.len() > 5, "{table}"))
            .map(|(table, _)| table)
            .collect();
        assert_eq!(tables, stated);
        for kind in Kind::ALL {
            let sql = kind.sql();
            assert!(tables.iter().any(|table| sql.contains(&format!(" {table} "))), "{kind:?}");
        }
    }
}
