//! Settings of dating.

use crate::config::Config;
use crate::config::check::{Count, Is};
use crate::config::setting::plain;
use crate::settings;

settings! {
    "dating", "Dating";

    /// `on`: people may make a profile, see cards, like each other, and talk to their matches
    /// (/dating). `off`: there is no such command.
    DATING: bool = plain("off"), Is("on or off", switch);
    /// Likes that somebody has a day.
    DATING_LIKES: u32 = plain("50"), Count(1..=10_000);
    /// Days after which a card comes again that was passed by.
    DATING_PASS_DAYS: u32 = plain("90"), Count(1..=365);
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
