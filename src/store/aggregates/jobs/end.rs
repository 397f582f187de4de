//! The ends of attempts and of jobs.

use super::{Part, aad, ms, sealing};
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, Nonces};
use crate::store::pg::Conn;
use crate::store::pg::Fault;
use nameless_actors::ports::{Ending, JobEnd};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// Counts only for the attempt that holds the job (I20). An end that is written again, as its
/// answer was lost, finds itself; one that another look has put back does not.
const END: &str = "\
    UPDATE jobs j SET
        state = e.state, lease = NULL, error = e.error, result = e.result,
        not_before = CASE WHEN e.state = 'pending' THEN now() + e.wait * interval '1 millisecond' END,
        ended = CASE WHEN e.state <> 'pending' THEN now() END,
        expires = CASE WHEN e.state = 'pending' THEN j.expires ELSE now() + e.wait * interval '1 millisecond' END,
        owed = e.owed,
        payload = CASE WHEN e.state = 'pending' OR e.owed THEN j.payload END
    FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::bytea[], $5::text[], $6::bigint[], $7::boolean[])
        AS e (job_id, attempt, state, result, error, wait, owed)
    WHERE j.job_id = e.job_id AND j.attempt = e.attempt AND j.holder = $8 AND j.state = 'processing'
    RETURNING j.job_id";

const ENDED_BEFORE: &str = "\
    SELECT j.job_id
    FROM unnest($1::bigint[], $2::smallint[], $3::text[]) AS e (job_id, attempt, state)
    JOIN jobs j ON j.job_id = e.job_id AND j.attempt = e.attempt AND j.holder = $4 AND j.state = e.state
    WHERE j.state IN ('completed', 'failed')";

/// Nobody is told; the row stays for a day, so that its cause makes no second job.
const CANCEL: &str = "\
    UPDATE jobs SET state = 'cancelled', lease = NULL, not_before = NULL, payload = NULL, ended = now(),
        expires = now() + interval '1 day'
    WHERE key = ANY($1) AND state IN ('pending', 'processing')
    RETURNING key";

/// Writes ends; for each whether it counts.
pub(super) async fn end(
    conn: &mut Conn,
    keys: &Keys,
    ends: &[JobEnd],
    holder: i64,
) -> Result<Vec<bool>, Fault> {
    if ends.is_empty() {
        return Ok(Vec::new());
    }
    let with_result = |end: &&JobEnd| matches!(end.how, Ending::Completed(..));
    let users: Vec<i64> = ends.iter().filter(with_result).filter_map(|e| Some(e.user?.0)).collect();
    let ring = user_key::get(conn, keys, &users).await?;
    let mut nonces = Nonces::draw(ends.iter().filter(with_result).count())?;
    let mut c = Columns::default();
    for end in ends {
        let (state, result, error, wait, owed) = match &end.how {
            Ending::Completed(result, keeping) => {
                // Whoever has no key was erased, and their jobs with them.
                let Some(key) = sealing(keys, &ring, end.user) else { continue };
                let sealed = key.seal_with(&mut nonces, result, &aad(Part::Result, &end.key))?;
                ("completed", Some(sealed), None, keeping.ttl, keeping.owed)
            }
            Ending::Failed(why, keeping) => ("failed", None, Some(&**why), keeping.ttl, keeping.owed),
            Ending::Again(why, wait) => ("pending", None, Some(&**why), *wait, false),
        };
        c.job.push(end.hold.job.0);
        c.attempt.push(end.hold.attempt as i16);
        c.state.push(state);
        c.result.push(result);
        c.error.push(error);
        c.wait.push(ms(wait));
        c.owed.push(owed);
    }
    let Columns { job, attempt, state, result, error, wait, owed } = &c;
    let rows = conn.query(END, &[job, attempt, state, result, error, wait, owed, &holder]).await?;
    let mut counted: FxHashSet<i64> = FxHashSet::default();
    for row in &rows {
        counted.insert(row.try_get(0)?);
    }
    if counted.len() < job.len() {
        for row in &conn.query(ENDED_BEFORE, &[job, attempt, state, &holder]).await? {
            counted.insert(row.try_get(0)?);
        }
    }
    Ok(ends.iter().map(|end| counted.contains(&end.hold.job.0)).collect())
}

/// Cancels the jobs of these causes; for each whether there was anything to cancel.
pub(super) async fn cancel(conn: &mut Conn, causes: &[Arc<str>]) -> Result<Vec<bool>, Fault> {
    if causes.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = causes.iter().map(|key| &**key).collect();
    let rows = conn.query(CANCEL, &[&names]).await?;
    let mut cancelled: FxHashSet<&str> = FxHashSet::default();
    for row in &rows {
        cancelled.insert(row.try_get(0)?);
    }
    Ok(names.iter().map(|key| cancelled.contains(key)).collect())
}

/// Rows as the statement takes them.
#[derive(Default)]
struct Columns<'a> {
    job: Vec<i64>,
    attempt: Vec<i16>,
    state: Vec<&'static str>,
    result: Vec<Option<Vec<u8>>>,
    error: Vec<Option<&'a str>>,
    wait: Vec<i64>,
    owed: Vec<bool>,
}
