//! What older turns are found again by, beside their words: vectors of what was meant, compared by
//! their direction.
//!
//! A vector is kept as a byte a number: of the direction no more than a hundredth is lost, and it
//! takes a quarter of the room.

use super::constants::{FUSED_RANK, RECALLED};
use std::collections::BTreeMap;

/// The largest number that a byte of a vector holds.
const MOST: f32 = 127.0;

/// A direction, a byte a number; the largest of them is 127.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector(Vec<i8>);

impl Vector {
    /// The direction of a model's vector; none of one that points nowhere, or holds what is no
    /// number.
    pub fn of(numbers: &[f32]) -> Option<Vector> {
        if numbers.iter().any(|n| !n.is_finite()) {
            return None;
        }
        let largest = numbers.iter().fold(0.0_f32, |most, n| most.max(n.abs()));
        // Divided before it is multiplied: neither overflows, however large or small they are.
        let byte = |n: &f32| (n / largest * MOST).round() as i8;
        (largest > 0.0).then(|| Vector(numbers.iter().map(byte).collect()))
    }

    /// As it is kept.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.iter().map(|n| n.cast_unsigned()).collect()
    }

    /// As it was kept; none of what is no vector.
    pub fn of_bytes(bytes: &[u8]) -> Option<Vector> {
        let numbers: Vec<i8> = bytes.iter().map(|b| b.cast_signed()).collect();
        let points = numbers.iter().any(|n| *n != 0);
        points.then_some(Vector(numbers))
    }

    /// How much two directions are one: 1 where they are, 0 where they have nothing to do with each
    /// other, -1 where they are opposite. 0 for vectors of different lengths, which no model can
    /// have made both.
    pub fn likeness(&self, other: &Vector) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        let (mut dot, mut ours, mut theirs) = (0_i64, 0_i64, 0_i64);
        for (a, b) in self.0.iter().zip(&other.0) {
            let (a, b) = (i64::from(*a), i64::from(*b));
            dot += a * b;
            ours += a * a;
            theirs += b * b;
        }
        let lengths = (ours as f64).sqrt() * (theirs as f64).sqrt();
        if lengths > 0.0 { (dot as f64 / lengths).clamp(-1.0, 1.0) as f32 } else { 0.0 }
    }
}

/// Of turns and their vectors those that mean most alike to `asked`, the most alike first, of
/// equals the later ones; none that is less alike than `least`.
pub fn nearest(asked: &Vector, turns: impl IntoIterator<Item = (i32, Vector)>, least: f32) -> Vec<i32> {
    let like = |(turn, vector): (i32, Vector)| (asked.likeness(&vector), turn);
    let mut found: Vec<(f32, i32)> =
        turns.into_iter().map(like).filter(|(likeness, _)| *likeness >= least).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    found.truncate(RECALLED as usize);
    found.into_iter().map(|(_, turn)| turn).collect()
}

