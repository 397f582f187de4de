//! Settings of reminders.

use crate::config::Config;
use crate::config::check::{Count, Is, Within};
use crate::config::setting::plain;
use crate::settings;
use std::time::Duration;

settings! {
    "reminders", "Reminders";

    /// `on`: people who were away for a day are told now and then that somebody waits, or that a
    /// match wants to talk: twice a week at most, never at night (docs/reminders.md). `off`: the
    /// bot writes to nobody first.
    REMINDERS: bool = plain("off"), Is("on or off", switch);
    /// Percent of people who get none, so that `nameless reminders report` can tell whether they
    /// are of any use. The same people always.
    REMINDERS_HELD_OUT: u32 = plain("10"), Count(0..=50);
    /// How often is looked whether somebody waits for whom nobody is here.
    REMINDERS_EVERY: Duration = plain("5m"),
        Within(Duration::from_secs(1)..=Duration::from_secs(86_400));
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Whether people are reminded.
pub(crate) fn is_on(config: &Config) -> bool {
    config.own(&REMINDERS).unwrap_or_default()
}

/// How often is looked; none: nobody is reminded.
pub(super) fn every(config: &Config) -> Option<Duration> {
    is_on(config).then(|| config.own(&REMINDERS_EVERY)).flatten()
}

/// How many of a hundred people get none.
pub(super) fn held_out(config: &Config) -> u32 {
    config.own(&REMINDERS_HELD_OUT).unwrap_or_default()
}
