//! Premium for simulated Stars: subscribed to, felt, and cancelled.

use super::browser::Browser;
use super::phone::Phone;
use anyhow::Context as _;

impl Phone<'_> {
    /// Presses a button of the bot's by its data.
    async fn taps(&self, data: &str) -> anyhow::Result<()> {
        let key = format!("//div[@class=\"keyboard\"]//button[starts-with(@data-key,\"{data}\")]");
        self.browser.click(&self.at(&key)).await.with_context(|| data.to_owned())
    }
}

/// The first two have met and are tired of each other; a third is about to come.
pub async fn premium(browser: &Browser, [one, two]: [Phone<'_>; 2]) -> anyhow::Result<()> {
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
    one.sees("Done: it will not renew", "").await
}

async fn subscribes(one: Phone<'_>) -> anyhow::Result<()> {
    one.write("/premium").await?;
    one.taps("bl:buy:premium-monthly").await?;
    let pay = one.at("//div[@class=\"keyboard\"]//button[contains(.,\"Subscribe for\")]");
    one.browser.click(&pay).await.context("the link")?;
    one.sees("Receipt №", "").await
}
