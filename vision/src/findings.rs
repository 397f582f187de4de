//! What a worker found out about a picture: facts and scores, no judgement. They are kept, so that
//! another purpose or a changed policy is answered without looking again.

use serde::{Deserialize, Serialize};

use crate::{
    faces::{Effort, Faces},
    header::Format,
    pdq::Pdq,
    quality::Quality,
};

/// What to find out, beyond size and hash, which cost little. See
/// [`Policy::wants`](crate::policy::Policy::wants).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wants {
    /// Faces, and how much that may cost.
    pub faces: Option<Effort>,
    /// How likely it is pornography.
    pub nudity: bool,
    /// Whether it has QR codes.
    pub codes: bool,
}

impl Wants {
    /// Nothing but size and hash. The worker keeps the picture: a request without bytes goes on
    /// with it.
    pub const HASH: Self = Self { faces: None, nudity: false, codes: false };
    /// Everything, with certainty.
    pub const ALL: Self = Self { faces: Some(Effort::Certain), nudity: true, codes: true };
}

/// Microseconds that each step took, for histograms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Reading the header, decoding, shrinking.
    pub decode: u32,
    /// PDQ.
    pub hash: u32,
    /// All looks of both detectors, and the measures of what they found.
    pub faces: u32,
    /// OpenNSFW.
    pub nudity: u32,
    /// Reading QR codes.
    #[serde(default)]
    pub codes: u32,
}

/// What was found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// By the first bytes.
    pub format: Format,
    /// In pixels, as the file has it.
    pub width: u32,
    /// In pixels, as the file has it.
    pub height: u32,
    /// Whether it holds more pictures than the first, which alone was looked at.
    pub animated: bool,
    /// What it looks like.
    pub pdq: Pdq,
    /// Of the whole picture.
    pub quality: Quality,
    /// Unless nobody wanted to know.
    pub faces: Option<Faces>,
    /// Measures of the first face of `faces`.
    pub face_quality: Option<Quality>,
    /// 0 to 1, unless nobody wanted to know.
    pub nudity: Option<f32>,
    /// QR codes that can be read, four at most, unless nobody wanted to know.
    #[serde(default)]
    pub codes: Option<u32>,
    /// What it cost.
    pub times: Times,
}

impl Findings {
    /// Height of a face in the file's pixels: what is left of it however the picture is scaled.
    #[must_use]
    pub fn face_height(&self) -> Option<f32> {
        let faces = self.faces.as_ref()?;
        let face = faces.faces.first()?;
        // EXIF may have turned the picture; a face is about as wide as high, so the mean of both
        // sides serves.
        let (width, height) = (self.width as f32, self.height as f32);
        Some((face.bounds.width * face.bounds.height * width * height).sqrt())
    }
}
