mod further;
mod sharing;
mod variants;

use super::*;
use crate::capabilities;
use crate::companion::persona::{Persona, Words};
use crate::ids::{MessageId, Seq};
use crate::relay::content::{MediaKind, Rich};
use crate::session::EndCause;
use crate::session::tests::{Bench, P, YOU, inbound, media, said};
use crate::time::Millis;
use crate::update::Act;
use std::sync::Arc;

const D: DialogId = DialogId(5);

fn character(id: &str) -> Character {
    let words = |name: &str| Words {
        name: name.to_owned(),
        lines: vec!["One.".to_owned(), "Two.".to_owned()],
        greeting: "Hello".to_owned(),
        ..Words::default()
    };
    let persona = Persona {
        id: id.to_owned(),
        age: Some(30),
        ru: words("Аня"),
        en: words("Ann"),
        ..Persona::default()
    };
    Character { persona, picture: Arc::from(*b"png") }
}

fn on(mut bench: Bench) -> Bench {
    let help = ["помощь".to_owned(), "help".to_owned()];
    let characters = vec![character("ann"), character("bob")];
    bench.rules.cast = Arc::new(Cast { characters, help, sharing: true, ..Cast::default() });
    bench
}

/// In a dialog.
fn talking() -> Bench {
    let mut bench = on(Bench::idle());
    told(&mut bench, Event::Begun { dialog: D, persona: "ann".to_owned(), own: None });
    bench
}

fn told(bench: &mut Bench, event: Event) -> Vec<Effect> {
    bench.event(crate::session::Event::Capability(capabilities::Event::Companion(event)))
}

fn asked(out: &[Effect]) -> Vec<&Request> {
    let request = |effect| match effect {
        &Effect::Ask(capabilities::Request::Companion(ref request)) => Some(request),
        _ => None,
    };
    out.iter().filter_map(request).collect()
}

fn buttons(screen: &Screen) -> Vec<&str> {
    screen.keyboard.iter().flatten().filter_map(|button| button.data()).collect()
}

fn card(out: &[Effect]) -> &Screen {
    let card = out.iter().find_map(|effect| match effect {
        Effect::Picture { screen, .. } => Some(screen),
        _ => None,
    });
    card.expect("a card")
}

#[test]
fn where_nobody_is_configured_nothing_of_it_is_there() {
    let mut bench = Bench::idle();
    assert_eq!(said(&bench.text("/characters")), ["error-unknown-command"]);
    for data in ["ch:card:0", "ch:new:ann", "ch:open:5", "ch:mine:0"] {
        let out = bench.press(data);
        assert!(asked(&out).is_empty() && said(&out).is_empty(), "{data}: {out:?}");
    }
    let home = bench.text("hello");
    let Some(Effect::Say(screen)) = home.iter().find(|effect| effect.is_said()) else { panic!("{home:?}") };
    assert_eq!(buttons(screen), ["s:go", "set:show"]);
    let named = |bench: &Bench| {
        crate::session::shown_commands(&bench.rules).iter().any(|command| command.name == "characters")
    };
    assert!(!named(&bench) && named(&on(Bench::idle())));
}

#[test]
fn cards_are_turned_and_lead_to_a_dialog() {
    let mut bench = on(Bench::idle());
    let out = bench.text("/characters");
    assert_eq!(
        buttons(card(&out)),
        ["ch:new:ann", "ch:card:1", "ch:mine:0", "ch:own", "ch:sh:people:0", "h:show"]
    );
    let out = bench.press("ch:card:1");
    assert_eq!(
        buttons(card(&out)),
        ["ch:new:bob", "ch:card:0", "ch:mine:0", "ch:own", "ch:sh:people:0", "h:show"]
    );
    let out = bench.press("ch:new:bob");
    let seq = Seq(bench.seq);
    assert_eq!(
        asked(&out),
        [&Request::Begin { seq, persona: "bob".to_owned(), lang: bench.core.account.lang }]
    );
    let out = told(&mut bench, Event::Begun { dialog: D, persona: "bob".to_owned(), own: None });
    // That it is an AI comes before its first word.
    assert_eq!(said(&out), ["companion-notice", "companion-says"]);
    assert_eq!(bench.core.account.phase, Phase::Companion { dialog: D });
    for data in ["ch:card:7", "ch:card:x", "ch:new:nobody", "ch:open:x", "ch:again:1:x", "ch:"] {
        let out = bench.press(data);
        assert!(asked(&out).is_empty() && said(&out).is_empty(), "{data}: {out:?}");
    }
}

