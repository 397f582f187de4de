//! Settings of the gate.

use crate::config::Config;
use crate::config::check::{Is, url};
use crate::config::setting::plain;
use crate::settings;
use std::sync::Arc;
use url::Url;

settings! {
    "gate", "The operator's channel";

    /// Your channel (its @name, or its id), which people join before they search, date or talk to a
    /// character. The bot must be one of its administrators: nobody else is told who has joined,
    /// and then everybody comes in.
    GATE_CHANNEL: String = plain("").like("@example_channel"),
        Is("a channel's @name, or its id, such as -1001234567890", channel);
    /// Where people join it. A channel with a @name needs none.
    GATE_LINK: Url = plain("").like("https://t.me/+abcdefgh"),
        Is("an https address, such as https://t.me/+abcdefgh", |text| url(text, &["https"]));
}

fn channel(text: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = |name: &str| (4..=32).contains(&name.len()) && name.chars().all(is_word);
    let is_one = match text.strip_prefix('@') {
        Some(name) => is_name(name),
        None => text.starts_with("-100") && text.len() > 4 && text.parse::<i64>().is_ok(),
    };
    is_one.then(|| text.to_owned())
}

/// The channel, if people have to join one.
pub(super) fn of(config: &Config) -> Option<String> {
    config.own(&GATE_CHANNEL)
}

/// Where people join it; none: they need not, or nobody could say where.
pub(crate) fn link(config: &Config) -> Option<Arc<str>> {
    let channel = of(config)?;
    let given = config.own(&GATE_LINK).map(|url| url.as_str().into());
    given.or_else(|| channel.strip_prefix('@').map(|name| format!("https://t.me/{name}").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_channel() {
        for good in ["@example_channel", "@abcd", "-1001234567890"] {
            assert_eq!(channel(good).as_deref(), Some(good));
        }
        for bad in
            ["", "@", "@abc", "@a b c d", "@канал", "example", "12345", "-100", "-12345", "-100x", "@a/../b"]
        {
            assert_eq!(channel(bad), None, "{bad}");
        }
    }
}
