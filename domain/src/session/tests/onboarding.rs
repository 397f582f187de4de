//! The first questions.

use super::*;
use crate::profile::Wishes;
use crate::session::account::Question;

#[test]
fn five_taps_on_the_first_button_and_search_pairs() {
    let mut b = Bench::new();
    let mut out = b.text("/start");
    for (i, text) in
        ["adult-ask", "gender-ask", "age-ask", "wish-ask", "search-ready"].into_iter().enumerate()
    {
        let first = buttons(&out).remove(0);
        out = b.press(&first);
        assert_eq!(said(&out), [text], "after press {}", i + 1);
        assert!(saves(&out) && toast(&out).is_none());
        assert!(has(&out, |e| matches!(e, Effect::Rewrite { .. })), "the question is replaced, not added to");
    }
    assert_eq!(b.phase(), Phase::Idle);
    let profile = b.core.account.profile().expect("complete");
    assert_eq!(profile.wishes, Wishes::anyone(Lang::En));
    let adult = b.core.account.adult.expect("recorded");
    assert_eq!((adult.at, adult.version), (Millis(b.now), crate::session::account::ADULT_TEXT_VERSION));
    assert!(seek(&b.press("s:go")).is_some());
}

#[test]
fn the_first_word_speaks_the_language_of_their_telegram() {
    let mut b = Bench::new();
    b.hint = Some(Lang::Ru);
    assert_eq!(buttons(&b.text("/start"))[0], "on:lang:0", "Russian first");
    b.hint = Some(Lang::En);
    b.text("hello");
    assert_eq!(b.core.account.lang, Lang::Ru, "only the first word counts");
}

#[test]
fn who_is_not_18_is_turned_away_and_asked_again_after_a_day() {
    let mut b = Bench::new();
    b.press("on:lang:1");
    let out = b.press("on:adult:0");
    assert_eq!(said(&out), ["adult-turned-away"]);
    assert!(saves(&out) && buttons(&out).is_empty());
    for word in ["/search", "/next", "/profile", "/start", "hello", "delete"] {
        let out = b.text(word);
        assert_eq!(said(&out), ["adult-turned-away"], "{word}");
        assert!(seek(&out).is_none());
    }
    assert_eq!(toast(&b.press("on:adult:1")), Some("error-old-button"));
    assert!(seek(&b.press("s:go")).is_none() && seek(&b.press("s:more")).is_none());
    b.later(b.rules.underage_again_ms - 1);
    assert_eq!(said(&b.text("/start")), ["adult-turned-away"]);
    b.later(1);
    assert_eq!(said(&b.text("/start")), ["adult-ask"]);
    b.press("on:adult:1");
    assert_eq!(b.phase(), Phase::Onboarding { question: Question::Gender });
}

#[test]
fn anything_said_meanwhile_repeats_the_open_question() {
    let mut b = Bench::new();
    b.press("on:lang:0");
    for word in ["hello", "/search", "/next", "/profile", "/start", "delete", "/delete"] {
        assert_eq!(said(&b.text(word)), ["adult-ask"], "{word}");
    }
    assert_eq!(toast(&b.press("on:lang:1")), Some("error-old-button"), "the first question was answered");
    assert_eq!(b.core.account.lang, Lang::Ru);
    for data in ["on:adult:x", "on:adult", "on", "on:gender:0", "on:adult:1:1", "on:adult:-1"] {
        assert_eq!(toast(&b.press(data)), Some("error-old-button"), "{data}");
    }
    b.press("on:adult:1");
    assert_eq!(toast(&b.press("on:gender:3")), Some("error-old-button"));
}

#[test]
fn language_can_be_changed_in_the_middle() {
    let mut b = Bench::new();
    b.press("on:lang:0");
    assert_eq!(said(&b.press("set:lang:1")), ["lang-changed", "adult-ask"]);
    assert_eq!(b.core.account.wishes, Wishes::anyone(Lang::En));
}

#[test]
fn the_wish_is_taken_at_its_word() {
    for (i, genders) in [Wishes::ANY_GENDER, 0b01, 0b10].into_iter().enumerate() {
        let mut b = Bench::new();
        for data in ["on:lang:0", "on:adult:1", "on:gender:2", "on:age:4", &format!("on:wish:{i}")] {
            b.press(data);
        }
        let profile = b.core.account.profile().expect("complete");
        assert_eq!((profile.gender, profile.age), (Gender::Other, AgeBand::From46));
        assert_eq!(profile.wishes.genders, genders);
    }
}
