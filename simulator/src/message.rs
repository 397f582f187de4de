//! A message as the person in the chat sees it.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::state::chat::Record;
use crate::state::files::{Viewer, change_view};

/// One button of an inline keyboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// The label.
    pub text: String,
    /// `callback_data`, where pressing tells the bot.
    pub data: Option<String>,
    /// Where pressing opens a link or a Mini App.
    pub url: Option<String>,
}

/// A snapshot of one message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChatMessage {
    /// The id within this chat.
    pub message_id: i32,
    /// Whether the bot sent it.
    pub from_bot: bool,
    /// Seconds since 1970.
    pub date: i64,
    /// The Bot API `Message` object; file ids in it are this person's, not the bot's.
    pub json: Value,
    /// Whether it was deleted; deleted messages stay readable here.
    pub deleted: bool,
    /// How often it was edited.
    pub edited: u32,
    /// The person's reactions: `ReactionType` objects.
    pub user_reactions: Vec<Value>,
    /// The bot's reactions: `ReactionType` objects.
    pub bot_reactions: Vec<Value>,
    /// The reply keyboard that came with it, where there was one.
    pub keyboard: Option<Value>,
}

fn parse_list(json: Option<&str>) -> Vec<Value> {
    json.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Content fields of a message, most telling first: an animation also has a `document`.
const KINDS: [&str; 19] = [
    "text",
    "photo",
    "video",
    "animation",
    "audio",
    "voice",
    "video_note",
    "sticker",
    "document",
    "dice",
    "contact",
    "venue",
    "location",
    "poll",
    "story",
    "paid_media",
    "game",
    "invoice",
    "giveaway",
];

impl ChatMessage {
    pub(crate) fn of(record: &Record) -> Self {
        let mut json = serde_json::from_str(&record.raw).unwrap_or(Value::Null);
        change_view(&mut json, Viewer::Person);
        Self {
            message_id: record.id,
            from_bot: record.from_bot,
            date: record.date,
            json,
            deleted: record.deleted,
            edited: record.edited,
            user_reactions: parse_list(record.user_reactions.as_deref()),
            bot_reactions: parse_list(record.bot_reactions.as_deref()),
            keyboard: record.keyboard.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        }
    }

    fn string(&self, key: &str) -> Option<&str> {
        self.json.get(key).and_then(Value::as_str)
    }

    /// The text of a text message.
    pub fn text(&self) -> Option<&str> {
        self.string("text")
    }

    /// The caption of a media message.
    pub fn caption(&self) -> Option<&str> {
        self.string("caption")
    }

    /// The entities of the text, or else of the caption: `MessageEntity` objects.
    pub fn entities(&self) -> &[Value] {
        let list = self.json.get("entities").or_else(|| self.json.get("caption_entities"));
        list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The content's field name: `text`, `photo`, `video`, ...; `unknown` for anything else.
    pub fn kind(&self) -> &'static str {
        KINDS.into_iter().find(|kind| self.json.get(kind).is_some()).unwrap_or("unknown")
    }

    /// The media object (`photo`: the largest size), where there is one.
    pub fn media(&self) -> Option<&Value> {
        match self.json.get(self.kind())? {
            Value::Array(sizes) => sizes.last(),
            object @ Value::Object(_) => Some(object),
            _ => None,
        }
    }

    /// The file id of the media in this person's view.
    pub fn file_id(&self) -> Option<&str> {
        self.media()?.get("file_id")?.as_str()
    }

    /// The album that the message belongs to.
    pub fn media_group_id(&self) -> Option<&str> {
        self.string("media_group_id")
    }

    /// The rows of the inline keyboard.
    pub fn buttons(&self) -> Vec<Vec<Button>> {
        let rows = self.json.pointer("/reply_markup/inline_keyboard").and_then(Value::as_array);
        let button = |value: &Value| {
            let get = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
            let web_app = value.pointer("/web_app/url").and_then(Value::as_str).map(str::to_owned);
            Button {
                text: get("text").unwrap_or_default(),
                data: get("callback_data"),
                url: get("url").or(web_app),
            }
        };
        rows.into_iter()
            .flatten()
            .map(|row| row.as_array().into_iter().flatten().map(button).collect())
            .collect()
    }

    /// The rows of labels of the reply keyboard.
    pub fn keyboard_labels(&self) -> Vec<Vec<String>> {
        let rows = self.keyboard.as_ref().and_then(|k| k.get("keyboard")).and_then(Value::as_array);
        let label = |value: &Value| {
            let text = value.as_str().or_else(|| value.get("text").and_then(Value::as_str));
            text.unwrap_or_default().to_owned()
        };
        rows.into_iter()
            .flatten()
            .map(|row| row.as_array().into_iter().flatten().map(label).collect())
            .collect()
    }

    /// Whether the key of the reply keyboard with this label sends where the person is.
    pub fn asks_for_location(&self, label: &str) -> bool {
        let rows = self.keyboard.as_ref().and_then(|k| k.get("keyboard")).and_then(Value::as_array);
        let mut keys = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
        let asks = |key: &Value| key.get("request_location").and_then(Value::as_bool).unwrap_or(false);
        keys.any(|key| key.get("text").and_then(Value::as_str) == Some(label) && asks(key))
    }

    /// The id of the message that this one answers.
    pub fn reply_to(&self) -> Option<i32> {
        let id = self.json.pointer("/reply_to_message/message_id")?.as_i64()?;
        i32::try_from(id).ok()
    }

    /// Whether the media is behind the spoiler.
    pub fn has_spoiler(&self) -> bool {
        self.json.get("has_media_spoiler").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether forwarding and saving are switched off.
    pub fn is_protected(&self) -> bool {
        self.json.get("has_protected_content").and_then(Value::as_bool).unwrap_or(false)
    }

    /// The emoji with which the bot reacted.
    pub fn bot_emoji(&self) -> Vec<&str> {
        self.bot_reactions.iter().filter_map(|r| r.get("emoji")?.as_str()).collect()
    }
}

/// One line for people who debug a test: side, id, kind, text, buttons, state.
impl fmt::Display for ChatMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.from_bot { "bot " } else { "user" };
        write!(f, "#{} {side} {}", self.message_id, self.kind())?;
        if let Some(id) = self.reply_to() {
            write!(f, " (reply to #{id})")?;
        }
        if let Some(text) = self.text().or_else(|| self.caption()) {
            write!(f, " {text:?}")?;
        }
        for button in self.buttons().into_iter().flatten() {
            write!(f, " [{}]", button.text)?;
        }
        for (name, shown) in
            [("spoiler", self.has_spoiler()), ("edited", self.edited > 0), ("deleted", self.deleted)]
        {
            if shown {
                write!(f, " ({name})")?;
            }
        }
        Ok(())
    }
}
