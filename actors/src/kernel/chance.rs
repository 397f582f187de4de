//! Random numbers for back-off and names: nothing that must be hard to guess.
//!
//! They come from the standard library's hash keys. A run that is to be repeatable seeds them, for
//! its own thread.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

thread_local! {
    static SEEDED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// From now on this thread's numbers follow from `seed`.
pub fn seed(seed: u64) {
    SEEDED.set(Some(seed));
}

/// Any number.
pub fn number() -> u64 {
    match SEEDED.get() {
        None => RandomState::new().hash_one(()),
        Some(state) => {
            let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            SEEDED.set(Some(state));
            mixed(state)
        }
    }
}

/// From 0 up to, but not including, 1.
pub fn share() -> f64 {
    (number() >> 11) as f64 / (1u64 << 53) as f64
}

/// The finaliser of SplitMix64.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_shares_are_shares() {
        let run = |seeded| {
            seed(seeded);
            [number(), number(), number()]
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!((0..1_000).map(|_| share()).all(|x| (0.0..1.0).contains(&x)));
    }
}
