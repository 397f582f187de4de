//! One phone of the page, as its visitor handles it. Text literals must hold no double quotes
//! (XPath).

use super::browser::{Browser, ENTER};

/// Phone number `slot`, from 0.
#[derive(Clone, Copy)]
pub struct Phone<'a> {
    pub browser: &'a Browser,
    pub slot: u8,
}

impl Phone<'_> {
    /// XPath of something inside this phone.
    pub fn at(&self, path: &str) -> String {
        format!("//section[@data-slot=\"{}\"]{path}", self.slot)
    }

    /// XPath of the bubbles of one side (`own`, `theirs`) whose text contains `part`.
    fn bubble(&self, side: &str, part: &str) -> String {
        self.at(&format!(
            "//div[contains(@class,\"row {side}\")]/div[contains(@class,\"bubble\")][div[@class=\"text\"][contains(.,\"{part}\")]]"
        ))
    }

    /// Types a message and sends it.
    pub async fn write(&self, text: &str) -> anyhow::Result<()> {
        self.browser.type_into(&self.at("//textarea"), &format!("{text}{ENTER}")).await
    }

    /// Waits for a message of the other side; `inside` is looked for in its bubble (`` for
    /// nothing).
    pub async fn sees(&self, part: &str, inside: &str) -> anyhow::Result<()> {
        self.browser.find(&format!("{}{inside}", self.bubble("theirs", part))).await.map(drop)
    }

    /// Waits for an own message with `inside` in its bubble.
    pub async fn has(&self, part: &str, inside: &str) -> anyhow::Result<()> {
        self.browser.find(&format!("{}{inside}", self.bubble("own", part))).await.map(drop)
    }

    /// Waits until no message contains `part`.
    pub async fn misses(&self, part: &str) -> anyhow::Result<()> {
        let texts = format!("[...document.querySelectorAll('[data-slot=\"{}\"] .bubble .text')]", self.slot);
        self.browser
            .until(&format!("{texts}.every((e) => !e.textContent.includes({part:?}))"))
            .await
            .map(drop)
    }

    /// Opens the menu of a message by a tap on it, and chooses an entry by its words or emoji.
    pub async fn choose(&self, side: &str, part: &str, entry: &str) -> anyhow::Result<()> {
        self.browser.click(&self.bubble(side, part)).await?;
        self.browser.click(&self.at(&format!("//div[@role=\"menu\"]//button[contains(.,\"{entry}\")]"))).await
    }

    /// Restarts of this person's session, as the panel tells.
    pub async fn restarts(&self) -> anyhow::Result<u32> {
        let text = self.browser.text(&self.session("//b[@class=\"restarts-count\"]")).await?;
        Ok(text.parse()?)
    }

    /// XPath of something in the panel's chip of this person's session.
    pub fn session(&self, path: &str) -> String {
        format!("//li[contains(@class,\"session\")][@data-slot=\"{}\"]{path}", self.slot)
    }
}
