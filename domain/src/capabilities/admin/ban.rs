//! Bans: what they are, and whom they let in.

use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Characters of a reason at most.
pub const REASON_MAX: usize = 500;
/// How long a banned person's attempts are met with silence after they were told, milliseconds.
pub const TOLD_AGAIN_MS: i64 = 86_400_000;

/// How a ban is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BanKind {
    /// The person is told, once a day at most, and nothing else is done for them.
    Ban,
    /// The person is not told: their searches find nobody, and what they write reaches nobody.
    Shadow,
}

impl BanKind {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            BanKind::Ban => "ban",
            BanKind::Shadow => "shadow",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<BanKind> {
        [BanKind::Ban, BanKind::Shadow].into_iter().find(|kind| kind.name() == name)
    }
}

/// A ban as a session knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// How it is felt.
    pub kind: BanKind,
    /// Since when.
    pub since: Millis,
    /// Until when; [`Millis::NEVER`] for a ban without an end.
    pub until: Millis,
    /// Why, in the operator's words. The person reads it, unless the ban is a shadow.
    pub reason: String,
}

impl Ban {
    /// Whether it holds at this moment.
    pub fn holds(&self, now: Millis) -> bool {
        now < self.until
    }
}
