//! Pictures that an operator has to look at: of open reports, and such as the models were in doubt
//! about.
//!
//! | | what is kept | sealed under | how long |
//! |---|---|---|---|
//! | of an open report | the picture | the report's key | until the report is decided |
//! | of doubt | Telegram's handle of it | its sender's key | 30 days, or until erased |
//!
//! Nothing of it is ever a file. Each look is an act of an operator, in the audit log.

use super::store::hash_of;
use crate::store::PgStore;
use crate::store::aggregates::report::{self, Author};
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_actors::capabilities::{Answer, Page, PhotoLine, PhotoPage, PhotoRuled};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::admin::Ruling;
use nameless_domain::capabilities::faceguard::{Hash, Reason, Seen, Verdict};
use nameless_domain::ids::UserId;
use nameless_domain::relay::content::{MediaKind, Payload};
use nameless_domain::time::Millis;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// Pictures of one report at most, the newest.
const PICTURES: usize = 10;
/// Reports that are gone through at a time.
const REPORTS: i64 = 5;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "held_photos",
        life: "of a report until it is decided; of doubt 30 days, or until erased",
        ids: &["sender"],
        words: &["name", "sealed", "hash", "ruling"],
        other: &["photo_id", "report_id", "reasons", "at"],
        stays: &[
            ("sender", "who sent a picture that an open report is about"),
            ("name", "a keyed hash of a file's id, which is not kept"),
            ("sealed", "the picture that an open report is about; sealed under the report's key"),
            ("hash", "what it looks like, in 256 bits"),
            ("ruling", "what an operator said of it"),
        ],
        export: Export::Section("photos_under_review", |conn, _, user| Box::pin(own(conn, user))),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM held_photos WHERE sender = $1 AND report_id IS NULL",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM held_photos WHERE ctid = ANY(ARRAY(
                SELECT h.ctid FROM held_photos h LEFT JOIN reports r ON r.report_id = h.report_id
                WHERE (h.report_id IS NULL AND h.at < $1) OR r.status = 'closed' LIMIT $2))",
        },
    },
    Table {
        name: "searched_reports",
        life: "as its report",
        ids: &[],
        words: &[],
        other: &["report_id"],
        stays: &[],
        export: Export::No("they are numbers of reports"),
        erasure: Erasure::No("they go with their reports"),
        expiry: Expiry::No("its report's end"),
    },
    Table {
        name: "allowed_photos",
        life: "for ever: what operators say is fine",
        ids: &[],
        words: &["hash"],
        other: &["at"],
        stays: &[("hash", "what a picture looks like that is fine, in 256 bits; not whose it was")],
        export: Export::No("they are nobody's"),
        erasure: Erasure::No("they are nobody's"),
        expiry: Expiry::No("an operator's word stands"),
    },
];

/// The lock keeps the user from being erased meanwhile.
const DOUBT: &str = "\
    INSERT INTO held_photos (sender, name, reasons, hash, sealed, at)
    SELECT user_id, $2, $3, $4, $5, $6 FROM accounts WHERE user_id = $1 FOR KEY SHARE
    ON CONFLICT (name) WHERE report_id IS NULL DO NOTHING";

const UNSEARCHED: &str = "\
    SELECT report_id, reported FROM reports r
    WHERE status = 'open' AND NOT EXISTS (SELECT 1 FROM searched_reports s WHERE s.report_id = r.report_id)
    ORDER BY report_id LIMIT $1";

/// Whoever writes this first has gone through it, on whichever node. A report that is decided
/// meanwhile has no need of pictures.
const SEARCHED: &str = "\
    INSERT INTO searched_reports (report_id)
    SELECT report_id FROM reports WHERE report_id = $1 AND status = 'open' FOR SHARE
    ON CONFLICT DO NOTHING";

const WRAPPED: &str = "SELECT wrapped FROM report_evidence WHERE report_id = $1";

const HOLD: &str = "\
    INSERT INTO held_photos (report_id, sender, name, reasons, hash, sealed, at)
    SELECT $1, $2, $3, coalesce(v.reasons, $4), coalesce(v.hash, $7), $5, $6
    FROM (SELECT 1) AS one LEFT JOIN photo_verdicts v ON v.name = $3
    ON CONFLICT (report_id, name) WHERE report_id IS NOT NULL DO NOTHING";

const QUEUE: &str = "\
    SELECT h.photo_id, h.report_id, h.sender, h.reasons, h.at
    FROM held_photos h LEFT JOIN reports r ON r.report_id = h.report_id
    WHERE h.ruling IS NULL AND (h.report_id IS NULL OR r.status = 'open')
    ORDER BY (h.report_id IS NULL), h.at, h.photo_id LIMIT $1";

const ONE: &str = "\
    SELECT h.photo_id, h.report_id, h.sender, h.reasons, h.at, h.name, h.sealed
    FROM held_photos h LEFT JOIN reports r ON r.report_id = h.report_id
    WHERE h.photo_id = $1 AND (h.report_id IS NULL OR r.status = 'open')";

