//! Reports as operators see them.

use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;
use serde::Serialize;
use serde_json::Value;

/// A report in the queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportLine {
    /// Its number.
    pub report: i64,
    /// Who is reported.
    pub reported: UserId,
    /// Why.
    pub reason: ReportReason,
    /// When.
    pub at: Millis,
    /// Different people who report the same person.
    pub reporters: u32,
    /// How much the reporter's word weighs, of 100.
    pub trust: u32,
    /// The greater, the sooner.
    pub weight: u64,
    /// Who works on it.
    pub taken_by: Option<String>,
}

/// A report with its evidence, as it was when it was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportPage {
    /// The report.
    #[serde(flatten)]
    pub line: ReportLine,
    /// The chat.
    pub pair: PairId,
    /// Messages, oldest first.
    pub evidence: Vec<EvidenceLine>,
    /// Messages that cannot be read any more: their sender has erased themselves before.
    pub unreadable: u32,
    /// What was decided.
    pub verdict: Option<String>,
    /// Another one after everything that is done about it.
    #[serde(skip)]
    pub version: String,
}

/// A message as evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceLine {
    /// `reporter` or `reported`.
    pub from: &'static str,
    /// When.
    pub at: Millis,
    /// What, as it was passed on.
    pub payload: Value,
}

/// A decision about a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// Which.
    pub report: i64,
    /// `dismissed` or `upheld`.
    pub verdict: String,
}
