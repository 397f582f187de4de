//! Durable work, for whoever looks.

use super::Done;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Denied, FailedJob, Jobs, LaneLine, Order, Page};
use nameless_domain::capabilities::admin::desk::jobs::Deed;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// Of what is not done: an index holds that alone.
const LANES: &str = "\
    SELECT lane, count(*) FILTER (WHERE state = 'pending' AND not_before IS NULL) AS waiting,
        count(*) FILTER (WHERE state = 'pending' AND not_before IS NOT NULL) AS delayed,
        count(*) FILTER (WHERE state = 'processing') AS running,
        (extract(epoch FROM min(added) FILTER (WHERE state = 'pending')) * 1000)::bigint AS oldest
    FROM jobs WHERE state IN ('pending', 'processing') GROUP BY lane ORDER BY lane";

const FAILED: &str = "\
    SELECT job_id, lane, user_id, (extract(epoch FROM ended) * 1000)::bigint AS at, attempt,
        coalesce(error, '') AS error
    FROM jobs WHERE state = 'failed' ORDER BY ended DESC LIMIT $1";

fn lane(row: &Row) -> Result<LaneLine, Fault> {
    Ok(LaneLine {
        lane: row.try_get("lane")?,
        waiting: row.try_get("waiting")?,
        delayed: row.try_get("delayed")?,
        running: row.try_get("running")?,
        oldest: row.try_get::<_, Option<i64>>("oldest")?.map(Millis),
    })
}

fn failed(row: &Row) -> Result<FailedJob, Fault> {
    Ok(FailedJob {
        job: row.try_get("job_id")?,
        lane: row.try_get("lane")?,
        user: row.try_get::<_, Option<i64>>("user_id")?.map(UserId),
        at: Millis(row.try_get("at")?),
        attempts: row.try_get::<_, i16>("attempt")?.into(),
        error: row.try_get("error")?,
    })
}

pub(super) async fn carry_out(
    conn: &mut Conn,
    order: &Order,
    deed: &Deed,
) -> Result<Result<Done, Denied>, Fault> {
    let answer = match deed {
        Deed::Lanes => {
            let items = conn.query(LANES, &[]).await?.iter().map(lane).collect::<Result<_, _>>()?;
            Jobs::Lanes(Page { items, next: None })
        }
        Deed::Failed { limit } => {
            let rows = conn.query(FAILED, &[&i64::from(*limit)]).await?;
            let items = rows.iter().map(failed).collect::<Result<_, _>>()?;
            Jobs::Failed(Page { items, next: None })
        }
    };
    Ok(Ok(Done::plain(&order.act, answer.into())))
}
