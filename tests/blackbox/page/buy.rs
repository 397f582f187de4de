//! Premium for simulated Stars: subscribed to, felt, cancelled, and given back at the operators'
//! desk.

use super::browser::Browser;
use super::phone::Phone;
use crate::pages::visitor::{Visitor, get, post};
use anyhow::{Context as _, ensure};
use reqwest::redirect::Policy;

impl Phone<'_> {
    /// Presses a button of the bot's by its data.
    pub(super) async fn taps(&self, data: &str) -> anyhow::Result<()> {
        let key = format!("//div[@class=\"keyboard\"]//button[starts-with(@data-key,\"{data}\")]");
        self.browser.click(&self.at(&key)).await.with_context(|| data.to_owned())
    }
}

/// The first two have met and are tired of each other; a third is about to come.
pub async fn premium(browser: &Browser, url: &str, [one, two]: [Phone<'_>; 2]) -> anyhow::Result<()> {
    let third = Phone { browser, slot: 2 };
    one.write("/stop").await?;
    one.sees("The chat is over", "").await?;
    subscribes(one).await.context("subscribing")?;

    // Two has waited longer, and one is found all the same.
    two.write("/search").await?;
    two.sees("Looking for someone", "").await?;
    one.write("/search").await?;
    one.sees("Looking for someone", "").await?;
    for data in ["on:lang:1", "on:adult:1", "on:gender:0", "on:age:0", "on:wish:0"] {
        third.taps(data).await?;
    }
    third.write("/search").await?;
    third.sees("Someone is here", "").await?;
    third.write("I am the third").await?;
    one.sees("I am the third", "").await?;
    two.misses("I am the third").await?;

    one.write("/premium").await?;
    one.sees("You have premium until", "").await?;
    one.taps("bl:mine").await?;
    one.taps("bl:cancel:").await?;
    one.taps("bl:cancel-yes:").await?;
    one.sees("Done: it will not renew", "").await?;
    given_back(one, url).await.context("giving it back")
}

/// What stands between the two, the first time.
fn between<'a>(page: &'a str, before: &str, after: &str) -> anyhow::Result<&'a str> {
    let found = page.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    found.map(|(found, _)| found).with_context(|| format!("no {before} in {page}"))
}

/// The demo lets its visitor in at the operators' pages; the page of the payment shows its books.
async fn given_back(one: Phone<'_>, url: &str) -> anyhow::Result<()> {
    let base = url.trim_end_matches('/').to_owned();
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let nobody = Visitor { client, origin: base.clone(), base, cookie: String::new(), csrf: String::new() };
    let cookie = post(&nobody, "/demo/desk", &[]).await.cookie.context("nobody is let in")?;
    let desk = nobody.with(&cookie).await;
    let (_, list) = get(&desk, "/admin/payments").await;
    let place = format!("/admin/payments/{}", between(&list, "href=\"/admin/payments/", "\"")?);
    let (_, ask) = get(&desk, &format!("{place}/refund")).await;
    let key = between(&ask, "name=\"key\" value=\"", "\"")?;
    let fields = [("csrf", &*desk.csrf), ("key", key), ("reason", "the visitor wants to see it")];
    let sent = post(&desk, &format!("{place}/refund"), &fields).await;
    ensure!(sent.location.is_some_and(|to| to.ends_with("done=refund")), "{}", sent.body);
    one.sees("are back with you", "").await?;
    let (_, page) = get(&desk, &place).await;
    let (_, ledger) = page.split_once("aria-labelledby=\"ledger\"").context("no ledger")?;
    // Money and premium, each there and back.
    let entries = ledger.matches("<tr><td>").count();
    ensure!(entries >= 4 && page.contains("200\u{a0}⭐"), "{entries} entries: {page}");
    Ok(())
}

async fn subscribes(one: Phone<'_>) -> anyhow::Result<()> {
    one.write("/premium").await?;
    one.taps("bl:buy:premium-monthly").await?;
    let pay = one.at("//div[@class=\"keyboard\"]//button[contains(.,\"Subscribe for\")]");
    one.browser.click(&pay).await.context("the link")?;
    one.sees("Receipt №", "").await
}
