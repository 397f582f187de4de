//! Encryption at rest: XChaCha20-Poly1305, one data key per user, each wrapped by the key-encryption key.
//!
//! A sealed value is a version byte, a random nonce of 24 bytes and the ciphertext with its tag. Its
//! associated data is the identity of the row that it belongs to: moved to another row it does not open.

use chacha20poly1305::aead::{Aead, KeyInit, OsRng, Payload, rand_core::RngCore};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use nameless_domain::ids::{PairId, UserId};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const VERSION: u8 = 1;

/// A sealed value did not open, or a key could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// Wrong key, wrong row, or altered bytes; which of them cannot be told.
    #[error("a sealed value does not open: wrong key, wrong row or altered bytes")]
    DoesNotOpen,
    /// Made by a newer version of this program, or not sealed at all.
    #[error("a sealed value has an unknown form")]
    UnknownForm,
}

/// The keys that never leave the process: the key-encryption key and what is derived from it.
pub struct Keys {
    kek: SealingKey,
    hashing: SecretBox<[u8; KEY_BYTES]>,
}

impl Keys {
    /// Takes the key-encryption key.
    pub fn new(kek: SecretBox<[u8; KEY_BYTES]>) -> Keys {
        let derived = hmac(kek.expose_secret(), b"nameless user hash");
        Keys { kek: SealingKey::from_bytes(kek.expose_secret()), hashing: SecretBox::new(Box::new(derived)) }
    }

    /// Makes a new data key and its wrapped form for the row named by `aad`.
    pub(super) fn generate(&self, aad: &[u8]) -> Result<(SealingKey, Vec<u8>), CryptoError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        OsRng.fill_bytes(bytes.as_mut());
        let wrapped = self.kek.seal(bytes.as_ref(), aad)?;
        Ok((SealingKey::from_bytes(&bytes), wrapped))
    }

    /// Opens a wrapped data key.
    pub(super) fn unwrap(&self, wrapped: &[u8], aad: &[u8]) -> Result<SealingKey, CryptoError> {
        let bytes = Zeroizing::new(self.kek.open(wrapped, aad)?);
        let bytes: &[u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| CryptoError::UnknownForm)?;
        Ok(SealingKey::from_bytes(bytes))
    }

    /// A constant under the key-encryption key, see [`Keys::fits`].
    pub(super) fn check_value(&self) -> Result<Vec<u8>, CryptoError> {
        self.kek.seal(b"nameless", b"key check")
    }

    /// Whether a value of [`Keys::check_value`] was made with this key.
    pub(super) fn fits(&self, check: &[u8]) -> bool {
        self.kek.open(check, b"key check").is_ok()
    }

    /// An accepted update on its way between nodes, bound to its id.
    pub(crate) fn seal_update(&self, update_id: i64, raw: &str) -> Result<Vec<u8>, CryptoError> {
        self.kek.seal(raw.as_bytes(), &update_aad(update_id))
    }

    /// Opens what [`Keys::seal_update`] made.
    pub(crate) fn open_update(&self, update_id: i64, sealed: &[u8]) -> Result<Arc<str>, CryptoError> {
        let plain = self.kek.open(sealed, &update_aad(update_id))?;
        let text = String::from_utf8(plain).map_err(|_| CryptoError::UnknownForm)?;
        Ok(text.into())
    }

    /// A value on its way into a cache, bound to its key there.
    pub(crate) fn seal_cached(&self, key: &str, plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.kek.seal(plain, &cached_aad(key))
    }

    /// Opens what [`Keys::seal_cached`] made.
    pub(crate) fn open_cached(&self, key: &str, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.kek.open(sealed, &cached_aad(key))
    }

    /// A user as a hash that means nothing without the key.
    pub(super) fn user_hash(&self, user: UserId) -> Vec<u8> {
        hmac(self.hashing.expose_secret(), &user.0.to_be_bytes()).to_vec()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([REDACTED])")
    }
}

/// A key that seals and opens. Wiped from memory when dropped.
#[derive(Clone)]
pub(super) struct SealingKey(XChaCha20Poly1305);

impl SealingKey {
    fn from_bytes(bytes: &[u8; KEY_BYTES]) -> SealingKey {
        SealingKey(XChaCha20Poly1305::new(bytes.into()))
    }

    /// Seals `plain` for the row named by `aad`.
    pub(super) fn seal(&self, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut nonce = [0; NONCE_BYTES];
        OsRng.fill_bytes(&mut nonce);
        // Only fails for values of 256 GB and more.
        let text = self
            .0
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad })
            .map_err(|_| CryptoError::DoesNotOpen)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + text.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens what [`SealingKey::seal`] made with the same key for the same row.
    pub(super) fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (nonce, text) = match sealed {
            [VERSION, rest @ ..] => rest.split_at_checked(NONCE_BYTES).ok_or(CryptoError::UnknownForm)?,
            _ => return Err(CryptoError::UnknownForm),
        };
        self.0
            .decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad })
            .map_err(|_| CryptoError::DoesNotOpen)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey([REDACTED])")
    }
}

