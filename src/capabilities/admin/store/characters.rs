//! What talks with characters cost, for whoever looks.

use super::Done;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Characters, Denied, Order, Page, SpendLine};
use nameless_domain::capabilities::admin::desk::characters::Deed;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

const DAY_MS: i64 = 86_400_000;

/// Sums of people have a name, which none of these has.
const SPEND: &str = "\
    WITH made AS MATERIALIZED (
        SELECT day, back_end, count(*) AS calls, count(*) FILTER (WHERE spent IS NULL) AS open
        FROM companion_calls WHERE at >= $2 GROUP BY day, back_end),
    counted AS (
        SELECT day, 'back_end:' || back_end AS cap, calls, open FROM made
        UNION ALL SELECT day, 'all', sum(calls)::bigint, sum(open)::bigint FROM made GROUP BY day)
    SELECT to_char(date '1970-01-01' + sums.day, 'YYYY-MM-DD') AS day, sums.cap, sums.spent, sums.reserved,
        coalesce(counted.calls, 0) AS calls, coalesce(counted.open, 0) AS open
    FROM companion_sums sums LEFT JOIN counted ON counted.day = sums.day AND counted.cap = sums.cap
    WHERE sums.day >= $1 AND sums.person = '' ORDER BY sums.day DESC, sums.cap";

fn line(row: &Row) -> Result<SpendLine, Fault> {
    Ok(SpendLine {
        day: row.try_get("day")?,
        cap: row.try_get("cap")?,
        spent: row.try_get("spent")?,
        reserved: row.try_get("reserved")?,
        calls: row.try_get("calls")?,
        open: row.try_get("open")?,
    })
}

pub(super) async fn carry_out(
    conn: &mut Conn,
    order: &Order,
    deed: &Deed,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let Deed::Spend { days } = deed;
    let first = now.0.div_euclid(DAY_MS) - i64::from(*days) + 1;
    let from = i32::try_from(first).unwrap_or_default();
    let rows = conn.query(SPEND, &[&from, &(first * DAY_MS)]).await?;
    let items = rows.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Ok(Done::plain(&order.act, Characters::Spend(Page { items, next: None }).into())))
}
