//! Removal of what is past its time, in chunks small enough to stay out of the way.

use super::aggregates::history;
use super::pg::PgStore;
use super::schema::tables;
use super::table::{Expiry, Lives};
use nameless_actors::ports::StoreError;
use nameless_domain::time::Millis;
use std::time::{Duration, Instant};

/// After each chunk expiry pauses for as long as that took, and so long at least: it has half of
/// one connection's time at most, and others have their turn before the next chunk.
const PAUSE: Duration = Duration::from_millis(5);

/// Removes everything that is past its time, however much that is; returns the number of rows that
/// went one by one. Months of the history go first, so that their rows need not go one by one. Who
/// holds up one table holds up no other.
pub(in crate::store) async fn all(store: &PgStore, now: Millis) -> Result<u64, StoreError> {
    let lives = Lives { now, history_days: store.inner.history_days };
    let months =
        store.run(move |inner| async move { history::months(&mut *inner.check_out().await?, lives).await });
    let mut refused = match months.await {
        Ok((0, 0)) => None,
        Ok((made, dropped)) => {
            tracing::info!(made, dropped, "months of the history");
            None
        }
        Err(cause) => Some(cause),
    };
    let most = store.inner.expire_chunk;
    let mut total = 0;
    let mut left: Vec<(Millis, &'static str)> = tables()
        .filter_map(|table| match table.expiry {
            Expiry::Rows { before, sql } => Some((before(lives), sql)),
            Expiry::No(_) => None,
        })
        .collect();
    while !left.is_empty() {
        // In turn, so that none waits for all of another.
        for (before, sql) in std::mem::take(&mut left) {
            let began = Instant::now();
            // Each chunk checks out anew, so that others have their turn in between.
            let removed = store.run(move |inner| async move {
                inner.check_out().await?.execute(sql, &[&before.0, &i64::from(most)]).await
            });
            match removed.await {
                Ok(rows) => {
                    total += rows;
                    if rows >= u64::from(most) {
                        left.push((before, sql));
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
