//! Without a network, with answers that are lost, with sessions that end: nothing is lost, nothing
//! is done twice.

use super::client::{Client, Phone, asks};
use super::{has_browser, options, people};
use crate::dating_api::phone::Phone as DatingPhone;
use crate::support::app::spawn_app;
use serde_json::{Value, json};

const API: &str = "*/app/api/*";

/// The card of a verdict, by its path.
fn token(one: &Value) -> String {
    one["path"].as_str().and_then(|path| path.split('/').nth(5)).unwrap_or_default().to_owned()
}

/// Verdicts wait on the device, outlive the page, and leave in their order, once each.
#[tokio::test]
async fn verdicts_outlive_the_network_and_the_page() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &["Tom", "Ben", "Max", "Leo", "Sam"]).await;
    for version in ["9.6", "7.6"] {
        let phone = Phone::open(&app, &anna, Client { version, ..Client::default() }).await?;
        phone.card().await?;
        // The API cannot be reached.
        phone.block(&[API]).await?;
        let mut swiped = Vec::new();
        for button in [".of-like", ".of-pass"] {
            swiped.push(phone.card().await?);
            phone.tap(button).await?;
            let next = format!("document.querySelector('.card.top')?.ariaLabel !== {}", json!(swiped.last()));
            phone.until(&next).await?;
        }
        phone.until("document.getElementById('offline').textContent === 'No connection, 2 waiting'").await?;
        phone.until("!document.getElementById('offline').hidden").await?;
        // Kept where the client has a place for it, else by the browser.
        let place = if version == "9.6" { "device.nameless_verdicts_" } else { "nameless_verdicts_" };
        let kept = format!("JSON.parse(localStorage.getItem('{place}{}')).map((one) => one.key)", anna.id());
        let keys = phone.until(&kept).await?;
        assert_eq!(keys.as_array().map(Vec::len), Some(2), "{keys}");

        phone.browser.reload().await?;
        phone.until("document.querySelector('.gate .primary')").await?;
        phone.block(&[]).await?;
        phone.tap(".gate .primary").await?;
        let done = "told.sent.filter((one) => one.path.endsWith('/verdict') && one.status === 200)";
        phone.until(&format!("{done}.length === 2")).await?;
        // Under the keys that they were given, in the order in which they were given.
        let now = phone.eval(&format!("{done}.map((one) => one.key)")).await?;
        assert_eq!(now, keys);
        phone.until("document.getElementById('offline').hidden").await?;
        let top = phone.card().await?;
        assert!(!swiped.contains(&top), "{top} comes again");
    }
    let stats = asks(&app, &anna, "/stats").await;
    assert_eq!(stats["likes_given"], 2, "{stats}");
    let me = asks(&app, &anna, "/me").await;
    assert_eq!(me["likes_left"], 48, "{me}");
    Ok(())
}

/// The engine has it, and its answer is lost: it is asked again under the same key, and counts
/// once.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &["Tom", "Ben", "Max"]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.card().await?;
    phone.eval("told.lose = 1").await?;
    phone.tap(".of-like").await?;
    phone.until("told.sent.some((one) => one.path.endsWith('/verdict') && one.status === 200)").await?;
    let sent = phone.sent("/verdict").await?;
    let statuses: Vec<_> = sent.iter().map(|one| one["status"].as_i64()).collect();
    assert_eq!(statuses, [Some(-1), Some(200)]);
    assert_eq!((&sent[0]["key"], token(&sent[0])), (&sent[1]["key"], token(&sent[1])));
    let me = asks(&app, &anna, "/me").await;
    assert_eq!(me["likes_left"], 49, "{me}");
    Ok(())
}

/// The page does not open at first, and is tried again: what waits is sent once all the same, and
/// what the client kept before it stopped answering is older than what the browser kept since.
#[tokio::test]
async fn what_waits_is_there_once_however_often_the_page_is_tried() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &["Tom", "Ben", "Max"]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.card().await?;
    phone.block(&["*/verdict"]).await?;
    phone.tap(".of-like").await?;
    phone.until("document.getElementById('offline').textContent === 'No connection, 1 waiting'").await?;
    let (kept, device) =
        (format!("nameless_verdicts_{}", anna.id()), format!("device.nameless_verdicts_{}", anna.id()));
    phone.until(&format!("JSON.parse(localStorage.getItem('{device}')).length === 1")).await?;
    let moved = format!(
        "(localStorage.setItem('{kept}', localStorage.getItem('{device}')), localStorage.setItem('{device}', '[]'), 1)"
    );
    phone.eval(&moved).await?;
    phone.block(&["*/verdict", "*/api/v1/me"]).await?;
    phone.browser.reload().await?;
    for _ in 0..2 {
        phone.until("document.querySelector('.gate .primary')").await?;
        phone.tap(".gate .primary").await?;
    }
    phone.until("document.querySelector('.gate .primary')").await?;
    phone.block(&[]).await?;
    phone.tap(".gate .primary").await?;
    phone.card().await?;
    let done = "told.sent.filter((one) => one.path.endsWith('/verdict') && one.status === 200)";
    phone.until(&format!("{done}.length > 0 && document.getElementById('offline').hidden")).await?;
    phone.tap("[data-tab=matches]").await?;
    phone.until("document.querySelector('.nothing h2')?.textContent === 'No matches yet'").await?;
    assert_eq!(phone.eval(&format!("{done}.length")).await?, 1);
    Ok(())
}

