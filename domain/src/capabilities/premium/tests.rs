//! What the user is entitled to: when it is asked, what it changes, and /premium.

use super::{AGAIN_MS, Entitlements, Event as Told, GOOD_FOR_MS, Request};
use crate::capabilities;
use crate::capabilities::billing::{Kind, Product, Shop, Stars};
use crate::ids::MessageId;
use crate::relay::content::{Body, MediaKind, Rich};
use crate::session::tests::*;
use crate::session::{Effect, Event};
use crate::text::Arg;
use crate::time::Millis;
use crate::update::{Act, Update};
use std::sync::Arc;

const DAY: i64 = 86_400_000;

impl Bench {
    /// The store has answered.
    fn entitled(&mut self, premium_until: Option<i64>) -> Vec<Effect> {
        self.learn(Some(Entitlements { premium_until: premium_until.map(Millis), ..Entitlements::default() }))
    }

    fn learn(&mut self, answer: Option<Entitlements>) -> Vec<Effect> {
        let question = self.question();
        self.told(Told::Entitled { question, answer })
    }

    fn told(&mut self, told: Told) -> Vec<Effect> {
        self.event(Event::Capability(capabilities::Event::Premium(told)))
    }

    /// The number of the next question.
    fn question(&self) -> u32 {
        self.core.capabilities.premium.next()
    }

    fn asks(&self, act: Act) -> bool {
        let update = Update { update_id: 1, user: ME, lang_hint: None, act };
        self.core.needs(&update, Millis(self.now)).is_some()
    }
}

fn text(text: &str) -> Act {
    Act::Message(inbound(1, Body::Text(Rich::plain(text))))
}

fn ahead(out: &[Effect]) -> bool {
    seek(out).expect("a wish").seeker.priority
}

#[test]
fn only_commands_and_buttons_ask_and_only_when_what_is_known_is_old() {
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting] {
        let mut b = make();
        for said in ["hello", "delete", "/delete", "удалить", ""] {
            assert!(!b.asks(text(said)), "{said}");
        }
        for act in [
            Act::Message(inbound(1, media(MediaKind::Photo, None))),
            Act::Edited(inbound(1, Body::Text(Rich::plain("/search")))),
            Act::Reacted { message: MessageId(1), emoji: Vec::new() },
            Act::BlockedBot,
        ] {
            assert!(!b.asks(act));
        }
        let asked = |b: &Bench| {
            let all =
                [b.asks(text("/search")), b.asks(text("/premium@nameless_bot")), b.asks(pressed("s:go"))];
            assert!(all.iter().all(|a| *a == all[0]), "{all:?}");
            all[0]
        };
        assert!(asked(&b), "nothing is known yet");
        assert!(b.learn(None).is_empty());
        assert!(!asked(&b));
        b.later(AGAIN_MS);
        assert!(asked(&b), "there was no answer");
        assert!(b.entitled(None).is_empty());
        b.later(GOOD_FOR_MS - 1);
        assert!(!asked(&b));
        b.later(1);
        assert!(asked(&b));
        b.entitled(None);
        b.later(-5 * DAY);
        assert!(asked(&b), "the clock was set back");
    }
}

#[test]
fn who_has_premium_searches_before_others_until_it_ends() {
    let mut b = Bench::idle();
    assert!(!ahead(&b.text("/search")), "nobody has said so");
    b.text("/stop");
    let end = b.now + 2 * DAY;
    b.entitled(Some(end));
    assert!(ahead(&b.text("/search")));
    b.now = end - 1;
    assert!(ahead(&b.event(Event::SearchDue)));
    b.now = end;
    b.text("/stop");
    assert!(!ahead(&b.text("/search")));
    // The next partner, after a chat.
    b.entitled(Some(end + DAY));
    b.found(P, YOU);
    b.later(60_000);
    assert!(ahead(&b.text("/next")));
}

/// Where there is dating, premium gives more of it, and the page says so. Guard: `dating`.
#[test]
fn what_is_sold_is_told_with_what_it_gives_in_dating() {
    let (id, kind, title, about) = ("week", Kind::Once, "t", "a");
    let product =
        Product { id, kind, amount: 7, good: None, stars: Stars::new(75), kopecks: None, title, about };
    let mut b = Bench::idle();
    b.rules.shop = Arc::new(Shop { products: vec![product], ..Shop::default() });
    b.entitled(None);
    for is_on in [false, true] {
        b.rules.dating = is_on;
        let text = screens(&b.text("/premium")).remove(0).text;
        assert_eq!(text.key, "premium-for-sale");
        assert!(text.args.contains(&("dating", Arg::Number(is_on.into()))), "{:?}", text.args);
    }
}

