//! The deck: what a finger does, keys and buttons do as well; nothing is decided by accident.

use super::client::{Client, Phone, asks};
use super::{has_browser, options, people};
use crate::support::app::spawn_app;
use serde_json::{Value, json};

const LEFT: &str = "\u{e012}";
const UP: &str = "\u{e013}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";

const MEN: [&str; 6] = ["Tom", "Ben", "Max", "Leo", "Sam", "Kim"];

/// Verdicts that the engine has: words in their order.
async fn verdicts(phone: &Phone) -> anyhow::Result<Vec<String>> {
    let body = |one: &Value| serde_json::from_str::<Value>(one["body"].as_str()?).ok();
    let sent = phone.sent("/verdict").await?;
    let done = sent.iter().filter(|one| one["status"] == 200);
    Ok(done.filter_map(|one| Some(body(one)?["verdict"].as_str()?.to_owned())).collect())
}

/// Waits until the engine has so many verdicts.
async fn counts(phone: &Phone, n: usize) -> anyhow::Result<()> {
    let done = "told.sent.filter((one) => one.path.endsWith('/verdict') && one.status === 200).length";
    phone.until(&format!("{done} === {n}")).await.map(drop)
}

/// Without a mouse or a finger: arrows say it, focus goes on to the next card, the live region
/// tells, and only the uppermost card is there for a screen reader.
#[tokio::test]
async fn the_deck_works_by_keys_alone() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &MEN).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let first = phone.card().await?;
    let exposed = "[...document.querySelectorAll('.deck .card')].filter((c) => !c.inert && c.ariaHidden !== 'true').length";
    assert_eq!(phone.eval(exposed).await?, 1);
    phone.until("document.querySelectorAll('.deck .card').length === 2").await?;
    phone.eval("document.querySelector('.card.top').focus()").await?;
    let mut said = Vec::new();
    for (key, word) in [(RIGHT, "Liked"), (LEFT, "Passed"), (DOWN, "Not now")] {
        let before = phone.card().await?;
        phone.browser.press(key).await?;
        phone.until(&format!("document.querySelector('.card.top').ariaLabel !== {}", json!(before))).await?;
        let next = phone.card().await?;
        phone
            .until(&format!(
                "document.getElementById('live').textContent === {}",
                json!(format!("{word}. Next: {next}"))
            ))
            .await?;
        phone.until("document.activeElement === document.querySelector('.card.top')").await?;
        assert_eq!(phone.eval(exposed).await?, 1);
        said.push(before);
    }
    assert!(said[0] == first && said[0] != said[1] && said[1] != said[2], "{said:?}");
    counts(&phone, 3).await?;
    assert_eq!(verdicts(&phone).await?, ["like", "pass", "later"]);

    // More is a dialog of its own: nothing behind it hears keys, and Escape leads back.
    let top = phone.card().await?;
    phone.browser.press(UP).await?;
    phone.until("document.querySelector('dialog[open]')?.contains(document.activeElement)").await?;
    phone.browser.press(RIGHT).await?;
    phone.browser.press(ESCAPE).await?;
    phone.until("!document.querySelector('dialog')").await?;
    assert_eq!(phone.card().await?, top);

    // Undo, by its button: the last card is back.
    phone.eval("document.querySelector('.of-undo').focus()").await?;
    phone.browser.press(crate::page::browser::ENTER).await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel === {}", json!(said[2]))).await?;
    phone
        .until(&format!(
            "document.getElementById('live').textContent === {}",
            json!(format!("{} is back", said[2]))
        ))
        .await?;
    // On the tabs arrows say nothing of a card.
    phone.eval("document.querySelector('nav button').focus()").await?;
    phone.browser.press(RIGHT).await?;
    assert_eq!(phone.card().await?, said[2]);
    let stats = asks(&app, &anna, "/stats").await;
    assert_eq!(stats["likes_given"], 1, "{stats}");
    Ok(())
}

