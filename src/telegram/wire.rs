//! The wire: the only fields of Telegram's updates that are ever parsed, hence the first allowlist
//! (I5).
//!
//! Everything else is skipped by the parser and so cannot pass, whatever later code does. Of a
//! person nothing is read but the id, whether it is a bot, and the language. Where only the
//! presence of a field matters (who a message was forwarded from), its value is skipped too. `null`
//! counts as absent.
//!
//! Field names are those of the Bot API 10.3 (<https://core.telegram.org/bots/api#message>), with
//! the forward fields from before 7.0, which local servers may still send.

mod answered;
mod id;
mod message;

pub use answered::Answered;
pub use id::{number_behind, renumbered, update_id};

use nameless_domain::relay::content::{Finding, MediaKind, Refused};
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A JSON string, borrowed from the raw update unless it holds escapes.
// A newtype, as serde borrows a bare `Cow` only and copies one inside an `Option`.
#[derive(Default, Deserialize)]
pub struct Str<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Str<'_> {
    /// The string, copied only if it was borrowed.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }
}

/// A number that may be nonsense: none if it is negative, fractional or beyond 64 bits.
pub struct Count(pub Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct CountVisitor;
        impl Visitor<'_> for CountVisitor {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_u64<E>(self, n: u64) -> Result<Count, E> {
                Ok(Count(Some(n)))
            }
            fn visit_i64<E>(self, n: i64) -> Result<Count, E> {
                Ok(Count(u64::try_from(n).ok()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Count, E> {
                Ok(Count(None))
            }
        }
        json.deserialize_u64(CountVisitor)
    }
}

/// An update. Kinds that are not listed are ignored.
#[derive(Deserialize)]
pub struct Update<'a> {
    /// Its id.
    pub update_id: i64,
    /// A new message.
    #[serde(borrow)]
    pub message: Option<Message<'a>>,
    /// A changed message.
    #[serde(borrow)]
    pub edited_message: Option<Message<'a>>,
    /// A pressed button.
    #[serde(borrow)]
    pub callback_query: Option<CallbackQuery<'a>>,
    /// Reactions set or cleared.
    #[serde(borrow)]
    pub message_reaction: Option<MessageReaction<'a>>,
    /// The bot was blocked, unblocked, added or removed.
    #[serde(borrow)]
    pub my_chat_member: Option<MyChatMember<'a>>,
}

/// A person or bot, without anything that names them.
#[derive(Deserialize)]
pub struct User<'a> {
    /// Telegram's id.
    pub id: i64,
    /// Whether it is a bot.
    pub is_bot: Option<bool>,
    /// IETF tag of the language of their Telegram.
    #[serde(borrow)]
    pub language_code: Option<Str<'a>>,
}

/// A chat, without its title.
#[derive(Default, Deserialize)]
pub struct Chat<'a> {
    /// Telegram's id.
    pub id: i64,
    /// `private`, `group`, `supergroup` or `channel`.
    #[serde(borrow, rename = "type")]
    pub kind: Str<'a>,
}

/// A mark on a part of a text. The person behind a `text_mention` and the link behind a `text_link`
/// are not read.
#[derive(Deserialize)]
pub struct Entity<'a> {
    /// What it is.
    #[serde(borrow, rename = "type")]
    pub kind: Str<'a>,
    /// First UTF-16 unit.
    pub offset: Count,
    /// Number of UTF-16 units.
    pub length: Count,
    /// Programming language of a `pre`.
    #[serde(borrow)]
    pub language: Option<Str<'a>>,
}

/// A file of any kind; each kind has only some of the optional fields.
#[derive(Deserialize)]
pub struct File<'a> {
    /// Handle for sending it again.
    #[serde(borrow)]
    pub file_id: Str<'a>,
    /// The same file under every bot.
    #[serde(borrow)]
    pub file_unique_id: Str<'a>,
    /// Name that the sender's client gave.
    #[serde(borrow)]
    pub file_name: Option<Str<'a>>,
    /// Tag of an audio file.
    #[serde(borrow)]
    pub performer: Option<Str<'a>>,
    /// Tag of an audio file.
    #[serde(borrow)]
    pub title: Option<Str<'a>>,
    /// Pack of a sticker.
    #[serde(borrow)]
    pub set_name: Option<Str<'a>>,
    /// MIME type that the sender's client gave.
    #[serde(borrow)]
    pub mime_type: Option<Str<'a>>,
    /// Bytes.
    pub file_size: Option<Count>,
    /// Pixels.
    pub width: Option<Count>,
    /// Pixels.
    pub height: Option<Count>,
    /// A small picture of it.
    #[serde(borrow)]
    pub thumbnail: Option<Handle<'a>>,
    /// Of a photo: the least of its sizes in which everything can be told, if that is not this one.
    #[serde(skip)]
    pub preview: Option<Handle<'a>>,
    /// A sticker drawn as vectors.
    pub is_animated: Option<bool>,
    /// A sticker that is a video.
    pub is_video: Option<bool>,
}

/// A file of which nothing else matters.
#[derive(Deserialize)]
pub struct Handle<'a> {
    /// Handle for reading it.
    #[serde(borrow)]
    pub file_id: Str<'a>,
}

/// Who looks at a picture makes it so small: pixels of the longer side.
const LOOKED_AT: u64 = 640;

