//! What is pressed and written in the chat with the bot.

use crate::capabilities;
use crate::capabilities::dating::bot::{Token, What};
use crate::capabilities::dating::pair::Verdict;
use crate::capabilities::dating::person::Goal;
use crate::capabilities::dating::profile::{Answer, Question};
use crate::capabilities::dating::{Event, Request};
use crate::ids::{PairId, UserId};
use crate::rules::Rules;
use crate::session::account::Phase;
use crate::session::review::ReportReason;
use crate::session::tests::{Bench, said};
use crate::session::{Effect, shown_commands};

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

fn told(event: Event) -> crate::session::Event {
    crate::session::Event::Capability(capabilities::Event::Dating(event))
}

#[test]
fn where_it_is_off_there_is_no_such_thing() {
    let mut bench = Bench::idle();
    for words in ["/dating", "/matches"] {
        let out = bench.text(words);
        assert_eq!((asked(&out), said(&out)), (None, vec!["error-unknown-command"]), "{words}");
    }
    assert_eq!(asked(&bench.press("dt:next")), None);
    assert_eq!(said(&bench.text("hello")), ["chat-none"]);
    let is_shown = |rules: &Rules| shown_commands(rules).iter().any(|command| command.name == "dating");
    assert!(!is_shown(&Rules::default()));
    assert!(is_shown(&Rules { dating: true, ..Rules::default() }));
}

#[test]
fn words_in_no_chat_may_be_an_answer_and_else_are_answered_as_ever() {
    let mut bench = on(Bench::idle());
    let out = bench.text("24.03.1998");
    let Some(What::Hear { seq, answer, .. }) = asked(&out) else { panic!("{out:?}") };
    assert_eq!((seq.0, answer), (bench.seq, &Answer::Words("24.03.1998".into())));
    assert!(said(&out).is_empty(), "the store is asked first");
    assert_eq!(said(&bench.event(told(Event::NotAsked))), ["chat-none"]);
    let ask = Event::Ask { question: Question::Name, objection: None };
    assert_eq!(said(&bench.event(told(ask))), ["dating-ask-name"]);
}

/// What is said to a partner, and while somebody is searched for, is never taken for an answer.
#[test]
fn a_chat_and_a_search_are_not_listened_to() {
    for make in [Bench::chatting, Bench::searching, Bench::new] {
        let mut bench = on(make());
        assert_eq!(asked(&bench.text("24.03.1998")), None);
    }
    let mut bench = on(Bench::chatting());
    let out = bench.text("/dating");
    assert_eq!((asked(&out), said(&out)), (None, vec!["dating-in-chat"]));
    assert_eq!(asked(&bench.press("dt:next")), None);
}

#[test]
fn nobody_gets_in_before_the_first_questions_are_answered() {
    let mut bench = on(Bench::new());
    assert_eq!(asked(&bench.text("/dating")), None);
    assert_eq!(asked(&bench.press("dt:next")), None);
    assert_eq!(asked(&bench.press("dt:like:00000000000000ff")), None);
}

#[test]
fn buttons_ask_what_stands_on_them() {
    let mut bench = on(Bench::idle());
    let card = Token(0xff);
    for (data, verdict) in [("like", Verdict::Like), ("pass", Verdict::Pass), ("wait", Verdict::Later)] {
        let out = bench.press(&format!("dt:{data}:{card}"));
        assert_eq!(asked(&out), Some(&What::Say { card, verdict }));
    }
    assert_eq!(asked(&bench.press(&format!("dt:write:{card}"))), Some(&What::Write { matched: card }));
    // Ends for good are asked twice.
    assert_eq!(asked(&bench.press(&format!("dt:part:{card}"))), None);
    assert_eq!(asked(&bench.press(&format!("dt:part-yes:{card}"))), Some(&What::Part { matched: card }));
    assert_eq!(asked(&bench.press("dt:delete")), None);
    assert_eq!(asked(&bench.press("dt:delete-yes")), Some(&What::Delete));
    // A report says why.
    let out = bench.press(&format!("dt:report:{card}"));
    assert_eq!((asked(&out), said(&out)), (None, vec!["dating-report-why"]));
    let reason = ReportReason::Spam;
    assert_eq!(asked(&bench.press(&format!("dt:why:3:{card}"))), Some(&What::Report { card, reason }));
    let out = bench.press("dt:goal:0");
    assert!(
        matches!(asked(&out), Some(What::Hear { answer: Answer::Goal(Goal::Relationship), .. })),
        "{out:?}"
    );
    for hostile in [
        "dt",
        "dt:",
        "dt:like",
        "dt:like:",
        "dt:like:1",
        "dt:like:zzzzzzzzzzzzzzzz",
        "dt:goal:9",
        "dt:goal:x",
        "dt:x:y:z",
        "dt:why:5:00000000000000ff",
        "dt:why:0:ff",
        "dt:like:+0000000000000ff",
    ] {
        assert_eq!(asked(&bench.press(hostile)), None, "{hostile}");
    }
}

#[test]
fn a_token_fits_a_button_and_comes_back() {
    for token in [Token(0), Token(1), Token(u64::MAX)] {
        assert_eq!(Token::of_word(&token.to_string()), Some(token));
        assert!(format!("dt:part-yes:{token}").len() <= 64);
    }
}

#[test]
fn the_chat_with_a_match_begins_where_nobody_else_is_talked_to() {
    let (pair, partner) = (PairId(7), UserId(9));
    let opened = || told(Event::ChatOpened { pair, partner, name: "Lisa".into() });
    for make in [Bench::idle, Bench::searching] {
        let mut bench = on(make());
        let out = bench.event(opened());
        assert!(said(&out).contains(&"dating-talk"), "{out:?}");
        assert!(matches!(bench.phase(), Phase::Chatting { pair: live, .. } if live == pair));
        assert!(said(&bench.event(opened())).is_empty(), "once");
    }
    let mut bench = on(Bench::chatting());
    let before = bench.phase();
    let out = bench.event(opened());
    assert!(matches!(out[..], [Effect::EndPair { pair: ended, .. }] if ended == pair), "{out:?}");
    assert_eq!(bench.phase(), before);
}
