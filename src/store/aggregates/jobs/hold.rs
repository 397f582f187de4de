//! Who holds what: claims, heartbeats, and what is done about holders that are gone.

use super::{Others, Part, ms, open};
use crate::store::keys::Keys;
use crate::store::pg::Conn;
use crate::store::pg::Fault;
use nameless_actors::ports::{Claim, ClaimedJob, Hold, JobId, LaneRule, Tidy};
use nameless_domain::ids::UserId;
use rustc_hash::FxHashSet;
use std::time::Duration;
use tokio_postgres::Row;

/// Along the index of what is ready. Rows that another claimer has locked are passed over.
const CLAIM: &str = "\
    UPDATE jobs j SET state = 'processing', attempt = attempt + 1, holder = $3,
        lease = now() + $4::bigint * interval '1 millisecond', started = coalesce(started, now())
    WHERE job_id = ANY(ARRAY(
        SELECT job_id FROM jobs
        WHERE lane = $1 AND state = 'pending' AND not_before IS NULL AND expires > now()
        ORDER BY priority DESC, place, job_id LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING job_id, attempt, key, lane, user_id, payload, priority, place,
        (SELECT wrapped FROM user_keys k WHERE k.user_id = j.user_id) AS wrapped";

/// What this holder was given and does not know of. One that was kept as held is handed over within
/// that second, if it is at all.
const GIVEN: &str = "\
    SELECT job_id, attempt, key, lane, user_id, payload, priority, place,
        (SELECT wrapped FROM user_keys k WHERE k.user_id = j.user_id) AS wrapped
    FROM jobs j WHERE state = 'processing' AND holder = $1 AND job_id <> ALL($2)
        AND (started > added OR started < now() - interval '1 second') ORDER BY lease";

const UNREADABLE: &str = "\
    UPDATE jobs SET state = 'failed', lease = NULL, payload = NULL, ended = now(),
        expires = now() + interval '1 day', error = 'its payload does not open'
    WHERE job_id = ANY($1)";

const BEAT: &str = "\
    UPDATE jobs j SET lease = now() + b.lease * interval '1 millisecond'
    FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) AS b (job_id, attempt, lease)
    WHERE j.job_id = b.job_id AND j.attempt = b.attempt AND j.holder = $4 AND j.state = 'processing'
    RETURNING j.job_id";

/// Of these lanes: what nobody holds any more. It is begun again at once, the lease was the wait;
/// or it was tried often enough.
const LAPSED: &str = "\
    UPDATE jobs j SET
        state = CASE WHEN j.attempt < r.attempts THEN 'pending' ELSE 'failed' END,
        lease = NULL, error = 'the holder was gone',
        ended = CASE WHEN j.attempt >= r.attempts THEN now() END,
        expires = CASE WHEN j.attempt < r.attempts THEN j.expires ELSE now() + r.ttl * interval '1 millisecond' END,
        owed = j.attempt >= r.attempts AND r.owed AND j.user_id IS NOT NULL,
        payload = CASE WHEN j.attempt < r.attempts OR r.owed AND j.user_id IS NOT NULL THEN j.payload END
    FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::boolean[]) AS r (lane, attempts, ttl, owed)
    WHERE r.lane = j.lane AND j.job_id = ANY(ARRAY(
        SELECT p.job_id FROM jobs p
        WHERE p.state = 'processing' AND p.lane = ANY($1)
          AND (p.lease < now()
               OR $5 AND (p.holder = $6 OR $7)
               OR NOT $7 AND NOT EXISTS (SELECT FROM nodes n WHERE n.node = p.holder) AND p.holder <> $6)
        ORDER BY p.lease LIMIT 1000 FOR UPDATE OF p SKIP LOCKED))";

const LATE: &str = "\
    UPDATE jobs j SET state = 'failed', lease = NULL, not_before = NULL, error = 'not carried out in time',
        ended = now(), expires = now() + r.ttl * interval '1 millisecond',
        owed = r.owed AND j.user_id IS NOT NULL,
        payload = CASE WHEN r.owed AND j.user_id IS NOT NULL THEN j.payload END
    FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS r (lane, ttl, owed)
    WHERE r.lane = j.lane AND j.job_id = ANY(ARRAY(
        SELECT job_id FROM jobs
        WHERE state IN ('pending', 'processing') AND expires <= now() AND lane = ANY($1)
        ORDER BY expires LIMIT 1000 FOR UPDATE SKIP LOCKED))";

/// Their place is of the time when they were added: they come soon.
const AWAKE: &str = "\
    UPDATE jobs SET not_before = NULL WHERE job_id = ANY(ARRAY(
        SELECT job_id FROM jobs WHERE state = 'pending' AND not_before IS NOT NULL AND not_before <= now()
        ORDER BY not_before LIMIT 1000 FOR UPDATE SKIP LOCKED))";

const NEXT: &str = "\
    SELECT greatest(0, ceil(extract(epoch FROM not_before - now()) * 1000))::bigint
    FROM jobs WHERE state = 'pending' AND not_before IS NOT NULL ORDER BY not_before LIMIT 1";

