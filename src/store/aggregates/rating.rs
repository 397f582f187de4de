//! Ratings of partners.

use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Step, Table};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "ratings",
    life: "365 days, or until one of the two erases themselves",
    ids: &["rater", "rated"],
    words: &[],
    other: &["pair_id", "at"],
    stays: &[],
    export: Export::Section("ratings", |conn, _, user| Box::pin(counts(conn, user))),
    erasure: Erasure::Steps(&[Step::rows("DELETE FROM ratings WHERE rater = $1 OR rated = $1")]),
    // As long as they may matter for what is done about a person, and no longer.
    expiry: Expiry::Rows {
        before: |lives| lives.days(365),
        sql: "DELETE FROM ratings WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM ratings WHERE at < $1 ORDER BY at LIMIT $2))",
    },
}];

/// Of the members that the pair still has: an erasure has taken the name there, and a rating that
/// comes after it would keep it.
const UPSERT: &str = "\
    INSERT INTO ratings AS old (pair_id, rater, rated, up, at)
    SELECT n.* FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[])
        AS n (pair_id, rater, rated, up, at)
    WHERE EXISTS (SELECT FROM pairs p WHERE p.pair_id = n.pair_id AND n.rated IN (p.a, p.b))
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
pub(crate) struct Ratings(BTreeMap<(i64, i64), (i64, bool, i64)>);

impl Ratings {
    /// Adds one, later in the batch than those before it.
    pub(crate) fn add(&mut self, pair: PairId, by: UserId, of: UserId, up: bool, at: Millis) {
        let key = (pair.0, by.0);
        if self.0.get(&key).is_none_or(|kept| kept.2 <= at.0) {
            self.0.insert(key, (of.0, up, at.0));
        }
    }

    /// Writes them all.
    pub(crate) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
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

/// How often a user rated and was rated, for the export.
async fn counts(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(COUNTS, &[&user.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no counts".into()))?;
    let count = |column| row.try_get::<_, i64>(column);
    Ok(json!({
        "given": { "up": count("given_up")?, "down": count("given_down")? },
        "received": { "up": count("received_up")?, "down": count("received_down")? },
    }))
}
