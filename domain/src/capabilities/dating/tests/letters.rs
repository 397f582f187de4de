//! To whom words go: to a match by letter, or where words go.

use crate::capabilities;
use crate::capabilities::dating::bot::{Matched, Token, What};
use crate::capabilities::dating::letters::{LENGTH, Unsent};
use crate::capabilities::dating::{Event, Request};
use crate::ids::{BotId, DialogId, MessageId, PairId, UserId};
use crate::relay::content::{Answered, Body, Inbound, Rich};
use crate::session::Effect;
use crate::session::account::Phase;
use crate::session::review::ReportReason;
use crate::session::tests::{Bench, P, YOU, buttons, has, inbound, said, saves};
use crate::update::Act;

pub(super) const TOKEN: Token = Token(0xff);

fn on(mut bench: Bench) -> Bench {
    bench.rules.dating = true;
    bench
}

/// In a dialog with a character.
fn with_character() -> Bench {
    let mut bench = Bench::idle();
    bench.core.account.phase = Phase::Companion { dialog: DialogId(3) };
    bench
}

/// Words go to the match from now on.
pub(super) fn writing(bench: Bench) -> Bench {
    let mut bench = on(bench);
    let out = bench.press(&format!("dt:letter:{TOKEN}"));
    assert_eq!((asked(&out), saves(&out)), (Some(&What::Pen { matched: TOKEN }), true));
    let one = Matched { token: TOKEN, name: "Lisa".into(), age: 28 };
    let out = bench.event(told(Event::Writes(one)));
    assert_eq!((said(&out), buttons(&out)), (vec!["dating-letter-to"], vec![format!("dt:unletter:{TOKEN}")]));
    bench
}

pub(super) fn asked(out: &[Effect]) -> Option<&What> {
    out.iter().find_map(|effect| match effect {
        Effect::Ask(capabilities::Request::Dating(Request { what, .. })) => Some(what),
        _ => None,
    })
}

/// The words of a letter, and to whom it goes.
fn letter(out: &[Effect]) -> Option<(Token, &str)> {
    assert!(asked(out).is_none() || !is_relayed(out), "to both: {out:?}");
    match asked(out) {
        Some(What::Letter { matched, letter, .. }) => Some((*matched, &letter.words.text)),
        _ => None,
    }
}

pub(super) fn is_relayed(out: &[Effect]) -> bool {
    has(out, |effect| matches!(effect, Effect::Relay { .. }))
}

pub(super) fn told(event: Event) -> crate::session::Event {
    crate::session::Event::Capability(capabilities::Event::Dating(event))
}

fn below(data: &str) -> Answered {
    Answered::Buttons(data.into())
}

fn reply(bench: &mut Bench, text: &str, answers: Option<Answered>) -> Vec<Effect> {
    let message = inbound(bench.seq as i32 + 1, Body::Text(Rich::plain(text)));
    bench.act(Act::Message(Inbound { reply_to: Some(MessageId(500)), answers, ..message }))
}

#[test]
fn a_reply_to_a_letter_goes_to_whoever_wrote_it_wherever_they_are() {
    for make in [Bench::idle, Bench::searching, Bench::chatting, with_character] {
        for data in ["dt:letter:00000000000000ff", "dt:unletter:00000000000000ff"] {
            let mut bench = on(make());
            let out = reply(&mut bench, "for Lisa", Some(below(data)));
            assert_eq!(letter(&out), Some((TOKEN, "for Lisa")), "{out:?}");
            assert!(!is_relayed(&out), "{out:?}");
            assert_eq!(bench.core.account.letter, None, "and what is not a reply goes on as before");
        }
    }
    // Before the first questions are answered there are no letters.
    let mut bench = on(Bench::new());
    assert_eq!(asked(&reply(&mut bench, "hello", Some(below("dt:letter:00000000000000ff")))), None);
}

/// A hostile client cannot make up the bot's message; what is none of a letter's is no address.
#[test]
fn what_is_no_letters_button_is_no_address() {
    for data in [
        "",
        "dt",
        "dt:",
        "dt:letter",
        "dt:letter:",
        "dt:letter:ff",
        "dt:letter:00000000000000FF",
        "dt:letter:00000000000000ff:",
        "dt:letter:00000000000000ff0",
        "dt:letter_report:00000000000000ff",
        "dt:write:00000000000000ff",
        "ch:letter:00000000000000ff",
        "x",
    ] {
        let mut bench = on(Bench::chatting());
        let out = reply(&mut bench, "for the partner", Some(below(data)));
        assert_eq!(asked(&out), None, "{data}");
        assert!(is_relayed(&out), "{data}");
    }
}

