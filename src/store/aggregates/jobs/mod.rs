//! Jobs: durable work that takes seconds to minutes. One transaction carries out all that gathered
//! on a node.

pub(super) mod add;
mod end;
mod export;
mod hold;
mod open;
mod owed;

pub(crate) use add::{HELD, HeldJob, add, add_own};

use super::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::renew::{UnderKek, under_kek};
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_actors::capabilities::DATING_TELL;
use nameless_actors::ports::{JobAnswer, JobBatch, JobStore, OpenLane, PortFuture, StoreError};
use nameless_domain::ids::UserId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "jobs",
    life: "what is not done a week unless its adder says less, then it fails; an end as long as its lane says (a day), or until its user erases themselves; what the worker was given goes once the end is told, and so does a result that names others",
    ids: &["user_id"],
    words: &["key", "payload", "result", "error"],
    other: &[
        "job_id",
        "lane",
        "priority",
        "place",
        "state",
        "attempt",
        "holder",
        "lease",
        "not_before",
        "expires",
        "added",
        "started",
        "ended",
        "owed",
        "told",
        "sent",
        "delivered",
    ],
    stays: &[],
    export: Export::Section("work", |conn, keys, user| Box::pin(export::of_user(conn, keys, user))),
    // Behind the account, which whoever adds a job locks. An attempt that is under way finds that
    // its hold is lost.
    erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM jobs WHERE user_id = $1")]),
    // What was kept for its time goes. Jobs of a lane that no program carries out any more fail a
    // day later; where the lane is known, whoever carries it out sees to that.
    expiry: Expiry::Rows {
        before: |lives| lives.hours(0),
        sql: "WITH left_behind AS (
                UPDATE jobs SET state = 'failed', lease = NULL, not_before = NULL, payload = NULL,
                    error = 'nobody carries out this lane', ended = now(),
                    expires = greatest(now(), expires) + interval '2 days'
                WHERE job_id = ANY(ARRAY(
                    SELECT job_id FROM jobs
                    WHERE state IN ('pending', 'processing')
                      AND expires < to_timestamp($1::bigint / 1000.0) - interval '1 day'
                    ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)))
            DELETE FROM jobs WHERE job_id = ANY(ARRAY(
                SELECT job_id FROM jobs
                WHERE state IN ('completed', 'failed', 'cancelled')
                  AND expires < to_timestamp($1::bigint / 1000.0)
                ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))",
    },
}];

/// Who else may hold jobs of this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody: what is held under another name is of a former life, and over.
    Nobody,
    /// Nodes with a row in `nodes`: what is held by one without is over.
    Nodes,
}

/// The jobs of a store, as one holder sees them. Cheap to clone.
#[derive(Clone)]
pub struct PgJobs {
    store: PgStore,
    holder: i64,
    others: Others,
}

impl PgStore {
    /// The jobs, to be held under this name: that of the node's lease where there is one, else any
    /// that is new in each life.
    pub fn jobs(&self, holder: i64, others: Others) -> PgJobs {
        PgJobs { store: self.clone(), holder, others }
    }
}

/// Every statement below finds its rows by an index. A plan that was made while the table was
/// small, and is kept with the connection, must not read all of it when it is large.
const NO_SCAN: &str = "SET LOCAL enable_seqscan = off";

impl JobStore for PgJobs {
    fn carry_out(&self, batch: Arc<JobBatch>) -> PortFuture<'_, Result<JobAnswer, StoreError>> {
        let (holder, others) = (self.holder, self.others);
        self.store.run(move |inner| async move {
            inner.transaction(async |conn| carry_out(conn, &inner.keys, &batch, holder, others).await).await
        })
    }

    fn holder(&self) -> i64 {
        self.holder
    }

    fn open(&self) -> PortFuture<'_, Result<Vec<OpenLane>, StoreError>> {
        self.store.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            open::open(&mut lease).await
        })
    }
}

async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    batch: &JobBatch,
    holder: i64,
    others: Others,
) -> Result<JobAnswer, Fault> {
    let mut answer = JobAnswer::default();
    // It leaves with BEGIN.
    conn.query(NO_SCAN, &[]).await?;
    owed::delivered(conn, &batch.delivered).await?;
    owed::sent(conn, &batch.sent).await?;
    answer.ends = end::end(conn, keys, &batch.ends, holder).await?;
    answer.cancels = end::cancel(conn, &batch.cancels).await?;
    answer.lost = hold::beat(conn, &batch.beats, holder).await?;
    answer.adds = add::add(conn, keys, &batch.adds).await?;
    if let Some(tidy) = &batch.tidy {
        hold::tidy(conn, tidy, &batch.rules, holder, others).await?;
        answer.claimed = hold::given_again(conn, keys, &tidy.known, holder).await?;
        answer.next = hold::next(conn).await?;
    }
    for claim in &batch.claims {
        let mut claimed = hold::claim(conn, keys, claim, holder).await?;
        if claimed.len() < claim.most {
            answer.dry.push(claim.lane);
        }
        answer.claimed.append(&mut claimed);
    }
    answer.tell = owed::read(conn, keys, &batch.tell).await?;
    if let Some(look) = &batch.look {
        answer.owed = owed::look(conn, look).await?;
    }
    Ok(answer)
}

/// What is told of matches names them by their ids until it is told, and what they wrote is theirs:
/// not for whoever it is told to.
const ABOUT_OTHERS: &str = DATING_TELL;

/// What of a job is sealed.
#[derive(Clone, Copy)]
enum Part {
    Payload,
    Result,
}

/// What is sealed under the key-encryption key: what is nobody's.
pub(crate) const SEALED: &[UnderKek] = &[
    under_kek!("jobs", "payload", "key", "user_id IS NULL", |row| Ok(aad(
        Part::Payload,
        row.try_get("key")?
    ))),
    under_kek!("jobs", "result", "key", "user_id IS NULL", |row| Ok(aad(Part::Result, row.try_get("key")?))),
];

/// The identity of a sealed value: of what, and of which job. The key is the job's name before it
/// has a number.
fn aad(part: Part, key: &str) -> Vec<u8> {
    let part = match part {
        Part::Payload => "payload",
        Part::Result => "result",
    };
    format!("job:{part}:{key}").into_bytes()
}

/// Opens what belongs to a user whose wrapped key is given, or to nobody.
fn open(
    keys: &Keys,
    owner: Option<(UserId, &[u8])>,
    part: Part,
    key: &str,
    sealed: &[u8],
) -> Result<Arc<[u8]>, Fault> {
    let plain = match owner {
        Some((user, wrapped)) => keys.unwrap(wrapped, &user_key::aad(user))?.open(sealed, &aad(part, key))?,
        None => keys.kek().open(sealed, &aad(part, key))?,
    };
    Ok(plain.into())
}

/// The key to seal with: the user's, or that for what is nobody's.
fn sealing<'a>(
    keys: &'a Keys,
    ring: &'a FxHashMap<UserId, SealingKey>,
    user: Option<UserId>,
) -> Option<&'a SealingKey> {
    match user {
        Some(user) => ring.get(&user),
        None => Some(keys.kek().sealing()),
    }
}

/// A duration as statements take it.
fn ms(duration: std::time::Duration) -> i64 {
    // A century is long enough, and adds to any moment.
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).min(100 * 365 * 86_400_000)
}
