//! What only informs, what the engine reports, and /privacy.

use super::*;
use crate::capabilities::billing::Shop;
use crate::capabilities::billing::invite::Invites;
use crate::relay::Undelivered;
use crate::session::EndCause;
use crate::text::Arg;
use std::sync::Arc;

#[test]
fn commands_that_inform_work_in_every_state() {
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting] {
        for (word, key) in [
            ("/help", "help-text"),
            ("/rules", "rules-text"),
            ("/premium", "premium-unknown"),
            ("/settings", "settings-title"),
            ("/privacy", "privacy-text"),
            ("/help@nameless_bot please", "help-text"),
            ("/dance", "error-unknown-command"),
        ] {
            let mut b = make();
            let phase = b.phase();
            let out = b.text(word);
            assert_eq!(said(&out), [key]);
            assert!(relayed(&out).is_empty());
            assert_eq!(b.phase(), phase);
        }
        // Only who comes for the first time is greeted by it.
        let mut b = make();
        let key = if matches!(b.phase(), Phase::Onboarding { .. }) { "lang-ask" } else { "lang-choose" };
        assert_eq!(said(&b.text("/language")), [key]);
    }
}

#[test]
fn help_answers_by_topic_about_what_there_is() {
    let mut b = Bench::chatting();
    let shown = buttons(&b.text("/help"));
    assert_eq!(shown, ["i:help:chat", "i:help:safety", "h:show"], "the rest is switched off");
    for topic in ["chat", "safety"] {
        let out = b.press(&format!("i:help:{topic}"));
        assert_eq!(buttons(&out), ["i:help"], "{topic}");
        assert_eq!(b.phase(), Bench::chatting().phase());
    }
    assert_eq!(said(&b.press("i:help")), ["help-text"]);
    for off in ["i:help:dating", "i:help:payments", "i:help:nothing"] {
        assert_eq!(toast(&b.press(off)), Some("error-old-button"), "{off}");
    }
    b.rules.dating = true;
    assert_eq!(said(&b.press("i:help:dating")), ["help-about-dating"]);
}

#[test]
fn help_names_invitations_where_there_are_some() {
    let is_named = |b: &mut Bench| {
        let screen = screens(&b.text("/help")).remove(0);
        screen.text.args.iter().any(|(_, arg)| match arg {
            Arg::Commands(lines) => lines.contains(&("invite", "help-invite")),
            _ => false,
        })
    };
    let mut b = Bench::idle();
    assert!(!is_named(&mut b));
    let invites = Invites { days: 3, ..Invites::default() };
    b.rules.shop = Arc::new(Shop { invites, ..Shop::default() });
    assert!(is_named(&mut b));
}

#[test]
fn not_taken_is_told_once_until_something_is_taken() {
    let mut b = Bench::chatting();
    assert_eq!(said(&b.event(Event::NotTaken)), ["busy-session"]);
    assert!(b.event(Event::NotTaken).is_empty());
    b.text("hello");
    assert_eq!(said(&b.event(Event::NotTaken)), ["busy-session"]);
    assert_eq!(said(&b.event(Event::PutAside)), ["error-unexpected"]);
}

#[test]
fn notes_of_the_relay_are_for_the_live_pair() {
    let mut b = Bench::chatting();
    assert_eq!(said(&b.event(Event::RelayNote { pair: P, key: "chat-send-failed" })), ["chat-send-failed"]);
    assert!(b.event(Event::RelayNote { pair: PairId(1), key: "chat-send-failed" }).is_empty());
}

