//! What was seen of pictures, which are banned, and who sent them where.

use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use crate::store::{PgStore, rfc3339};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::faceguard::{Hash, Seen, Verdict};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::{DAY_MS, Millis};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "photo_verdicts",
        life: "30 days; nobody can tell whose picture it was",
        ids: &[],
        words: &["name", "hash"],
        other: &["at"],
        stays: &[
            ("name", "a keyed hash of a file's id, which is not kept: nobody can tell whose file that was"),
            ("hash", "what a picture looks like in 256 bits, beside that name"),
        ],
        export: Export::No("nobody can tell whose they are"),
        erasure: Erasure::No("nobody can tell whose they are"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM photo_verdicts WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM photo_verdicts WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "banned_photos",
        life: "until an operator takes it back",
        ids: &[],
        words: &["hash", "note"],
        other: &["at"],
        stays: &[
            ("hash", "what a banned picture looks like, in 256 bits; not whose it was"),
            ("note", "the operator's own words"),
        ],
        export: Export::No("they are nobody's"),
        erasure: Erasure::No("they are nobody's"),
        expiry: Expiry::No("an operator takes it back"),
    },
    Table {
        name: "sent_photos",
        life: "24 hours, or until erased",
        ids: &["user_id"],
        words: &["hash"],
        other: &["pair_id", "at"],
        stays: &[],
        export: Export::Section("photos_sent_lately", |conn, _, user| Box::pin(own(conn, user))),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM sent_photos WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.hours(24),
            sql: "DELETE FROM sent_photos WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM sent_photos WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
];

const READ: &str = "SELECT reasons, hash FROM photo_verdicts WHERE name = $1 AND version = $2";

/// The newest of them, in the order in which they were seen.
const SINCE: &str = "\
    SELECT hash, reasons, at FROM (
        SELECT hash, reasons, at FROM photo_verdicts
        WHERE at >= $1 AND version = $2 AND hash IS NOT NULL ORDER BY at DESC LIMIT $3) AS newest
    ORDER BY at";

const KEEP: &str = "\
    INSERT INTO photo_verdicts (name, version, reasons, hash, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO UPDATE SET
        version = excluded.version, reasons = excluded.reasons, hash = excluded.hash, at = excluded.at";

/// The lock keeps the user from being erased meanwhile.
const SENT: &str = "\
    INSERT INTO sent_photos (user_id, pair_id, hash, at)
    SELECT user_id, $2::bigint, $3, $4 FROM accounts WHERE user_id = $1 FOR KEY SHARE
    ON CONFLICT (user_id, pair_id, hash) DO UPDATE SET at = excluded.at";

/// The limit bounds what somebody who sends photos all day costs.
const LATELY: &str = "\
    SELECT pair_id, hash FROM sent_photos WHERE user_id = $1 AND at > $2 ORDER BY at DESC LIMIT 2000";

const OWN: &str = "SELECT at FROM sent_photos WHERE user_id = $1 ORDER BY at";

/// Of two people: how many of them are adults who want nude pictures, and of whom nobody says that
/// they are minors, or was right to.
const AGREE: &str = "\
    SELECT count(*) FROM accounts a
    WHERE user_id IN ($1, $2) AND nude_photos AND adult_at IS NOT NULL AND phase ->> 'at' <> 'underage'
      AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.reported = a.user_id AND r.reason = 'minor'
                      AND (r.status = 'open' OR r.verdict = 'upheld'))";

const BANNED: &str = "SELECT hash, note, at FROM banned_photos ORDER BY at DESC, hash";

const BAN: &str = "\
    INSERT INTO banned_photos (hash, note, at) VALUES ($1, $2, $3)
    ON CONFLICT (hash) DO UPDATE SET note = excluded.note";

const UNBAN: &str = "DELETE FROM banned_photos WHERE hash = $1";

/// A banned picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banned {
    /// What it looks like.
    pub hash: Hash,
    /// Why, in the operator's words.
    pub note: String,
    /// Since when.
    pub at: Millis,
}

/// A picture that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenAt {
    /// What it looks like.
    pub hash: Hash,
    /// What was seen.
    pub verdict: Verdict,
    /// When.
    pub at: Millis,
}

pub(super) fn hash_of(bytes: &[u8]) -> Result<Hash, Fault> {
    bytes.try_into().map(Hash).map_err(|_| Fault::Corrupt("a picture's hash that is none".into()))
}

/// When a user sent photos, for the export.
async fn own(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let at = rows.iter().map(|row| Ok(json!({ "at": rfc3339(row.try_get("at")?) })));
    Ok(Value::Array(at.collect::<Result<_, Fault>>()?))
}

