//! PDQ, Meta's hash of what a picture looks like: 256 bits that stay nearly the same when it is
//! scaled or encoded anew.
//!
//! Brightness is smoothed and brought to 64x64; of its discrete cosine transform the 16x16 lowest
//! frequencies but the constant one are kept; each bit tells whether one of them is above their
//! median. Written after the description of the algorithm ("The TMK+PDQF video-hashing algorithm
//! and the PDQ image-hashing algorithm", Facebook, 2019) and compared with values of its reference
//! implementation.

use std::{fmt, str::FromStr, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// Bits of 256 in which two hashes of one picture may differ; by Meta's measurements.
pub const SAME: u32 = 31;
/// A hash of at most this quality says nothing: the picture has too little in it. By Meta's
/// measurements.
pub const WORTHLESS: u8 = 49;

const SIDE: usize = 64;
const KEPT: usize = 16;

/// The 256 bits; the first word holds the highest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash(pub [u64; 4]);

/// A picture's hash, and how much it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pdq {
    /// What the picture looks like.
    pub hash: Hash,
    /// 0 to 100: how much there is to see. See [`WORTHLESS`].
    pub quality: u8,
}

impl Pdq {
    /// Whether the hash may be compared with others.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.quality > WORTHLESS
    }
}

impl Hash {
    /// In how many bits two hashes differ: 0 to 256, about 128 for pictures that have nothing in
    /// common.
    #[must_use]
    pub fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(one, two)| (one ^ two).count_ones()).sum()
    }

    /// Of a list the nearest that shows the same picture, with its place and its distance. About 1
    /// ns a hash.
    #[must_use]
    pub fn nearest<'a>(&self, list: impl IntoIterator<Item = &'a Self>) -> Option<(usize, u32)> {
        list.into_iter()
            .map(|hash| self.distance(hash))
            .enumerate()
            .filter(|&(_, distance)| distance <= SAME)
            .min_by_key(|&(_, distance)| distance)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| write!(formatter, "{word:016x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({self})")
    }
}

/// Not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PDQ hash has 64 hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotAHash);
        }
        let mut words = [0; 4];
        for (word, digits) in words.iter_mut().zip(text.as_bytes().chunks(16)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NotAHash)?;
            *word = u64::from_str_radix(digits, 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(words))
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = NotAHash;

    fn try_from(text: String) -> Result<Self, NotAHash> {
        text.parse()
    }
}

/// Hashes a picture by the brightness of its pixels (0 to 255, rows from the top).
#[must_use]
pub fn hash(mut luma: Vec<f32>, width: usize, height: usize) -> Pdq {
    debug_assert_eq!(luma.len(), width * height);
    let mut spare = vec![0.0; luma.len()];
    for _ in 0..2 {
        smooth_rows(&luma, &mut spare, width);
        smooth_columns(&spare, &mut luma, width, height);
    }
    let mut small = [[0.0; SIDE]; SIDE];
    for (i, row) in small.iter_mut().enumerate() {
        let y = (2 * i + 1) * height / (2 * SIDE);
        for (j, pixel) in row.iter_mut().enumerate() {
            *pixel = luma[y * width + (2 * j + 1) * width / (2 * SIDE)];
        }
    }
    Pdq { hash: bits(&frequencies(&small)), quality: quality(&small) }
}

/// How wide the mean is that leaves nothing between two of the 64 samples unseen.
fn window(length: usize) -> usize {
    length.div_ceil(2 * SIDE)
}

fn smooth_rows(from: &[f32], to: &mut [f32], width: usize) {
    for (from, to) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        smooth(width, |at| from[at], |at, mean| to[at] = mean);
    }
}

/// A row at a time, each column with a sum of its own: as quick as the rows, where one column after
/// the other is not.
fn smooth_columns(from: &[f32], to: &mut [f32], width: usize, height: usize) {
    let full = window(height);
    let half = (full + 2) / 2;
    let (mut sums, mut count) = (vec![0.0f32; width], 0.0f32);
    for step in 0..height + half - 1 {
        if let Some(row) = from.get(step * width..(step + 1) * width) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            count += 1.0;
        }
        if let Some(left) = step.checked_sub(full) {
            let row = &from[left * width..(left + 1) * width];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum -= value);
            count -= 1.0;
        }
        if let Some(at) = (step + 1).checked_sub(half) {
            let row = &mut to[at * width..(at + 1) * width];
            row.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = sum / count);
        }
    }
}

/// The mean over a window that is shorter at both ends; its sum goes along, as the reference has
/// it.
fn smooth(length: usize, from: impl Fn(usize) -> f32, mut to: impl FnMut(usize, f32)) {
    let full = window(length);
    let half = (full + 2) / 2;
    let (mut sum, mut count) = (0.0f32, 0.0f32);
    for step in 0..length + half - 1 {
        if step < length {
            sum += from(step);
            count += 1.0;
        }
        if let Some(left) = step.checked_sub(full) {
            sum -= from(left);
            count -= 1.0;
        }
        if let Some(at) = (step + 1).checked_sub(half) {
            to(at, sum / count);
        }
    }
}

