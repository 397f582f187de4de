//! Reports and their evidence: a copy of the pair's newest messages, sealed under a key of the
//! report's own.

use super::codes::{self, REASONS, word};
use super::history::Sealed;
use super::{report_weight, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::renew::{UnderKek, under_kek};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Step, Table};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "reports",
        life: "365 days, open or closed; closed ones until the reported erases themselves",
        ids: &["reporter", "reporter_hash", "reported", "taken_by"],
        words: &["reason"],
        other: &["report_id", "pair_id", "at", "status", "taken", "verdict", "weight"],
        stays: &[
            ("taken_by", "the operator who works on it"),
            ("reported", "an open report is about others' safety"),
            ("reporter_hash", "keeps a report from being made twice; without the key it means nothing"),
            ("reason", "it is the report, without the name of who made it"),
        ],
        export: Export::Section("reports_made", |conn, _, user| Box::pin(made_by(conn, user))),
        erasure: Erasure::Steps(&[
            Step::rows("DELETE FROM reports WHERE reported = $1 AND status = 'closed'"),
            // In one statement: one that is decided at this moment is waited for. Where it is
            // decided later, that removes the evidence.
            Step::rows(
                "WITH made AS (UPDATE reports SET reporter = NULL WHERE reporter = $1 RETURNING report_id, status)
                 DELETE FROM report_evidence e USING made m
                 WHERE e.report_id = m.report_id AND m.status = 'closed'",
            ),
        ]),
        // As long as they may matter for what is done about a person, and no longer, whether an
        // operator has looked at them or not.
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM reports WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM reports WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "report_evidence",
        life: "as its report; of a closed one until who made it erases themselves",
        ids: &[],
        words: &["wrapped", "sealed"],
        other: &["report_id"],
        stays: &[
            ("sealed", "what an open report is about; sealed under a key of its own"),
            ("wrapped", "that key"),
        ],
        export: Export::No("it holds the partner's words, too; a user's own are among their messages"),
        erasure: Erasure::No("it goes with its report, and when a closed one loses the name of who made it"),
        expiry: Expiry::No("its report's end"),
    },
];

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] =
    &[under_kek!("report_evidence", "wrapped", "report_id", "true", |row| {
        Ok(aad(row.try_get("report_id")?))
    })];

/// Identity of a report's key and of its evidence.
pub(crate) fn aad(report: i64) -> Vec<u8> {
    format!("report:{report}").into_bytes()
}

/// Messages (and edits of them) of the pair that become evidence.
pub const EVIDENCE_MESSAGES: i64 = 50;

const INSERT: &str = "\
    INSERT INTO reports (pair_id, reporter_hash, reporter, reported, reason, at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (pair_id, reporter_hash) DO NOTHING RETURNING report_id";

const NEWEST: &str = "\
    SELECT h.pair_id, h.side, h.message, h.edit, h.at, h.sealed,
           CASE h.side WHEN 0 THEN p.a ELSE p.b END AS sender
    FROM history h JOIN pairs p ON p.pair_id = h.pair_id
    WHERE h.pair_id = $1 ORDER BY h.at DESC, h.message DESC, h.edit DESC, h.side DESC LIMIT $2";

const INSERT_EVIDENCE: &str = "INSERT INTO report_evidence (report_id, wrapped, sealed) VALUES ($1, $2, $3)";

const EVIDENCE: &str = "SELECT wrapped, sealed FROM report_evidence WHERE report_id = $1";

const OPEN: &str = "\
    SELECT report_id, pair_id, reporter, reported, reason, at FROM reports
    WHERE status = 'open' ORDER BY at, report_id LIMIT $1";

const BY: &str = "SELECT reason, at, status FROM reports WHERE reporter = $1 ORDER BY at";

/// Who wrote a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The one who reports.
    Reporter,
    /// The one who is reported.
    Reported,
}

/// A message as evidence.
#[derive(Debug, Serialize, Deserialize)]
pub struct EvidenceMessage {
    /// Who sent it.
    pub from: Author,
    /// Its id in the sender's chat.
    pub message: i32,
    /// 0 for the message itself; its edits have numbers that grow.
    pub edit: i32,
    /// When.
    pub at: Millis,
    /// JSON of the rebuilt `Payload`.
    pub payload: Box<RawValue>,
}

/// The evidence of a report.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The newest messages of the pair when it was reported, oldest first.
    pub messages: Vec<EvidenceMessage>,
    /// How many more there were that could not be opened, their sender having erased themselves.
    pub unreadable: u32,
}

