//! The audit log in the database: appended to, read, walked.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{AuditLine, Order, Page};
use nameless_domain::capabilities::admin::audit::{Break, Entry, GENESIS, Hash, Outcome, Walk};
use nameless_domain::capabilities::admin::{Act, Actor, Entries};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::time::Duration;
use tokio_postgres::Row;

/// How long walking the log may take.
pub(super) const VERIFY: Duration = Duration::from_secs(600);
/// Entries read at a time.
const STRIDE: i64 = 2_000;
/// For how long a look at a picture is good, milliseconds.
const LOOKED_MS: i64 = 300_000;
/// How often an entry is noted as the log's head, milliseconds.
const NOTED_AGAIN_MS: i64 = 3_600_000;

const LAST: &str = "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1";

const INSERT: &str = "\
    INSERT INTO audit_log (seq, at, who, role, what, whom, detail, reason, source, outcome, hash, mac)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Under the account's lock: an erasure beside this either waits and removes it, or there is no
/// account any more.
const SUBJECT: &str = "\
    INSERT INTO audit_subjects (whom, user_id)
    SELECT $1, user_id FROM accounts WHERE user_id = $2 FOR KEY SHARE
    ON CONFLICT (whom) DO NOTHING";

const NOTE: &str = "\
    INSERT INTO audit_heads (seq, at, hash, mac)
    SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM audit_heads WHERE at > $5 AND at <= $2)
    RETURNING seq";

const PAGE: &str = "\
    SELECT l.seq, l.at, l.who, l.role, l.what, s.user_id, l.detail, l.reason, l.source, l.outcome
    FROM audit_log l LEFT JOIN audit_subjects s ON s.whom = l.whom
    WHERE l.seq < $1 AND ($3::bytea IS NULL OR l.whom = $3) AND ($4::text IS NULL OR l.who = $4)
      AND ($5::text IS NULL OR l.what = $5) AND ($6::text IS NULL OR l.outcome = $6)
    ORDER BY l.seq DESC LIMIT $2";

const DECISIONS: &str = "\
    SELECT l.seq, l.at, l.who, l.role, l.what, s.user_id, l.detail, l.reason, l.source, l.outcome
    FROM audit_log l LEFT JOIN audit_subjects s ON s.whom = l.whom
    WHERE l.whom = $1 AND l.outcome = 'done'
      AND l.what IN
        ('ban', 'shadow', 'unban', 'hide', 'warn', 'answer_appeal', 'delete', 'decide', 'grant', 'revoke',
         'refund')
    ORDER BY l.seq DESC LIMIT $2";

/// A look at a picture is among the newest entries, or over.
const LOOKED: &str = "\
    SELECT 1 FROM (SELECT at, who, what, detail, outcome FROM audit_log ORDER BY seq DESC LIMIT 2000) l
    WHERE who = $1 AND what = 'photo' AND detail = $2 AND outcome = 'done' AND at > $3 LIMIT 1";
const LAST_ABOUT: &str = "\
    SELECT coalesce(max(seq), 0) AS seq FROM audit_log
    WHERE whom = $1 AND outcome = 'done' AND what NOT IN ('person', 'report', 'dialogs', 'audit')";

const WALK: &str = "\
    SELECT seq, at, who, role, what, whom, detail, reason, source, outcome, hash, mac
    FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT $2";

const HEADS: &str = "SELECT seq, hash, mac FROM audit_heads ORDER BY seq";

/// An entry that was noted elsewhere: its number and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// What walking the log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every entry is as it was written.
    Whole {
        /// How many.
        entries: i64,
        /// The hash of the last one.
        head: Hash,
    },
    /// Not so.
    Broken(Break),
}

/// Whether somebody has looked at a picture just now, as the log has it.
pub(super) async fn has_looked(conn: &mut Conn, who: &Actor, photo: i64, now: Millis) -> Result<bool, Fault> {
    let look = Act::Photo { photo, reason: String::new() }.detail();
    let rows = conn.query(LOOKED, &[&who.name, &look, &now.plus(-LOOKED_MS).0]).await?;
    Ok(!rows.is_empty())
}

/// Appends the entry of an act. The log's lock is held.
pub(crate) async fn append(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    about: Option<UserId>,
    outcome: Outcome,
    now: Millis,
) -> Result<(), Fault> {
    let entry = Entry {
        seq: 0,
        at: now,
        who: order.actor.name.clone(),
        role: order.actor.role.name().to_owned(),
        what: order.act.name().to_owned(),
        whom: about.map(|user| keys.subject_hash(user)),
        detail: order.act.detail(),
        reason: order.act.reason().trim().to_owned(),
        source: order.source.name().to_owned(),
        outcome: outcome.name().to_owned(),
    };
    write(conn, keys, entry, about).await
}

