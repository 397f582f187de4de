//! What is pressed and written in the chat with the bot.

use crate::capabilities;
use crate::capabilities::billing::{Good, Kind, Product, Shop, Stars};
use crate::capabilities::dating::bot::{Figures, Home, Matched, Photos, Token, What};
use crate::capabilities::dating::pair::{Contacts, Verdict};
use crate::capabilities::dating::person::Goal;
use crate::capabilities::dating::place::Cell;
use crate::capabilities::dating::profile::{Answer, Objection, Question};
use crate::capabilities::dating::{Event, Request};
use crate::ids::{PairId, UserId};
use crate::relay::content::Body;
use crate::rules::Rules;
use crate::session::account::Phase;
use crate::session::review::ReportReason;
use crate::session::tests::{Bench, buttons, said, saves, seek};
use crate::session::{Effect, shown_commands};
use crate::time::Millis;

pub(super) fn on(mut bench: Bench) -> Bench {
    bench.rules = Rules { dating: true, ..Rules::default() };
    bench
}

pub(super) fn asked(out: &[Effect]) -> Option<&What> {
    out.iter().find_map(|effect| match effect {
        Effect::Ask(capabilities::Request::Dating(Request { what, .. })) => Some(what),
        _ => None,
    })
}

pub(super) fn told(event: Event) -> crate::session::Event {
    crate::session::Event::Capability(capabilities::Event::Dating(event))
}

