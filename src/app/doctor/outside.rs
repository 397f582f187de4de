//! What is elsewhere: the back ends of characters, the operator's channel, Telegram's clock.

use super::{Finding, PATIENCE, ill, mind, well};
use crate::capabilities::companion::Desk;
use crate::capabilities::gate;
use crate::config::Config;
use crate::telegram::Client;
use actix_web::http::header::HttpDate;
use nameless_actors::ports::SendError;
use std::time::{SystemTime, UNIX_EPOCH};

/// How far this machine's clock may be from Telegram's, in seconds: it tells whole ones, and an
/// answer takes its time.
const CLOCK: i64 = 5;

/// Whether those who speak and draw for characters are there.
pub(super) async fn characters(config: &Config) -> Vec<Finding> {
    const WHAT: &str = "characters";
    let desk = match Desk::open(config) {
        Ok(None) => return vec![well(WHAT, "there are none (COMPANIONS is not set)")],
        Ok(Some(desk)) => desk,
        Err(error) => return vec![ill(WHAT, format!("{error:#}"))],
    };
    let troubles = desk.troubles().await;
    match troubles.is_empty() {
        true => vec![well(WHAT, "their files are in order, and the back ends answer")],
        false => troubles.into_iter().map(|said| mind(WHAT, said)).collect(),
    }
}

/// Whether this bot is told who has joined `GATE_CHANNEL`; `id` is its own at Telegram.
pub(super) async fn channel(config: &Config, client: &Client, id: i64) -> Option<Finding> {
    const WHAT: &str = "channel";
    let (name, link) = gate::channel(config)?;
    if link.is_none() {
        return Some(mind(
            WHAT,
            "nobody has to join it, as nobody could say where: set GATE_LINK, the channel's invite link",
        ));
    }
    let whom = serde_json::json!({ "chat_id": name, "user_id": id });
    let words = match client.method("getChatMember", &whom, PATIENCE).await {
        Ok(answer) => {
            let member: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
            match member["status"].as_str() {
                Some("administrator" | "creator") => {
                    return Some(well(WHAT, "the bot is told who has joined it"));
                }
                _ => "the bot is in it, and no administrator".to_owned(),
            }
        }
        Err(SendError::Gone) => "chat not found".to_owned(),
        Err(SendError::Refused(words)) => words,
        // The lines of the token and the webhook say what is wrong then.
        Err(_) => return None,
    };
    let todo = "everybody comes in: make the bot an administrator of GATE_CHANNEL, or mend that";
    Some(mind(WHAT, format!("{words}: {todo}")))
}

fn seconds(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Whether this machine's clock goes with the rest of the world's. A private database has the same
/// one and says nothing of it. None where Telegram does not answer.
pub(super) async fn clock(config: &Config) -> Option<Finding> {
    const WHAT: &str = "clock";
    let client =
        reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
    let asked = SystemTime::now();
    let answer = client.ok()?.get(&config.telegram.api_url).send().await.ok()?;
    let ours = asked + asked.elapsed().unwrap_or_default() / 2;
    let date = answer.headers().get("date")?.to_str().ok()?;
    let theirs: SystemTime = date.parse::<HttpDate>().ok()?.into();
    let ahead = seconds(ours).saturating_sub(seconds(theirs));
    let (by, which) = (ahead.saturating_abs(), if ahead > 0 { "ahead of" } else { "behind" });
    Some(match by > CLOCK {
        true => mind(
            WHAT,
            format!(
                "{by} s {which} Telegram's: have it kept by NTP; premium, quiet hours and the Mini App go by it"
            ),
        ),
        false => well(WHAT, "as Telegram's, to some seconds"),
    })
}
