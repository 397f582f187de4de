//! A picture of the bot's own, sent by a job: its handle is wanted, which the outbox drops.

use super::client::Client;
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
    /// Buttons, as the Bot API takes them.
    pub keyboard: Value,
}

impl Client {
    /// Sends it, once. Telegram's handle of it.
    pub async fn send_photo(&self, photo: OwnPhoto) -> Result<String, SendError> {
        let OwnPhoto { chat: ChatId(chat), bytes, caption, veiled, keyboard } = photo;
        let form = Form::new()
            .text("chat_id", chat.to_string())
            .part("photo", Part::bytes(bytes).file_name("picture.png"))
            .text("caption", caption)
            .text("has_spoiler", veiled.to_string())
            .text("reply_markup", keyboard.to_string());
        let answered = self.post_form("sendPhoto", form, WITHIN).await?;
        let result: Value = serde_json::from_str(&answered.result).unwrap_or_default();
        let largest = result["photo"].as_array().and_then(|sizes| sizes.last());
        Ok(largest.and_then(|size| size["file_id"].as_str()).unwrap_or_default().to_owned())
    }
}
