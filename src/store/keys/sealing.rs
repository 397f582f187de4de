//! How a value is sealed: XChaCha20-Poly1305 under one key.
//!
//! A sealed value is a version byte, a random nonce of 24 bytes and the ciphertext with its tag.
//! Its associated data is the identity of the row that it belongs to: moved to another row it does
//! not open.
//!
//! XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key of the value's own, which HChaCha20 makes of
//! the key and the nonce's first 16 bytes. So the work is done by the assembly of `ring`, at a
//! third of the instructions that it takes in Rust.

use chacha20::cipher::consts::U10;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::zeroize::{Zeroize, Zeroizing};
use std::fmt;

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
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), CryptoError> {
    SystemRandom::new().fill(bytes).map_err(|_| CryptoError::NoRandomness)
}

/// Random nonces, each to be used once. Those of a batch are drawn together: a system call for each
/// costs more than the sealing.
pub(crate) struct Nonces(Vec<[u8; NONCE_BYTES]>);

impl Nonces {
    /// Draws so many.
    pub(crate) fn draw(count: usize) -> Result<Nonces, CryptoError> {
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

/// A key that seals and opens. Wiped from memory when dropped.
///
/// What is made of it for one value is not: neither HChaCha20 nor `ring` wipes what it leaves on
/// the stack. That opens the one value, whose text was in memory as well.
#[derive(Clone)]
pub(crate) struct SealingKey(Zeroizing<[u8; KEY_BYTES]>);

impl SealingKey {
    pub(super) fn from_bytes(bytes: &[u8; KEY_BYTES]) -> SealingKey {
        SealingKey(Zeroizing::new(*bytes))
    }

    /// Its bytes, for a cipher with nonces of its own.
    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
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
    pub(crate) fn seal(&self, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.seal_with(&mut Nonces::draw(1)?, plain, aad)
    }

    /// The same with a nonce of the batch's.
    pub(crate) fn seal_with(
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
    pub(crate) fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20poly1305::XChaCha20Poly1305;
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Sealed by the `chacha20poly1305` crate of RustCrypto, which sealed all values before `ring`
    /// did: the key is 00 to 1f, the nonce 64 to 7b.
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
}
