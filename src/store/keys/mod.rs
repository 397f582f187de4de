//! Encryption at rest: one data key per user, each wrapped by the key-encryption key, and what is
//! derived from that one. What a sealed value is bound to (its associated data) is said where its
//! row is kept.

mod file;
mod kek;
mod sealing;
mod segment;

pub use file::{KEY_FILE, KeyError, OLD_KEY_FILE};
pub(crate) use kek::Kek;
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
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use subtle::ConstantTimeEq as _;

const CHECK: &[u8] = b"nameless";
const CHECK_AAD: &[u8] = b"key check";
const HASHING_AAD: &[u8] = b"hash key";

/// The keys that never leave the process: the key-encryption key and what is derived from it.
///
/// While the key is exchanged there are two: the one that seals is the one that the database says,
/// and both open ([`Kek`]). What hashes are made with does not change with it: who is banned and
/// who was erased is known by nothing but a hash.
pub struct Keys {
    kek: Kek,
    /// Made from the key, until the database has said what it is.
    derived: SecretBox<[u8; KEY_BYTES]>,
    adopted: OnceLock<SecretBox<[u8; KEY_BYTES]>>,
    left_out: AtomicU64,
}

impl Keys {
    /// Takes the key-encryption key.
    pub fn new(kek: SecretBox<[u8; KEY_BYTES]>) -> Keys {
        let derived = SecretBox::new(Box::new(hash_key(kek.expose_secret())));
        let kek = Kek::new(SealingKey::from_bytes(kek.expose_secret()));
        Keys { kek, derived, adopted: OnceLock::new(), left_out: AtomicU64::new(0) }
    }

    /// The same with the key from before, which opens as well.
    pub fn or(self, old: Keys) -> Keys {
        Keys { kek: self.kek.or(old.kek), ..self }
    }

    /// Counts a sealed value that cannot be read and is left out of what it was wanted for.
    pub(crate) fn leave_out(&self) {
        self.left_out.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were since the process began.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Short names of the keys that are there, the configured one first: the same for the same key,
    /// and nothing of it can be had from them.
    pub(crate) fn fingerprints(&self) -> Vec<String> {
        self.kek.all().map(fingerprint).collect()
    }

    /// Those of the key that seals and of the one that is to.
    pub(crate) fn fingerprints_needed(&self) -> [String; 2] {
        [self.kek.sealing(), self.kek.newest()].map(fingerprint)
    }

    /// The key for what belongs to nobody.
    pub(crate) fn kek(&self) -> &Kek {
        &self.kek
    }

    /// What hashes are made with.
    fn hashing(&self) -> &[u8; KEY_BYTES] {
        self.adopted.get().unwrap_or(&self.derived).expose_secret()
    }

    /// Goes by what the database says of itself: which key seals ([`Keys::check_value`]), and what
    /// hashes are made with, where a key was exchanged before. False under a key that is neither.
    pub(crate) fn adopt(&self, check: &[u8], hashing: Option<&[u8]>) -> bool {
        if !self.kek.follow(check, CHECK_AAD) {
            return false;
        }
        let hashing = match hashing {
            None => hash_key(self.kek.sealing().expose()),
            Some(sealed) => match self.unwrap(sealed, HASHING_AAD) {
                Ok(key) => *key.expose(),
                Err(_) => return false,
            },
        };
        // Never another one: it does not change.
        let _ = self.adopted.set(SecretBox::new(Box::new(hashing)));
        true
    }

    /// What the database has to say once it is sealed under the newer of two keys: the check value,
    /// and what hashes are made with.
    pub(crate) fn exchanged(&self) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        let newest = self.kek.newest();
        Ok((newest.seal(CHECK, CHECK_AAD)?, newest.seal(self.hashing(), HASHING_AAD)?))
    }

    /// Signs what a backup says of itself. With the key that a restore needs in any case.
    pub(crate) fn sign_backup(&self, text: &[u8]) -> [u8; KEY_BYTES] {
        backup_mac(self.kek.sealing(), text)
    }

