//! The orders that are compared.

use super::Table;
use crate::capabilities::dating::deck::EXPLORED;
use crate::capabilities::dating::price::{Price, SAMPLE, order};
use crate::random::Random;

/// Passes over everyone in which the sampled prices are learnt.
const PASSES: u32 = 40;

/// A way to order cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By how likely the viewer likes the person on the card.
    OneSided,
    /// By the chance that both like each other.
    Product,
    /// By the harmonic mean of the two chances.
    Harmonic,
    /// By p + q and prices that solve the equations.
    Tu,
    /// By p + q and prices learnt from samples, as the engine does.
    SampledTu,
    /// The same, but for the cards that explore.
    Exploring,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 6] = [
        Method::OneSided,
        Method::Product,
        Method::Harmonic,
        Method::Tu,
        Method::SampledTu,
        Method::Exploring,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Method::OneSided => "one-sided",
            Method::Product => "product",
            Method::Harmonic => "harmonic",
            Method::Tu => "TU, solved",
            Method::SampledTu => "TU, sampled",
            Method::Exploring => "TU, exploring",
        }
    }

    /// The places, from 1, of the second group among the cards of the first, and of the first
    /// (rows) among those of the second (columns).
    pub(super) fn places(self, p: &Table, q: &Table, random: &mut Random) -> (Table, Table) {
        let both = |score: fn(f32, f32) -> f32| {
            let score = Table::of(p.rows, p.columns, |a, b| score(p.at(a, b), q.at(a, b)));
            (places(&score), places(&score.turned()).turned())
        };
        match self {
            Method::OneSided => (places(p), places(&q.turned()).turned()),
            Method::Product => both(|p, q| p * q),
            Method::Harmonic => both(|p, q| 2.0 * p * q / (p + q)),
            Method::Tu => priced(p, q, solved(p, q)),
            Method::SampledTu => priced(p, q, sampled(p, q, random)),
            Method::Exploring => {
                let (firsts, seconds) = priced(p, q, sampled(p, q, random));
                let firsts = explored(&firsts, random);
                (firsts, explored(&seconds.turned(), random).turned())
            }
        }
    }
}

/// The place of each column when a row's columns are sorted, the highest first.
fn places(score: &Table) -> Table {
    let mut places = Table::of(score.rows, score.columns, |_, _| 0.0);
    let mut columns: Vec<usize> = Vec::with_capacity(score.columns);
    for a in 0..score.rows {
        columns.clear();
        columns.extend(0..score.columns);
        let row = score.row(a);
        columns.sort_unstable_by(|x, y| row[*y].total_cmp(&row[*x]).then(x.cmp(y)));
        for (place, b) in columns.iter().enumerate() {
            places.cells[a * score.columns + b] = (place + 1) as f32;
        }
    }
    places
}

fn priced(p: &Table, q: &Table, (firsts, seconds): (Vec<Price>, Vec<Price>)) -> (Table, Table) {
    let sum = |a, b| f64::from(p.at(a, b) + q.at(a, b));
    let to_first = Table::of(p.rows, p.columns, |a, b| order(sum(a, b), seconds[b]) as f32);
    let to_second = Table::of(p.columns, p.rows, |b, a| order(sum(a, b), firsts[a]) as f32);
    (places(&to_first), places(&to_second).turned())
}

/// Prices that solve the equations, by turns.
fn solved(p: &Table, q: &Table) -> (Vec<Price>, Vec<Price>) {
    let sum = |a, b| f64::from(p.at(a, b) + q.at(a, b));
    let (mut firsts, mut seconds) = (vec![Price::default(); p.rows], vec![Price::default(); p.columns]);
    for _ in 0..PASSES {
        for (a, price) in firsts.iter_mut().enumerate() {
            *price = Price::estimate((0..p.columns).map(|b| (sum(a, b), seconds[b])));
        }
        for (b, price) in seconds.iter_mut().enumerate() {
            *price = Price::estimate((0..p.rows).map(|a| (sum(a, b), firsts[a])));
        }
    }
    (firsts, seconds)
}

/// Prices learnt from samples, by turns.
fn sampled(p: &Table, q: &Table, random: &mut Random) -> (Vec<Price>, Vec<Price>) {
    let sum = |a, b| f64::from(p.at(a, b) + q.at(a, b));
    let (mut firsts, mut seconds) = (vec![Price::default(); p.rows], vec![Price::default(); p.columns]);
    let mut some =
        |of: usize| -> Vec<usize> { (0..SAMPLE).map(|_| random.below(of as u64) as usize).collect() };
    for pass in 0..PASSES {
        for (a, price) in firsts.iter_mut().enumerate() {
            let sample = some(p.columns).into_iter().map(|b| (sum(a, b), seconds[b]));
            *price = price.learnt(Price::estimate(sample), pass);
        }
        for (b, price) in seconds.iter_mut().enumerate() {
            let sample = some(p.rows).into_iter().map(|a| (sum(a, b), firsts[a]));
            *price = price.learnt(Price::estimate(sample), pass);
        }
    }
    (firsts, seconds)
}

/// The places once some cards explore.
fn explored(places: &Table, random: &mut Random) -> Table {
    let mut explored = places.clone();
    for a in 0..places.rows {
        // Whose turn it is by rank stands last.
        let mut left = vec![0; places.columns];
        for (b, place) in places.row(a).iter().enumerate() {
            left[places.columns - *place as usize] = b;
        }
        for place in 1..=places.columns {
            let last = left.len() - 1;
            let at = if random.chance(EXPLORED) { random.below(left.len() as u64) as usize } else { last };
            explored.cells[a * places.columns + left.remove(at)] = place as f32;
        }
    }
    explored
}
