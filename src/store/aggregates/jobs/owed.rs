//! Ends that are owed to somebody.

use super::{ABOUT_OTHERS, Part, open};
use crate::store::keys::Keys;
use crate::store::pg::Conn;
use crate::store::pg::Fault;
use nameless_actors::ports::{JobId, Look, OwedJob};
use nameless_domain::ids::{MessageId, UserId};
use tokio_postgres::Row;

/// What was given is of no more use; the result is kept for its time, unless it names others.
const DELIVERED: &str = "\
    UPDATE jobs SET owed = false, delivered = now(), payload = NULL,
        result = CASE WHEN lane <> $2 THEN result END
    WHERE job_id = ANY($1) AND owed";

const SENT: &str = "\
    UPDATE jobs SET sent = new.copies
    FROM (SELECT n.job_id, array_agg(n.copy ORDER BY n.place) AS copies
          FROM unnest($1::bigint[], $2::integer[]) WITH ORDINALITY AS n (job_id, copy, place)
          GROUP BY n.job_id) AS new
    WHERE jobs.job_id = new.job_id AND owed";

const READ: &str = "\
    UPDATE jobs j SET told = least(told, 32766) + 1 WHERE job_id = ANY($1) AND owed
    RETURNING job_id, key, lane, user_id, state, payload, result, error, sent, told,
        (SELECT wrapped FROM user_keys k WHERE k.user_id = j.user_id) AS wrapped";

const LOOK: &str = "SELECT job_id, user_id FROM jobs WHERE owed AND job_id > $1 ORDER BY job_id LIMIT $2";

/// Marks ends as told.
pub(super) async fn delivered(conn: &mut Conn, jobs: &[JobId]) -> Result<(), Fault> {
    if !jobs.is_empty() {
        let jobs: Vec<i64> = jobs.iter().map(|job| job.0).collect();
        conn.execute(DELIVERED, &[&jobs, &ABOUT_OTHERS]).await?;
    }
    Ok(())
}

/// Notes the messages by which ends were told, all of them so far.
pub(super) async fn sent(conn: &mut Conn, sent: &[(JobId, Vec<MessageId>)]) -> Result<(), Fault> {
    let each = || sent.iter().flat_map(|(job, copies)| copies.iter().map(|copy| (job.0, copy.0)));
    let (jobs, copies): (Vec<i64>, Vec<i32>) = each().unzip();
    if !jobs.is_empty() {
        conn.execute(SENT, &[&jobs, &copies]).await?;
    }
    Ok(())
}

/// Reads ends to be told, and counts it. One that does not open is as one that failed.
pub(super) async fn read(conn: &mut Conn, keys: &Keys, jobs: &[JobId]) -> Result<Vec<OwedJob>, Fault> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let jobs: Vec<i64> = jobs.iter().map(|job| job.0).collect();
    let mut owed = Vec::with_capacity(jobs.len());
    for row in &conn.query(READ, &[&jobs]).await? {
        owed.push(from_row(keys, row)?);
    }
    owed.sort_by_key(|owed: &OwedJob| owed.job);
    Ok(owed)
}

fn from_row(keys: &Keys, row: &Row) -> Result<OwedJob, Fault> {
    let key: &str = row.try_get("key")?;
    let user = row.try_get::<_, Option<i64>>("user_id")?.map(UserId);
    let owner = user.zip(row.try_get::<_, Option<&[u8]>>("wrapped")?);
    let opened = |part, column: &str| -> Result<_, Fault> {
        let sealed: Option<&[u8]> = row.try_get(column)?;
        Ok(sealed.and_then(|sealed| open(keys, owner, part, key, sealed).ok()))
    };
    let error: Option<&str> = row.try_get("error")?;
    let outcome = match row.try_get("state")? {
        "completed" => opened(Part::Result, "result")?.ok_or("its result does not open"),
        _ => Err(error.unwrap_or("it failed")),
    };
    let sent: Option<Vec<i32>> = row.try_get("sent")?;
    Ok(OwedJob {
        job: JobId(row.try_get("job_id")?),
        key: key.into(),
        lane: row.try_get("lane")?,
        user,
        payload: opened(Part::Payload, "payload")?.unwrap_or_default(),
        outcome: outcome.map_err(Into::into),
        sent: sent.unwrap_or_default().into_iter().map(MessageId).collect(),
        told: row.try_get::<_, i16>("told")?.unsigned_abs(),
    })
}

/// What is owed: whose, by number.
pub(super) async fn look(conn: &mut Conn, look: &Look) -> Result<Vec<(JobId, Option<UserId>)>, Fault> {
    let most = i64::try_from(look.most).unwrap_or(i64::MAX);
    let rows = conn.query(LOOK, &[&look.after.0, &most]).await?;
    let each = |row: &Row| Ok((JobId(row.try_get(0)?), row.try_get::<_, Option<i64>>(1)?.map(UserId)));
    rows.iter().map(each).collect()
}
