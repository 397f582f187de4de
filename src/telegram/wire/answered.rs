//! The message that another one answers.

use super::{Chat, Str};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A message that is answered: where it is, and what shows whether it is a letter.
#[derive(Deserialize)]
pub struct Answered<'a> {
    /// Its id.
    pub message_id: i32,
    /// Its chat.
    #[serde(borrow)]
    pub chat: Chat<'a>,
    /// Who sent it; read by [`Answered::is_of_bot`].
    #[serde(borrow)]
    from: Option<&'a RawValue>,
    /// The buttons below it; read by [`Answered::first_button`].
    #[serde(borrow)]
    reply_markup: Option<&'a RawValue>,
}

/// Who sent an answered message, but for who it is.
#[derive(Deserialize)]
struct Sender {
    is_bot: Option<bool>,
}

/// Buttons below a message.
#[derive(Deserialize)]
struct Markup<'a> {
    #[serde(borrow)]
    inline_keyboard: Vec<Vec<Pressable<'a>>>,
}

/// A button, but for its label.
#[derive(Deserialize)]
struct Pressable<'a> {
    #[serde(borrow)]
    callback_data: Option<Str<'a>>,
}

/// Bytes of a button's data (<https://core.telegram.org/bots/api#inlinekeyboardbutton>).
const BUTTON_DATA: usize = 64;

impl Answered<'_> {
    /// Whether a bot sent it: in a private chat with one that is this bot. What cannot be read is
    /// of nobody, and costs no more than that.
    pub fn is_of_bot(&self) -> bool {
        let sender = self.from.and_then(|from| serde_json::from_str::<Sender>(from.get()).ok());
        sender.is_some_and(|sender| sender.is_bot == Some(true))
    }

    /// What the first of its buttons tells the bot, empty where it tells nothing that can be read;
    /// none if there are no buttons.
    pub fn first_button(&self) -> Option<Box<str>> {
        let markup = self.reply_markup?;
        let markup = serde_json::from_str::<Markup<'_>>(markup.get()).ok();
        let first = markup.and_then(|markup| markup.inline_keyboard.into_iter().flatten().next());
        let data = first.and_then(|button| button.callback_data).filter(|data| data.0.len() <= BUTTON_DATA);
        Some(data.unwrap_or_default().into_string().into())
    }
}
