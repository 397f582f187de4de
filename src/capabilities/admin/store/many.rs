//! One act to many, each with an entry of its own in the log: what it hits is looked at before, and
//! if that has changed meanwhile, nothing is done.

use super::{Done, acts, append};
use crate::store::aggregates::dead_letter;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Answer, Carried, Denied, ManyDone, Order, Preview};
use nameless_domain::capabilities::admin::audit::Outcome;
use nameless_domain::capabilities::admin::{Act, MANY_MAX, Many, Mending, Verdict};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::Millis;

const LIKE: &str = "\
    SELECT r.report_id AS id FROM reports r JOIN reports like_it USING (reporter_hash)
    WHERE like_it.report_id = $1 AND r.status = 'open' ORDER BY r.report_id LIMIT $2";

const FAILED: &str = "SELECT seq AS id FROM dead_letters WHERE error = $1 ORDER BY seq LIMIT $2";

/// What it hits, and whether there is more.
async fn hit(conn: &mut Conn, of: &Many) -> Result<(Vec<i64>, bool), Fault> {
    let limit = i64::from(MANY_MAX) + 1;
    let rows = match of {
        Many::DismissLike { report } => conn.query(LIKE, &[report, &limit]).await?,
        Many::Replay { error } | Many::Drop { error } => conn.query(FAILED, &[error, &limit]).await?,
        Many::Ban { users, .. } => {
            let mut users: Vec<i64> = users.iter().map(|user| user.0).collect();
            users.sort_unstable();
            users.dedup();
            return Ok((users, false));
        }
    };
    let mut ids: Vec<i64> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
    let more = ids.len() > MANY_MAX as usize;
    ids.truncate(MANY_MAX as usize);
    Ok((ids, more))
}

fn count(ids: &[i64]) -> u32 {
    u32::try_from(ids.len()).unwrap_or(u32::MAX)
}

/// What it would be done to.
pub(super) async fn preview(conn: &mut Conn, of: &Many) -> Result<Answer, Fault> {
    let (items, more) = hit(conn, of).await?;
    Ok(Answer::Preview(Preview { what: of.name(), count: count(&items), more, items }))
}

/// The act on one of them.
fn one(of: &Many, id: i64, reason: &str) -> Act {
    let reason = reason.to_owned();
    match of {
        Many::DismissLike { .. } => Act::Decide { report: id, verdict: Verdict::Dismissed, reason },
        Many::Ban { kind, term, .. } => Act::Ban { user: UserId(id), kind: *kind, term: *term, reason },
        Many::Replay { .. } => Act::Replay { seq: Seq(id.unsigned_abs()) },
        Many::Drop { .. } => Act::Mend { what: Mending::Drop, seq: Some(Seq(id.unsigned_abs())), user: None },
    }
}

/// Does it to all that were looked at. The log's lock is held.
pub(super) async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    of: &Many,
    expects: u32,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let (ids, _) = hit(conn, of).await?;
    if count(&ids) != expects {
        return Ok(Err(Denied::Changed));
    }
    if ids.is_empty() {
        return Ok(Ok(Done::plain(&order.act, Answer::Missing)));
    }
    let (mut done, mut left, mut standings) = (0, 0, Vec::new());
    for id in ids {
        let act = one(of, id, order.act.reason());
        let single = Order { actor: order.actor.clone(), act, source: order.source, key: None };
        let carried = match &single.act {
            Act::Mend { seq: Some(seq), .. } => match dead_letter::remove(conn, *seq).await? {
                true => Done::plain(&single.act, Answer::Before(serde_json::Value::Null)),
                false => Done::plain(&single.act, Answer::Missing),
            },
            _ => match Box::pin(acts::carry_out(conn, keys, &single, now)).await? {
                Ok(carried) => carried,
                // Somebody else works on it.
                Err(_) => {
                    left += 1;
                    continue;
                }
            },
        };
        if carried.carried.answer == Answer::Missing {
            left += 1;
            continue;
        }
        append(conn, keys, &single, carried.about, Outcome::Done, now).await?;
        standings.extend(carried.carried.standing);
        done += 1;
    }
    let answer = Answer::Many(ManyDone { what: of.name(), done, left });
    let carried = Carried { standings, ..Carried::quietly(answer) };
    Ok(Ok(Done { carried, about: None }))
}
