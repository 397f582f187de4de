//! Bans: a row for each person, and all that hold in memory.
//!
//! An account is loaded together with what is known of a ban, and that must not cost a look into
//! the database for each: so each process has the hashes of all who are banned, and asks at most
//! twice a second what has changed. It finds a person also when they have erased themselves.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::renew::{UnderKek, under_kek};
use nameless_actors::capabilities::{Appeal, AppealLine, Changes, Page};
use nameless_actors::ports::Loaded;
use nameless_domain::capabilities::admin::{APPEAL_AGAIN_MS, Ban, BanKind, Event, Standing};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio_postgres::Row;

/// How old what is in memory may be when an account is loaded. Sessions hear of bans that are
/// written later.
const FRESH: Duration = Duration::from_millis(500);

const CHANGED: &str = "\
    SELECT user_hash, user_id, kind, since, until, reason, told, version FROM bans
    WHERE version > $1 ORDER BY version";

const LATELY: &str = "\
    SELECT user_hash, user_id, kind, since, until, reason, told, version FROM bans
    WHERE since > $1 OR until BETWEEN $1 AND $2 ORDER BY version";

const VERSION: &str = "SELECT coalesce(max(version), 0) AS version FROM bans";

/// The account's lock first: an erasure beside this waits, or there is nobody to name.
const ACCOUNT: &str = "SELECT user_id FROM accounts WHERE user_id = $1 FOR KEY SHARE";

const WRITE: &str = "\
    INSERT INTO bans (user_hash, user_id, kind, since, until, reason, by, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, nextval('ban_changes'))
    ON CONFLICT (user_hash) DO UPDATE SET
        user_id = excluded.user_id, kind = excluded.kind, since = excluded.since, until = excluded.until,
        reason = excluded.reason, by = excluded.by, told = NULL, version = excluded.version";

/// What holds is ended now: the row stays for a while, so that other processes hear of it.
const LIFT: &str = "\
    UPDATE bans SET until = $2, version = nextval('ban_changes')
    WHERE user_hash = $1 AND until > $2";

const TOLD: &str = "\
    UPDATE bans SET told = $2, version = nextval('ban_changes')
    WHERE user_hash = $1 AND kind = 'ban' AND (told IS NULL OR told < $2)";

const STANDING: &str = "\
    SELECT user_hash, user_id, kind, since, until, reason, told, version, by FROM bans
    WHERE user_hash = $1 AND until > $2";

const APPEALED: &str = "\
    SELECT coalesce(bool_or(seq = $2), false) AS known, coalesce(bool_or(at > $3), false) AS lately
    FROM appeals WHERE user_hash = $1";

const APPEAL: &str = "INSERT INTO appeals (user_hash, seq, at, sealed) VALUES ($1, $2, $3, $4)";

const APPEALS: &str = "\
    SELECT seq, at, sealed, answered, accepted FROM appeals WHERE user_hash = $1 ORDER BY at DESC LIMIT 5";

const OPEN_APPEALS: &str = "\
    SELECT a.user_hash, a.seq, a.at, a.sealed, b.reason, coalesce(b.user_id, s.user_id) AS user_id
    FROM appeals a
    LEFT JOIN bans b ON b.user_hash = a.user_hash
    LEFT JOIN audit_subjects s ON s.whom = a.user_hash
    WHERE a.answered IS NULL ORDER BY a.at, a.seq LIMIT $1";

const ANSWER_APPEAL: &str = "\
    UPDATE appeals SET answered = $2, accepted = $3 WHERE user_hash = $1 AND answered IS NULL";

/// Who is banned, in memory.
#[derive(Default)]
pub(crate) struct BanList(Mutex<Known>);

#[derive(Default)]
struct Known {
    version: i64,
    looked: Option<Instant>,
    by_hash: FxHashMap<Vec<u8>, (Ban, Option<Millis>)>,
}

