//! Whether a reminder is said: looked at and counted in one transaction, right before it leaves.

use super::round::waiting;
use super::{is_free, seeker, tables};
use crate::capabilities::dating;
use crate::store::aggregates::account::seq_number;
use crate::store::aggregates::{account, bots};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Cause, Claimed, Fate};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::reminders::Kind;
use nameless_domain::capabilities::reminders::when::{
    AWAY_MS, Hours, Past, WINDOW_MS, is_held_out, may_leave,
};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Account;
use nameless_domain::time::Millis;
use std::time::Duration;

/// A person's reminders are claimed one at a time, whatever their kinds and on whichever node: so
/// two of them do not count past each other.
const ONE_BY_ONE: &str = "SELECT pg_advisory_xact_lock(5642813, hashint8($1))";

const UNWANTED: &str = "\
    SELECT EXISTS (SELECT FROM reminders_off WHERE user_id = $1)
        OR EXISTS (SELECT FROM bans WHERE user_id = $1 AND until > $2)";

const SEEN: &str = "SELECT last_seen FROM activity WHERE user_id = $1";

/// This one, if it was claimed before.
const SAME: &str = "\
    SELECT held OR fate IS NOT NULL AS over FROM reminders WHERE user_id = $1 AND kind = $2 AND slot = $3";

/// What left, may have left, or would have left to somebody who is held out.
const PAST: &str = "\
    SELECT last, leaves FROM reminders WHERE user_id = $1 AND last > $2 AND (held OR leaves > 0)";

const CLAIM: &str = "\
    INSERT INTO reminders AS r (user_id, kind, slot, at, last, leaves, held, applied)
    VALUES ($1, $2, $3, $4, $4, CASE WHEN $5 THEN 0 ELSE 1 END, $5, $6)
    ON CONFLICT (user_id, kind, slot) DO UPDATE SET leaves = r.leaves + 1, last = excluded.last
    RETURNING leaves";

/// It counts from when it landed: it may have waited in the outbox.
const LANDED: &str = "\
    UPDATE reminders SET fate = $4, last = greatest(last, $5)
    WHERE user_id = $1 AND kind = $2 AND slot = $3 AND fate IS NULL AND leaves >= $6";

const UNSENT: &str = "\
    UPDATE reminders SET leaves = leaves - 1
    WHERE user_id = $1 AND kind = $2 AND slot = $3 AND fate IS NULL AND leaves = $4";

async fn is(conn: &mut Conn, sql: &'static str, user: UserId, now: Millis) -> Result<bool, Fault> {
    let rows = conn.query(sql, &[&user.0, &now.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// Whether what they would be told is true at this moment.
async fn is_true(conn: &mut Conn, own: &Account, cause: Cause, now: Millis) -> Result<bool, Fault> {
    match (cause.kind, cause.about) {
        (Kind::Waiting, _) => {
            let crowds = bots::crowds(conn).await?;
            let Some(own) = seeker(own, &crowds, now, now) else { return Ok(false) };
            Ok(waiting(conn, &crowds, 0, now).await?.iter().any(|waits| waits.may_meet(&own)))
        }
        (Kind::Match, Some(by)) => {
            dating::waits_for_answer(conn, own.user, Token(by), Millis(cause.slot)).await
        }
        (Kind::Match, None) => Ok(false),
    }
}

async fn past(conn: &mut Conn, user: UserId, now: Millis) -> Result<Vec<Past>, Fault> {
    let rows = conn.query(PAST, &[&user.0, &now.plus(-WINDOW_MS).0]).await?;
    let read = |row: &tokio_postgres::Row| {
        let (last, leaves): (i64, i16) = (row.try_get("last")?, row.try_get("leaves")?);
        Ok(Past { at: Millis(last), times: leaves.max(0).unsigned_abs().into() })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn claim(
    conn: &mut Conn,
    (keys, held_out): (&Keys, u32),
    user: UserId,
    cause: Cause,
    now: Millis,
) -> Result<Claimed, Fault> {
    if !tables::is_known(conn, user).await? {
        return Ok(Claimed::Nothing);
    }
    conn.query(ONE_BY_ONE, &[&user.0]).await?;
    let rows = conn.query(SAME, &[&user.0, &cause.kind.name(), &cause.slot]).await?;
    let is_over = rows.first().map(|row| row.try_get::<_, bool>("over")).transpose()?.unwrap_or(false);
    let Some(loaded) = account::load(conn, &[user]).await?.pop().flatten() else {
        return Ok(Claimed::Nothing);
    };
    let own = &loaded.account;
    // Only who has said that they are 18, can be met, talks to nobody, searches for nobody, and has
    // not blocked the bot.
    let rows = conn.query(SEEN, &[&user.0]).await?;
    let seen = rows.first().map(|row| row.try_get(0)).transpose()?.map_or(own.created, Millis);
    let is_free = loaded.live.is_none() && is_free(own, seen, now);
    let may_meet = own.adult.is_some() && own.profile().is_some();
    if is_over || !is_free || !may_meet || is(conn, UNWANTED, user, now).await? {
        return Ok(Claimed::Nothing);
    }
    if cause.kind == Kind::Waiting && now.since(seen) < AWAY_MS {
        return Ok(Claimed::Nothing);
    }
    if !is_true(conn, own, cause, now).await? || !may_leave(&past(conn, user, now).await?, now) {
        return Ok(Claimed::Nothing);
    }
    let hours = Hours { notices: dating::notices(conn, user).await?, seen };
    match (hours.wait_ms(now), cause.kind) {
        (0, _) => {}
        // Whoever waits now does not in the morning.
        (_, Kind::Waiting) => return Ok(Claimed::Nothing),
        (wait, Kind::Match) => return Ok(Claimed::Later(Duration::from_millis(wait.max(0).unsigned_abs()))),
    }
    let held = is_held_out(&keys.reminder_hash(user), held_out);
    let applied = seq_number(own.applied)?;
    let rows =
        conn.query(CLAIM, &[&user.0, &cause.kind.name(), &cause.slot, &now.0, &held, &applied]).await?;
    let time: i16 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    Ok(if held { Claimed::Nothing } else { Claimed::Say { bot: own.bot, lang: own.lang, time } })
}

pub(super) async fn landed(
    conn: &mut Conn,
    user: UserId,
    (cause, time): (Cause, i16),
    fate: Fate,
    now: Millis,
) -> Result<(), Fault> {
    let (kind, slot) = (cause.kind.name(), cause.slot);
    let word = match fate {
        Fate::Sent => "sent",
        Fate::Gone => "gone",
        Fate::Failed => "failed",
        Fate::Unsent => return conn.execute(UNSENT, &[&user.0, &kind, &slot, &time]).await.map(drop),
    };
    conn.execute(LANDED, &[&user.0, &kind, &slot, &word, &now.0, &time]).await.map(drop)
}