/// What several ways of looking found, each the best first, as one: reciprocal rank fusion
/// (Cormack, Clarke, Büttcher 2009). What more than one of them found comes before what one did; of
/// equals the later ones come first. As many as a prompt has room for.
pub fn fused(found: &[&[i32]]) -> Vec<i32> {
    let mut scores: BTreeMap<i32, f64> = BTreeMap::new();
    for list in found {
        for (rank, turn) in list.iter().enumerate() {
            *scores.entry(*turn).or_default() += 1.0 / (FUSED_RANK + rank as f64 + 1.0);
        }
    }
    let mut all: Vec<(i32, f64)> = scores.into_iter().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    all.truncate(RECALLED as usize);
    all.into_iter().map(|(turn, _)| turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(numbers: &[f32]) -> Vector {
        Vector::of(numbers).expect("a vector")
    }

    /// The same without rounding.
    fn likeness(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt())
    }

    #[test]
    fn what_points_nowhere_is_no_vector() {
        for numbers in [&[][..], &[0.0, 0.0], &[1.0, f32::NAN], &[f32::INFINITY, 1.0]] {
            assert_eq!(Vector::of(numbers), None, "{numbers:?}");
        }
        assert_eq!((Vector::of_bytes(&[]), Vector::of_bytes(&[0, 0])), (None, None));
        // Neither too large nor too small for it.
        let same = of(&[1.0, -0.5]);
        for by in [f32::MAX, 1e-30] {
            assert_eq!(of(&[by, -0.5 * by]), same);
        }
    }

    #[test]
    fn directions_are_compared_and_lengths_are_not() {
        let near = |a: &[f32], b: &[f32], like: f32| {
            let found = of(a).likeness(&of(b));
            assert!((found - like).abs() < 0.01, "{a:?} {b:?}: {found}");
        };
        near(&[1.0, 2.0], &[10.0, 20.0], 1.0);
        near(&[1.0, 0.0], &[0.0, 1.0], 0.0);
        near(&[1.0, 2.0], &[-1.0, -2.0], -1.0);
        assert_eq!(of(&[1.0]).likeness(&of(&[1.0, 1.0])), 0.0, "of another model");
    }

    #[test]
    fn the_most_alike_come_first_and_no_stranger_does() {
        let asked = of(&[1.0, 0.0]);
        let turns = [(1, [1.0, 0.1]), (2, [0.0, 1.0]), (3, [1.0, 0.0]), (4, [1.0, 1.0]), (5, [1.0, 0.0])];
        let found = |least| nearest(&asked, turns.iter().map(|(turn, v)| (*turn, of(v))), least);
        assert_eq!(found(0.5), [5, 3, 1], "no more than are told, of equals the later first");
        assert_eq!(found(0.999), [5, 3]);
        assert_eq!(nearest(&asked, turns[1..2].iter().map(|(turn, v)| (*turn, of(v))), 0.3), [0; 0]);
    }

    #[test]
    fn what_both_ways_found_comes_first() {
        assert_eq!(fused(&[&[7, 3], &[3, 9]]), [3, 7, 9]);
        assert_eq!(fused(&[&[1, 2, 3], &[]]), [1, 2, 3], "one alone keeps its order");
        assert_eq!(fused(&[&[1, 2, 3], &[6, 5, 4]]), [6, 1, 5], "in turn, the later first");
        assert_eq!(fused(&[&[], &[]]), [0; 0]);
    }

    proptest! {
        /// Of the direction little is lost: no more than half a step a number.
        #[test]
        fn a_byte_a_number_is_enough(
            pairs in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 32..512)
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            prop_assume!(a.iter().any(|n| n.abs() > 0.1) && b.iter().any(|n| n.abs() > 0.1));
            let kept = |numbers: &[f32]| Vector::of_bytes(&of(numbers).bytes()).expect("it was kept");
            prop_assert_eq!(kept(&a), of(&a));
            let found = f64::from(kept(&a).likeness(&kept(&b)));
            prop_assert!((found - likeness(&a, &b)).abs() < 0.02, "{} {}", found, likeness(&a, &b));
            prop_assert!((kept(&a).likeness(&kept(&a)) - 1.0).abs() < 1e-6);
        }

        /// Whatever was found, nothing stands twice, nothing is made up, and it is bounded.
        #[test]
        fn fusion_makes_nothing_up(
            words in prop::collection::btree_set(1..40_i32, 0..8), meant in prop::collection::btree_set(1..40_i32, 0..8)
        ) {
            let (words, meant): (Vec<i32>, Vec<i32>) = (words.into_iter().collect(), meant.into_iter().collect());
            let all = fused(&[&words, &meant]);
            let different: std::collections::BTreeSet<i32> = all.iter().copied().collect();
            prop_assert_eq!(different.len(), all.len());
            prop_assert!(all.iter().all(|turn| words.contains(turn) || meant.contains(turn)));
            let found = words.iter().chain(&meant).collect::<std::collections::BTreeSet<_>>().len();
            prop_assert_eq!(all.len(), found.min(RECALLED as usize));
            let first_of_both = words.first().filter(|first| meant.first() == Some(*first));
            prop_assert!(first_of_both.is_none_or(|first| all.first() == Some(first)));
        }
    }
}
