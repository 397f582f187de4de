//! What is kept of it, and for how long.

use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_domain::ids::UserId;
use serde_json::{Value, json};

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "again_asks",
    life: "a day after the day in which it can be answered, a week where one of a pack was used for it, or until the \
           one who asked erases themselves",
    ids: &["asker", "asked"],
    words: &[],
    other: &["pair_id", "at", "until", "shown", "state", "used"],
    stays: &[],
    export: Export::Section("asked_back", |conn, _, user| Box::pin(own(conn, user))),
    erasure: Erasure::Steps(&[
        Step::at(Stage::Locked, "DELETE FROM again_asks WHERE asker = $1"),
        Step::at(
            Stage::Locked,
            "UPDATE again_asks SET asked = NULL, state = CASE WHEN state = 'met' THEN 'met' ELSE 'off' END
             WHERE asked = $1",
        ),
    ]),
    expiry: Expiry::Rows {
        before: |lives| lives.days(1),
        // What was used goes back when the day is over: also after days in which nothing ran.
        sql: "DELETE FROM again_asks WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM again_asks WHERE until < $1 AND (used IS NULL OR until < $1 - 518400000::bigint)
            ORDER BY until LIMIT $2))",
    },
}];

/// What they asked, and what they were asked and said to that; the other's answer is the other's.
const OWN: &str = "\
    SELECT at, asker = $1 AS own, CASE WHEN asker = $1 THEN NULL ELSE state END AS said FROM again_asks
    WHERE asker = $1 OR (asked = $1 AND state IN ('shown', 'no', 'met')) ORDER BY at";

async fn own(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let said = match row.try_get::<_, Option<&str>>("said")? {
            Some("met") => Some("yes"),
            Some("no") => Some("no"),
            _ => None,
        };
        let (at, own): (i64, bool) = (row.try_get("at")?, row.try_get("own")?);
        all.push(json!({ "at": rfc3339(at), "asked_by_you": own, "you_said": said }));
    }
    Ok(json!(all))
}
