//! A picture as a detector wants it: scaled to fit, padded to whole cells, one plane a colour.

use crate::picture::Picture;

/// Detectors work in cells of at most 32 pixels.
const CELL: usize = 32;

/// Which plane comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// What goes into a detector. The picture lies at the upper left, black around it.
pub struct Planes {
    /// 1, 3, height, width.
    pub shape: [usize; 4],
    /// 0 to 255.
    pub values: Vec<f32>,
    /// Of the picture in it, without what was added.
    pub width: f32,
    /// Of the picture in it, without what was added.
    pub height: f32,
}

/// The picture with its longer side brought to `side` pixels. A small one is enlarged, at most
/// fourfold: what is beyond that shows nothing new.
#[must_use]
pub fn fitted(picture: &Picture, side: u32) -> Picture {
    let longest = picture.width.max(picture.height);
    picture.scaled((f64::from(side) / f64::from(longest)).min(4.0))
}

/// Lays a picture out for a detector.
#[must_use]
pub fn planes(picture: &Picture, order: Order) -> Planes {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (padded_width, padded_height) = (width.next_multiple_of(CELL), height.next_multiple_of(CELL));
    let plane = padded_width * padded_height;
    let mut values = vec![0.0; 3 * plane];
    let (first, rest) = values.split_at_mut(plane);
    let (second, third) = rest.split_at_mut(plane);
    let (red, blue) = if order == Order::Rgb { (first, third) } else { (third, first) };
    for (y, row) in picture.rgb.chunks_exact(width * 3).enumerate() {
        let at = y * padded_width..y * padded_width + width;
        let colours = red[at.clone()].iter_mut().zip(&mut second[at.clone()]).zip(&mut blue[at]);
        for (((red, green), blue), pixel) in colours.zip(row.as_chunks::<3>().0) {
            (*red, *green, *blue) = (f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2]));
        }
    }
    Planes { shape: [1, 3, padded_height, padded_width], values, width: width as f32, height: height as f32 }
}