#[test]
fn words_in_a_dialog_are_for_the_character_alone() {
    let mut bench = talking();
    let out = bench.text("how are you?");
    let message = MessageId(bench.seq as i32);
    assert_eq!(asked(&out), [&Request::Say { dialog: D, message, words: "how are you?".to_owned() }]);
    assert!(said(&out).is_empty());
    // The same update again asks the same again.
    let again = bench.at(bench.seq, bench.words("how are you?"));
    assert!(!asked(&again).is_empty());

    // Who searches has left: no word is ever for both.
    bench.text("/search");
    let out = bench.text("are you there?");
    assert!(asked(&out).is_empty());
    bench.found(P, YOU);
    let out = bench.text("hello, person");
    assert!(asked(&out).is_empty());
    bench.event(crate::session::Event::PairEnded { pair: P, cause: EndCause::Stopped });
    let out = bench.text("was that the end?");
    assert!(asked(&out).is_empty(), "what was meant for a person goes to no model");
}

#[test]
fn a_reply_is_shown_where_nobody_takes_it_for_a_persons() {
    let reply = || Event::Replied {
        dialog: D,
        persona: "ann".to_owned(),
        notice: false,
        messages: vec!["{}".to_owned(), "{}".to_owned()],
    };
    let shown = |out: &[Effect]| out.iter().filter(|effect| matches!(effect, Effect::Call(_))).count();
    let mut bench = talking();
    assert_eq!(shown(&told(&mut bench, reply())), 2);
    bench.text("/stop");
    assert_eq!(shown(&told(&mut bench, reply())), 2, "what was asked for comes");
    for mut bench in [Bench::searching(), Bench::chatting()].map(on) {
        let out = told(&mut bench, reply());
        assert_eq!((shown(&out), said(&out)), (0, vec!["companion-answered"]));
    }
    let mut bench = talking();
    bench.core.account.phase = Phase::Underage { since: Millis(0) };
    let out = told(&mut bench, reply());
    assert_eq!((shown(&out), said(&out).len()), (0, 0));
}

#[test]
fn the_notice_comes_again_before_the_reply() {
    let mut bench = talking();
    let reply = Event::Replied {
        dialog: D,
        persona: "ann".to_owned(),
        notice: true,
        messages: vec!["{}".to_owned()],
    };
    let out = told(&mut bench, reply);
    assert!(matches!(out[..], [Effect::Say(_), Effect::Call(_)]), "{out:?}");
    assert_eq!(said(&out), ["companion-notice"]);
}

#[test]
fn stop_leaves_the_dialog() {
    let mut bench = talking();
    let out = bench.text("/stop");
    assert_eq!(said(&out), ["companion-left"]);
    assert_eq!(bench.core.account.phase, Phase::Idle);
    assert!(out.contains(&Effect::Save));
    assert!(asked(&bench.text("hello?")).is_empty());
    let mut bench = talking();
    bench.press("ch:leave");
    assert_eq!(bench.core.account.phase, Phase::Idle);
}

#[test]
fn what_it_cannot_hear_or_see_is_said() {
    let mut bench = talking();
    let out = bench.send(media(MediaKind::Voice, None));
    assert_eq!((asked(&out).len(), said(&out)), (0, vec!["companion-no-media"]));
}

