//! Hands of cards.

use super::super::birth::BirthDate;
use super::super::chance::Weights;
use super::super::deck::{Candidate, Fallback, HAND, LIKE_DELAY_MS, deal, widened};
use super::super::history::{GUARANTEED, History};
use super::super::person::{Interests, Person, Standing};
use super::super::place::{Band, Cell};
use super::super::price::Price;
use super::{NOW, person};
use crate::ids::{CrowdId, UserId};
use crate::profile::Gender;
use crate::random::Random;
use crate::time::Millis;

fn hand_of(viewer: &Person, others: &[Person], liked: &[(UserId, Millis)], seed: u64) -> Vec<UserId> {
    let liked_at = |user| liked.iter().find(|(liker, _)| *liker == user).map(|(_, at)| *at);
    let candidates: Vec<_> =
        others.iter().map(|person| Candidate { person, liked_at: liked_at(person.user) }).collect();
    deal(viewer, &candidates, &Weights::default(), NOW, &mut Random::new(seed))
}

fn crowd(n: i64) -> Vec<Person> {
    (2..n + 2).map(person).collect()
}

#[test]
fn a_hand_has_ten_different_people_or_all_there_are() {
    for n in [0, 1, 9, 10, 11, 80] {
        let mut hand = hand_of(&person(1), &crowd(n), &[], 3);
        hand.sort_unstable();
        hand.dedup();
        assert_eq!(hand.len(), HAND.min(n as usize));
        assert!(!hand.contains(&UserId(1)));
    }
}

/// Each with one thing in the way; a like goes over the liker's own wishes and nothing else.
#[test]
fn nobody_is_dealt_who_must_not_be_seen() {
    let viewer = person(1);
    let with = |change: fn(&mut Person)| {
        let mut other = person(2);
        change(&mut other);
        [other]
    };
    let minor = with(|p| p.birth = BirthDate::new(2008, 11, 29).unwrap());
    let paused = with(|p| p.standing = Standing::Paused);
    let hidden = with(|p| p.standing = Standing::Hidden);
    let banned = with(|p| p.standing = Standing::Banned);
    let apart = with(|p| p.crowd = CrowdId(1));
    let oneself = with(|p| p.user = UserId(1));
    let fussy = with(|p| p.wishes.genders = 1 << Gender::Male as u8);
    let liked = |others: &[Person; 1]| [(others[0].user, NOW.plus(-LIKE_DELAY_MS))];
    for others in [&minor, &paused, &hidden, &banned, &apart, &oneself] {
        assert!(hand_of(&viewer, others, &[], 1).is_empty());
        assert!(hand_of(&viewer, others, &liked(others), 1).is_empty(), "a like went over safety");
    }
    assert!(hand_of(&viewer, &fussy, &[], 1).is_empty());
    assert_eq!(hand_of(&viewer, &fussy, &liked(&fussy), 1), [UserId(2)]);
    // The viewer's own wishes are kept strictly.
    let mut strict = viewer.clone();
    strict.wishes.to_age = 29;
    let other = [person(2)];
    assert!(hand_of(&strict, &other, &liked(&other), 1).is_empty());
    strict.wishes = viewer.wishes;
    strict.wishes.within = Band::To100;
    let far = with(|p| p.cell = Cell::of(48.1, 11.6).unwrap());
    assert!(hand_of(&strict, &far, &liked(&far), 1).is_empty());
    assert_eq!(hand_of(&viewer, &far, &[], 1), [UserId(2)]);
    // A minor sees nobody either.
    let young = [minor[0].clone()].map(|p| Person { user: UserId(9), ..p });
    assert!(hand_of(&young[0], &[person(2)], &[], 1).is_empty());
}

/// Whoever moves far away sees by the cards that stay who likes them, if a like went over the
/// liker's wishes then. Guard: `changed` in `is_let_in`.
#[test]
fn who_has_changed_is_let_in_by_wishes_alone() {
    let ago = |ms: i64| NOW.plus(-LIKE_DELAY_MS - ms);
    let mut others = crowd(HAND as i64);
    for other in &mut others {
        other.wishes.within = Band::To100;
    }
    let (liker, liked) = (UserId(5), [(UserId(5), ago(1_000))]);
    let mut viewer = person(1);
    assert_eq!(hand_of(&viewer, &others, &liked, 1).len(), HAND);
    viewer.cell = Cell::of(48.1, 11.6).unwrap();
    viewer.changed = ago(999);
    assert!(hand_of(&viewer, &others, &liked, 1).is_empty(), "the liker's card goes like the others'");
    viewer.changed = ago(1_000);
    assert!(hand_of(&viewer, &others, &liked, 1).is_empty(), "in the same moment");
    // Who liked them as they are now, and those whose own wishes have changed since.
    viewer.changed = ago(1_001);
    assert_eq!(hand_of(&viewer, &others, &liked, 1), [liker]);
    // Whose wishes admit them is seen as anybody is.
    viewer.changed = NOW;
    others[3].wishes.within = Band::Beyond;
    assert_eq!(hand_of(&viewer, &others, &liked, 1), [liker]);
    assert_eq!(hand_of(&viewer, &others, &[], 1), [liker]);
}

#[test]
fn whoever_is_crowded_makes_room() {
    let mut others = crowd(40);
    for other in &mut others[..20] {
        other.price = Price(-8.0);
    }
    let dealt: Vec<UserId> = (0..100).flat_map(|seed| hand_of(&person(1), &others, &[], seed)).collect();
    let crowded = dealt.iter().filter(|user| user.0 < 22).count();
    // Those who are there to explore.
    assert!(crowded * 10 < dealt.len() * 2 && crowded > 0, "{crowded} of {}", dealt.len());
}

