//! Keys: what opens with which, and what is told by a hash.

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
fn keys_are_told_apart_by_their_fingerprints() {
    let both = keys(2).or(keys(1));
    let (one, two) = (keys(1).fingerprints(), keys(2).fingerprints());
    assert!(one != two && one[0].len() == 16);
    assert_eq!(both.fingerprints(), [two[0].clone(), one[0].clone()]);
    // Under the old one both are needed, under the new one that alone.
    assert!(both.adopt(&keys(1).check_value().unwrap(), None));
    assert_eq!(both.fingerprints_needed(), [one[0].clone(), two[0].clone()]);
    let (check, hashing) = both.exchanged().unwrap();
    assert!(both.adopt(&check, Some(&hashing)));
    assert_eq!(both.fingerprints_needed(), [two[0].clone(), two[0].clone()]);
}

#[test]
fn a_wrong_key_is_told_by_the_check_value() {
    let check = keys(1).check_value().unwrap();
    assert!(keys(1).adopt(&check, None));
    assert!(!keys(2).adopt(&check, None));
}

#[test]
fn hashes_outlive_the_key() {
    let user = UserId(5);
    let hash = keys(1).user_hash(user);
    let (check, aad) = (keys(1).check_value().unwrap(), user_key::aad(user));
    let (_, wrapped) = keys(1).generate(&aad).unwrap();

    // Both are known, and the database is still under the old one.
    let both = keys(2).or(keys(1));
    assert!(both.adopt(&check, None));
    assert_eq!(both.user_hash(user), hash);
    let (_, meanwhile) = both.generate(&aad).unwrap();
    assert!(keys(1).unwrap(&meanwhile, &aad).is_ok(), "nodes that know the old one only can read it");

    // It is exchanged: new values are under the new one, and both are read.
    let (check, hashing) = both.exchanged().unwrap();
    assert!(both.adopt(&check, Some(&hashing)));
    let (_, fresh) = both.generate(&aad).unwrap();
    assert!(keys(1).unwrap(&fresh, &aad).is_err());
    assert!(both.unwrap(&wrapped, &aad).is_ok() && both.unwrap(&fresh, &aad).is_ok());

    // The old one is gone, and hashes are what they were; once more, too.
    let new = keys(2);
    assert!(new.adopt(&check, Some(&hashing)));
    assert_eq!(new.user_hash(user), hash);
    let third = keys(3).or(keys(2));
    assert!(third.adopt(&check, Some(&hashing)));
    let (check, hashing) = third.exchanged().unwrap();
    let third = keys(3);
    assert!(third.adopt(&check, Some(&hashing)));
    assert_eq!(third.user_hash(user), hash);
    assert!(!keys(1).adopt(&check, Some(&hashing)));
}

#[test]
fn a_backup_is_signed_by_one_of_the_keys() {
    let mac = keys(1).sign_backup(b"manifest");
    assert!(keys(1).has_signed_backup(b"manifest", &mac));
    assert!(keys(2).or(keys(1)).has_signed_backup(b"manifest", &mac));
    assert!(!keys(2).has_signed_backup(b"manifest", &mac));
    assert!(!keys(1).has_signed_backup(b"manifesto", &mac));
    assert!(!keys(1).has_signed_backup(b"manifest", &mac[..31]));
}
