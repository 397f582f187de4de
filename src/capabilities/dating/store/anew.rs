//! What outlives a profile, so that deleting it and making it anew is no way around anything: how
//! much of the day's bounds is used up, and who had passed by. Likes and matches go, on both sides;
//! blocks and ended matches stay in the rows of the two.
//!
//! An erasure takes the rows, and leaves both under a keyed hash: the numbers until the day is
//! over, the passes for a year at most.

use super::desk;
use super::people::{self, day};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::table::Erasing;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// Jobs that tell either of two matched people of the other: their names hold both ids. They are
/// found by whose they are: in most collations no index finds the beginning of a name.
pub(super) const TOLD: &str = "\
    DELETE FROM jobs WHERE job_id = ANY(ARRAY(
        SELECT j.job_id FROM (
            SELECT lo, hi, unnest(ARRAY[lo, hi]) AS whose
            FROM dating_pairs WHERE (lo = $1 OR hi = $1) AND matches > 0) AS d
        JOIN jobs j ON j.user_id = d.whose
        WHERE starts_with(j.key, format('dating:match:%s:%s:', d.lo, d.hi))
            OR starts_with(j.key, format('dating:contact:%s:%s:', d.lo, d.hi))
            OR starts_with(j.key, format('dating:wanted:%s:%s:', d.lo, d.hi))
            OR starts_with(j.key, format('dating:wanted:%s:%s:', d.hi, d.lo))))";

/// What both said goes with one of them, but for what the other did not want: who passed by, or
/// said "not now", is not shown a profile that was made anew at once. Blocks and an unmatch stay.
const LEAVE: [&str; 7] = [
    // Whoever adds such a job holds the row of the two: it is there then. An erasure that follows
    // could not find it, as the row is gone.
    "SELECT FROM dating_pairs WHERE (lo = $1 OR hi = $1) AND matches > 0 ORDER BY lo, hi FOR UPDATE",
    TOLD,
    "DELETE FROM dating_pairs WHERE (lo = $1 OR hi = $1) AND NOT (lo_blocked OR hi_blocked OR closed)
        AND coalesce(CASE WHEN lo = $1 THEN hi_said ELSE lo_said END, '') NOT IN ('pass', 'later')",
    "UPDATE dating_pairs SET
        lo_said = CASE WHEN hi = $1 AND lo_said IN ('pass', 'later') THEN lo_said END,
        lo_at = CASE WHEN hi = $1 AND lo_said IN ('pass', 'later') THEN lo_at END,
        hi_said = CASE WHEN lo = $1 AND hi_said IN ('pass', 'later') THEN hi_said END,
        hi_at = CASE WHEN lo = $1 AND hi_said IN ('pass', 'later') THEN hi_at END,
        matched_at = NULL, lo_shares = false, hi_shares = false
    WHERE (lo = $1 OR hi = $1)",
    // Matches are counted from one again: letters are of none of those. They may be reported still.
    "UPDATE dating_letters SET number = 0 WHERE (sender = $1 OR receiver = $1) AND number <> 0",
    "DELETE FROM dating_passed WHERE other = $1",
    "DELETE FROM dating_cards WHERE viewer = $1 OR other = $1",
];

/// The profile goes, and what it has counted today is kept. Where somebody is at first is no change
/// of place; whoever begins anew somewhere has changed it.
const GO: &str = "\
    WITH gone AS (DELETE FROM dating_profiles WHERE user_id = $1
        RETURNING day, spent, moves, cell, undo_day, undos, filter_day, filter_changes, photo_day, photo_changes)
    INSERT INTO dating_counts AS k (user_hash, what, day, n)
    SELECT $2::bytea, w.what, $3::integer, w.n FROM gone AS g CROSS JOIN LATERAL (VALUES
        ('likes', CASE WHEN g.day = $3 THEN g.spent ELSE 0 END),
        ('moves', CASE WHEN g.day = $3 THEN g.moves ELSE 0 END + CASE WHEN g.cell IS NULL THEN 0 ELSE 1 END),
        ('undos', CASE WHEN g.undo_day = $3 THEN g.undos ELSE 0 END),
        ('filters', CASE WHEN g.filter_day = $3 THEN g.filter_changes ELSE 0 END),
        ('photos', CASE WHEN g.photo_day = $3 THEN g.photo_changes ELSE 0 END)) AS w (what, n)
    WHERE w.n > 0
    ON CONFLICT (user_hash, what) DO UPDATE SET day = excluded.day, n = excluded.n
    WHERE (excluded.day, excluded.n) > (k.day, k.n)";

