//! What operators do with broadcasts, each act within its transaction.

use super::{fit, wanted};
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::broadcast::LANE;
use nameless_actors::capabilities::{Answer, BroadcastLine, Denied, Page};
use nameless_actors::ports::NewJob;
use nameless_domain::capabilities::admin::{Flaw, Refusal};
use nameless_domain::capabilities::news::{Draft, State, Steer};
use nameless_domain::time::Millis;
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

/// How long a broadcast may take, those that it waits for included.
const WITHIN: Duration = Duration::from_secs(60 * 86_400);

const COUNT: &str = concat!("SELECT count(*) FROM accounts a WHERE ", fit!(), " AND ", wanted!());

const INSERT: &str = "\
    INSERT INTO broadcasts (by, draft, state, created, people) VALUES ($1, $2, 'draft', $3, $4)
    RETURNING broadcast_id";

/// One under way whose job is none that waits or is carried out: that has failed for good.
macro_rules! columns {
    () => {
        "b.broadcast_id, b.by, b.draft, b.state, b.created, b.started, b.ended, b.people, b.sent, b.gone,
        b.failed, b.left_out, b.runs,
        CASE WHEN b.state = 'running' AND NOT EXISTS (
            SELECT FROM jobs j WHERE j.key = format('broadcast:%s:%s', b.broadcast_id, b.runs)
                AND j.state IN ('pending', 'processing'))
            THEN 'failed' ELSE b.why END AS why,
        (SELECT count(*) FROM broadcast_due d WHERE d.broadcast_id = b.broadcast_id AND d.waits) AS waiting"
    };
}

const LINE: &str = concat!("SELECT ", columns!(), " FROM broadcasts b WHERE b.broadcast_id = $1");

const LOCK: &str =
    concat!("SELECT ", columns!(), " FROM broadcasts b WHERE b.broadcast_id = $1 FOR UPDATE OF b");

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM broadcasts b WHERE b.broadcast_id < $1 ORDER BY b.broadcast_id DESC LIMIT $2"
);

const START: &str = "\
    UPDATE broadcasts SET state = 'running', started = $2, people = $3, runs = runs + 1 WHERE broadcast_id = $1";

const RESUME: &str =
    "UPDATE broadcasts SET state = 'running', why = NULL, runs = runs + 1 WHERE broadcast_id = $1";

const PAUSE: &str = "UPDATE broadcasts SET state = 'paused' WHERE broadcast_id = $1";

const CANCEL: &str = "UPDATE broadcasts SET state = 'cancelled', ended = $2 WHERE broadcast_id = $1";

/// What is in a courier's hands lands and is counted.
const LET_GO: &str = "DELETE FROM broadcast_due WHERE broadcast_id = $1 AND waits";

/// What was drafted; none where this node cannot read it. A newer one beside it may know of more,
/// such as whom it is not for: then it is listed without its words, and carried by who knows.
fn drafted(row: &Row) -> Option<Draft> {
    let Json(draft) = row.try_get::<_, Json<Draft>>("draft").ok()?;
    Some(draft)
}

fn read(row: &Row) -> Result<BroadcastLine, Fault> {
    let state: &str = row.try_get("state")?;
    let state = State::from_name(state).ok_or_else(|| Fault::Corrupt("a broadcast in no state".into()))?;
    let moment =
        |column| -> Result<Option<Millis>, Fault> { Ok(row.try_get::<_, Option<i64>>(column)?.map(Millis)) };
    let Draft { text, link, silent, at, to } = drafted(row).unwrap_or_default();
    Ok(BroadcastLine {
        broadcast: row.try_get("broadcast_id")?,
        by: row.try_get("by")?,
        state,
        why: row.try_get("why")?,
        created: Millis(row.try_get("created")?),
        started: moment("started")?,
        ended: moment("ended")?,
        people: row.try_get("people")?,
        sent: row.try_get("sent")?,
        gone: row.try_get("gone")?,
        failed: row.try_get("failed")?,
        left_out: row.try_get("left_out")?,
        waiting: row.try_get("waiting")?,
        text,
        link,
        silent,
        at,
        to,
    })
}

