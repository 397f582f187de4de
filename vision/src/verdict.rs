//! What is decided about a picture, and why.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What is decided. The order is that of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may be shown.
    Approved,
    /// Nothing could be found out. Time does not make it approved.
    Unchecked,
    /// Somebody has to look at it.
    Suspicious,
    /// It may not be shown.
    Rejected,
}

/// Why a picture is not simply approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// It looks like a banned picture: bits of 256 that differ.
    Banned {
        /// 0 to 31.
        distance: u32,
    },
    /// The sender sent the same picture to many partners.
    Spam,
    /// Pornography.
    Nude {
        /// 0 to 1.
        score: f32,
    },
    /// Perhaps pornography.
    PerhapsNude {
        /// 0 to 1.
        score: f32,
    },
    /// A QR code: a way around anonymity, and what spam is made of.
    Code,
    /// One face is needed, none is there.
    NoFace,
    /// One face is needed, and the detectors do not agree on it.
    UncertainFace,
    /// One face is needed, several are there.
    SeveralFaces {
        /// How many both detectors found.
        faces: usize,
    },
    /// The face has too few pixels.
    SmallFace {
        /// Its height in pixels.
        pixels: u32,
    },
    /// The face is blurred.
    BlurredFace,
    /// The face is too dark.
    DarkFace,
    /// The face is washed out.
    BrightFace,
    /// What the policy needs was not looked at.
    NotLookedAt,
    /// Looking failed.
    Failed {
        /// Where and why.
        failure: Failure,
    },
    /// No worker could look: they are gone, busy, or took too long.
    NoWorker,
}

impl Reason {
    /// Its name in metrics and text keys.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Banned { .. } => "banned",
            Self::Spam => "spam",
            Self::Nude { .. } => "nude",
            Self::PerhapsNude { .. } => "perhaps_nude",
            Self::Code => "code",
            Self::NoFace => "no_face",
            Self::UncertainFace => "uncertain_face",
            Self::SeveralFaces { .. } => "several_faces",
            Self::SmallFace { .. } => "small_face",
            Self::BlurredFace => "blurred_face",
            Self::DarkFace => "dark_face",
            Self::BrightFace => "bright_face",
            Self::NotLookedAt => "not_looked_at",
            Self::Failed { .. } => "failed",
            Self::NoWorker => "no_worker",
        }
    }

    /// How severe it is by itself.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        match self {
            Self::PerhapsNude { .. } | Self::UncertainFace | Self::Code => Decision::Suspicious,
            Self::NotLookedAt | Self::Failed { .. } | Self::NoWorker => Decision::Unchecked,
            _ => Decision::Rejected,
        }
    }
}

/// A decision with every reason for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The most severe of what the reasons ask for.
    pub decision: Decision,
    /// Empty when approved.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// The verdict that reasons make.
    #[must_use]
    pub fn of(reasons: Vec<Reason>) -> Self {
        let decision = reasons.iter().map(Reason::decision).max().unwrap_or(Decision::Approved);
        Self { decision, reasons }
    }
}
