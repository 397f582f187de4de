//! What comes again after a crash, and squaring with the store.

use super::*;
use crate::session::EndCause;

#[test]
fn a_command_that_comes_again_does_not_take_effect_again() {
    let mut b = Bench::chatting();
    b.text("/next");
    b.found(PairId(71), UserId(3));
    b.later(60_000);
    for act in [
        Act::Message(inbound(1, Body::Text(Rich::plain("/next")))),
        Act::Message(inbound(1, Body::Text(Rich::plain("/stop")))),
        pressed("end:stop:71"),
        pressed("fb:block:71"),
        pressed("pv:erase-yes"),
    ] {
        let out = b.at(b.seq, act);
        assert_eq!((said(&out), ends(&out)), (vec!["chat-going-on"], None));
    }
    let out = b.at(b.seq, Act::BlockedBot);
    assert_eq!((said(&out), ends(&out)), (vec![], None), "of the past");
    assert_eq!(b.core.account.pair(), Some(PairId(71)));
}

/// Its row was kept, and the process ended before its answer had left.
#[test]
fn a_stop_that_comes_again_says_that_the_chat_is_over() {
    let stop = || Act::Message(inbound(1, Body::Text(Rich::plain("/stop"))));
    for act in [stop(), pressed(&format!("end:stop:{}", P.0))] {
        let mut b = Bench::chatting();
        b.text("/stop");
        let out = b.at(b.seq, act.clone());
        assert_eq!((said(&out), ends(&out)), (vec!["ended-by-you"], None));
        assert_eq!(buttons(&out), ["s:go", "fb:up:70", "fb:down:70", "fb:report:70", "fb:block:70"]);
        b.later(600_000);
        assert_eq!(said(&b.at(b.seq, act)), ["chat-none"], "of a chat of long ago");
    }
    // Who was in none hears that.
    let mut b = Bench::idle();
    b.text("/stop");
    assert_eq!(said(&b.at(b.seq, stop())), ["chat-none"]);
}

#[test]
fn what_only_shows_is_shown_again() {
    let mut b = Bench::chatting();
    let again = |b: &mut Bench, text: &str| b.at(1, Act::Message(inbound(1, Body::Text(Rich::plain(text)))));
    assert_eq!(said(&again(&mut b, "/help")), ["help-text"]);
    assert_eq!(said(&again(&mut b, "/privacy")), ["privacy-text"]);
    assert!(has(&b.at(1, pressed("pv:export")), |e| matches!(e, Effect::Export)));
}

#[test]
fn what_was_written_before_a_chat_is_not_relayed_into_it() {
    let mut b = Bench::chatting();
    let before = b.seq;
    let text = |id| Act::Message(inbound(id, Body::Text(Rich::plain("for another"))));
    let out = b.at(before, text(1));
    assert_eq!((said(&out), relayed(&out).len()), (vec!["chat-older"], 0));
    let out = b.at(before, Act::Message(inbound(1, Body::Text(Rich::plain("delete")))));
    assert!(relayed(&out).is_empty());
    assert_eq!(relayed(&b.at(before + 1, text(2))).len(), 1);
    assert_eq!(relayed(&b.at(before + 1, text(2))).len(), 1, "of this chat: the relay knows whether it left");
}

#[test]
fn a_loaded_session_knows_what_came_before_it() {
    let (mut b, _) = Bench::searching().reloaded(None);
    b.core.came_before(Seq(50));
    b.found(P, YOU);
    let text = || Act::Message(inbound(1, Body::Text(Rich::plain("for another"))));
    assert!(relayed(&b.at(50, text())).is_empty());
    assert_eq!(relayed(&b.at(51, text())).len(), 1);
}

