//! The key-encryption key, or two of them while it is exchanged.

use super::sealing::{CryptoError, Nonces, SealingKey};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seals with one key and opens with any.
pub(crate) struct Kek {
    /// The configured one first, then the one from before.
    keys: Vec<SealingKey>,
    /// The one that seals.
    current: AtomicUsize,
}

impl Kek {
    pub(super) fn new(key: SealingKey) -> Kek {
        Kek { keys: vec![key], current: AtomicUsize::new(0) }
    }

    /// The same with those of another, behind its own.
    pub(super) fn or(mut self, old: Kek) -> Kek {
        self.keys.extend(old.keys);
        self
    }

    /// Whether the key is being exchanged.
    pub(crate) fn is_exchanged(&self) -> bool {
        self.keys.len() > 1
    }

    /// Whether the configured key seals; false as long as the database is still under the one from
    /// before.
    pub(crate) fn is_newest(&self) -> bool {
        self.current.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn newest(&self) -> &SealingKey {
        &self.keys[0]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &SealingKey> {
        self.keys.iter()
    }

    /// The key that seals.
    pub(crate) fn sealing(&self) -> &SealingKey {
        &self.keys[self.current.load(Ordering::Relaxed)]
    }

    /// From now on seals with the key that opens `check`; false if none does.
    pub(super) fn follow(&self, check: &[u8], aad: &[u8]) -> bool {
        let fits = self.keys.iter().position(|key| key.open(check, aad).is_ok());
        fits.inspect(|current| self.current.store(*current, Ordering::Relaxed)).is_some()
    }

    /// Seals `plain` for the row named by `aad`.
    pub(crate) fn seal(&self, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.sealing().seal(plain, aad)
    }

    /// The same with a nonce of the batch's.
    pub(crate) fn seal_with(
        &self,
        nonces: &mut Nonces,
        plain: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.sealing().seal_with(nonces, plain, aad)
    }

    /// Opens what any of the keys has sealed for this row.
    pub(crate) fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut opened = self.sealing().open(sealed, aad);
        for key in &self.keys {
            if opened == Err(CryptoError::DoesNotOpen) && self.is_exchanged() {
                opened = key.open(sealed, aad);
            }
        }
        opened
    }

    /// The value under the newest key; none if it is under it already.
    pub(crate) fn renew(&self, sealed: &[u8], aad: &[u8]) -> Result<Option<Vec<u8>>, CryptoError> {
        match self.newest().open(sealed, aad) {
            Ok(_) => Ok(None),
            Err(_) => self.newest().seal(&self.open(sealed, aad)?, aad).map(Some),
        }
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kek([REDACTED])")
    }
}
