//! What is sold, who may pay, what follows from the ledger, and what people see.

use super::product::Written;
use super::*;
use crate::capabilities;
use crate::session::Event as Told;
use crate::session::tests::*;
use crate::text::Arg;
use crate::time::DAY_MS;
use proptest::prelude::*;
use std::sync::Arc;

const T0: Millis = Millis(1_700_000_000_000);

fn written(toml: serde_json::Value) -> Vec<Written> {
    serde_json::from_value(toml).expect("products")
}

fn shop() -> Shop {
    let of = |id: &str, kind: &str, days: i64, stars: i64| {
        serde_json::json!({
            "id": id, "kind": kind, "entitlement": "premium", "days": days, "stars": stars,
            "title": "billing-title-days", "about": "billing-about",
        })
    };
    read(written(serde_json::json!([of("week", "once", 7, 75), of("monthly", "monthly", 30, 250)]))).unwrap()
}

#[test]
fn every_mistake_of_the_products_is_named() {
    let mistakes = read(written(serde_json::json!([
        { "id": "A b", "kind": "weekly", "entitlement": "gold", "days": 0, "stars": 0 },
        { "id": "ok", "kind": "monthly", "entitlement": "premium", "days": 31, "stars": 10_001,
          "title": "t", "about": "a" },
        { "id": "ok", "kind": "once", "entitlement": "premium", "days": 1, "title": "t", "about": "a" },
        { "id": "r", "kind": "once", "entitlement": "premium", "days": 1, "roubles": 0, "title": "t", "about": "a" },
        { "id": "p", "kind": "pack", "entitlement": "premium", "days": 1, "amount": 0, "stars": 1,
          "title": "t", "about": "a" },
        { "id": "q", "kind": "once", "entitlement": "premium", "days": 1, "amount": 5, "stars": 1,
          "title": "t", "about": "a" },
    ])))
    .unwrap_err();
    for said in [
        "product \"A b\": id is 1 to 32",
        "product \"A b\": kind is once, monthly or pack",
        "product \"A b\": entitlement is premium",
        "product \"A b\": days is 1 to 3650",
        "product \"A b\": stars is 1 to",
        "product \"A b\": title is a key",
        "product \"A b\": about is a key",
        "product \"ok\": a monthly product has days = 30",
        "product \"ok\": stars is 1 to 10000",
        "product \"ok\": the id is there twice",
        "product \"ok\": it has no price",
        "product \"r\": roubles is 1",
        "product \"p\": entitlement of a pack is one of companion, dating_likers",
        "product \"p\": amount of a pack is 1 to",
        "product \"p\": a pack has an amount and no days",
        "product \"q\": only a pack has an amount",
    ] {
        assert!(mistakes.iter().any(|m| m.starts_with(said)), "{said}: {mistakes:#?}");
    }
    assert!(read(vec![Written::default(); 21]).unwrap_err()[0].contains("at most 20"));
    assert_eq!(shop().find("week").unwrap().ms(), 7 * DAY_MS);
}

#[test]
fn money_is_positive_and_whole() {
    assert_eq!(Stars::new(0), None);
    assert_eq!(Stars::new(-5), None);
    assert_eq!(Stars::new(i64::MAX), None);
    assert_eq!(Kopecks::new(100).unwrap().amount(), 100);
}

fn order() -> Order {
    Order {
        owner: UserId(1),
        is_gift: false,
        kind: Kind::Once,
        price: Price::of("XTR", 75).unwrap(),
        is_paid: false,
        expires: T0.plus(ORDER_MS),
        checked: None,
    }
}