/// How many would get it now.
async fn count(conn: &mut Conn, draft: &Draft, now: Millis) -> Result<i64, Fault> {
    let to = &draft.to;
    let (lang, since) = (to.lang.map(|lang| lang.code()), to.active_since(now).map(|at| at.0));
    let rows = conn.query(COUNT, &[&now.0, &lang, &since, &to.premium]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// Keeps a draft, and says how many would get it.
pub(crate) async fn draft(
    conn: &mut Conn,
    by: &str,
    draft: &Draft,
    now: Millis,
) -> Result<Result<Answer, Denied>, Fault> {
    if draft.late(now).is_some() {
        return Ok(Err(Denied::Refused(Refusal::Flawed(Flaw::When))));
    }
    let people = count(conn, draft, now).await?;
    let rows = conn.query(INSERT, &[&by, &Json(draft), &now.0, &people]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no number of a broadcast".into()))?;
    Ok(Ok(line(conn, row.try_get("broadcast_id")?).await?))
}

/// A broadcast.
pub(crate) async fn line(conn: &mut Conn, broadcast: i64) -> Result<Answer, Fault> {
    let rows = conn.query(LINE, &[&broadcast]).await?;
    rows.first().map_or(Ok(Answer::Missing), |row| Ok(read(row)?.into()))
}

/// Some of them, the newest first.
pub(crate) async fn list(conn: &mut Conn, before: i64, limit: u32) -> Result<Answer, Fault> {
    let rows = conn.query(LIST, &[&before, &i64::from(limit)]).await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| items.len() == limit as usize).map(|last| last.broadcast);
    Ok(Answer::Broadcasts(Page { items, next }))
}

/// Has a broadcast begin, wait, go on, or end. Whoever confirms it again, or ends it again, is told
/// that it makes no sense any more.
pub(crate) async fn steer(
    conn: &mut Conn,
    keys: &Keys,
    broadcast: i64,
    steer: Steer,
    now: Millis,
) -> Result<Result<Answer, Denied>, Fault> {
    let rows = conn.query(LOCK, &[&broadcast]).await?;
    let Some(row) = rows.first() else { return Ok(Ok(Answer::Missing)) };
    let (was, runs) = (read(row)?, row.try_get::<_, i32>("runs")?);
    // One that is to leave later begins then: it is for who is here then, and holds up nobody
    // before.
    let begins = was.at.map_or(now, |at| at.max(now));
    let goes_on = matches!(steer, Steer::Start | Steer::Resume);
    if was.state.after(steer).is_none() || (goes_on && drafted(row).is_none()) {
        return Ok(Err(Denied::NotNow));
    }
    match steer {
        Steer::Start => {
            let people = count(conn, &was.draft(), now).await?;
            conn.execute(START, &[&broadcast, &begins.0, &people]).await?;
        }
        Steer::Resume => _ = conn.execute(RESUME, &[&broadcast]).await?,
        Steer::Pause => _ = conn.execute(PAUSE, &[&broadcast]).await?,
        Steer::Cancel => {
            conn.execute(CANCEL, &[&broadcast, &now.0]).await?;
            conn.execute(LET_GO, &[&broadcast]).await?;
        }
    }
    if goes_on {
        let (key, payload) = (format!("broadcast:{broadcast}:{}", runs + 1), broadcast.to_string());
        let delay = Duration::from_millis(begins.since(now).unsigned_abs());
        let job = NewJob { delay, within: WITHIN + delay, ..NewJob::new(LANE, key, payload.into_bytes()) };
        jobs::add(conn, keys, &[job]).await?;
    }
    Ok(Ok(line(conn, broadcast).await?))
}