/// An open report.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its number.
    pub report: i64,
    /// Of which chat.
    pub pair: PairId,
    /// Who reports; none once they have erased themselves.
    pub reporter: Option<UserId>,
    /// Who is reported.
    pub reported: UserId,
    /// Why.
    pub reason: ReportReason,
    /// When.
    pub at: Millis,
}

/// What is to be reported.
pub(crate) struct NewReport {
    pub(crate) pair: PairId,
    pub(crate) by: UserId,
    pub(crate) of: UserId,
    pub(crate) reason: ReportReason,
    pub(crate) at: Millis,
}

/// Makes a report with its evidence, unless this person has reported this chat before.
pub(crate) async fn make(conn: &mut Conn, keys: &Keys, new: &NewReport) -> Result<(), Fault> {
    let hash = keys.user_hash(new.by);
    let reason = word(REASONS, new.reason);
    let rows = conn.query(INSERT, &[&new.pair.0, &hash, &new.by.0, &new.of.0, &reason, &new.at.0]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let report: i64 = row.try_get("report_id")?;

    let evidence = collect(conn, keys, new).await?;
    let text = serde_json::to_vec(&evidence)
        .map_err(|_| Fault::Corrupt("evidence cannot be written as JSON".into()))?;
    let aad = aad(report);
    let (key, wrapped) = keys.generate(&aad)?;
    let sealed = key.seal(&text, &aad)?;
    conn.execute(INSERT_EVIDENCE, &[&report, &wrapped, &sealed]).await?;
    report_weight::made(conn, report, new.of.0).await
}

async fn collect(conn: &mut Conn, keys: &Keys, new: &NewReport) -> Result<Evidence, Fault> {
    let ring = user_key::get(conn, keys, &[new.by.0, new.of.0]).await?;
    let mut evidence = Evidence::default();
    for row in conn.query(NEWEST, &[&new.pair.0, &EVIDENCE_MESSAGES]).await?.iter().rev() {
        let sealed = Sealed::from_row(row)?;
        let sender = row.try_get::<_, Option<i64>>("sender")?.map(UserId);
        let opened = sender.and_then(|user| ring.get(&user)).and_then(|key| sealed.open(key).ok());
        match opened {
            Some(payload) => evidence.messages.push(EvidenceMessage {
                from: if sender == Some(new.by) { Author::Reporter } else { Author::Reported },
                message: sealed.message,
                edit: sealed.edit,
                at: Millis(sealed.at),
                payload,
            }),
            None => evidence.unreadable += 1,
        }
    }
    Ok(evidence)
}

/// A report's evidence.
pub(crate) async fn evidence(conn: &mut Conn, keys: &Keys, report: i64) -> Result<Option<Evidence>, Fault> {
    let rows = conn.query(EVIDENCE, &[&report]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let aad = aad(report);
    let key = keys.unwrap(row.try_get("wrapped")?, &aad)?;
    let text = key.open(row.try_get("sealed")?, &aad)?;
    let evidence = serde_json::from_slice(&text)
        .map_err(|_| Fault::Corrupt(format!("the evidence of report {report} cannot be read")))?;
    Ok(Some(evidence))
}

/// Open reports, oldest first.
pub(crate) async fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Report>, Fault> {
    let rows = conn.query(OPEN, &[&limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Report {
                report: row.try_get("report_id")?,
                pair: PairId(row.try_get("pair_id")?),
                reporter: row.try_get::<_, Option<i64>>("reporter")?.map(UserId),
                reported: UserId(row.try_get("reported")?),
                reason: codes::value(REASONS, row.try_get("reason")?)?,
                at: Millis(row.try_get("at")?),
            })
        })
        .collect()
}

/// Reports that a user made, oldest first, for the export.
async fn made_by(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut reports = Vec::new();
    for row in &conn.query(BY, &[&user.0]).await? {
        let (reason, status): (&str, &str) = (row.try_get("reason")?, row.try_get("status")?);
        reports.push(json!({ "reason": reason, "at": rfc3339(row.try_get("at")?), "status": status }));
    }
    Ok(json!(reports))
}

/// The operations of [`PgStore`] on them.
impl PgStore {
    /// Open reports, oldest first, at most `limit`.
    pub fn open_reports(&self, limit: u32) -> PortFuture<'_, Result<Vec<Report>, StoreError>> {
        self.run(move |inner| async move { open(&mut *inner.check_out().await?, limit.into()).await })
    }

    /// The evidence of a report; none if there is no such report.
    pub fn report_evidence(&self, report: i64) -> PortFuture<'_, Result<Option<Evidence>, StoreError>> {
        self.run(
            move |inner| async move { evidence(&mut *inner.check_out().await?, &inner.keys, report).await },
        )
    }
}
