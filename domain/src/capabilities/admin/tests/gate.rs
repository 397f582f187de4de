use crate::capabilities::admin::{Ban, BanKind, Event, Request, Standing};
use crate::capabilities::{self, Capability as _, admin};
use crate::ids::{MessageId, PairId, UserId};
use crate::relay::content::{Body, MediaKind, Rich};
use crate::session::account::Phase;
use crate::session::notice::Notice;
use crate::session::tests::{Bench, P, YOU, buttons, has, inbound, media, pressed, said, saves, seek, toast};
use crate::session::{Effect, EndCause, Event as SessionEvent};
use crate::time::{DAY_MS, Millis};
use crate::update::Act;
use proptest::prelude::*;

fn ban(kind: BanKind, until: Millis) -> Ban {
    Ban { kind, since: Millis(5), until, reason: "sold things".into() }
}

fn standing(ban: Option<Ban>) -> SessionEvent {
    SessionEvent::Capability(capabilities::Event::Admin(Event::Standing(ban)))
}

fn banned(mut bench: Bench) -> Bench {
    bench.event(standing(Some(ban(BanKind::Ban, Millis::NEVER))));
    bench
}

fn shadowed(mut bench: Bench) -> Bench {
    bench.event(standing(Some(ban(BanKind::Shadow, Millis::NEVER))));
    bench
}

fn notes(out: &[Effect]) -> usize {
    out.iter()
        .filter(|e| matches!(e, Effect::Ask(capabilities::Request::Admin(Request::Told { .. }))))
        .count()
}

fn ends(out: &[Effect]) -> Option<(PairId, UserId, EndCause)> {
    out.iter().find_map(|e| match e {
        Effect::EndPair { pair, partner, cause } => Some((*pair, *partner, *cause)),
        _ => None,
    })
}

#[test]
fn a_ban_ends_the_chat_at_once_and_says_why() {
    let mut bench = Bench::chatting();
    let out = bench.event(standing(Some(ban(BanKind::Ban, Millis::NEVER))));
    assert_eq!(ends(&out), Some((P, YOU, EndCause::Vanished)));
    assert_eq!((said(&out), bench.phase(), saves(&out)), (vec!["banned-for-good"], Phase::Idle, true));
    assert_eq!(notes(&out), 1, "that they were told is kept");

    let mut bench = Bench::searching();
    let until = Millis(bench.now + DAY_MS);
    let out = bench.event(standing(Some(ban(BanKind::Ban, until))));
    assert!(has(&out, |e| matches!(e, Effect::Unseek)) && bench.phase() == Phase::Idle);
    assert_eq!(said(&out), ["banned-until"]);
    // The same news again is no news.
    assert_eq!(bench.event(standing(Some(ban(BanKind::Ban, until)))), []);
}

#[test]
fn the_notice_comes_once_a_day() {
    let mut bench = banned(Bench::idle());
    for _ in 0..50 {
        bench.later(60_000);
        assert_eq!(bench.text("/search"), []);
    }
    bench.later(DAY_MS);
    assert_eq!(said(&bench.text("hello")), ["banned-for-good"]);
    assert_eq!(bench.text("hello"), []);
    // Over a restart, too: when they were told comes with the account.
    let told = Some(Millis(bench.now));
    let ban = ban(BanKind::Ban, Millis::NEVER);
    let mut again = Bench::idle();
    again.now = bench.now + 5;
    again.core.stands(Some(Standing { ban, told, kept: true }));
    assert_eq!(again.text("/search"), []);
    again.later(DAY_MS);
    assert_eq!(said(&again.text("/search")), ["banned-for-good"]);
}

#[test]
fn who_was_banned_while_away_is_met_by_the_gate() {
    let mut bench = Bench::chatting();
    bench.core.stands(Some(Standing { ban: ban(BanKind::Ban, Millis::NEVER), told: None, kept: true }));
    let now = Millis(bench.now);
    let out = bench.event(SessionEvent::Loaded { live: Some((P, YOU, now)), owed: Vec::new() });
    assert_eq!(ends(&out), Some((P, YOU, EndCause::Vanished)));
    assert_eq!(said(&out), [""; 0], "they are told when they come");
}

