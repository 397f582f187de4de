//! A token bucket as one number (the generic cell rate algorithm): the moment at which the bucket
//! would be full.

use crate::time::Millis;

/// Rate and burst, shared by many buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// Microseconds per token.
    interval: i64,
    /// How far ahead of time a full bucket may be drawn.
    tolerance: i64,
}

impl Shape {
    /// `rate` tokens per second, `burst` at once. A rate of 0 or less does not limit.
    pub(super) fn new(rate: f64, burst: u32) -> Shape {
        let interval = if rate > 0.0 { (1e6 / rate).clamp(0.0, 1e13) as i64 } else { 0 };
        Shape { interval, tolerance: interval.saturating_mul(i64::from(burst.max(1)) - 1) }
    }

    /// When a token can be taken from a bucket that is full at `full_at` (microseconds).
    pub(super) fn ready_at(self, full_at: i64) -> Millis {
        // Rounded up: looking at this moment must find the token.
        Millis(full_at.saturating_sub(self.tolerance).saturating_add(999).div_euclid(1000))
    }

    /// Takes a token; the new moment of fullness.
    pub(super) fn take(self, full_at: i64, now: Millis) -> i64 {
        full_at.max(micros(now)).saturating_add(self.interval)
    }
}

pub(super) fn micros(at: Millis) -> i64 {
    at.0.saturating_mul(1000)
}

/// A bucket that knows its own shape.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    shape: Shape,
    full_at: i64,
}

impl Bucket {
    /// A full bucket: `rate` tokens per second, `burst` at once. A rate of 0 does not limit.
    pub fn new(rate: f64, burst: u32) -> Bucket {
        Bucket { shape: Shape::new(rate, burst), full_at: i64::MIN }
    }

    /// Takes a token if there is one.
    pub fn take(&mut self, now: Millis) -> bool {
        let ready = self.ready_at() <= now;
        if ready {
            self.full_at = self.shape.take(self.full_at, now);
        }
        ready
    }

    /// Gives back a token that was taken. Whether all are there now, as in a new one: beyond that
    /// there are none.
    pub fn give_back(&mut self, now: Millis) -> bool {
        self.full_at = self.full_at.saturating_sub(self.shape.interval);
        self.full_at <= micros(now)
    }

    /// When there will be a token.
    pub fn ready_at(&self) -> Millis {
        self.shape.ready_at(self.full_at)
    }

    /// Changes the rate; what was drawn stays drawn.
    pub(super) fn reshape(&mut self, rate: f64, burst: u32) {
        self.shape = Shape::new(rate, burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_comes_back_and_never_more_than_there_are() {
        let mut bucket = Bucket::new(1.0, 3);
        let taken = |bucket: &mut Bucket, at| (0..9).filter(|_| bucket.take(Millis(at))).count();
        assert_eq!(taken(&mut bucket, 5), 3);
        assert!(!bucket.give_back(Millis(5)), "two are still out");
        assert_eq!(taken(&mut bucket, 5), 1);
        for is_full in [false, false, true, true] {
            assert_eq!(bucket.give_back(Millis(5)), is_full);
        }
        assert_eq!(taken(&mut bucket, 5), 3);
    }
}
