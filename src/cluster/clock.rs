//! Positions in the shared journal: a hybrid of PostgreSQL's clock and a counter, made without asking anybody.
//!
//! A position is milliseconds in the high bits, a counter of five bits, and the node's slot of five: positions of
//! two nodes are never equal, and of one user's updates a later one has the higher position even if another node
//! accepted it, as far as the nodes' ideas of the server's clock agree (they correct it every second).

use super::lease::uptime;
use nameless_domain::ids::Seq;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

const SLOT_BITS: u32 = 5;
const COUNTER_BITS: u32 = 5;

/// Gives out positions.
#[derive(Debug)]
pub struct Positions {
    slot: u64,
    /// What the server's clock is ahead of ours, in milliseconds.
    ahead: AtomicI64,
    /// The highest position given out or seen, without the slot.
    last: AtomicU64,
}

impl Positions {
    /// For the node in `slot` (0 to 31).
    pub fn new(slot: u8) -> Positions {
        let slot = u64::from(slot) & ((1 << SLOT_BITS) - 1);
        Positions { slot, ahead: AtomicI64::new(0), last: AtomicU64::new(0) }
    }

    /// The server says that it is `millis`.
    pub fn adjust(&self, millis: i64) {
        self.ahead.store(millis - local_millis(), Ordering::Relaxed);
    }

    /// The next position.
    pub fn next(&self) -> Seq {
        let now = self.millis() << COUNTER_BITS;
        let before =
            self.last.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(now.max(last + 1)));
        // The closure never says no.
        let last = before.unwrap_or_default();
        Seq(now.max(last + 1) << SLOT_BITS | self.slot)
    }

    /// No position that any node has given out by now, as far as this one knows, is higher.
    pub fn now(&self) -> Seq {
        let counter = (self.millis() << COUNTER_BITS | ((1 << COUNTER_BITS) - 1))
            .max(self.last.load(Ordering::Acquire));
        Seq(counter << SLOT_BITS | ((1 << SLOT_BITS) - 1))
    }

    /// Somebody gave out this position: ours are higher from now on.
    pub fn observe(&self, seq: Seq) {
        self.last.fetch_max(seq.0 >> SLOT_BITS, Ordering::AcqRel);
    }

    /// How long ago a position was given out, by the server's clock.
    pub fn age(&self, seq: Seq) -> Duration {
        Duration::from_millis(self.millis().saturating_sub(seq.0 >> (COUNTER_BITS + SLOT_BITS)))
    }

    fn millis(&self) -> u64 {
        u64::try_from(local_millis() + self.ahead.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

/// By the boot clock, which nobody sets. A step of the clock on the wall would give out positions of another hour until
/// the server is asked again, and whoever has handled one of those takes what comes after it for older words.
fn local_millis() -> i64 {
    i64::try_from(uptime().as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_grow_whatever_the_clock_does_and_are_never_those_of_another_node() {
        let (a, b) = (Positions::new(3), Positions::new(4));
        let mut last = Seq(0);
        for n in 0..10_000 {
            if n == 5_000 {
                a.adjust(0);
            }
            let next = a.next();
            assert!(next > last && next <= a.now() && next.0 & 31 == 3);
            last = next;
        }
        b.observe(last);
        assert!(b.next() > last, "also after the clock of another node");
        let local = local_millis();
        let wall = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        assert!(
            wall.as_millis() as i64 - local > 86_400_000,
            "not by the clock on the wall, which may be set"
        );
        b.adjust(local + 60_000);
        assert!(b.next().0 >> 10 >= (local + 59_000) as u64, "the server's clock counts");
    }
}
