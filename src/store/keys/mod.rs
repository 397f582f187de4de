//! Encryption at rest: one data key per user, each wrapped by the key-encryption key, and what is
//! derived from that one. What a sealed value is bound to (its associated data) is said where its
//! row is kept.

mod file;
mod sealing;
mod segment;

pub use file::{KEY_FILE, KeyError};
pub use sealing::{CryptoError, KEY_BYTES};
pub(crate) use sealing::{Nonces, SealingKey};
pub(crate) use segment::{SEAL_BYTES, SegmentKey};

use hmac::{Hmac, Mac};
use nameless_domain::ids::UserId;
use sealing::fill_random;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;

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

    /// The key for what belongs to nobody.
    pub(crate) fn kek(&self) -> &SealingKey {
        &self.kek
    }

    /// Makes a new data key and its wrapped form for the row named by `aad`.
    pub(crate) fn generate(&self, aad: &[u8]) -> Result<(SealingKey, Vec<u8>), CryptoError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(bytes.as_mut())?;
        let wrapped = self.kek.seal(bytes.as_ref(), aad)?;
        Ok((SealingKey::from_bytes(&bytes), wrapped))
    }

    /// Opens a wrapped data key.
    pub(crate) fn unwrap(&self, wrapped: &[u8], aad: &[u8]) -> Result<SealingKey, CryptoError> {
        let bytes = Zeroizing::new(self.kek.open(wrapped, aad)?);
        let bytes: &[u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| CryptoError::UnknownForm)?;
        Ok(SealingKey::from_bytes(bytes))
    }

    /// A constant under the key-encryption key, see [`Keys::fits`].
    pub(crate) fn check_value(&self) -> Result<Vec<u8>, CryptoError> {
        self.kek.seal(b"nameless", b"key check")
    }

    /// Whether a value of [`Keys::check_value`] was made with this key.
    pub(crate) fn fits(&self, check: &[u8]) -> bool {
        self.kek.open(check, b"key check").is_ok()
    }

    /// An accepted update on its way between nodes, bound to its id.
    pub(crate) fn seal_update(&self, update_id: i64, raw: &str) -> Result<Vec<u8>, CryptoError> {
        self.seal_update_with(&mut Nonces::draw(1)?, update_id, raw)
    }

    /// The same, one of a batch.
    pub(crate) fn seal_update_with(
        &self,
        nonces: &mut Nonces,
        update_id: i64,
        raw: &str,
    ) -> Result<Vec<u8>, CryptoError> {
        self.kek.seal_with(nonces, raw.as_bytes(), &update_aad(update_id))
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

    /// A user who was turned away, as a hash. Another one than [`Keys::user_hash`], so that the two
    /// tables tell nothing of each other.
    pub(crate) fn turned_away_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"turned away:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing.expose_secret(), &text).to_vec()
    }

    /// A user as a hash that means nothing without the key.
    pub(crate) fn user_hash(&self, user: UserId) -> Vec<u8> {
        hmac(self.hashing.expose_secret(), &user.0.to_be_bytes()).to_vec()
    }

    /// A user as the audit log and bans name them. Another hash than the others, so that the tables
    /// tell nothing of each other.
    pub(crate) fn subject_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"subject:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing.expose_secret(), &text).to_vec()
    }

    /// A user as payments and the ledger name them.
    pub(crate) fn payer_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"payer:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing.expose_secret(), &text).to_vec()
    }

    /// A user as the books of the companions name them.
    pub(crate) fn spender_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"spender:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing.expose_secret(), &text).to_vec()
    }

    /// What proves that an entry of the audit log was written by who has the key.
    pub(crate) fn audit_mac(&self, seq: i64, hash: &[u8]) -> Vec<u8> {
        let mut text = b"audit:".to_vec();
        text.extend_from_slice(&seq.to_be_bytes());
        text.extend_from_slice(hash);
        hmac(self.hashing.expose_secret(), &text).to_vec()
    }

    /// 256 bits that nobody can guess.
    pub(crate) fn random() -> Result<[u8; KEY_BYTES], CryptoError> {
        let mut bytes = [0; KEY_BYTES];
        fill_random(&mut bytes)?;
        Ok(bytes)
    }

    /// The name of a laundered copy's row and the key that opens it, both made from the original's
    /// `file_unique_id`: without that one, neither can be had.
    pub(crate) fn copy_keys(&self, bot: i64, original: &str) -> ([u8; KEY_BYTES], SealingKey) {
        let of = |what: &str| {
            hmac(self.hashing.expose_secret(), format!("{what} of a copy:{bot}:{original}").as_bytes())
        };
        (of("name"), SealingKey::from_bytes(&Zeroizing::new(of("key"))))
    }

    /// The name under which it is kept what was seen of a picture: who does not know the picture's
    /// `file_unique_id` does not find it.
    pub(crate) fn photo_name(&self, unique_id: &str) -> [u8; KEY_BYTES] {
        hmac(self.hashing.expose_secret(), format!("name of a photo:{unique_id}").as_bytes())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([REDACTED])")
    }
}