#[test]
fn a_checkout_is_let_through_only_if_everything_fits() {
    let by =
        |from, currency: &str, amount| Checkout { from: UserId(from), currency: currency.into(), amount };
    let fits = by(1, "XTR", 75);
    let alone = Others::default();
    assert_eq!(may_pay(&order(), &fits, alone, T0), Ok(()));
    let gift = Order { is_gift: true, ..order() };
    assert_eq!(may_pay(&gift, &by(2, "XTR", 75), alone, T0), Ok(()), "anybody may pay a gift");
    let refused = |order: Order, by: &Checkout, others, now| may_pay(&order, by, others, now).unwrap_err();
    assert_eq!(refused(order(), &by(2, "XTR", 75), alone, T0), Refusal::NotYours);
    assert_eq!(refused(order(), &by(1, "XTR", 74), alone, T0), Refusal::Amount);
    assert_eq!(refused(order(), &by(1, "RUB", 75), alone, T0), Refusal::Amount);
    assert_eq!(refused(Order { is_paid: true, ..order() }, &fits, alone, T0), Refusal::Paid);
    assert_eq!(refused(order(), &fits, alone, T0.plus(ORDER_MS)), Refusal::Expired);
    let checked = Order { checked: Some(T0), ..order() };
    assert_eq!(refused(checked.clone(), &fits, alone, T0.plus(UNDER_WAY_MS - 1)), Refusal::UnderWay);
    assert_eq!(may_pay(&checked, &fits, alone, T0.plus(UNDER_WAY_MS)), Ok(()));
    // One that came a moment earlier and was second; and a clock that was set back.
    assert_eq!(refused(checked.clone(), &fits, alone, T0.plus(-1)), Refusal::UnderWay);
    assert_eq!(may_pay(&checked, &fits, alone, T0.plus(-UNDER_WAY_MS)), Ok(()));
    let monthly = Order { kind: Kind::Monthly, ..order() };
    let subscribed = Others { subscribed: true, ..alone };
    let under_way = Others { under_way: true, ..alone };
    assert_eq!(refused(monthly.clone(), &fits, subscribed, T0), Refusal::Subscribed);
    assert_eq!(refused(monthly, &fits, under_way, T0), Refusal::UnderWay);
    assert_eq!(may_pay(&order(), &fits, subscribed, T0), Ok(()), "days beside a subscription");
}

fn given(at: i64, charge: &str, days: i64) -> Entry {
    Entry { at: T0.plus(at), charge: Some(charge.into()), ms: days * DAY_MS, late_ms: 0 }
}

#[test]
fn what_somebody_has_follows_from_their_entries() {
    let mut entries = vec![given(0, "a", 7), given(DAY_MS, "b", 30)];
    let holding = Holding::of(&entries);
    assert_eq!(holding.until(), Some(T0.plus(37 * DAY_MS)), "what is bought twice is added up");
    // A refund of the first in its third day takes the four days that are left, and the second
    // moves forward.
    let now = T0.plus(3 * DAY_MS);
    assert_eq!(holding.unused("a", now), 4 * DAY_MS);
    assert_eq!(holding.unused("b", now), 30 * DAY_MS);
    assert_eq!(holding.unused("c", now), 0);
    entries.push(Entry { at: now, charge: Some("a".into()), ms: -4 * DAY_MS, late_ms: 0 });
    let holding = Holding::of(&entries);
    assert_eq!(holding.until(), Some(T0.plus(33 * DAY_MS)));
    assert_eq!((holding.unused("a", now), holding.unused("b", now)), (0, 30 * DAY_MS));
    // What is used up stays used.
    assert_eq!(holding.unused("b", T0.plus(40 * DAY_MS)), 0);
    // An operator takes all that is left.
    let later = T0.plus(10 * DAY_MS);
    entries.push(Entry { at: later, charge: None, ms: -holding.left(later), late_ms: 0 });
    assert_eq!(Holding::of(&entries).until(), Some(later));
}

#[test]
fn a_renewal_within_its_grace_goes_on_from_the_end() {
    let renewal = |at| Entry { late_ms: GRACE_MS, ..given(at, "b", 30) };
    let until = |at| Holding::of(&[given(0, "a", 30), renewal(at)]).until().unwrap();
    let end = 30 * DAY_MS;
    assert_eq!(until(end - 5), T0.plus(60 * DAY_MS));
    assert_eq!(until(end + GRACE_MS), T0.plus(60 * DAY_MS));
    assert_eq!(until(end + GRACE_MS + 1), T0.plus(60 * DAY_MS + GRACE_MS + 1));
}