/// Somebody of whom nothing fits is still seen now and then.
#[test]
fn a_tenth_explores() {
    let mut others = crowd(1_000);
    for other in &mut others[100..] {
        other.price = Price(-50.0);
    }
    let dealt: Vec<UserId> = (0..500).flat_map(|seed| hand_of(&person(1), &others, &[], seed)).collect();
    let explored = dealt.iter().filter(|user| user.0 >= 102).count() as f64 / dealt.len() as f64;
    assert!((0.07..0.11).contains(&explored), "{explored}");
}

#[test]
fn newcomers_have_places_kept_until_they_were_seen() {
    let mut others = crowd(300);
    // Of all newcomers, one whom no rank brings in.
    others[7].price = Price(-50.0);
    others[7].history = History::new(UserId(9), NOW);
    // Another one, well placed, was seen before.
    others[8].history = History::new(UserId(10), NOW);
    others[8].history.cards = 1;
    let times = |others: &[Person]| {
        (0..100).filter(|seed| hand_of(&person(1), others, &[], *seed).contains(&UserId(9))).count()
    };
    let kept = times(&others);
    assert!(kept > 60, "{kept} of 100 hands");
    others[7].history.cards = GUARANTEED;
    let later = times(&others);
    assert!(later < 10, "{later} of 100 hands");
}

/// A liker whom no rank brings in is seen, stands in every place equally often, and nothing else in
/// the hand tells that they are there.
#[test]
fn order_does_not_give_a_liker_away() {
    let mut others = crowd(20);
    for other in &mut others[..2] {
        (other.interests, other.price) = (Interests(1 << 40), Price(-20.0));
    }
    let (liker, stranger) = (UserId(2), UserId(3));
    let liked = [(liker, NOW.plus(-LIKE_DELAY_MS))];
    const HANDS: u64 = 4_000;
    let (mut places, mut strangers) = ([0u32; HAND], [0u32; HAND]);
    for seed in 0..HANDS {
        let hand = hand_of(&person(1), &others, &liked, seed);
        let place = |user| hand.iter().position(|other| *other == user);
        place(liker).inspect(|at| places[*at] += 1);
        place(stranger).inspect(|at| strangers[*at] += 1);
    }
    let seen = places.iter().sum::<u32>();
    assert!(f64::from(seen) > 0.6 * HANDS as f64 && strangers.iter().sum::<u32>() < seen / 5, "{places:?}");
    let expected = f64::from(seen) / HAND as f64;
    let chi: f64 = places.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
    // 9 degrees of freedom; the draws are the same in every run.
    assert!(chi < 25.0, "{places:?}");
}

/// A like changes nothing about the place that rank gives: the cards by rank are in the same order
/// with it as without.
#[test]
fn a_like_is_no_part_of_rank() {
    let mut others = crowd(HAND as i64);
    for (i, other) in others.iter_mut().enumerate() {
        other.price = Price(-3.0 * i as f32);
    }
    // Ten people in a hand of ten: only the order can differ, and only by who was drawn.
    let liked = [(UserId(11), Millis(0))];
    let mut firsts = [0u32; 2];
    for seed in 0..4_000 {
        let hands = [hand_of(&person(1), &others, &[], seed), hand_of(&person(1), &others, &liked, seed)];
        for (first, hand) in firsts.iter_mut().zip(hands) {
            *first += u32::from(hand[0] == UserId(11));
        }
    }
    // The last by rank is first only where it was drawn: for one place in ten each.
    let [without, with] = firsts.map(|n| f64::from(n) / 4_000.0);
    assert!(without < 0.02 && with < 0.1, "{without} {with}");
}

/// A like that just came changes nothing, and when it begins to differs from pair to pair: nobody
/// can watch hands to see it come.
#[test]
fn timing_does_not_give_a_liker_away() {
    let others = crowd(100);
    let mut hours = std::collections::BTreeSet::new();
    for viewer in 1_000..1_060 {
        let viewer = person(viewer);
        let hands =
            |liked: &[_]| (0..20).map(|seed| hand_of(&viewer, &others, liked, seed)).collect::<Vec<_>>();
        let with = |ago: i64| hands(&[(UserId(2), NOW.plus(-ago))]);
        let without = hands(&[]);
        assert_eq!(with(0), without);
        assert_ne!(with(LIKE_DELAY_MS), without);
        hours.extend((0..=6).find(|hour| with(hour * 3_600_000) != without));
    }
    assert_eq!(hours, (1..=6).collect(), "likes begin to count in any of six hours");
}

#[test]
fn filters_widen_step_by_step_and_end() {
    let mut viewer = person(1);
    (viewer.wishes.within, viewer.wishes.from_age, viewer.wishes.to_age) = (Band::To50, 20, 30);
    let mut steps = Vec::new();
    let (mut now, mut was_widened) = (viewer, false);
    while let Some((next, step)) = widened(&now, was_widened) {
        was_widened |= step == Fallback::Ages;
        steps.push((step, next.wishes.within, next.wishes.from_age, next.wishes.to_age));
        now = next;
    }
    assert_eq!(
        steps,
        [
            (Fallback::Distance, Band::To100, 20, 30),
            (Fallback::Distance, Band::Beyond, 20, 30),
            (Fallback::Ages, Band::Beyond, 18, 35),
        ]
    );
}
