//! Words and reasons.

use super::super::filters::Filters;
use super::super::person::{Goal, Interests, Wishes};
use super::super::place::{Band, Cell};
use super::super::score::{Fit, Parts, Scale, Score, Why};
use super::{NOW, cases, person};
use proptest::prelude::*;

#[test]
fn scores_by_example() {
    let (one, mut other) = (person(1), person(2));
    let fit = |other: &_| Score::of(&one, other, &Parts::default(), NOW);
    assert!(fit(&other).reaches(100));
    assert_eq!(fit(&other).fit(40), Fit::Great);
    other.interests = Interests(0b1111_0000);
    assert!(fit(&other).reaches(60) && !fit(&other).reaches(61));
    assert_eq!(fit(&other).fit(40), Fit::Good);
    other.cell = Cell::of(55.75, 37.62).unwrap();
    assert!(fit(&other).reaches(30) && !fit(&other).reaches(31));
    assert_eq!(fit(&other).fit(40), Fit::Different);
    // Only the goal counts.
    let parts = Parts { interests: 0, place: 0, goal: 1, age: 0 };
    assert!(Score::of(&one, &other, &parts, NOW).reaches(100));
    let parts = Parts { interests: 0, place: 0, goal: 0, age: 0 };
    assert!(!Score::of(&one, &other, &parts, NOW).reaches(1));
}

#[test]
fn an_operator_sets_what_counts_and_from_when_on_it_is_said() {
    let parts = |interests, place, goal, age| Some(Parts { interests, place, goal, age });
    assert_eq!(Parts::of_words("interests=40,place=30,goal=20,age=10"), Some(Parts::default()));
    assert_eq!(Parts::of_words(" age=0, goal=100 ,place=0,interests=0"), parts(0, 0, 100, 0));
    for bad in [
        "",
        "interests=0,place=0,goal=0,age=0",
        "interests=40,place=30,goal=20,age=9",
        "interests=40,place=30,goal=20,age=11",
        "interests=-40,place=30,goal=20,age=90",
        "interests=256,place=30,goal=20,age=10",
        "interests=40,place=30,goal=30",
        "interests=40,place=30,goal=20,age=5,age=5",
        "interests=40,place=30,goal=20,age=10,luck=0",
        "interests=40;place=30;goal=20;age=10",
        "40,30,20,10",
    ] {
        assert_eq!(Parts::of_words(bad), None, "{bad}");
    }
    // Nothing in common but the place and the age: 40 of 100 by what is usual.
    let (one, mut other) = (person(1), person(2));
    (other.interests, other.goal) = (Interests(0b1111_0000), Goal::Friendship);
    let usual = Scale::default();
    let score = Score::of(&one, &other, &usual.parts, NOW);
    assert!(score.reaches(40) && !score.reaches(41), "{score:?}");
    let fit = |parts, from| Scale { parts, from }.fit(&one, &other, NOW);
    assert_eq!((usual.from, usual.fit(&one, &other, NOW)), (40, Fit::Some));
    assert_eq!(fit(usual.parts, 70), Fit::Different, "an operator wants more said of fewer");
    let near = Parts { interests: 0, place: 100, goal: 0, age: 0 };
    assert_eq!((fit(near, 40), fit(near, 100)), (Fit::Great, Fit::Great));
}

#[test]
fn words_share_what_is_above_where_they_begin() {
    // Alike in all but interests: 60 of 100.
    let (one, mut other) = (person(1), person(2));
    other.interests = Interests(0b1111_0000);
    let sixty = Score::of(&one, &other, &Parts::default(), NOW);
    assert!(sixty.reaches(60) && !sixty.reaches(61));
    for (from, word) in [
        (0, Fit::Good),
        (10, Fit::Good),
        (30, Fit::Good),
        (40, Fit::Good),
        (41, Fit::Some),
        (60, Fit::Some),
        (61, Fit::Different),
        (100, Fit::Different),
    ] {
        assert_eq!(sixty.fit(from), word, "{from}");
    }
    let whole = Score::of(&one, &one, &Parts::default(), NOW);
    assert!((0..=100).all(|from| whole.fit(from) == Fit::Great));
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