#[test]
fn after_write_words_go_to_the_match_and_replies_to_the_partner_to_the_partner() {
    let mut bench = writing(Bench::chatting());
    for (text, answers) in [("one", None), ("two", Some(below("dt:matches"))), ("three", None)] {
        let out = match answers {
            None => bench.text(text),
            some => reply(&mut bench, text, some),
        };
        assert_eq!(letter(&out), Some((TOKEN, text)), "{out:?}");
    }
    let out = reply(&mut bench, "for the partner", Some(Answered::Bare));
    assert!(is_relayed(&out) && asked(&out).is_none(), "{out:?}");
    // Their own words are no partner's.
    let out = reply(&mut bench, "what I meant", None);
    assert_eq!(letter(&out), Some((TOKEN, "what I meant")));
    // Another match's letter is answered to that one.
    let out = reply(&mut bench, "for another", Some(below("dt:letter:0000000000000001")));
    assert_eq!(letter(&out), Some((Token(1), "for another")));

    let out = bench.press(&format!("dt:unletter:{TOKEN}"));
    assert_eq!((said(&out), saves(&out)), (vec!["dating-letter-back-chat"], true));
    let out = bench.text("for the partner again");
    assert!(is_relayed(&out) && asked(&out).is_none(), "{out:?}");
}

/// No crash sends words for one to another.
#[test]
fn to_whom_words_go_outlives_the_session() {
    let bench = writing(Bench::chatting());
    let live = (P, YOU, crate::time::Millis(1));
    let (mut bench, _) = bench.reloaded(Some(live));
    let out = bench.text("for Lisa");
    assert_eq!(letter(&out), Some((TOKEN, "for Lisa")), "{out:?}");
}

#[test]
fn only_back_ends_it_whatever_becomes_of_a_letter() {
    for (why, key) in [
        (Unsent::Enough, "dating-letter-enough"),
        (Unsent::EnoughForAll, "dating-letter-enough-all"),
        (Unsent::Waiting, "dating-letter-waiting"),
        (Unsent::Gone, "dating-letter-gone"),
    ] {
        let mut bench = writing(Bench::chatting());
        let out = bench.event(told(Event::LetterHeld { matched: TOKEN, why }));
        assert_eq!(said(&out), [key]);
        assert!(!is_relayed(&bench.text("and now?")), "{why:?}: they may be writing on");
        if why == Unsent::Gone {
            assert_eq!(buttons(&out), [format!("dt:unletter:{TOKEN}")]);
        }
        bench.press(&format!("dt:unletter:{TOKEN}"));
        assert!(is_relayed(&bench.text("and now?")), "{why:?}");
    }
    // Nobody had said yet that it begins.
    for why in [Unsent::Gone, Unsent::Away] {
        let mut bench = on(Bench::chatting());
        bench.press(&format!("dt:letter:{TOKEN}"));
        bench.event(told(Event::LetterHeld { matched: TOKEN, why }));
        assert!(is_relayed(&bench.text("and now?")), "{why:?}");
    }
    // Where it was switched off, no button ends it.
    let mut bench = writing(Bench::chatting());
    bench.rules.dating = false;
    bench.text("for Lisa");
    assert!(is_relayed(&bench.text("and now?")));
    // What is said of another match changes nothing.
    let mut bench = writing(Bench::chatting());
    bench.event(told(Event::LetterHeld { matched: Token(1), why: Unsent::Gone }));
    assert_eq!(bench.core.account.letter, Some(TOKEN));
}

#[test]
fn stop_a_dialog_and_other_screens_of_dating_end_it() {
    let mut bench = writing(Bench::chatting());
    bench.text("/stop");
    assert_eq!(bench.core.account.letter, None);
    for data in ["dt:fill", "dt:next", "dt:home"] {
        let mut bench = writing(Bench::idle());
        bench.press(data);
        assert_eq!(bench.core.account.letter, None, "{data}: what is said next may be an answer");
    }
    let mut bench = writing(Bench::idle());
    bench.press("dt:matches");
    assert_eq!(bench.core.account.letter, Some(TOKEN), "a look at the list does not");
    let mut bench = writing(Bench::idle());
    let (pair, partner) = (PairId(7), UserId(9));
    let opened = |matched| told(Event::ChatOpened { pair, partner, name: "Lisa".into(), matched });
    bench.event(opened(Some(TOKEN)));
    assert_eq!(bench.core.account.letter, None, "they talk now");
    assert!(is_relayed(&bench.text("hello")));
    // "Write" once more, in the chat with them.
    bench.press(&format!("dt:write:{TOKEN}"));
    bench.event(opened(Some(TOKEN)));
    assert!(is_relayed(&bench.text("hello again")));
    // Another match's chat begins while letters are written: they go on, and that is said.
    let mut bench = writing(Bench::idle());
    let out = bench.event(opened(Some(Token(1))));
    assert_eq!(asked(&out), Some(&What::Pen { matched: TOKEN }), "{out:?}");
    assert_eq!(letter(&bench.text("for Lisa")), Some((TOKEN, "for Lisa")));
    // A chat that came too late ends, and letters go on.
    let mut bench = writing(Bench::chatting());
    let out = bench.event(opened(Some(TOKEN)));
    assert_eq!(asked(&out), Some(&What::Pen { matched: TOKEN }), "{out:?}");
}