    /// Whether one of the keys has signed this.
    pub(crate) fn has_signed_backup(&self, text: &[u8], mac: &[u8]) -> bool {
        self.kek.all().any(|key| bool::from(backup_mac(key, text).ct_eq(mac)))
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

    /// A constant under the key-encryption key: which one a database was written under is told by
    /// it, see [`Keys::adopt`].
    pub(crate) fn check_value(&self) -> Result<Vec<u8>, CryptoError> {
        self.kek.seal(CHECK, CHECK_AAD)
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
        hmac(self.hashing(), &text).to_vec()
    }

    /// A user as a hash that means nothing without the key.
    pub(crate) fn user_hash(&self, user: UserId) -> Vec<u8> {
        hmac(self.hashing(), &user.0.to_be_bytes()).to_vec()
    }

    /// A user as the audit log and bans name them. Another hash than the others, so that the tables
    /// tell nothing of each other.
    pub(crate) fn subject_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"subject:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing(), &text).to_vec()
    }

    /// A user as payments and the ledger name them.
    pub(crate) fn payer_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"payer:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing(), &text).to_vec()
    }

    /// A user as the books of the companions name them.
    pub(crate) fn spender_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"spender:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing(), &text).to_vec()
    }

    /// A user as it is drawn who gets no reminders. Another hash than the others: who is in that
    /// group tells nothing of a hash elsewhere.
    pub(crate) fn reminder_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"reminder:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing(), &text).to_vec()
    }

    /// A user as what outlives a profile of dating names them. Another hash than the others.
    pub(crate) fn dater_hash(&self, user: UserId) -> Vec<u8> {
        let mut text = b"dater:".to_vec();
        text.extend_from_slice(&user.0.to_be_bytes());
        hmac(self.hashing(), &text).to_vec()
    }

    /// The letters of what somebody says of themselves, to find them on other cards.
    pub(crate) fn echo_hash(&self, letters: &str) -> Vec<u8> {
        hmac(self.hashing(), format!("echo:{letters}").as_bytes()).to_vec()
    }

    /// What proves that an entry of the audit log was written by who has the key.
    pub(crate) fn audit_mac(&self, seq: i64, hash: &[u8]) -> Vec<u8> {
        let mut text = b"audit:".to_vec();
        text.extend_from_slice(&seq.to_be_bytes());
        text.extend_from_slice(hash);
        hmac(self.hashing(), &text).to_vec()
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
        let of = |what: &str| hmac(self.hashing(), format!("{what} of a copy:{bot}:{original}").as_bytes());
        (of("name"), SealingKey::from_bytes(&Zeroizing::new(of("key"))))
    }

    /// The name under which it is kept what was seen of a picture: who does not know the picture's
    /// `file_unique_id` does not find it.
    pub(crate) fn photo_name(&self, unique_id: &str) -> [u8; KEY_BYTES] {
        hmac(self.hashing(), format!("name of a photo:{unique_id}").as_bytes())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([REDACTED])")
    }
}

/// What hashes are made with, where it was never sealed by itself.
fn hash_key(kek: &[u8; KEY_BYTES]) -> [u8; KEY_BYTES] {
    hmac(kek, b"nameless user hash")
}

fn fingerprint(kek: &SealingKey) -> String {
    // Eight bytes tell keys apart; the key has 32 that nobody can guess.
    let hash = hmac(kek.expose(), b"nameless key fingerprint");
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn backup_mac(kek: &SealingKey, text: &[u8]) -> [u8; KEY_BYTES] {
    let key = Zeroizing::new(hmac(kek.expose(), b"nameless backup"));
    hmac(&key, text)
}

/// Identity of an accepted update.
pub(crate) fn update_aad(update_id: i64) -> Vec<u8> {
    format!("update:{update_id}").into_bytes()
}

/// Identity of a cached value.
fn cached_aad(key: &str) -> Vec<u8> {
    format!("cached:{key}").into_bytes()
}

impl SealingKey {
    /// A word as an index holds it: the same for the same word in the same place, and nothing to
    /// whoever has no key.
    pub(crate) fn blind(&self, place: i64, word: &str) -> Vec<u8> {
        let text = [b"word of an index".as_slice(), &place.to_be_bytes(), word.as_bytes()].concat();
        // Eight bytes: a few thousand words of a person do not meet by chance.
        hmac(self.expose(), &text)[..8].to_vec()
    }

    /// A name for something of the owner's: whoever has no key finds nothing by it, and cannot make
    /// it.
    pub(crate) fn name_of(&self, what: &str, thing: &[u8]) -> [u8; KEY_BYTES] {
        hmac(self.expose(), &[b"name of ".as_slice(), what.as_bytes(), b":", thing].concat())
    }
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
mod tests;
