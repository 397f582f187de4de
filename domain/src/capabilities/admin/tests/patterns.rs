use crate::capabilities::admin::patterns::{Habits, Pattern, limit};
use crate::ids::PairId;
use crate::time::Millis;
use proptest::prelude::*;

const LONG: &str = "Hello! Come and see my new channel";

/// What is found of messages: chat, moment, words, whether something was masked.
fn found(messages: impl IntoIterator<Item = (i64, i64, &'static str, bool)>) -> Vec<Pattern> {
    let mut habits = Habits::default();
    messages
        .into_iter()
        .filter_map(|(pair, at, words, linked)| habits.note(PairId(pair), Millis(at), Some(words), linked))
        .collect()
}

#[test]
fn one_text_to_many_is_found() {
    let to = |chats: i64, words| found((1..=chats).map(|n| (n, n * n * 7_000, words, false)));
    assert_eq!(to(4, LONG), []);
    assert_eq!(to(5, LONG), [Pattern::SameWords]);
    assert_eq!(to(10, LONG), [Pattern::SameWords; 2], "told once for every five");
    assert_eq!(to(50, "hi"), [], "many people begin so");
    // Capitals and signs do not make other words; others between them do.
    let cased = ["Hello! Come and see my new channel", "hello, come and SEE my new channel..."];
    let varied = found((0..5).map(|n| (n + 1, n * n * 7_000, cased[n as usize % 2], false)));
    assert_eq!(varied, [Pattern::SameWords]);
    let mixed = ["Hello! Come and see my new channel", "what a long day this has been for me"];
    assert_eq!(found((0..50).map(|n| (n + 1, n * n * 7_000, mixed[n as usize % 2], false))), []);
    // To one and the same person it is only a bore.
    assert_eq!(found((1..50).map(|n| (1, n * n * 7_000, LONG, false))), []);
}

#[test]
fn links_first_of_all_are_found() {
    let to = |linked: fn(i64) -> bool| found((1..=9).map(|n| (n, n * n * 7_000, "look", linked(n))));
    assert_eq!(to(|_| true), [Pattern::Links; 2]);
    assert_eq!(to(|n| n % 4 != 0), []);
    let later = (1..=40).map(|n| (n / 2, n * n * 7_000, "look", n % 2 == 1));
    assert_eq!(found(later), [], "a link later in a chat is talk");
}

/// A chat goes on while letters are written beside it. Guard: `Habits::opens`.
#[test]
fn who_is_written_to_in_turn_is_no_further_stranger() {
    // Of a match the number is negative.
    let in_turn = [7, -1, 7, -2];
    let to = |words, linked| found((0..60).map(|n| (in_turn[n as usize % 4], n * n * 7_000, words, linked)));
    assert_eq!((to(LONG, false), to("look", true)), (vec![], vec![]));
    // Kind words to a match in between hide nothing of what strangers get.
    let between = found((1..=11).map(|n| match n % 2 {
        0 => (-1, n * n * 7_000, "hi", false),
        _ => (n, n * n * 7_000, LONG, true),
    }));
    assert_eq!(between, [Pattern::Links, Pattern::SameWords]);
    // Strangers and matches count together.
    let both = found((1..=5).map(|n| (if n % 2 == 0 { -n } else { n }, n * n * 7_000, LONG, false)));
    assert_eq!(both, [Pattern::SameWords]);
}

#[test]
fn a_clock_is_found() {
    let every = |ms: i64, off: fn(i64) -> i64| found((1..=40).map(|n| (1, n * ms + off(n), "x", false)));
    assert!(every(5_000, |_| 0).contains(&Pattern::Rhythm));
    assert!(every(5_000, |n| n % 3 * 40).contains(&Pattern::Rhythm), "a network's delay is no disguise");
    assert_eq!(every(500, |_| 0), [], "what comes at once was typed before");
}

#[test]
fn what_follows_grows_in_steps() {
    assert_eq!((limit(0), limit(1)), (None, None), "the first is only listed");
    let steps: Vec<_> = (2..9).filter_map(limit).collect();
    assert!(steps.is_sorted() && steps[0] == 3_600_000 && steps[6] == 86_400_000);
}

proptest! {
    /// Guard against false alarms: somebody whose pauses vary by a third, and who writes what they
    /// like, is left alone.
    #[test]
    fn people_are_left_alone(
        pauses in proptest::collection::vec(1_000..60_000i64, 20..200),
        words in proptest::collection::vec("[a-z ]{1,40}", 1..6),
    ) {
        let mut habits = Habits::default();
        let mut at = 0;
        for (n, pause) in pauses.iter().enumerate() {
            // Whatever was drawn, two pauses in a row are not alike.
            at += pause + (n as i64 % 2) * pause / 3 + (n as i64 % 2) * 400;
            let text = format!("{} {n}", words[n % words.len()]);
            let found = habits.note(PairId(n as i64 / 3), Millis(at), Some(&text), false);
            prop_assert!(found != Some(Pattern::SameWords) && found != Some(Pattern::Links));
        }
    }
}
