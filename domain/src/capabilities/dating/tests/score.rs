//! Words and reasons.

use super::super::filters::Filters;
use super::super::person::{Goal, Interests, Wishes};
use super::super::place::{Band, Cell};
use super::super::score::{Fit, Parts, Score, Why};
use super::{NOW, cases, person};
use proptest::prelude::*;

#[test]
fn scores_by_example() {
    let (one, mut other) = (person(1), person(2));
    let fit = |other: &_| Score::of(&one, other, &Parts::default(), NOW);
    assert!(fit(&other).reaches(100));
    assert_eq!(fit(&other).fit(), Fit::Great);
    other.interests = Interests(0b1111_0000);
    assert!(fit(&other).reaches(60) && !fit(&other).reaches(61));
    assert_eq!(fit(&other).fit(), Fit::Good);
    other.cell = Cell::of(55.75, 37.62).unwrap();
    assert!(fit(&other).reaches(30) && !fit(&other).reaches(31));
    assert_eq!(fit(&other).fit(), Fit::Different);
    // Only the goal counts.
    let parts = Parts { interests: 0, place: 0, goal: 1, age: 0 };
    assert!(Score::of(&one, &other, &parts, NOW).reaches(100));
    let parts = Parts { interests: 0, place: 0, goal: 0, age: 0 };
    assert!(!Score::of(&one, &other, &parts, NOW).reaches(1));
}

#[test]
fn undecided_people_are_not_told_that_they_want_the_same() {
    let (mut one, mut other) = (person(1), person(2));
    assert!(Why::of(&one, &other).is_same_goal);
    (one.goal, other.goal) = (Goal::Open, Goal::Open);
    assert!(!Why::of(&one, &other).is_same_goal);
}

proptest! {
    #![proptest_config(cases(256))]

    /// What a card says is the same whatever the two wish for, have done, or cost.
    #[test]
    fn nothing_private_shows(
        genders in 0..8u8, from_age in 18..60u8, years in 0..40u8, within in 0..5usize,
        cards in 0..1_000u32, likes in 0..1_000u32, price in -9.0..0.0f32,
    ) {
        let (one, plain) = (person(1), person(2));
        let mut other = plain.clone();
        other.wishes =
            Wishes {
                genders,
                from_age,
                to_age: from_age + years,
                within: Band::ALL[within],
                filters: Filters { shared: years % 2 == 0, ..Filters::default() },
            };
        (other.history.cards, other.history.likes) = (cards, likes);
        other.price.0 = price;
        let said = |other| (Score::of(&one, other, &Parts::default(), NOW), Why::of(&one, other));
        prop_assert_eq!(said(&other), said(&plain));
    }

    #[test]
    fn both_are_told_the_same(a in any::<u64>(), b in any::<u64>(), lat in -90.0..90.0f64) {
        let (mut one, mut other) = (person(1), person(2));
        (one.interests, other.interests) = (Interests(a), Interests(b));
        other.cell = Cell::of(lat, 13.4).unwrap();
        let score = |one, other| Score::of(one, other, &Parts::default(), NOW);
        prop_assert_eq!(score(&one, &other), score(&other, &one));
        prop_assert_eq!(Why::of(&one, &other), Why::of(&other, &one));
    }
}
