//! What was seen lately, by what pictures look like: Telegram gives a photo that is uploaded anew
//! another `file_unique_id`.

use super::{Decision, Hash, Verdict};
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// Bits of 256 in which a picture may differ from an approved one to be approved as well. What
/// Telegram makes of one file differs in none or few; whoever paints something into a picture of
/// theirs has to change more.
pub const SAME_UPLOAD: u32 = 6;

/// Verdicts of pictures by what they look like. Bounded: the oldest make room.
#[derive(Debug)]
pub struct Hashes {
    capacity: usize,
    seen: VecDeque<(Hash, Verdict)>,
    known: FxHashSet<(Hash, Verdict)>,
}

impl Hashes {
    /// Of at most so many pictures.
    pub fn new(capacity: usize) -> Hashes {
        Hashes { capacity: capacity.max(1), seen: VecDeque::new(), known: FxHashSet::default() }
    }

    /// A picture was looked at. What could not be found out is not remembered.
    pub fn note(&mut self, hash: Hash, verdict: Verdict) {
        if verdict.decision() == Decision::Unchecked || !self.known.insert((hash, verdict)) {
            return;
        }
        if self.seen.len() >= self.capacity
            && let Some(oldest) = self.seen.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.seen.push_back((hash, verdict));
    }

    /// What is known of pictures that look like this one. Approval needs a picture that is nearly
    /// the same to the bit, everything else one that shows the same. None where nothing is known,
    /// or where what is known disagrees: then somebody looks.
    pub fn like(&self, hash: &Hash) -> Option<Verdict> {
        let mut found: Option<Verdict> = None;
        for (other, verdict) in &self.seen {
            let distance = hash.distance(other);
            if distance > super::SAME {
                continue;
            }
            // An approved one that is less alike says nothing, and is in nobody's way.
            if *verdict == Verdict::APPROVED && distance > SAME_UPLOAD {
                continue;
            }
            match found {
                Some(before) if before != *verdict => return None,
                _ => found = Some(*verdict),
            }
        }
        found
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}
