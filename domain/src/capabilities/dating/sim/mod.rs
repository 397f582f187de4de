//! A synthetic population, to compare orders of cards by the matches that come about: `nameless
//! dating-sim`.
//!
//! Two groups look for each other. How much `a` likes `b` is half what everybody thinks of `b`,
//! half taste of `a`'s own. An engine knows it only roughly: it sees the truth with noise.
//! Everybody looks at their cards in order, at the one in place n with 1/n of the attention of the
//! first. So the expected number of matches of two people is p * q / (place of b among a's cards) /
//! (place of a among b's).

mod measure;
mod orders;

pub use measure::{Outcome, gini};
pub use orders::Method;

use crate::random::Random;

/// Standard deviation of what the engine knows about a chance.
pub const NOISE: f64 = 0.15;

/// A table with a row per person of one group and a column per person of the other.
#[derive(Clone, Debug)]
pub struct Table {
    rows: usize,
    columns: usize,
    cells: Vec<f32>,
}

impl Table {
    fn of(rows: usize, columns: usize, mut cell: impl FnMut(usize, usize) -> f32) -> Table {
        let mut cells = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                cells.push(cell(row, column));
            }
        }
        Table { rows, columns, cells }
    }

    fn at(&self, row: usize, column: usize) -> f32 {
        self.cells[row * self.columns + column]
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.cells[row * self.columns..][..self.columns]
    }

    /// Rows become columns.
    fn turned(&self) -> Table {
        Table::of(self.columns, self.rows, |row, column| self.at(column, row))
    }
}

/// Two groups of people and the chances that they like each other.
#[derive(Clone, Debug)]
pub struct Population {
    /// What is true: row likes column.
    p: Table,
    /// What is true: column likes row.
    q: Table,
    /// What the engine knows of `p`.
    known_p: Table,
    /// What the engine knows of `q`.
    known_q: Table,
}

impl Population {
    /// So many people in each group, at least one. The same seed gives the same people.
    pub fn new(first: usize, second: usize, noise: f64, seed: u64) -> Population {
        let (first, second) = (first.max(1), second.max(1));
        let mut random = Random::for_purpose(seed, 1);
        let mut uniform = |n: usize| (0..n).map(|_| random.unit() as f32).collect::<Vec<_>>();
        let (famous_first, famous_second) = (uniform(first), uniform(second));
        let mut random = Random::for_purpose(seed, 2);
        let p = Table::of(first, second, |_, b| 0.5 * famous_second[b] + 0.5 * random.unit() as f32);
        let q = Table::of(first, second, |a, _| 0.5 * famous_first[a] + 0.5 * random.unit() as f32);
        let mut random = Random::for_purpose(seed, 3);
        let mut seen = |truth: &Table| {
            Table::of(first, second, |a, b| {
                let error = if noise > 0.0 { noise * random.normal() } else { 0.0 };
                (f64::from(truth.at(a, b)) + error).clamp(0.01, 1.0) as f32
            })
        };
        let (known_p, known_q) = (seen(&p), seen(&q));
        Population { p, q, known_p, known_q }
    }

    /// What comes about if everybody's cards are ordered so. `seed` draws what the method draws.
    pub fn play(&self, method: Method, seed: u64) -> Outcome {
        let mut random = Random::for_purpose(seed, 4);
        let (firsts, seconds) = method.places(&self.known_p, &self.known_q, &mut random);
        measure::expected(&self.p, &self.q, &firsts, &seconds)
    }
}

/// The mean over `seeds` populations of what each method brings, in the order of [`Method::ALL`].
pub fn compare(first: usize, second: usize, noise: f64, seed: u64, seeds: u32) -> Vec<(Method, Outcome)> {
    let seeds = seeds.max(1);
    let mut sums = Method::ALL.map(|method| (method, Vec::new()));
    for seed in (0..u64::from(seeds)).map(|n| seed.wrapping_add(n)) {
        let population = Population::new(first, second, noise, seed);
        for (method, outcomes) in &mut sums {
            outcomes.push(population.play(*method, seed));
        }
    }
    sums.into_iter().map(|(method, outcomes)| (method, Outcome::mean(&outcomes))).collect()
}
