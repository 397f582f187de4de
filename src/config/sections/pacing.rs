//! How fast things leave and come in.

use crate::config::Problem;
use crate::config::check::{Count, Rate};
use crate::config::setting::plain;
use crate::config::sources::Layers;
use crate::settings;

settings! {
    "pacing", "Pacing, per second";

    /// Messages a second to one chat. Telegram tolerates about one.
    CHAT_RATE: f64 = plain("1"), Rate(0.01..=1_000.0);
    /// Messages to one chat at once after a pause.
    CHAT_BURST: u32 = plain("20"), Count(1..=1_000);
    /// Interactive messages a second of the whole bot, on each node. 0: only what Telegram's 429
    /// answers teach.
    GLOBAL_RATE: f64 = plain("0"), Rate(0.0..=1_000_000.0);
    /// Messages of a broadcast a second, on each node, behind everything else. Telegram asks for at
    /// most 30.
    BULK_RATE: f64 = plain("25"), Rate(0.01..=1_000.0);
    /// Updates a second of one user, lasting.
    USER_RATE: f64 = plain("5"), Rate(0.01..=1_000.0);
    /// Updates of one user at once after a pause. An album counts one for each item.
    USER_BURST: u32 = plain("30"), Count(1..=10_000);
}

/// How fast things leave and come in. Rates are per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Messages to one chat.
    pub chat_rate: f64,
    /// Messages to one chat at once, after a pause.
    pub chat_burst: u32,
    /// Interactive messages of the token; 0: only what 429 teaches.
    pub global_rate: f64,
    /// Notices to many.
    pub bulk_rate: f64,
    /// Updates of one user.
    pub user_rate: f64,
    /// Updates of one user at once, after a pause.
    pub user_burst: u32,
}

pub(in crate::config) fn read(layers: &Layers) -> Result<Pacing, Problem> {
    Ok(Pacing {
        chat_rate: layers.need(&CHAT_RATE)?,
        chat_burst: layers.need(&CHAT_BURST)?,
        global_rate: layers.need(&GLOBAL_RATE)?,
        bulk_rate: layers.need(&BULK_RATE)?,
        user_rate: layers.need(&USER_RATE)?,
        user_burst: layers.need(&USER_BURST)?,
    })
}
