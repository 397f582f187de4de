//! WebP: RIFF chunks. The extended form announces a canvas, and the picture in it a size of its
//! own: both count.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunk = |(kind, data): &(&[u8; 4], &[u8])| {
            let padding = vec![0; data.len() % 2];
            [&kind[..], &(data.len() as u32).to_le_bytes(), data, &padding].concat()
        };
        [b"RIFF\0\0\0\0WEBP".to_vec(), chunks.iter().flat_map(chunk).collect()].concat()
    }

    fn size(bytes: &[u8]) -> Option<(u32, u32, bool)> {
        shape(bytes).map(|shape| (shape.width, shape.height, shape.animated))
    }

    const LOSSY: &[u8] = &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];

    #[test]
    fn canvas_and_picture_both_count() {
        assert_eq!(size(&file(&[(b"VP8 ", LOSSY)])), Some((320, 240, false)));
        let canvas = [0, 0, 0, 0, 99, 0, 0, 0x0f, 0x27, 0];
        assert_eq!(
            size(&file(&[(b"VP8X", &canvas), (b"ICCP", b"odd"), (b"VP8 ", LOSSY)])),
            Some((320, 10_000, false))
        );
        let animated = [ANIMATED, 0, 0, 0, 99, 0, 0, 99, 0, 0];
        assert_eq!(size(&file(&[(b"VP8X", &animated), (b"ANIM", &[0; 6])])), Some((100, 100, true)));
        // Says that it is animated, and holds nothing.
        assert_eq!(size(&file(&[(b"VP8X", &animated)])), None);
        assert_eq!(size(&file(&[(b"VP8 ", &[0; 10])])), None);
    }
}