fn frequencies(small: &[[f32; SIDE]; SIDE]) -> [[f32; KEPT]; KEPT] {
    static WAVES: LazyLock<[[f32; SIDE]; KEPT]> = LazyLock::new(|| {
        let scale = (2.0 / SIDE as f64).sqrt();
        std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let angle = std::f64::consts::PI / 2.0 / SIDE as f64 * ((i + 1) * (2 * j + 1)) as f64;
                (scale * angle.cos()) as f32
            })
        })
    });
    let mut halfway = [[0.0f32; SIDE]; KEPT];
    for (wave, to) in WAVES.iter().zip(&mut halfway) {
        for (weight, row) in wave.iter().zip(small) {
            to.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    let mut kept = [[0.0f32; KEPT]; KEPT];
    for (row, to) in halfway.iter().zip(&mut kept) {
        for (wave, sum) in WAVES.iter().zip(to) {
            *sum = row.iter().zip(wave).map(|(value, weight)| value * weight).sum();
        }
    }
    kept
}

fn bits(kept: &[[f32; KEPT]; KEPT]) -> Hash {
    let mut sorted: Vec<f32> = kept.iter().flatten().copied().collect();
    sorted.sort_by(f32::total_cmp);
    // Of an even number the lower of the two in the middle.
    let median = sorted[KEPT * KEPT / 2 - 1];
    let mut words = [0; 4];
    for (at, _) in kept.iter().flatten().enumerate().filter(|&(_, &value)| value > median) {
        words[3 - at / 64] |= 1 << (at % 64);
    }
    Hash(words)
}

/// How much neighbouring samples differ, in hundredths of the whole range, over what an ordinary
/// photo has.
fn quality(small: &[[f32; SIDE]; SIDE]) -> u8 {
    // Cut to whole numbers, as the reference does.
    let step = |one: f32, two: f32| (((one - two) * 100.0 / 255.0) as i32).unsigned_abs();
    let mut sum = 0;
    for i in 0..SIDE {
        for j in 0..SIDE {
            if i + 1 < SIDE {
                sum += step(small[i][j], small[i + 1][j]);
            }
            if j + 1 < SIDE {
                sum += step(small[i][j], small[i][j + 1]);
            }
        }
    }
    (sum / 90).min(100) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Picture;

    fn drawn(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u32; 3]) -> Pdq {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = pixels.flat_map(|(x, y)| colour(x, y).map(|value| value as u8)).collect();
        hash(Picture { width, height, rgb }.luma(), width as usize, height as usize)
    }

    fn rings(x: u32, y: u32) -> [u32; 3] {
        [(x * x + y * y) / 97, x * 7 + y * 3, x * y / 64]
    }

    fn blocks(x: u32, y: u32) -> [u32; 3] {
        let value = ((x / 37) * 71 + (y / 29) * 113 + (x / 37) * (y / 29) * 17) % 256;
        [value, value / 2 + 60, 255 - value]
    }

    /// Told by Meta's own code (the package `pdqhash` 0.2.8 of PyPI) for the same pictures.
    #[test]
    fn the_reference_says_the_same() {
        for (ours, quality, theirs) in [
            (drawn(512, 384, rings), 100, "1e0f70ffe7c08f00383f61ffc7f08a803c07380f707f71fcf1f8c3c0c7c0c780"),
            (
                drawn(300, 500, blocks),
                100,
                "60fd00efb8f0cc665310c33e9b3379307d20b2d97ed25392bbb1b3bad5225458",
            ),
            (drawn(100, 90, blocks), 77, "612d9ed3631c92d2632c9ce3612d9ed3d29ad29a632c9ce3652d9ed392d2631c"),
            (drawn(640, 640, rings), 100, "3fc05104f807e01fe11f81ffc1fecffec7fc87f007e01fc01fc07f807f003c00"),
        ] {
            let theirs: Hash = theirs.parse().unwrap();
            // Sums of floats in another order may turn a bit that lies on the median.
            assert!(ours.hash.distance(&theirs) <= 4, "{ours:?} instead of {theirs}");
            assert!(ours.quality.abs_diff(quality) <= 1, "{ours:?}");
        }
    }

    #[test]
    fn scaled_it_is_the_same_picture_and_turned_it_is_not() {
        let draw = |width, height| {
            let rgb =
                (0..512 * 384).flat_map(|at| blocks(at % 512, at / 512).map(|value| value as u8)).collect();
            Picture { width: 512, height: 384, rgb }.resized(width, height)
        };
        let hashed =
            |picture: &Picture| hash(picture.luma(), picture.width as usize, picture.height as usize).hash;
        let whole = hashed(&draw(512, 384));
        assert!(whole.distance(&hashed(&draw(200, 150))) <= SAME);
        assert!(whole.distance(&hashed(&draw(512, 384).turned(1))) > 2 * SAME);
        let list = [hashed(&draw(512, 384).turned(2)), hashed(&draw(300, 225))];
        assert_eq!(whole.nearest(&list).map(|(at, _)| at), Some(1));
        assert_eq!(whole.nearest(&list[..1]), None);
    }

    #[test]
    fn nothing_to_see_is_worth_nothing_whatever_its_size() {
        for (width, height) in [(1, 1), (1, 640), (640, 1), (63, 65), (640, 480)] {
            let plain = hash(vec![128.0; width * height], width, height);
            assert!(!plain.counts(), "{plain:?}");
        }
    }

    #[test]
    fn a_hash_is_written_and_read() {
        let hash = Hash([1, 2, 3, u64::MAX]);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.distance(&Hash([0; 4])), 1 + 1 + 2 + 64);
        for bad in ["", "12", &"x".repeat(64), &"é".repeat(32)] {
            assert_eq!(bad.parse::<Hash>(), Err(NotAHash));
        }
    }
}
