//! What the engine does about people by itself: whom several trustworthy people report, and who
//! writes as programs do, is hidden for a while. An operator's look ends it.

use super::bans;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{DetectionLine, Page};
use nameless_domain::capabilities::admin::patterns::{Pattern, limit};
use nameless_domain::capabilities::admin::weight::{HIDDEN_MS, HIDES, is_trustworthy};
use nameless_domain::capabilities::admin::{Ban, BanKind, Suspicion};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};
use rustc_hash::FxHashMap;
use tokio_postgres::Row;

/// Who decided, where the engine did.
pub(super) const ENGINE: &str = "engine";

/// Who reported whom, where more than one did, with what became of the reporter's other reports.
const REPORTERS: &str = "\
    WITH reporters AS (
        SELECT reported, reporter_hash, max(at) AS at FROM reports
        WHERE status = 'open' AND at > $1 AND ($2::bigint IS NULL OR reported = $2)
        GROUP BY reported, reporter_hash
    ), many AS (
        SELECT reported FROM reporters GROUP BY reported HAVING count(*) > 1
    )
    SELECT r.reported, r.at,
        (SELECT count(*) FROM reports p
         WHERE p.reporter_hash = r.reporter_hash AND p.verdict = 'upheld') AS upheld,
        (SELECT count(*) FROM reports p
         WHERE p.reporter_hash = r.reporter_hash AND p.verdict = 'dismissed') AS dismissed
    FROM reporters r JOIN many USING (reported)";

/// When somebody was last looked at by an operator, or hidden.
const LOOKED: &str = "\
    SELECT whom, max(at) AS at FROM audit_log
    WHERE whom = ANY($1) AND outcome = 'done' AND what IN ('ban', 'shadow', 'unban', 'decide', 'hide')
    GROUP BY whom";

const DETECTED: &str = "\
    INSERT INTO detections (user_hash, seq, user_id, pattern, at)
    SELECT $1, $2, user_id, $4, $5 FROM accounts WHERE user_id = $3 FOR KEY SHARE
    ON CONFLICT DO NOTHING";

/// Suspicions of a week, of those of whom there is a new one.
const SUSPECTS: &str = "\
    SELECT d.user_id, count(*) AS times FROM detections d
    WHERE d.at > $1 AND d.user_id IN (SELECT n.user_id FROM detections n WHERE n.acted IS NULL AND n.at > $1)
      AND ($2::bigint IS NULL OR d.user_id = $2)
    GROUP BY d.user_id";

const ACTED: &str = "UPDATE detections SET acted = $2 WHERE user_id = $1 AND acted IS NULL";

const LIST: &str = "SELECT user_id, pattern, at FROM detections ORDER BY at DESC, seq DESC LIMIT $1";

const OF: &str = "\
    SELECT user_id, pattern, at FROM detections WHERE user_hash = $1 ORDER BY at DESC, seq DESC LIMIT 10";

/// Keeps a suspicion; a second time it is the same.
pub(super) async fn detected(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    seq: Seq,
    pattern: Pattern,
    now: Millis,
) -> Result<(), Fault> {
    let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
    conn.execute(DETECTED, &[&keys.subject_hash(user), &seq, &user.0, &pattern.name(), &now.0]).await?;
    Ok(())
}

fn line(row: &Row) -> Result<DetectionLine, Fault> {
    let name: &str = row.try_get("pattern")?;
    let pattern = Pattern::ALL.into_iter().find(|pattern| pattern.name() == name);
    Ok(DetectionLine {
        user: row.try_get::<_, Option<i64>>("user_id")?.map(UserId),
        pattern: pattern.ok_or_else(|| Fault::Corrupt("a suspicion of no kind".into()))?,
        at: Millis(row.try_get("at")?),
    })
}

/// The newest suspicions of all.
pub(super) async fn list(conn: &mut Conn, limit: u32) -> Result<Page<DetectionLine>, Fault> {
    let rows = conn.query(LIST, &[&i64::from(limit)]).await?;
    Ok(Page { items: rows.iter().map(line).collect::<Result<_, _>>()?, next: None })
}

/// The newest suspicions of one person.
pub(super) async fn of(conn: &mut Conn, hash: &[u8]) -> Result<Vec<DetectionLine>, Fault> {
    conn.query(OF, &[&hash]).await?.iter().map(line).collect()
}

