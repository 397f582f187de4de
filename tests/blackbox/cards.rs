//! Premium by card: YooKassa's page, its notifications, what goes back; and everything that is no
//! payment.

use crate::admin::{get, token};
use crate::billing::comes_to_have;
use crate::common::{WOMAN, ask, member, tap, told};
use crate::photos::nameless;
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::PATIENCE;
use nameless_domain::capabilities::admin::Role;
use nameless_domain::random::Random;
use nameless_simulator::yookassa::{Trouble, Yookassa};
use nameless_simulator::{ChatMessage, SimUser};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const SHOP: &str = "100500";
pub const SECRET: &str = "test_secret-of-the-shop";
/// One of YooKassa's addresses, as a proxy on this machine tells of it.
const THEIRS: &str = "185.71.76.5";

fn shop() -> Yookassa {
    Yookassa::start(SHOP, SECRET).expect("it starts")
}

pub fn selling(shop: &Yookassa) -> Options {
    Options::default()
        .with("YOOKASSA", "on")
        .with("YOOKASSA_SHOP_ID", SHOP)
        .with("YOOKASSA_SECRET_KEY", SECRET)
        .with("YOOKASSA_API_URL", shop.url())
        .with("YOOKASSA_RETURN_URL", "https://t.me/nameless")
        .with("YOOKASSA_RECEIPT_EMAIL", "receipts@example.org")
        .with("TRUSTED_PROXIES", "127.0.0.1")
}

/// Asks for a week by card: the page's address.
async fn page(user: &SimUser) -> String {
    ask(user, "/premium", "remium").await;
    tap(user, "bl:cards").await;
    let mark = user.mark();
    tap(user, "bl:card:premium-7").await;
    let message = told(user, mark, "149 ₽ to pay").await;
    message.buttons().into_iter().flatten().find_map(|button| button.url).expect("an address")
}

