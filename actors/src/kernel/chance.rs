//! Random numbers for back-off and names: nothing that must be hard to guess.
//!
//! They come from the standard library's hash keys. A run that is to be repeatable seeds them, for
//! its own thread.

use nameless_domain::random::Random;
use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

thread_local! {
    static SEEDED: Cell<Option<Random>> = const { Cell::new(None) };
}

/// From now on this thread's numbers follow from `seed`.
pub fn seed(seed: u64) {
    SEEDED.set(Some(Random::new(seed)));
}

/// Any number.
pub fn number() -> u64 {
    match SEEDED.take() {
        None => RandomState::new().hash_one(()),
        Some(mut random) => {
            let number = random.number();
            SEEDED.set(Some(random));
            number
        }
    }
}

/// From 0 up to, but not including, 1.
pub fn share() -> f64 {
    (number() >> 11) as f64 / (1u64 << 53) as f64
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