impl BanList {
    fn known(&self) -> MutexGuard<'_, Known> {
        nameless_actors::kernel::lock(&self.0)
    }

    /// Takes up what has changed, unless that was done a moment ago.
    async fn refresh(&self, conn: &mut Conn) -> Result<(), Fault> {
        let version = {
            let known = self.known();
            if known.looked.is_some_and(|looked| looked.elapsed() < FRESH) {
                return Ok(());
            }
            known.version
        };
        let rows = conn.query(CHANGED, &[&version]).await?;
        let mut known = self.known();
        for row in &rows {
            let version: i64 = row.try_get("version")?;
            // Another look may have been quicker.
            if version <= known.version {
                continue;
            }
            known.by_hash.insert(row.try_get("user_hash")?, (ban(row)?, told_at(row)?));
            known.version = version;
        }
        known.looked = Some(Instant::now());
        Ok(())
    }

    /// Adds to accounts as loaded what is known of bans; `had` says who has an account. Those who
    /// have none and are banned are given an empty one, so that the session knows.
    pub(crate) async fn fill_in(
        &self,
        conn: &mut Conn,
        keys: &Keys,
        users: &[UserId],
        had: &[bool],
        found: &mut [Option<Loaded>],
    ) -> Result<(), Fault> {
        self.refresh(conn).await?;
        let known = self.known();
        if known.by_hash.is_empty() {
            return Ok(());
        }
        for ((user, found), kept) in users.iter().zip(found).zip(had) {
            let Some((ban, told)) = known.by_hash.get(&keys.subject_hash(*user)) else { continue };
            let standing = Some(Standing { ban: ban.clone(), told: *told, kept: *kept });
            match found {
                Some(loaded) => loaded.standing = standing,
                None => {
                    let account = Account::new(*user, Lang::En, ban.since);
                    *found = Some(Loaded { account, live: None, owed: Vec::new(), standing });
                }
            }
        }
        Ok(())
    }
}

fn ban(row: &Row) -> Result<Ban, Fault> {
    let kind: &str = row.try_get("kind")?;
    Ok(Ban {
        kind: BanKind::from_name(kind).ok_or_else(|| Fault::Corrupt("a ban of no kind".into()))?,
        since: Millis(row.try_get("since")?),
        until: Millis(row.try_get("until")?),
        reason: row.try_get("reason")?,
    })
}

fn told_at(row: &Row) -> Result<Option<Millis>, Fault> {
    Ok(row.try_get::<_, Option<i64>>("told")?.map(Millis))
}

/// Writes a ban in place of another. The log's lock is held.
pub(super) async fn write(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    ban: &Ban,
    by: &str,
) -> Result<(), Fault> {
    let account: Option<i64> = match conn.query(ACCOUNT, &[&user.0]).await?.first() {
        Some(row) => Some(row.try_get(0)?),
        None => None,
    };
    let (hash, kind) = (keys.subject_hash(user), ban.kind.name());
    let (since, until, reason) = (ban.since.0, ban.until.0, ban.reason.trim());
    conn.execute(WRITE, &[&hash, &account, &kind, &since, &until, &reason, &by]).await?;
    Ok(())
}