proptest! {
    /// Whatever is bought, renewed and given back in whatever order: nobody has more than what was
    /// given and not taken, nothing that was used is taken, and what is left adds up.
    #[test]
    fn nothing_is_given_or_taken_twice(steps in proptest::collection::vec((0..40 * DAY_MS, 0..5u8, 1..60i64), 1..40)) {
        let (mut holding, mut entries, mut now) = (Holding::default(), Vec::new(), T0);
        let (mut given_ms, mut taken_ms) = (0, 0);
        for (wait, what, days) in steps {
            now = now.plus(wait);
            let charge = format!("c{}", days % 7);
            let before = holding.left(now);
            let entry = match what {
                0 => Entry { at: now, ms: -holding.unused(&charge, now), charge: Some(charge.clone()), late_ms: 0 },
                1 => Entry { at: now, ms: -before, charge: None, late_ms: 0 },
                2 => Entry { at: now, ms: days * DAY_MS, charge: Some(charge.clone()), late_ms: GRACE_MS },
                _ => Entry { at: now, ms: days * DAY_MS, charge: Some(charge.clone()), late_ms: 0 },
            };
            if entry.ms == 0 {
                continue;
            }
            let until = holding.until();
            holding.add(&entry);
            if entry.ms < 0 {
                taken_ms -= entry.ms;
                prop_assert_eq!(holding.left(now), before + entry.ms);
                if what == 0 {
                    prop_assert_eq!(holding.unused(&charge, now), 0);
                }
            } else {
                given_ms += entry.ms;
                let lost = until.filter(|u| entry.late_ms > 0 && *u < now && now.since(*u) <= GRACE_MS);
                let lost = lost.map_or(0, |u| now.since(u));
                prop_assert_eq!(holding.left(now), before + entry.ms - lost);
            }
            entries.push(entry);
            prop_assert!(holding.left(now) <= given_ms - taken_ms);
            // The same again from the start is the same.
            prop_assert_eq!(&Holding::of(&entries), &holding);
        }
    }
}

fn selling() -> Bench {
    let mut b = Bench::idle();
    b.rules.shop = Arc::new(shop());
    let known = capabilities::premium::Event::Entitled { question: 1, answer: Some(Default::default()) };
    b.event(Told::Capability(capabilities::Event::Premium(known)));
    b
}

fn asked(out: &[Effect]) -> Option<Request> {
    out.iter().find_map(|effect| match effect {
        Effect::Ask(capabilities::Request::Billing(request)) => Some(request.clone()),
        _ => None,
    })
}

fn told(b: &mut Bench, event: Event) -> Vec<Effect> {
    b.event(Told::Capability(capabilities::Event::Billing(event)))
}

fn buttons(screen: &Screen) -> Vec<String> {
    screen.keyboard.iter().flatten().filter_map(|button| button.data().map(str::to_owned)).collect()
}

#[test]
fn premium_shows_what_is_sold_and_a_press_orders_it() {
    let mut b = selling();
    let screen = screens(&b.text("/premium")).remove(0);
    assert_eq!(screen.text.key, "premium-for-sale");
    assert_eq!(buttons(&screen), ["bl:buy:week", "bl:buy:monthly", "bl:mine", "h:show"]);
    assert!(screen.keyboard[0][0].label.args.contains(&("stars", Arg::Number(75))));
    let Some(Request::Buy { product: "week", gift_to: None, .. }) = asked(&b.press("bl:buy:week")) else {
        panic!("an order")
    };
    for old in ["bl:buy:gone", "bl:buy", "bl:", "bl:gift:monthly", "bl:cancel:x", "bl:nothing:1"] {
        assert_eq!(asked(&b.press(old)), None, "{old}");
    }
    // Where nothing is sold, nothing is offered, and old buttons do nothing.
    b.rules.shop = Arc::default();
    let screen = screens(&b.text("/premium")).remove(0);
    assert_eq!(screen.text.key, "premium-not-yet");
    assert_eq!(buttons(&screen), ["h:show"]);
    assert_eq!(asked(&b.press("bl:buy:week")), None);
}

