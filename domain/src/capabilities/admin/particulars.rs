//! What acts are made of, besides who acts and whom it concerns.

use super::ban::BanKind;
use crate::ids::UserId;
use crate::text::Lang;
use serde::{Deserialize, Serialize};

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Term {
    /// So many days, at least one.
    Days(u32),
    /// Until it is lifted.
    Forever,
}

/// What is done with an update that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mending {
    /// It is shown as it came, with what its user wrote.
    Read,
    /// It is handled again.
    Replay,
    /// It is dropped.
    Drop,
}

/// Why the engine hides somebody by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suspicion {
    /// Several trustworthy people reported them.
    Reports,
    /// They write as programs do.
    Patterns,
}

impl Suspicion {
    /// As the audit log has it.
    pub fn name(self) -> &'static str {
        match self {
            Suspicion::Reports => "reports",
            Suspicion::Patterns => "patterns",
        }
    }
}

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing is wrong with who was reported: the reporter's word weighs less from now on.
    Dismissed,
    /// It was right, and acted upon.
    Upheld,
}

impl Verdict {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Dismissed => "dismissed",
            Verdict::Upheld => "upheld",
        }
    }
}

/// What an operator says of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// It is fine: from now on it stands in the open.
    Approve,
    /// It stays as it is, behind its spoiler.
    Reject,
    /// Nobody gets it any more, nor what looks like it.
    Ban,
}

impl Ruling {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Ruling::Approve => "approve",
            Ruling::Reject => "reject",
            Ruling::Ban => "ban",
        }
    }
}

/// Things to which one act is done at once, at most.
pub const MANY_MAX: u32 = 200;

/// Many things, and what is done to each of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Many {
    /// Open reports by whoever made this one are dismissed.
    DismissLike {
        /// Which.
        report: i64,
    },
    /// These people are banned.
    Ban {
        /// Whom.
        users: Vec<UserId>,
        /// How it is felt.
        kind: BanKind,
        /// For how long.
        term: Term,
    },
    /// Updates that failed for this reason are handled again.
    Replay {
        /// The reason, as it is listed.
        error: String,
    },
    /// Updates that failed for this reason are dropped.
    Drop {
        /// The reason, as it is listed.
        error: String,
    },
}

impl Many {
    /// As the audit log has it.
    pub fn name(&self) -> &'static str {
        match self {
            Many::DismissLike { .. } => "dismiss_like",
            Many::Ban { .. } => "ban",
            Many::Replay { .. } => "replay",
            Many::Drop { .. } => "drop",
        }
    }
}

/// Which people are looked at: those to whom all that is given applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Persons {
    /// Who has premium, or who has none.
    pub premium: Option<bool>,
    /// Who is banned, in either way, or who is not.
    pub banned: Option<bool>,
    /// Of this language.
    pub lang: Option<Lang>,
    /// Who wrote within so many days.
    pub active: Option<u32>,
}

/// Which entries of the audit log are looked at: those to which all that is given applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entries {
    /// By whom, in full.
    pub who: Option<String>,
    /// What, by the act's name.
    pub what: Option<String>,
    /// What became of it: `done`, `refused`, `missing`.
    pub outcome: Option<String>,
    /// About whom.
    pub whom: Option<UserId>,
}