#[test]
fn squaring_with_the_store() {
    let q = PairId(71);
    let live = |pair| Some((pair, YOU, Millis(0)));
    let (b, out) = Bench::chatting().reloaded(live(P));
    assert!(out.is_empty() && b.core.account.pair() == Some(P));
    let (b, out) = Bench::chatting().reloaded(None);
    assert_eq!((said(&out), b.phase()), (vec!["ended-lost"], Phase::Idle));
    let (b, out) = Bench::chatting().reloaded(live(q));
    assert_eq!((said(&out), b.core.account.pair()), (vec!["chat-found"], Some(q)));
    assert_eq!(b.core.account.last_chat.map(|l| l.pair), Some(P));
    let (b, out) = Bench::searching().reloaded(None);
    assert!(seek(&out).is_some() && said(&out).is_empty() && matches!(b.phase(), Phase::Searching { .. }));
    let (b, out) = Bench::searching().reloaded(live(q));
    assert_eq!((said(&out), b.core.account.pair()), (vec!["chat-found"], Some(q)));
    let mut b = Bench::chatting();
    b.text("/next");
    let (_, out) = b.reloaded(live(P));
    assert_eq!(ends(&out), Some((P, EndCause::Stopped)), "its end had not reached the store");
    assert!(seek(&out).is_some());
    for bench in [Bench::idle(), Bench::new(), Bench::after_chat()] {
        let phase = bench.phase();
        let (b, out) = bench.reloaded(live(q));
        assert_eq!((ends(&out), b.phase()), (Some((q, EndCause::Stopped)), phase));
    }
    for bench in [Bench::idle(), Bench::new()] {
        assert!(bench.reloaded(None).1.is_empty());
    }
}

#[test]
fn a_pair_given_back_on_loading_is_not_begun_by_its_late_news() {
    let (mut b, _) = Bench::idle().reloaded(Some((P, YOU, Millis(0))));
    b.text("/search");
    assert_eq!(ends(&b.found(P, YOU)), Some((P, EndCause::Stopped)));
    assert!(matches!(b.phase(), Phase::Searching { .. }));
}

#[test]
fn what_a_former_life_owed_is_said_if_it_still_holds() {
    let began =
        |pair, common| Notice::ChatBegan { pair, common: Interests(common), again: false, matched: false };
    let ended = |pair| Notice::ChatEnded { pair, cause: EndCause::Next };
    let live = Some((P, YOU, Millis(0)));
    let notified = |out: &[Effect]| has(out, |e| matches!(e, Effect::Notify(_)));

    // The row was kept, the line had not left.
    let (_, out) = Bench::chatting().reloaded_owing(live, &[began(P, 1)]);
    assert_eq!(said(&out), ["chat-found", "chat-shared-topics"]);
    // The row was not: said once, with what is known of it.
    let (_, out) = Bench::searching().reloaded_owing(live, &[began(P, 1)]);
    assert_eq!(said(&out), ["chat-found", "chat-shared-topics"]);
    // With a match, whose name a later life does not know, and one line all the same.
    let matched = Notice::ChatBegan { pair: P, common: Interests(0), again: false, matched: true };
    let (_, out) = Bench::chatting().reloaded_owing(live, &[matched]);
    assert_eq!(said(&out), ["dating-talk-on"]);
    let (_, out) = Bench::searching().reloaded_owing(live, &[matched]);
    assert_eq!(said(&out), ["chat-found"]);
    assert!(has(&out, |e| *e == Effect::NotOwed(matched)), "{out:?}");
    let (b, out) = Bench::chatting().reloaded_owing(None, &[ended(P)]);
    assert_eq!((said(&out), b.phase()), (vec!["ended-by-partner"], Phase::Idle));
    // It ended, the line had not left; and the next search is on already.
    let mut b = Bench::after_chat();
    b.text("/search");
    let (_, out) = b.reloaded_owing(None, &[ended(P)]);
    assert_eq!(said(&out), ["ended-by-partner"]);
    // Of a chat that is over, of a search that is over.
    let widened = Notice::Widened { times: 1, widening: crate::profile::Widening::Ages };
    for (bench, live, notice) in [
        (Bench::after_chat(), None, began(P, 0)),
        (Bench::chatting(), live, Notice::GaveUp),
        (Bench::chatting(), live, ended(PairId(3))),
        (Bench::idle(), None, widened),
    ] {
        let (_, out) = bench.reloaded_owing(live, &[notice]);
        assert!(!notified(&out) && has(&out, |e| *e == Effect::NotOwed(notice)), "{notice:?}");
    }
    let (_, out) = Bench::idle().reloaded_owing(None, &[Notice::GaveUp]);
    assert_eq!(said(&out), ["search-gave-up"]);
}