#[test]
fn what_the_banned_may_still_do() {
    let mut bench = banned(Bench::idle());
    assert_eq!(said(&bench.text("/privacy")), ["privacy-text"]);
    assert_eq!(buttons(&bench.press("pv:erase")), ["pv:keep", "pv:erase-yes"]);
    assert_eq!(said(&bench.text("/appeal")), ["appeal-how"]);
    let out = bench.text("/appeal it was my brother");
    let asked = out.iter().find_map(|e| match e {
        Effect::Ask(capabilities::Request::Admin(Request::Appeal { words, .. })) => Some(words.as_str()),
        _ => None,
    });
    assert_eq!(asked, Some("it was my brother"));
    let out = bench.press("s:go");
    assert_eq!((toast(&out), out.len()), (Some("banned-toast"), 1), "the press is answered, and that is all");
    // Others, and shadows, have nothing to appeal against.
    assert_eq!(said(&Bench::idle().text("/appeal why")), ["appeal-no-need"]);
    assert_eq!(said(&shadowed(Bench::idle()).text("/appeal why")), ["appeal-no-need"]);
}

#[test]
fn a_ban_ends_by_itself_or_is_lifted() {
    let mut bench = Bench::idle();
    let until = Millis(bench.now + DAY_MS);
    bench.event(standing(Some(ban(BanKind::Ban, until))));
    bench.later(DAY_MS - 1);
    assert!(seek(&bench.text("/search")).is_none());
    bench.later(1);
    assert!(seek(&bench.text("/search")).is_some());
    let mut bench = banned(Bench::idle());
    bench.event(standing(None));
    assert!(seek(&bench.text("/search")).is_some());
}

#[test]
fn a_shadow_sees_nothing_and_meets_nobody() {
    let mut bench = Bench::chatting();
    let out = bench.event(standing(Some(ban(BanKind::Shadow, Millis::NEVER))));
    assert_eq!(ends(&out), Some((P, YOU, EndCause::Vanished)), "the partner hears that they have gone");
    assert!(has(&out, |e| matches!(
        e,
        Effect::Notify(Notice::ChatEnded { pair: P, cause: EndCause::Stopped })
    )));
    assert_eq!(notes(&out), 0);
    let out = bench.text("/search");
    assert_eq!(said(&out), ["search-started"]);
    let other = Bench::searching().core.account.profile().unwrap();
    assert!(!seek(&out).unwrap().seeker.profile.accepts(&other));
    // A pair that was under way before the shadow fell.
    let out = bench.found(PairId(71), UserId(3));
    assert_eq!(ends(&out), Some((PairId(71), UserId(3), EndCause::Stopped)));
    assert!(matches!(bench.phase(), Phase::Searching { .. }) && said(&out).is_empty());
    // Lifted, the same search is among everybody.
    let out = bench.event(standing(None));
    assert!(seek(&out).unwrap().seeker.profile.accepts(&other));
}

#[test]
fn words_of_a_shadow_in_a_chat_go_nowhere() {
    let mut bench = Bench::chatting();
    bench.core.stands(Some(Standing { ban: ban(BanKind::Shadow, Millis::NEVER), told: None, kept: true }));
    assert_eq!(bench.text("hello"), []);
}

#[test]
fn without_a_store_the_person_hears_that_it_was_not_kept() {
    let appeal = Request::Appeal { seq: crate::ids::Seq(1), words: "x".into() };
    assert_eq!(admin::Admin::unanswered(&appeal), Event::NotAppealed);
    assert_eq!(admin::Admin::unanswered(&Request::Told { at: Millis(1) }), Event::Noted);
    for (event, key) in [
        (Event::Appealed, "appeal-kept"),
        (Event::AppealedLately, "appeal-lately"),
        (Event::NotAppealed, "appeal-not-kept"),
    ] {
        let out = banned(Bench::idle()).event(SessionEvent::Capability(capabilities::Event::Admin(event)));
        assert_eq!(said(&out), [key]);
    }
}

/// Anything that a client can send.
fn any_act() -> impl Strategy<Value = Act> {
    let text = prop_oneof![
        Just("hello"),
        Just("/start"),
        Just("/search"),
        Just("/next"),
        Just("/stop"),
        Just("/settings"),
        Just("/profile"),
        Just("/report"),
        Just("/help"),
        Just("/rules"),
        Just("/language"),
        Just("/premium"),
        Just("/feedback hello"),
        Just("/privacy"),
        Just("/appeal"),
        Just("/appeal please"),
        Just("delete"),
    ];
    let data = prop_oneof![
        Just("on:lang:1"),
        Just("on:adult:1"),
        Just("s:go"),
        Just("s:more"),
        Just("pv:export"),
        Just("pv:erase-yes"),
        Just("fb:report:70"),
        Just("fb:block:70"),
        Just("x"),
    ];
    prop_oneof![
        5 => text.prop_map(|text| Act::Message(inbound(1, Body::Text(Rich::plain(text))))),
        3 => data.prop_map(pressed),
        1 => Just(Act::Message(inbound(1, media(MediaKind::Photo, None)))),
        1 => Just(Act::Edited(inbound(1, Body::Text(Rich::plain("edited"))))),
        1 => Just(Act::Reacted { message: MessageId(1), emoji: vec!["👍".into()] }),
        1 => Just(Act::BlockedBot),
        1 => Just(Act::UnblockedBot),
        1 => Just(Act::Unreadable),
    ]
}

