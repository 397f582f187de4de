//! Rows for data sets that benches are measured on: what is sealed in them is made here.

use super::people::{Words, words_aad};
use crate::store::aggregates::user_key;
use crate::store::keys::{CryptoError, Keys};
use nameless_domain::ids::UserId;

/// Somebody's new key, wrapped, and the words of their card, sealed under it.
pub(crate) fn sealed(
    keys: &Keys,
    user: UserId,
    (name, bio): (String, String),
) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
    let (key, wrapped) = keys.generate(&user_key::aad(user))?;
    let words = serde_json::to_vec(&Words { name, bio, ..Words::default() }).unwrap_or_default();
    Ok((wrapped, key.seal(&words, &words_aad(user))?))
}
