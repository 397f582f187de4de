//! The guided tour, as a visitor takes it: all of it, and held, skipped, ended.

use super::browser::Browser;
use super::phone::Phone;
use super::picture;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

/// The steps, in their order.
const STEPS: [&str; 6] = ["talk", "buy", "character", "dating", "operators", "fall"];

/// Notes each step of the tour and how it went, whenever the bar changes.
const WATCH: &str = "window.shown = { steps: [], went: [] };
    new MutationObserver(() => {
        const bar = document.querySelector('.tour');
        if (!bar) return;
        const step = bar.dataset.step;
        if (step && window.shown.steps.at(-1) !== step) window.shown.steps.push(step);
        window.shown.went = [...bar.querySelectorAll('.tour-dots i')].map((dot) => dot.dataset.went ?? '-');
        window.shown.said = bar.querySelector('.tour-words').textContent;
        window.shown.sizes = bar.getBoundingClientRect().right <= innerWidth;
    }).observe(document.body, { subtree: true, childList: true, attributes: true })";

const OVER: &str = "!document.querySelector('.tour') && !document.getElementById('tour').disabled";

async fn read(browser: &Browser, what: &str) -> anyhow::Result<Value> {
    browser.run(&format!("return {what}"), json!([])).await
}

async fn presses(browser: &Browser, key: &str) -> anyhow::Result<()> {
    browser.click(&format!("//button[@data-tour=\"{key}\"]")).await.with_context(|| key.to_owned())
}

async fn is_at(browser: &Browser, step: &str) -> anyhow::Result<()> {
    browser.until(&format!("document.querySelector('.tour')?.dataset.step === '{step}'")).await.map(drop)
}

pub async fn visit(browser: &Browser, url: &str) -> anyhow::Result<()> {
    browser.size(1440, 900).await?;
    // Whoever wants less motion is shown the same.
    browser.colours("light").await?;
    browser.open(url).await?;
    browser.click("//button[@data-language=\"en\"]").await?;
    for slot in [0, 1] {
        browser.find(&Phone { browser, slot }.at("//button[@class=\"key\"]")).await?;
    }
    browser.run(WATCH, json!([])).await?;
    whole(browser).await.context("the whole of it")?;
    by_hand(browser).await.context("by hand")?;
    every_actor_falls(browser).await.context("every actor")
}

async fn whole(browser: &Browser) -> anyhow::Result<()> {
    browser.click("//button[@id=\"tour\"]").await?;
    // A wait is for as long as one thing may take, so each step is waited for.
    for step in STEPS {
        is_at(browser, step).await.with_context(|| step.to_owned())?;
        if step == "operators" {
            browser.until("document.querySelector('.operators .desk-part li')").await?;
            browser.picture(&picture("page-tour.png")).await?;
        }
    }
    browser.until(OVER).await?;
    let seen = read(browser, "window.shown").await?;
    ensure!(seen["steps"] == json!(STEPS) && seen["sizes"] == json!(true), "{seen}");
    ensure!(seen["went"] == json!(STEPS.map(|_| "well")), "each step ran: {seen}");
    let said = seen["said"].as_str().unwrap_or_default();
    ensure!(said.contains("nothing is lost"), "{said}");
    let status = browser.text("//p[@id=\"status\"]").await?;
    ensure!(status.contains("That was all of it"), "{status}");
    // The payment that the operators saw is there.
    let receipts =
        "[...document.querySelectorAll('.theirs .text')].filter((e) => /№/.test(e.textContent)).length";
    ensure!(read(browser, receipts).await?.as_u64() >= Some(1), "somebody paid");
    Ok(())
}

async fn by_hand(browser: &Browser) -> anyhow::Result<()> {
    browser.click("//button[@data-language=\"ru\"]").await?;
    browser.click("//button[@id=\"tour\"]").await?;
    is_at(browser, "talk").await?;
    presses(browser, "pause").await?;
    browser.until("document.querySelector('[data-tour=pause]').textContent === 'Дальше'").await?;
    // What is under way comes to its beat, and then nothing moves.
    let settled = "(() => { const n = document.querySelectorAll('.row').length; \
        const same = window.rows === n; window.rows = n; \
        window.still = same ? (window.still ?? 0) + 1 : 0; return window.still > 30; })()";
    browser.until(settled).await?;
    is_at(browser, "talk").await?;
    // Skipped, it goes on by itself.
    presses(browser, "skip").await?;
    is_at(browser, "buy").await?;
    presses(browser, "pause").await?;
    browser.until("document.querySelector('[data-tour=pause]').textContent === 'Дальше'").await?;
    is_at(browser, "buy").await?;
    presses(browser, "pause").await?;
    is_at(browser, "character").await?;
    presses(browser, "end").await?;
    browser.until(OVER).await?;
    let status = browser.text("//p[@id=\"status\"]").await?;
    ensure!(status == "Ваш ход: пишите с любого телефона.", "{status}");
    // The buttons are the visitor's again.
    browser.until("!document.getElementById('play').disabled").await.map(drop)
}

/// Each service of the tree is crashed by its own button; people talk as before.
async fn every_actor_falls(browser: &Browser) -> anyhow::Result<()> {
    let state = "(fetch('/demo/state').then((r) => r.json()).then((s) => window.seen = s), window.seen)";
    browser.until(&format!("{state} !== undefined")).await?;
    let buttons = "[...document.querySelectorAll('[data-service]')].map((b) => b.dataset.service).sort()";
    let there = "window.seen.services.map((s) => s.name).sort()";
    let (buttons, there) = (read(browser, buttons).await?, read(browser, there).await?);
    ensure!(buttons == there, "{buttons} on the page, {there} in the engine");
    for name in there.as_array().context("a list")?.iter().filter_map(Value::as_str) {
        browser.click(&format!("//button[@data-service=\"{name}\"]")).await?;
        let fell = format!("window.seen.services.find((s) => s.name === '{name}').deaths > 0");
        browser.until(&format!("{state} && {fell}")).await.with_context(|| name.to_owned())?;
    }
    browser.click("//button[@id=\"play\"]").await?;
    browser.until("document.getElementById('play').disabled").await?;
    browser.until("!document.getElementById('play').disabled").await?;
    let status = browser.text("//p[@id=\"status\"]").await?;
    ensure!(status == "Ваш ход: пишите с любого телефона.", "{status}");
    Ok(())
}
