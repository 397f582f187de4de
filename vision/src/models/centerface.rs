//! CenterFace (2019), the judge: 74 ms at 640 pixels, and rarely wrong.

use super::{
    boxes::{Bounds, Found, distinct},
    files::{CENTERFACE, Folder, LoadError},
    input::{Order, planes},
    runtime::{Runtime, Session},
    wire::{Edit, rewrite},
};
use crate::picture::Picture;

/// What it says below this is noise.
const LEAST: f32 = 0.3;
/// Pixels of the picture to one cell of the outputs.
const CELL: f32 = 4.0;

/// Sizes are found out when it runs; as it comes, it knows ten pictures of 32 by 32 only. And its
/// 194 constants are inputs as well, which keeps the runtime from computing anything beforehand.
pub const EDIT: Edit<'static> = Edit {
    inputs: &[("input.1", &[Some("B"), None, Some("H"), Some("W")])],
    outputs: &[Some("B"), None, Some("h"), Some("w")],
    forget_inner_sizes: false,
};

/// The model, ready to run.
pub struct CenterFace(Session);

impl CenterFace {
    /// Loads it.
    ///
    /// # Errors
    /// When the file is missing or different, or the runtime refuses it.
    pub fn load(runtime: &Runtime, folder: &Folder) -> Result<Self, LoadError> {
        let model = rewrite(&folder.read(&CENTERFACE)?, &EDIT)
            .map_err(|_| LoadError::Different("centerface.onnx"))?;
        runtime.session(&model, "input.1").map(Self)
    }

    /// Every face in a picture of detector's size, surest first.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn detect(&mut self, picture: &Picture) -> Result<Vec<Found>, ort::Error> {
        let planes = planes(picture, Order::Rgb);
        let ran = self.0.run(planes.shape, &planes.values)?;
        let (heat, scale, offset) = (ran.get("537"), ran.get("538"), ran.get("539"));
        let columns = planes.shape[3] / CELL as usize;
        // Heights come first, then widths; the same for offsets.
        let cells = columns * (planes.shape[2] / CELL as usize);
        let at = |values: &[f32], index: usize| values.get(index).copied().unwrap_or_default();
        let found = heat.iter().take(cells).enumerate().filter(|&(_, &score)| score >= LEAST).map(
            |(cell, &score)| {
                let (row, column) = (cell / columns, cell % columns);
                let height = CELL * at(scale, cell).exp();
                let width = CELL * at(scale, cells + cell).exp();
                let y = CELL * (row as f32 + at(offset, cell) + 0.5);
                let x = CELL * (column as f32 + at(offset, cells + cell) + 0.5);
                let bounds = Bounds {
                    x: (x - width / 2.0) / planes.width,
                    y: (y - height / 2.0) / planes.height,
                    width: width / planes.width,
                    height: height / planes.height,
                };
                Found { bounds: bounds.clipped(), score: score.min(1.0) }
            },
        );
        Ok(distinct(found.collect()))
    }

    /// The bare model, for what measures it.
    pub fn session(&mut self) -> &mut Session {
        &mut self.0
    }
}
