//! Premium for simulated Stars: subscribed to, felt, cancelled, given back, and in the books.

use super::browser::Browser;
use super::phone::Phone;
use anyhow::Context as _;

/// What is said of a payment that went back.
const BACK: &str = "went back on";

impl Phone<'_> {
    /// Presses a button of the bot's by its data.
    async fn taps(&self, data: &str) -> anyhow::Result<()> {
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

    given_back(browser, url).await.context("at the operators' desk")?;
    browser.open(url).await?;
    one.sees("are back with you", "").await
}

async fn subscribes(one: Phone<'_>) -> anyhow::Result<()> {
    one.write("/premium").await?;
    one.taps("bl:buy:premium-monthly").await?;
    let pay = one.at("//div[@class=\"keyboard\"]//button[contains(.,\"Subscribe for\")]");
    one.browser.click(&pay).await.context("the link")?;
    one.sees("Receipt №", "").await
}

async fn given_back(browser: &Browser, url: &str) -> anyhow::Result<()> {
    // What the button of the page does before it opens a tab.
    let let_in = "(fetch('/demo/desk', { method: 'POST' }).then((r) => window.desk = r.ok), window.desk)";
    browser.until(let_in).await.context("let in")?;
    browser.open(&format!("{url}admin/payments")).await?;
    browser.click("//td/a[starts-with(@href,\"/admin/payments/\")]").await?;
    browser.click("//a[contains(@href,\"/refund\")]").await?;
    browser.type_into("//textarea[@id=\"reason\"]", "it was only a demo").await?;
    browser.click("//button[contains(@class,\"danger\")]").await?;
    browser.until("location.search === '?done=refund'").await?;
    let back = format!("document.querySelector('.head .tag').textContent.includes('{BACK}')");
    let looked = async {
        while browser.run(&format!("return {back}"), serde_json::json!([])).await? != true {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            browser.reload().await?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(super::START, looked).await.context("it does not go back")??;
    // Paid, given, taken back, paid back: all of it is in the books.
    for accounts in ["telegram → sales", "given → person", "person → given", "sales → telegram"] {
        browser.find(&format!("//td[.=\"{accounts}\"]")).await.with_context(|| accounts.to_owned())?;
    }
    Ok(())
}