fn update_aad(update_id: i64) -> Vec<u8> {
    format!("update:{update_id}").into_bytes()
}

/// Identity of a cached value.
fn cached_aad(key: &str) -> Vec<u8> {
    format!("cached:{key}").into_bytes()
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
    use crate::store::aggregates::{history, user_key};
    use nameless_domain::ids::PairId;

    fn keys(byte: u8) -> Keys {
        Keys::new(SecretBox::new(Box::new([byte; KEY_BYTES])))
    }

    #[test]
    fn opens_only_with_the_same_key_for_the_same_row() {
        let (key, wrapped) = keys(1).generate(&user_key::aad(UserId(7))).unwrap();
        let row = history::aad(PairId(1), 0, 5, 0, 99);
        let sealed = key.seal(b"hello", &row).unwrap();

        let again = keys(1).unwrap(&wrapped, &user_key::aad(UserId(7))).unwrap();
        assert_eq!(again.open(&sealed, &row).unwrap(), b"hello");

        // Moved to any other row: every part of the identity counts.
        for other in [
            history::aad(PairId(2), 0, 5, 0, 99),
            history::aad(PairId(1), 1, 5, 0, 99),
            history::aad(PairId(1), 0, 6, 0, 99),
            history::aad(PairId(1), 0, 5, 1, 99),
            history::aad(PairId(1), 0, 5, 0, 98),
        ] {
            assert_eq!(again.open(&sealed, &other), Err(CryptoError::DoesNotOpen));
        }
        // A key moved to another user, and another key-encryption key.
        assert_eq!(keys(1).unwrap(&wrapped, &user_key::aad(UserId(8))).err(), Some(CryptoError::DoesNotOpen));
        assert_eq!(keys(2).unwrap(&wrapped, &user_key::aad(UserId(7))).err(), Some(CryptoError::DoesNotOpen));
        // Another user's key, altered bytes, no form at all.
        let (stranger, _) = keys(1).generate(&user_key::aad(UserId(8))).unwrap();
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
        assert_ne!(keys(1).user_hash(UserId(5)), keys(1).turned_away_hash(UserId(5)));
        assert_ne!(keys(1).subject_hash(UserId(5)), keys(1).user_hash(UserId(5)));
        assert_ne!(keys(1).subject_hash(UserId(5)), keys(1).subject_hash(UserId(6)));
        assert_ne!(keys(1).subject_hash(UserId(5)), keys(2).subject_hash(UserId(5)));
        assert_ne!(keys(1).audit_mac(1, b"x"), keys(1).audit_mac(2, b"x"));
        assert_ne!(keys(1).audit_mac(1, b"x"), keys(2).audit_mac(1, b"x"));
        assert_ne!(keys(1).turned_away_hash(UserId(5)), keys(1).turned_away_hash(UserId(6)));
        assert_ne!(keys(1).turned_away_hash(UserId(5)), keys(2).turned_away_hash(UserId(5)));
    }

    #[test]
    fn a_wrong_key_is_told_by_the_check_value() {
        let check = keys(1).check_value().unwrap();
        assert!(keys(1).fits(&check));
        assert!(!keys(2).fits(&check));
    }
}
