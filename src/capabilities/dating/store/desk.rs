//! Profiles that people report, for operators.

use super::draft::hidden_hash;
use super::{anew, people, photos};
use crate::capabilities::faceguard::held;
use crate::store::aggregates::codes::{self, REASONS};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{
    DatingDesk, DatingLine, DatingProfile, DatingReport, DatingRuled, Page, ReasonCount,
};
use nameless_domain::capabilities::admin::desk::dating::Ruling;
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};
use tokio_postgres::Row;

/// Reports of one profile that are read, the newest.
const READ: i64 = 20;

/// What waits: open reports, and what is hidden. A reporter has one report of a profile.
macro_rules! waiting {
    ($of:literal, $which:literal, $rest:literal) => {
        concat!(
            "WITH open AS (
                SELECT reported, reason, count(*) AS n, max(at) AS at FROM dating_reports
                WHERE handled IS NULL ",
            $of,
            " GROUP BY reported, reason
            ), whom AS (
                SELECT reported AS user_id FROM open UNION
                SELECT user_id FROM dating_profiles WHERE standing = 'hidden'
            )
            SELECT w.user_id, coalesce(p.standing, 'none') AS standing,
                coalesce(sum(o.n), 0)::bigint AS reporters, max(o.at) AS at,
                coalesce(array_agg(o.reason ORDER BY o.n DESC, o.reason)
                    FILTER (WHERE o.n IS NOT NULL), '{}') AS reasons,
                coalesce(array_agg(o.n ORDER BY o.n DESC, o.reason)
                    FILTER (WHERE o.n IS NOT NULL), '{}') AS counts
            FROM ",
            $which,
            " w LEFT JOIN open o ON o.reported = w.user_id LEFT JOIN dating_profiles p ON p.user_id = w.user_id
            GROUP BY w.user_id, p.standing ",
            $rest
        )
    };
}

/// Profiles that are hidden for good have nothing open, and do not crowd out what is.
const QUEUE: &str = waiting!(
    "",
    "whom",
    "ORDER BY (count(o.n) > 0) DESC, (coalesce(p.standing, '') = 'hidden') DESC, 3 DESC, 4 DESC, 1 LIMIT $1"
);

const ONE: &str = waiting!("AND reported = $1", "(SELECT $1::bigint AS user_id)", "");

const REPORTS: &str = "\
    SELECT at, reason, handled IS NOT NULL AS handled, sealed FROM dating_reports WHERE reported = $1
    ORDER BY at DESC LIMIT $2";

const WORDS: &str = "\
    SELECT sealed, extract(year FROM age(birth))::int AS age FROM dating_profiles WHERE user_id = $1";

const IS_THERE: &str = "SELECT standing, paused FROM dating_profiles WHERE user_id = $1 FOR UPDATE";

/// Hides a profile; whether its owner takes a break is kept.
const CONCEAL: &str = "\
    UPDATE dating_profiles SET standing = 'hidden', paused = (standing = 'paused')
    WHERE user_id = $1 AND standing IN ('shown', 'paused')";

const REVEAL: &str = "UPDATE dating_profiles SET standing = $2 WHERE user_id = $1 AND standing = 'hidden'";

/// An operator hid this person's profile: so is the one that they make anew.
const MARK: &str = "\
    INSERT INTO dating_hidden (user_hash, at) VALUES ($1, $2)
    ON CONFLICT (user_hash) DO UPDATE SET at = excluded.at";

const UNMARK: &str = "DELETE FROM dating_hidden WHERE user_hash = $1";

/// Words whose card was removed were not let pass, whatever card their owner makes anew.
const NOT_PASSED: &str = "\
    UPDATE dating_reports SET echo = '' WHERE reported = $1 AND handled IS NULL AND echo IS NOT NULL";

const HANDLED: &str = "UPDATE dating_reports SET handled = $2 WHERE reported = $1 AND handled IS NULL";

/// Two who are trustworthy have reported somebody: they are here for 30 days, decided on some cards
/// before this, and are not barred, as a shadow is.
macro_rules! reported {
    () => {
        "2 <= (
            SELECT count(*) FROM dating_reports r JOIN dating_profiles p ON p.user_id = r.reporter
            WHERE r.reported = $1 AND r.handled IS NULL AND p.since < $2 AND p.decided >= 5
                AND NOT EXISTS (SELECT FROM bans n
                    WHERE n.user_id = r.reporter AND n.until > (extract(epoch FROM now()) * 1000)::bigint))"
    };
}

