//! A picture of the bot's own, sent by a job: its handle is wanted, which the outbox drops.

use super::client::Client;
use super::handle;
use nameless_actors::ports::SendError;
use nameless_domain::ids::ChatId;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::time::Duration;

/// How long it may take to upload one.
const WITHIN: Duration = Duration::from_secs(60);

/// What is sent.
pub struct OwnPhoto {
    /// Whither.
    pub chat: ChatId,
    /// A PNG, JPEG or WebP.
    pub bytes: Vec<u8>,
    /// What stands below, plain.
    pub caption: String,
    /// Behind Telegram's spoiler.
    pub veiled: bool,
    /// Buttons, as the Bot API takes them; null: none.
    pub keyboard: Value,
    /// Without a sound.
    pub silent: bool,
}

/// Telegram's handles of what was sent.
pub struct SentPhoto {
    /// Of the largest size.
    pub file: String,
    /// Of the least size in which everything can be told.
    pub preview: String,
}

/// Who looks at a picture makes it so small: pixels of the longer side.
const LOOKED_AT: u64 = 640;

impl Client {
    /// Sends it, once. Telegram's handles of it.
    pub async fn send_photo(&self, photo: OwnPhoto) -> Result<SentPhoto, SendError> {
        let OwnPhoto { chat, bytes, caption, veiled, keyboard, silent } = photo;
        let bot = self.at(chat.bot()).ok_or(SendError::Gone)?;
        let mut form = Form::new()
            .text("chat_id", chat.telegrams().to_string())
            .part("photo", Part::bytes(bytes).file_name("picture.png"))
            .text("caption", caption)
            .text("has_spoiler", veiled.to_string())
            .text("disable_notification", silent.to_string());
        if !keyboard.is_null() {
            form = form.text("reply_markup", keyboard.to_string());
        }
        let answered = bot.post_form("sendPhoto", form, WITHIN).await?;
        let result: Value = serde_json::from_str(&answered.result).unwrap_or_default();
        let sizes = result["photo"].as_array().map(Vec::as_slice).unwrap_or_default();
        let side = |size: &Value| size["width"].as_u64().max(size["height"].as_u64()).unwrap_or_default();
        let named =
            |size: Option<&Value>| Some(handle::of(bot.place(), size?["file_id"].as_str()?.to_owned()));
        let file = named(sizes.last()).unwrap_or_default();
        let preview = named(sizes.iter().find(|size| side(size) >= LOOKED_AT));
        Ok(SentPhoto { preview: preview.unwrap_or_else(|| file.clone()), file })
    }
}
