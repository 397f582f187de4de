//! Every choice of a history comes from here, hence from its seed.

use nameless_domain::random::Random;

/// Numbers, and the ways in which a history chooses by them.
#[derive(Clone, Debug)]
pub struct Rng(Random);

impl Rng {
    /// Numbers that follow from `seed`.
    pub fn new(seed: u64) -> Rng {
        Rng(Random::new(seed ^ 0x6a09_e667_f3bc_c909))
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.number()
    }

    /// From 0 to `n` - 1; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True `n` times in a thousand.
    pub fn permille(&mut self, n: u64) -> bool {
        self.below(1_000) < n
    }

    /// One of them; none of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len() as u64) as usize)
    }

    /// Mostly small, now and then large: `low` to `high`, each power of two as likely as the next.
    pub fn skewed(&mut self, low: u64, high: u64) -> u64 {
        let bits = 64 - (high - low).leading_zeros();
        let cut = self.below(u64::from(bits) + 1);
        let range = if cut >= 64 { u64::MAX } else { (1u64 << cut) - 1 };
        low + (self.number() & range).min(high - low)
    }
}