#[test]
fn premium_tells_until_when_and_what_is_not_known() {
    let mut b = Bench::idle();
    let end = b.now + DAY;
    let screen = |b: &mut Bench| screens(&b.text("/premium")).remove(0).text;
    assert_eq!(screen(&mut b).key, "premium-unknown");
    b.learn(None);
    assert_eq!(screen(&mut b).key, "premium-unknown");
    b.entitled(None);
    assert_eq!(screen(&mut b).key, "premium-not-yet");
    b.entitled(Some(end));
    // No answer takes nothing away.
    b.learn(None);
    let said = screen(&mut b);
    assert_eq!((said.key, &said.args[..]), ("premium-until", &[("until", Arg::Moment(Millis(end)))][..]));
    b.now = end;
    assert_eq!(screen(&mut b).key, "premium-not-yet");
    // What renews goes on beyond what is paid, and the paid end is what is told. Guard:
    // `paid_until`.
    let (paid, with_grace) = (Some(Millis(end + DAY)), Some(Millis(end + 2 * DAY)));
    b.learn(Some(Entitlements { premium_until: with_grace, paid_until: paid, ..Entitlements::default() }));
    let said = screen(&mut b);
    assert_eq!(
        (said.key, &said.args[..]),
        ("premium-until", &[("until", Arg::Moment(Millis(end + DAY)))][..])
    );
    b.now = end + DAY;
    assert_eq!(screen(&mut b).key, "premium-renewing");
    b.now = end + 2 * DAY;
    assert_eq!(screen(&mut b).key, "premium-not-yet");
}

fn asked(out: &[Effect]) -> u32 {
    match out {
        [Effect::Ask(capabilities::Request::Premium(Request::Entitlements { question }))] => *question,
        other => panic!("no question: {other:?}"),
    }
}

/// Guard: a change carries no value, and the answer to a question that was overtaken says nothing.
#[test]
fn a_change_is_asked_for_and_no_older_word_takes_its_place() {
    let mut b = Bench::idle();
    let had = Entitlements {
        premium_until: Some(Millis(b.now + DAY)),
        paid_until: None,
        tried: false,
        messages: 0,
        asks_until: None,
    };
    b.entitled(None);
    assert!(!b.asks(text("/premium")));
    let bought = asked(&b.told(Told::Changed));
    assert!(b.asks(text("/premium")), "what is known is worth nothing");
    let refunded = asked(&b.told(Told::Changed));
    assert_ne!(bought, refunded);
    // The second answer is here first.
    b.told(Told::Entitled { question: refunded, answer: Some(Entitlements::default()) });
    b.told(Told::Entitled { question: bought, answer: Some(had) });
    assert!(!ahead(&b.text("/search")), "the first answer is older");
    b.text("/stop");
    // A question that had no answer in time takes nothing from one that is under way.
    let granted = asked(&b.told(Told::Changed));
    b.learn(None);
    b.told(Told::Entitled { question: granted, answer: Some(had) });
    assert!(ahead(&b.text("/search")));
    b.text("/stop");
    // A command that did not wait for the answer has a newer one.
    let granted = asked(&b.told(Told::Changed));
    b.learn(Some(had));
    b.told(Told::Entitled { question: granted, answer: Some(Entitlements::default()) });
    assert!(ahead(&b.text("/search")));
}

#[test]
fn who_buys_while_searching_goes_first_at_once_and_no_more_when_it_is_given_back() {
    let mut b = Bench::searching();
    let question = asked(&b.told(Told::Changed));
    let answer = Some(Entitlements {
        premium_until: Some(Millis(b.now + DAY)),
        paid_until: None,
        tried: false,
        messages: 0,
        asks_until: None,
    });
    assert!(ahead(&b.told(Told::Entitled { question, answer })));
    let question = asked(&b.told(Told::Changed));
    assert!(b.told(Told::Entitled { question, answer }).is_empty(), "nothing is new");
    let question = asked(&b.told(Told::Changed));
    let none = Some(Entitlements::default());
    assert!(!ahead(&b.told(Told::Entitled { question, answer: none })));
}

/// I14: the row may still be there when the next command comes.
#[test]
fn erasing_forgets_it_without_asking() {
    let mut b = Bench::idle();
    b.entitled(Some(b.now + DAY));
    let question = asked(&b.told(Told::Changed));
    b.press("pv:erase-yes");
    b.told(Told::Entitled {
        question,
        answer: Some(Entitlements {
            premium_until: Some(Millis(i64::MAX)),
            paid_until: None,
            tried: false,
            messages: 0,
            asks_until: None,
        }),
    });
    assert!(!b.asks(text("/premium")));
    assert_eq!(said(&b.text("/premium")), ["premium-not-yet"]);
}