/// They hide a profile until somebody has looked at it. What an operator hid before stays hidden.
const HIDE: &str = concat!(
    "UPDATE dating_profiles SET standing = 'hidden', paused = (standing = 'paused')
    WHERE user_id = $1 AND standing IN ('shown', 'paused') AND (",
    reported!(),
    " OR EXISTS (SELECT FROM dating_hidden WHERE user_hash = $3))"
);

/// The reports go with who erases themselves. That nobody was to see them before an operator has
/// looked does not.
const STAYS_HIDDEN: &str = concat!(
    "INSERT INTO dating_hidden (user_hash, at) SELECT $3::bytea, $4::bigint
    WHERE EXISTS (SELECT FROM dating_profiles WHERE user_id = $1 AND standing = 'hidden') OR ",
    reported!(),
    " ON CONFLICT DO NOTHING"
);

/// For so long somebody is here whose report counts, milliseconds.
const TRUSTED_MS: i64 = 30 * DAY_MS;

/// Hides a profile against which enough is open, also one that was made anew.
pub(super) async fn hide_reported(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<(), Fault> {
    let trusted = now.plus(-TRUSTED_MS).0;
    conn.execute(HIDE, &[&user.0, &trusted, &hidden_hash(keys, user)]).await.map(drop)
}

/// Notes of somebody who erases themselves that what they make anew is hidden, if what goes was.
pub(super) async fn stay_hidden(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<(), Fault> {
    let (trusted, hash) = (now.plus(-TRUSTED_MS).0, hidden_hash(keys, user));
    conn.execute(STAYS_HIDDEN, &[&user.0, &trusted, &hash, &now.0]).await.map(drop)
}

fn line(row: &Row) -> Result<DatingLine, Fault> {
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let (reasons, counts): (Vec<&str>, Vec<i64>) = (row.try_get("reasons")?, row.try_get("counts")?);
    let reasons = reasons
        .into_iter()
        .zip(counts)
        .map(|(word, n)| Ok(ReasonCount { reason: codes::value(REASONS, word)?, reporters: count(n) }));
    Ok(DatingLine {
        user: UserId(row.try_get("user_id")?),
        reporters: count(row.try_get("reporters")?),
        reasons: reasons.collect::<Result<_, Fault>>()?,
        at: row.try_get::<_, Option<i64>>("at")?.map(Millis),
        standing: row.try_get("standing")?,
    })
}

/// Profiles that wait for an operator: with open reports first, of those the hidden ones, then the
/// most reported.
pub(crate) async fn queue(conn: &mut Conn, limit: u32) -> Result<DatingDesk, Fault> {
    let rows = conn.query(QUEUE, &[&i64::from(limit)]).await?;
    Ok(DatingDesk::Queue(Page { items: rows.iter().map(line).collect::<Result<_, _>>()?, next: None }))
}

/// One of them with its words; none if there is neither a profile nor a report.
pub(crate) async fn read(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Option<DatingDesk>, Fault> {
    let rows = conn.query(ONE, &[&user.0]).await?;
    let Some(line) = rows.first().map(line).transpose()? else { return Ok(None) };
    let mut reports = Vec::new();
    for row in conn.query(REPORTS, &[&user.0, &READ]).await? {
        let words = people::words(conn, keys, user, row.try_get("sealed")?).await?.unwrap_or_default();
        reports.push(DatingReport {
            at: Millis(row.try_get("at")?),
            reason: codes::value(REASONS, row.try_get("reason")?)?,
            handled: row.try_get("handled")?,
            name: words.name,
            bio: words.bio,
            letters: words.letters,
        });
    }
    if line.standing == "none" && reports.is_empty() {
        return Ok(None);
    }
    let mut profile = DatingProfile { line, name: None, bio: None, age: None, photos: Vec::new(), reports };
    if let Some(row) = conn.query(WORDS, &[&user.0]).await?.first() {
        if let Some(sealed) = row.try_get::<_, Option<&[u8]>>("sealed")?
            && let Some(words) = people::words(conn, keys, user, sealed).await?
        {
            (profile.name, profile.bio) = (Some(words.name), Some(words.bio));
        }
        profile.age = row.try_get::<_, Option<i32>>("age")?.and_then(|age| u8::try_from(age).ok());
        for file in photos::files(conn, keys, user).await? {
            profile.photos.extend(held::waits(conn, keys, &file).await?);
        }
    }
    Ok(Some(DatingDesk::Profile(Box::new(profile))))
}

/// Decides about a profile, which closes its reports; none if there is neither. What is hidden
/// stays so, also made anew, until an operator shows it.
pub(crate) async fn rule(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    ruling: Ruling,
    now: Millis,
) -> Result<Option<DatingDesk>, Fault> {
    // In the order in which an erasure takes them.
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(None);
    }
    let rows = conn.query(IS_THERE, &[&user.0]).await?;
    let ruled = |standing: String| DatingDesk::Ruled(DatingRuled { user, standing });
    if ruling == Ruling::Remove {
        conn.execute(NOT_PASSED, &[&user.0]).await?;
    }
    let Some(row) = rows.first() else {
        // Its owner has deleted it: the reports alone are there to be closed.
        let closed = conn.execute(HANDLED, &[&user.0, &now.0]).await?;
        let changed = match ruling {
            Ruling::Show => conn.execute(UNMARK, &[&hidden_hash(keys, user)]).await? + closed,
            Ruling::Hide if closed > 0 => conn.execute(MARK, &[&hidden_hash(keys, user), &now.0]).await?,
            Ruling::Hide | Ruling::Remove => closed,
        };
        return Ok((changed > 0).then(|| ruled("none".to_owned())));
    };
    let before: String = row.try_get("standing")?;
    let standing = match ruling {
        // A break stays one, and what is not complete is shown to nobody.
        Ruling::Show if before != "hidden" => before,
        Ruling::Hide if before == "draft" => before,
        Ruling::Show if row.try_get("paused")? => "paused".to_owned(),
        Ruling::Show => "shown".to_owned(),
        Ruling::Hide => "hidden".to_owned(),
        Ruling::Remove => "none".to_owned(),
    };
    match ruling {
        Ruling::Remove => anew::leave(conn, keys, user, now).await?,
        Ruling::Hide => {
            conn.execute(CONCEAL, &[&user.0]).await?;
            conn.execute(MARK, &[&hidden_hash(keys, user), &now.0]).await?;
        }
        Ruling::Show => {
            conn.execute(REVEAL, &[&user.0, &standing]).await?;
            conn.execute(UNMARK, &[&hidden_hash(keys, user)]).await?;
        }
    }
    conn.execute(HANDLED, &[&user.0, &now.0]).await?;
    Ok(Some(ruled(standing)))
}