/// Identity of a user's wrapped key.
pub(super) fn user_key_aad(user: UserId) -> Vec<u8> {
    format!("user:{}", user.0).into_bytes()
}

/// Identity of a history row: its whole primary key.
pub(super) fn history_aad(pair: PairId, side: i16, message: i32, edit: i32, at: i64) -> [u8; 34] {
    let mut aad = [0; 34];
    aad[..8].copy_from_slice(b"history:");
    aad[8..16].copy_from_slice(&pair.0.to_be_bytes());
    aad[16..18].copy_from_slice(&side.to_be_bytes());
    aad[18..22].copy_from_slice(&message.to_be_bytes());
    aad[22..26].copy_from_slice(&edit.to_be_bytes());
    aad[26..34].copy_from_slice(&at.to_be_bytes());
    aad
}

/// Identity of a report's key and of its evidence.
pub(super) fn report_aad(report: i64) -> Vec<u8> {
    format!("report:{report}").into_bytes()
}

fn update_aad(update_id: i64) -> Vec<u8> {
    format!("update:{update_id}").into_bytes()
}

/// Identity of a cached value.
fn cached_aad(key: &str) -> Vec<u8> {
    format!("cached:{key}").into_bytes()
}

/// Identity of a dead letter.
pub(super) fn dead_letter_aad(seq: i64) -> Vec<u8> {
    format!("dead letter:{seq}").into_bytes()
}

fn hmac(key: &[u8; KEY_BYTES], text: &[u8]) -> [u8; KEY_BYTES] {
    // HMAC fills short keys up to its block of 64 bytes with zeros.
    let mut block = Zeroizing::new([0; 64]);
    block[..KEY_BYTES].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::new(SecretBox::new(Box::new([byte; KEY_BYTES])))
    }

    #[test]
    fn opens_only_with_the_same_key_for_the_same_row() {
        let (key, wrapped) = keys(1).generate(&user_key_aad(UserId(7))).unwrap();
        let row = history_aad(PairId(1), 0, 5, 0, 99);
        let sealed = key.seal(b"hello", &row).unwrap();

        let again = keys(1).unwrap(&wrapped, &user_key_aad(UserId(7))).unwrap();
        assert_eq!(again.open(&sealed, &row).unwrap(), b"hello");

        // Moved to any other row: every part of the identity counts.
        for other in [
            history_aad(PairId(2), 0, 5, 0, 99),
            history_aad(PairId(1), 1, 5, 0, 99),
            history_aad(PairId(1), 0, 6, 0, 99),
            history_aad(PairId(1), 0, 5, 1, 99),
            history_aad(PairId(1), 0, 5, 0, 98),
        ] {
            assert_eq!(again.open(&sealed, &other), Err(CryptoError::DoesNotOpen));
        }
        // A key moved to another user, and another key-encryption key.
        assert_eq!(keys(1).unwrap(&wrapped, &user_key_aad(UserId(8))).err(), Some(CryptoError::DoesNotOpen));
        assert_eq!(keys(2).unwrap(&wrapped, &user_key_aad(UserId(7))).err(), Some(CryptoError::DoesNotOpen));
        // Another user's key, altered bytes, no form at all.
        let (stranger, _) = keys(1).generate(&user_key_aad(UserId(8))).unwrap();
        assert_eq!(stranger.open(&sealed, &row), Err(CryptoError::DoesNotOpen));
        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(key.open(&altered, &row), Err(CryptoError::DoesNotOpen));
        assert_eq!(key.open(b"", &row), Err(CryptoError::UnknownForm));
        assert_eq!(key.open(&sealed[..10], &row), Err(CryptoError::UnknownForm));
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let (key, _) = keys(1).generate(b"x").unwrap();
        assert_ne!(key.seal(b"hello", b"row").unwrap(), key.seal(b"hello", b"row").unwrap());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let keys = keys(65);
        let (key, _) = keys.generate(b"x").unwrap();
        assert_eq!(format!("{keys:?} {key:?}"), "Keys([REDACTED]) SealingKey([REDACTED])");
    }

    #[test]
    fn hashes_depend_on_the_key() {
        assert_eq!(keys(1).user_hash(UserId(5)), keys(1).user_hash(UserId(5)));
        assert_ne!(keys(1).user_hash(UserId(5)), keys(1).user_hash(UserId(6)));
        assert_ne!(keys(1).user_hash(UserId(5)), keys(2).user_hash(UserId(5)));
    }

    #[test]
    fn a_wrong_key_is_told_by_the_check_value() {
        let check = keys(1).check_value().unwrap();
        assert!(keys(1).fits(&check));
        assert!(!keys(2).fits(&check));
    }
}
