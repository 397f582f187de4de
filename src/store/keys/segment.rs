//! The key of one file of the local journal, wrapped by the key-encryption key and written into
//! that file alone: with the file goes the key.

use super::{CryptoError, Keys};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

/// Bytes that sealing adds.
pub(crate) const SEAL_BYTES: usize = 16;

/// Seals the records of one file. A record's nonce is its place there, and no place is written
/// twice, so nothing has to be drawn at random for each.
pub(crate) struct SegmentKey(LessSafeKey);

impl Keys {
    /// Draws the key of a file; with its wrapped form.
    pub(crate) fn new_segment_key(&self, segment: u64) -> Result<(SegmentKey, Vec<u8>), CryptoError> {
        let (_, wrapped) = self.generate(&segment_aad(segment))?;
        Ok((self.open_segment_key(segment, &wrapped)?, wrapped))
    }

    /// Opens what [`Keys::new_segment_key`] has wrapped.
    pub(crate) fn open_segment_key(&self, segment: u64, wrapped: &[u8]) -> Result<SegmentKey, CryptoError> {
        let key = self.unwrap(wrapped, &segment_aad(segment))?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose()).map_err(|_| CryptoError::UnknownForm)?;
        Ok(SegmentKey(LessSafeKey::new(key)))
    }
}

impl SegmentKey {
    /// Seals what `buf` holds from `from` on, as the record at `place`, bound to `aad`; the tag is
    /// appended.
    pub(crate) fn seal(&self, place: u64, aad: &[u8], buf: &mut Vec<u8>, from: usize) {
        // Only fails for values of 256 GB and more; then the record does not open, as its tag is
        // none.
        let tag = self.0.seal_in_place_separate_tag(nonce(place), Aad::from(aad), &mut buf[from..]);
        match tag {
            Ok(tag) => buf.extend_from_slice(tag.as_ref()),
            Err(_) => buf.extend_from_slice(&[0; SEAL_BYTES]),
        }
    }

    /// Opens the record at `place`; none under another key, at another place, or with altered
    /// bytes.
    pub(crate) fn open(&self, place: u64, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut text = sealed.to_vec();
        let length = self.0.open_in_place(nonce(place), Aad::from(aad), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

impl std::fmt::Debug for SegmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SegmentKey([REDACTED])")
    }
}

fn nonce(place: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&place.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Identity of a file's key.
fn segment_aad(segment: u64) -> Vec<u8> {
    format!("journal segment:{segment}").into_bytes()
}
