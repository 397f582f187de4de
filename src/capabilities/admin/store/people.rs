//! What operators see of people, and of all of them together.

use super::{audit, bans, hidden, lines, versions};
use crate::store::aggregates::activity;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Answer, Dossier, Page, PersonLine, Stats};
use nameless_domain::capabilities::admin::Persons;
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use nameless_domain::time::{DAY_MS, Millis};

/// Decisions that a dossier shows.
const DECISIONS: i64 = 10;

/// Of many accounts the number is the planner's: counting a million rows for it would take longer
/// than all else. Up to 10,000 are counted, as a young table was never analysed, and has -1.
const STATS: &str = "\
    SELECT (SELECT CASE WHEN many > 10000 THEN many
                ELSE (SELECT count(*) FROM (SELECT FROM accounts LIMIT 10000) few) END
            FROM (SELECT reltuples::bigint AS many FROM pg_class WHERE oid = 'accounts'::regclass) planned) AS accounts,
        (SELECT count(*) FROM accounts WHERE phase ->> 'at' = 'searching') AS searching,
        (SELECT count(*) / 2 FROM active_pair_member) AS chats,
        (SELECT count(*) FROM pairs WHERE ended >= $1)
            + (SELECT count(*) FROM active_pair_member m JOIN pairs p USING (pair_id)
               WHERE m.side = 0 AND p.opened >= $1) AS day,
        (SELECT count(*) FROM reports WHERE status = 'open') AS reports,
        (SELECT count(*) FROM bans WHERE until > $2) AS bans,
        (SELECT count(*) FROM dead_letters) AS dead,
        (SELECT min(at) FROM reports WHERE status = 'open') AS oldest_report,
        (SELECT min(at) FROM dead_letters) AS oldest_dead";

/// People behind an id to whom all that is given applies. `from` narrows them down where an index
/// of something that few have is the shorter way.
macro_rules! people {
    ($from:literal) => {
        concat!(
            "SELECT a.user_id, a.created, a.phase ->> 'at' AS phase FROM accounts a
            WHERE a.user_id > $1 AND ($3::text IS NULL OR a.lang = $3)
              AND ($4::bigint IS NULL OR EXISTS (
                  SELECT FROM activity v WHERE v.user_id = a.user_id AND v.last_seen >= $4))
              AND ($5::boolean IS NULL OR $5 = EXISTS (
                  SELECT FROM bans b WHERE b.user_id = a.user_id AND b.until > $6)) ",
            $from,
            " ORDER BY a.user_id LIMIT $2"
        )
    };
}

const PAGE: &str = people!("");

const WITH_PREMIUM: &str = people!(
    "AND a.user_id IN (SELECT e.user_id FROM entitlements e WHERE e.kind = 'premium' AND e.until > $6)"
);

const WITHOUT_PREMIUM: &str = people!(
    "AND NOT EXISTS (SELECT FROM entitlements e WHERE e.user_id = a.user_id AND e.kind = 'premium' AND e.until > $6)"
);

const BANNED: &str = people!("AND a.user_id IN (SELECT b.user_id FROM bans b WHERE b.until > $6)");

const PERSON: &str = "\
    SELECT created, lang, phase ->> 'at' AS phase, blocked_bot, adult_at IS NOT NULL AS adult
    FROM accounts WHERE user_id = $1";

const FIGURES: &str = "\
    SELECT (SELECT until FROM entitlements WHERE user_id = $1 AND kind = 'premium' AND until > $2) AS premium,
        (SELECT count(*) FROM pairs WHERE a = $1) + (SELECT count(*) FROM pairs WHERE b = $1) AS chats,
        (SELECT count(*) FROM ratings WHERE rated = $1 AND up) AS up,
        (SELECT count(*) FROM ratings WHERE rated = $1 AND NOT up) AS down,
        (SELECT count(*) FROM reports WHERE reported = $1 AND status = 'open') AS open,
        (SELECT count(*) FROM reports WHERE reported = $1 AND verdict = 'upheld') AS strikes,
        (SELECT count(*) FROM reports WHERE reporter_hash = $3 AND verdict = 'dismissed') AS false";

