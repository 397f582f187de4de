//! Encryption at rest: XChaCha20-Poly1305, one data key per user, each wrapped by the key-encryption key.
//!
//! A sealed value is a version byte, a random nonce of 24 bytes and the ciphertext with its tag. Its
//! associated data is the identity of the row that it belongs to: moved to another row it does not open.
//!
//! XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key of the value's own, which HChaCha20 makes of the key and the
//! nonce's first 16 bytes. So the work is done by the assembly of `ring`, at a third of the instructions that it takes
//! in Rust.

use chacha20::cipher::consts::U10;
use hmac::{Hmac, Mac};
use nameless_domain::ids::{PairId, UserId};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::zeroize::{Zeroize, Zeroizing};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::fmt;
use std::sync::Arc;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
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
    /// The system gives no random bytes: nothing can be sealed until it does.
    #[error(
        "the system gives no random bytes (getrandom, /dev/urandom): nothing can be encrypted until it does"
    )]
    NoRandomness,
}

/// Fills `bytes` from the system's source.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), CryptoError> {
    SystemRandom::new().fill(bytes).map_err(|_| CryptoError::NoRandomness)
}

/// Random nonces, each to be used once. Those of a batch are drawn together: a system call for each costs more than the
/// sealing.
pub(super) struct Nonces(Vec<[u8; NONCE_BYTES]>);

impl Nonces {
    /// Draws so many.
    pub(super) fn draw(count: usize) -> Result<Nonces, CryptoError> {
        let mut nonces = vec![[0; NONCE_BYTES]; count];
        fill_random(nonces.as_flattened_mut())?;
        Ok(Nonces(nonces))
    }

    /// One that was never given before, drawn by itself if those of the batch are used up.
    fn take(&mut self) -> Result<[u8; NONCE_BYTES], CryptoError> {
        if let Some(nonce) = self.0.pop() {
            return Ok(nonce);
        }
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce)?;
        Ok(nonce)
    }
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

    /// The key for what belongs to nobody.
    pub(super) fn kek(&self) -> &SealingKey {
        &self.kek
    }

    /// Makes a new data key and its wrapped form for the row named by `aad`.
    pub(super) fn generate(&self, aad: &[u8]) -> Result<(SealingKey, Vec<u8>), CryptoError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(bytes.as_mut())?;
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
        self.seal_update_with(&mut Nonces::draw(1)?, update_id, raw)
    }

    /// The same, one of a batch.
    pub(super) fn seal_update_with(
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

    /// A user who was turned away, as a hash. Another one than [`Keys::user_hash`], so that the two tables tell nothing
    /// of each other.
    pub(super) fn turned_away_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"turned away:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing.expose_secret(), &text).to_vec()
    }

    /// A user as a hash that means nothing without the key.
    pub(super) fn user_hash(&self, user: UserId) -> Vec<u8> {
        hmac(self.hashing.expose_secret(), &user.0.to_be_bytes()).to_vec()
    }

    /// The name of a laundered copy's row and the key that opens it, both made from the original's `file_unique_id`:
    /// without that one, neither can be had.
    pub(super) fn copy_keys(&self, bot: i64, original: &str) -> ([u8; KEY_BYTES], SealingKey) {
        let of = |what: &str| {
            hmac(self.hashing.expose_secret(), format!("{what} of a copy:{bot}:{original}").as_bytes())
        };
        (of("name"), SealingKey::from_bytes(&Zeroizing::new(of("key"))))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([REDACTED])")
    }
}

/// A key that seals and opens. Wiped from memory when dropped.
///
/// What is made of it for one value is not: neither HChaCha20 nor `ring` wipes what it leaves on the stack. That opens
/// the one value, whose text was in memory as well.
#[derive(Clone)]
pub(super) struct SealingKey(Zeroizing<[u8; KEY_BYTES]>);

impl SealingKey {
    fn from_bytes(bytes: &[u8; KEY_BYTES]) -> SealingKey {
        SealingKey(Zeroizing::new(*bytes))
    }

    /// Its bytes, for a cipher with nonces of its own.
    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The key of the one value that has this nonce, and the nonce under it.
    fn for_value(&self, nonce: &[u8; NONCE_BYTES]) -> Result<(LessSafeKey, ring::aead::Nonce), CryptoError> {
        let (input, rest) = nonce.split_at(16);
        let mut subkey = chacha20::hchacha::<U10>((&*self.0).into(), input.into());
        let key = UnboundKey::new(&CHACHA20_POLY1305, &subkey);
        subkey.as_mut_slice().zeroize();
        let mut short = [0; 12];
        short[4..].copy_from_slice(rest);
        // Only a key of another length is refused.
        let key = key.map_err(|_| CryptoError::UnknownForm)?;
        Ok((LessSafeKey::new(key), ring::aead::Nonce::assume_unique_for_key(short)))
    }

