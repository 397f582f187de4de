//! The contact sheet: every picture small, boxes around its faces (green where both detectors
//! agree, red where one stands alone) and the scores beside them: the quick detector's, the
//! judge's; below, nudity's.

use image::{ImageEncoder, codecs::png::PngEncoder};

use crate::{findings::Findings, models::Bounds, picture::Picture};

const TILE: usize = 192;
const CAPTION: usize = 14;
const COLUMNS: usize = 8;
const GREEN: [u8; 3] = [60, 220, 90];
const RED: [u8; 3] = [240, 70, 60];
const WHITE: [u8; 3] = [235; 3];

pub(super) struct Sheet {
    picture: Picture,
    next: usize,
}

impl Sheet {
    pub(super) fn new(pictures: usize) -> Self {
        let columns = COLUMNS.min(pictures.max(1));
        let rows = pictures.div_ceil(columns).max(1);
        let picture = Picture::plain((columns * TILE) as u32, (rows * (TILE + CAPTION)) as u32, [24; 3]);
        Self { picture, next: 0 }
    }

    pub(super) fn add(&mut self, picture: Option<&Picture>, found: Option<&Findings>) {
        let columns = self.picture.width as usize / TILE;
        let (left, top) = (self.next % columns * TILE, self.next / columns * (TILE + CAPTION));
        self.next += 1;
        let Some(picture) = picture else { return self.text(left + 2, top + TILE + 3, "-", RED) };
        let small = picture.clone().shrunk(TILE as u32 - 2);
        let (width, height) = (small.width as usize, small.height as usize);
        for (y, row) in small.rgb.chunks_exact(width * 3).enumerate() {
            let at = ((top + y) * self.picture.width as usize + left) * 3;
            self.picture.rgb[at..at + row.len()].copy_from_slice(row);
        }
        let Some(found) = found else { return self.text(left + 2, top + TILE + 3, "-", RED) };
        for face in found.faces.iter().flat_map(|faces| &faces.faces) {
            let colour = if face.agreed() { GREEN } else { RED };
            let (x, y) = self.frame(&face.bounds, (left, top), (width, height), colour);
            let score = |score: Option<f32>| score.map_or("-".to_owned(), |score| format!("{score:.2}"));
            self.text(
                x,
                y.saturating_sub(7).max(top),
                &format!("{}/{}", score(face.quick), score(face.judge)),
                colour,
            );
        }
        if let Some(nudity) = found.nudity {
            self.text(left + 2, top + TILE + 3, &format!("{nudity:.3}"), WHITE);
        }
    }

    pub(super) fn png(&self) -> Result<Vec<u8>, image::ImageError> {
        let mut bytes = Vec::new();
        let Picture { width, height, rgb } = &self.picture;
        PngEncoder::new(&mut bytes).write_image(rgb, *width, *height, image::ExtendedColorType::Rgb8)?;
        Ok(bytes)
    }

    /// Draws a box, and tells its upper left corner.
    fn frame(
        &mut self,
        bounds: &Bounds,
        (left, top): (usize, usize),
        (width, height): (usize, usize),
        colour: [u8; 3],
    ) -> (usize, usize) {
        let bounds = bounds.clipped();
        let place = |share: f32, side: usize, from: usize| from + (share * (side - 1) as f32) as usize;
        let (x, y) = (place(bounds.x, width, left), place(bounds.y, height, top));
        let right = place((bounds.x + bounds.width).min(1.0), width, left);
        let lower = place((bounds.y + bounds.height).min(1.0), height, top);
        (x..=right).for_each(|x| [y, lower].into_iter().for_each(|y| self.dot(x, y, colour)));
        (y..=lower).for_each(|y| [x, right].into_iter().for_each(|x| self.dot(x, y, colour)));
        (x, y)
    }

    fn text(&mut self, left: usize, top: usize, text: &str, colour: [u8; 3]) {
        for (at, sign) in text.chars().enumerate() {
            for (y, row) in glyph(sign).into_iter().enumerate() {
                for x in (0..3).filter(|x| row >> (2 - x) & 1 == 1) {
                    self.dot(left + at * 4 + x, top + y, colour);
                }
            }
        }
    }

    fn dot(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let (width, height) = (self.picture.width as usize, self.picture.height as usize);
        if x < width && y < height {
            self.picture.rgb[(y * width + x) * 3..][..3].copy_from_slice(&colour);
        }
    }
}

/// Three by five dots of the few signs that scores need.
const fn glyph(sign: char) -> [u8; 5] {
    match sign {
        '0' => [7, 5, 5, 5, 7],
        '1' => [2, 6, 2, 2, 7],
        '2' => [7, 1, 7, 4, 7],
        '3' => [7, 1, 7, 1, 7],
        '4' => [5, 5, 7, 1, 1],
        '5' => [7, 4, 7, 1, 7],
        '6' => [7, 4, 7, 5, 7],
        '7' => [7, 1, 1, 2, 2],
        '8' => [7, 5, 7, 5, 7],
        '9' => [7, 5, 7, 1, 7],
        '/' => [1, 1, 2, 4, 4],
        '.' => [0, 0, 0, 0, 2],
        _ => [0, 0, 7, 0, 0],
    }
}