/// Figures of the whole bot.
pub(super) async fn stats(conn: &mut Conn, now: Millis) -> Result<Answer, Fault> {
    let rows = conn.query(STATS, &[&now.plus(-DAY_MS).0, &now.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no figures".into()))?;
    Ok(Answer::Stats(Stats {
        accounts: row.try_get("accounts")?,
        searching: row.try_get("searching")?,
        chats: row.try_get("chats")?,
        chats_of_a_day: row.try_get("day")?,
        reports: row.try_get("reports")?,
        bans: row.try_get("bans")?,
        dead_letters: row.try_get("dead")?,
        oldest_report: row.try_get::<_, Option<i64>>("oldest_report")?.map(Millis),
        oldest_dead_letter: row.try_get::<_, Option<i64>>("oldest_dead")?.map(Millis),
    }))
}

/// People by id.
pub(super) async fn page(
    conn: &mut Conn,
    after: i64,
    limit: u32,
    of: &Persons,
    now: Millis,
) -> Result<Answer, Fault> {
    let sql = match of {
        Persons { premium: Some(true), .. } => WITH_PREMIUM,
        Persons { premium: Some(false), .. } => WITHOUT_PREMIUM,
        Persons { banned: Some(true), .. } => BANNED,
        _ => PAGE,
    };
    let since = of.active.map(|days| now.plus(-i64::from(days) * DAY_MS).0);
    let lang = of.lang.map(Lang::code);
    let rows = conn.query(sql, &[&after, &i64::from(limit), &lang, &since, &of.banned, &now.0]).await?;
    let line = |row: &tokio_postgres::Row| -> Result<PersonLine, Fault> {
        Ok(PersonLine {
            user: UserId(row.try_get("user_id")?),
            created: Millis(row.try_get("created")?),
            phase: row.try_get::<_, Option<String>>("phase")?.unwrap_or_default(),
        })
    };
    let items: Vec<PersonLine> = rows.iter().map(line).collect::<Result<_, _>>()?;
    let next = items.last().filter(|_| items.len() == limit as usize).map(|last| last.user.0);
    Ok(Answer::People(Page { items, next }))
}

/// What is known of a person; also of one who is banned and has no account any more.
pub(super) async fn dossier(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Answer, Fault> {
    let person = conn.query(PERSON, &[&user.0]).await?;
    let ban = bans::standing(conn, keys, user, now).await?;
    let decisions = audit::decisions(conn, &keys.subject_hash(user), DECISIONS).await?;
    if person.is_empty() && ban.is_none() && decisions.is_empty() {
        return Ok(Answer::Missing);
    }
    let figures = conn.query(FIGURES, &[&user.0, &now.0, &keys.user_hash(user)]).await?;
    let figures = figures.first().ok_or_else(|| Fault::Corrupt("no figures".into()))?;
    let mut dossier = Dossier {
        user,
        created: None,
        lang: None,
        phase: None,
        blocked_bot: false,
        adult: false,
        premium_until: figures.try_get::<_, Option<i64>>("premium")?.map(Millis),
        ban: None,
        banned_by: None,
        chats: figures.try_get("chats")?,
        rated_up: figures.try_get("up")?,
        rated_down: figures.try_get("down")?,
        reports_open: figures.try_get("open")?,
        strikes: figures.try_get("strikes")?,
        false_reports: figures.try_get("false")?,
        warnings: lines::warnings(conn, user).await?,
        activity: activity::of(conn, user).await?,
        notes: lines::notes(conn, keys, user).await?.0,
        detections: hidden::of(conn, &keys.subject_hash(user)).await?,
        decisions,
        appeals: bans::appeals(conn, keys, user).await?,
        version: versions::of_person(conn, keys, user).await?,
    };
    if let Some(row) = person.first() {
        dossier.created = Some(Millis(row.try_get("created")?));
        dossier.lang = row.try_get("lang")?;
        dossier.phase = row.try_get("phase")?;
        dossier.blocked_bot = row.try_get("blocked_bot")?;
        dossier.adult = row.try_get("adult")?;
    }
    if let Some((ban, by)) = ban {
        (dossier.ban, dossier.banned_by) = (Some(ban), Some(by));
    }
    Ok(Answer::Person(Box::new(dossier)))
}