/// Takes work, in the order in which to begin.
pub(super) async fn claim(
    conn: &mut Conn,
    keys: &Keys,
    claim: &Claim,
    holder: i64,
) -> Result<Vec<ClaimedJob>, Fault> {
    let most = i64::try_from(claim.most).unwrap_or(i64::MAX);
    let mut rows = conn.query(CLAIM, &[&claim.lane, &most, &holder, &ms(claim.lease)]).await?;
    in_order(&mut rows)?;
    readable(conn, keys, &rows).await
}

/// What the holder was given in an answer that it never got.
pub(super) async fn given_again(
    conn: &mut Conn,
    keys: &Keys,
    known: &[JobId],
    holder: i64,
) -> Result<Vec<ClaimedJob>, Fault> {
    let known: Vec<i64> = known.iter().map(|job| job.0).collect();
    let mut rows = conn.query(GIVEN, &[&holder, &known]).await?;
    in_order(&mut rows)?;
    readable(conn, keys, &rows).await
}

fn in_order(rows: &mut [Row]) -> Result<(), Fault> {
    type Place = (std::cmp::Reverse<i16>, i64, i64);
    let place = |row: &Row| -> Result<Place, tokio_postgres::Error> {
        let priority = std::cmp::Reverse(row.try_get("priority")?);
        Ok((priority, row.try_get("place")?, row.try_get("job_id")?))
    };
    // Read once, so that what cannot be read is an error and not an order.
    rows.iter().try_for_each(|row| place(row).map(drop))?;
    rows.sort_by_key(|row| place(row).ok());
    Ok(())
}

/// The jobs of these rows. One whose payload does not open fails at once, visibly: it would at each
/// attempt.
async fn readable(conn: &mut Conn, keys: &Keys, rows: &[Row]) -> Result<Vec<ClaimedJob>, Fault> {
    let (mut jobs, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (job, key): (i64, &str) = (row.try_get("job_id")?, row.try_get("key")?);
        let user: Option<i64> = row.try_get("user_id")?;
        let sealed: Option<&[u8]> = row.try_get("payload")?;
        let wrapped: Option<&[u8]> = row.try_get("wrapped")?;
        let owner = match (user, wrapped) {
            (None, _) => Some(None),
            (Some(user), Some(wrapped)) => Some(Some((UserId(user), wrapped))),
            (Some(_), None) => None,
        };
        let payload = match (owner, sealed) {
            (Some(owner), Some(sealed)) => open(keys, owner, Part::Payload, key, sealed).ok(),
            _ => None,
        };
        let Some(payload) = payload else {
            unreadable.push(job);
            continue;
        };
        jobs.push(ClaimedJob {
            hold: Hold { job: JobId(job), attempt: row.try_get::<_, i16>("attempt")? as u16 },
            key: key.into(),
            lane: row.try_get("lane")?,
            user: user.map(UserId),
            payload,
        });
    }
    if !unreadable.is_empty() {
        tracing::error!(jobs = ?unreadable, "payloads of jobs do not open; these jobs fail");
        conn.execute(UNREADABLE, &[&unreadable]).await?;
    }
    Ok(jobs)
}

/// Prolongs leases; the holds that were lost.
pub(super) async fn beat(
    conn: &mut Conn,
    beats: &[(Hold, Duration)],
    holder: i64,
) -> Result<Vec<Hold>, Fault> {
    if beats.is_empty() {
        return Ok(Vec::new());
    }
    let jobs: Vec<i64> = beats.iter().map(|(hold, _)| hold.job.0).collect();
    let attempts: Vec<i16> = beats.iter().map(|(hold, _)| hold.attempt as i16).collect();
    let leases: Vec<i64> = beats.iter().map(|(_, lease)| ms(*lease)).collect();
    let mut alive: FxHashSet<i64> = FxHashSet::default();
    for row in &conn.query(BEAT, &[&jobs, &attempts, &leases, &holder]).await? {
        alive.insert(row.try_get(0)?);
    }
    Ok(beats.iter().map(|(hold, _)| *hold).filter(|hold| !alive.contains(&hold.job.0)).collect())
}

/// Puts back what nobody holds, fails what is too late or was tried too often, makes ready what has
/// waited long enough.
pub(super) async fn tidy(
    conn: &mut Conn,
    tidy: &Tidy,
    rules: &[LaneRule],
    holder: i64,
    others: Others,
) -> Result<(), Fault> {
    let lanes: Vec<&str> = rules.iter().map(|rule| rule.lane).collect();
    let attempts: Vec<i16> = rules.iter().map(|r| i16::try_from(r.attempts).unwrap_or(i16::MAX)).collect();
    let ttls: Vec<i64> = rules.iter().map(|rule| ms(rule.keeping.ttl)).collect();
    let owed: Vec<bool> = rules.iter().map(|rule| rule.keeping.owed).collect();
    let is_alone = others == Others::Nobody;
    conn.execute(LAPSED, &[&lanes, &attempts, &ttls, &owed, &tidy.fresh, &holder, &is_alone]).await?;
    conn.execute(LATE, &[&lanes, &ttls, &owed]).await?;
    conn.execute(AWAKE, &[]).await?;
    Ok(())
}

/// How long until the next delayed job may begin.
pub(super) async fn next(conn: &mut Conn) -> Result<Option<Duration>, Fault> {
    let rows = conn.query(NEXT, &[]).await?;
    let ms: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(ms.map(|ms| Duration::from_millis(ms.unsigned_abs())))
}
