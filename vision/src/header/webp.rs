//! WebP: RIFF chunks. The extended form announces a canvas, and the picture in it a size of its own: both count.

use super::{Shape, le32};

const ANIMATED: u8 = 0x02;

pub(super) fn shape(bytes: &[u8]) -> Option<Shape> {
    let mut canvas: Option<(u32, u32)> = None;
    let mut animated = false;
    let mut at = 12;
    // One canvas and a few chunks (colour profile, alpha) stand before the picture.
    for _ in 0..16 {
        let kind = bytes.get(at..at + 4)?;
        let length = usize::try_from(le32(bytes, at + 4)?).ok()?;
        let data = bytes.get(at + 8..)?;
        match kind {
            b"VP8X" if canvas.is_none() => {
                animated = data.first()? & ANIMATED != 0;
                canvas = Some(((le32(data, 3)? >> 8) + 1, (le32(data, 6)? >> 8) + 1));
            }
            // The frames of an animation are checked against the canvas by the decoder.
            b"ANMF" | b"ANIM" if animated => break,
            b"VP8 " => return larger(canvas, lossy(data)?),
            b"VP8L" => return larger(canvas, lossless(data)?),
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length & 1)?;
    }
    canvas.filter(|_| animated).map(|(width, height)| Shape { width, height, scans: 1, animated })
}

fn larger(canvas: Option<(u32, u32)>, (width, height): (u32, u32)) -> Option<Shape> {
    if width == 0 || height == 0 {
        return None;
    }
    let (outer_width, outer_height) = canvas.unwrap_or((width, height));
    Some(Shape { width: width.max(outer_width), height: height.max(outer_height), scans: 1, animated: false })
}

fn lossy(data: &[u8]) -> Option<(u32, u32)> {
    let size = le32(data, 6)?;
    (data.get(3..6)? == [0x9d, 0x01, 0x2a]).then_some((size & 0x3fff, (size >> 16) & 0x3fff))
}

fn lossless(data: &[u8]) -> Option<(u32, u32)> {
    let size = le32(data, 1)?;
    (*data.first()? == 0x2f).then_some(((size & 0x3fff) + 1, ((size >> 14) & 0x3fff) + 1))
}
