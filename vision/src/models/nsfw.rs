//! OpenNSFW (Yahoo, 2016): how likely a picture is pornography. It knows nothing else: neither
//! violence nor drawings, and much bare skin or a tight suit raises it.

use super::{
    files::{Folder, LoadError, OPEN_NSFW},
    runtime::{Runtime, Session},
};
use crate::picture::Picture;

/// It was taught on pictures squeezed to this square, ...
const SQUEEZED: u32 = 256;
/// ... of which it sees the middle.
const SEEN: usize = 224;
/// Taken from blue, green and red.
const MEAN: [f32; 3] = [104.0, 117.0, 123.0];

/// The model, ready to run.
pub struct OpenNsfw(Session);

impl OpenNsfw {
    /// Loads it.
    ///
    /// # Errors
    /// When the file is missing or different, or the runtime refuses it.
    pub fn load(runtime: &Runtime, folder: &Folder) -> Result<Self, LoadError> {
        runtime.session(&folder.read(&OPEN_NSFW)?, "input:0").map(Self)
    }

    /// 0 to 1: below 0.2 an ordinary picture, above 0.8 pornography, somebody has to look at what
    /// is in between.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn score(&mut self, picture: &Picture) -> Result<f32, ort::Error> {
        let values = values(&picture.resized(SQUEEZED, SQUEEZED));
        let ran = self.0.run([1, SEEN, SEEN, 3], &values)?;
        Ok(ran.get("outputs").get(1).copied().unwrap_or(f32::NAN))
    }

    /// The bare model, for what measures it.
    pub fn session(&mut self) -> &mut Session {
        &mut self.0
    }
}

/// The middle of a squeezed picture, pixel by pixel: blue, green, red.
#[must_use]
pub fn values(squeezed: &Picture) -> Vec<f32> {
    let edge = (SQUEEZED as usize - SEEN) / 2;
    let rows = squeezed.rgb.chunks_exact(SQUEEZED as usize * 3).skip(edge).take(SEEN);
    rows.flat_map(|row| row.as_chunks::<3>().0.iter().skip(edge).take(SEEN))
        .flat_map(|pixel| [2, 1, 0].map(|colour| f32::from(pixel[colour]) - MEAN[2 - colour]))
        .collect()
}
