//! Who comes in, who waits, and what no gate ever stands before.

use super::*;
use crate::capabilities::dating::bot::What;
use crate::capabilities::{self, again};
use crate::session::account::Phase;
use crate::session::tests::*;

const LINK: &str = "https://t.me/example_channel";

fn gated(mut bench: Bench) -> Bench {
    bench.rules.gate = Some(LINK.into());
    bench.rules.dating = true;
    bench
}

fn told(bench: &mut Bench, member: Option<bool>) -> Vec<Effect> {
    let event = capabilities::Event::Gate(Event { member });
    bench.event(crate::session::Event::Capability(event))
}

fn asks(out: &[Effect]) -> bool {
    has(out, |effect| matches!(effect, Effect::Ask(capabilities::Request::Gate(_))))
}

fn searches(bench: &Bench) -> bool {
    matches!(bench.phase(), Phase::Searching { .. })
}

#[test]
fn nobody_is_asked_where_there_is_no_gate() {
    let mut b = Bench::idle();
    assert!(!asks(&b.text("/search")) && searches(&b));
}

#[test]
fn a_member_gets_what_they_wanted() {
    for press in [false, true] {
        let mut b = gated(Bench::idle());
        let out = if press { b.press("s:go") } else { b.text("/search") };
        assert!(asks(&out) && said(&out).is_empty() && !searches(&b));
        let out = told(&mut b, Some(true));
        assert_eq!(said(&out), ["search-started"]);
        assert!(searches(&b));
    }
}

/// An answer by button is known by its place in the journal: without it, it was for nothing.
#[test]
fn a_button_that_waited_is_the_same_button() {
    for member in [Some(true), None] {
        let mut b = gated(Bench::idle());
        assert!(asks(&b.press("dt:goal:1")));
        let out = told(&mut b, member);
        assert!(
            has(&out, |effect| matches!(effect, Effect::Ask(capabilities::Request::Dating(_)))),
            "{out:?}"
        );
    }
}

#[test]
fn who_has_not_joined_is_told_where_and_comes_in_after() {
    let mut b = gated(Bench::idle());
    b.text("/search");
    let out = told(&mut b, Some(false));
    assert_eq!(said(&out), ["gate-join"]);
    let screen = screens(&out).pop().expect("a screen");
    assert_eq!(screen.keyboard[0][0].action, Action::Url(LINK.into()));
    assert!(!searches(&b));
    assert!(asks(&b.press("gate:again")));
    assert_eq!(said(&told(&mut b, Some(true))), ["gate-open"]);
    let out = b.text("/search");
    assert!(!asks(&out) && searches(&b), "it is known for a while");
}

#[test]
fn where_telegram_does_not_answer_people_come_in() {
    let mut b = gated(Bench::idle());
    b.text("/search");
    assert_eq!(said(&told(&mut b, None)), ["search-started"]);
    b.text("/stop");
    assert!(asks(&b.text("/search")), "it is no member for that");
}

#[test]
fn who_was_a_member_goes_on_while_it_is_asked_again() {
    let mut b = gated(Bench::idle());
    b.text("/search");
    told(&mut b, Some(true));
    b.text("/stop");
    b.later(GOOD_FOR_MS);
    let out = b.text("/search");
    assert!(asks(&out) && searches(&b));
    assert!(told(&mut b, Some(false)).is_empty() && searches(&b), "what goes on goes on");
    b.text("/stop");
    assert!(asks(&b.text("/search")) && !searches(&b), "and the next time they are asked to join");
    told(&mut b, Some(true));
    b.text("/stop");
    b.later(GRACE_MS);
    assert!(asks(&b.text("/search")) && !searches(&b), "too long ago");
}

#[test]
fn the_last_wish_counts_and_telegram_is_asked_once() {
    let mut b = gated(Bench::idle());
    assert!(asks(&b.text("/dating")));
    assert!(!asks(&b.text("/search")));
    assert_eq!(said(&told(&mut b, Some(true))), ["search-started"]);
}

/// Guard: whoever gives /stop while Telegram is slow does not search a moment later.
#[test]
fn stop_takes_back_what_waits() {
    for member in [Some(true), Some(false), None] {
        let mut b = gated(Bench::idle());
        assert!(asks(&b.text("/search")));
        assert_eq!(said(&b.text("/stop")), ["chat-none"]);
        assert!(told(&mut b, member).is_empty() && !searches(&b), "{member:?}");
        assert_eq!(asks(&b.text("/search")), member != Some(true), "and then it is asked anew");
        let mut b = gated(Bench::chatting());
        b.text("/next");
        b.text("/stop");
        assert!(told(&mut b, member).is_empty() && !searches(&b), "{member:?}");
    }
}

