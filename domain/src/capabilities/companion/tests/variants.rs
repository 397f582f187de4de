//! Several answers to the same words, dialogs' names, and what is left of long ones.

use super::*;

fn calls(out: &[Effect]) -> Vec<(&'static str, bool)> {
    let call = |effect: &Effect| match effect {
        Effect::Call(method) => Some((method.name, method.shows)),
        _ => None,
    };
    out.iter().filter_map(call).collect()
}

/// Guard: the phase. In another dialog, or with a person, nothing of it is shown.
#[test]
fn answers_are_turned_through_in_the_message_that_shows_one() {
    let mut bench = talking();
    let swipe = Request::Swipe { dialog: D, turn: 2, to: 1, message: MessageId(900) };
    assert_eq!(asked(&bench.press("ch:swipe:5:2:1")), [&swipe]);
    for data in ["ch:swipe:5:2", "ch:swipe:x:2:1", "ch:swipe:5:2:x", "ch:swipe:5:-1:1", "ch:shown"] {
        assert!(asked(&bench.press(data)).is_empty(), "{data}");
    }
    let shown = |dialog, edit| Event::Shown { dialog, edit, messages: vec!["{}".to_owned()] };
    assert_eq!(calls(&told(&mut bench, shown(D, true))), [("editMessageText", false)]);
    assert_eq!(calls(&told(&mut bench, shown(D, false))), [("sendMessage", true)]);
    assert!(calls(&told(&mut bench, shown(DialogId(6), true))).is_empty());
    assert!(asked(&bench.press("ch:swipe:6:2:1")).is_empty(), "nor does it count");
    bench.text("/stop");
    assert_eq!(asked(&bench.press("ch:swipe:5:2:1")), [&swipe]);
}

#[test]
fn a_dialog_is_named_by_what_is_said_next() {
    let mut bench = talking();
    assert_eq!(asked(&bench.press("ch:name:5")), [&Request::Rename { dialog: D }]);
    let out = told(&mut bench, Event::Naming { dialog: D });
    let Some(Effect::Say(screen)) = out.first() else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:name_no:5"]);
    assert_eq!(asked(&bench.press("ch:name_no:5")), [&Request::KeepTitle { dialog: D }]);
    assert_eq!(said(&told(&mut bench, Event::TitleKept)), ["companion-title-kept"]);
    let named = Event::Named { title: "Evenings".to_owned() };
    assert_eq!(said(&told(&mut bench, named)), ["companion-named"]);
    assert!(asked(&bench.press("ch:name:x")).is_empty());
    // What is said in one dialog is no title of another.
    let other = DialogId(6);
    assert!(asked(&bench.press("ch:name:6")).is_empty());
    assert!(said(&told(&mut bench, Event::Naming { dialog: other })).is_empty());
    bench.text("/stop");
    assert!(asked(&bench.press("ch:name:5")).is_empty());
    assert!(said(&told(&mut bench, Event::Naming { dialog: D })).is_empty());
}

#[test]
fn what_is_remembered_is_shown_with_what_is_left_of_long_dialogs() {
    let mut bench = talking();
    let summed = |name: Option<&str>, letters: usize| Summed {
        persona: "ann".to_owned(),
        name: name.map(str::to_owned),
        words: "я".repeat(letters),
    };
    let facts = |list: Vec<Fact>, summed| Event::Facts { page: 0, list, more: false, summed };
    let out = told(&mut bench, facts(Vec::new(), vec![summed(None, 10), summed(Some("Nora"), 2_000)]));
    assert_eq!(said(&out), ["companion-talks"]);
    let Some(Effect::Say(screen)) = out.first() else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:forget"]);
    let text = format!("{:?}", screen.text);
    assert!(text.contains("Nora") && !text.contains(&"я".repeat(501)), "a long one is cut: {text}");
    let fact = Fact { id: 1, words: "A cat".to_owned() };
    let out = told(&mut bench, facts(vec![fact], vec![summed(None, 10)]));
    assert_eq!(said(&out), ["companion-facts-and-talks"]);
}
