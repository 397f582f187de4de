//! What is not done, by lane, for who watches.

use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::OpenLane;
use std::time::Duration;

/// An index holds what is not done and nothing else. What may not begin yet is no older than
/// nothing: nobody waits for it.
const OPEN: &str = "\
    SELECT lane, count(*) FILTER (WHERE state = 'pending') AS waiting,
        count(*) FILTER (WHERE state = 'processing') AS running,
        coalesce(extract(epoch FROM now() - min(added) FILTER (WHERE not_before IS NULL)) * 1000, 0)::bigint
            AS oldest
    FROM jobs WHERE state IN ('pending', 'processing') GROUP BY lane ORDER BY lane";

pub(super) async fn open(conn: &mut Conn) -> Result<Vec<OpenLane>, Fault> {
    let mut lanes = Vec::new();
    for row in &conn.query(OPEN, &[]).await? {
        let count = |name| row.try_get::<_, i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
        lanes.push(OpenLane {
            lane: row.try_get("lane")?,
            waiting: count("waiting")?,
            running: count("running")?,
            oldest: Duration::from_millis(count("oldest")?),
        });
    }
    Ok(lanes)
}