/// Ends a ban; whether there was one. The log's lock is held.
pub(super) async fn lift(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<bool, Fault> {
    Ok(conn.execute(LIFT, &[&keys.subject_hash(user), &now.0]).await? > 0)
}

/// What holds for a person, and who decided it.
pub(super) async fn standing(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Option<(Ban, String)>, Fault> {
    let rows = conn.query(STANDING, &[&keys.subject_hash(user), &now.0]).await?;
    rows.first().map(|row| Ok((ban(row)?, row.try_get("by")?))).transpose()
}

/// Notes when a banned person was told.
pub(super) async fn told(conn: &mut Conn, keys: &Keys, user: UserId, at: Millis) -> Result<(), Fault> {
    super::lock(conn).await?;
    conn.execute(TOLD, &[&keys.subject_hash(user), &at.0]).await?;
    Ok(())
}

/// What has changed since a version; without one, within the last minute.
pub(super) async fn changes(conn: &mut Conn, since: Option<i64>, now: Millis) -> Result<Changes, Fault> {
    let (mut version, rows) = match since {
        Some(since) => (since, conn.query(CHANGED, &[&since]).await?),
        None => {
            let at: i64 = match conn.query(VERSION, &[]).await?.first() {
                Some(row) => row.try_get("version")?,
                None => 0,
            };
            (at, conn.query(LATELY, &[&now.plus(-60_000).0, &now.0]).await?)
        }
    };
    let mut of = Vec::new();
    for row in &rows {
        version = version.max(row.try_get("version")?);
        if let Some(user) = row.try_get::<_, Option<i64>>("user_id")? {
            of.push((UserId(user), Some(ban(row)?).filter(|ban| ban.holds(now))));
        }
    }
    Ok(Changes { version, of })
}

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] = &[under_kek!("appeals", "sealed", "user_hash, seq", "true", |row| {
    Ok(aad(row.try_get("user_hash")?, row.try_get("seq")?))
})];

/// Identity of an appeal.
fn aad(hash: &[u8], seq: i64) -> Vec<u8> {
    let mut aad = b"appeal:".to_vec();
    aad.extend_from_slice(hash);
    aad.extend_from_slice(&seq.to_be_bytes());
    aad
}

/// Keeps an appeal. The log's lock is held, so two at once do not both count as the first.
pub(super) async fn appeal(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    seq: Seq,
    words: &str,
    now: Millis,
) -> Result<Event, Fault> {
    let hash = keys.subject_hash(user);
    let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
    let rows = conn.query(APPEALED, &[&hash, &seq, &now.plus(-APPEAL_AGAIN_MS).0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no answer".into()))?;
    if row.try_get("known")? {
        return Ok(Event::Appealed);
    }
    if row.try_get("lately")? {
        return Ok(Event::AppealedLately);
    }
    // Not under the user's own key: there may be no account.
    let sealed = keys.kek().seal(words.as_bytes(), &aad(&hash, seq))?;
    conn.execute(APPEAL, &[&hash, &seq, &now.0, &sealed]).await?;
    Ok(Event::Appealed)
}

/// The last appeals of a person.
pub(super) async fn appeals(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Vec<Appeal>, Fault> {
    let hash = keys.subject_hash(user);
    let mut appeals = Vec::new();
    for row in conn.query(APPEALS, &[&hash]).await? {
        let seq: i64 = row.try_get("seq")?;
        appeals.push(Appeal {
            at: Millis(row.try_get("at")?),
            words: words(keys, row.try_get("sealed")?, &hash, seq)?,
            answered: row.try_get::<_, Option<i64>>("answered")?.map(Millis),
            accepted: row.try_get("accepted")?,
        });
    }
    Ok(appeals)
}

fn words(keys: &Keys, sealed: &[u8], hash: &[u8], seq: i64) -> Result<String, Fault> {
    let plain = keys.kek().open(sealed, &aad(hash, seq))?;
    String::from_utf8(plain).map_err(|_| Fault::Corrupt("an appeal that is no text".into()))
}

/// Appeals that nobody has answered, the oldest first.
pub(super) async fn open_appeals(
    conn: &mut Conn,
    keys: &Keys,
    limit: u32,
) -> Result<Page<AppealLine>, Fault> {
    let mut items = Vec::new();
    for row in conn.query(OPEN_APPEALS, &[&i64::from(limit)]).await? {
        let (hash, seq): (Vec<u8>, i64) = (row.try_get("user_hash")?, row.try_get("seq")?);
        items.push(AppealLine {
            user: row.try_get::<_, Option<i64>>("user_id")?.map(UserId),
            at: Millis(row.try_get("at")?),
            words: words(keys, row.try_get("sealed")?, &hash, seq)?,
            reason: row.try_get("reason")?,
        });
    }
    Ok(Page { items, next: None })
}

/// Notes that a person's appeals are answered; whether there was one. The log's lock is held.
pub(super) async fn answer_appeal(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    accepted: bool,
    now: Millis,
) -> Result<bool, Fault> {
    Ok(conn.execute(ANSWER_APPEAL, &[&keys.subject_hash(user), &now.0, &accepted]).await? > 0)
}
