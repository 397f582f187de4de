//! What one record costs beside the disk, for `benches/micro`: sealed, and in plain words as it was
//! before.

use super::record;
use crate::store::{CryptoError, Keys, SegmentKey};

/// Writes records into memory.
#[doc(hidden)]
pub struct Records {
    key: SegmentKey,
    place: u64,
    buf: Vec<u8>,
}

impl Records {
    /// Under a key of its own.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn new(keys: &Keys) -> Result<Records, CryptoError> {
        let (key, _) = keys.new_segment_key(1)?;
        Ok(Records { key, place: 0, buf: Vec::new() })
    }

    /// An update's record as it goes to the disk. Its bytes.
    pub fn sealed(&mut self, raw: &str) -> usize {
        self.buf.clear();
        self.place += 1;
        record::put_update(&mut self.buf, (self.place, &self.key), self.place, (7, 9), raw);
        self.buf.len()
    }

    /// The same in plain words. Its bytes.
    pub fn plain(&mut self, raw: &str) -> usize {
        self.buf.clear();
        self.place += 1;
        record::put_plain(&mut self.buf, self.place, (7, 9), raw);
        self.buf.len()
    }
}