    /// Seals `plain` for the row named by `aad`.
    pub(super) fn seal(&self, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.seal_with(&mut Nonces::draw(1)?, plain, aad)
    }

    /// The same with a nonce of the batch's.
    pub(super) fn seal_with(
        &self,
        nonces: &mut Nonces,
        plain: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let nonce = nonces.take()?;
        let (key, short) = self.for_value(&nonce)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + plain.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        // Only fails for values of 256 GB and more.
        let tag = key
            .seal_in_place_separate_tag(short, Aad::from(aad), &mut sealed[1 + NONCE_BYTES..])
            .map_err(|_| CryptoError::DoesNotOpen)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`SealingKey::seal`] made with the same key for the same row.
    pub(super) fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (nonce, text) = match sealed {
            [VERSION, rest @ ..] => rest.split_first_chunk().ok_or(CryptoError::UnknownForm)?,
            _ => return Err(CryptoError::UnknownForm),
        };
        let (key, short) = self.for_value(nonce)?;
        // In one place from the first to the last: what holds a key can be wiped as a whole.
        let mut text = text.to_vec();
        let opened = key.open_in_place(short, Aad::from(aad), &mut text);
        let length = opened.map_err(|_| CryptoError::DoesNotOpen)?.len();
        text.truncate(length);
        Ok(text)
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
    use chacha20poly1305::XChaCha20Poly1305;
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use proptest::collection::vec;
    use proptest::prelude::*;

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

    /// Sealed by the `chacha20poly1305` crate of RustCrypto, which sealed all values before `ring` did: the key is 00 to
    /// 1f, the nonce 64 to 7b.
    #[test]
    fn opens_what_was_sealed_before() {
        let key = SealingKey::from_bytes(&std::array::from_fn(|i| i as u8));
        let long: Vec<u8> = (0..=255).collect();
        let vectors: [(&[u8], &[u8], &str); 4] = [
            (b"", b"", "5203f844ae9b45d52e4e8d1ebc2295a8"),
            (b"hello", b"user:7", "141695dc9066799f920b6eee7b3b21b757222a82f8"),
            (
                &[b'a'; 64],
                b"history:row",
                "1d1298d19e4fe8e3e651fc5ec70edca83ada3310854dabd1ed3405c64a3f1971ca67221f4dd796a68b67047d35376930\
                 0f84b17efed355c7ae6e6a299ae9df0d1e30ccc573ca2c585f5937c1e1bd2ca9",
            ),
            (
                &long,
                b"update:1",
                "7c72fbb3fb2b8f858f399734aa62b3c64baa4062f039dca7944c7ebc3743660f8b27615d0893d1e0c22f4f37787b267e\
                 5ed4e22cab870291f7363173c7b58053169286a6942be26aa644f6df81b7c004a3bcd376dab695acc904f3cabacda2ea\
                 2c1cff149544be7468e56854fd5837fdc8115901e5d5dc2bd646699f297c5eb509f03f40ed4d5eebc469eae068a64197\
                 abd91b54cfad02dc8e8272714122a765efbf4bfe2834597917e262198c47868d319dc43a73e51108cff4031e5d9a7a12\
                 6a8f4893078acecc48ea77e0e507a9c70a9f464d7509d0d358b108ad02f20ad6c37669553ec6c217beefabc12acf1686\
                 0d9a38f321c5fff9b1b77b235231a16d5d6c099bd99e94eefc68f1a43f2b2f8c",
            ),
        ];
        for (plain, aad, text) in vectors {
            let text = text
                .as_bytes()
                .chunks(2)
                .map(|hex| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap());
            let sealed: Vec<u8> = [VERSION].into_iter().chain(100..124).chain(text).collect();
            assert_eq!(key.open(&sealed, aad).unwrap(), plain);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_another_implementation(
            key: [u8; KEY_BYTES],
            plain in vec(any::<u8>(), 0..1_000),
            aad in vec(any::<u8>(), 0..100),
        ) {
            let other = XChaCha20Poly1305::new(&key.into());
            let key = SealingKey::from_bytes(&key);

            let sealed = key.seal(&plain, &aad).unwrap();
            let (nonce, text) = sealed[1..].split_at(NONCE_BYTES);
            let opened = other.decrypt(nonce.into(), Payload { msg: text, aad: &aad });
            prop_assert_eq!(opened.unwrap(), plain.clone());

            let text = other.encrypt(nonce.into(), Payload { msg: &plain, aad: &aad }).unwrap();
            prop_assert_eq!(&sealed[1 + NONCE_BYTES..], &text);
        }
    }

    #[test]
    fn nonces_of_a_batch_differ_and_do_not_run_out() {
        let mut nonces = Nonces::draw(3).unwrap();
        let taken: std::collections::HashSet<_> = (0..6).map(|_| nonces.take().unwrap()).collect();
        assert_eq!(taken.len(), 6);
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
