//! Jobs on their way into the table.

use super::{Part, aad, ms, sealing};
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, Nonces, SealingKey};
use crate::store::pg::Conn;
use crate::store::pg::Fault;
use nameless_actors::ports::{Added, ClaimedJob, Hold, JobId, NewJob};
use rustc_hash::FxHashSet;
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The lock keeps a user from being erased meanwhile: the erasure removes the account before the
/// jobs, so it either waits and finds the new ones, or this finds nobody.
const KNOWN: &str = "SELECT user_id FROM accounts WHERE user_id = ANY($1) ORDER BY user_id FOR KEY SHARE";

/// A user's live jobs are counted up to a thousand: beyond, it makes no difference.
const INSERT: &str = "\
    INSERT INTO jobs (key, lane, user_id, priority, place, not_before, expires, payload)
    SELECT n.key, n.lane, n.user_id, n.priority,
        (extract(epoch FROM now()) * 1000)::bigint + CASE WHEN n.user_id IS NULL THEN 0 ELSE 3600000 * (
            row_number() OVER (PARTITION BY n.lane, n.user_id ORDER BY n.n) - 1
            + (SELECT count(*) FROM (
                SELECT FROM jobs j
                WHERE j.user_id = n.user_id AND j.lane = n.lane AND j.state IN ('pending', 'processing')
                LIMIT 1000) AS own)) END,
        CASE WHEN n.delay > 0 THEN now() + n.delay * interval '1 millisecond' END,
        now() + n.within * interval '1 millisecond', n.payload
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bytea[])
        WITH ORDINALITY AS n (key, lane, user_id, priority, delay, within, payload, n)
    ORDER BY n.n
    ON CONFLICT (key) DO NOTHING
    RETURNING key";

/// Adds jobs within the caller's transaction: so a capability keeps its own rows and the work that
/// they mean with one commit. What became of each. The actor is to be woken after the commit.
pub(crate) async fn add(conn: &mut Conn, keys: &Keys, jobs: &[NewJob]) -> Result<Vec<Added>, Fault> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let mut users: Vec<i64> = jobs.iter().filter_map(|job| job.user).map(|user| user.0).collect();
    users.sort_unstable();
    users.dedup();
    let known = match users.is_empty() {
        true => Vec::new(),
        false => conn.query(KNOWN, &[&users]).await?,
    };
    let known: Vec<i64> = known.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let ring = match known.is_empty() {
        true => Default::default(),
        false => user_key::ensure(conn, keys, known).await?,
    };
    let mut nonces = Nonces::draw(jobs.len())?;
    let mut added = Vec::with_capacity(jobs.len());
    let mut columns = Columns::default();
    for job in jobs {
        let Some(key) = sealing(keys, &ring, job.user) else {
            added.push(Added::NoUser);
            continue;
        };
        added.push(Added::Before);
        columns.push(job, key, &mut nonces)?;
    }
    let rows = columns.insert(conn).await?;
    let mut new: FxHashSet<&str> = FxHashSet::default();
    for row in &rows {
        new.insert(row.try_get(0)?);
    }
    for (job, added) in jobs.iter().zip(&mut added).filter(|(_, added)| **added == Added::Before) {
        // Twice in one batch: the first is the one.
        if new.remove(&*job.key) {
            *added = Added::New;
        }
    }
    Ok(added)
}

/// Adds a job of a user whose account is locked by the caller's transaction and whose key is at
/// hand: one statement in place of three.
pub(crate) async fn add_own(conn: &mut Conn, key: &SealingKey, job: &NewJob) -> Result<(), Fault> {
    let mut columns = Columns::default();
    columns.push(job, key, &mut Nonces::draw(1)?)?;
    columns.insert(conn).await.map(drop)
}

/// A job that its holder has begun with the commit that keeps it. It does not wait, so nobody is
/// served before it.
pub(crate) const HELD: &str = "\
    INSERT INTO jobs (key, lane, user_id, priority, place, expires, payload, state, attempt, holder, lease, started)
    VALUES ($1, $2, $3, $4, (extract(epoch FROM now()) * 1000)::bigint,
        now() + $5::bigint * interval '1 millisecond', $6, 'processing', 1, $7,
        now() + $8::bigint * interval '1 millisecond', now())
    ON CONFLICT (key) DO NOTHING RETURNING job_id";

/// Such a job of a user whose account is locked by the caller's transaction and whose key is at
/// hand, as [`HELD`] takes it. A job that has to wait is not for this.
pub(crate) struct HeldJob {
    job: NewJob,
    user: Option<i64>,
    within: i64,
    sealed: Vec<u8>,
    holder: i64,
    lease: i64,
}

impl HeldJob {
    /// To be held by this holder, for so long without a heartbeat.
    pub(crate) fn new(
        key: &SealingKey,
        job: NewJob,
        (holder, lease): (i64, Duration),
    ) -> Result<HeldJob, Fault> {
        let sealed = key.seal(&job.payload, &aad(Part::Payload, &job.key))?;
        let (user, within) = (job.user.map(|user| user.0), ms(job.within));
        Ok(HeldJob { job, user, within, sealed, holder, lease: ms(lease) })
    }

    /// What [`HELD`] takes; `cause` is [`HeldJob::cause`].
    pub(crate) fn params<'j>(&'j self, cause: &'j &'j str) -> [&'j (dyn ToSql + Sync); 8] {
        let HeldJob { job, user, within, sealed, holder, lease } = self;
        [cause, &job.lane, user, &job.priority, within, sealed, holder, lease]
    }

    /// The job's cause.
    pub(crate) fn cause(&self) -> &str {
        &self.job.key
    }

    /// Who holds it.
    pub(crate) fn holder(&self) -> i64 {
        self.holder
    }

    /// The job as it was kept; none if there is one of its cause.
    pub(crate) fn claimed(self, rows: &[Row]) -> Result<Option<ClaimedJob>, Fault> {
        let Some(row) = rows.first() else { return Ok(None) };
        let hold = Hold { job: JobId(row.try_get(0)?), attempt: 1 };
        let NewJob { key, lane, user, payload, .. } = self.job;
        Ok(Some(ClaimedJob { hold, key, lane: lane.to_owned(), user, payload }))
    }
}

/// Rows as the statement takes them.
#[derive(Default)]
struct Columns<'a> {
    key: Vec<&'a str>,
    lane: Vec<&'a str>,
    user: Vec<Option<i64>>,
    priority: Vec<i16>,
    delay: Vec<i64>,
    within: Vec<i64>,
    payload: Vec<Vec<u8>>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, job: &'a NewJob, key: &SealingKey, nonces: &mut Nonces) -> Result<(), Fault> {
        self.key.push(&job.key);
        self.lane.push(job.lane);
        self.user.push(job.user.map(|user| user.0));
        self.priority.push(job.priority);
        self.delay.push(ms(job.delay));
        self.within.push(ms(job.within));
        self.payload.push(key.seal_with(nonces, &job.payload, &aad(Part::Payload, &job.key))?);
        Ok(())
    }

    async fn insert(&self, conn: &mut Conn) -> Result<Vec<Row>, Fault> {
        let Columns { key, lane, user, priority, delay, within, payload } = self;
        conn.query(INSERT, &[key, lane, user, priority, delay, within, payload]).await
    }
}