#[test]
fn minors_and_people_in_a_chat_meet_nobody() {
    for mut bench in [Bench::searching(), Bench::chatting()].map(on) {
        // They may look, from the home screen as well; whoever wants to talk hears what to do
        // first.
        for out in [bench.text("/characters"), bench.press("ch:card:0")] {
            assert_eq!(buttons(card(&out)), ["ch:new:ann", "ch:card:1", "h:show"]);
            assert!(asked(&out).is_empty() && said(&out).is_empty());
        }
        for press in ["ch:new:ann", "ch:mine:0"] {
            let out = bench.press(press);
            assert_eq!((asked(&out).len(), said(&out)), (0, vec!["companion-busy"]), "{press}");
        }
        // A dialog that was asked for before does not begin in the midst of it.
        let phase = bench.core.account.phase;
        let out = told(&mut bench, Event::Begun { dialog: D, persona: "ann".to_owned(), own: None });
        assert!(said(&out).is_empty() && bench.core.account.phase == phase);
    }
    for phase in [
        Phase::Underage { since: Millis(0) },
        Phase::Onboarding { question: crate::session::account::Question::Adult },
    ] {
        let mut bench = on(Bench::new());
        bench.core.account.phase = phase;
        let mut out = bench.text("/characters");
        out.extend(bench.press("ch:new:ann"));
        assert!(
            asked(&out).is_empty() && !out.iter().any(|e| matches!(e, Effect::Picture { .. })),
            "{out:?}"
        );
    }
}

