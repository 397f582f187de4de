//! A reserve by one statement, where every cap holds it: the way of nearly all. The sums that all
//! turns want are locked by it alone, and where it leaves with its COMMIT they are free again
//! without a round trip. Where a cap does not hold it, or has no sum of today yet, nothing happens,
//! and [`books::reserve`](super::books::reserve) finds out what that means.

use super::books::{Passed, Reserve, Reserved, amount, caps, day, is_picture};
use crate::store::pg::Fault;
use nameless_domain::companion::constants::ALERTS;
use nameless_domain::time::Millis;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// Rows of the day that are not there yet. They stay though a cap refuses what they were made for.
/// Those that are there are not even tried: that would wait for whoever changes them.
/// The day's sum of all is locked before any is made, as it is before any other is locked: who has
/// made one that another wants does not wait for what the other has.
pub(super) const SUMS: &str = "\
    WITH first AS MATERIALIZED (
        SELECT FROM companion_sums WHERE day = $1 AND cap = 'all' AND person = '' FOR UPDATE),
    held AS (SELECT count(*) FROM first)
    INSERT INTO companion_sums (day, cap, person, reserved, spent)
    SELECT $1, w.cap, w.person, 0, 0 FROM held CROSS JOIN unnest($2::text[], $3::bytea[]) AS w (cap, person)
    WHERE NOT EXISTS (SELECT FROM companion_sums s WHERE s.day = $1 AND s.cap = w.cap AND s.person = w.person)
    ORDER BY w.cap
    ON CONFLICT (day, cap, person) DO NOTHING";

/// Of two who want the same caps the later one waits at the first. What a cap has passed is counted
/// as `books::reserve` counts it.
pub(super) const RESERVE: &str = "\
    WITH held AS (
        SELECT s.cap, s.person, s.reserved + s.spent + $5::bigint AS would, s.told, w.most
        FROM unnest($2::text[], $3::bytea[], $4::bigint[]) AS w (cap, person, most)
        JOIN companion_sums s ON s.day = $1::integer AND s.cap = w.cap AND s.person = w.person
        ORDER BY s.cap FOR UPDATE OF s),
    marked AS (
        SELECT h.cap, h.person, h.told, CASE WHEN h.most > 0 THEN greatest(h.told, (
            SELECT count(*) FROM unnest($6::integer[]) AS a (mark)
            WHERE h.would::numeric * 100 >= h.most::numeric * a.mark)::smallint) ELSE h.told END AS tells
        FROM held h
        WHERE (SELECT count(*) = cardinality($2::text[]) AND bool_and($5::bigint = 0 OR would <= most) FROM held)),
    taken AS (
        UPDATE companion_sums s SET reserved = s.reserved + $5::bigint, told = m.tells
        FROM marked m WHERE s.day = $1::integer AND s.cap = m.cap AND s.person = m.person),
    noted AS (
        INSERT INTO companion_calls (dialog_id, turn, try, number, person, day, back_end, worst, at)
        SELECT $7::bigint, $8::integer, $9::smallint, $10::smallint, $11::bytea, $1::integer, $12::text, $5::bigint,
            $13::bigint
        WHERE EXISTS (SELECT FROM marked)
        ON CONFLICT DO NOTHING)
    SELECT cap, person, told, tells FROM marked";

/// A reserve as statements take it.
pub(super) struct AtOnce<'r> {
    of: &'r Reserve,
    person: Vec<u8>,
    names: Vec<String>,
    whose: Vec<Vec<u8>>,
    most: Vec<i64>,
    marks: Vec<i32>,
    today: i32,
    worst: i64,
    at: i64,
}

