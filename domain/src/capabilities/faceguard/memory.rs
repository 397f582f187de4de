//! What was seen lately, by a picture's `file_unique_id`.

use super::{Decision, Hash, Reason, SAME_UPLOAD, Seen, Verdict};
use rustc_hash::FxHashMap;

/// Verdicts of pictures that were seen lately, and the hashes of those that are banned. Bounded:
/// two generations; what nobody asked for since the last change of generations goes with the next.
#[derive(Debug)]
pub struct Memory {
    capacity: usize,
    young: FxHashMap<Box<str>, Known>,
    old: FxHashMap<Box<str>, Known>,
    banned: Vec<Hash>,
    allowed: Vec<Hash>,
    /// Raised by each other list of banned or allowed pictures.
    list: u32,
}

/// A picture.
#[derive(Clone, Copy, Debug)]
struct Known {
    seen: Seen,
    /// With what is banned, by the list of this number: a long list is gone through once.
    judged: (u32, Verdict),
}

impl Memory {
    /// Of at most so many pictures.
    pub fn new(capacity: usize) -> Memory {
        let (young, old, banned, allowed) = Default::default();
        Memory { capacity: capacity.max(2), young, old, banned, allowed, list: 0 }
    }

    /// What is known of a picture.
    pub fn recall(&mut self, unique_id: &str) -> Option<Seen> {
        self.known(unique_id).map(|known| known.seen)
    }

    fn known(&mut self, unique_id: &str) -> Option<Known> {
        let mut known = match self.young.get(unique_id) {
            Some(known) if known.judged.0 == self.list => return Some(*known),
            Some(known) => *known,
            None => *self.old.get(unique_id)?,
        };
        if known.judged.0 != self.list {
            known.judged = (self.list, self.judge(known.seen));
        }
        let name = self.old.remove_entry(unique_id).map_or_else(|| unique_id.into(), |(name, _)| name);
        self.insert(name, known);
        Some(known)
    }

    /// A picture was looked at. What could not be found out is asked again the next time.
    pub fn note(&mut self, unique_id: &str, seen: Seen) {
        if seen.verdict.decision() != Decision::Unchecked {
            let judged = (self.list, self.judge(seen));
            self.old.remove(unique_id);
            self.insert(unique_id.into(), Known { seen, judged });
        }
    }

    fn insert(&mut self, name: Box<str>, known: Known) {
        if self.young.len() >= self.capacity / 2 && !self.young.contains_key(&name) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, known);
    }

    /// What is to be done with a picture because of what is known of it: its own verdict, and
    /// whether it is banned. None if nothing is known.
    pub fn verdict(&mut self, unique_id: &str) -> Option<Verdict> {
        self.known(unique_id).map(|known| known.judged.1)
    }

    /// What was seen, with what the operators say: a ban counts whatever was seen, an approval
    /// where there was doubt.
    pub fn judge(&self, seen: Seen) -> Verdict {
        let Some(hash) = seen.hash else { return seen.verdict };
        if self.banned.iter().any(|banned| banned.is_like(&hash)) {
            return seen.verdict.and(Reason::Banned);
        }
        let is_in_doubt = seen.verdict.decision() == Decision::Suspicious;
        let is_allowed = |hash| self.allowed.iter().any(|allowed| allowed.distance(hash) <= SAME_UPLOAD);
        if is_in_doubt && is_allowed(&hash) { Verdict::APPROVED } else { seen.verdict }
    }

    /// What the operators say is fine, by now.
    pub fn allow(&mut self, allowed: Vec<Hash>) {
        if self.allowed != allowed {
            self.allowed = allowed;
            self.list = self.list.wrapping_add(1);
        }
    }

    /// What the operators banned, by now.
    pub fn ban(&mut self, banned: Vec<Hash>) {
        if self.banned != banned {
            self.banned = banned;
            self.list = self.list.wrapping_add(1);
        }
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