#[test]
fn each_trouble_has_its_line_and_a_way_on() {
    let mut bench = talking();
    for (why, key, ways) in [
        (Trouble::Away, "companion-away", 1),
        (Trouble::Spent, "companion-spent", 1),
        (Trouble::TooLong, "companion-too-long", 0),
    ] {
        let out = told(&mut bench, Event::Failed { dialog: D, turn: 3, why });
        let Some(Effect::Say(screen)) = out.first() else { panic!("{out:?}") };
        assert_eq!((screen.text.key, buttons(screen).len()), (key, ways));
    }
    let out = bench.press("ch:again:5:3");
    assert_eq!(asked(&out), [&Request::Again { dialog: D, turn: 3 }]);
    let out = told(&mut bench, Event::GaveUp { dialog: D, turn: 4, attempt: 2 });
    assert_eq!(asked(&out), [&Request::GaveUp { dialog: D, turn: 4, attempt: 2 }]);
    // What an older version wrote names no attempt.
    let older = serde_json::from_str(r#"{"gave_up":{"dialog":5,"turn":4}}"#).unwrap();
    assert_eq!(asked(&told(&mut bench, older)), [&Request::GaveUp { dialog: D, turn: 4, attempt: 0 }]);
    for (event, key) in [
        (Event::Held(Held::TooMany(5)), "companion-too-many"),
        (Event::Held(Held::Script(5)), "companion-script"),
        (Event::Held(Held::Waiting), "companion-waiting"),
        (Event::Refused, "companion-refused"),
        (Event::AdultOnly, "companion-adult-only"),
        (Event::Help, "companion-help"),
        (Event::NotNow, "companion-not-now"),
    ] {
        assert_eq!(said(&told(&mut bench, event)), [key]);
    }
}

#[test]
fn dialogs_are_listed_opened_and_forgotten() {
    let mut bench = talking();
    let dialog = |n| Dialog {
        id: DialogId(n),
        persona: "ann".to_owned(),
        name: None,
        title: format!("t{n}"),
        used: Millis(n),
        adult: false,
    };
    let out = told(&mut bench, Event::Dialogs { page: 1, list: vec![dialog(1), dialog(2)], more: true });
    let Some(Effect::Say(screen)) = out.first() else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:open:1", "ch:open:2", "ch:mine:0", "ch:mine:2"]);
    let out = bench.press("ch:open:2");
    assert_eq!(asked(&out), [&Request::Open { dialog: DialogId(2) }]);
    let out = told(&mut bench, Event::Opened { dialog: dialog(2), last: Some("so?".to_owned()) });
    assert_eq!(said(&out), ["companion-notice", "companion-opened"]);
    assert_eq!(bench.core.account.phase, Phase::Companion { dialog: DialogId(2) });
    let out = bench.press("ch:del-yes:2");
    assert_eq!(asked(&out), [&Request::Delete { dialog: DialogId(2) }]);
    told(&mut bench, Event::Deleted { dialog: DialogId(7) });
    assert_eq!(bench.core.account.phase, Phase::Companion { dialog: DialogId(2) }, "another one");
    told(&mut bench, Event::Deleted { dialog: DialogId(2) });
    assert_eq!(bench.core.account.phase, Phase::Idle);
}

#[test]
fn where_it_was_switched_off_a_dialog_is_left() {
    let mut bench = talking();
    bench.rules.cast = Arc::default();
    assert_eq!(said(&bench.text("hello?")), ["companion-gone"]);
    assert_eq!(bench.core.account.phase, Phase::Idle);
}

#[test]
fn the_last_words_can_be_answered_anew_changed_and_taken_back() {
    let mut bench = talking();
    let out = bench.press("ch:other:5:3:2");
    assert_eq!(asked(&out), [&Request::Another { dialog: D, turn: 3, answer: 2 }]);
    let out = bench.press("ch:undo:5:3");
    assert_eq!(asked(&out), [&Request::Undo { dialog: D, turn: 3 }]);
    let edited = |text: &str| Act::Edited(inbound(7, Body::Text(Rich::plain(text))));
    let out = bench.act(edited("I meant this"));
    let changed = Request::Changed { dialog: D, message: MessageId(7), words: "I meant this".to_owned() };
    assert_eq!(asked(&out), [&changed]);
    assert!(asked(&bench.act(edited(" "))).is_empty());
    // Who talks to a person changes words to that person.
    let mut bench = on(Bench::chatting());
    assert!(asked(&bench.act(edited("hello"))).is_empty());
    let mut bench = talking();
    for (event, key) in [(Event::Undone, "companion-undone"), (Event::TooLate, "companion-too-late")] {
        assert_eq!(said(&told(&mut bench, event)), [key]);
    }
}

#[test]
fn what_is_to_be_remembered_is_kept_listed_and_forgotten() {
    let mut bench = on(Bench::idle());
    let out = bench.text("/remember  I have a cat ");
    let message = MessageId(bench.seq as i32);
    assert_eq!(asked(&out), [&Request::Remember { message, words: "I have a cat".to_owned() }]);
    assert!(out.contains(&Effect::Save));
    for long in ["/remember".to_owned(), format!("/remember {}", "я".repeat(301))] {
        let out = bench.text(&long);
        assert_eq!((asked(&out).len(), said(&out)), (0, vec!["companion-remember-how"]));
    }
    assert_eq!(asked(&bench.text("/memory")), [&Request::Facts { page: 0 }]);
    // Each fact that is shown can be forgotten, and each can be turned to: none is cut off.
    let long = "я".repeat(FACT);
    let fact = |id| Fact { id, words: format!("{id}{long}") };
    let list: Vec<Fact> = (7..7 + PAGE as i64).rev().map(fact).collect();
    let out = told(&mut bench, Event::Facts { page: 1, list: list.clone(), more: true, summed: Vec::new() });
    let Some(Effect::Say(screen)) = out.first() else { panic!("{out:?}") };
    let mut data: Vec<String> = list.iter().map(|fact| format!("ch:fact-del:{}:1", fact.id)).collect();
    data.extend(["ch:facts:0", "ch:facts:2", "ch:forget"].map(str::to_owned));
    assert_eq!(buttons(screen), data);
    let shown = format!("{:?}", screen.text);
    assert!(list.iter().all(|fact| shown.contains(&fact.words)), "{shown}");
    assert_eq!(asked(&bench.press("ch:facts:2")), [&Request::Facts { page: 2 }]);
    assert_eq!(asked(&bench.press("ch:fact-del:9:1")), [&Request::Forget { fact: Some(9), page: 1 }]);
    assert_eq!(asked(&bench.press("ch:forget")), [&Request::Forget { fact: None, page: 0 }]);
    let none = Event::Facts { page: 0, list: Vec::new(), more: false, summed: Vec::new() };
    assert_eq!(said(&told(&mut bench, none)), ["companion-no-facts"]);
    assert_eq!(said(&told(&mut bench, Event::FullOfFacts)), ["companion-full-of-facts"]);
    // Nothing of it where there is nobody.
    let mut off = Bench::idle();
    assert_eq!(said(&off.text("/memory")), ["error-unknown-command"]);
}
