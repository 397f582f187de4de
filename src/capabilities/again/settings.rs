//! The setting of asking the last partner back.

use crate::config::Config;
use crate::config::check::Count;
use crate::config::setting::plain;
use crate::settings;

settings! {
    "again", "Asking the last partner back";

    /// Last partners that somebody with premium may ask back within a day; the other one has to
    /// agree. 0: there is no such button.
    AGAIN_PER_DAY: u32 = plain("3"), Count(0..=100);
}

/// How many times within a day.
pub(crate) fn per_day(config: &Config) -> u32 {
    config.own(&AGAIN_PER_DAY).unwrap_or_default()
}
