//! Positions in the shared journal: a hybrid of PostgreSQL's clock and a counter, made without
//! asking anybody.
//!
//! A position is milliseconds in the high bits, a counter of five bits, and the node's slot of
//! five: positions of two nodes are never equal, and of one user's updates a later one has the
//! higher position even if another node accepted it, as far as the nodes' ideas of the server's
//! clock agree.
//!
//! They ask it every second. An answer that took long says little: the clock was read at some
//! moment within. On a busy machine that is tens of milliseconds, more than lies between two
//! updates of one user that two nodes accept. So the quickest answer of the last half minute
//! counts, as in NTP, against a clock of our own that nobody sets; unless a later one contradicts
//! it: then the server's clock was set.

use nameless_actors::kernel::lock;
use nameless_domain::ids::Seq;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

const SLOT_BITS: u32 = 5;
const COUNTER_BITS: u32 = 5;

/// How long an answer of the server counts, milliseconds: two clocks run apart by less than a tenth
/// of a millisecond in that time.
const COUNTS_MS: i64 = 30_000;

/// When the server was asked for its time and when it had answered, milliseconds of our own steady
/// clock.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Asked.
    pub at: i64,
    /// Answered.
    pub answered: i64,
}

impl Asked {
    fn took(self) -> i64 {
        self.answered - self.at
    }
}

/// Gives out positions.
#[derive(Debug)]
pub struct Positions {
    slot: u64,
    /// Our own clock, milliseconds.
    clock: fn() -> i64,
    /// What the server's clock is ahead of ours, in milliseconds.
    ahead: AtomicI64,
    /// By which answer.
    by: Mutex<Option<Asked>>,
    /// The highest position given out or seen, without the slot.
    last: AtomicU64,
}

impl Positions {
    /// For the node in `slot` (0 to 31). `clock` is a steady one.
    pub fn new(slot: u8, clock: fn() -> i64) -> Positions {
        let slot = u64::from(slot) & ((1 << SLOT_BITS) - 1);
        let ahead = AtomicI64::new(0);
        Positions { slot, clock, ahead, by: Mutex::default(), last: AtomicU64::new(0) }
    }

    /// The server said that it was `millis`.
    pub fn adjust(&self, asked: Asked, millis: i64) {
        let mut by = lock(&self.by);
        let ahead = self.ahead.load(Ordering::Relaxed);
        // It was read at some moment between; a millisecond for what is rounded off.
        let possible = millis - asked.answered - 1..=millis - asked.at + 1;
        let stays = by.is_some_and(|best| {
            best.took() < asked.took()
                && asked.answered - best.answered < COUNTS_MS
                && possible.contains(&ahead)
        });
        if !stays {
            self.ahead.store(millis - asked.at - asked.took() / 2, Ordering::Relaxed);
            *by = Some(asked);
        }
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
        u64::try_from((self.clock)() + self.ahead.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_grow_whatever_the_clock_does_and_are_never_those_of_another_node() {
        let (a, b) = (Positions::new(3, || 1_000), Positions::new(4, || 5_000));
        let mut last = Seq(0);
        for n in 0..10_000 {
            if n == 5_000 {
                a.adjust(Asked { at: 1_000, answered: 1_000 }, 0);
            }
            let next = a.next();
            assert!(next > last && next <= a.now() && next.0 & 31 == 3);
            last = next;
        }
        b.observe(last);
        assert!(b.next() > last, "also after the clock of another node");
        b.adjust(Asked { at: 4_990, answered: 5_000 }, 900_000);
        assert_eq!(b.next().0 >> 10, 900_005, "the server's clock counts");
    }

    /// Guard: the quickest answer counts. With the latest one two nodes' clocks are as far apart as
    /// answers are slow.
    #[test]
    fn slow_answers_move_no_clock_and_one_that_was_set_does() {
        let p = Positions::new(0, || 50_000);
        let says = |at, answered, millis| {
            p.adjust(Asked { at, answered }, millis);
            p.millis() - 50_000
        };
        assert_eq!(says(1_000, 1_002, 901_001), 900_000);
        assert_eq!(says(2_000, 2_200, 902_003), 900_000, "read early, heard late");
        assert_eq!(says(3_000, 3_200, 903_198), 900_000, "asked early, read late");
        assert_eq!(says(4_000, 4_200, 963_100), 959_000, "set by a minute");
        assert_eq!(says(5_000, 5_002, 964_001), 959_000);
        // What drifts apart is followed, as no answer counts for long.
        assert_eq!(says(36_000, 36_100, 995_052), 959_002);
    }
}
