//! What the bot tells Telegram about itself at the start: its commands in every language.

use crate::intake::Bot;
use crate::telegram::{Client, ControlError};
use futures_util::future::join_all;
use nameless_actors::Engine;
use nameless_domain::session::shown_commands;
use nameless_domain::text::{Lang, Msg};
use std::sync::Arc;
use tracing::{Instrument as _, Span};

/// How often the menu waits as told by a 429.
const WAITS: usize = 3;

/// Tells Telegram of every bot. One that is told to wait holds up no other.
pub async fn introduce_all(bots: Vec<Bot>, engine: Arc<Engine>) {
    let are_several = bots.len() > 1;
    let all = bots.into_iter().map(|Bot { label, client }| {
        let span = match are_several {
            true => tracing::info_span!("bot", bot = label),
            false => Span::none(),
        };
        introduce(client, engine.clone()).instrument(span)
    });
    join_all(all).await;
}

/// Sets the commands in every language, English for the rest. A failure is logged and tolerated:
/// the bot works without its menu.
async fn introduce(client: Arc<Client>, engine: Arc<Engine>) {
    let (texts, rules) = (&engine.env().texts, &engine.env().rules);
    for (lang, code) in [(Lang::En, None), (Lang::En, Some("en")), (Lang::Ru, Some("ru"))] {
        let commands: Vec<(&str, String)> =
            shown_commands(rules).iter().map(|c| (c.name, texts.plain(lang, &Msg::new(c.menu)))).collect();
        let mut set = client.set_my_commands(&commands, code).await;
        for _ in 0..WAITS {
            let Err(ControlError::RetryAfter(wait)) = set else { break };
            tokio::time::sleep(wait).await;
            set = client.set_my_commands(&commands, code).await;
        }
        if let Err(cause) = set {
            tracing::warn!(%cause, language = code.unwrap_or("default"), "the menu could not be set");
        }
    }
}
