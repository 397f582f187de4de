//! A ratio over rounds, with its interval.

use nameless_domain::random::Random;
use serde_json::{Value, json};
use std::fmt;

/// Samples that the interval is made from.
const SAMPLES: usize = 10_000;
/// Share of the samples within it.
const WITHIN: f64 = 0.95;

/// Geometric mean of a ratio that was measured in several rounds, and its 95 % bootstrap interval
/// over them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The mean.
    pub mean: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Rounds.
    pub rounds: usize,
}

impl Ratio {
    /// Of the rounds whose ratio is a positive number; none if there is none.
    pub fn of(rounds: &[f64], seed: u64) -> Option<Ratio> {
        let logs: Vec<f64> =
            rounds.iter().filter(|r| r.is_finite() && **r > 0.0).map(|ratio| ratio.ln()).collect();
        if logs.is_empty() {
            return None;
        }
        let n = logs.len();
        let mean = |sum: f64| (sum / n as f64).exp();
        let mut random = Random::for_purpose(seed, 0xB007_57A9);
        let mut sampled: Vec<f64> =
            (0..SAMPLES).map(|_| mean((0..n).map(|_| logs[random.below(n as u64) as usize]).sum())).collect();
        sampled.sort_by(f64::total_cmp);
        let at = |share: f64| sampled[((SAMPLES - 1) as f64 * share).round() as usize];
        let tail = (1.0 - WITHIN) / 2.0;
        Some(Ratio { mean: mean(logs.iter().sum()), low: at(tail), high: at(1.0 - tail), rounds: n })
    }

    /// For the result.
    pub fn json(&self) -> Value {
        json!({"mean": self.mean, "low": self.low, "high": self.high, "rounds": self.rounds})
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} [{:.2}, {:.2}]", self.mean, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    #[test]
    fn the_mean_is_geometric_and_lies_within_its_interval() {
        let ratio = Ratio::of(&[0.5, 2.0, 1.0, 4.0, 0.25], 1).unwrap();
        assert!((ratio.mean - 1.0).abs() < 1e-12);
        assert!(ratio.low < 1.0 && ratio.high > 1.0, "{ratio}");
        assert_eq!(ratio, Ratio::of(&[0.5, 2.0, 1.0, 4.0, 0.25], 1).unwrap(), "the seed decides");
        let steady = Ratio::of(&[1.1; 5], 1).unwrap();
        assert_eq!(steady.to_string(), "1.10 [1.10, 1.10]");
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        assert_eq!(Ratio::of(&[f64::NAN, 0.0, f64::INFINITY], 1), None);
        assert_eq!(Ratio::of(&[2.0, f64::NAN], 1).unwrap().rounds, 1);
    }
}