/// Whom enough trustworthy people report, and when the last of them did.
async fn reported(conn: &mut Conn, of: Option<UserId>, now: Millis) -> Result<FxHashMap<i64, i64>, Fault> {
    let of = of.map(|user| user.0);
    let mut found: FxHashMap<i64, (usize, i64)> = FxHashMap::default();
    for row in conn.query(REPORTERS, &[&now.plus(-HIDDEN_MS).0, &of]).await? {
        let count = |column: &str| -> Result<u32, Fault> {
            Ok(u32::try_from(row.try_get::<_, i64>(column)?).unwrap_or(u32::MAX))
        };
        if is_trustworthy(count("upheld")?, count("dismissed")?) {
            let (times, at) = found.entry(row.try_get("reported")?).or_default();
            (*times, *at) = (*times + 1, row.try_get::<_, i64>("at")?.max(*at));
        }
    }
    Ok(found
        .into_iter()
        .filter(|(_, (times, _))| *times >= HIDES)
        .map(|(user, (_, at))| (user, at))
        .collect())
}

/// Those of them at whom nobody has looked since.
async fn unseen(conn: &mut Conn, keys: &Keys, found: FxHashMap<i64, i64>) -> Result<Vec<UserId>, Fault> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let by_hash: FxHashMap<Vec<u8>, i64> =
        found.keys().map(|user| (keys.subject_hash(UserId(*user)), *user)).collect();
    let hashes: Vec<&[u8]> = by_hash.keys().map(Vec::as_slice).collect();
    let mut unseen = found;
    for row in conn.query(LOOKED, &[&hashes]).await? {
        let (hash, at): (Vec<u8>, i64) = (row.try_get("whom")?, row.try_get("at")?);
        if let Some(user) = by_hash.get(&hash)
            && unseen.get(user).is_some_and(|reported| *reported <= at)
        {
            unseen.remove(user);
        }
    }
    Ok(unseen.into_keys().map(UserId).collect())
}

/// How long the engine hides somebody, if it should at all, whoever asks.
pub(super) async fn due(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    why: Suspicion,
    now: Millis,
) -> Result<Option<Ban>, Fault> {
    let (ms, reason) = match why {
        Suspicion::Reports => {
            let found = reported(conn, Some(user), now).await?;
            let due = !unseen(conn, keys, found).await?.is_empty();
            (due.then_some(HIDDEN_MS), "several people reported them: hidden until an operator has looked")
        }
        Suspicion::Patterns => {
            let times = suspects(conn, Some(user), now).await?.first().map_or(0, |(_, times)| *times);
            conn.execute(ACTED, &[&user.0, &now.0]).await?;
            (limit(times), "they write as programs do: hidden for a while")
        }
    };
    // What an operator decided stands.
    if bans::standing(conn, keys, user, now).await?.is_some() {
        return Ok(None);
    }
    Ok(ms.map(|ms| Ban { kind: BanKind::Shadow, since: now, until: now.plus(ms), reason: reason.to_owned() }))
}

async fn suspects(conn: &mut Conn, of: Option<UserId>, now: Millis) -> Result<Vec<(UserId, u32)>, Fault> {
    let rows = conn.query(SUSPECTS, &[&now.plus(-7 * DAY_MS).0, &of.map(|user| user.0)]).await?;
    let one = |row: &Row| -> Result<(UserId, u32), Fault> {
        let times: i64 = row.try_get("times")?;
        Ok((UserId(row.try_get("user_id")?), u32::try_from(times).unwrap_or(u32::MAX)))
    };
    rows.iter().map(one).collect()
}

/// Whom the engine has to hide.
pub(super) async fn look(
    conn: &mut Conn,
    keys: &Keys,
    now: Millis,
) -> Result<Vec<(UserId, Suspicion)>, Fault> {
    let found = reported(conn, None, now).await?;
    let reported = unseen(conn, keys, found).await?;
    let mut hide = Vec::new();
    for user in reported {
        // Who is banned stays so, and is not written down again with each look.
        if bans::standing(conn, keys, user, now).await?.is_none() {
            hide.push((user, Suspicion::Reports));
        }
    }
    for (user, times) in suspects(conn, None, now).await? {
        // The first one is only listed.
        if limit(times).is_some() {
            hide.push((user, Suspicion::Patterns));
        }
    }
    Ok(hide)
}

/// After a decision: whom the engine has hidden for reports comes back where too few are left.
/// Whether that is so.
pub(super) async fn reconsider(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<bool, Fault> {
    let hidden = bans::standing(conn, keys, user, now).await?.is_some_and(|(_, by)| by == ENGINE);
    if !hidden || reported(conn, Some(user), now).await?.contains_key(&user.0) {
        return Ok(false);
    }
    bans::lift(conn, keys, user, now).await
}
