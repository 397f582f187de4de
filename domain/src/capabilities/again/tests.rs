//! Who may ask, whom and when; what both see; and when a chat begins by it.

use super::{Event as Told, Notice, Request, WITHIN_MS};
use crate::capabilities::billing::{Good, Kind, Product, Shop, Stars};
use crate::capabilities::{self, premium};
use crate::ids::PairId;
use crate::profile::Interests;
use crate::session::account::Phase;
use crate::session::notice::Notice as Owed;
use crate::session::tests::*;
use crate::session::{Effect, EndCause, Event};
use crate::time::Millis;

/// The chat that begins anew.
const ANEW: PairId = PairId(71);

impl Bench {
    fn hears(&mut self, told: Told) -> Vec<Effect> {
        self.event(Event::Capability(capabilities::Event::Again(told)))
    }

    /// Premium for a week, as the store says.
    fn has_premium(&mut self, asks_until: Option<i64>) {
        let answer = Some(premium::Entitlements {
            premium_until: Some(Millis(self.now + 7 * WITHIN_MS)),
            asks_until: asks_until.map(Millis),
            ..Default::default()
        });
        let told = premium::Event::Entitled { question: u32::MAX, answer };
        self.event(Event::Capability(capabilities::Event::Premium(told)));
    }

    /// A chat has ended; premium, three questions a day.
    fn may_ask() -> Bench {
        let mut b = Bench::chatting();
        b.rules.again_per_day = 3;
        b.has_premium(None);
        b.text("/stop");
        b
    }
}

fn asks(out: &[Effect]) -> Vec<Request> {
    out.iter()
        .filter_map(|effect| match effect {
            Effect::Ask(capabilities::Request::Again(request)) => Some(*request),
            _ => None,
        })
        .collect()
}

fn began(pair: PairId) -> Owed {
    Owed::ChatBegan { pair, common: Interests::default(), again: true, matched: false }
}

#[test]
fn who_has_premium_asks_the_last_partner_within_a_day() {
    let ask = Request::Ask { pair: P, most: 3 };
    let mut b = Bench::may_ask();
    assert_eq!(asks(&b.press("ag:ask:70")), [ask]);
    assert_eq!(said(&b.hears(Told::Asked)), ["again-asked"]);
    // Also while somebody else is searched for, not while one talks to somebody.
    b.text("/search");
    assert_eq!(asks(&b.press("ag:ask:70")), [ask]);
    b.found(PairId(80), crate::ids::UserId(9));
    let out = b.press("ag:ask:70");
    assert_eq!((asks(&out), toast(&out)), (vec![], Some("again-in-chat")));
    // Another chat has ended since.
    b.later(60_000);
    b.text("/stop");
    assert_eq!(toast(&b.press("ag:ask:70")), Some("again-too-late"));
    // Made up, or a day later.
    for hostile in ["ag:ask", "ag:ask:x", "ag:why:70", "ag:ask:70:1", "ag"] {
        let out = b.press(hostile);
        assert_eq!((asks(&out), toast(&out)), (vec![], Some("error-old-button")), "{hostile}");
    }
    let mut b = Bench::may_ask();
    b.later(WITHIN_MS - 1);
    assert_eq!(asks(&b.press("ag:ask:70")), [ask]);
    b.later(1);
    assert_eq!(toast(&b.press("ag:ask:70")), Some("again-too-late"));
}

#[test]
fn nobody_is_asked_after_a_report_or_a_block_or_without_premium() {
    for parted in ["fb:block:70", "fb:r:70:1"] {
        let mut b = Bench::may_ask();
        b.press(parted);
        let out = b.press("ag:ask:70");
        assert_eq!((asks(&out), toast(&out)), (vec![], Some("again-parted")), "{parted}");
    }
    let mut b = Bench::may_ask();
    b.later(8 * WITHIN_MS);
    b.text("/search");
    b.found(ANEW, YOU);
    b.later(60_000);
    // Premium is over, nothing is sold: there is no button, and one that was made up does nothing.
    assert!(!buttons(&b.text("/stop")).iter().any(|data| data.starts_with("ag:")));
    let out = b.press("ag:ask:71");
    assert_eq!((asks(&out), toast(&out)), (vec![], Some("error-old-button")));
    let mut off = Bench::may_ask();
    off.rules.again_per_day = 0;
    assert_eq!(asks(&off.press("ag:ask:70")), []);
}