impl<'r> AtOnce<'r> {
    pub(super) fn new(person: Vec<u8>, of: &'r Reserve, now: Millis) -> AtOnce<'r> {
        let caps = caps(&of.back_end.0, person.clone(), is_picture(&of.call));
        let (names, whose) = caps.into_iter().unzip();
        let most = [of.all, of.back_end.1, of.person].map(amount).to_vec();
        let marks = ALERTS.iter().map(|mark| i32::try_from(*mark).unwrap_or(i32::MAX)).collect();
        let (today, worst, at) = (day(now), amount(of.worst), now.0);
        AtOnce { of, person, names, whose, most, marks, today, worst, at }
    }

    /// What [`SUMS`] takes.
    pub(super) fn sums(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.today, &self.names, &self.whose]
    }

    /// What [`RESERVE`] takes.
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 13] {
        let (dialog, turn, attempt, number) = &self.of.call;
        [
            &self.today,
            &self.names,
            &self.whose,
            &self.most,
            &self.worst,
            &self.marks,
            dialog,
            turn,
            attempt,
            number,
            &self.person,
            &self.of.back_end.0,
            &self.at,
        ]
    }
}

/// What [`RESERVE`] has answered; none where nothing was reserved.
pub(super) fn answer(rows: &[Row]) -> Result<Option<Reserved>, Fault> {
    let mut passed = Vec::new();
    for row in rows {
        let (told, tells): (i16, i16) = (row.try_get("told")?, row.try_get("tells")?);
        // A person's cap alerts nobody.
        if tells > told && row.try_get::<_, &[u8]>("person")?.is_empty() {
            let mark = usize::try_from(tells).unwrap_or_default().clamp(1, ALERTS.len()) - 1;
            passed.push(Passed { cap: row.try_get("cap")?, percent: ALERTS[mark] });
        }
    }
    Ok((!rows.is_empty()).then_some(Reserved::Yes(passed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::for_tests::cluster;
    use crate::store::migrate;
    use std::time::Duration;
    use tokio_postgres::{Client, NoTls};

    /// What `books::reserve` has locked by the time at which it finds that a sum is not there.
    const THERE: &str = "SELECT FROM companion_sums WHERE day = 1 ORDER BY cap FOR UPDATE";
    const IS_WAITED_FOR: &str =
        "SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))";

    async fn client(url: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client.batch_execute("SET lock_timeout = '20s'").await.expect("set");
        client
    }

    async fn sums(client: &Client) -> Result<u64, tokio_postgres::Error> {
        let names = ["all", "back_end:one", "person"].map(str::to_owned).to_vec();
        let whose = [&b""[..], b"", b"somebody"].map(<[u8]>::to_vec).to_vec();
        client.execute(SUMS, &[&1i32, &names, &whose]).await
    }

    /// Somebody's first two calls of a day, made at one moment in both ways that there are. Guard:
    /// that the sum of all is locked before any is made.
    #[tokio::test]
    async fn first_calls_of_a_day_wait_for_each_other_in_one_order() {
        let Some((cluster, _folder)) = cluster() else { return };
        migrate::up(cluster.url()).await.expect("migrations");
        let (one, other) = (client(cluster.url()).await, client(cluster.url()).await);
        one.batch_execute(
            "INSERT INTO companion_sums (day, cap, person, reserved, spent)
             VALUES (1, 'all', '', 0, 0), (1, 'back_end:one', '', 0, 0); BEGIN",
        )
        .await
        .expect("begun");
        one.query(THERE, &[]).await.expect("locked");
        other.batch_execute("BEGIN").await.expect("begun");
        let beside = tokio::spawn(async move {
            sums(&other).await.expect("the rows are there");
            other.query(THERE, &[]).await.expect("locked");
            other.batch_execute("COMMIT").await.expect("committed");
        });
        let waits = async {
            while one.query(IS_WAITED_FOR, &[]).await.expect("asked").is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waits).await.expect("the other one waits");
        assert_eq!(sums(&one).await.expect("made"), 1, "the person's");
        one.batch_execute("COMMIT").await.expect("committed");
        beside.await.expect("no panic");
        let rows = one.query("SELECT FROM companion_sums", &[]).await.expect("read");
        assert_eq!(rows.len(), 3);
        drop(one);
        cluster.stop();
    }
}
