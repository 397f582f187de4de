//! Which updates were taken in the last 48 hours (I3), in little memory.
//!
//! Telegram's ids count up, so a map of one bit each holds them: 278 updates a second take six
//! megabytes. Wishes for dead letters are among them, a block each, as there are few. What nodes
//! tell each other has negative ids, far apart; those are known for half an hour to an hour, which
//! is longer than any stream or table brings them again.

use crate::intake::replay::is_wish;
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};

/// Ids of one block.
pub const BLOCK_IDS: i64 = 4_096;
/// Bytes of one block.
pub const BLOCK_BYTES: usize = BLOCK_IDS as usize / 8;
/// Hours for which an id is known. Telegram keeps undelivered updates for 24.
pub const KEPT_HOURS: u64 = 48;
/// Blocks at most, 100 MB; only ids scattered at random come near it. Then the oldest half goes.
const MAX_BLOCKS: usize = 200_000;
/// What nodes tell each other is known for one to two of these.
const TURN: Duration = Duration::from_secs(1_800);

/// Whether an id is known for all of [`KEPT_HOURS`]: Telegram's, and that of an operator's wish.
pub fn is_kept(id: i64) -> bool {
    id >= 0 || is_wish(id)
}

/// One bit for each id of a block.
pub type Bits = [u8; BLOCK_BYTES];

/// The block of an id, its byte there, and its bit in that.
pub fn place(id: i64) -> (i64, usize, u8) {
    let (block, at) = (id.div_euclid(BLOCK_IDS), id.rem_euclid(BLOCK_IDS) as usize);
    (block, at / 8, 1 << (at % 8))
}

struct Block {
    bits: Bits,
    /// Hours of this process when it last changed.
    hour: u64,
}

/// Ids that were taken.
pub struct Seen {
    blocks: FxHashMap<i64, Block>,
    /// Ids of what nodes tell each other, in two generations.
    young: FxHashSet<i64>,
    old: FxHashSet<i64>,
    turned: Instant,
    begun: Instant,
    hour: u64,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            blocks: FxHashMap::default(),
            young: FxHashSet::default(),
            old: FxHashSet::default(),
            turned: Instant::now(),
            begun: Instant::now(),
            hour: 0,
        }
    }
}

impl Seen {
    /// Forgets what is old. True if a generation of what nodes tell each other has gone.
    pub fn age(&mut self) -> bool {
        self.age_to(self.begun.elapsed().as_secs() / 3_600);
        let turn = self.turned.elapsed() >= TURN;
        if turn {
            self.old = std::mem::take(&mut self.young);
            self.turned = Instant::now();
        }
        turn
    }

    fn age_to(&mut self, hour: u64) {
        if hour != self.hour {
            self.hour = hour;
            self.blocks.retain(|_, block| block.hour + KEPT_HOURS >= hour);
        }
    }

    /// Notes an id; whether it is new.
    pub fn insert(&mut self, id: i64) -> bool {
        if !is_kept(id) {
            return !self.old.contains(&id) && self.young.insert(id);
        }
        let (block, byte, bit) = place(id);
        let block = self.block(block);
        let new = block.bits[byte] & bit == 0;
        block.bits[byte] |= bit;
        new
    }

    /// Notes all ids of a block.
    pub fn merge(&mut self, block: i64, bits: &Bits) {
        self.block(block).bits.iter_mut().zip(bits).for_each(|(mine, its)| *mine |= its);
    }

    fn block(&mut self, block: i64) -> &mut Block {
        if self.blocks.len() >= MAX_BLOCKS && !self.blocks.contains_key(&block) {
            let mut hours: Vec<(u64, i64)> = self.blocks.iter().map(|(no, b)| (b.hour, *no)).collect();
            let middle = hours.len() / 2;
            hours.select_nth_unstable(middle);
            hours[..middle].iter().for_each(|(_, no)| _ = self.blocks.remove(no));
        }
        let hour = self.hour;
        let block = self.blocks.entry(block).or_insert(Block { bits: [0; BLOCK_BYTES], hour });
        block.hour = hour;
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_for_two_days() {
        let mut seen = Seen::default();
        for id in [0, 1, 4_095, 4_096, 1_000_000_007, i64::MAX, -5, i64::MIN, i64::MIN + 70_000] {
            assert!(seen.insert(id), "{id}");
            assert!(!seen.insert(id), "{id} again");
        }
        seen.age_to(KEPT_HOURS);
        assert!(!seen.insert(4_095), "48 hours later");
        assert!(!seen.insert(i64::MIN + 70_000), "a wish 48 hours later");
        seen.age_to(KEPT_HOURS + 1);
        assert!(!seen.insert(1), "its block was in use");
        assert!(seen.insert(1_000_000_007));
    }

    #[test]
    fn a_day_of_a_busy_bot_takes_little() {
        let mut seen = Seen::default();
        (0..1_000_000).for_each(|id| _ = seen.insert(id));
        assert_eq!(seen.blocks.len() * BLOCK_BYTES, 125_440, "bytes");
    }

    #[test]
    fn scattered_ids_are_bounded() {
        let mut seen = Seen::default();
        (0..MAX_BLOCKS as i64 + 10).for_each(|n| _ = seen.insert(n * BLOCK_IDS));
        assert!(seen.blocks.len() <= MAX_BLOCKS);
        assert!(!seen.insert((MAX_BLOCKS as i64 + 9) * BLOCK_IDS), "the newest is known");
    }

    #[test]
    fn what_others_knew_is_known() {
        let (mut seen, mut bits) = (Seen::default(), [0; BLOCK_BYTES]);
        let (block, byte, bit) = place(70_000);
        bits[byte] |= bit;
        seen.merge(block, &bits);
        assert!(!seen.insert(70_000) && seen.insert(70_001));
    }
}
