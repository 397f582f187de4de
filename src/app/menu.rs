//! What the bot tells Telegram about itself at the start: its commands in every language.

use crate::telegram::{Client, ControlError};
use nameless_actors::ports::Texts;
use nameless_domain::rules::Rules;
use nameless_domain::session::shown_commands;
use nameless_domain::text::{Lang, Msg};
use std::sync::Arc;

/// How often the menu waits as told by a 429.
const WAITS: usize = 3;

/// Sets the commands in every language, English for the rest. A failure is logged and tolerated:
/// the bot works without its menu.
pub async fn introduce(client: Arc<Client>, texts: Arc<dyn Texts>, rules: Rules) {
    for (lang, code) in [(Lang::En, None), (Lang::En, Some("en")), (Lang::Ru, Some("ru"))] {
        let commands: Vec<(&str, String)> =
            shown_commands(&rules).iter().map(|c| (c.name, texts.plain(lang, &Msg::new(c.menu)))).collect();
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
