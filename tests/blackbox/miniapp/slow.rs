//! The first card over a slow network: what the network costs, beside the same page without it.

use super::client::{Client, Phone};
use super::{has_browser, options, people};
use crate::support::app::spawn_app;
use anyhow::Context as _;
use serde_json::{Value, json};

/// 3G as browsers simulate it: a request takes so long, milliseconds, and so many bytes come a
/// second.
const LATENCY: f64 = 150.0;
const DOWN: f64 = 1_600_000.0 / 8.0;
/// So much later the first card may be there, milliseconds.
const COSTS: f64 = 1_000.0;
/// Openings each way of which the best counts: the machine does something else as well.
const OPENED: usize = 12;

/// Milliseconds from the beginning of the page, with nothing kept from before, to its first card.
async fn first_card(phone: &Phone, slow: bool) -> anyhow::Result<f64> {
    let (latency, down) = if slow { (LATENCY, DOWN) } else { (0.0, -1.0) };
    let network = json!({
        "offline": false, "latency": latency, "downloadThroughput": down, "uploadThroughput": down,
    });
    phone.browser.devtools("Network.clearBrowserCache", json!({})).await?;
    phone.browser.devtools("Network.emulateNetworkConditions", network).await?;
    phone.browser.reload().await?;
    let at: Value = phone.until("told.firstCard").await?;
    at.as_f64().context("milliseconds")
}

#[tokio::test]
async fn the_first_card_is_there_within_a_second_of_3g() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, _) = people(&app, &["Tom", "Ben"]).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.card().await?;
    let (mut plain, mut slow) = (f64::MAX, f64::MAX);
    for _ in 0..OPENED {
        plain = plain.min(first_card(&phone, false).await?);
        slow = slow.min(first_card(&phone, true).await?);
        println!("the first card after {plain:.0} ms, over 3G after {slow:.0} ms");
        if slow - plain <= COSTS {
            return Ok(());
        }
    }
    anyhow::bail!("3G costs {:.0} ms", slow - plain)
}