/// A step back whose answer is lost is asked for again as the same step: the card before stays
/// decided.
#[tokio::test]
async fn a_step_back_of_which_nothing_was_heard_is_no_second_one() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &["Tom", "Ben", "Max"]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let mut passed = Vec::new();
    for n in 1..=2 {
        passed.push(phone.card().await?);
        phone.tap(".of-pass").await?;
        let left = "told.sent.filter((one) => one.path.endsWith('/verdict') && one.status === 200).length";
        phone.until(&format!("{left} === {n}")).await?;
    }
    // Each time that it asks.
    phone.eval("(told.losing = '/undo', told.lose = 3)").await?;
    phone.tap(".of-undo").await?;
    phone.until("told.sent.filter((one) => one.path.endsWith('/undo')).length === 3").await?;
    phone.until("!document.querySelector('.of-undo').dataset.busy").await?;
    phone.tap(".of-undo").await?;
    phone.until("told.sent.some((one) => one.path.endsWith('/undo') && one.status === 200)").await?;
    let sent = phone.sent("/undo").await?;
    assert!(sent.len() == 4 && sent.iter().all(|one| one["key"] == sent[0]["key"]), "{sent:?}");
    phone.until(&format!("document.querySelector('.card.top')?.ariaLabel === {}", json!(passed[1]))).await?;
    Ok(())
}

/// Her like made a match, and its answer is lost until the page has seen the match by itself: it is
/// told once.
#[tokio::test]
async fn a_match_is_told_once_however_it_is_heard_of() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, men) = people(&app, &["Tom"]).await;
    let tom = DatingPhone::of(&app, &men[0]).await;
    tom.says("like").await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.card().await?;
    // Until fifteen seconds have passed; the page looks every ten.
    phone.eval("told.lose = 4").await?;
    phone.tap(".of-like").await?;
    phone.until("document.querySelector('dialog.moment[open]')").await?;
    let heard = "told.sent.filter((one) => one.path.endsWith('/verdict') && one.status === 200).length";
    assert_eq!(phone.eval(heard).await?, 0, "it looked by itself");
    phone.tap("dialog .quiet").await?;
    phone.until(&format!("{heard} === 1")).await?;
    for (tab, shown) in [("matches", ".rows li"), ("profile", ".page h1")] {
        phone.tap(&format!("[data-tab={tab}]")).await?;
        phone.until(&format!("document.querySelector('{shown}')")).await?;
    }
    assert_eq!(phone.eval("document.querySelectorAll('dialog').length").await?, 0);
    Ok(())
}

/// A session that somebody ended is begun anew on the way; what Telegram signed too long ago is not
/// taken, and the page says what to do.
#[tokio::test]
async fn sessions_end_and_begin() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &["Tom", "Ben"]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let top = phone.card().await?;
    let bearer = phone.until("told.bearer?.startsWith('Bearer ') && told.bearer").await?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let ended = http.delete(format!("http://{}/app/api/v1/session", app.http));
    let ended = ended.header("authorization", bearer.as_str().unwrap_or_default()).send().await?;
    assert_eq!(ended.status(), 204);
    phone.tap(".of-pass").await?;
    phone.until("told.sent.some((one) => one.path.endsWith('/verdict') && one.status === 200)").await?;
    // Whatever asked first was turned away, and all went on by a new session.
    phone.until("told.sent.some((one) => one.status === 401)").await?;
    let sent = phone.sent("/verdict").await?;
    assert!(sent.iter().all(|one| one["key"] == sent[0]["key"]));
    assert_ne!(phone.card().await?, top);

    phone.become_(anna.id(), Client { age: 25 * 3_600, ..Client::default() }).await?;
    phone.until("document.querySelector('.gate h1')?.textContent === 'That was a while ago'").await?;
    phone.picture("stale").await?;
    // Nobody is anybody else.
    phone.become_(anna.id() + 1_000_000, Client::default()).await?;
    phone.until("document.querySelector('.gate h1')?.textContent === 'First say hello to the bot'").await?;
    Ok(())
}

/// Two likes are given where one is left: the second card comes back, and a line says why.
#[tokio::test]
async fn what_the_engine_refuses_comes_back() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    crate::support::clock::one_day().await;
    let app = spawn_app(options().with("DATING_LIKES", 1));
    let (anna, _) = people(&app, &["Tom", "Ben", "Max"]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.until("document.querySelector('.likes-left').textContent === '1 like left today'").await?;
    phone.block(&[API]).await?;
    let mut liked = Vec::new();
    for _ in 0..2 {
        liked.push(phone.card().await?);
        phone.tap(".of-like").await?;
        let next = format!("document.querySelector('.card.top')?.ariaLabel !== {}", json!(liked.last()));
        phone.until(&next).await?;
    }
    phone.until("document.getElementById('offline').textContent === 'No connection, 2 waiting'").await?;
    phone.block(&[]).await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel === {}", json!(liked[1]))).await?;
    phone.until("document.getElementById('toast').textContent.startsWith('No likes left today')").await?;
    // From now on it says so at once, and nothing is sent.
    let sent = phone.sent("/verdict").await?.len();
    phone.tap(".of-like").await?;
    assert_eq!(phone.card().await?, liked[1]);
    phone.tap(".of-pass").await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel !== {}", json!(liked[1]))).await?;
    let more = format!("told.sent.filter((one) => one.path.endsWith('/verdict')).length === {}", sent + 1);
    phone.until(&more).await?;
    let stats = asks(&app, &anna, "/stats").await;
    assert_eq!(stats["likes_given"], 1, "{stats}");
    Ok(())
}
