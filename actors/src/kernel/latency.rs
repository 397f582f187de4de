//! How long something takes, counted in buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets per power of two.
const STEPS: u64 = 8;
const BUCKETS: usize = 40 * STEPS as usize;

/// Durations in buckets that grow by about 9 %: 1 microsecond to days, no lock, no allocation.
#[derive(Debug)]
pub struct Latency {
    buckets: Box<[AtomicU64]>,
    /// All of them together, in microseconds.
    sum: AtomicU64,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }
}

impl Latency {
    /// Notes one duration.
    pub fn record(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).max(1);
        let power = u64::from(us.ilog2());
        let step =
            if power >= 3 { (us >> (power - 3)) & (STEPS - 1) } else { (us << (3 - power)) & (STEPS - 1) };
        let bucket = (power * STEPS + step) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(us, Ordering::Relaxed);
    }

    /// What was noted until now.
    pub fn noted(&self) -> Noted {
        let counts = self.buckets.iter().map(|b| b.load(Ordering::Relaxed)).collect();
        Noted { counts, sum: self.sum.load(Ordering::Relaxed) }
    }
}

/// Durations that were noted: since the process began, or between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    counts: Vec<u64>,
    sum: u64,
}

impl Noted {
    /// What came after `before`, which must be of the same [`Latency`].
    pub fn since(&self, before: &Noted) -> Noted {
        let counts = self.counts.iter().zip(&before.counts).map(|(now, then)| now.saturating_sub(*then));
        Noted { counts: counts.collect(), sum: self.sum.saturating_sub(before.sum) }
    }

    /// The duration that a share `q` (0 to 1) of the noted ones does not exceed, to about 9 %; none
    /// if nothing was noted.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        let rank = ((q * total as f64).ceil() as u64).clamp(1, total);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|c| {
            seen += c;
            seen >= rank
        })? as u64;
        let (power, step) = (bucket / STEPS, bucket % STEPS);
        let us = (1u64 << power) as f64 * (1.0 + (step + 1) as f64 / STEPS as f64);
        Some(Duration::from_micros(us as u64))
    }

    /// How many were noted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum)
    }

    /// Their mean; none if nothing was noted.
    pub fn mean(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.sum / self.count()))
    }

    /// How many stayed below 2^`power` microseconds.
    pub fn below(&self, power: u32) -> u64 {
        self.counts.iter().take((u64::from(power) * STEPS) as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_close() {
        let latency = Latency::default();
        assert_eq!(latency.noted().quantile(0.5), None);
        for us in 1..=10_000u64 {
            latency.record(Duration::from_micros(us));
        }
        let noted = latency.noted();
        for q in [0.5, 0.9, 0.99] {
            let got = noted.quantile(q).unwrap().as_micros() as f64;
            let want = q * 10_000.0;
            assert!((got / want - 1.0).abs() < 0.14, "{q}: {got} for {want}");
        }
        assert_eq!(noted.sum(), Duration::from_micros(10_000 * 10_001 / 2));
        assert_eq!(noted.below(0), 0);
        assert_eq!(noted.below(10), 1_023, "1 to 1,023 us");
        assert_eq!(noted.below(40), 10_000);
    }

    #[test]
    fn a_minute_forgets_what_was_before_it() {
        let latency = Latency::default();
        (0..1_000).for_each(|_| latency.record(Duration::from_secs(9)));
        let before = latency.noted();
        assert_eq!(latency.noted().since(&before).mean(), None);
        latency.record(Duration::from_millis(3));
        let minute = latency.noted().since(&before);
        assert_eq!((minute.count(), minute.mean()), (1, Some(Duration::from_millis(3))));
        assert!(minute.quantile(0.99).unwrap() < Duration::from_millis(4));
    }
}
