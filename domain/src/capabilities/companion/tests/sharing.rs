//! Characters that people share with each other.

use super::*;

fn card() -> SharedCard {
    SharedCard { id: 8, name: "Nora".to_owned(), age: 41, greeting: "Good day. ".repeat(100), picture: None }
}

fn shown(out: &[Effect]) -> &Screen {
    let screen = out.iter().find_map(|effect| match effect {
        Effect::Say(screen) => Some(screen),
        _ => None,
    });
    screen.unwrap_or_else(|| panic!("{out:?}"))
}

/// Guard: what follows is said first, and the way back is one tap.
#[test]
fn a_character_of_ones_own_is_shared_and_taken_back() {
    let mut bench = on(Bench::idle());
    let lang = bench.core.account.lang;
    for (shared, data) in [
        (None, "ch:sh:ask:3"),
        (Some(Standing::Refused), "ch:sh:ask:3"),
        (Some(Standing::Waits), "ch:sh:off:3"),
        (Some(Standing::Shown), "ch:sh:off:3"),
        (Some(Standing::Held), "ch:sh:off:3"),
    ] {
        let list = vec![OwnLine { id: 3, name: "Nora".to_owned(), age: 41, shared }];
        let out = told(&mut bench, Event::OwnList(list));
        let wanted = ["ch:new:+3", "ch:own_card:3", data, "ch:own-del:3", "ch:own-new"];
        assert_eq!(buttons(shown(&out)), wanted, "{shared:?}");
    }
    let out = bench.press("ch:sh:ask:3");
    assert!(asked(&out).is_empty() && said(&out) == ["companion-share-sure"], "{out:?}");
    assert_eq!(asked(&bench.press("ch:sh:yes:3")), [&Request::Share { own: 3, lang }]);
    assert_eq!(asked(&bench.press("ch:sh:off:3")), [&Request::Unshare { own: 3 }]);
    assert_eq!(said(&bench.press("ch:sh:no")), ["companion-share-kept"]);
    let (name, reason) = ("Nora".to_owned(), "an advertisement".to_owned());
    let ruled = |shown| Event::ShareRuled { name: name.clone(), shown, reason: reason.clone() };
    for (event, key) in [
        (Event::ShareAsked { name: name.clone() }, "companion-share-asked"),
        (Event::ShareRefused(BadShare::Contacts), "companion-share-contacts"),
        (Event::ShareRefused(BadShare::Waiting), "companion-share-waiting"),
        (Event::ShareRefused(BadShare::Refused), "companion-share-refused"),
        (Event::ShareRefused(BadShare::Closed), "companion-share-closed"),
        (Event::Unshared, "companion-unshared"),
        (ruled(true), "companion-share-shown"),
        (ruled(false), "companion-share-no"),
    ] {
        assert_eq!(said(&told(&mut bench, event)), [key]);
    }
    let out = told(&mut bench, ruled(false));
    assert!(format!("{:?}", shown(&out).text).contains("an advertisement"), "{out:?}");
}

#[test]
fn what_others_share_is_looked_at_talked_to_and_reported() {
    let mut bench = on(Bench::idle());
    let lang = bench.core.account.lang;
    assert_eq!(asked(&bench.press("ch:sh:people:1")), [&Request::People { page: 1, lang }]);
    let out = told(&mut bench, Event::People { page: 1, list: vec![card()], more: true });
    assert_eq!(buttons(shown(&out)), ["ch:sh:card:8", "ch:sh:people:0", "ch:sh:people:2"]);
    let out = told(&mut bench, Event::People { page: 0, list: Vec::new(), more: false });
    assert_eq!(said(&out), ["companion-people-none"]);
    assert_eq!(asked(&bench.press("ch:sh:card:8")), [&Request::PeopleCard { shared: 8 }]);
    let out = told(&mut bench, Event::PeopleCard(card()));
    assert_eq!(buttons(shown(&out)), ["ch:new:~8", "ch:sh:report:8", "ch:sh:people:0"]);
    assert!(format!("{:?}", shown(&out).text).len() < 800, "its first words are cut: {out:?}");
    let out = bench.press("ch:new:~8");
    let seq = Seq(bench.seq);
    assert_eq!(asked(&out), [&Request::Begin { seq, persona: "~8".to_owned(), lang }]);
    assert_eq!(asked(&bench.press("ch:sh:report:8")), [&Request::ReportShared { shared: 8 }]);
    assert_eq!(said(&told(&mut bench, Event::ShareReported)), ["companion-people-reported"]);
    for data in
        ["ch:sh:people:x", "ch:sh:card:", "ch:sh:yes:x", "ch:sh:ask:x", "ch:sh:off:", "ch:sh", "ch:sh:x"]
    {
        let out = bench.press(data);
        assert!(asked(&out).is_empty() && said(&out).is_empty(), "{data}: {out:?}");
    }
    // Nothing of it where there is nobody, and not beside a chat with a person.
    for mut bench in [Bench::idle(), on(Bench::chatting())] {
        assert!(asked(&bench.press("ch:sh:people:0")).is_empty());
    }
}

