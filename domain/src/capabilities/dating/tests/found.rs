//! Matches in the chat: pages, and names that are looked for.

use super::super::bot::{Matched, Token, What};
use super::super::found::{Found, PAGE, holds, part};
use super::super::pair::Contacts;
use super::super::profile::{Objection, Question};
use super::super::{Event, Request};
use super::cases;
use crate::capabilities;
use crate::rules::Rules;
use crate::session::tests::{Bench, buttons, said, toast};
use crate::session::{self, Effect};
use proptest::prelude::*;

fn on(mut bench: Bench) -> Bench {
    bench.rules = Rules { dating: true, ..Rules::default() };
    bench
}

fn asked(out: &[Effect]) -> Option<&What> {
    out.iter().find_map(|effect| match effect {
        Effect::Ask(capabilities::Request::Dating(Request { what, .. })) => Some(what),
        _ => None,
    })
}

fn told(event: Event) -> session::Event {
    session::Event::Capability(capabilities::Event::Dating(event))
}

fn looks_for(words: &str, from: usize) -> Option<What> {
    Some(What::Found { part: words.into(), from })
}

/// So many matches, every third of them an Анна, with the first of whom contacts are open.
fn matches(count: u64) -> Vec<(Matched, Contacts)> {
    let one = |n: u64| {
        let name = if n.is_multiple_of(3) { format!("Анна {n}") } else { format!("Tom {n}") };
        let contacts = if n == 0 { Contacts::Open } else { Contacts::Mine };
        (Matched { token: Token(n), name, age: 30 }, contacts)
    };
    (0..count).map(one).collect()
}

#[test]
fn pages_follow_each_other_and_end() {
    let page = |count, part: &str, from| Found::of(matches(count), part, from);
    let first = page(20, "", 0);
    assert_eq!((first.all.len(), first.from, first.more), (PAGE, 0, true));
    assert_eq!(first.known, [Token(0)]);
    let last = page(20, "", 16);
    assert_eq!((last.all.len(), last.from, last.more), (4, 16, false));
    assert!(!page(PAGE as u64, "", 0).more, "exactly one page");
    // Some have ended meanwhile, or somebody made the data up.
    assert_eq!(page(20, "", 60_000), last);
    assert_eq!(page(20, "", 17), last);
    assert_eq!(page(0, "", 8), Found::default());
    let annas = page(40, "анна", 8);
    assert_eq!((annas.all.len(), annas.more), (6, false));
    assert!(annas.all.iter().all(|one| one.name.starts_with("Анна")));
}

#[test]
fn names_are_compared_without_case_and_with_either_letter() {
    for (name, words, fits) in [
        ("Алёна", "алена", true),
        ("Алена", "ЛЁН", true),
        ("Anna-Maria", "a m", false),
        ("Anna Maria", "  A   M ", true),
        ("Tom", "tomas", false),
        ("Zoë", "ZOË", true),
        ("Tom", "", true),
    ] {
        assert_eq!(holds(name, &part(words)), fits, "{name}, {words}");
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// Whatever somebody writes, the buttons below the answer are such as Telegram takes, and ask
    /// for the same again.
    #[test]
    fn what_is_looked_for_fits_on_a_button(words in "\\PC{0,200}", from in 0..=500_usize) {
        let part = part(&words);
        prop_assert_eq!(&super::super::found::part(&part), &part);
        let found = Found { part, from: from / PAGE * PAGE, more: true, ..Found::default() };
        let mut bench = on(Bench::idle());
        let out = bench.event(told(Event::Matches(found.clone())));
        let turns = buttons(&out);
        prop_assert!(turns.iter().all(|data| data.len() <= 64), "{:?}", turns);
        let next = turns.iter().rfind(|data| data.starts_with("dt:found:")).expect("a page follows");
        // Of what has many colons a part is asked for, which finds no fewer.
        let Some(What::Found { part, from }) = asked(&bench.press(next)).cloned() else {
            return Err(TestCaseError::fail("nothing is asked"));
        };
        prop_assert!(found.part.starts_with(&part), "{} {}", found.part, part);
        prop_assert_eq!(from, found.from + PAGE);
    }
}

#[test]
fn a_long_list_has_pages_and_the_way_to_look_for_a_name() {
    let mut bench = on(Bench::idle());
    let mut shows = |found: Found| {
        let out = bench.event(told(Event::Matches(found)));
        let ways =
            |data: &String| !["dt:write:", "dt:share", "dt:part:"].iter().any(|verb| data.starts_with(verb));
        (said(&out), buttons(&out).into_iter().filter(ways).collect::<Vec<_>>())
    };
    let page = |count, part: &str, from| Found::of(matches(count), part, from);
    let (few, home) = (page(3, "", 0), || vec!["dt:home".to_owned()]);
    assert_eq!(shows(few), (vec!["dating-matches"], home()));
    assert_eq!(shows(Found::default()), (vec!["dating-no-matches"], home()));
    let all = |ways: &[&str]| ways.iter().map(|way| (*way).to_owned()).collect::<Vec<_>>();
    let first = all(&["dt:found:8:", "dt:find", "dt:home"]);
    assert_eq!(shows(page(20, "", 0)), (vec!["dating-matches"], first));
    let second = all(&["dt:found:0:", "dt:found:16:", "dt:find", "dt:home"]);
    assert_eq!(shows(page(20, "", 8)), (vec!["dating-matches"], second));
    let annas = all(&["dt:find", "dt:matches", "dt:home"]);
    assert_eq!(shows(page(20, "анна", 0)), (vec!["dating-found"], annas.clone()));
    assert_eq!(shows(page(20, "ivan", 0)), (vec!["dating-found-none"], annas));
}

/// Who is known is not asked about again: how it stands is shown at once.
#[test]
fn open_contacts_are_not_asked_for_again() {
    let mut bench = on(Bench::idle());
    let out = bench.event(told(Event::Matches(Found::of(matches(2), "", 0))));
    let data = buttons(&out);
    assert!(data.contains(&format!("dt:share-yes:{}", Token(0))), "{data:?}");
    assert!(data.contains(&format!("dt:share:{}", Token(1))), "{data:?}");
}

#[test]
fn a_name_is_asked_for_where_words_are_heard_and_else_comes_with_the_command() {
    let mut bench = on(Bench::idle());
    assert_eq!(asked(&bench.press("dt:find")), Some(&What::Find));
    let question = |objection| told(Event::Ask { question: Question::Find, objection });
    for objection in [None, Some(Objection::Kind)] {
        let out = bench.event(question(objection));
        assert_eq!((said(&out), buttons(&out)), (vec!["dating-ask-find"], vec!["dt:matches".to_owned()]));
    }
    for make in [Bench::idle, Bench::searching, Bench::chatting] {
        let mut bench = on(make());
        let phase = bench.phase();
        assert_eq!(asked(&bench.text("/matches  ТО  ")).cloned(), looks_for("то", 0));
        assert_eq!(asked(&bench.press("dt:found:8:то")).cloned(), looks_for("то", 8));
        assert_eq!(bench.phase(), phase, "nothing ends by it");
    }
    for make in [Bench::searching, Bench::chatting] {
        let mut bench = on(make());
        let out = bench.press("dt:find");
        assert_eq!((asked(&out), said(&out)), (None, vec!["dating-find-how"]));
    }
    for data in ["dt:found", "dt:found:", "dt:found:-1:to", "dt:found:99999999:to", "dt:found:x:to"] {
        let out = bench.press(data);
        assert_eq!((asked(&out), toast(&out)), (None, Some("error-old-button")), "{data}");
    }
}