/// Writes the log's next entry: `entry`, under the next number. The log's lock is held.
pub(super) async fn write(
    conn: &mut Conn,
    keys: &Keys,
    mut entry: Entry,
    about: Option<UserId>,
) -> Result<(), Fault> {
    let (seq, before) = match conn.query(LAST, &[]).await?.first() {
        Some(row) => (row.try_get::<_, i64>("seq")? + 1, hash(row.try_get("hash")?)?),
        None => (1, GENESIS),
    };
    entry.seq = seq;
    let now = entry.at;
    let hash = entry.hash(&before).to_vec();
    let mac = keys.audit_mac(seq, &hash);
    conn.execute(
        INSERT,
        &[
            &seq,
            &now.0,
            &entry.who,
            &entry.role,
            &entry.what,
            &entry.whom,
            &entry.detail,
            &entry.reason,
            &entry.source,
            &entry.outcome,
            &hash,
            &mac,
        ],
    )
    .await?;
    if let (Some(whom), Some(user)) = (&entry.whom, about) {
        conn.execute(SUBJECT, &[whom, &user.0]).await?;
    }
    let lately = now.plus(-NOTED_AGAIN_MS);
    if !conn.query(NOTE, &[&seq, &now.0, &hash, &mac, &lately.0]).await?.is_empty() {
        // In the bot's log as well, which the database's owner cannot change.
        tracing::info!(seq, hash = %hex(&hash), "the audit log's head");
    }
    Ok(())
}

/// A hash as it is shown.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(bytes: &[u8]) -> Result<Hash, Fault> {
    bytes.try_into().map_err(|_| Fault::Corrupt("a hash of the audit log has another length".into()))
}

fn line(row: &Row) -> Result<AuditLine, Fault> {
    Ok(AuditLine {
        seq: row.try_get("seq")?,
        at: Millis(row.try_get("at")?),
        who: row.try_get("who")?,
        role: row.try_get("role")?,
        what: row.try_get("what")?,
        whom: row.try_get::<_, Option<i64>>("user_id")?.map(UserId),
        detail: row.try_get("detail")?,
        reason: row.try_get("reason")?,
        source: row.try_get("source")?,
        outcome: row.try_get("outcome")?,
    })
}

/// Entries before one, the newest first.
pub(super) async fn page(
    conn: &mut Conn,
    keys: &Keys,
    before: i64,
    limit: u32,
    of: &Entries,
) -> Result<Page<AuditLine>, Fault> {
    let whom = of.whom.map(|user| keys.subject_hash(user));
    let rows = conn.query(PAGE, &[&before, &i64::from(limit), &whom, &of.who, &of.what, &of.outcome]).await?;
    let items: Vec<AuditLine> = rows.iter().map(line).collect::<Result<_, _>>()?;
    let next = items.last().filter(|last| items.len() == limit as usize && last.seq > 1).map(|last| last.seq);
    Ok(Page { items, next })
}

/// The number of the last entry about somebody, looks aside; 0 if there is none.
pub(super) async fn last_about(conn: &mut Conn, whom: &[u8]) -> Result<i64, Fault> {
    let rows = conn.query(LAST_ABOUT, &[&whom]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get("seq")?))
}

/// What was decided about a person.
pub(super) async fn decisions(conn: &mut Conn, whom: &[u8], most: i64) -> Result<Vec<AuditLine>, Fault> {
    conn.query(DECISIONS, &[&whom, &most]).await?.iter().map(line).collect()
}

/// Walks the log from its beginning to its end, and compares it with what was noted of it.
pub(super) async fn verify(conn: &mut Conn, keys: &Keys, anchors: &[Anchor]) -> Result<Verified, Fault> {
    let mut noted: Vec<Anchor> = anchors.to_vec();
    for row in conn.query(HEADS, &[]).await? {
        let (seq, hash): (i64, Vec<u8>) = (row.try_get("seq")?, row.try_get("hash")?);
        if keys.audit_mac(seq, &hash) != row.try_get::<_, Vec<u8>>("mac")? {
            return Ok(Verified::Broken(Break::Forged { seq }));
        }
        noted.push(Anchor { seq, hash });
    }
    noted.sort_by_key(|anchor| anchor.seq);
    let mut noted = noted.into_iter().peekable();
    let mut walk = Walk::default();
    loop {
        let rows = conn.query(WALK, &[&walk.head().0, &STRIDE]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let entry = entry(row)?;
            let kept: &[u8] = row.try_get("hash")?;
            if let Err(found) = walk.next(&entry, kept) {
                return Ok(Verified::Broken(found));
            }
            if keys.audit_mac(entry.seq, kept) != row.try_get::<_, &[u8]>("mac")? {
                return Ok(Verified::Broken(Break::Forged { seq: entry.seq }));
            }
            while let Some(anchor) = noted.next_if(|anchor| anchor.seq <= entry.seq) {
                if anchor.seq != entry.seq || anchor.hash != kept {
                    return Ok(Verified::Broken(Break::Anchor { seq: anchor.seq }));
                }
            }
        }
    }
    if let Some(anchor) = noted.next() {
        return Ok(Verified::Broken(Break::Anchor { seq: anchor.seq }));
    }
    let (entries, head) = walk.head();
    Ok(Verified::Whole { entries, head })
}

fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        seq: row.try_get("seq")?,
        at: Millis(row.try_get("at")?),
        who: row.try_get("who")?,
        role: row.try_get("role")?,
        what: row.try_get("what")?,
        whom: row.try_get("whom")?,
        detail: row.try_get("detail")?,
        reason: row.try_get("reason")?,
        source: row.try_get("source")?,
        outcome: row.try_get("outcome")?,
    })
}
