//! Whether there is anything to be seen: sharpness, brightness, contrast.

use serde::{Deserialize, Serialize};

use crate::{models::Bounds, picture::Picture};

/// Height that what is measured is brought to at most, so that a large photo is not called blurred
/// for its size.
const MEASURED: u32 = 96;

/// Measures of a picture or of a part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Strength of edges over contrast, so that darkness is not taken for blur: about 0.1 and more
    /// when sharp.
    pub sharpness: f32,
    /// Mean brightness, 0 (black) to 1 (white).
    pub brightness: f32,
    /// Standard deviation of the brightness, 0 to 0.5.
    pub contrast: f32,
}

/// Measures a part of a picture.
#[must_use]
pub fn measure(picture: &Picture, part: &Bounds) -> Quality {
    let cut = cut(picture, part);
    let cut =
        if cut.height > MEASURED { cut.scaled(f64::from(MEASURED) / f64::from(cut.height)) } else { cut };
    let (width, luma) = (cut.width as usize, cut.luma());
    let (mean, variance) = spread(luma.iter().copied());
    // What each pixel has over its four neighbours; those at the edge have fewer.
    let inner = (width..luma.len().saturating_sub(width)).filter(|at| (1..width - 1).contains(&(at % width)));
    let edges =
        inner.map(|at| 4.0 * luma[at] - luma[at - width] - luma[at + width] - luma[at - 1] - luma[at + 1]);
    let (_, rough) = spread(edges);
    Quality {
        // Below one step of brightness there are no edges, only noise.
        sharpness: rough / (variance + 1.0),
        brightness: mean / 255.0,
        contrast: variance.sqrt() / 255.0,
    }
}

fn cut(picture: &Picture, part: &Bounds) -> Picture {
    let part = part.clipped();
    let edge = |share: f32, side: u32| ((share * side as f32) as u32).min(side - 1);
    let (x, y) = (edge(part.x, picture.width), edge(part.y, picture.height));
    let length = |share: f32, side: u32, from: u32| ((share * side as f32) as u32).clamp(1, side - from);
    let (width, height) = (length(part.width, picture.width, x), length(part.height, picture.height, y));
    let rows = picture.rgb.chunks_exact(picture.width as usize * 3).skip(y as usize).take(height as usize);
    let rgb = rows.flat_map(|row| &row[x as usize * 3..(x + width) as usize * 3]).copied().collect();
    Picture { width, height, rgb }
}

/// Mean and variance.
fn spread(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let (mut count, mut sum, mut squares) = (0.0f64, 0.0f64, 0.0f64);
    for value in values.map(f64::from) {
        count += 1.0;
        sum += value;
        squares += value * value;
    }
    if count == 0.0 {
        return (0.0, 0.0);
    }
    let mean = sum / count;
    (mean as f32, (squares / count - mean * mean).max(0.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Bounds = Bounds { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };

    fn stripes(width: u32, dark: u8, bright: u8) -> Picture {
        let rgb = (0..64 * 64)
            .flat_map(|at| [if (at % 64 / width).is_multiple_of(2) { dark } else { bright }; 3])
            .collect();
        Picture { width: 64, height: 64, rgb }
    }

    #[test]
    fn sharpness_is_not_contrast() {
        let (strong, weak) = (measure(&stripes(8, 0, 240), &WHOLE), measure(&stripes(8, 20, 60), &WHOLE));
        assert!((strong.sharpness - weak.sharpness).abs() < 0.01);
        assert!(strong.contrast > 4.0 * weak.contrast && strong.brightness > 2.0 * weak.brightness);
        let blurred = stripes(8, 0, 240).resized(8, 8).resized(64, 64);
        assert!(measure(&blurred, &WHOLE).sharpness < strong.sharpness / 4.0);
    }

    #[test]
    fn parts_are_cut_within_the_picture() {
        let part = |x, width| Bounds { x, y: 0.9, width, height: 0.5 };
        let picture = stripes(32, 0, 255);
        assert_eq!(measure(&picture, &part(0.0, 0.4)).brightness, 0.0);
        assert!((measure(&picture, &part(0.6, 3.0)).brightness - 1.0).abs() < 1e-3);
        for bounds in [part(2.0, 1.0), part(-1.0, 0.5), part(0.5, 0.0), part(f32::NAN, f32::NAN)] {
            assert!(measure(&picture, &bounds).sharpness.is_finite());
        }
        let pixel = Picture::plain(1, 1, [9; 3]);
        assert_eq!(measure(&pixel, &WHOLE).sharpness, 0.0);
    }
}