#[test]
fn the_button_stands_below_the_end_of_a_chat_for_who_may_press_it() {
    let wanted = "ag:ask:70".to_owned();
    for (words, has) in [("/stop", true), ("/next", true)] {
        let mut b = Bench::chatting();
        b.rules.again_per_day = 3;
        assert_eq!(buttons(&b.text(words)).contains(&wanted), !has, "nobody knows of premium");
        let mut b = Bench::chatting();
        b.rules.again_per_day = 3;
        b.has_premium(None);
        assert_eq!(buttons(&b.text(words)).contains(&wanted), has, "{words}");
    }
    // The other one has ended it.
    let mut b = Bench::chatting();
    b.rules.again_per_day = 3;
    b.has_premium(None);
    b.event(Event::PairEnded { pair: P, cause: EndCause::Stopped });
    let shown = |b: &Bench, cause| {
        let screens = b.core.screens_of(Owed::ChatEnded { pair: P, cause }, &b.rules, Millis(b.now));
        screens[0].keyboard.iter().flatten().any(|button| button.data() == Some("ag:ask:70"))
    };
    assert!(shown(&b, EndCause::Stopped) && shown(&b, EndCause::Erased));
    assert!(!shown(&b, EndCause::Vanished), "they cannot be reached");
    b.later(WITHIN_MS);
    assert!(!shown(&b, EndCause::Stopped));
}

#[test]
fn who_is_wanted_is_asked_when_they_are_free_and_never_in_a_chat() {
    let question = Told::Question { pair: PairId(60) };
    for make in [Bench::idle, Bench::searching] {
        let mut b = make();
        assert_eq!(asks(&b.hears(Told::Wanted)), [Request::Take]);
        let out = b.hears(question);
        assert_eq!(
            (said(&out), buttons(&out)),
            (vec!["again-question"], vec!["ag:yes:60".to_owned(), "ag:no:60".to_owned()])
        );
    }
    let mut b = Bench::chatting();
    assert!(b.hears(Told::Wanted).is_empty());
    assert_eq!(toast(&b.press("ag:yes:60")), Some("again-in-chat"));
    assert_eq!(asks(&b.text("/next")), [Request::Take]);
    // It was on its way when somebody was found: put off until that chat is over, too.
    b.found(PairId(90), crate::ids::UserId(9));
    let out = b.hears(question);
    assert_eq!((said(&out), asks(&out)), (vec![], vec![Request::PutOff { pair: PairId(60) }]));
    b.later(60_000);
    assert_eq!(asks(&b.text("/next")), [Request::Take]);
    // Who has not said who they are is asked nothing.
    assert!(Bench::new().hears(Told::Wanted).is_empty());
    // A former life owed it; in a chat it is not said.
    let owed = Owed::Capability(capabilities::Notice::Again(Notice::Question { pair: PairId(60) }));
    let (_, out) = Bench::idle().reloaded_owing(None, &[owed]);
    assert_eq!(said(&out), ["again-question"]);
    let (_, out) = Bench::chatting().reloaded_owing(Some((P, YOU, Millis(0))), &[owed]);
    assert!(said(&out).is_empty() && has(&out, |e| *e == Effect::NotOwed(owed)));
}

