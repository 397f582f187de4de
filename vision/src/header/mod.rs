//! What a file says of itself, read before anything is decoded: its format by its first bytes
//! (never by its name), its size in pixels, and whether it keeps the [`Limits`].

mod jpeg;
pub(crate) mod png;
mod webp;

use serde::{Deserialize, Serialize};

use crate::{failure::Refusal, limits::Limits};

/// Formats that are decoded. All else is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG; of an animated one the first picture.
    Png,
    /// WebP; of an animated one the first frame.
    Webp,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// By its first bytes.
    pub format: Format,
    /// In pixels, before any turning.
    pub width: u32,
    /// In pixels, before any turning.
    pub height: u32,
    /// Whether there are more pictures in it than the first.
    pub animated: bool,
}

/// What a format's own reader found: size, passes over the picture, more pictures.
struct Shape {
    width: u32,
    height: u32,
    scans: u32,
    animated: bool,
}

/// Reads the header.
///
/// # Errors
/// [`Refusal`] when the format is unknown, the header is broken, or a limit is exceeded.
pub fn look(bytes: &[u8], limits: &Limits) -> Result<Header, Refusal> {
    if bytes.len() > limits.bytes {
        return Err(Refusal::TooManyBytes);
    }
    let (format, shape) = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        (Format::Jpeg, jpeg::shape(bytes))
    } else if bytes.starts_with(&png::SIGNATURE) {
        (Format::Png, png::shape(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        (Format::Webp, webp::shape(bytes))
    } else {
        return Err(Refusal::UnknownFormat);
    };
    let shape = shape.ok_or(Refusal::BrokenHeader)?;
    let (width, height) = (shape.width, shape.height);
    if width.max(height) > limits.longest_side || u64::from(width) * u64::from(height) > limits.pixels {
        return Err(Refusal::TooManyPixels);
    }
    if width.min(height) < limits.shortest_side {
        return Err(Refusal::TooFewPixels);
    }
    if shape.scans > limits.scans {
        return Err(Refusal::TooManyScans);
    }
    Ok(Header { format, width, height, animated: shape.animated })
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(bytes: &[u8]) -> Result<Header, Refusal> {
        look(bytes, &Limits::default())
    }

    fn encoded(format: image::ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(width, height).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn each_format_tells_its_size() {
        for (format, told) in [
            (image::ImageFormat::Jpeg, Format::Jpeg),
            (image::ImageFormat::Png, Format::Png),
            (image::ImageFormat::WebP, Format::Webp),
        ] {
            let header = look_at(&encoded(format, 123, 45)).unwrap();
            assert_eq!(header, Header { format: told, width: 123, height: 45, animated: false });
        }
    }

    #[test]
    fn limits_are_kept_at_their_edge() {
        let limits = Limits {
            longest_side: 100,
            pixels: 5_000,
            shortest_side: 20,
            bytes: 1 << 20,
            ..Limits::default()
        };
        let at = |width, height| look(&encoded(image::ImageFormat::Png, width, height), &limits).map(|_| ());
        assert_eq!(at(100, 50), Ok(()));
        assert_eq!(at(101, 30), Err(Refusal::TooManyPixels));
        assert_eq!(at(72, 71), Err(Refusal::TooManyPixels));
        assert_eq!(at(100, 19), Err(Refusal::TooFewPixels));
        let mut long = encoded(image::ImageFormat::Png, 50, 50);
        long.resize((1 << 20) + 1, 0);
        assert_eq!(look(&long, &limits), Err(Refusal::TooManyBytes));
    }

    #[test]
    fn nothing_cut_short_panics() {
        for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP] {
            let whole = encoded(format, 64, 64);
            for length in 0..whole.len() {
                let _ = look_at(&whole[..length]);
            }
        }
    }

    #[test]
    fn other_formats_are_refused() {
        for bytes in [&b"GIF89a"[..], b"BM", b"%PDF-1.7", b"", b"RIFF\0\0\0\0WAVE", b"II*\0"] {
            assert_eq!(look_at(bytes), Err(Refusal::UnknownFormat));
        }
    }
}
