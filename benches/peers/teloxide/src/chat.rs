//! /search, /next, /stop.

use crate::onboarding::ask_next;
use crate::services::Services;
use crate::users::User;
use std::sync::Arc;
use teloxide::prelude::*;
use teloxide::{ApiError, RequestError};

/// Whether somebody can never be written to again.
pub fn is_gone(error: &RequestError) -> bool {
    use ApiError::{BotBlocked, BotKicked, CantInitiateConversation, UserDeactivated};
    matches!(error, RequestError::Api(BotBlocked | BotKicked | CantInitiateConversation | UserDeactivated))
}

/// The sender, if all questions are answered; else the next one is asked.
async fn known(bot: &Bot, message: &Message, services: &Services) -> anyhow::Result<Option<User>> {
    let user = services.users.get_or_create(message.chat.id.0).await?;
    Ok(if ask_next(bot, message, services, &user).await? { None } else { Some(user) })
}

async fn say(bot: &Bot, services: &Services, user: &User, key: &str) -> anyhow::Result<()> {
    bot.send_message(ChatId(user.id), services.texts.say(user.language.as_deref(), key)).await?;
    Ok(())
}

/// Says something to somebody who did not just write and may have left.
async fn tell(bot: &Bot, services: &Services, id: i64, key: &str) -> anyhow::Result<()> {
    let language = services.users.language(id).await?;
    match bot.send_message(ChatId(id), services.texts.say(language.as_deref(), key)).await {
        Err(error) if !is_gone(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

async fn find(bot: &Bot, services: &Services, user: &User) -> anyhow::Result<()> {
    while let Some(partner) = services.queue.find(user).await? {
        if services.pairs.open(user.id, partner).await? {
            say(bot, services, user, "found").await?;
            return tell(bot, services, partner, "found").await;
        }
        // One of the two has got into a chat meanwhile.
        if services.pairs.of(user.id).await?.is_some() {
            return Ok(());
        }
    }
    say(bot, services, user, "searching").await
}

async fn end(bot: &Bot, services: &Services, user: &User) -> anyhow::Result<bool> {
    let Some(ended) = services.pairs.end(user.id).await? else { return Ok(false) };
    tell(bot, services, ended.partner, "left").await?;
    Ok(true)
}

/// `/search`
pub async fn search(bot: Bot, message: Message, services: Arc<Services>) -> anyhow::Result<()> {
    let Some(user) = known(&bot, &message, &services).await? else { return Ok(()) };
    if services.pairs.of(user.id).await?.is_some() {
        return say(&bot, &services, &user, "busy").await;
    }
    find(&bot, &services, &user).await
}

/// `/next`
pub async fn next(bot: Bot, message: Message, services: Arc<Services>) -> anyhow::Result<()> {
    let Some(user) = known(&bot, &message, &services).await? else { return Ok(()) };
    end(&bot, &services, &user).await?;
    find(&bot, &services, &user).await
}

/// `/stop`
pub async fn stop(bot: Bot, message: Message, services: Arc<Services>) -> anyhow::Result<()> {
    let Some(user) = known(&bot, &message, &services).await? else { return Ok(()) };
    let left = services.queue.leave(&user).await?;
    let ended = end(&bot, &services, &user).await?;
    say(&bot, &services, &user, if left || ended { "stopped" } else { "idle" }).await
}