proptest! {
    /// Guard of I19: whatever a banned person does reaches nobody, and seeks nobody.
    #[test]
    fn nothing_that_a_banned_person_does_reaches_anybody(
        start in 0..4usize,
        acts in proptest::collection::vec((any_act(), 0..200_000_000i64), 1..20),
    ) {
        let make = [Bench::new, Bench::idle, Bench::searching, Bench::chatting][start];
        let mut bench = banned(make());
        for (act, after) in acts {
            bench.later(after);
            let out = bench.act(act);
            let quiet = |e: &Effect| !matches!(
                e, Effect::Relay { .. } | Effect::Seek(_) | Effect::Record(_) | Effect::AwaitAlbum { .. }
            );
            prop_assert!(out.iter().all(quiet), "{out:?}");
        }
    }

    /// And where there is no account, none comes of it: it would be one that no erasure meant.
    #[test]
    fn a_ban_that_outlived_an_erasure_makes_no_account(
        acts in proptest::collection::vec((any_act(), 0..200_000_000i64), 1..20),
    ) {
        let mut bench = Bench::new();
        let ban = ban(BanKind::Ban, Millis::NEVER);
        bench.core.stands(Some(Standing { ban, told: None, kept: false }));
        for (act, after) in acts {
            bench.later(after);
            let out = bench.act(act);
            prop_assert!(!saves(&out), "{out:?}");
        }
        let mut bench = banned(Bench::idle());
        bench.press("pv:erase-yes");
        let out = bench.press("pv:export");
        prop_assert!(!saves(&out), "{out:?}");
    }
}

/// What operators have to say is said whatever the person does. That it has left is noted by
/// whoever told of it.
#[test]
fn what_operators_say_is_said() {
    use admin::{Line, LineKind};
    for (kind, key) in [
        (LineKind::Warning, "warned"),
        (LineKind::Accepted, "appeal-accepted"),
        (LineKind::Declined, "appeal-declined"),
    ] {
        for mut bench in [Bench::idle(), Bench::chatting(), banned(Bench::idle())] {
            let line = Line { line: 7, kind, reason: "no ads".into() };
            let out = bench.event(SessionEvent::Capability(capabilities::Event::Admin(Event::Line(line))));
            assert_eq!(said(&out), [key]);
            assert!(!has(&out, |e| matches!(e, Effect::Ask(_))), "{out:?}");
        }
    }
}

/// Guard: an operator's erasure is the person's own (I14), whatever they are doing.
#[test]
fn who_is_erased_by_operators_is_gone_as_by_themselves() {
    use admin::{Line, LineKind};
    for bench in [Bench::idle, Bench::chatting, Bench::searching] {
        let (mut theirs, mut own) = (bench(), bench());
        let line = Line { line: 7, kind: LineKind::Erased, reason: "asked us to".into() };
        let out = theirs.event(SessionEvent::Capability(capabilities::Event::Admin(Event::Line(line))));
        assert_eq!(said(&out), ["erased-by-operators"]);
        let by_themselves = own.press("pv:erase-yes");
        let ends = |out: &[Effect]| {
            let of = |e: &&Effect| matches!(e, Effect::EndPair { .. } | Effect::Unseek | Effect::Erase);
            out.iter().filter(of).map(|e| format!("{e:?}")).collect::<Vec<_>>()
        };
        assert_eq!(ends(&out), ends(&by_themselves));
        assert!(ends(&out).contains(&"Erase".to_owned()));
        assert_eq!(theirs.phase(), own.phase());
        assert!(!has(&out, |e| matches!(e, Effect::Ask(_))), "what was owed goes with them");
    }
}

/// A program's beat is kept as a suspicion; the message goes through all the same.
#[test]
fn a_suspicion_is_kept_and_stops_nothing() {
    let mut bench = Bench::chatting();
    let mut kept = 0;
    for _ in 0..30 {
        bench.later(5_000);
        let out = bench.text("next");
        assert!(has(&out, |e| matches!(e, Effect::Relay { .. })));
        kept += out.iter().filter(|e| is_detected(e)).count();
    }
    assert_eq!(kept, 2);
}

fn is_detected(effect: &Effect) -> bool {
    matches!(effect, Effect::Ask(capabilities::Request::Admin(Request::Detected { .. })))
}
