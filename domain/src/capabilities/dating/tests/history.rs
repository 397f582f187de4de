//! Newcomers, popularity, taste.

use super::super::chance::Weights;
use super::super::history::{GUARANTEED, History, NEWCOMER_MS};
use super::{NOW, person};
use crate::ids::UserId;
use crate::random::Random;

#[test]
fn newcomers_are_due_until_they_were_seen_or_time_is_over() {
    let mut history = History::new(UserId(1), NOW);
    assert!(history.is_due(NOW) && history.is_due(NOW.plus(NEWCOMER_MS - 1)));
    assert!(!history.is_due(NOW.plus(NEWCOMER_MS)));
    history.cards = GUARANTEED;
    assert!(!history.is_due(NOW));
}

#[test]
fn popularity_is_drawn_widely_from_little_and_narrowly_from_much() {
    let spread = |cards, likes, seed| {
        let mut history = person(1).history;
        (history.cards, history.likes) = (cards, likes);
        let mut random = Random::new(seed);
        let mut draws: Vec<f64> = (0..2_000).map(|_| history.popularity(NOW, &mut random)).collect();
        draws.sort_by(f64::total_cmp);
        (draws[1_000], draws[1_900] - draws[100])
    };
    let ((few, few_wide), (many, many_wide)) = (spread(0, 0, 1), spread(1_000, 200, 1));
    assert!(few.abs() < 0.2 && many.abs() < 0.05, "{few} {many}");
    assert!(few_wide > 8.0 * many_wide, "{few_wide} {many_wide}");
    assert!(spread(1_000, 500, 1).0 > 1.0 && spread(1_000, 20, 1).0 < -1.0);
    // No bad luck with the first cards is the end.
    let (unlucky, wide) = spread(5, 0, 2);
    assert!(unlucky + wide / 2.0 > 0.0, "{unlucky} {wide}");
    // Nor does anything count while a place is kept.
    let mut new = History::new(UserId(1), NOW);
    (new.cards, new.likes) = (10, 0);
    assert_eq!(new.popularity(NOW, &mut Random::new(1)), 0.0);
}

#[test]
fn warmth_goes_with_how_often_somebody_likes() {
    let warmth = |decided, liked| {
        let mut history = person(1).history;
        (history.decided, history.liked) = (decided, liked);
        history.warmth()
    };
    assert_eq!(warmth(0, 0), 0.0);
    assert!(warmth(100, 60) > 1.0 && warmth(100, 2) < -1.0);
    assert!(warmth(u32::MAX, 0).is_finite() && warmth(0, u32::MAX).is_finite());
}

/// Two circles of people who like their own only, and nothing stated tells them apart.
#[test]
fn taste_is_learnt_from_verdicts() {
    let mut people: Vec<_> = (1..=60).map(person).collect();
    let (weights, mut random) = (Weights::default(), Random::new(7));
    let likes = |a: usize, b: usize| a % 2 == b % 2;
    for _ in 0..30_000 {
        let (a, b) = (random.below(60) as usize, random.below(60) as usize);
        if a == b {
            continue;
        }
        let expected = weights.chance(&people[a], &people[b], NOW, &mut random);
        let mut other = people[b].history;
        people[a].history.decide(&mut other, likes(a, b), expected);
        people[b].history = other;
    }
    let mean = |own: bool| {
        let pairs: Vec<(usize, usize)> = (0..60)
            .flat_map(|a| (0..60).map(move |b| (a, b)))
            .filter(|(a, b)| a != b && likes(*a, *b) == own)
            .collect();
        pairs.iter().map(|(a, b)| people[*a].history.taste(&people[*b].history)).sum::<f64>()
            / pairs.len() as f64
    };
    let (own, foreign) = (mean(true), mean(false));
    assert!(own - foreign > 1.0, "{own} {foreign}");
}
