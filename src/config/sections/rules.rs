//! What the domain needs to know.

use crate::config::Problem;
use crate::config::check::{Within, YEAR};
use crate::config::setting::plain;
use crate::config::sources::Layers;
use crate::settings;
use nameless_domain::rules::Rules;
use std::time::Duration;

settings! {
    "rules", "Rules";

    /// For how long the same two people are not paired again.
    REPEAT_WINDOW: Duration = plain("24h"), Within(Duration::ZERO..=YEAR);
    /// After this long without a partner, a person is asked whether the search goes on.
    SEARCH_TIMEOUT: Duration = plain("120s"), Within(Duration::from_secs(1)..=YEAR);
    /// After this long a search no longer asks for shared interests, and after twice as long no
    /// longer for an age.
    WIDEN_AFTER: Duration = plain("30s"), Within(Duration::from_secs(1)..=YEAR);
    /// `/next` and `/stop` ask before they end a chat younger than this. 0 never asks.
    CONFIRM_END_UNDER: Duration = plain("10s"), Within(Duration::ZERO..=YEAR);
}

pub(in crate::config) fn read(layers: &Layers) -> Result<Rules, Problem> {
    let millis = |d: Duration| d.as_millis() as i64;
    Ok(Rules {
        repeat_window_ms: millis(layers.need(&REPEAT_WINDOW)?),
        search_timeout_ms: millis(layers.need(&SEARCH_TIMEOUT)?),
        widen_after_ms: millis(layers.need(&WIDEN_AFTER)?),
        confirm_end_under_ms: millis(layers.need(&CONFIRM_END_UNDER)?),
        ..Rules::default()
    })
}
