//! What operators are told of the budgets, and of characters that people report.

use super::desk::Desk;
use super::store::Passed;
use crate::telegram::Client;
use nameless_actors::ports::Texts;
use nameless_domain::text::{Lang, Msg};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long it may take to tell the operators something.
const ALERT_WITHIN: Duration = Duration::from_secs(10);

/// Tells the operators that a cap fills up.
pub(super) fn alert(desk: &Desk, client: &Arc<Client>, texts: &dyn Texts, Passed { cap, percent }: Passed) {
    tracing::warn!(cap, percent, "characters: a day's budget fills up");
    tell(
        desk,
        client,
        texts,
        &Msg::new("companion-alert").number("percent", percent.into()).words("cap", cap),
    );
}

/// Tells the operators that a shared character is shown to nobody until one of them has looked.
pub(super) fn held(desk: &Desk, client: &Arc<Client>, texts: &dyn Texts, shared: i64) {
    tracing::warn!(shared, "characters: one that somebody shares is reported");
    tell(desk, client, texts, &Msg::new("companion-alert-held").number("shared", shared));
}

fn tell(desk: &Desk, client: &Arc<Client>, texts: &dyn Texts, text: &Msg) {
    let Some(chat) = desk.alerts_chat() else { return };
    // Nobody of them has asked: there is no language to answer in.
    let text = texts.plain(Lang::En, text);
    let (client, message) = (client.clone(), json!({ "chat_id": chat.telegrams(), "text": text }));
    tokio::spawn(async move {
        if let Err(cause) = client.method("sendMessage", &message, ALERT_WITHIN).await {
            tracing::warn!(%cause, "the operators could not be told of it");
        }
    });
}