/// A profile that was just begun goes on from there.
const COUNTED: &str = "\
    UPDATE dating_profiles p SET day = $3, spent = k.likes, moves = k.moves, undo_day = $3, undos = k.undos,
        filter_day = $3, filter_changes = k.filters, photo_day = $3, photo_changes = k.photos
    FROM (SELECT coalesce(max(n) FILTER (WHERE what = 'likes'), 0) AS likes,
            coalesce(max(n) FILTER (WHERE what = 'moves'), 0) AS moves,
            coalesce(max(n) FILTER (WHERE what = 'undos'), 0) AS undos,
            coalesce(max(n) FILTER (WHERE what = 'filters'), 0) AS filters,
            coalesce(max(n) FILTER (WHERE what = 'photos'), 0) AS photos
        FROM dating_counts WHERE user_hash = $2 AND day = $3) AS k
    WHERE p.user_id = $1";

/// Who passed by somebody who erases themselves, but who erases themselves at this moment, too:
/// whoever does so later waits for this, and finds it.
const PASSED: &str = "\
    WITH by AS (
        SELECT a.user_id, d.at FROM (
            SELECT hi AS other, hi_at AS at FROM dating_pairs WHERE lo = $1 AND hi_said = 'pass'
            UNION ALL
            SELECT lo, lo_at FROM dating_pairs WHERE hi = $1 AND lo_said = 'pass') AS d
        JOIN accounts a ON a.user_id = d.other
        WHERE d.at IS NOT NULL FOR KEY SHARE OF a SKIP LOCKED)
    INSERT INTO dating_passed (user_hash, other, at) SELECT $2::bytea, user_id, at FROM by
    ON CONFLICT (user_hash, other) DO UPDATE SET at = excluded.at";

const WHO_PASSED: &str = "SELECT other FROM dating_passed WHERE user_hash = $1";

/// It goes back to where it was, of those who are there still.
const BACK: &str = "\
    WITH back AS (DELETE FROM dating_passed WHERE user_hash = $2 RETURNING other, at)
    INSERT INTO dating_pairs (lo, hi, lo_said, lo_at, hi_said, hi_at, changed)
    SELECT least($1::bigint, other), greatest($1::bigint, other),
        CASE WHEN other < $1 THEN 'pass' END, CASE WHEN other < $1 THEN at END,
        CASE WHEN other > $1 THEN 'pass' END, CASE WHEN other > $1 THEN at END, at
    FROM back WHERE other = ANY($3) AND other <> $1
    ON CONFLICT DO NOTHING";

/// Somebody's profile goes, finished or not, with what was said of it.
pub(super) async fn leave(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    for sql in LEAVE {
        conn.execute(sql, &[&user.0]).await?;
    }
    go(conn, keys, user, now).await
}

async fn go(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    conn.execute(GO, &[&user.0, &keys.dater_hash(user), &day(now)]).await.map(drop)
}

/// The step of an erasure that takes the profile.
pub(super) async fn profile_erased(
    conn: &mut Conn,
    Erasing { user, keys, now }: Erasing<'_>,
) -> Result<(), Fault> {
    desk::stay_hidden(conn, keys, user, now).await?;
    go(conn, keys, user, now).await
}

/// The step of an erasure before the rows of two go.
pub(super) async fn passes_kept(
    conn: &mut Conn,
    Erasing { user, keys, .. }: Erasing<'_>,
) -> Result<(), Fault> {
    conn.execute(PASSED, &[&user.0, &keys.dater_hash(user)]).await.map(drop)
}

/// Somebody has just begun a profile. Their account is locked.
pub(super) async fn come_back(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    let hash = keys.dater_hash(user);
    conn.execute(COUNTED, &[&user.0, &hash, &day(now)]).await?;
    let rows = conn.query(WHO_PASSED, &[&hash]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let others: Vec<i64> = rows.iter().map(|row| row.try_get("other")).collect::<Result<_, _>>()?;
    // Of whoever erases themselves beside this no row is made.
    let known = people::known(conn, &others).await?;
    conn.execute(BACK, &[&user.0, &hash, &known]).await.map(drop)
}