/// The store may answer a press after the next one.
#[test]
fn an_answer_that_comes_late_begins_no_letters() {
    let mut bench = writing(Bench::chatting());
    bench.press(&format!("dt:unletter:{TOKEN}"));
    let one = Matched { token: TOKEN, name: "Lisa".into(), age: 28 };
    assert!(bench.event(told(Event::Writes(one.clone()))).is_empty());
    assert!(is_relayed(&bench.text("for the partner")));
    bench.press("dt:letter:0000000000000001");
    assert!(bench.event(told(Event::Writes(one))).is_empty());
    assert_eq!(letter(&bench.text("for another")), Some((Token(1), "for another")));
}

/// I4. Guard: `after` in `lay_down`.
#[test]
fn a_letter_that_comes_again_after_its_end_reaches_no_partner() {
    let mut bench = writing(Bench::chatting());
    let words = bench.words("for Lisa");
    bench.act(words.clone());
    let at = bench.seq;
    bench.press(&format!("dt:unletter:{TOKEN}"));
    let (mut bench, _) = bench.reloaded(Some((P, YOU, crate::time::Millis(1))));
    let out = bench.at(at, words);
    assert_eq!((said(&out), asked(&out), is_relayed(&out)), (vec!["chat-older"], None, false));
    assert!(is_relayed(&bench.text("for the partner")));
}

/// I4: what was written before words went to a match is not for that one's eyes, whether it comes
/// again after a crash or as a dead letter. Guard: `is_late` in `write`.
#[test]
fn what_was_written_before_is_no_letter_to_who_came_later() {
    let is_late = |out: &[Effect]| match asked(out) {
        Some(What::Letter { is_late, .. }) => *is_late,
        other => panic!("{other:?} of {out:?}"),
    };
    let live = Some((P, YOU, crate::time::Millis(1)));
    // For a partner.
    let mut bench = on(Bench::chatting());
    let words = bench.words("for the partner");
    assert!(is_relayed(&bench.act(words.clone())));
    let at = bench.seq;
    let (mut bench, _) = writing(bench).reloaded(live);
    assert!(is_late(&bench.at(at, words)));
    assert!(!is_late(&bench.text("for Lisa")));
    // For another match.
    let words = bench.words("for Lisa");
    assert!(!is_late(&bench.act(words.clone())));
    let at = bench.seq;
    bench.press("dt:letter:0000000000000001");
    let (mut bench, _) = bench.reloaded(live);
    assert!(is_late(&bench.at(at, words)));
    // What says itself to whom it goes was for nobody else.
    let message = inbound(bench.seq as i32 + 1, Body::Text(Rich::plain("for Lisa")));
    let answers = Some(below("dt:letter:00000000000000ff"));
    let act = Act::Message(Inbound { reply_to: Some(MessageId(500)), answers, ..message });
    bench.act(act.clone());
    let at = bench.seq;
    bench.press("dt:letter:0000000000000002");
    assert!(!is_late(&bench.at(at, act)));
    let again = Event::LetterHeld { matched: TOKEN, why: Unsent::Again };
    assert_eq!(said(&bench.event(told(again))), ["dating-letter-again"]);
}

/// Whoever is found meanwhile gets nothing of it, and its writer is told to whom words go.
#[test]
fn a_chat_that_begins_is_not_written_to_until_letters_end() {
    let mut bench = writing(Bench::searching());
    let out = bench.found(P, YOU);
    assert_eq!(asked(&out), Some(&What::Pen { matched: TOKEN }), "{out:?}");
    assert_eq!(letter(&bench.text("for Lisa")), Some((TOKEN, "for Lisa")));
}

