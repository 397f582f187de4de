//! Who could be reminded that somebody waits.
//!
//! Nothing is read of people while nobody waits. Else a round goes through a few hundred of those
//! who were here last, along an index, from where the last one ended; behind the last it begins
//! anew. Each who waits calls one person a round, so that ten do not come for one.

use super::measure;
use super::{WAITING_FOR, add, is_free, searches_since, seeker};
use crate::capabilities::dating;
use crate::store::aggregates::{account, bots};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::Cause;
use nameless_domain::capabilities::reminders::Kind;
use nameless_domain::capabilities::reminders::when::{AWAY_MS, Hours, LOST_MS};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use nameless_domain::time::{DAY_MS, Millis};
use std::time::Duration;

/// Somebody who waits for less finds a partner anyway, or not by this; milliseconds.
const WAITED_MS: i64 = 20_000;
/// So many of those who wait longest are looked at.
const SEEKERS: i64 = 100;
/// People who were here before, looked at in a round.
const BATCH: i64 = 200;
/// Between two reminders of this kind, milliseconds.
const APART_MS: i64 = 2 * DAY_MS;

/// One node at a time.
const ALONE: &str = "SELECT pg_try_advisory_xact_lock(5642814, 1)";

/// Along `accounts_searching`. A shadow waits for nobody.
const WAITING: &str = "\
    SELECT a.user_id FROM accounts a
    WHERE a.phase ->> 'at' = 'searching' AND (a.phase ->> 'since')::bigint <= $1 AND NOT a.blocked_bot
        AND NOT EXISTS (SELECT FROM bans b WHERE b.user_id = a.user_id AND b.until > $2)
    ORDER BY (a.phase ->> 'since')::bigint LIMIT $3";

const REACHED: &str = "SELECT reached FROM reminder_cursor";

const REACH: &str = "\
    INSERT INTO reminder_cursor (one, reached) VALUES (true, $1)
    ON CONFLICT (one) DO UPDATE SET reached = excluded.reached";

/// Along `activity_last_day`: the batch is bounded before anything else is asked of it. An index of
/// the moment itself would be written at every flush of everybody.
const BEFORE: &str = "\
    SELECT v.user_id, v.last_seen,
        NOT EXISTS (SELECT FROM reminders_off o WHERE o.user_id = v.user_id)
        AND NOT EXISTS (SELECT FROM bans b WHERE b.user_id = v.user_id AND b.until > $4)
        AND NOT EXISTS (SELECT FROM reminders r WHERE r.user_id = v.user_id AND r.last > $5) AS may
    FROM (SELECT user_id, last_seen FROM activity WHERE last_seen > $1 AND last_seen < $2
            AND last_day BETWEEN $1::bigint / 86400000 AND $2::bigint / 86400000
        ORDER BY last_day DESC, last_seen DESC LIMIT $3) AS v
    ORDER BY v.last_seen DESC";

/// Those who wait now for at least `waited_ms`, the longest first.
pub(super) async fn waiting(
    conn: &mut Conn,
    crowds: &Crowds,
    waited_ms: i64,
    now: Millis,
) -> Result<Vec<Seeker>, Fault> {
    let rows = conn.query(WAITING, &[&now.plus(-waited_ms).0, &now.0, &SEEKERS]).await?;
    let users = rows.iter().map(|row| Ok(UserId(row.try_get(0)?))).collect::<Result<Vec<_>, Fault>>()?;
    let all = account::load(conn, &users).await?.into_iter().flatten();
    Ok(all
        // Who was found meanwhile waits no more, though their row may say so still.
        .filter(|loaded| loaded.live.is_none())
        .filter_map(|loaded| seeker(&loaded.account, crowds, searches_since(&loaded.account)?, now))
        .collect())
}

/// Takes the next of those who were here before: who may be reminded, and when they were.
async fn next(conn: &mut Conn, now: Millis) -> Result<Vec<(UserId, Millis)>, Fault> {
    let rows = conn.query(REACHED, &[]).await?;
    let reached: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(i64::MAX);
    let (from, to) = (now.plus(-LOST_MS).0, now.plus(-AWAY_MS).0);
    let apart = now.plus(-APART_MS).0;
    let rows = conn.query(BEFORE, &[&from, &reached.min(to), &BATCH, &now.0, &apart]).await?;
    let is_end = (rows.len() as i64) < BATCH;
    let (mut last, mut people) = (i64::MAX, Vec::new());
    for row in &rows {
        last = row.try_get("last_seen")?;
        if row.try_get("may")? {
            people.push((UserId(row.try_get("user_id")?), Millis(last)));
        }
    }
    let reach = if is_end { i64::MAX } else { last };
    conn.execute(REACH, &[&reach]).await?;
    Ok(people)
}

/// Whether no other node is at it, until the transaction ends.
async fn is_alone(conn: &mut Conn) -> Result<bool, Fault> {
    let rows = conn.query(ALONE, &[]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// Counts what earlier ones came to.
pub(super) async fn measured(conn: &mut Conn, now: Millis) -> Result<(), Fault> {
    match is_alone(conn).await? {
        true => measure::measure(conn, now).await,
        false => Ok(()),
    }
}

/// Looks once; how many are to be reminded.
pub(super) async fn round(conn: &mut Conn, keys: &Keys, now: Millis) -> Result<usize, Fault> {
    if !is_alone(conn).await? {
        return Ok(0);
    }
    let crowds = bots::crowds(conn).await?;
    let mut seekers = waiting(conn, &crowds, WAITED_MS, now).await?;
    if seekers.is_empty() {
        return Ok(0);
    }
    let people = next(conn, now).await?;
    let users: Vec<UserId> = people.iter().map(|(user, _)| *user).collect();
    let mut added = 0;
    for (loaded, (user, seen)) in account::load(conn, &users).await?.into_iter().zip(people) {
        let Some(loaded) = loaded else { continue };
        let account = &loaded.account;
        let is_free = loaded.live.is_none() && is_free(account, seen, now);
        let Some(own) = seeker(account, &crowds, now, now).filter(|_| is_free && account.adult.is_some())
        else {
            continue;
        };
        let Some(place) = seekers.iter().position(|waits| waits.may_meet(&own)) else { continue };
        let hours = Hours { notices: dating::notices(conn, user).await?, seen };
        if hours.wait_ms(now) > 0 {
            continue;
        }
        let cause = Cause { kind: Kind::Waiting, slot: now.0, about: None };
        if add(conn, keys, user, cause, (Duration::ZERO, WAITING_FOR)).await? {
            added += 1;
            seekers.swap_remove(place);
        }
        if seekers.is_empty() {
            break;
        }
    }
    Ok(added)
}