/// The process ended after a press had been taken, before its invoice had left.
#[test]
fn an_order_that_comes_again_after_a_crash_is_the_same_order() {
    let mut b = selling();
    let first = asked(&b.press("bl:buy:week"));
    assert!(first.is_some());
    assert_eq!(asked(&b.at(b.seq, pressed("bl:buy:week"))), first, "of the same press");
    assert_eq!(told(&mut b, Event::PaidSince), [], "nothing more is said of it");
    // What has no such key is not done again.
    let rules = b.rules;
    let mut b = Bench::chatting();
    b.rules = rules;
    b.press("bl:gift:week");
    assert_eq!(asked(&b.at(b.seq, pressed("bl:gift:week"))), None);
}

#[test]
fn a_gift_is_for_the_present_partner_only() {
    let mut b = selling();
    assert_eq!(asked(&b.press("bl:gift:week")), None, "nobody is there");
    let rules = b.rules;
    let mut b = Bench::chatting();
    b.rules = rules;
    let Some(Request::Buy { gift_to: Some(YOU), .. }) = asked(&b.press("bl:gift:week")) else {
        panic!("a gift")
    };
    assert_eq!(asked(&b.press("bl:gift:monthly")), None, "nobody subscribes for others");
    let shown = screens(&b.press("bl:gifts")).remove(0);
    assert_eq!(buttons(&shown), ["bl:gift:week"]);
}

#[test]
fn an_invoice_is_a_call_and_everything_else_is_said() {
    let mut b = selling();
    let out = told(&mut b, Event::Invoice { parameters: "{}".into() });
    assert!(matches!(&out[..], [Effect::Call(method)] if method.name == "sendInvoice" && method.shows));
    let receipt = Receipt {
        number: 7,
        price: Price::of("XTR", 75).unwrap(),
        days: 7,
        until: Some(T0),
        renews: false,
        pack: false,
        good: None,
    };
    assert_eq!(said(&told(&mut b, Event::Receipt { receipt, owed: false })), ["billing-receipt"]);
    let owed = told(&mut b, Event::Receipt { receipt, owed: true });
    assert!(owed.iter().any(|effect| matches!(effect, Effect::Notify(_))));
    let line = Line {
        number: 7,
        price: Price::of("XTR", 250).unwrap(),
        at: T0,
        is_refunded: false,
        renewal: Some((Renewal::Active, T0)),
    };
    let screen = screens(&told(&mut b, Event::Payments(vec![line]))).remove(0);
    assert_eq!(buttons(&screen), ["bl:cancel:7"]);
    let sure = screens(&b.press("bl:cancel:7")).remove(0);
    assert_eq!(buttons(&sure)[0], "bl:cancel-yes:7");
    assert_eq!(asked(&b.press("bl:cancel-yes:7")), Some(Request::Cancel { number: 7 }));
}

#[test]
fn terms_and_support_always_answer() {
    let mut b = Bench::idle();
    assert_eq!(said(&b.text("/terms")), ["billing-terms"]);
    assert_eq!(said(&b.text("/paysupport")), ["billing-support-how"]);
    let Some(Request::Support { words, .. }) = asked(&b.text("/paysupport where is it")) else {
        panic!("a word")
    };
    assert_eq!(words, "where is it");
}

/// Guard: the consent. Nothing that renews is ordered by card without it, and a tap switches it
/// off.
#[test]
fn a_card_is_charged_again_only_with_a_word_to_that() {
    let mut b = selling();
    let of = |id: &str, kind: &str, days: i64| {
        serde_json::json!({ "id": id, "kind": kind,
        "entitlement": "premium", "days": days, "roubles": 349, "title": "billing-title-days", "about": "billing-about" })
    };
    let shop =
        read(written(serde_json::json!([of("week", "once", 7), of("always", "monthly", 30)]))).unwrap();
    b.rules.shop = Arc::new(shop);
    let screen = screens(&b.press("bl:cards")).remove(0);
    assert_eq!(
        (screen.text.key, buttons(&screen)),
        ("billing-cards-renew", vec!["bl:card:week".into(), "bl:auto:always".into()])
    );
    for without in ["bl:card:always", "bl:agree:week", "bl:buy:always", "bl:auto:week"] {
        assert_eq!(asked(&b.press(without)), None, "{without}");
    }
    let consent = screens(&b.press("bl:auto:always")).remove(0);
    assert_eq!(
        (consent.text.key, buttons(&consent)),
        ("billing-consent", vec!["bl:agree:always".into(), "bl:cards".into()])
    );
    let Some(Request::Buy { product: "always", way: Way::Card, .. }) = asked(&b.press("bl:agree:always"))
    else {
        panic!("an order")
    };
    let price = Price::of("RUB", 34_900).unwrap();
    let line = Line { number: 7, price, at: T0, is_refunded: false, renewal: Some((Renewal::Active, T0)) };
    let screen = screens(&told(&mut b, Event::Payments(vec![line]))).remove(0);
    assert_eq!(buttons(&screen), ["bl:cancel-yes:7"], "one tap");
    assert_eq!(said(&b.text("/terms")), ["billing-terms", "billing-terms-cards-renew"]);
}

