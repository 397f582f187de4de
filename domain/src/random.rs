//! Numbers that a seed repeats: for benches, histories and tests, and for nothing that must be hard
//! to guess.

/// SplitMix64: the same seed gives the same numbers. Small, fast, and good enough to choose by.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that follow from `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A sequence of its own per seed and purpose.
    pub fn for_purpose(seed: u64, purpose: u64) -> Random {
        let mut random = Random(seed ^ purpose.wrapping_mul(0xa076_1d64_78bd_642f));
        random.number();
        random
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// From 0 to `n` - 1; 0, and nothing is drawn, if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.number() % n }
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number of the normal distribution with mean 0 and deviation 1 (Box and Muller's).
    pub fn normal(&mut self) -> f64 {
        // In (0, 1], so that its logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A number of the distribution Beta(`a`, `b`), in `(0, 1)`; both are at least 1, or taken to
    /// be.
    pub fn beta(&mut self, a: u32, b: u32) -> f64 {
        let (x, y) = (self.gamma(a.max(1)), self.gamma(b.max(1)));
        x / (x + y)
    }

    /// A number of the Gamma distribution of this shape (Marsaglia and Tsang's), at least 1.
    fn gamma(&mut self, shape: u32) -> f64 {
        let d = f64::from(shape) - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Puts a list into a random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let of = |seed, purpose| {
            let mut random = Random::for_purpose(seed, purpose);
            (0..8).map(|_| random.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(of(1, 1), of(1, 1));
        assert_ne!(of(1, 1), of(2, 1));
        assert_ne!(of(1, 1), of(1, 2));
    }

    /// The first numbers of SplitMix64 from the seed 1234567, as its authors give them.
    #[test]
    fn the_numbers_are_those_of_the_algorithm() {
        let mut random = Random::new(1_234_567);
        let first = [random.number(), random.number(), random.number()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_shuffled_list_has_the_same_elements() {
        let mut list: Vec<u32> = (0..100).collect();
        Random::new(1).shuffle(&mut list);
        assert_ne!(list, (0..100).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn distributions_have_their_means_and_deviations() {
        let mut random = Random::new(3);
        let mut of = |draw: fn(&mut Random) -> f64| {
            let draws: Vec<f64> = (0..20_000).map(|_| draw(&mut random)).collect();
            let mean = draws.iter().sum::<f64>() / 20_000.0;
            (mean, (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt())
        };
        let near = |(mean, deviation): (f64, f64), (m, d): (f64, f64)| {
            assert!((mean - m).abs() < 0.03 * d && (deviation / d - 1.0).abs() < 0.03, "{mean} {deviation}");
        };
        near(of(Random::normal), (0.0, 1.0));
        near(of(|random| random.beta(1, 1)), (0.5, (1.0f64 / 12.0).sqrt()));
        near(of(|random| random.beta(2, 8)), (0.2, (0.16f64 / 11.0).sqrt()));
        near(of(|random| random.beta(300, 100)), (0.75, (0.1875f64 / 401.0).sqrt()));
    }
}