/// Guard: an old "go on" begins a search as any other button does.
#[test]
fn an_old_button_is_no_way_in() {
    let mut b = gated(Bench::idle());
    assert!(asks(&b.press("s:more")) && !searches(&b));
    assert!(!asks(&gated(Bench::searching()).press("s:more")));
}

#[test]
fn never_before_what_people_need() {
    let open = [
        "/stop",
        "/report",
        "/privacy",
        "/premium",
        "/paysupport",
        "/terms",
        "/settings",
        "/help",
        "/rules",
        "/language",
        "/menu",
        "/feedback",
        "/start",
        "hello",
    ];
    for word in open {
        for make in [Bench::idle as fn() -> Bench, Bench::chatting, Bench::after_chat] {
            assert!(!asks(&gated(make()).text(word)), "{word}");
        }
    }
    for press in ["s:stop", "end:stop:70", "end:stay", "pv:erase-yes", "pv:export", "set:show", "h:show"]
        .into_iter()
        .chain([
            "dt:delete",
            "dt:delete-yes",
            "dt:pause",
            "dt:report:00000000000000a1",
            "dt:why:0:00000000000000a1",
            "dt:block:00000000000000a1",
            "dt:choices",
            "dt:choose:like:0",
            "dt:stats",
        ])
        .chain(["dt:part-yes:00000000000000a1", "dt:unshare:00000000000000a1", "ch:del-yes:1", "ch:forget"])
        .chain(["ch:sh:off:1", "ch:sh:report:1", "ch:leave", "ch:pic-stop:1", "ch:adult_off:1"])
        .chain(["ag:ask:70", "ag:yes:70", "ag:no:70"])
    {
        assert!(!asks(&gated(Bench::chatting()).press(press)), "{press}");
    }
    for press in ["dt:next", "dt:like:00000000000000a1", "dt:share-yes:00000000000000a1"]
        .into_iter()
        .chain(["ch:talk:1", "ch:sh:yes:1"])
    {
        assert!(asks(&gated(Bench::idle()).press(press)), "{press}");
    }
    assert!(!asks(&gated(Bench::after_chat()).press("ag:no:70")));
    let mut b = gated(Bench::chatting());
    let phase = b.phase();
    assert!(asks(&b.text("/next")));
    told(&mut b, Some(false));
    assert_eq!(b.phase(), phase, "the chat goes on");
}

/// Guard: "ag" in `holds_press`. A chat with the last partner begins without a search.
#[test]
fn who_asks_a_partner_back_or_agrees_has_joined() {
    let agrees = |out: &[Effect]| {
        let yes = again::Request::Answer { pair: P, yes: true };
        has(out, |effect| matches!(effect, Effect::Ask(capabilities::Request::Again(it)) if *it == yes))
    };
    for (member, is_in) in [(Some(true), true), (Some(false), false), (None, true)] {
        let mut b = gated(Bench::idle());
        let out = b.press("ag:yes:70");
        assert!(asks(&out) && !agrees(&out));
        let out = told(&mut b, member);
        assert_eq!(agrees(&out), is_in, "{member:?}");
        assert_eq!(said(&out).contains(&"gate-join"), !is_in, "{member:?}");
        // What stands over the chat where nobody waits: the press has been answered by then.
        let mut b = gated(Bench::idle());
        b.rules.again_per_day = 3;
        assert!(asks(&b.press("ag:ask:70")));
        let line = if is_in { "again-too-late" } else { "gate-join" };
        assert_eq!(said(&told(&mut b, member)), [line]);
    }
}

/// A report is a way out, and the next card after it is not.
#[test]
fn who_has_not_joined_sees_no_card_after_a_report() {
    let goes_on = |out: &[Effect]| {
        out.iter().find_map(|effect| match effect {
            Effect::Ask(capabilities::Request::Dating(request)) => match request.what {
                What::Report { goes_on, .. } => Some(goes_on),
                _ => None,
            },
            _ => None,
        })
    };
    let why = "dt:why:0:00000000000000a1";
    let mut b = gated(Bench::idle());
    assert_eq!(goes_on(&b.press(why)), Some(false));
    b.text("/search");
    told(&mut b, Some(true));
    b.text("/stop");
    assert_eq!(goes_on(&b.press(why)), Some(true), "a member");
    b.later(GRACE_MS);
    assert_eq!(goes_on(&b.press(why)), Some(false), "too long ago");
    b.rules.gate = None;
    assert_eq!(goes_on(&b.press(why)), Some(true), "no gate");
}

#[test]
fn who_has_not_answered_the_first_questions_is_asked_those() {
    let mut b = gated(Bench::new());
    b.text("/start");
    assert!(!asks(&b.text("/search")));
}
