//! Which report is looked at first.

use crate::session::review::ReportReason;

/// What is known of a report's urgency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Urgency {
    /// Why.
    pub reason: ReportReason,
    /// Different people who reported the same person, in open reports.
    pub reporters: u32,
    /// Reports of this reporter that were upheld.
    pub upheld: u32,
    /// Reports of this reporter that were dismissed.
    pub dismissed: u32,
}

/// How much a reporter's word weighs, in hundredths: 100 for one of whom nothing is known, less for
/// each report that was dismissed, never nothing.
pub fn trust(upheld: u32, dismissed: u32) -> u32 {
    let (upheld, dismissed) = (u64::from(upheld.min(1_000)), u64::from(dismissed.min(1_000)));
    let trust = 100 * (upheld + 2) / (upheld + 2 * dismissed + 2);
    u32::try_from(trust.clamp(5, 100)).unwrap_or(100)
}

/// Different trustworthy people whose reports hide somebody until an operator has looked.
pub const HIDES: usize = 2;
/// For how long that is, if nobody looks: a person must not be gone for ever because two others
/// said so. Milliseconds.
pub const HIDDEN_MS: i64 = 3 * 86_400_000;

/// Whether a reporter's word counts where the engine acts by itself.
pub fn is_trustworthy(upheld: u32, dismissed: u32) -> bool {
    trust(upheld, dismissed) >= 50
}

/// Different reporters of one person beyond whom one more adds nothing to a report's weight.
pub const CROWD: u32 = 50;

/// The weight of a report: the greatest is first. A minor goes before everything else.
pub fn weight(of: &Urgency) -> u64 {
    let by_reason = match of.reason {
        ReportReason::Minor => 1_000_000,
        ReportReason::Abuse | ReportReason::Sexual => 300,
        ReportReason::Spam => 200,
        ReportReason::Other => 100,
    };
    let trust = u64::from(trust(of.upheld, of.dismissed));
    by_reason * trust / 100 + 100 * u64::from(of.reporters.min(CROWD)) * trust / 100
}
