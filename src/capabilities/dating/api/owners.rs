//! Whose sessions were shown lately. A session's owner never changes, so with that known the
//! database is asked at once whether it is good, what bars its owner, and for next cards what lies
//! before them: one way instead of three. Nobody is let in by what is remembered here.

use nameless_actors::kernel::lock;
use nameless_domain::ids::UserId;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Mutex;

/// Sessions that are remembered, at most. A table that is full is forgotten.
const MOST: usize = 20_000;

/// Owners by the SHA-256 of a session's secret.
#[derive(Default)]
pub(super) struct Owners(Mutex<HashMap<[u8; 32], UserId>>);

impl Owners {
    /// Whose it was when it was good last.
    pub fn of(&self, token: &str) -> Option<UserId> {
        lock(&self.0).get(&name(token)).copied()
    }

    /// Remembers whose one is that is good, and forgets one that is not.
    pub fn keep(&self, token: &str, owner: Option<UserId>) {
        let mut owners = lock(&self.0);
        let Some(owner) = owner else {
            owners.remove(&name(token));
            return;
        };
        if owners.len() >= MOST && !owners.contains_key(&name(token)) {
            owners.clear();
        }
        owners.insert(name(token), owner);
    }
}

fn name(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_remembered_within_bounds_and_bad_ones_forgotten() {
        let owners = Owners::default();
        owners.keep("a", Some(UserId(1)));
        assert_eq!((owners.of("a"), owners.of("b")), (Some(UserId(1)), None));
        owners.keep("a", None);
        assert_eq!(owners.of("a"), None);
        for n in 0..=MOST {
            owners.keep(&n.to_string(), Some(UserId(1)));
        }
        assert!(lock(&owners.0).len() <= MOST);
        assert_eq!(owners.of(&MOST.to_string()), Some(UserId(1)));
    }
}
