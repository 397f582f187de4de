//! Answers as people write them.

use super::NOW;
use crate::capabilities::dating::birth::BirthDate;
use crate::capabilities::dating::cities;
use crate::capabilities::dating::person::Goal;
use crate::capabilities::dating::place::{Band, Cell};
use crate::capabilities::dating::profile::{self, Hint, Objection, Question};
use crate::text::Lang;
use proptest::prelude::*;

#[test]
fn questions_come_in_order_and_keep_their_words() {
    let mut order = vec![Question::Birth];
    while let Some(next) = order[order.len() - 1].next() {
        order.push(next);
    }
    assert_eq!(order, Question::ALL);
    for question in Question::ALL {
        assert_eq!(Question::of_word(question.word()), Some(question));
    }
    assert_eq!(Question::of_word("shoe size"), None);
    // Those that are asked by themselves have none behind them; the one with a button has.
    for (question, next) in
        [(Question::More, None), (Question::Place, None), (Question::Pin, Some(Question::Goal))]
    {
        assert_eq!((Question::of_word(question.word()), question.next()), (Some(question), next));
    }
    let places: Vec<_> = Question::ALL.into_iter().filter(|question| question.is_place()).collect();
    assert_eq!(places, [Question::City]);
}

#[test]
fn dates_of_birth() {
    let date = BirthDate::new(1998, 3, 24);
    for words in ["24.03.1998", "24.3.1998", "24/03/1998", " 24-03-1998 ", "1998-03-24", "24 03 1998 г."] {
        assert_eq!(profile::birth(words, NOW).ok(), date, "{words}");
    }
    for words in [
        "",
        "yesterday",
        "24.03",
        "31.02.1998",
        "24.13.1998",
        "24.03.98",
        "1.1.1880",
        "1.1.2024",
        "1.1.99999999",
        "1.2.3.1998",
    ] {
        assert_eq!(profile::birth(words, NOW), Err(Objection::NoDate), "{words}");
    }
    // A minor's date is one: what follows from it is decided elsewhere.
    assert!(profile::birth("1.1.2012", NOW).is_ok_and(|date| !date.is_adult(NOW)));
}

#[test]
fn names_and_words_lead_nowhere_else_and_tell_of_no_minor() {
    assert_eq!(profile::name("  Anna   Maria "), Ok("Anna Maria".to_owned()));
    assert_eq!(profile::name("Аня 🌸"), Ok("Аня 🌸".to_owned()));
    assert_eq!(profile::name(" "), Err(Objection::Length));
    assert_eq!(profile::name(&"a".repeat(31)), Err(Objection::Length));
    assert_eq!(profile::name("12345"), Err(Objection::Kind));
    assert_eq!(profile::bio("люблю дождь и старое кино"), Ok("люблю дождь и старое кино".to_owned()));
    assert_eq!(profile::bio(&"ы".repeat(301)), Err(Objection::Length));
    for words in [
        "write me @anna_1998",
        "t.me/anna_1998",
        "мой номер +7 912 345-67-89",
        "anna@example.com",
        "https://example.com/me",
    ] {
        assert_eq!(profile::bio(words), Err(Objection::Contact), "{words}");
        assert!(profile::name(words).is_err(), "{words}");
    }
    for words in ["17yo and curious", "мне 16 лет", "I am 15 years old"] {
        assert_eq!(profile::bio(words), Err(Objection::Minor), "{words}");
    }
}

#[test]
fn cities_by_their_names() {
    let moscow = Cell::of(55.75, 37.62).expect("a cell");
    for words in ["Москва", "москва", " MOSCOW ", "мск"] {
        assert_eq!(profile::city(words), Ok(moscow), "{words}");
    }
    let petersburg = cities::find("Питер").expect("known");
    for words in ["Санкт-Петербург", "санкт петербург", "Saint-Petersburg", "СПб"]
    {
        assert_eq!(cities::find(words), Some(petersburg), "{words}");
    }
    assert_eq!(Band::between(moscow, petersburg), Band::Beyond);
    assert_eq!(cities::find("Орел"), cities::find("Орёл"));
    assert!(cities::find("Орёл").is_some());
    assert_eq!(profile::city("Atlantis"), Err(Objection::NoCity));
    assert_eq!(profile::city(""), Err(Objection::NoCity));
}

proptest! {
    #![proptest_config(super::cases(300))]

    /// Whatever is typed, reading it ends, and what is taken holds its bounds.
    #[test]
    fn anything_may_be_typed(words in "\\PC{0,400}") {
        if let Ok(name) = profile::name(&words) {
            prop_assert!(name.chars().count() <= profile::NAME_CHARS && !name.contains('@'));
        }
        if let Ok(bio) = profile::bio(&words) {
            prop_assert!(bio.chars().count() <= profile::BIO_CHARS);
        }
        let _ = (profile::birth(&words, NOW), profile::city(&words));
    }
}

#[test]
fn ages_to_look_for_are_those_of_adults_in_order() {
    assert!(profile::ages((18, 18)).is_ok() && profile::ages((25, 120)).is_ok());
    for wrong in [(17, 30), (30, 29), (18, 121)] {
        assert_eq!(profile::ages(wrong), Err(Objection::Kind), "{wrong:?}");
    }
}

#[test]
fn a_card_says_what_it_lacks() {
    let bio = "long walks, old films, and cooking far too much on Sundays";
    assert_eq!(profile::completeness(true, bio, 3, Some(Goal::Dates)), (100, vec![]));
    let bare = profile::completeness(false, "hi", 2, Some(Goal::Open));
    assert_eq!(bare, (40, vec![Hint::Photo, Hint::Bio, Hint::Interests, Hint::Goal]));
}

#[test]
fn every_city_has_a_name_in_both_languages_and_lies_in_its_own_cell() {
    for n in 0..cities::count() {
        let cell = cities::cell_of(n).expect("a place");
        for lang in Lang::ALL {
            let name = cities::name(n, lang).expect("a name");
            assert_eq!(cities::find(name), Some(cell), "{name}");
        }
        let id = cities::id(n).expect("a word");
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
        assert_eq!(cities::of_id(&id), Some(n));
        let (here, nearest) = cities::around(cell);
        assert_eq!(here.and_then(cities::cell_of), Some(cell));
        assert_eq!(here, nearest);
    }
    assert_eq!(cities::name(cities::count(), Lang::En), None);
    let sea = Cell::of(0.0, -30.0).unwrap();
    assert!(matches!(cities::around(sea), (None, Some(_))));
}

#[test]
fn the_same_words_are_known_again_however_they_are_spelt() {
    let one = profile::echo("Пиши мне сразу, я отвечаю всем и всегда, честное слово!");
    assert!(one.is_some());
    assert_eq!(one, profile::echo("ПИШИ  мне сразу... я oтвeчaю всем и всегда — чёстноё слово 🙂"));
    assert_ne!(one, profile::echo("Пиши мне сразу, я отвечаю всем и всегда, честное слово, да!"));
    assert_eq!(profile::echo("rain and old films"), None, "many may say so");
}