#[test]
fn words_of_a_letter_are_bounded() {
    let mut bench = writing(Bench::chatting());
    assert!(letter(&bench.text(&"я".repeat(LENGTH))).is_some());
    // Two units each.
    for long in ["я".repeat(LENGTH + 1), "🙂".repeat(LENGTH / 2 + 1)] {
        let out = bench.text(&long);
        assert_eq!((said(&out), asked(&out), is_relayed(&out)), (vec!["dating-letter-long"], None, false));
    }
    // What would tell who somebody is stays out, as in a chat.
    let out = bench.text("write to @somebody_real");
    let (_, words) = letter(&out).expect("a letter");
    assert!(!words.contains("somebody_real"), "{words}");
    assert!(said(&out).contains(&"chat-not-passed"), "{out:?}");
}

/// Taken is told by a mark, and now and then by whom it goes to: nobody forgets that.
#[test]
fn a_letter_that_was_taken_is_marked() {
    let mut bench = writing(Bench::chatting());
    let taken = || told(Event::LetterTaken { matched: TOKEN, bot: BotId::FIRST, message: MessageId(5) });
    let marks = |out: &[Effect]| {
        has(out, |effect| {
            let Effect::Call(method) = effect else { return false };
            method.name == "setMessageReaction"
                && method.parameters
                    == r#"{"chat_id":1,"message_id":5,"reaction":[{"type":"emoji","emoji":"🕊"}]}"#
        })
    };
    let out = bench.event(taken());
    assert!(marks(&out) && out.len() == 1, "{out:?}");
    bench.later(3_600_000);
    let out = bench.event(taken());
    assert!(marks(&out), "{out:?}");
    assert_eq!(asked(&out), Some(&What::Pen { matched: TOKEN }));
}

/// A word more to one's own letter is for the same match.
#[test]
fn a_reply_to_ones_own_letter_goes_where_that_went() {
    let mut bench = on(Bench::chatting());
    for n in 1..=40 {
        bench.event(told(Event::LetterTaken { matched: TOKEN, bot: BotId::FIRST, message: MessageId(n) }));
    }
    let mut reply_to = |id| {
        let message = inbound(bench.seq as i32 + 100, Body::Text(Rich::plain("and one more thing")));
        bench.act(Act::Message(Inbound { reply_to: Some(MessageId(id)), ..message }))
    };
    assert_eq!(letter(&reply_to(40)), Some((TOKEN, "and one more thing")));
    assert_eq!(letter(&reply_to(25)), Some((TOKEN, "and one more thing")));
    // What is too long ago to be remembered, or was none, is answered as ever.
    assert!(is_relayed(&reply_to(24)) && is_relayed(&reply_to(77)));
}

#[test]
fn matches_are_written_to_and_letters_reported_from_anywhere() {
    for make in [Bench::idle, Bench::searching, Bench::chatting, with_character] {
        let mut bench = on(make());
        assert_eq!(asked(&bench.text("/matches")), Some(&What::Matches));
        assert_eq!(asked(&bench.press("dt:matches")), Some(&What::Matches));
        let write = bench.press(&format!("dt:write:{TOKEN}"));
        assert_eq!(asked(&write), Some(&What::Write { matched: TOKEN }));
        let out = bench.press(&format!("dt:letter_report:{TOKEN}"));
        assert_eq!((said(&out), asked(&out)), (vec!["dating-letter-why"], None));
        assert!(buttons(&out).contains(&format!("dt:letter_block:{TOKEN}")), "{out:?}");
        let report = |reason| What::LetterReport { letter: TOKEN, reason };
        let why = bench.press(&format!("dt:letter_why:3:{TOKEN}"));
        assert_eq!(asked(&why), Some(&report(Some(ReportReason::Spam))));
        assert_eq!(asked(&bench.press(&format!("dt:letter_block:{TOKEN}"))), Some(&report(None)));
        for odd in
            ["dt:letter_why:5:00000000000000ff", "dt:letter_why:0:ff", "dt:letter_why:0", "dt:letter:ff"]
        {
            assert_eq!(asked(&bench.press(odd)), None, "{odd}");
        }
    }
}

#[test]
fn before_the_gate_a_letter_is_said_to_be_unsent() {
    let mut bench = writing(Bench::chatting());
    bench.rules.gate = Some("https://t.me/example".into());
    let out = bench.text("for Lisa");
    assert_eq!((said(&out), asked(&out), is_relayed(&out)), (vec!["dating-letter-again"], None, false));
}

/// Where the operator has switched dating off, words for a match go to nobody.
#[test]
fn where_it_is_off_words_for_a_match_reach_nobody() {
    let mut bench = writing(Bench::chatting());
    bench.rules.dating = false;
    let out = bench.text("for Lisa");
    assert_eq!((said(&out), asked(&out), is_relayed(&out)), (vec!["dating-letter-gone"], None, false));
    assert!(is_relayed(&bench.text("for the partner")));
}
