//! Ratings of partners.

use super::conn::Conn;
use super::error::Fault;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use std::collections::BTreeMap;

const UPSERT: &str = "\
    INSERT INTO ratings AS old (pair_id, rater, rated, up, at)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[])
    ON CONFLICT (pair_id, rater) DO UPDATE SET rated = excluded.rated, up = excluded.up, at = excluded.at
    WHERE excluded.at >= old.at";

const COUNTS: &str = "\
    SELECT
        count(*) FILTER (WHERE rater = $1 AND up)     AS given_up,
        count(*) FILTER (WHERE rater = $1 AND NOT up) AS given_down,
        count(*) FILTER (WHERE rated = $1 AND up)     AS received_up,
        count(*) FILTER (WHERE rated = $1 AND NOT up) AS received_down
    FROM ratings WHERE rater = $1 OR rated = $1";

/// The ratings of a batch: the newest of each rater and pair.
#[derive(Default)]
pub(super) struct Ratings(BTreeMap<(i64, i64), (i64, bool, i64)>);

impl Ratings {
    /// Adds one, later in the batch than those before it.
    pub(super) fn add(&mut self, pair: PairId, by: UserId, of: UserId, up: bool, at: Millis) {
        let key = (pair.0, by.0);
        if self.0.get(&key).is_none_or(|kept| kept.2 <= at.0) {
            self.0.insert(key, (of.0, up, at.0));
        }
    }

    /// Writes them all.
    pub(super) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (pair, by): (Vec<i64>, Vec<i64>) = self.0.keys().copied().unzip();
        let of: Vec<i64> = self.0.values().map(|v| v.0).collect();
        let up: Vec<bool> = self.0.values().map(|v| v.1).collect();
        let at: Vec<i64> = self.0.values().map(|v| v.2).collect();
        conn.execute(UPSERT, &[&pair, &by, &of, &up, &at]).await?;
        Ok(())
    }
}

/// How often a user rated and was rated.
pub(super) struct Counts {
    /// Given: up, down.
    pub(super) given: [i64; 2],
    /// Received: up, down.
    pub(super) received: [i64; 2],
}

/// Counts a user's ratings.
pub(super) async fn counts(conn: &mut Conn, user: UserId) -> Result<Counts, Fault> {
    let rows = conn.query(COUNTS, &[&user.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no counts".into()))?;
    Ok(Counts {
        given: [row.try_get("given_up")?, row.try_get("given_down")?],
        received: [row.try_get("received_up")?, row.try_get("received_down")?],
    })
}