impl<'a> File<'a> {
    /// The largest of a photo's sizes, which ascend, with the one to look at.
    fn of_sizes(mut sizes: Vec<File<'a>>) -> Option<File<'a>> {
        let mut largest = sizes.pop()?;
        let side = |count: &Option<Count>| count.as_ref().and_then(|count| count.0).unwrap_or_default();
        let is_enough = |size: &File<'_>| side(&size.width).max(side(&size.height)) >= LOOKED_AT;
        let preview = sizes.into_iter().find(is_enough);
        largest.preview = preview.map(|size| Handle { file_id: size.file_id });
        Some(largest)
    }
}

/// A thrown die.
#[derive(Deserialize)]
pub struct Dice<'a> {
    /// Which.
    #[serde(borrow)]
    pub emoji: Str<'a>,
    /// What it shows.
    pub value: i32,
}

/// A place on the map (<https://core.telegram.org/bots/api#location>).
#[derive(Clone, Copy)]
pub struct Place {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// It moves with who sent it, for a time.
    pub is_live: bool,
}

impl Place {
    /// None if it says no position.
    fn of(json: &serde_json::Value) -> Option<Place> {
        let degrees = |key: &str| json.get(key)?.as_f64();
        let is_live = json.get("live_period").is_some_and(|period| !period.is_null());
        Some(Place { latitude: degrees("latitude")?, longitude: degrees("longitude")?, is_live })
    }
}

/// A message that another thing refers to: only where it is.
#[derive(Default, Deserialize)]
pub struct MessageRef<'a> {
    /// Its id.
    pub message_id: i32,
    /// Its chat.
    #[serde(borrow)]
    pub chat: Chat<'a>,
    /// When it was sent; zero: Telegram does not show it any more.
    pub date: Option<Count>,
}

/// The part of an answered message that is quoted.
#[derive(Deserialize)]
pub struct Quote<'a> {
    /// Its words.
    #[serde(borrow)]
    pub text: Str<'a>,
    /// Marks on them.
    #[serde(borrow)]
    pub entities: Option<Vec<Entity<'a>>>,
}

/// A pressed button.
#[derive(Deserialize)]
pub struct CallbackQuery<'a> {
    /// The press.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// Who pressed.
    #[serde(borrow)]
    pub from: User<'a>,
    /// The message with the button; absent if it was sent through inline mode.
    #[serde(borrow)]
    pub message: Option<MessageRef<'a>>,
    /// The button's data; absent for a game.
    #[serde(borrow)]
    pub data: Option<Str<'a>>,
}

/// A change of a user's reactions on a message.
#[derive(Deserialize)]
pub struct MessageReaction<'a> {
    /// Where.
    #[serde(borrow)]
    pub chat: Chat<'a>,
    /// On which message.
    pub message_id: i32,
    /// Who; absent for an anonymous administrator.
    #[serde(borrow)]
    pub user: Option<User<'a>>,
    /// All that are set now.
    #[serde(borrow)]
    pub new_reaction: Vec<Reaction<'a>>,
}

/// One reaction. The id of a custom emoji is not read.
#[derive(Deserialize)]
pub struct Reaction<'a> {
    /// `emoji`, `custom_emoji` or `paid`.
    #[serde(borrow, rename = "type")]
    pub kind: Str<'a>,
    /// The emoji of an `emoji`.
    #[serde(borrow)]
    pub emoji: Option<Str<'a>>,
}

/// The bot's membership in a chat changed.
#[derive(Deserialize)]
pub struct MyChatMember<'a> {
    /// Where.
    #[serde(borrow)]
    pub chat: Chat<'a>,
    /// Who did it.
    #[serde(borrow)]
    pub from: User<'a>,
    /// Before.
    #[serde(borrow)]
    pub old_chat_member: Member<'a>,
    /// Now.
    #[serde(borrow)]
    pub new_chat_member: Member<'a>,
}

/// A membership.
#[derive(Deserialize)]
pub struct Member<'a> {
    /// `creator`, `administrator`, `member`, `restricted`, `left` or `kicked`.
    #[serde(borrow)]
    pub status: Str<'a>,
}

/// A message, as far as it is read.
#[derive(Default)]
pub struct Message<'a> {
    /// Its id and chat.
    pub at: MessageRef<'a>,
    /// Who sent it; absent in channels.
    pub from: Option<User<'a>>,
    /// It belongs to a chat of somebody's business account or of a guest bot, which may bear the id
    /// of a chat with this bot.
    pub elsewhere: bool,
    /// The album it belongs to.
    pub album: Option<Str<'a>>,
    /// The message it answers.
    pub reply_to: Option<Answered<'a>>,
    /// What it came with that never passes; each once.
    pub envelope: Vec<Finding>,
    /// The text of a text message.
    pub text: Option<Str<'a>>,
    /// Marks on the text.
    pub entities: Vec<Entity<'a>>,
    /// The caption of a media message.
    pub caption: Option<Str<'a>>,
    /// Marks on the caption.
    pub caption_entities: Vec<Entity<'a>>,
    /// Its file.
    pub media: Option<(MediaKind, File<'a>)>,
    /// A formatted text, in blocks; read by `rich`, which knows which of its fields may be.
    pub rich: Option<serde_json::Value>,
    /// A list of things to do; read by `rich`.
    pub checklist: Option<serde_json::Value>,
    /// What it quotes of the message that it answers.
    pub quote: Option<Quote<'a>>,
    /// Its effect.
    pub effect: Option<Str<'a>>,
    /// The caption stands above the picture.
    pub caption_above: bool,
    /// The picture is behind the spoiler.
    pub veiled: bool,
    /// Its die.
    pub dice: Option<Dice<'a>>,
    /// The place on the map that it is.
    pub place: Option<Place>,
    /// It holds this, which is never passed on.
    pub refused: Option<Refused>,
    /// It is a service message.
    pub service: bool,
}
