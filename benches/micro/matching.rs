//! Matching with so many waiting: `match/N` is one who comes and is matched with whoever has waited
//! longest, `wait/N` one who comes and waits.
//!
//! The number of those who wait stays, and in the course of the measurement everybody leaves once:
//! nobody is served from a cache because the one before was the same.

use super::samples::{NOW, seeker};
use super::size;
use criterion::{Criterion, Throughput};
use nameless_domain::matching::{Offer, Pool, PoolLimits, Seeker};
use nameless_domain::profile::Gender::{self, Female, Male};
use nameless_domain::random::Random;
use std::time::{Duration, Instant};

/// How many come in one timed stretch.
const STRETCH: usize = 200;

/// Women who wait for men, and men who come.
struct Crowd {
    pool: Pool,
    random: Random,
    came: u64,
    waiting: usize,
}

impl Crowd {
    fn new(waiting: usize) -> Crowd {
        let pool = Pool::new(PoolLimits { max_seekers: 2 * waiting, ..PoolLimits::default() });
        let mut crowd = Crowd { pool, random: Random::new(1), came: 0, waiting };
        crowd.fill();
        crowd
    }

    /// Those who come next. Telegram's ids tell nothing of when somebody comes.
    fn next(&mut self, n: usize, gender: Gender, wanted: Gender) -> Vec<Seeker> {
        let one = |_| {
            self.came += 1;
            let user = self.came.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            seeker(&mut self.random, user as i64, gender, wanted, NOW.plus(self.came as i64))
        };
        (0..n).map(one).collect()
    }

    /// As many wait as should; the time that their coming took.
    fn fill(&mut self) -> Duration {
        let women = self.next(self.waiting - self.pool.len(), Female, Male);
        let began = Instant::now();
        let offers: Vec<Offer> = women.into_iter().map(|woman| self.pool.offer(woman)).collect();
        let took = began.elapsed();
        assert!(offers.iter().all(|offer| *offer == Offer::Waiting));
        took
    }

    /// `n` men come; the time that took.
    fn match_men(&mut self, n: usize) -> Duration {
        let men = self.next(n, Male, Female);
        let users: Vec<_> = men.iter().map(|man| man.user).collect();
        let mut offers = Vec::with_capacity(n);
        let began = Instant::now();
        for man in men {
            offers.push(self.pool.offer(man));
        }
        let took = began.elapsed();
        // One whose wishes nobody meets has waited: few, and they must not add up.
        for (user, offer) in users.into_iter().zip(offers) {
            if offer == Offer::Waiting {
                self.pool.cancel(user);
            }
        }
        took
    }
}

/// Times `rounds` in stretches; `stretch` does so many and says what they took.
fn in_stretches(rounds: u64, mut stretch: impl FnMut(usize) -> Duration) -> Duration {
    let mut left = rounds as usize;
    let mut took = Duration::ZERO;
    while left > 0 {
        let n = left.min(STRETCH);
        took += stretch(n);
        left -= n;
    }
    took
}

pub fn benches(c: &mut Criterion) {
    for (name, timed) in [("match", true), ("wait", false)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for waiting in [1_000, 10_000, 100_000, 1_000_000] {
            group.bench_function(waiting.to_string(), |b| {
                let mut crowd = Crowd::new(size(waiting, 1_000));
                b.iter_custom(|rounds| {
                    in_stretches(rounds, |n| {
                        let matching = crowd.match_men(n);
                        let filling = crowd.fill();
                        if timed { matching } else { filling }
                    })
                });
            });
        }
    }
}