async fn post(
    client: &Client,
    app: &TestApp,
    from: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> StatusCode {
    let mut request = client.post(format!("http://{}/webhook/yookassa", app.http)).body(body);
    if let Some(from) = from {
        request = request.header("X-Forwarded-For", from);
    }
    let sent = tokio::time::timeout(PATIENCE, request.send());
    sent.await.expect("an answer in time").expect("an answer").status()
}

/// YooKassa tells the last thing that it has to tell.
pub async fn tells(shop: &Yookassa, app: &TestApp) {
    let last = shop.told().last().expect("something to tell").to_string();
    assert_eq!(post(&Client::new(), app, Some(THEIRS), last).await, StatusCode::OK);
}

fn receipts(user: &SimUser) -> usize {
    let is_receipt = |text: &str| text.contains("Receipt №");
    user.chat().iter().filter(|m| m.from_bot && m.text().is_some_and(is_receipt)).count()
}

#[tokio::test]
async fn somebody_pays_by_card_and_gets_it_back_in_parts() {
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let anna = member(&app.world, "anna", WOMAN).await;
    let url = page(&anna).await;
    let mark = anna.mark();
    let payment = shop.pay(&url).expect("it can be paid");
    tells(&shop, &app).await;
    let receipt = told(&anna, mark, "Receipt №").await;
    let words = receipt.text().expect("a text");
    assert!(words.contains("149 ₽") && words.contains("7 days of premium"), "{words}");
    comes_to_have(&anna, "You have premium until").await;
    // However often it is told, by whatever name.
    for _ in 0..3 {
        tells(&shop, &app).await;
    }
    assert_eq!(shop.payments()[0]["receipt_registration"], "succeeded", "54-FZ");
    ask(&anna, "/terms", "Paying by card").await;

    let mark = anna.mark();
    shop.refund_from_outside(&payment, 4_950).expect("given back");
    tells(&shop, &app).await;
    let part = told(&anna, mark, "49,50 ₽ of payment").await;
    // Of whatever was bought.
    assert!(part.text().is_some_and(|text| text.contains("What it paid for is less")), "{part:?}");
    ask(&anna, "/premium", "You have premium until").await;
    let mark = anna.mark();
    shop.refund_from_outside(&payment, 9_950).expect("given back");
    tells(&shop, &app).await;
    told(&anna, mark, "99,50 ₽ of payment").await;
    comes_to_have(&anna, "With premium your searches").await;
    assert_eq!(receipts(&anna), 1);
}

/// Guard: what an operator asks for is no more than is left, and only of a card; a job does it.
#[tokio::test]
async fn a_part_of_a_card_goes_back_over_http() {
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let anna = member(&app.world, "anna", WOMAN).await;
    let url = page(&anna).await;
    shop.pay(&url).expect("it can be paid");
    tells(&shop, &app).await;
    told(&anna, 0, "Receipt №").await;
    let admin = token(&app, Role::Admin).await;
    let (_, list) = get(&app, &admin, "v1/payments").await;
    let number = list["items"][0]["payment"].as_i64().expect("a payment");
    let place = format!("v1/payments/{number}/refund");
    for part in [json!(14_901), json!(i64::MAX)] {
        let body = json!({ "reason": "half", "part": part });
        assert!(crate::admin::post(&app, &admin, &place, body).await.0.is_client_error(), "{part}");
    }
    for (part, words) in [(Some(4_900), "49 ₽ of payment"), (None, "100 ₽ of payment")] {
        let mark = anna.mark();
        let body = json!({ "reason": "half", "part": part });
        let (status, done) = crate::admin::post(&app, &admin, &place, body).await;
        assert_eq!((status, &done["state"]), (StatusCode::OK, &json!("soon")), "{done}");
        told(&anna, mark, words).await;
    }
    comes_to_have(&anna, "With premium your searches").await;
    let body = json!({ "reason": "half", "part": 1 });
    assert_eq!(crate::admin::post(&app, &admin, &place, body).await.1["state"], "before");
}

/// What differs, as an operator reads it.
fn differences(app: &TestApp) -> String {
    let folder = app.data_dir.path().display().to_string();
    nameless(&["billing", "differences"], &[("BOT_TOKEN", "1:test".to_owned()), ("DATA_DIR", folder)])
}

/// Guard: what YooKassa declines to give back is listed, at once and where it was pending first; it
/// is under way until that is known, and can be ordered again from then on.
#[tokio::test]
async fn a_refund_that_is_declined_is_listed_and_ordered_again() {
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let admin = token(&app, Role::Admin).await;
    let (anna, vera) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "vera", WOMAN).await);
    let mut places = Vec::new();
    for payer in [&anna, &vera] {
        let url = page(payer).await;
        shop.pay(&url).expect("it can be paid");
        tells(&shop, &app).await;
        told(payer, 0, "Receipt №").await;
        let (_, list) = get(&app, &admin, "v1/payments").await;
        assert_eq!(list["items"][0]["user"], json!(payer.id()), "{list}");
        places.push(format!("v1/payments/{}", list["items"][0]["payment"]));
    }
    let orders = async |place: &str, part: Option<i64>| {
        let body = json!({ "reason": "no use", "part": part });
        let (status, done) = crate::admin::post(&app, &admin, &format!("{place}/refund"), body).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        done["state"].as_str().expect("a state").to_owned()
    };
    let until = Instant::now() + PATIENCE * 2;

    // At once.
    shop.decline_refunds([false]);
    assert_eq!(orders(places[0].as_str(), None).await, "soon");
    while get(&app, &admin, &places[0]).await.1["refunding"] != json!(false) {
        assert!(Instant::now() < until, "it is still on its way");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(shop.refunds()[0]["status"], "canceled");
    let listed = differences(&app);
    assert_eq!(listed.matches("refund_declined").count(), 1, "{listed}");
    let mark = anna.mark();
    assert_eq!(orders(places[0].as_str(), None).await, "soon");
    told(&anna, mark, "149 ₽ of payment").await;

    // Later.
    shop.decline_refunds([true]);
    assert_eq!(orders(places[1].as_str(), Some(4_900)).await, "soon");
    while shop.refunds().len() < 3 {
        assert!(Instant::now() < until, "nobody has asked YooKassa");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(orders(places[1].as_str(), Some(4_900)).await, "soon");
    assert_eq!(orders(places[1].as_str(), Some(5_000)).await, "underway");
    let id = shop.refunds().last().expect("a refund")["id"].clone();
    let told_of_it = told_of("refund.succeeded", json!({ "id": id }));
    assert_eq!(post(&Client::new(), &app, Some(THEIRS), told_of_it).await, StatusCode::OK);
    while differences(&app).matches("refund_declined").count() < 2 {
        assert!(Instant::now() < until, "it is not listed");
    }
    assert_eq!(shop.refunds().len(), 3, "twice is once");
    // It is known, so the look that waits for it keeps nobody from ordering it again. Guard:
    // `SEEN`.
    assert_eq!(orders(places[1].as_str(), Some(4_900)).await, "soon");
    while shop.refunds().len() < 4 {
        assert!(Instant::now() < until, "it is not asked for again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Guard: the order's name as the key of the request. What was not answered is asked again, and is
/// one payment.
#[tokio::test]
async fn what_is_not_answered_is_asked_again_and_is_one_payment() {
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let anna = member(&app.world, "anna", WOMAN).await;
    shop.fail_next([
        Trouble::DoneAndTruncated,
        Trouble::DoneAnd500,
        Trouble::DoneAnd202,
        Trouble::Refused(429),
    ]);
    let url = page(&anna).await;
    assert_eq!(shop.payments().len(), 1, "{:?}", shop.payments());
    // YooKassa is away: what it told is kept, and looked at when it is back.
    shop.pay(&url).expect("it can be paid");
    shop.is_away(true);
    tells(&shop, &app).await;
    tells(&shop, &app).await;
    ask(&anna, "/premium", "With premium your searches").await;
    shop.is_away(false);
    told(&anna, 0, "Receipt №").await;
    comes_to_have(&anna, "You have premium until").await;
    assert_eq!(receipts(&anna), 1);
}

/// Guard: a notification is kept and answered without asking anybody. While YooKassa is away
/// nothing is lost, and the webhook answers as ever. In `make soak` it is away for ten minutes.
#[tokio::test]
async fn while_yookassa_is_away_nothing_is_lost_and_the_webhook_answers() {
    let soak = std::env::var_os("NAMELESS_SOAK").is_some();
    let (people, away) = if soak { (20, Duration::from_secs(600)) } else { (3, Duration::from_secs(1)) };
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let mut payers = Vec::new();
    for n in 0..people {
        let user = member(&app.world, &format!("payer{n}"), WOMAN).await;
        let url = page(&user).await;
        payers.push((user, url));
    }
    // Before anybody pays: the engine asks by itself as well.
    shop.is_away(true);
    let payers: Vec<_> = payers
        .into_iter()
        .map(|(user, url)| {
            shop.pay(&url).expect("it can be paid");
            (user, shop.told().last().expect("something to tell").to_string())
        })
        .collect();
    let (client, begun) = (Client::new(), Instant::now());
    let mut took = Vec::new();
    while begun.elapsed() < away || took.len() < 60 {
        for (_, told) in &payers {
            let asked = Instant::now();
            assert_eq!(post(&client, &app, Some(THEIRS), told.clone()).await, StatusCode::OK);
            took.push(asked.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(payers.iter().all(|(user, _)| receipts(user) == 0), "nobody knows yet");
    shop.is_away(false);
    // The longest pause of a job, and the time to carry all of them out.
    let pause = PATIENCE + Duration::from_secs(if soak { 660 } else { 0 });
    for (user, _) in &payers {
        let is_receipt = |m: &ChatMessage| m.from_bot && m.text().is_some_and(|t| t.contains("Receipt №"));
        user.wait_for(pause, is_receipt).await.expect("a receipt");
        comes_to_have(user, "You have premium until").await;
        assert_eq!(receipts(user), 1);
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("{} notifications while away for {away:?}: p50 {:?}, p99 {:?}", took.len(), at(50), at(99));
}

/// Guard: the look through the lists. Nobody tells anything, the jobs are gone: at the start it is
/// found.
#[tokio::test]
async fn what_nobody_told_of_is_found_in_the_lists() {
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let anna = member(&app.world, "anna", WOMAN).await;
    let url = page(&anna).await;
    let (world, data_dir) = app.stop();
    shop.pay(&url).expect("it can be paid");
    let options = Options { world: Some(world), data_dir: Some(data_dir), ..selling(&shop) };
    let _app = spawn_app(options);
    told(&anna, 0, "Receipt №").await;
    comes_to_have(&anna, "You have premium until").await;
    assert_eq!(receipts(&anna), 1);
}

#[tokio::test]
async fn where_cards_are_off_nobody_is_listened_to() {
    let app = spawn_app(Options::default().with("STARS", "on").with("TRUSTED_PROXIES", "127.0.0.1"));
    let client = Client::new();
    assert_eq!(post(&client, &app, Some(THEIRS), "{}").await, StatusCode::NOT_FOUND);
    let anna = member(&app.world, "anna", WOMAN).await;
    let offered = ask(&anna, "/premium", "remium").await;
    assert!(!offered.json.to_string().contains("bl:cards"), "{offered:?}");
}

fn told_of(event: &str, object: Value) -> Vec<u8> {
    json!({ "type": "notification", "event": event, "object": object }).to_string().into_bytes()
}

fn below(random: &mut Random, n: usize) -> usize {
    random.below(n as u64) as usize
}

/// A notification that is none, and what it is answered.
fn forgery(
    n: u64,
    random: &mut Random,
    payments: &[Value],
) -> (Option<&'static str>, Vec<u8>, &'static [u16]) {
    let known = payments[below(random, payments.len())].clone();
    // As if it had gone well.
    let mut paid = known.clone();
    (paid["status"], paid["paid"]) = ("succeeded".into(), true.into());
    let lie = told_of("payment.succeeded", paid.clone());
    match n % 9 {
        // From elsewhere; through a proxy that is not ours; from nobody.
        0 => (Some("8.8.8.8"), lie, &[403]),
        1 => (Some("185.71.76.5, 8.8.8.8"), lie, &[403]),
        2 => (None, lie, &[403]),
        // Of payments that are not paid, under their own names, with other sums.
        3 => {
            paid["amount"]["value"] = "1000000.00".into();
            (Some(THEIRS), told_of("payment.succeeded", paid), &[200])
        }
        // Of payments that nobody has made.
        4 => {
            paid["id"] = format!("{:08x}-000f-5000-8000-{n:012x}", random.below(1 << 30)).into();
            (Some(THEIRS), told_of("payment.succeeded", paid), &[200])
        }
        // Of money that did not go back.
        5 => (Some(THEIRS), told_of("refund.succeeded", json!({ "id": format!("r{n}") })), &[200]),
        6 => {
            let mut cut = lie;
            cut.truncate(below(random, cut.len()));
            (Some(THEIRS), cut, &[400])
        }
        7 => (Some(THEIRS), vec![b'['; (64 << 10) + 1 + below(random, 1_000)], &[413]),
        _ => {
            let name = ["../payments", "", "a b", "%2e%2e"][below(random, 4)];
            (Some(THEIRS), told_of("payment.succeeded", json!({ "id": name })), &[400])
        }
    }
}

/// Guard: nothing is believed but what YooKassa itself says when it is asked, and of that nothing
/// that is not as it should be.
#[tokio::test]
async fn nothing_forged_is_credited_and_nothing_fails() {
    let soak = std::env::var_os("NAMELESS_SOAK").is_some();
    let many = if soak { 100_000 } else { 1_000 };
    let shop = shop();
    let app = spawn_app(selling(&shop));
    let anna = member(&app.world, "anna", WOMAN).await;
    // One that nobody pays; and paid ones that are wrong in one thing each.
    page(&anna).await;
    for (pointer, value) in [
        ("/recipient/account_id", json!("7")),
        ("/test", json!(true)),
        ("/amount/value", json!("1.00")),
        ("/amount/currency", json!("USD")),
        ("/metadata/order_id", json!("f".repeat(32))),
    ] {
        let url = page(&anna).await;
        let payment = shop.pay(&url).expect("it can be paid");
        shop.tamper(&payment, pointer, value);
        tells(&shop, &app).await;
    }
    let payments = shop.payments();
    let (seed, client) = (20_261_129, Client::new());
    println!("seed {seed}");
    let (mut random, began) = (Random::new(seed), Instant::now());
    for n in 0..many {
        let (from, body, wanted) = forgery(n, &mut random, &payments);
        let status = post(&client, &app, from, body).await;
        assert!(wanted.contains(&status.as_u16()), "number {n}: {status}");
    }
    println!("{many} forged notifications in {:?}", began.elapsed());
    // An honest one goes through behind all of it, and is the only one that was credited.
    let url = page(&anna).await;
    shop.pay(&url).expect("it can be paid");
    tells(&shop, &app).await;
    let patience = if soak { Duration::from_secs(3_600) } else { PATIENCE * 2 };
    let receipt =
        anna.wait_after(0, patience, |m| m.from_bot && m.text().is_some_and(|t| t.contains("Receipt №")));
    receipt.await.expect("the honest one");
    comes_to_have(&anna, "You have premium until").await;
    tap(&anna, "bl:mine").await;
    assert_eq!(receipts(&anna), 1);
}
