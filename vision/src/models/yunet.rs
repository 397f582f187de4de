//! YuNet (2023), the quick detector: 3 ms at 320 pixels, but a lamp may be a face to it.

use super::{
    boxes::{Bounds, Found, distinct},
    files::{Folder, LoadError, YUNET},
    input::{Order, Planes, planes},
    runtime::{Runtime, Session},
    wire::{Edit, rewrite},
};
use crate::picture::Picture;

/// What it says below this is noise.
const LEAST: f32 = 0.3;
const OUTPUTS: [(usize, [&str; 3]); 3] = [
    (8, ["cls_8", "obj_8", "bbox_8"]),
    (16, ["cls_16", "obj_16", "bbox_16"]),
    (32, ["cls_32", "obj_32", "bbox_32"]),
];

/// Sizes are found out when it runs; as it comes, it knows 640 by 640 only.
pub const EDIT: Edit<'static> = Edit {
    inputs: &[("input", &[Some("B"), None, Some("H"), Some("W")])],
    outputs: &[Some("B"), Some("N")],
    forget_inner_sizes: true,
};

/// The model, ready to run.
pub struct YuNet(Session);

impl YuNet {
    /// Loads it.
    ///
    /// # Errors
    /// When the file is missing or different, or the runtime refuses it.
    pub fn load(runtime: &Runtime, folder: &Folder) -> Result<Self, LoadError> {
        let model = rewrite(&folder.read(&YUNET)?, &EDIT).map_err(|_| LoadError::Different("yunet.onnx"))?;
        runtime.session(&model, "input").map(Self)
    }

    /// Every face in a picture of detector's size, surest first.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn detect(&mut self, picture: &Picture) -> Result<Vec<Found>, ort::Error> {
        let planes = planes(picture, Order::Bgr);
        let ran = self.0.run(planes.shape, &planes.values)?;
        let mut found = Vec::new();
        for (stride, [class, object, boxes]) in OUTPUTS {
            collect(stride, &planes, ran.get(class), ran.get(object), ran.get(boxes), &mut found);
        }
        Ok(distinct(found))
    }

    /// The bare model, for what measures it.
    pub fn session(&mut self) -> &mut Session {
        &mut self.0
    }
}

fn collect(
    stride: usize,
    planes: &Planes,
    classes: &[f32],
    objects: &[f32],
    boxes: &[f32],
    found: &mut Vec<Found>,
) {
    let columns = planes.shape[3] / stride;
    let scale = stride as f32;
    for (at, ((class, object), [x, y, width, height])) in
        classes.iter().zip(objects).zip(boxes.as_chunks::<4>().0).enumerate()
    {
        let score = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
        if score < LEAST {
            continue;
        }
        let (row, column) = (at / columns, at % columns);
        let (width, height) = (width.exp() * scale, height.exp() * scale);
        let (x, y) = ((column as f32 + x) * scale, (row as f32 + y) * scale);
        let bounds = Bounds {
            x: (x - width / 2.0) / planes.width,
            y: (y - height / 2.0) / planes.height,
            width: width / planes.width,
            height: height / planes.height,
        };
        found.push(Found { bounds: bounds.clipped(), score });
    }
}
