//! /stop, /next, the partner's going.

use super::*;
use crate::ids::BotId;
use crate::session::EndCause;

#[test]
fn a_young_chat_is_asked_about_before_it_ends() {
    for (word, verb, cause) in [("/stop", "stop", EndCause::Stopped), ("/next", "next", EndCause::Next)] {
        let mut b = Bench::searching();
        b.found(P, YOU);
        b.later(b.rules.confirm_end_under_ms - 1);
        let out = b.text(word);
        assert_eq!((said(&out), ends(&out)), (vec!["ended-confirm"], None));
        assert_eq!(buttons(&out), [format!("end:{verb}:70"), "end:stay".to_owned()]);
        assert_eq!(said(&b.press("end:stay")), ["ended-kept"]);
        assert_eq!(ends(&b.press(&format!("end:{verb}:70"))), Some((P, cause)));
        assert_eq!(toast(&b.press(&format!("end:{verb}:70"))), Some("error-old-button"));
        assert_eq!(toast(&b.press("end:stay")), Some("error-old-button"), "nothing goes on");
    }
}

#[test]
fn an_older_chat_and_one_without_the_setting_end_at_once() {
    let mut b = Bench::searching();
    b.press("set:confirm");
    b.found(P, YOU);
    assert_eq!(ends(&b.text("/stop")), Some((P, EndCause::Stopped)));
    let mut b = Bench::searching();
    b.found(P, YOU);
    b.later(b.rules.confirm_end_under_ms);
    assert_eq!(ends(&b.text("/stop")), Some((P, EndCause::Stopped)));
}

#[test]
fn stop_offers_what_comes_next() {
    let mut b = Bench::chatting();
    let out = b.text("/stop");
    assert_eq!(said(&out), ["ended-by-you"]);
    assert_eq!(buttons(&out), ["s:go", "fb:up:70", "fb:down:70", "fb:report:70", "fb:block:70"]);
    assert!(saves(&out) && b.phase() == Phase::Idle);
    assert_eq!(said(&b.text("/stop")), ["chat-none"]);
}

#[test]
fn next_ends_and_searches() {
    let mut b = Bench::chatting();
    let out = b.text("/next");
    assert_eq!((ends(&out), said(&out)), (Some((P, EndCause::Next)), vec!["ended-next"]));
    assert!(seek(&out).expect("a wish").seeker.avoid.contains(&YOU));
    let end = out.iter().position(|e| matches!(e, Effect::EndPair { .. }));
    let seek = out.iter().position(|e| matches!(e, Effect::Seek(_)));
    assert!(end < seek, "free in the store before the next search");
    let mut b = Bench::idle();
    assert_eq!(said(&b.text("/next")), ["search-started"]);
}

#[test]
fn the_partners_going_is_told_without_the_reason() {
    for (cause, key) in [
        (EndCause::Stopped, "ended-by-partner"),
        (EndCause::Next, "ended-by-partner"),
        (EndCause::Reported, "ended-by-partner"),
        (EndCause::Erased, "ended-by-partner"),
        (EndCause::Vanished, "ended-vanished"),
        (EndCause::Lost, "ended-lost"),
    ] {
        let mut b = Bench::chatting();
        assert!(b.event(Event::PairEnded { pair: PairId(1), cause }).is_empty(), "another pair");
        let out = b.event(Event::PairEnded { pair: P, cause });
        assert_eq!(said(&out), [key]);
        assert!(saves(&out) && b.phase() == Phase::Idle && ends(&out).is_none());
        assert!(b.event(Event::PairEnded { pair: P, cause }).is_empty(), "told once");
    }
}

#[test]
fn who_blocks_the_bot_or_cannot_be_reached_leaves() {
    for gone in [
        Event::Unreachable { bot: BotId::FIRST },
        Event::Update(Update { update_id: 1, user: ME, lang_hint: None, act: Act::BlockedBot }),
    ] {
        let mut b = Bench::chatting();
        let out = b.event(gone.clone());
        assert_eq!(ends(&out), Some((P, EndCause::Vanished)));
        assert!(saves(&out) && said(&out).is_empty() && b.core.account.blocked_bot);
        let mut b = Bench::searching();
        let out = b.event(gone.clone());
        assert!(has(&out, |e| matches!(e, Effect::Unseek)) && saves(&out));
        assert_eq!(b.phase(), Phase::Idle);
        for mut b in [Bench::idle(), Bench::new()] {
            let phase = b.phase();
            assert_eq!(b.event(gone.clone()), [Effect::Save]);
            assert_eq!(b.phase(), phase);
        }
    }
    let mut b = Bench::chatting();
    b.act(Act::BlockedBot);
    assert!(saves(&b.text("/start")) && !b.core.account.blocked_bot, "back again");
}
