//! Which laundered copy stands for a file, so that a favourite sticker is uploaded once.

use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Handles of laundered copies by the original's `file_unique_id`. Bounded: the least recently used
/// goes first, and is uploaded anew when it comes again.
#[derive(Debug)]
pub(super) struct Copies {
    capacity: usize,
    /// Original -> (handle of the copy, last use).
    by_original: FxHashMap<String, (String, u64)>,
    /// Last use -> original.
    by_use: BTreeMap<u64, String>,
    uses: u64,
}

impl Copies {
    pub(super) fn new(capacity: usize) -> Copies {
        Copies { capacity, by_original: FxHashMap::default(), by_use: BTreeMap::new(), uses: 0 }
    }

    /// The handle of the copy; counts as a use.
    pub(super) fn get(&mut self, original: &str) -> Option<String> {
        let (copy, used) = self.by_original.get_mut(original)?;
        self.uses += 1;
        if let Some(name) = self.by_use.remove(used) {
            self.by_use.insert(self.uses, name);
        }
        *used = self.uses;
        Some(copy.clone())
    }

    /// Notes a copy, in place of an earlier one.
    pub(super) fn insert(&mut self, original: &str, copy: String) {
        self.remove(original);
        self.uses += 1;
        self.by_original.insert(original.to_owned(), (copy, self.uses));
        self.by_use.insert(self.uses, original.to_owned());
        if self.by_use.len() > self.capacity
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.by_original.remove(&oldest);
        }
    }

    /// Forgets a copy that Telegram does not know any more.
    pub(super) fn remove(&mut self, original: &str) {
        if let Some((_, used)) = self.by_original.remove(original) {
            self.by_use.remove(&used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut copies = Copies::new(2);
        copies.insert("a", "1".into());
        copies.insert("b", "2".into());
        assert_eq!(copies.get("a").as_deref(), Some("1"));
        copies.insert("c", "3".into());
        assert_eq!(copies.get("b"), None);
        copies.insert("a", "4".into());
        assert_eq!(copies.get("a").as_deref(), Some("4"));
        copies.remove("c");
        assert_eq!((copies.get("c"), copies.by_use.len()), (None, 1));
    }
}