/// Of doubt, what was sealed is of no more use.
const RULE: &str = "\
    UPDATE held_photos SET ruling = $2, sealed = CASE WHEN report_id IS NULL THEN ''::bytea ELSE sealed END
    WHERE photo_id = $1 AND ruling IS NULL RETURNING sender, hash";

const WAITS: &str =
    "SELECT photo_id FROM held_photos WHERE name = $1 AND report_id IS NULL AND ruling IS NULL";

const ALLOW: &str = "INSERT INTO allowed_photos (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";

const DISALLOW: &str = "DELETE FROM allowed_photos WHERE hash = $1";

const ALLOWED: &str = "SELECT hash FROM allowed_photos ORDER BY at DESC, hash LIMIT 100000";

const BAN: &str = "\
    INSERT INTO banned_photos (hash, note, at) VALUES ($1, $2, $3)
    ON CONFLICT (hash) DO UPDATE SET note = excluded.note";

const OWN: &str = "SELECT at, ruling FROM held_photos WHERE sender = $1 ORDER BY at, photo_id";

/// What a sealed thing is, so that none stands in for another.
fn aad(report: Option<i64>, name: &[u8]) -> Vec<u8> {
    let of = report.map_or_else(|| "doubt".to_owned(), |report| report.to_string());
    [format!("photo:{of}:").as_bytes(), name].concat()
}

/// Pictures of a user's that an operator was to look at, for the export.
async fn own(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let line = |row: &Row| {
        let (at, ruling) = (rfc3339(row.try_get("at")?), row.try_get::<_, Option<String>>("ruling")?);
        Ok(json!({ "at": at, "ruling": ruling }))
    };
    Ok(Value::Array(rows.iter().map(line).collect::<Result<_, Fault>>()?))
}

fn line(row: &Row) -> Result<PhotoLine, Fault> {
    let bits = u16::try_from(row.try_get::<_, i32>("reasons")?).ok();
    let reasons = bits.and_then(Verdict::of_bits).into_iter().flat_map(Verdict::reasons);
    Ok(PhotoLine {
        photo: row.try_get("photo_id")?,
        report: row.try_get("report_id")?,
        sender: UserId(row.try_get("sender")?),
        reasons: reasons.map(Reason::code).collect(),
        at: Millis(row.try_get("at")?),
    })
}

/// Pictures that wait: those of reports, then the oldest.
pub(crate) async fn queue(conn: &mut Conn, limit: u32) -> Result<Answer, Fault> {
    let rows = conn.query(QUEUE, &[&i64::from(limit)]).await?;
    let items = rows.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Answer::Photos(Page { items, next: None }))
}

/// One of them, opened, and who sent it.
pub(crate) async fn look(
    conn: &mut Conn,
    keys: &Keys,
    photo: i64,
) -> Result<(Answer, Option<UserId>), Fault> {
    let rows = conn.query(ONE, &[&photo]).await?;
    let Some(row) = rows.first() else { return Ok((Answer::Missing, None)) };
    let (line, name, sealed) =
        (line(row)?, row.try_get::<_, &[u8]>("name")?, row.try_get::<_, &[u8]>("sealed")?);
    let (sender, aad) = (line.sender, aad(line.report, name));
    let (mut picture, mut file_id) = (None, None);
    match line.report {
        Some(report) => {
            let rows = conn.query(WRAPPED, &[&report]).await?;
            if let Some(row) = rows.first() {
                let key = keys.unwrap(row.try_get("wrapped")?, &report::aad(report))?;
                picture = Some(key.open(sealed, &aad)?);
            }
        }
        // Once something was said of it there is nothing to open.
        None if sealed.is_empty() => {}
        None => {
            let ring = user_key::get(conn, keys, &[sender.0]).await?;
            if let Some(key) = ring.get(&sender) {
                file_id = String::from_utf8(key.open(sealed, &aad)?).ok();
            }
        }
    }
    if picture.is_none() && file_id.is_none() {
        return Ok((Answer::Missing, Some(sender)));
    }
    Ok((Answer::Photo(Box::new(PhotoPage { line, seen: None, picture, file_id })), Some(sender)))
}

/// Has an operator look at the photo of a profile that was reported. Once they have said something
/// of it, that stands.
pub(crate) async fn hold_reported(
    conn: &mut Conn,
    keys: &Keys,
    owner: UserId,
    file_id: &str,
    now: Millis,
) -> Result<(), Fault> {
    // What it looks like is not known here: files have other names where they were looked at.
    let seen = Seen { verdict: Verdict::of([Reason::NotLookedAt]), hash: None };
    hold(conn, keys, owner, (&profile_name(file_id), file_id), &seen, now).await
}

/// The number of a profile's photo, while it waits for an operator.
pub(crate) async fn waits(conn: &mut Conn, keys: &Keys, file_id: &str) -> Result<Option<i64>, Fault> {
    let name = keys.photo_name(&profile_name(file_id));
    let rows = conn.query(WAITS, &[&&name[..]]).await?;
    rows.first().map(|row| row.try_get(0).map_err(Fault::from)).transpose()
}

/// What the photo of a profile is called here.
fn profile_name(file_id: &str) -> String {
    format!("profile:{file_id}")
}

