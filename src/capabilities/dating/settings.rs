//! Settings of dating.

use crate::config::Config;
use crate::config::check::{Count, Is, url};
use crate::config::setting::plain;
use crate::settings;
use nameless_domain::capabilities::dating::score::{Parts, Scale};
use std::sync::Arc;
use url::Url;

settings! {
    "dating", "Dating";

    /// `on`: people may make a profile, see cards, like each other, and talk to their matches
    /// (/dating). `off`: there is no such command.
    DATING: bool = plain("off"), Is("on or off", switch);
    /// Likes that somebody has a day.
    DATING_LIKES: u32 = plain("50"), Count(1..=10_000);
    /// Days after which a card comes again that was passed by.
    DATING_PASS_DAYS: u32 = plain("90"), Count(1..=365);
    /// What counts in how well two people go together, which their cards say in words: shared
    /// interests, how near, the same goal, how close in age. Each from 0 on, 100 together.
    DATING_FIT: Parts = plain("interests=40,place=30,goal=20,age=10"),
        Is("interests, place, goal and age, 100 together, such as interests=40,place=30,goal=20,age=10",
            Parts::of_words);
    /// From which score on, 0 to 100, a card says how well two people go together; what is above is
    /// shared evenly among its three words.
    DATING_FIT_FROM: u8 = plain("40"), Count(0..=100);
    /// Where people's Telegram finds the Mini App with the cards: the `/app` of this server as it
    /// is reached from outside. Then /dating has a button that opens it. Telegram takes https only.
    DATING_APP_URL: Url = plain("").like("https://bot.example.org/app"),
        Is("an https address, such as https://bot.example.org/app", app_url);
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Whether there is dating.
pub(crate) fn is_on(config: &Config) -> bool {
    config.own(&DATING).unwrap_or_default()
}

/// By what cards say how well two people go together.
pub(crate) fn scale(config: &Config) -> Scale {
    let usual = Scale::default();
    Scale {
        parts: config.own(&DATING_FIT).unwrap_or(usual.parts),
        from: config.own(&DATING_FIT_FROM).unwrap_or(usual.from),
    }
}

/// An address as a button takes it: nothing in it that only some should know.
fn app_url(text: &str) -> Option<Url> {
    url(text, &["https"])
        .filter(|u| u.username().is_empty() && u.password().is_none() && u.fragment().is_none())
}

/// Where the Mini App is, if it is anywhere.
pub(crate) fn app(config: &Config) -> Option<Arc<str>> {
    is_on(config).then(|| config.own(&DATING_APP_URL)).flatten().map(|url| url.as_str().into())
}
