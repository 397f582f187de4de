//! Everything else goes to the partner.

use crate::chat::is_gone;
use crate::services::Services;
use std::sync::Arc;
use teloxide::RequestError;
use teloxide::prelude::*;
use teloxide::types::{MediaKind, MessageId, MessageKind, ReplyParameters};

/// Contacts and places tell who somebody is; polls, games and invoices cannot be copied.
pub fn is_passed_on(message: Message) -> bool {
    let MessageKind::Common(common) = &message.kind else { return false };
    matches!(
        common.media_kind,
        MediaKind::Text(_)
            | MediaKind::Photo(_)
            | MediaKind::Video(_)
            | MediaKind::Voice(_)
            | MediaKind::VideoNote(_)
            | MediaKind::Audio(_)
            | MediaKind::Document(_)
            | MediaKind::Sticker(_)
            | MediaKind::Animation(_)
    )
}

async fn copy(
    bot: &Bot,
    message: &Message,
    to: ChatId,
    reply: Option<MessageId>,
) -> Result<MessageId, RequestError> {
    let request = bot.copy_message(to, message.chat.id, message.id);
    match reply {
        None => request.await,
        Some(id) => request.reply_parameters(ReplyParameters::new(id).allow_sending_without_reply()).await,
    }
}

/// A message of a kind that is passed on.
pub async fn relay(bot: Bot, message: Message, services: Arc<Services>) -> anyhow::Result<()> {
    let chat = message.chat.id;
    let Some(pair) = services.pairs.of(chat.0).await? else {
        return say(&bot, &services, chat, "idle").await;
    };
    let reply = match message.reply_to_message() {
        Some(original) => services.replies.get(pair.id, chat.0, original.id).await?,
        None => None,
    };
    let mut sent = copy(&bot, &message, ChatId(pair.partner), reply).await;
    if let Err(RequestError::RetryAfter(seconds)) = sent {
        tokio::time::sleep(seconds.duration()).await;
        sent = copy(&bot, &message, ChatId(pair.partner), reply).await;
    }
    match sent {
        Ok(id) => services.replies.put(pair.id, (chat.0, message.id), (pair.partner, id)).await?,
        Err(error) if is_gone(&error) => {
            services.pairs.end(chat.0).await?;
            say(&bot, &services, chat, "gone").await?;
        }
        Err(RequestError::Api(_)) => say(&bot, &services, chat, "refused").await?,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Any other message.
pub async fn refuse(bot: Bot, message: Message, services: Arc<Services>) -> anyhow::Result<()> {
    say(&bot, &services, message.chat.id, "refused").await
}

async fn say(bot: &Bot, services: &Services, chat: ChatId, key: &str) -> anyhow::Result<()> {
    let language = services.users.language(chat.0).await?;
    bot.send_message(chat, services.texts.say(language.as_deref(), key)).await?;
    Ok(())
}
