//! Pixels: decoding with limits, the way up that EXIF tells, and the one size that everything else
//! works on.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, codecs, metadata::Orientation};

use crate::{
    failure::Failure,
    header::{self, Format, Header},
    limits::Limits,
    resize::resize,
};

/// Longer side of what is looked at, in pixels. Detectors know faces of 10 to 300 pixels;
/// Telegram's size just above this is what is fetched.
pub const FRAME: u32 = 640;

/// Eight bits of red, green and blue for each pixel, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels, never 0.
    pub width: u32,
    /// In pixels, never 0.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// A picture of one colour.
    #[must_use]
    pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: colour.repeat(width as usize * height as usize) }
    }

    /// Decodes the first picture of a file, at most [`FRAME`] pixels along its longer side, the
    /// right way up. What is see-through is white, as viewers show it.
    ///
    /// # Errors
    /// [`Failure::Broken`] when the decoder finds it so, or finds another size than the header
    /// told.
    pub fn decode(bytes: &[u8], header: &Header, limits: &Limits) -> Result<Self, Failure> {
        let broken = |_| Failure::Broken;
        match header.format {
            Format::Jpeg => {
                finish(codecs::jpeg::JpegDecoder::new(Cursor::new(bytes)).map_err(broken)?, header, limits)
            }
            Format::Png => {
                let sieved = header::png::sieved(bytes);
                let decoder = codecs::png::PngDecoder::with_limits(Cursor::new(sieved), bounds(limits))
                    .map_err(broken)?;
                finish(decoder, header, limits)
            }
            Format::Webp => {
                finish(codecs::webp::WebPDecoder::new(Cursor::new(bytes)).map_err(broken)?, header, limits)
            }
        }
    }

    /// The same at most `longest` pixels along its longer side; never enlarged.
    #[must_use]
    pub fn shrunk(self, longest: u32) -> Self {
        let side = self.width.max(self.height);
        if side <= longest { self } else { self.scaled(f64::from(longest) / f64::from(side)) }
    }

    /// The same, each side multiplied.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let side = |pixels: u32| ((f64::from(pixels) * factor).round() as u32).max(1);
        self.resized(side(self.width), side(self.height))
    }

    /// The same in another size: bilinear, each pixel the mean of what it covers.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let (width, height) = (width.max(1), height.max(1));
        let from = (self.width as usize, self.height as usize);
        Self { width, height, rgb: resize(&self.rgb, from, (width as usize, height as usize)) }
    }

    /// The same turned clockwise by so many quarters.
    #[must_use]
    pub fn turned(&self, quarters: u8) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let pixels = self.rgb.as_chunks::<3>().0;
        let rgb: Vec<u8> = match quarters % 4 {
            0 => return self.clone(),
            1 => (0..width)
                .flat_map(|x| (0..height).rev().map(move |y| pixels[y * width + x]))
                .flatten()
                .collect(),
            2 => pixels.iter().rev().copied().flatten().collect(),
            _ => (0..width)
                .rev()
                .flat_map(|x| (0..height).map(move |y| pixels[y * width + x]))
                .flatten()
                .collect(),
        };
        let (width, height) =
            if quarters % 2 == 1 { (self.height, self.width) } else { (self.width, self.height) };
        Self { width, height, rgb }
    }

    /// Brightness of each pixel, 0 to 255, as PDQ and the measures of quality want it.
    #[must_use]
    pub fn luma(&self) -> Vec<f32> {
        let weigh = |&[red, green, blue]: &[u8; 3]| {
            0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
        };
        self.rgb.as_chunks::<3>().0.iter().map(weigh).collect()
    }

    /// Encodes it anew: nothing of the file it came from is left but the pixels.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn jpeg(&self, quality: u8) -> Result<Vec<u8>, image::ImageError> {
        let mut bytes = Vec::new();
        codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode(
            &self.rgb,
            self.width,
            self.height,
            image::ExtendedColorType::Rgb8,
        )?;
        Ok(bytes)
    }
}

fn bounds(limits: &Limits) -> image::Limits {
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(limits.longest_side);
    bounds.max_image_height = Some(limits.longest_side);
    bounds.max_alloc = Some(limits.decoding_bytes());
    bounds
}

fn finish<D: ImageDecoder>(mut decoder: D, header: &Header, limits: &Limits) -> Result<Picture, Failure> {
    let broken = |_| Failure::Broken;
    let size = decoder.dimensions();
    // The header was measured, so the decoder has to mean the same picture.
    if size != (header.width, header.height) || decoder.total_bytes() > limits.decoding_bytes() {
        return Err(Failure::Broken);
    }
    decoder.set_limits(bounds(limits)).map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let (width, height) = size;
    let rgb = if decoded.color().has_alpha() {
        on_white(&decoded.into_rgba8())
    } else {
        decoded.into_rgb8().into_raw()
    };
    // Small first: turning costs by the pixel.
    let picture = Picture { width, height, rgb }.shrunk(FRAME);
    Ok(upright(picture, orientation))
}

fn on_white(picture: &image::RgbaImage) -> Vec<u8> {
    let mix = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    picture.pixels().flat_map(|image::Rgba([r, g, b, a])| [mix(*r, *a), mix(*g, *a), mix(*b, *a)]).collect()
}

fn upright(picture: Picture, orientation: Orientation) -> Picture {
    if orientation == Orientation::NoTransforms {
        return picture;
    }
    let (width, height) = (picture.width, picture.height);
    let Some(pixels) = image::RgbImage::from_raw(width, height, picture.rgb) else {
        return Picture::plain(width, height, [255; 3]);
    };
    let mut whole = DynamicImage::ImageRgb8(pixels);
    whole.apply_orientation(orientation);
    Picture { width: whole.width(), height: whole.height(), rgb: whole.into_rgb8().into_raw() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> Picture {
        let rgb = (0..width * height).flat_map(|at| [at as u8, (at / 7) as u8, (at / 31) as u8]).collect();
        Picture { width, height, rgb }
    }

    #[test]
    fn four_quarters_are_none() {
        let picture = numbered(7, 5);
        let once = picture.turned(1);
        assert_eq!((once.width, once.height), (5, 7));
        // Clockwise: the left column's lowest pixel comes to the top left.
        assert_eq!(once.rgb[..3], picture.rgb[4 * 7 * 3..][..3]);
        assert_eq!(once.turned(1), picture.turned(2));
        assert_eq!(once.turned(2), picture.turned(3));
        assert_eq!(once.turned(3), picture);
    }

    #[test]
    fn shrinking_keeps_the_shape_and_never_enlarges() {
        assert_eq!(numbered(100, 50).shrunk(640), numbered(100, 50));
        let small = numbered(1280, 320).shrunk(640);
        assert_eq!((small.width, small.height), (640, 160));
        let line = numbered(8_000, 16).shrunk(64);
        assert_eq!((line.width, line.height), (64, 1));
    }

    #[test]
    fn what_is_see_through_is_white() {
        let picture =
            image::RgbaImage::from_fn(2, 1, |x, _| image::Rgba([10, 20, 30, if x == 0 { 0 } else { 255 }]));
        assert_eq!(on_white(&picture), [255, 255, 255, 10, 20, 30]);
    }
}
