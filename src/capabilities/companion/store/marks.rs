//! Marks of the day's caps, of which operators are told by jobs: each once, as its job is named by
//! it. Whoever raises a mark asks for them behind its commit; what a process that died then has not
//! asked for, the next look finds by the rows.

use super::books::{Passed, day};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{Added, NewJob, PortFuture, StoreError};
use nameless_domain::companion::constants::ALERTS;
use nameless_domain::time::DAY_MS;
use std::time::Duration;

/// The lane that tells operators of marks.
pub(crate) const ALERT: &str = "companion_alert";

/// The highest mark that each cap has passed today; a person's cap alerts nobody. In one order:
/// two who ask at one time wait for each other's keys.
const MARKS: &str =
    "SELECT cap, told FROM companion_sums WHERE day = $1 AND person = '' AND told > 0 ORDER BY cap";

impl PgStore {
    /// Has operators told of the marks that today's caps have passed. Whether there is one that
    /// nobody has asked for before.
    pub(crate) fn tell_marks(&self) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                let today = day(now);
                // Tomorrow the budget is another one.
                let left = (DAY_MS - now.0.rem_euclid(DAY_MS)).unsigned_abs();
                let mut marks = Vec::new();
                for row in conn.query(MARKS, &[&today]).await? {
                    let (cap, told): (String, i16) = (row.try_get("cap")?, row.try_get("told")?);
                    let mark = usize::try_from(told).unwrap_or_default().clamp(1, ALERTS.len()) - 1;
                    let passed = Passed { cap, percent: ALERTS[mark] };
                    let name = format!("companion:mark:{today}:{}:{}", passed.cap, passed.percent);
                    let words = serde_json::to_vec(&passed)
                        .map_err(|_| Fault::Corrupt("a mark that cannot be written".into()))?;
                    let within = Duration::from_millis(left);
                    marks.push(NewJob { within, ..NewJob::new(ALERT, name, words) });
                }
                let added = jobs::add(conn, &inner.keys, &marks).await?;
                Ok::<_, Fault>(added.contains(&Added::New))
            };
            inner.transaction(work).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::for_tests::cluster;
    use crate::store::{Keys, StoreOptions, migrate};
    use secrecy::SecretString;
    use tokio_postgres::NoTls;

    /// Guard: the name of the job, and that marks are found by their rows.
    #[tokio::test]
    async fn a_mark_is_told_once_and_by_its_row() {
        let Some((cluster, _folder)) = cluster() else { return };
        migrate::up(cluster.url()).await.expect("migrations");
        let keys = Keys::parse(&SecretString::from("01".repeat(32))).expect("a key");
        let options = StoreOptions { connections: 2, ..StoreOptions::default() };
        let store = PgStore::connect(cluster.url(), keys, options).await.expect("a store");
        let (client, connection) = tokio_postgres::connect(cluster.url(), NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let today = day(wall_clock());
        client
            .batch_execute(&format!(
                "INSERT INTO companion_sums (day, cap, person, reserved, spent, told)
                VALUES ({today}, 'all', '', 0, 5, 1), ({today}, 'back_end:one', '', 0, 5, 0),
                    ({today}, 'person', 'x', 0, 5, 3), ({today} - 1, 'all', '', 0, 5, 3)"
            ))
            .await
            .expect("kept");
        // Whoever raised it died behind the commit.
        assert!(store.tell_marks().await.expect("asked"));
        assert!(!store.tell_marks().await.expect("asked"), "another node, or an hour later");
        client
            .batch_execute(&format!("UPDATE companion_sums SET told = 2 WHERE day = {today} AND cap = 'all'"))
            .await
            .expect("raised");
        assert!(store.tell_marks().await.expect("asked"));
        let rows = client
            .query("SELECT key FROM jobs WHERE lane = 'companion_alert' ORDER BY job_id", &[])
            .await
            .expect("read");
        let keys: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let name = |percent: u32| format!("companion:mark:{today}:all:{percent}");
        assert_eq!(keys, [name(50), name(80)]);
        drop(client);
        store.close().await;
        cluster.stop();
    }
}