#[test]
fn where_it_is_off_there_is_no_such_thing() {
    let mut bench = Bench::idle();
    for words in ["/dating", "/matches", "/stats"] {
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

/// A place is an answer like any other, and as everywhere else only its square is known.
#[test]
fn a_place_on_the_map_may_be_an_answer() {
    let mut bench = on(Bench::idle());
    let cell = Cell::of(55.751244, 37.618423).unwrap();
    for is_live in [false, true] {
        let out = bench.send(Body::Place { cell, is_live });
        let Some(What::Hear { answer, .. }) = asked(&out) else { panic!("{out:?}") };
        assert_eq!((answer, said(&out)), (&Answer::Place { cell, is_live }, Vec::new()));
    }
    // Where nothing is asked it is what it is without dating.
    assert_eq!(said(&bench.event(told(Event::NotAsked))), ["chat-none"]);
    assert_eq!(said(&Bench::idle().send(Body::Place { cell, is_live: false })), ["chat-none"]);
    // It is passed on to nobody.
    let mut bench = on(Bench::chatting());
    let out = bench.send(Body::Place { cell, is_live: false });
    assert_eq!((asked(&out), said(&out)), (None, vec!["refused-location"]));
    let relays = out.iter().any(|effect| matches!(effect, Effect::Relay { .. }));
    assert!(!relays, "{out:?}");
}

#[test]
fn where_they_are_is_asked_for_by_itself_and_in_the_row() {
    let mut bench = on(Bench::idle());
    assert_eq!(asked(&bench.press("dt:place")), Some(&What::Place { pin: false }));
    assert_eq!(asked(&bench.press("dt:pin")), Some(&What::Place { pin: true }));
    for (question, objection, key) in [
        (Question::City, None, "dating-ask-city"),
        (Question::Pin, None, "dating-ask-city"),
        (Question::Place, None, "dating-ask-place"),
        (Question::Place, Some(Objection::NoCity), "dating-no-city"),
        (Question::Pin, Some(Objection::Live), "dating-live-place"),
        (Question::City, Some(Objection::Moves), "dating-moves"),
    ] {
        let out = bench.event(told(Event::Ask { question, objection }));
        assert_eq!((said(&out), buttons(&out)), (vec![key], vec!["dt:pin".into(), "dt:later".into()]));
    }
    // It is said that it is kept, and the dialogue goes on.
    let cell = Cell::of(55.75, 37.65).unwrap();
    let then = || Box::new(Event::Ask { question: Question::Goal, objection: None });
    let says = Some("{}".to_owned());
    let out = bench.event(told(Event::Placed { cell, says, then: then() }));
    assert_eq!(said(&out), ["dating-ask-goal"]);
    assert!(
        matches!(&out[0], Effect::Call(call) if call.name == "sendMessage" && call.parameters == "{}"),
        "{out:?}"
    );
    let out = bench.event(told(Event::Placed { cell, says: None, then: then() }));
    assert_eq!(said(&out), ["dating-ask-goal"]);
    assert!(!out.iter().any(|effect| matches!(effect, Effect::Call(_))), "{out:?}");
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

/// What is sold apart is offered where it is missing, and nowhere where it is not sold.
#[test]
fn what_is_sold_apart_is_offered_where_it_is_sold() {
    let mut bench = on(Bench::idle());
    let card = Token(0xff);
    let out = bench.press(&format!("dt:super:{card}"));
    assert_eq!(asked(&out), Some(&What::Say { card, verdict: Verdict::SuperLike }));
    assert_eq!(asked(&bench.press("dt:goods")), Some(&What::Goods));
    assert_eq!(asked(&bench.press("dt:likers")), Some(&What::Likers));
    let home = || told(Event::Home(Home { is_paused: false, is_hidden: false, likes: 5, matches: 0 }));
    let offer = || told(Event::Offer { good: Good::DatingSuper });
    assert!(!buttons(&bench.event(home())).contains(&"dt:goods".to_owned()));
    assert_eq!(buttons(&bench.event(offer())), ["dt:home"]);
    let (id, kind, title, about) = ("five", Kind::Pack, "t", "a");
    let (good, stars) = (Some(Good::DatingSuper), Stars::new(9));
    let product = Product { id, kind, amount: 5, good, stars, kopecks: None, title, about };
    bench.rules.shop = std::sync::Arc::new(Shop { products: vec![product], ..Shop::default() });
    assert!(buttons(&bench.event(home())).contains(&"dt:goods".to_owned()));
    let out = bench.event(offer());
    assert_eq!(
        (said(&out), buttons(&out)),
        (vec!["dating-offer-super"], vec!["bl:buy:five".into(), "dt:home".into()])
    );
    let out = bench.event(told(Event::Goods(vec![(Good::DatingSuper, 3)])));
    assert_eq!(
        (said(&out), buttons(&out)),
        (vec!["dating-goods"], vec!["bl:buy:five".into(), "dt:home".into()])
    );
}

#[test]
fn photos_are_listed_with_what_can_be_done_about_each() {
    let mut bench = on(Bench::idle());
    let photo = Token(0xff);
    assert_eq!(asked(&bench.press("dt:photos")), Some(&What::Photos));
    assert_eq!(asked(&bench.press("dt:more")), Some(&What::More));
    assert_eq!(asked(&bench.press(&format!("dt:first:{photo}"))), Some(&What::PhotoFirst { photo }));
    assert_eq!(asked(&bench.press(&format!("dt:away:{photo}"))), Some(&What::PhotoAway { photo }));
    assert_eq!(asked(&bench.press("dt:album")), Some(&What::Album { card: None }));
    assert_eq!(asked(&bench.press(&format!("dt:album:{photo}"))), Some(&What::Album { card: Some(photo) }));
    let all = vec![Token(1), Token(2)];
    let out = bench.event(told(Event::Photos(Photos { all, waiting: vec![1], has_first: true })));
    assert_eq!(said(&out), ["dating-photos"]);
    let (one, two) = (Token(1), Token(2));
    let ways = [format!("dt:away:{one}"), format!("dt:first:{two}"), format!("dt:away:{two}")];
    assert_eq!(buttons(&out), [&ways[..], &["dt:me", "dt:more", "dt:home"].map(str::to_owned)].concat());
    let none = Photos { all: Vec::new(), waiting: Vec::new(), has_first: false };
    assert_eq!(buttons(&bench.event(told(Event::Photos(none)))), ["dt:more", "dt:home"]);
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
    // What is for good is asked twice.
    assert_eq!(asked(&bench.press(&format!("dt:share:{card}"))), None);
    let share = |on| What::Share { matched: card, on };
    assert_eq!(asked(&bench.press(&format!("dt:share-yes:{card}"))), Some(&share(true)));
    assert_eq!(asked(&bench.press(&format!("dt:unshare:{card}"))), Some(&share(false)));
    assert_eq!(asked(&bench.press(&format!("dt:part:{card}"))), None);
    assert_eq!(asked(&bench.press(&format!("dt:part-yes:{card}"))), Some(&What::Part { matched: card }));
    assert_eq!(asked(&bench.press("dt:delete")), None);
    assert_eq!(asked(&bench.press("dt:delete-yes")), Some(&What::Delete));
    // A report says why.
    let out = bench.press(&format!("dt:report:{card}"));
    assert_eq!((asked(&out), said(&out)), (None, vec!["dating-report-why"]));
    let reason = ReportReason::Spam;
    assert_eq!(
        asked(&bench.press(&format!("dt:why:3:{card}"))),
        Some(&What::Report { card, reason: Some(reason), goes_on: true })
    );
    // Whoever only wants to be rid of somebody need not.
    assert!(buttons(&out).contains(&format!("dt:block:{card}")), "{out:?}");
    assert_eq!(
        asked(&bench.press(&format!("dt:block:{card}"))),
        Some(&What::Report { card, reason: None, goes_on: true })
    );
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
    // One name each.
    for word in ["", "00000000000000FF", "ff", "+00000000000000f", "00000000000000fff"] {
        assert_eq!(Token::of_word(word), None, "{word}");
    }
}

#[test]
fn the_chat_with_a_match_begins_where_nobody_else_is_talked_to() {
    let (pair, partner) = (PairId(7), UserId(9));
    let opened = || told(Event::ChatOpened { pair, partner, name: "Lisa".into(), matched: None });
    for make in [Bench::idle, Bench::searching] {
        let mut bench = on(make());
        let out = bench.event(opened());
        // One line, owed without the name: a later life says what is known then.
        let line = out.iter().find_map(|effect| match effect {
            Effect::Notify(line) => Some(*line),
            _ => None,
        });
        let line = line.expect("a line");
        assert_eq!(said(&out), ["dating-talk-on"]);
        let screens = bench.core.screens_of(line, &bench.rules, Millis(bench.now));
        assert_eq!(screens.iter().map(|screen| screen.text.key).collect::<Vec<_>>(), ["dating-talk"]);
        assert!(matches!(bench.phase(), Phase::Chatting { pair: live, .. } if live == pair));
        assert!(said(&bench.event(opened())).is_empty(), "once");
        let (_, out) = bench.reloaded_owing(Some((pair, partner, Millis(0))), &[line]);
        assert_eq!(said(&out), ["dating-talk-on"]);
    }
    let mut bench = on(Bench::chatting());
    let before = bench.phase();
    let out = bench.event(opened());
    assert!(matches!(out[..], [Effect::EndPair { pair: ended, .. }] if ended == pair), "{out:?}");
    assert_eq!(bench.phase(), before);
}

#[test]
fn a_chat_ends_with_the_match_and_no_other_does() {
    let mut bench = on(Bench::chatting());
    let Phase::Chatting { partner, .. } = bench.phase() else { panic!("they talk") };
    let other = UserId(partner.0 + 1);
    assert!(bench.event(told(Event::Ended { partner: other, blocked: false })).is_empty());
    let out = bench.event(told(Event::Ended { partner, blocked: false }));
    assert!(
        out.iter().any(|effect| matches!(effect, Effect::EndPair { partner: gone, .. } if *gone == partner))
    );
    assert!(matches!(bench.phase(), Phase::Idle), "{out:?}");
    assert!(bench.event(told(Event::Ended { partner, blocked: false })).is_empty(), "once");
}

#[test]
fn whoever_is_blocked_in_the_app_is_met_in_no_chat() {
    for make in [Bench::idle, Bench::searching, Bench::chatting] {
        let mut bench = on(make());
        let partner = match bench.phase() {
            Phase::Chatting { partner, .. } => partner,
            _ => UserId(77),
        };
        let is_searching = matches!(bench.phase(), Phase::Searching { .. });
        let out = bench.event(told(Event::Ended { partner, blocked: true }));
        assert!(saves(&out) && bench.core.account.blocked.has(partner), "{out:?}");
        let avoids = seek(&out).is_some_and(|request| request.seeker.avoid.contains(&partner));
        assert_eq!(avoids, is_searching, "{out:?}");
        assert!(!matches!(bench.phase(), Phase::Chatting { .. }), "{out:?}");
    }
}

#[test]
fn who_a_match_is_stands_in_the_message_that_both_agreed_to() {
    let mut bench = on(Bench::idle());
    let of = |username: Option<&str>, is_elsewhere| Event::Contact {
        name: "Lisa".into(),
        username: username.map(str::to_owned),
        user: UserId(77),
        is_elsewhere,
    };
    for is_elsewhere in [false, true] {
        assert_eq!(said(&bench.event(told(of(Some("lisa"), is_elsewhere)))), vec!["dating-known"]);
    }
    assert_eq!(said(&bench.event(told(of(None, false)))), vec!["dating-known-link"]);
    assert_eq!(said(&bench.event(told(of(None, true)))), vec!["dating-known-elsewhere"]);
    let matched = || Matched { token: Token(1), name: "Lisa".into(), age: 30 };
    for (contacts, key) in [
        (Contacts::None, "dating-share-none"),
        (Contacts::Mine, "dating-share-mine"),
        (Contacts::Theirs, "dating-share-theirs"),
        (Contacts::Open, "dating-share-open"),
    ] {
        let out = bench.event(told(Event::Sharing { matched: matched(), contacts }));
        assert_eq!(said(&out), vec![key]);
    }
}

/// Of a few matches a share says nothing.
#[test]
fn figures_of_ones_own_are_told_in_the_chat() {
    let mut bench = on(Bench::idle());
    assert_eq!(asked(&bench.text("/stats")), Some(&What::Stats));
    assert_eq!(asked(&bench.press("dt:stats")), Some(&What::Stats));
    for (matches, talked, key) in
        [(0, None, "dating-stats"), (4, None, "dating-stats"), (5, Some(60), "dating-stats-talked")]
    {
        let figures = Figures { matches, ..Figures::default() }.with_talked(3);
        assert_eq!(figures.talked, talked);
        assert_eq!(said(&bench.event(told(Event::Stats(figures)))), [key], "{matches}");
    }
}
