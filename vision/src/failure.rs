//! Why nothing could be found out about a picture. None of these ever approves one.

use serde::{Deserialize, Serialize};

/// Why a picture was not decoded: its header alone says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Neither JPEG nor PNG nor WebP by its first bytes.
    #[error("neither JPEG nor PNG nor WebP")]
    UnknownFormat,
    /// The header contradicts itself or ends too early.
    #[error("its header is broken")]
    BrokenHeader,
    /// The file is larger than allowed.
    #[error("too many bytes")]
    TooManyBytes,
    /// It announces more pixels than allowed, in all or along a side.
    #[error("too many pixels")]
    TooManyPixels,
    /// It announces a side too short to show anything.
    #[error("too few pixels")]
    TooFewPixels,
    /// A JPEG with more passes over the picture than any camera or program makes.
    #[error("too many scans")]
    TooManyScans,
}

/// Why a worker found out nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "stage", content = "why")]
pub enum Failure {
    /// Not decoded, for what the header says.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The decoder found it broken.
    #[error("it cannot be decoded")]
    Broken,
    /// The decoder or what comes behind it panicked. The worker lives on.
    #[error("checking it panicked")]
    Panicked,
    /// A model's run failed.
    #[error("a model failed")]
    Model,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