async fn hold(
    conn: &mut Conn,
    keys: &Keys,
    sender: UserId,
    (unique_id, file_id): (&str, &str),
    seen: &Seen,
    now: Millis,
) -> Result<(), Fault> {
    let name = keys.photo_name(unique_id);
    let ring = user_key::ensure(conn, keys, vec![sender.0]).await?;
    let Some(key) = ring.get(&sender) else { return Ok(()) };
    let sealed = key.seal(file_id.as_bytes(), &aad(None, &name))?;
    let reasons = i32::from(seen.verdict.bits());
    let hash = seen.hash.as_ref().map(|hash| &hash.0[..]);
    conn.execute(DOUBT, &[&sender.0, &&name[..], &reasons, &hash, &sealed, &now.0]).await?;
    Ok(())
}

/// Says what becomes of one, and who sent it.
pub(crate) async fn rule(
    conn: &mut Conn,
    photo: i64,
    ruling: Ruling,
    reason: &str,
    now: Millis,
) -> Result<(Answer, Option<UserId>), Fault> {
    let rows = conn.query(RULE, &[&photo, &ruling.name()]).await?;
    let Some(row) = rows.first() else { return Ok((Answer::Missing, None)) };
    let sender = UserId(row.try_get("sender")?);
    let hash = row.try_get::<_, Option<&[u8]>>("hash")?;
    let known = hash.is_some();
    if let Some(hash) = hash {
        match ruling {
            Ruling::Approve => _ = conn.execute(ALLOW, &[&hash, &now.0]).await?,
            Ruling::Reject => {}
            Ruling::Ban => {
                conn.execute(DISALLOW, &[&hash]).await?;
                conn.execute(BAN, &[&hash, &reason.trim(), &now.0]).await?;
            }
        }
    }
    Ok((Answer::PhotoRuled(PhotoRuled { photo, ruling: ruling.name(), known }), Some(sender)))
}

/// A report whose evidence was not gone through for pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsearched {
    /// Which.
    pub report: i64,
    /// Who is reported.
    pub reported: UserId,
    /// Their newest pictures in the evidence: id and handle of the file.
    pub pictures: Vec<(String, String)>,
}

impl PgStore {
    /// Has an operator look at a picture that the models were in doubt about.
    pub fn hold_photo(
        &self,
        sender: UserId,
        (unique_id, file_id): (String, String),
        seen: Seen,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                hold(conn, &inner.keys, sender, (&unique_id, &file_id), &seen, wall_clock()).await
            };
            inner.transaction(work).await
        })
    }

    /// Open reports whose evidence was not gone through for pictures, a few.
    pub fn unsearched_reports(&self) -> PortFuture<'_, Result<Vec<Unsearched>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let conn = &mut *lease;
            let mut unsearched = Vec::new();
            for row in conn.query(UNSEARCHED, &[&REPORTS]).await? {
                let (report, reported) = (row.try_get("report_id")?, UserId(row.try_get("reported")?));
                let evidence = report::evidence(conn, &inner.keys, report).await?.unwrap_or_default();
                let mut pictures = BTreeMap::new();
                for message in evidence.messages.iter().rev().filter(|m| m.from == Author::Reported) {
                    let payload = serde_json::from_str(message.payload.get());
                    if let Ok(Payload::Media(media)) = payload
                        && media.kind == MediaKind::Photo
                        && pictures.len() < PICTURES
                    {
                        pictures.entry(media.unique_id).or_insert(media.file_id);
                    }
                }
                unsearched.push(Unsearched { report, reported, pictures: pictures.into_iter().collect() });
            }
            Ok(unsearched)
        })
    }

    /// Keeps pictures of a report, by their files' ids, sealed under its key, with what they look
    /// like, if that is known. Whoever else does so meanwhile is first.
    pub fn keep_report_photos(
        &self,
        of: Unsearched,
        pictures: Vec<(String, Vec<u8>, Option<Hash>)>,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let report = of.report;
                let rows = conn.query(WRAPPED, &[&report]).await?;
                if conn.execute(SEARCHED, &[&report]).await? == 0 {
                    return Ok(());
                }
                let Some(row) = rows.first() else { return Ok(()) };
                let key = inner.keys.unwrap(row.try_get("wrapped")?, &report::aad(report))?;
                for (unique_id, picture, hash) in &pictures {
                    let name = inner.keys.photo_name(unique_id);
                    let sealed = key.seal(picture, &aad(Some(report), &name))?;
                    let unseen = i32::from(Verdict::of([Reason::NotLookedAt]).bits());
                    let (sender, now) = (of.reported.0, wall_clock().0);
                    let hash = hash.as_ref().map(|hash| &hash.0[..]);
                    conn.execute(HOLD, &[&report, &sender, &&name[..], &unseen, &sealed, &now, &hash])
                        .await?;
                }
                Ok(())
            };
            inner.transaction(work).await
        })
    }

    /// What operators say is fine.
    pub fn allowed_photos(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(ALLOWED, &[]).await?;
            rows.iter().map(|row| hash_of(row.try_get("hash")?)).collect()
        })
    }
}