#[test]
fn an_answer_is_the_stores_to_judge_and_a_no_is_not_told_on() {
    let mut b = Bench::idle();
    let answer = |yes| vec![Request::Answer { pair: P, yes }];
    assert_eq!(asks(&b.press("ag:yes:70")), answer(true));
    assert_eq!(said(&b.hears(Told::Busy)), ["again-busy"]);
    assert_eq!(said(&b.hears(Told::TooLate)), ["again-too-late"]);
    let out = b.press("ag:no:70");
    assert_eq!((said(&out), asks(&out)), (vec!["again-declined"], answer(false)));
    assert!(b.hears(Told::Nothing).is_empty());
    assert_eq!(said(&b.hears(Told::Over { pair: P, returned: false })), ["again-not-back"]);
    assert_eq!(said(&b.hears(Told::Over { pair: P, returned: true })), ["again-not-back-returned"]);
    // As it was kept by the version before.
    let kept = serde_json::from_str::<Told>(r#"{"over":{"pair":70}}"#).unwrap();
    assert_eq!(kept, Told::Over { pair: P, returned: false });
    let line = serde_json::to_string(&Notice::NotBack { pair: P, returned: false }).unwrap();
    assert_eq!(line, r#"{"line":"not_back","pair":70}"#, "or it would never be found and said again");
}

#[test]
fn both_agree_and_are_together_again() {
    for make in [Bench::after_chat, Bench::searching] {
        let mut b = make();
        let out = b.hears(Told::Opened { pair: ANEW, partner: YOU });
        assert_eq!((said(&out), b.core.account.pair()), (vec!["chat-again"], Some(ANEW)));
        assert!(has(&out, |e| *e == Effect::Unseek), "a search is over with it");
        assert!(b.hears(Told::Opened { pair: ANEW, partner: YOU }).is_empty(), "told twice, it begins once");
        assert!(b.hears(Told::Met { pair: ANEW }).is_empty());
    }
    // By the job, which names nobody.
    assert_eq!(asks(&Bench::idle().hears(Told::Met { pair: ANEW })), [Request::Find { pair: ANEW }]);
    // A session that was not in memory has only its row: it takes it up by the line that is owed.
    let live = Some((ANEW, YOU, Millis(0)));
    for make in [Bench::after_chat, Bench::searching] {
        let (b, out) = make().reloaded_owing(live, &[began(ANEW)]);
        assert_eq!((said(&out), b.core.account.pair()), (vec!["chat-again"], Some(ANEW)));
    }
    // Without it, as ever, a chat that nobody searched for ends.
    let (b, out) = Bench::after_chat().reloaded_owing(live, &[]);
    assert!(b.core.account.pair().is_none() && has(&out, |e| matches!(e, Effect::EndPair { .. })));
}

#[test]
fn no_chat_begins_where_it_must_not() {
    let opened = Told::Opened { pair: ANEW, partner: YOU };
    let ends = |out: &[Effect]| has(out, |e| matches!(e, Effect::EndPair { pair: ANEW, .. }));
    // Blocked meanwhile; in another chat; gone.
    let mut b = Bench::after_chat();
    b.press("fb:block:70");
    assert!(ends(&b.hears(opened)) && b.phase() == Phase::Idle);
    let mut b = Bench::chatting();
    assert!(ends(&b.hears(opened)) && b.core.account.pair() == Some(P));
    let mut b = Bench::after_chat();
    b.act(crate::update::Act::BlockedBot);
    assert!(ends(&b.hears(opened)));
    assert!(ends(&Bench::new().hears(opened)));
    // It was over before word of its beginning came.
    let mut b = Bench::after_chat();
    b.event(Event::PairEnded { pair: ANEW, cause: EndCause::Stopped });
    assert!(b.hears(opened).is_empty() && b.phase() == Phase::Idle);
}

#[test]
fn stop_takes_back_what_was_asked() {
    let forget = |b: &Bench| vec![Request::Forget { before: Millis(b.now) }];
    let mut b = Bench::may_ask();
    assert_eq!(asks(&b.text("/stop")), [], "nothing was asked");
    b.hears(Told::Asked);
    let out = b.text("/stop");
    assert_eq!(asks(&out), forget(&b));
    assert_eq!(asks(&b.text("/stop")), [], "it is forgotten");
    // Also what was asked in a former life.
    let mut b = Bench::idle();
    b.has_premium(Some(b.now + 1));
    let out = b.text("/stop");
    assert_eq!(asks(&out), forget(&b));
    b.later(1);
    assert_eq!(asks(&b.text("/stop")), []);
    // And what they were asked.
    let mut b = Bench::searching();
    b.hears(Told::Question { pair: P });
    let out = b.text("/stop");
    assert_eq!((asks(&out), said(&out)), (forget(&b), vec!["search-stopped"]));
}

/// Sold by itself: premium is not needed, what there is of it the store alone knows.
#[test]
fn a_pack_asks_without_premium_and_is_offered_where_there_is_none() {
    let (id, kind, title, about) = ("again-5", Kind::Pack, "t", "a");
    let (good, stars) = (Some(Good::Again), Stars::new(9));
    let product = Product { id, kind, amount: 5, good, stars, kopecks: None, title, about };
    let shop = std::sync::Arc::new(Shop { products: vec![product], ..Shop::default() });
    let mut b = Bench::chatting();
    (b.rules.again_per_day, b.rules.shop) = (3, shop.clone());
    assert!(buttons(&b.text("/stop")).contains(&"ag:ask:70".to_owned()));
    assert_eq!(asks(&b.press("ag:ask:70")), [Request::Ask { pair: P, most: 0 }]);
    let out = b.hears(Told::Unpaid);
    assert_eq!((said(&out), buttons(&out)), (vec!["again-offer"], vec!["bl:buy:again-5".to_owned()]));
    assert_eq!(said(&b.hears(Told::AskedByPack { left: 4 })), ["again-asked-pack"]);
    let forget = vec![Request::Forget { before: Millis(b.now) }];
    assert_eq!(asks(&b.text("/stop")), forget, "it is taken back as any");
    // With premium a day's come first, and then what is sold.
    let mut b = Bench::may_ask();
    b.rules.shop = shop;
    assert_eq!(asks(&b.press("ag:ask:70")), [Request::Ask { pair: P, most: 3 }]);
    let out = b.hears(Told::NoneLeft { most: 3 });
    assert_eq!((said(&out), buttons(&out)), (vec!["again-none-left"], vec!["bl:buy:again-5".to_owned()]));
}