/// A pack is bought as anything else, cannot be given away, and its receipt counts messages.
#[test]
fn a_pack_is_for_oneself() {
    let mut b = selling();
    let pack = serde_json::json!({ "id": "talk", "kind": "pack", "entitlement": "companion", "amount": 100,
        "stars": 90, "title": "billing-title-pack", "about": "billing-about-pack" });
    let shop = read(written(serde_json::json!([pack]))).unwrap();
    assert_eq!((shop.products[0].kind, shop.products[0].amount), (Kind::Pack, 100));
    b.rules.shop = Arc::new(shop);
    let screen = screens(&b.text("/premium")).remove(0);
    assert_eq!(buttons(&screen), ["bl:buy:talk", "bl:mine", "h:show"]);
    let Some(Request::Buy { product: "talk", .. }) = asked(&b.press("bl:buy:talk")) else {
        panic!("an order")
    };
    let rules = b.rules;
    let mut b = Bench::chatting();
    b.rules = rules;
    assert_eq!(asked(&b.press("bl:gift:talk")), None);
    let price = Price::of("XTR", 90).unwrap();
    let mut receipt =
        Receipt { number: 7, price, days: 100, until: None, renews: false, pack: true, good: None };
    assert_eq!(said(&told(&mut b, Event::Receipt { receipt, owed: false })), ["billing-receipt-pack"]);
    receipt.good = Some(Good::DatingSuper);
    assert_eq!(said(&told(&mut b, Event::Receipt { receipt, owed: false })), ["billing-receipt-super"]);
}

/// Once per person: the button goes with the trial, and is there where nothing is sold, too.
#[test]
fn the_trial_is_offered_to_who_has_not_had_it() {
    let mut b = Bench::idle();
    let knows = |b: &mut Bench, tried| {
        let answer = Some(capabilities::premium::Entitlements {
            premium_until: None,
            paid_until: None,
            tried,
            messages: 0,
            asks_until: None,
        });
        let known = capabilities::premium::Event::Entitled { question: 9, answer };
        b.event(Told::Capability(capabilities::Event::Premium(known)));
    };
    knows(&mut b, false);
    let offered = |b: &mut Bench| buttons(&screens(&b.text("/premium")).remove(0));
    assert_eq!(offered(&mut b), ["h:show"], "there is none");
    assert_eq!(asked(&b.press("bl:trial")), None);
    b.rules.shop = Arc::new(Shop { trial_days: 3, ..Shop::default() });
    assert_eq!(offered(&mut b), ["bl:trial", "h:show"]);
    let Some(Request::Trial { .. }) = asked(&b.press("bl:trial")) else { panic!("a trial") };
    let out = told(&mut b, Event::Trial { days: 3, until: T0 });
    assert_eq!(said(&out), ["billing-trial"]);
    let asks = |out: &[Effect]| {
        out.iter().any(|effect| matches!(effect, Effect::Ask(capabilities::Request::Premium(_))))
    };
    assert!(asks(&out), "what they have is another now");
    knows(&mut b, true);
    assert_eq!(offered(&mut b), ["h:show"]);
    assert_eq!(said(&told(&mut b, Event::NoTrial)), ["billing-trial-over"]);
}
