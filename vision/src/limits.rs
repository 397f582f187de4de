//! How large a picture may be before anything of it is decoded.

/// Bounds that a picture's header must keep. What exceeds one is not decoded at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels that the header announces.
    pub pixels: u64,
    /// Pixels of the longer side.
    pub longest_side: u32,
    /// Pixels of the shorter side, at least. Nothing can be told of less.
    pub shortest_side: u32,
    /// Scans of a JPEG. Ordinary progressive files have about ten; each costs a pass over the whole
    /// picture.
    pub scans: u32,
}

impl Limits {
    /// Memory that decoding may ask for: the pixels at eight bytes each (RGBA of 16 bits), and a
    /// little.
    #[must_use]
    pub const fn decoding_bytes(&self) -> u64 {
        self.pixels * 8 + (16 << 20)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 20 << 20, pixels: 24_000_000, longest_side: 8_192, shortest_side: 16, scans: 32 }
    }
}
