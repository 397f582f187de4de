//! The Mini App in both phones of the page: two people like each other there, talk in the bot, and
//! let each other know who they are.

use super::browser::Browser;
use super::phone::Phone;
use super::picture;
use anyhow::{Context as _, ensure};
use serde_json::json;

/// Cards that somebody looks through at most.
const CARDS: usize = 12;

impl Phone<'_> {
    /// An expression about the page inside of this phone's Mini App; null while there is none.
    fn inside(&self, rest: &str) -> String {
        format!(
            "document.querySelector('.phone[data-slot=\"{}\"] .mini iframe')?.contentDocument?.{rest}",
            self.slot
        )
    }

    /// Waits for something inside.
    async fn shows(&self, selector: &str) -> anyhow::Result<()> {
        let there = self.inside(&format!("querySelector({})", json!(selector)));
        self.browser.until(&format!("Boolean({there})")).await.map(drop)
    }

    /// Presses something inside.
    async fn presses(&self, selector: &str) -> anyhow::Result<()> {
        self.shows(selector).await?;
        let pressed = self.inside(&format!("querySelector({}).click()", json!(selector)));
        self.browser.run(&pressed, json!([])).await.map(drop)
    }

    /// Whose card lies on top, once nothing moves.
    async fn card(&self) -> anyhow::Result<(String, [f64; 2])> {
        let frame = format!("document.querySelector('.phone[data-slot=\"{}\"] .mini iframe')", self.slot);
        let script = format!(
            "(() => {{ const f = {frame}, d = f?.contentDocument, c = d?.querySelector('.deck .card.top'); \
             if (!c || document.querySelector('.mini').getAnimations().length || d.getAnimations().length) return null; \
             const [o, r] = [f, c].map((e) => e.getBoundingClientRect()); \
             return [c.getAttribute('aria-label'), o.x + r.x + r.width / 2, o.y + r.y + r.height / 3]; }})()"
        );
        let found = self.browser.until(&script).await?;
        let number = |n: usize| found[n].as_f64().context("a number");
        Ok((found[0].as_str().context("a name")?.to_owned(), [number(1)?, number(2)?]))
    }

    /// Swipes by hand: strangers to the left, `name` to the right.
    async fn swipes_until(&self, name: &str) -> anyhow::Result<()> {
        for _ in 0..CARDS {
            let (called, from) = self.card().await?;
            let is_wanted = called.starts_with(&format!("{name},"));
            drag(self.browser, from, if is_wanted { 130.0 } else { -130.0 }).await?;
            if is_wanted {
                return Ok(());
            }
            let top = self.inside("querySelector('.deck .card.top')?.getAttribute('aria-label')");
            self.browser.until(&format!("{top} !== {}", json!(called))).await?;
        }
        anyhow::bail!("{name} is not among the cards")
    }

    /// How often the bot has said something.
    async fn times(&self, part: &str) -> anyhow::Result<u64> {
        let texts =
            format!("[...document.querySelectorAll('.phone[data-slot=\"{}\"] .theirs .text')]", self.slot);
        let count = format!("return {texts}.filter((e) => e.textContent.includes({})).length", json!(part));
        self.browser.run(&count, json!([])).await?.as_u64().context("a number")
    }

    async fn opens(&self) -> anyhow::Result<()> {
        self.browser.click(&self.at("//button[contains(@class,\"app-button\")]")).await
    }

    /// Lets the only match know who this is.
    async fn shares(&self) -> anyhow::Result<()> {
        self.opens().await?;
        for what in ["[data-tab=matches]", ".rows .line", ".block .choice", "dialog[open] .primary"] {
            self.presses(what).await?;
        }
        let gone = self.inside("querySelector('dialog[open]')");
        self.browser.until(&format!("{} && !{gone}", self.inside("body"))).await.map(drop)
    }
}

/// A mouse takes hold, moves so many pixels to the side, and lets go.
async fn drag(browser: &Browser, [x, y]: [f64; 2], by: f64) -> anyhow::Result<()> {
    let steps = [0.0, 0.3, 0.6, 1.0];
    let mouse = async |kind: &str, part: f64| {
        let held = if kind == "mouseMoved" { 1 } else { 0 };
        let event = json!({
            "type": kind, "x": x + by * part, "y": y + 4.0 * part, "button": "left", "buttons": held, "clickCount": 1,
        });
        browser.devtools("Input.dispatchMouseEvent", event).await.map(drop)
    };
    mouse("mousePressed", 0.0).await?;
    for part in steps {
        mouse("mouseMoved", part).await?;
    }
    mouse("mouseReleased", 1.0).await
}

