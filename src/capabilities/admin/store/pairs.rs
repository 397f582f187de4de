//! Who is and was in a chat with whom, and what happened to a person: without what anybody wrote.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Answer, Happened, Page, PairLine};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;

/// Entries of a history, the newest.
const MOST: i64 = 500;

/// Messages are counted as long as they are kept.
const PAGE: &str = "\
    SELECT p.pair_id, p.a, p.b, p.opened, p.ended, p.cause,
        (SELECT count(*) FROM history h
         WHERE h.pair_id = p.pair_id AND h.side = 0 AND h.edit = 0 AND h.opened = p.opened) AS from_a,
        (SELECT count(*) FROM history h
         WHERE h.pair_id = p.pair_id AND h.side = 1 AND h.edit = 0 AND h.opened = p.opened) AS from_b
    FROM pairs p WHERE p.pair_id < $1 AND (NOT $2 OR p.ended IS NULL) ORDER BY p.pair_id DESC LIMIT $3";

/// `$2` is the hash under which the log and the appeals know the person.
const HISTORY: &str = "\
    SELECT at, what, detail, who FROM (
        SELECT at, 'reported' AS what, 'reason=' || reason || ' ' || coalesce(verdict, status) AS detail, NULL AS who
        FROM reports WHERE reported = $1
        UNION ALL
        SELECT at, 'appealed', CASE accepted WHEN true THEN 'accepted' WHEN false THEN 'declined' ELSE 'open' END, NULL
        FROM appeals WHERE user_hash = $2
        UNION ALL
        SELECT at, 'wrote_like_a_program', 'pattern=' || pattern, NULL FROM detections WHERE user_id = $1
        UNION ALL
        SELECT at, what, detail, who FROM audit_log
        WHERE whom = $2 AND outcome = 'done' AND what IN ('ban', 'shadow', 'unban', 'grant', 'revoke', 'warn',
            'delete', 'hide', 'answer_appeal', 'decide')
    ) AS all_of_it ORDER BY at DESC, what LIMIT $3";

const KNOWN: &str = "SELECT FROM accounts WHERE user_id = $1";

/// Some chats, the newest first.
pub(super) async fn page(conn: &mut Conn, before: i64, live: bool, limit: u32) -> Result<Answer, Fault> {
    let line = |row: &tokio_postgres::Row| -> Result<PairLine, Fault> {
        let member = |column| Ok::<_, Fault>(row.try_get::<_, Option<i64>>(column)?.map(UserId));
        Ok(PairLine {
            pair: PairId(row.try_get("pair_id")?),
            members: [member("a")?, member("b")?],
            opened: Millis(row.try_get("opened")?),
            ended: row.try_get::<_, Option<i64>>("ended")?.map(Millis),
            cause: row.try_get("cause")?,
            messages: [row.try_get("from_a")?, row.try_get("from_b")?],
        })
    };
    let rows = conn.query(PAGE, &[&before, &live, &i64::from(limit)]).await?;
    let items = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| items.len() == limit as usize).map(|last| last.pair.0);
    Ok(Answer::Pairs(Page { items, next }))
}

/// What happened to a person, the newest first.
pub(super) async fn history(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Answer, Fault> {
    let hash = keys.subject_hash(user);
    let rows = conn.query(HISTORY, &[&user.0, &hash, &MOST]).await?;
    if rows.is_empty() && conn.query(KNOWN, &[&user.0]).await?.is_empty() {
        return Ok(Answer::Missing);
    }
    let line = |row: &tokio_postgres::Row| -> Result<Happened, Fault> {
        Ok(Happened {
            at: Millis(row.try_get("at")?),
            what: row.try_get("what")?,
            detail: row.try_get("detail")?,
            by: row.try_get("who")?,
        })
    };
    let items = rows.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Answer::History(Page { items, next: None }))
}