/// In how many chats of the last day a user sent a picture like this one.
async fn sent(conn: &mut Conn, user: UserId, pair: PairId, hash: Hash, now: Millis) -> Result<u32, Fault> {
    conn.execute(SENT, &[&user.0, &pair.0, &&hash.0[..], &now.0]).await?;
    let rows = conn.query(LATELY, &[&user.0, &now.plus(-DAY_MS).0]).await?;
    let mut pairs = BTreeSet::new();
    for row in &rows {
        if hash_of(row.try_get("hash")?)?.is_like(&hash) {
            pairs.insert(row.try_get::<_, i64>("pair_id")?);
        }
    }
    Ok(u32::try_from(pairs.len()).unwrap_or(u32::MAX))
}

impl PgStore {
    /// What was seen of a picture by this version of models and policy.
    pub fn photo(&self, unique_id: String, version: i16) -> PortFuture<'_, Result<Option<Seen>, StoreError>> {
        self.run(move |inner| async move {
            let name = inner.keys.photo_name(&unique_id);
            let rows = inner.check_out().await?.query(READ, &[&&name[..], &version]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let bits = u16::try_from(row.try_get::<_, i32>("reasons")?).ok();
            // Reasons of a newer program's are as good as none: it is looked at again.
            let Some(verdict) = bits.and_then(Verdict::of_bits) else { return Ok(None) };
            let hash = row.try_get::<_, Option<&[u8]>>("hash")?.map(hash_of).transpose()?;
            Ok(Some(Seen { verdict, hash }))
        })
    }

    /// How the pictures looked that were seen since a time by this version of models and policy, at
    /// most `limit` of them, and what was seen.
    pub fn photos_since(
        &self,
        since: Millis,
        version: i16,
        limit: usize,
    ) -> PortFuture<'_, Result<Vec<SeenAt>, StoreError>> {
        self.run(move |inner| async move {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = inner.check_out().await?.query(SINCE, &[&since.0, &version, &limit]).await?;
            let mut seen = Vec::with_capacity(rows.len());
            for row in &rows {
                let bits = u16::try_from(row.try_get::<_, i32>("reasons")?).ok();
                if let Some(verdict) = bits.and_then(Verdict::of_bits) {
                    let (hash, at) = (hash_of(row.try_get("hash")?)?, Millis(row.try_get("at")?));
                    seen.push(SeenAt { hash, verdict, at });
                }
            }
            Ok(seen)
        })
    }

    /// Keeps what was seen of a picture, in place of what was before.
    pub fn keep_photo(
        &self,
        unique_id: String,
        seen: Seen,
        version: i16,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let name = inner.keys.photo_name(&unique_id);
            let (reasons, now) = (i32::from(seen.verdict.bits()), wall_clock());
            let hash = seen.hash.as_ref().map(|hash| &hash.0[..]);
            let mut lease = inner.check_out().await?;
            lease.execute(KEEP, &[&&name[..], &version, &reasons, &hash, &now.0]).await?;
            Ok(())
        })
    }

    /// Notes that a user sent a picture in a chat; in how many chats of the last day they sent one
    /// like it.
    pub fn sent_photo(
        &self,
        user: UserId,
        pair: PairId,
        hash: Hash,
    ) -> PortFuture<'_, Result<u32, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| sent(conn, user, pair, hash, wall_clock()).await).await
        })
    }

    /// Whether two people both agreed to nude pictures, as it is kept now.
    pub fn both_agree(&self, one: UserId, other: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(AGREE, &[&one.0, &other.0]).await?;
            let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
            Ok(count == 2)
        })
    }

    /// Every banned picture, the newest first.
    pub fn banned_photos(&self) -> PortFuture<'_, Result<Vec<Banned>, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(BANNED, &[]).await?;
            let banned = rows.iter().map(|row| {
                let (hash, at) = (hash_of(row.try_get("hash")?)?, Millis(row.try_get("at")?));
                Ok(Banned { hash, note: row.try_get("note")?, at })
            });
            banned.collect()
        })
    }

    /// Bans what looks like this.
    pub fn ban_photo(&self, hash: Hash, note: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            lease.execute(BAN, &[&&hash.0[..], &note, &wall_clock().0]).await?;
            Ok(())
        })
    }

    /// Takes a ban back; whether there was one.
    pub fn unban_photo(&self, hash: Hash) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            Ok(inner.check_out().await?.execute(UNBAN, &[&&hash.0[..]]).await? > 0)
        })
    }
}
