//! Own photos in the app: sent from the device, put in order, removed; and all of them on cards.

use super::client::{Client, Phone, asks, folder};
use super::{drawn, has_browser, looks, options, people};
use crate::support::app::spawn_app;
use anyhow::Context as _;
use serde_json::json;

/// Chooses a file of the device, as the picker would give it.
async fn picks(phone: &Phone, n: u8) -> anyhow::Result<()> {
    let path = folder().join(format!("mine-{n}.jpg"));
    std::fs::write(&path, drawn(n))?;
    phone.until("document.querySelector('.adder input')").await?;
    let page = phone.browser.devtools("DOM.getDocument", json!({})).await?;
    let input = json!({ "nodeId": page["root"]["nodeId"], "selector": ".adder input" });
    let found = phone.browser.devtools("DOM.querySelector", input).await?;
    let files = json!({ "files": [path.to_str().context("a path")?], "nodeId": found["nodeId"] });
    phone.browser.devtools("DOM.setFileInputFiles", files).await.map(drop)
}

/// Waits until so many are there, each with its picture, and the line says this.
async fn has(phone: &Phone, n: usize, says: &str) -> anyhow::Result<()> {
    let there =
        "[...document.querySelectorAll('.shots-grid .photo img')].filter((i) => i.naturalWidth > 0).length";
    phone.until(&format!("{there} === {n}")).await?;
    let note = "[...document.querySelectorAll('[role=status]')].map((line) => line.textContent).join()";
    phone.until(&format!("{note}.includes({})", json!(says))).await?;
    phone.until("document.querySelector('progress').hidden").await.map(drop)
}

#[tokio::test]
async fn photos_are_sent_from_the_app_and_seen_on_the_card() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, men) = people(&app, &["Tom"]).await;
    let hers = Phone::open(&app, &anna, Client { width: 320, height: 640, ..Client::default() }).await?;
    hers.card().await?;
    hers.tap("[data-tab=profile]").await?;
    hers.tap(".menu li:nth-child(2) button").await?;
    // The one that went by the chat is there.
    hers.until("document.querySelectorAll('.shots-grid .photo img').length === 1").await?;
    for n in 1..=2 {
        picks(&hers, n).await?;
        has(&hers, usize::from(n) + 1, "The photo is there").await?;
    }
    let order = async || {
        let list = asks(&app, &anna, "/profile/photos").await;
        let name = |one: &serde_json::Value| one["id"].as_str().expect("a name").to_owned();
        list["photos"].as_array().expect("photos").iter().map(name).collect::<Vec<_>>()
    };
    let before = order().await;
    assert_eq!(before.len(), 3);
    hers.tap("[aria-label='Make photo 3 the main one']").await?;
    has(&hers, 3, "The order has changed").await?;
    assert_eq!(order().await, [&*before[2], &*before[0], &*before[1]]);
    hers.tap("[aria-label='Move photo 3 forward']").await?;
    let places = [2, 1, 0].map(|n| before[n].clone());
    let moved = async {
        while order().await != places {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::people::PATIENCE, moved).await.context("the order is kept")?;
    has(&hers, 3, "The order has changed").await?;
    if let Some(axe) = looks::axe()? {
        let found = looks::judge(&hers, &axe).await?;
        assert!(found.is_empty(), "{found:#?}");
    }
    hers.picture("photos").await?;
    hers.tap("[aria-label='Remove photo 3']").await?;
    hers.tap("dialog .danger").await?;
    has(&hers, 2, "The photo is gone").await?;
    assert_eq!(order().await, places[..2]);
    // By keys: the focus never comes to lie on what would undo the change.
    hers.eval("document.querySelector(\"[aria-label='Move photo 1 back']\").focus()").await?;
    hers.browser.press(ENTER).await?;
    hers.until("document.activeElement.closest('.adder') && !document.querySelector('.busy')").await?;
    has(&hers, 2, "The order has changed").await?;

    // On his phone: dots, taps and keys turn them, and a screen reader hears which one it is.
    let his = Phone::open(&app, &men[0], Client::default()).await?;
    his.card().await?;
    his.until("document.querySelectorAll('.card.top .bars i').length === 2").await?;
    let at =
        "[...document.querySelectorAll('.card.top .bars i')].findIndex((i) => i.classList.contains('now'))";
    let heard = |n: u8| {
        let words = json!(format!("Photo {n} of 2 of Lisa"));
        format!("document.getElementById('live').textContent === {words} && {at} === {}", n - 1)
    };
    let (x, y) = his.middle(".card.top").await?;
    // Below the veil, which is tapped for itself.
    his.touch(&[(x + 100.0, y - 20.0)]).await?;
    his.until(&heard(2)).await?;
    his.eval("document.querySelector('.card.top').focus()").await?;
    his.browser.press(PAGE_UP).await?;
    his.until(&heard(1)).await?;
    his.browser.press(PAGE_DOWN).await?;
    his.until(&heard(2)).await?;
    his.until("document.querySelector('.card.top .shots img')?.naturalWidth > 0").await?;

    // The page of a match has all of them as well: by buttons, by a finger, by keys.
    crate::dating_api::phone::Phone::of(&app, &anna).await.says("like").await;
    his.tap(".of-like").await?;
    his.until("document.querySelector('dialog.moment[open]')").await?;
    his.tap("dialog .quiet").await?;
    his.tap("[data-tab=matches]").await?;
    his.tap(".rows .line").await?;
    let shows = |n: u8| {
        let alt = json!(format!("Photo {n} of 2 of Lisa"));
        format!(
            "[...document.querySelectorAll('.album img')].some((i) => i.naturalWidth > 0 && i.alt === {alt})"
        )
    };
    his.until(&shows(1)).await?;
    his.tap(".album .later-photo").await?;
    his.until(&shows(2)).await?;
    his.until("document.getElementById('live').textContent === 'Photo 2 of 2 of Lisa'").await?;
    // There is no third one, and the focus stays.
    his.eval("document.querySelector('.album .later-photo').focus()").await?;
    his.browser.press(ENTER).await?;
    let stays = "document.activeElement.matches('.album .later-photo[aria-disabled=true]')";
    assert_eq!(his.eval(stays).await?, true);
    // By a finger, below the veil, which is tapped for itself.
    let (x, y) = his.middle(".album").await?;
    let y = y + 60.0;
    his.touch(&[(x - 60.0, y), (x - 20.0, y + 2.0), (x + 40.0, y + 3.0)]).await?;
    his.until(&shows(1)).await?;
    his.eval("document.querySelector('.album .earlier').focus()").await?;
    his.browser.press(ARROW_RIGHT).await?;
    his.until(&shows(2)).await?;
    if let Some(axe) = looks::axe()? {
        let found = looks::judge(&his, &axe).await?;
        assert!(found.is_empty(), "{found:#?}");
    }
    his.picture("match-photos").await?;
    for phone in [&hers, &his] {
        let complaints = phone.complaints().await?;
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
    Ok(())
}

const ENTER: &str = "\u{e007}";
const ARROW_RIGHT: &str = "\u{e014}";
const PAGE_UP: &str = "\u{e00e}";
const PAGE_DOWN: &str = "\u{e00f}";
