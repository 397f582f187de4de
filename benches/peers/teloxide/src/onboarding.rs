//! The questions at the beginning: at most five taps.

use crate::services::Services;
use crate::users::User;
use std::sync::Arc;
use teloxide::prelude::*;

/// Asks what is still unknown; whether there was anything.
pub async fn ask_next(
    bot: &Bot,
    message: &Message,
    services: &Services,
    user: &User,
) -> anyhow::Result<bool> {
    let Some(name) = user.next_question(services.texts.questions()) else { return Ok(false) };
    let code = message.from.as_ref().and_then(|from| from.language_code.as_deref());
    let (text, keyboard) = services.texts.ask(user.language.as_deref().or(code), name);
    bot.send_message(message.chat.id, text).reply_markup(keyboard).await?;
    Ok(true)
}

/// `/start`
pub async fn start(bot: Bot, message: Message, services: Arc<Services>) -> anyhow::Result<()> {
    let user = services.users.get_or_create(message.chat.id.0).await?;
    if !ask_next(&bot, &message, &services, &user).await? {
        bot.send_message(message.chat.id, services.texts.say(user.language.as_deref(), "ready")).await?;
    }
    Ok(())
}

/// A tap.
pub async fn answer(bot: Bot, query: CallbackQuery, services: Arc<Services>) -> anyhow::Result<()> {
    bot.answer_callback_query(query.id.clone()).await?;
    let Some(message) = query.message.as_ref() else { return Ok(()) };
    let mut parts = query.data.as_deref().unwrap_or_default().splitn(3, ':');
    let (Some("on"), Some(name), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(());
    };
    if !services.texts.is_option(name, value) {
        return Ok(());
    }
    let code = query.from.language_code.as_deref();
    let (chat, id) = (message.chat().id, message.id());
    if (name, value) == ("adult", "no") {
        bot.edit_message_text(chat, id, services.texts.say(code, "underage")).await?;
        return Ok(());
    }
    let Some(user) = services.users.answer(query.from.id.0 as i64, name, value).await? else { return Ok(()) };
    let language = user.language.as_deref();
    match user.next_question(services.texts.questions()) {
        None => drop(bot.edit_message_text(chat, id, services.texts.say(language, "ready")).await?),
        Some(next) => {
            let (text, keyboard) = services.texts.ask(language.or(code), next);
            bot.edit_message_text(chat, id, text).reply_markup(keyboard).await?;
        }
    }
    Ok(())
}
