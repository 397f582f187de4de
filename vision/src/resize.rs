//! Scaling: bilinear, each pixel the mean of what it covers, as Pillow does it. Own code, as the
//! crates with SIMD bring so much for other kinds of pixels that compiling them takes longer than
//! all else here; this is as quick as decoding.

/// For one pixel of the result: where its sources begin, and how much each counts.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    // A triangle over the nearest two, or over all that one pixel covers where it shrinks.
    let reach = scale.max(1.0);
    (0..to)
        .map(|at| {
            let centre = (at as f64 + 0.5) * scale;
            let first = ((centre - reach + 0.5).floor().max(0.0)) as usize;
            let end = ((centre + reach + 0.5).floor() as usize).min(from).max(first + 1);
            let weigh = |source: usize| (1.0 - ((source as f64 + 0.5 - centre) / reach).abs()).max(0.0);
            let sum: f64 = (first..end).map(weigh).sum();
            let weights = (first..end).map(|source| (weigh(source) / sum) as f32).collect();
            Taps { first, weights }
        })
        .collect()
}

/// Scales pixels of three bytes. Sizes are not 0, and fit the pixels.
pub(crate) fn resize(rgb: &[u8], from: (usize, usize), to: (usize, usize)) -> Vec<u8> {
    let row = from.0 * 3;
    let across = taps(from.0, to.0);
    let mut out = Vec::with_capacity(to.0 * to.1 * 3);
    let mut sums = vec![0.0f32; row];
    // Rows first: they are added up as they lie in memory.
    for taps in taps(from.1, to.1) {
        sums.fill(0.0);
        for (&weight, source) in taps.weights.iter().zip(rgb.chunks_exact(row).skip(taps.first)) {
            sums.iter_mut().zip(source).for_each(|(sum, &value)| *sum += weight * f32::from(value));
        }
        let sums = sums.as_chunks::<3>().0;
        for taps in &across {
            let mut pixel = [0.5f32; 3];
            for (&weight, source) in taps.weights.iter().zip(&sums[taps.first..]) {
                pixel.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
            }
            out.extend(pixel.map(|value| value as u8));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_picture_stays_plain() {
        for to in [(1, 1), (3, 17), (40, 20), (160, 80)] {
            let out = resize(&[7, 130, 255].repeat(40 * 20), (40, 20), to);
            assert_eq!(out, [7, 130, 255].repeat(to.0 * to.1));
        }
    }

    #[test]
    fn a_half_is_the_weighted_mean() {
        // Pillow's `resize((2, 1), BILINEAR)` of these four says so.
        let rgb: Vec<u8> = [0, 40, 200, 240].iter().flat_map(|&value| [value; 3]).collect();
        assert_eq!(resize(&rgb, (4, 1), (2, 1)), [46, 46, 46, 194, 194, 194]);
    }
}