/// Guard: the operator's switch, in what is shown and in buttons of before.
#[test]
fn where_nobody_shares_there_is_no_way_to_it_and_still_one_back() {
    let mut bench = on(Bench::idle());
    bench.rules.cast = Arc::new(Cast { sharing: false, ..Cast::clone(&bench.rules.cast) });
    let out = bench.text("/characters");
    assert!(!buttons(super::card(&out)).contains(&"ch:sh:people:0"), "{out:?}");
    let lines = [(3, None), (4, Some(Standing::Refused)), (5, Some(Standing::Shown))];
    let line = |(id, shared)| OwnLine { id, name: "Nora".to_owned(), age: 41, shared };
    let out = told(&mut bench, Event::OwnList(lines.map(line).to_vec()));
    let expected = [
        "ch:new:+3",
        "ch:own_card:3",
        "ch:own-del:3",
        "ch:new:+4",
        "ch:own_card:4",
        "ch:own-del:4",
        "ch:new:+5",
        "ch:own_card:5",
        "ch:sh:off:5",
        "ch:own-del:5",
    ];
    assert_eq!(buttons(shown(&out))[..10], expected);
    for data in ["ch:sh:people:0", "ch:sh:card:8", "ch:sh:ask:3", "ch:sh:yes:3"] {
        let out = bench.press(data);
        assert!(asked(&out).is_empty(), "{data}: {out:?}");
        assert_eq!(said(&out), ["companion-share-closed"], "{data}");
    }
    assert_eq!(asked(&bench.press("ch:sh:off:5")), [&Request::Unshare { own: 5 }]);
    assert_eq!(asked(&bench.press("ch:sh:report:8")), [&Request::ReportShared { shared: 8 }]);
    let ruled = Event::ShareRuled { name: "Nora".to_owned(), shown: true, reason: String::new() };
    assert_eq!(said(&told(&mut bench, ruled)), ["companion-share-later"]);
    let out = told(&mut bench, Event::PersonaGone { dialog: Some(D) });
    assert_eq!(buttons(shown(&out)), ["ch:del:5"]);
    let out = told(&mut bench, Event::PersonaGone { dialog: None });
    assert!(buttons(shown(&out)).is_empty(), "{out:?}");
}

/// Guard: who talked to it is told kindly, and is led out of the dialog.
#[test]
fn a_shared_character_that_is_gone_leaves_what_was_said() {
    let mut bench = on(Bench::idle());
    let own = Some(OwnWords { name: "Nora".to_owned(), greeting: "Good day".to_owned() });
    let out = told(&mut bench, Event::Begun { dialog: D, persona: "~8".to_owned(), own });
    assert_eq!(said(&out), ["companion-notice", "companion-says"]);
    for other in [None, Some(DialogId(9))] {
        let out = told(&mut bench, Event::PersonaGone { dialog: other });
        assert_eq!(said(&out), ["companion-people-gone"]);
        assert_eq!(
            bench.core.account.phase,
            Phase::Companion { dialog: D },
            "that was another one: {other:?}"
        );
    }
    let out = told(&mut bench, Event::PersonaGone { dialog: Some(D) });
    assert_eq!((said(&out), &bench.core.account.phase), (vec!["companion-people-gone"], &Phase::Idle));
    let dialog = |name: Option<&str>| Dialog {
        id: D,
        persona: "~8".to_owned(),
        name: name.map(str::to_owned),
        title: String::new(),
        used: Millis(1),
        adult: false,
    };
    let out = told(&mut bench, Event::Opened { dialog: dialog(None), last: None });
    assert_eq!(said(&out), ["companion-people-gone"]);
    assert_eq!(buttons(shown(&out)), ["ch:del:5", "ch:sh:people:0"]);
    assert_eq!(bench.core.account.phase, Phase::Idle);
    let out = told(&mut bench, Event::Opened { dialog: dialog(Some("Nora")), last: None });
    let last = out.iter().rev().find_map(|effect| match effect {
        Effect::Say(screen) => Some(buttons(screen)),
        _ => None,
    });
    assert!(last.is_some_and(|buttons| buttons.contains(&"ch:sh:report:8")), "{out:?}");
    let out = told(&mut bench, Event::Dialogs { page: 0, list: vec![dialog(None)], more: false });
    assert!(!format!("{:?}", shown(&out)).contains("~8\""), "its number says nothing: {out:?}");
}
