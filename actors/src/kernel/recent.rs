//! What happened lately to pairs, so that what crosses it on its way is known to come too late.
//! Bounded.

use nameless_domain::ids::PairId;
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// How many pairs are remembered: far more than can end while a message crosses two mailboxes.
const REMEMBERED: usize = 4_096;

/// The pairs that were noted last; the oldest is forgotten first.
#[derive(Default)]
pub struct Recent {
    pairs: FxHashSet<PairId>,
    order: VecDeque<PairId>,
}

impl Recent {
    /// Notes a pair; whether it was not noted before.
    pub fn note(&mut self, pair: PairId) -> bool {
        let fresh = self.pairs.insert(pair);
        if fresh {
            self.order.push_back(pair);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.pairs.remove(&oldest);
            }
        }
        fresh
    }

    /// Whether a pair is noted.
    pub fn has(&self, pair: PairId) -> bool {
        self.pairs.contains(&pair)
    }

    /// As if it had not been noted.
    pub fn forget(&mut self, pair: PairId) {
        if self.pairs.remove(&pair) {
            self.order.retain(|noted| *noted != pair);
        }
    }
}