/// Cards for the people of the phones, saved by the app's own API.
async fn cards(browser: &Browser) -> anyhow::Result<()> {
    let script = "const [names] = arguments;
        const people = [...document.querySelectorAll('.phone')].map((p) => Number(p.dataset.person));
        return import('/assets/api.js').then((api) => Promise.all(people.map(async (id, n) => {
            const ask = await api.appOf(id);
            return ask('PUT', '/profile', { name: names[n], birth: '1998-03-24', gender: ['female', 'male'][n],
                wants: ['female', 'male', 'other'], bio: '', city: 'moscow', goal: 'dates', age_range: [18, 60],
                distance: null, interests: ['films'] });
        }))).then((all) => all.length)";
    let made = browser.run(script, json!([["Lisa", "Tom"]])).await?;
    ensure!(made == 2, "{made}");
    Ok(())
}

pub async fn visit(browser: &Browser, url: &str) -> anyhow::Result<()> {
    let [one, two] = [0, 1].map(|slot| Phone { browser, slot });
    browser.size(1440, 900).await?;
    browser.colours("light").await?;
    browser.open(url).await?;
    browser.click("//button[@data-language=\"en\"]").await?;
    by_hand(browser, one, two).await.context("by hand")?;
    fits(browser, one).await.context("at a phone's width")?;
    by_itself(browser, one, two).await.context("by itself")
}

async fn by_hand(browser: &Browser, one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    for phone in [one, two] {
        for data in ["on:lang:1", "on:adult:1", "on:gender:", "on:age:", "on:wish:"] {
            phone.taps(data).await?;
        }
    }
    // The first questions are over once the bot knows the command.
    for phone in [one, two] {
        phone.write("/dating").await?;
        phone.sees("When were you born?", "").await?;
    }
    cards(browser).await?;
    for phone in [one, two] {
        phone.opens().await?;
        phone.card().await?;
    }
    browser.picture(&picture("page-dating-cards.png")).await?;
    one.swipes_until("Tom").await?;
    two.swipes_until("Lisa").await?;
    for phone in [one, two] {
        phone.shows("dialog.moment[open]").await?;
    }
    browser.picture(&picture("page-dating-mutual.png")).await?;
    // Into the chat; the app steps aside by itself, or is closed.
    one.presses("dialog.moment .primary").await?;
    browser.until("!document.querySelector('.phone[data-slot=\"0\"] .mini')").await?;
    two.presses("dialog.moment .quiet").await?;
    browser.click(&two.at("//button[@class=\"mini-way\"]")).await?;
    browser.until("!document.querySelector('.mini')").await?;
    one.sees("This is Tom, your match", "").await?;
    two.sees("This is Lisa, your match", "").await?;
    one.write("Old films, then?").await?;
    two.sees("Old films, then?", "").await?;

    one.shares().await?;
    ensure!(two.times("You both agreed").await? == 0, "one word opens nothing");
    two.shares().await?;
    for phone in [one, two] {
        phone.sees("You both agreed", "").await?;
        ensure!(phone.times("It is mutual").await? == 1, "told once");
    }
    Ok(())
}

async fn fits(browser: &Browser, one: Phone<'_>) -> anyhow::Result<()> {
    browser.size(390, 844).await?;
    browser.until("innerWidth === 390 && document.documentElement.scrollWidth <= 390").await?;
    one.presses("[data-tab=discover]").await?;
    let wide = one.inside("documentElement.scrollWidth");
    browser.until(&format!("{wide} <= document.querySelector('.mini iframe').clientWidth")).await?;
    browser.run("document.querySelector('.phone').scrollIntoView()", json!([])).await?;
    browser.picture(&picture("page-dating-390x844.png")).await?;
    browser.size(1440, 900).await
}

/// These two know each other: two new people come, and play it all.
async fn by_itself(browser: &Browser, one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    browser.click("//button[@id=\"play-dating\"]").await?;
    let said = "document.getElementById('status').textContent";
    browser.until(&format!("{said}.startsWith('They know each other now.')")).await?;
    // The second one's Telegram is in Russian, and so is all that the bot says there.
    for (phone, agreed, mutual) in
        [(one, "You both agreed", "It is mutual"), (two, "Вы оба согласились", "Взаимно")]
    {
        phone.sees(agreed, "").await?;
        ensure!(phone.times(mutual).await? == 1, "told once");
    }
    browser.picture(&picture("page-dating-known.png")).await?;
    two.opens().await?;
    browser.until(&format!("{} === 'ru'", two.inside("documentElement.lang"))).await.map(drop)
}
