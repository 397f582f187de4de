//! How much each open report weighs, kept in its row so that the queue begins where an index does.
//!
//! A weight depends on others: on how many report the same person, and on what became of the
//! reporter's other reports. So it is worked out anew for all whom a new report or a verdict
//! concerns. What reports leave behind when they go by age is left: it orders, and is shown
//! nowhere.

use super::codes::{self, REASONS};
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::admin::weight::{CROWD, Urgency, weight};

/// Locked in one order, so that two who weigh do not wait for each other.
const TOUCHED: &str = "\
    WITH touched AS (
        SELECT report_id, reported, reporter_hash, reason, weight FROM reports
        WHERE status = 'open' AND (report_id = $1 OR reported = $2 OR reporter_hash = $3)
        ORDER BY report_id FOR UPDATE
    ), crowd AS (
        SELECT t.reported, (SELECT count(DISTINCT o.reporter_hash) FROM reports o
                            WHERE o.reported = t.reported AND o.status = 'open') AS reporters
        FROM (SELECT DISTINCT reported FROM touched) t
    ), word AS (
        SELECT t.reporter_hash, p.upheld, p.dismissed
        FROM (SELECT DISTINCT reporter_hash FROM touched) t
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE d.verdict = 'upheld') AS upheld,
                    count(*) FILTER (WHERE d.verdict = 'dismissed') AS dismissed
                FROM reports d WHERE d.reporter_hash = t.reporter_hash AND d.verdict IS NOT NULL
            ) p
    )
    SELECT t.report_id, t.reason, t.weight, c.reporters, w.upheld, w.dismissed
    FROM touched t JOIN crowd c USING (reported) JOIN word w USING (reporter_hash)";

const REPORTERS: &str =
    "SELECT count(DISTINCT reporter_hash) AS reporters FROM reports WHERE reported = $1 AND status = 'open'";

const WEIGH: &str = "\
    UPDATE reports r SET weight = n.weight
    FROM unnest($1::bigint[], $2::bigint[]) AS n(report_id, weight) WHERE r.report_id = n.report_id";

/// After a new report: weighs it, and what else is open about the same person.
pub(crate) async fn made(conn: &mut Conn, report: i64, reported: i64) -> Result<(), Fault> {
    let rows = conn.query(REPORTERS, &[&reported]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no count".into()))?;
    // One more adds nothing where a crowd is: a thousandth report does not touch the others.
    let crowded = row.try_get::<_, i64>("reporters")? > i64::from(CROWD);
    weigh(conn, Some(report), (!crowded).then_some(reported), None).await
}

/// After verdicts: weighs what is open about the same people, and what else the same people have
/// reported.
pub(crate) async fn decided(conn: &mut Conn, reported: i64, reporter_hash: &[u8]) -> Result<(), Fault> {
    weigh(conn, None, Some(reported), Some(reporter_hash)).await
}

async fn weigh(
    conn: &mut Conn,
    report: Option<i64>,
    reported: Option<i64>,
    reporter: Option<&[u8]>,
) -> Result<(), Fault> {
    let (mut numbers, mut weights) = (Vec::new(), Vec::new());
    for row in conn.query(TOUCHED, &[&report, &reported, &reporter]).await? {
        let count = |column: &str| -> Result<u32, Fault> {
            Ok(u32::try_from(row.try_get::<_, i64>(column)?).unwrap_or(u32::MAX))
        };
        let of = Urgency {
            reason: codes::value(REASONS, row.try_get("reason")?)?,
            reporters: count("reporters")?,
            upheld: count("upheld")?,
            dismissed: count("dismissed")?,
        };
        let weight = i64::try_from(weight(&of)).unwrap_or(i64::MAX);
        if row.try_get::<_, i64>("weight")? != weight {
            numbers.push(row.try_get::<_, i64>("report_id")?);
            weights.push(weight);
        }
    }
    if !numbers.is_empty() {
        conn.execute(WEIGH, &[&numbers, &weights]).await?;
    }
    Ok(())
}
