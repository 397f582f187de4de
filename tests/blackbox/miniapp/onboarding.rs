//! The first time, by keyboard alone; and who is too young.

use super::client::{Client, Phone, asks};
use super::{has_browser, options};
use crate::common::member;
use crate::dating::WOMAN;
use crate::page::browser::ENTER;
use crate::support::app::spawn_app;
use serde_json::json;

const SPACE: &str = " ";

/// Puts the focus on the first element of a selector, as Tab would, once it is there.
async fn focus(phone: &Phone, selector: &str) -> anyhow::Result<()> {
    let quoted = json!(selector);
    let set =
        format!("(document.querySelector({quoted})?.focus(), document.activeElement?.matches({quoted}))");
    phone.until(&set).await.map(drop)
}

async fn types(phone: &Phone, selector: &str, words: &str) -> anyhow::Result<()> {
    focus(phone, selector).await?;
    for letter in words.chars() {
        phone.browser.press(&letter.to_string()).await?;
    }
    Ok(())
}

async fn asked(phone: &Phone, title: &str) -> anyhow::Result<()> {
    phone.until(&format!("document.querySelector('h1')?.textContent === {}", json!(title))).await?;
    // Whoever cannot see is led to it.
    phone.until("document.activeElement === document.querySelector('h1')").await.map(drop)
}

async fn birth(phone: &Phone, day: &str, month: u8, year: &str) -> anyhow::Result<()> {
    types(phone, "input[name=day]", day).await?;
    let choose = format!("(document.querySelector('select[name=month]').value = '{month}')");
    phone.eval(&choose).await?;
    types(phone, "input[name=year]", year).await?;
    phone.browser.press(ENTER).await
}

#[tokio::test]
async fn a_card_is_made_by_keys_alone() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let anna = member(&app.world, "anna", WOMAN).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    asked(&phone, "When were you born?").await?;
    birth(&phone, "31", 2, "1998").await?;
    phone
        .until("document.querySelector('[role=alert]').textContent.startsWith('That is not a date')")
        .await?;
    phone.browser.clear("//input[@name='day']").await?;
    phone.browser.clear("//input[@name='year']").await?;
    birth(&phone, "24", 3, "1998").await?;
    asked(&phone, "What should your card call you?").await?;
    types(&phone, "input[name=name]", "Lisa").await?;
    phone.browser.press(ENTER).await?;
    // What the chat knows already is chosen.
    asked(&phone, "Who are you?").await?;
    phone.until("document.querySelector('input[value=female]').checked").await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    asked(&phone, "Whom would you like to meet?").await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    asked(&phone, "Where are you?").await?;
    types(&phone, "input[name=city]", "mosc").await?;
    focus(&phone, "input[name=place]").await?;
    phone.browser.press(SPACE).await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    asked(&phone, "What are you looking for?").await?;
    focus(&phone, "input[value=dates]").await?;
    phone.browser.press(SPACE).await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    asked(&phone, "What do you like?").await?;
    focus(&phone, ".pill input").await?;
    phone.browser.press(SPACE).await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    asked(&phone, "A few words about you").await?;
    types(&phone, "textarea", "write me at @somebody").await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    phone.until("document.querySelector('[role=alert]').textContent.startsWith('No links')").await?;
    phone.browser.clear("//textarea").await?;
    types(&phone, "textarea", "<b>rain</b> & \"films\"").await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    asked(&phone, "Now photos").await?;
    focus(&phone, ".primary").await?;
    phone.browser.press(ENTER).await?;
    phone
        .until("document.querySelector('nav:not([hidden]) [aria-current]')?.dataset.tab === 'discover'")
        .await?;
    let profile = asks(&app, &anna, "/profile").await;
    let told = json!([
        profile["name"],
        profile["birth"],
        profile["gender"],
        profile["goal"],
        profile["place"]["city"]
    ]);
    assert_eq!(told, json!(["Lisa", "1998-03-24", "female", "dates", "moscow"]), "{profile}");
    // As she wrote it, and nothing else.
    phone.tap("[data-tab=profile]").await?;
    phone.tap(".menu button").await?;
    phone.until("document.querySelector('dialog .bio')?.textContent === '<b>rain</b> & \"films\"'").await?;
    assert_eq!(phone.eval("document.querySelectorAll('.bio b').length").await?, 0);
    assert_eq!(phone.eval("told.calls.includes('enableClosingConfirmation')").await?, true);
    Ok(())
}

/// Asked plainly, told kindly, and not again.
#[tokio::test]
async fn who_is_not_18_is_turned_away_kindly() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let anna = member(&app.world, "anna", WOMAN).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    asked(&phone, "When were you born?").await?;
    let words = phone.browser.text("//main").await?;
    assert!(!words.contains("18"), "nothing says which answer is wanted: {words}");
    birth(&phone, "1", 1, "2012").await?;
    phone.until("document.querySelector('.gate h1')?.textContent === 'Not yet'").await?;
    phone.picture("too-young").await?;
    phone.browser.reload().await?;
    phone.until("document.querySelector('.gate h1')?.textContent === 'Not yet'").await?;
    Ok(())
}