/// What did not arrive is owed, and no longer when the chat is over.
#[test]
fn what_did_not_arrive_is_owed_while_the_chat_lives() {
    let mut b = Bench::chatting();
    let why = Undelivered::NoVoice;
    let owed = Notice::NotArrived { pair: P, why };
    assert_eq!(b.event(Event::NotArrived { pair: P, why }), [Effect::Notify(owed)]);
    let live = Some((P, YOU, Millis(b.now)));
    assert!(b.event(Event::Loaded { live, owed: vec![owed] }).contains(&Effect::Notify(owed)));
    let other = Notice::NotArrived { pair: PairId(1), why };
    assert_eq!(b.event(Event::NotArrived { pair: PairId(1), why }), [Effect::NotOwed(other)]);
    assert_eq!(owed.screens()[0].text.key, "chat-no-voice");
}

/// In whatever state its user is, in this life or the next.
#[test]
fn an_answer_that_may_not_have_arrived_is_owed() {
    for make in [Bench::idle as fn() -> Bench, Bench::chatting, Bench::searching] {
        let mut b = make();
        assert_eq!(b.event(Event::Unsaid), [Effect::Notify(Notice::Unsaid)]);
        let live = b.core.account.pair().map(|pair| (pair, YOU, Millis(b.now)));
        let (_, out) = make().reloaded_owing(live, &[Notice::Unsaid]);
        assert!(said(&out).contains(&"said-unsure"), "{out:?}");
    }
}

#[test]
fn export_and_erase() {
    for (make, live) in [(Bench::idle as fn() -> Bench, false), (Bench::chatting, true)] {
        let mut b = make();
        b.text("/privacy");
        assert!(exports(&b.press("pv:export")));
        assert_eq!(buttons(&b.press("pv:erase")), ["pv:keep", "pv:erase-yes"], "the first keeps");
        assert_eq!(said(&b.press("pv:keep")), ["privacy-erase-kept"]);
        let out = b.press("pv:erase-yes");
        assert_eq!(ends(&out), live.then_some((P, EndCause::Erased)));
        assert!(has(&out, |e| matches!(e, Effect::Erase)) && !saves(&out), "nothing is kept again");
        let fresh = Account::new(ME, Lang::En, Millis(b.now));
        assert_eq!(b.core.account, Account { applied: Seq(b.seq), ..fresh });
        assert_eq!(said(&b.text("/start")), ["lang-ask"]);
    }
    let out = Bench::searching().press("pv:erase-yes");
    assert!(has(&out, |e| matches!(e, Effect::Unseek)));
}

fn exports(out: &[Effect]) -> bool {
    has(out, |e| matches!(e, Effect::Export))
}

#[test]
fn a_copy_is_made_once_an_hour_and_at_once_after_one_that_failed() {
    let mut b = Bench::idle();
    let out = b.press("pv:export");
    assert!(exports(&out) && saves(&out), "a restart within the hour knows of it");
    b.later(b.rules.export_again_ms - 1);
    let out = b.press("pv:export");
    assert_eq!((exports(&out), toast(&out)), (false, Some("privacy-export-lately")));
    assert_eq!(said(&out), ["privacy-export-lately"], "told in words");
    // The press that made it comes again after a crash: nobody knows whether the file has left.
    let before = b.seq - 1;
    assert!(exports(&b.at(before, pressed("pv:export"))));
    b.later(1);
    assert!(exports(&b.press("pv:export")));
    let out = b.event(Event::ExportFailed);
    assert_eq!(said(&out), ["privacy-export-failed"]);
    assert!(saves(&out) && exports(&b.press("pv:export")), "nothing was given, so nothing counts");
}

#[test]
fn erasing_does_not_shorten_the_day_of_who_is_not_18() {
    let mut b = Bench::new();
    b.press("on:lang:1");
    b.press("on:adult:0");
    let out = b.press("pv:erase-yes");
    assert!(has(&out, |e| matches!(e, Effect::Erase)));
    for word in ["/start", "/search", "hello"] {
        assert_eq!(said(&b.text(word)), ["adult-turned-away"], "{word}");
    }
    assert_eq!(toast(&b.press("on:adult:1")), Some("error-old-button"));
    b.later(b.rules.underage_again_ms);
    assert_eq!(said(&b.text("/start")), ["adult-ask"]);
}
