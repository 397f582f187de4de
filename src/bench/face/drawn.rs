//! Pictures drawn by code: each another one, none with anybody in it.

use anyhow::Context as _;
use nameless_domain::random::Random;
use nameless_vision::picture::Picture;

/// Shapes of a picture.
const SHAPES: usize = 24;

/// A JPEG of coloured rectangles, by its seed.
pub fn jpeg(width: u32, height: u32, seed: u64) -> anyhow::Result<Vec<u8>> {
    let mut random = Random::for_purpose(seed, 0xFACE_D0A3);
    let mut below = |bound: u32| random.below(u64::from(bound.max(1))) as u32;
    let mut picture = Picture::plain(width, height, [30, 60, 110]);
    for _ in 0..SHAPES {
        let (left, top) = (below(width), below(height));
        let (wide, high) = (1 + below(width - left), 1 + below(height - top));
        // No colour of skin.
        let colour = [below(90) as u8, 40 + below(200) as u8, 60 + below(195) as u8];
        for y in top..top + high {
            let from = 3 * (y * width + left) as usize;
            let row = &mut picture.rgb[from..from + 3 * wide as usize];
            row.as_chunks_mut::<3>().0.fill(colour);
        }
    }
    picture.jpeg(87).context("a picture cannot be encoded")
}