#[tokio::test]
async fn fingers_decide_on_release_and_may_think_again() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &MEN).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let top = phone.card().await?;
    let moved = "document.querySelector('.card.top').style.transform.includes('translate3d')";
    let home = "document.querySelector('.card.top').style.transform === ''";
    let (x, y) = phone.middle(".card.top").await?;

    // Far, and back before release.
    phone.finger("touchStart", Some((x, y))).await?;
    phone.finger("touchMove", Some((x + 60.0, y))).await?;
    phone.finger("touchMove", Some((x + 150.0, y))).await?;
    phone.until(moved).await?;
    phone.finger("touchMove", Some((x + 12.0, y))).await?;
    // Held until it is no throw any more.
    phone.until("(window.since ??= performance.now()) < performance.now() - 150").await?;
    phone.finger("touchMove", Some((x + 10.0, y))).await?;
    phone.finger("touchEnd", None).await?;
    phone.until(home).await?;
    assert_eq!(phone.card().await?, top);

    // The system takes the finger away.
    phone.finger("touchStart", Some((x, y))).await?;
    phone.finger("touchMove", Some((x - 90.0, y))).await?;
    phone.finger("touchMove", Some((x - 160.0, y))).await?;
    phone.until(moved).await?;
    phone.finger("touchCancel", None).await?;
    phone.until(home).await?;
    assert_eq!(phone.card().await?, top);

    // The way back, during a drag: the card goes home, and the app stays.
    phone.finger("touchStart", Some((x, y))).await?;
    phone.finger("touchMove", Some((x + 90.0, y))).await?;
    phone.finger("touchMove", Some((x + 160.0, y))).await?;
    phone.until(moved).await?;
    assert_eq!(phone.eval("told.back()").await?, true, "there is a way back while a card is held");
    phone.until(home).await?;
    phone.finger("touchMove", Some((x + 170.0, y))).await?;
    phone.finger("touchEnd", None).await?;
    assert_eq!(phone.card().await?, top);
    assert_eq!(phone.eval("told.isBackShown()").await?, false);
    assert!(phone.sent("/verdict").await?.is_empty(), "nothing was decided");

    // A tap on the photo is no verdict either, and neither is a finger that goes down the page.
    phone.touch(&[(x, y), (x + 3.0, y + 2.0)]).await?;
    phone.touch(&[(x, y), (x + 4.0, y + 60.0), (x + 8.0, y + 140.0)]).await?;
    assert_eq!(phone.card().await?, top);

    // To the left it is a pass.
    phone.touch(&[(x, y), (x - 40.0, y), (x - 100.0, y), (x - 150.0, y)]).await?;
    counts(&phone, 1).await?;
    assert_eq!(verdicts(&phone).await?, ["pass"]);

    // A double tap on a button is one verdict. Both taps in one go, however slow this machine is.
    let before = phone.card().await?;
    phone.middle(".of-like").await?;
    phone
        .browser
        .run("const like = document.querySelector('.of-like'); like.click(); like.click()", json!([]))
        .await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel !== {}", json!(before))).await?;
    counts(&phone, 2).await?;
    assert_eq!(verdicts(&phone).await?, ["pass", "like"]);
    Ok(())
}

/// Who asked for less motion sees none: a card is there, and then the next one is.
#[tokio::test]
async fn less_motion_means_none() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &MEN[..3]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.browser.colours("light").await?;
    let before = phone.card().await?;
    let watch = "window.flew = 0; const animate = Element.prototype.animate; \
        Element.prototype.animate = function (...args) { flew += 1; return animate.apply(this, args); }";
    phone.browser.run(watch, json!([])).await?;
    phone.tap(".of-pass").await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel !== {}", json!(before))).await?;
    let (x, y) = phone.middle(".card.top").await?;
    phone.touch(&[(x, y), (x + 15.0, y), (x + 25.0, y)]).await?;
    phone.touch(&[(x, y), (x + 60.0, y), (x + 150.0, y)]).await?;
    counts(&phone, 2).await?;
    assert_eq!(phone.eval("flew").await?, 0);
    assert_eq!(phone.eval("document.querySelectorAll('.flying').length").await?, 0);
    Ok(())
}

/// Report and block ask first, and the person is gone from the deck.
#[tokio::test]
async fn who_is_reported_or_blocked_is_gone() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &MEN[..3]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let first = phone.card().await?;
    phone.tap(".card.top .flag").await?;
    phone.tap("dialog .quiet").await?;
    assert_eq!(phone.card().await?, first, "thought again");
    phone.tap(".card.top .flag").await?;
    phone.tap("dialog .choice").await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel !== {}", json!(first))).await?;
    let second = phone.card().await?;
    phone.tap(".card.top .more").await?;
    phone.tap("dialog .choice:nth-last-of-type(2)").await?;
    phone.tap("dialog .danger").await?;
    phone.until(&format!("document.querySelector('.card.top').ariaLabel !== {}", json!(second))).await?;
    phone.browser.reload().await?;
    let third = phone.card().await?;
    assert!(third != first && third != second);
    assert_eq!(phone.eval("document.querySelectorAll('.deck .card').length").await?, 1);
    Ok(())
}
