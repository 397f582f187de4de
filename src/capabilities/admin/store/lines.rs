//! What operators have to say to a person: owed until it was said, as a warning is a strike only if
//! they could heed it. And what operators note about people for each other.

use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::renew::{UnderKek, under_kek};
use crate::store::rfc3339;
use nameless_actors::capabilities::NoteLine;
use nameless_domain::capabilities::admin::{Line, LineKind};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};
use serde_json::{Value, json};

/// How long a line that was not said is waited for before it is said again, milliseconds: it may be
/// on its way.
const AGAIN_MS: i64 = 30_000;
/// Lines that are said again at a time.
const AT_ONCE: i64 = 100;

/// The account's lock first: an erasure beside this waits, or there is nobody to tell.
const ACCOUNT: &str = "SELECT user_id FROM accounts WHERE user_id = $1 FOR KEY SHARE";

const OWE: &str = "\
    INSERT INTO operator_lines (user_id, kind, at, sealed) VALUES ($1, $2, $3, $4) RETURNING line_id";

const HEARD: &str =
    "UPDATE operator_lines SET told = $3 WHERE line_id = $1 AND user_id = $2 AND told IS NULL";

const OWED: &str = "\
    SELECT line_id, user_id, kind, at, sealed FROM operator_lines
    WHERE told IS NULL AND at > $1 AND at < $2 ORDER BY at LIMIT $3";

const OF: &str =
    "SELECT line_id, user_id, kind, at, sealed FROM operator_lines WHERE user_id = $1 ORDER BY at";

const WARNINGS: &str = "SELECT count(*) FROM operator_lines WHERE user_id = $1 AND kind = 'warning'";

const NOTE: &str = "INSERT INTO operator_notes (user_hash, at, by, sealed) VALUES ($1, $2, $3, $4)";

const NOTES: &str = "\
    SELECT at, by, sealed, count(*) OVER () AS all_of_them FROM operator_notes
    WHERE user_hash = $1 ORDER BY at DESC, note_id DESC LIMIT 20";

/// Identity of a line.
fn aad(user: i64, kind: &str) -> Vec<u8> {
    format!("line:{user}:{kind}").into_bytes()
}

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] =
    &[under_kek!("operator_notes", "sealed", "user_hash, at", "true", |row| {
        Ok(note_aad(row.try_get("user_hash")?, row.try_get("at")?))
    })];

/// Identity of a note.
fn note_aad(hash: &[u8], at: i64) -> Vec<u8> {
    [&b"note:"[..], hash, &at.to_be_bytes()].concat()
}

/// Keeps a line as owed; none where there is no account.
pub(super) async fn owe(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    kind: LineKind,
    reason: &str,
    now: Millis,
) -> Result<Option<Line>, Fault> {
    if conn.query(ACCOUNT, &[&user.0]).await?.is_empty() {
        return Ok(None);
    }
    let reason = reason.trim();
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let sealed = user_key::of(&ring, user)?.seal(reason.as_bytes(), &aad(user.0, kind.name()))?;
    let rows = conn.query(OWE, &[&user.0, &kind.name(), &now.0, &sealed]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no number of a line".into()))?;
    Ok(Some(Line { line: row.try_get("line_id")?, kind, reason: reason.to_owned() }))
}

/// Notes that a line was said.
pub(super) async fn heard(conn: &mut Conn, user: UserId, line: i64, now: Millis) -> Result<(), Fault> {
    conn.execute(HEARD, &[&line, &user.0, &now.0]).await?;
    Ok(())
}

async fn read(
    conn: &mut Conn,
    keys: &Keys,
    rows: Vec<tokio_postgres::Row>,
) -> Result<Vec<(UserId, i64, Line)>, Fault> {
    let users: Vec<i64> = rows.iter().map(|row| row.try_get("user_id")).collect::<Result<_, _>>()?;
    let ring = user_key::get(conn, keys, &users).await?;
    let mut lines = Vec::new();
    for row in &rows {
        let (user, at): (i64, i64) = (row.try_get("user_id")?, row.try_get("at")?);
        let name: &str = row.try_get("kind")?;
        let kind = LineKind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| Fault::Corrupt("a line of no kind".into()))?;
        // Whoever has erased themselves has no key, and the row goes with the same transaction.
        let Some(key) = ring.get(&UserId(user)) else { continue };
        let plain = key.open(row.try_get("sealed")?, &aad(user, name))?;
        let reason = String::from_utf8(plain).map_err(|_| Fault::Corrupt("a line that is no text".into()))?;
        lines.push((UserId(user), at, Line { line: row.try_get("line_id")?, kind, reason }));
    }
    Ok(lines)
}

/// What should have been said by now and was not, as a process died with it. After a week it is not
/// news any more.
pub(super) async fn owed(conn: &mut Conn, keys: &Keys, now: Millis) -> Result<Vec<(UserId, Line)>, Fault> {
    let (since, before) = (now.plus(-7 * DAY_MS).0, now.plus(-AGAIN_MS).0);
    let rows = conn.query(OWED, &[&since, &before, &AT_ONCE]).await?;
    Ok(read(conn, keys, rows).await?.into_iter().map(|(user, _, line)| (user, line)).collect())
}

/// What operators said to a person, for their export.
pub(super) async fn said(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(OF, &[&user.0]).await?;
    let lines = read(conn, keys, rows).await?;
    let line = |(_, at, line): &(UserId, i64, Line)| json!({ "what": line.kind.name(), "at": rfc3339(*at), "reason": line.reason });
    Ok(lines.iter().map(line).collect())
}

/// How often somebody was warned.
pub(super) async fn warnings(conn: &mut Conn, user: UserId) -> Result<i64, Fault> {
    let rows = conn.query(WARNINGS, &[&user.0]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// Keeps a note.
pub(super) async fn note(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    by: &str,
    words: &str,
    now: Millis,
) -> Result<(), Fault> {
    let hash = keys.subject_hash(user);
    let sealed = keys.kek().seal(words.trim().as_bytes(), &note_aad(&hash, now.0))?;
    conn.execute(NOTE, &[&hash, &now.0, &by, &sealed]).await?;
    Ok(())
}

/// The newest notes about a person, and how many there are.
pub(super) async fn notes(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<(Vec<NoteLine>, i64), Fault> {
    let hash = keys.subject_hash(user);
    let (mut notes, mut all) = (Vec::new(), 0);
    for row in conn.query(NOTES, &[&hash]).await? {
        let at: i64 = row.try_get("at")?;
        all = row.try_get("all_of_them")?;
        let plain = keys.kek().open(row.try_get("sealed")?, &note_aad(&hash, at))?;
        let words = String::from_utf8(plain).map_err(|_| Fault::Corrupt("a note that is no text".into()))?;
        notes.push(NoteLine { at: Millis(at), by: row.try_get("by")?, words });
    }
    Ok((notes, all))
}
