//! What a person says about a chat: ratings, reports, blocks.

use serde::{Deserialize, Serialize};

/// Why a partner is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportReason {
    /// Seems to be under 18, or writes of minors sexually.
    Minor,
    /// Insults, threats, harassment.
    Abuse,
    /// Unwanted sexual content.
    Sexual,
    /// Advertising, selling, fraud.
    Spam,
    /// Anything else.
    Other,
}

impl ReportReason {
    /// Every reason, in the order in which they are offered.
    pub const ALL: [ReportReason; 5] = [
        ReportReason::Minor,
        ReportReason::Abuse,
        ReportReason::Sexual,
        ReportReason::Spam,
        ReportReason::Other,
    ];

    /// Locale key of the button, and short name in the store after the dash.
    pub fn key(self) -> &'static str {
        match self {
            ReportReason::Minor => "reason-minor",
            ReportReason::Abuse => "reason-abuse",
            ReportReason::Sexual => "reason-sexual",
            ReportReason::Spam => "reason-spam",
            ReportReason::Other => "reason-other",
        }
    }
}
