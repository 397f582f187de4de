//! What a simulated person sends.

use actix_web::web::Bytes;
use serde_json::{Map, Value, json};

use crate::state::files::FileKind;

/// A message to be sent, or the new content of one to be edited. Built step by step:
/// `Outgoing::document().file_name("cv.pdf").caption("look")`.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// Media to be made; `None` for text and everything that needs no file.
    pub(crate) media: Option<FileKind>,
    pub(crate) bytes: Option<Bytes>,
    pub(crate) mime: Option<String>,
    /// A small picture of a film.
    pub(crate) thumbnail: Option<Bytes>,
    /// Sent again: the file, as its sender knows it.
    pub(crate) again: Option<String>,
    /// What the sender's app tells about the file.
    pub(crate) attributes: Map<String, Value>,
    /// Fields of the message beside the media.
    pub(crate) content: Map<String, Value>,
    pub(crate) reply_to: Option<i32>,
    /// Merged over everything else, unchecked.
    pub(crate) raw: Map<String, Value>,
}

impl Outgoing {
    /// A text; the server finds links, mentions, phone numbers and so on in it, as Telegram does.
    pub fn text(text: impl Into<String>) -> Self {
        Self::default().field("text", text.into())
    }

    /// A message of any shape: `fields` are merged into the `Message` object as they are.
    pub fn raw(fields: Value) -> Self {
        Self::default().with_raw(fields)
    }

    fn media(kind: FileKind) -> Self {
        Self { media: Some(kind), ..Self::default() }
    }

    /// A photo; a tiny one unless `bytes` says otherwise.
    pub fn photo() -> Self {
        Self::media(FileKind::Photo)
    }

    /// A video.
    pub fn video() -> Self {
        Self::media(FileKind::Video)
    }

    /// A silent animation ("GIF").
    pub fn animation() -> Self {
        Self::media(FileKind::Animation)
    }

    /// A piece of music.
    pub fn audio() -> Self {
        Self::media(FileKind::Audio)
    }

    /// A general file.
    pub fn document() -> Self {
        Self::media(FileKind::Document)
    }

    /// A voice note.
    pub fn voice() -> Self {
        Self::media(FileKind::Voice)
    }

    /// A round video note.
    pub fn video_note() -> Self {
        Self::media(FileKind::VideoNote)
    }

    /// A sticker.
    pub fn sticker() -> Self {
        Self::media(FileKind::Sticker)
    }

    /// A dice or another animated emoji with a value.
    pub fn dice(emoji: &str, value: u8) -> Self {
        Self::default().field("dice", json!({"emoji": emoji, "value": value}))
    }

    /// A contact.
    pub fn contact(phone: &str, first_name: &str) -> Self {
        Self::default().field("contact", json!({"phone_number": phone, "first_name": first_name}))
    }

    /// A place on the map, degrees.
    pub fn location(latitude: f64, longitude: f64) -> Self {
        Self::default().field("location", json!({"latitude": latitude, "longitude": longitude}))
    }

    /// A place with a name, at 0/0.
    pub fn venue(title: &str, address: &str) -> Self {
        let location = json!({"latitude": 0.0, "longitude": 0.0});
        Self::default()
            .field("location", location.clone())
            .field("venue", json!({"location": location, "title": title, "address": address}))
    }

    /// A regular anonymous poll.
    pub fn poll(question: &str, options: &[&str]) -> Self {
        let options: Vec<Value> = options.iter().map(|o| json!({"text": o, "voter_count": 0})).collect();
        let poll = json!({
            "id": "5000000001", "question": question, "options": options, "total_voter_count": 0,
            "is_closed": false, "is_anonymous": true, "type": "regular", "allows_multiple_answers": false,
        });
        Self::default().field("poll", poll)
    }

    /// A message of the kind called `kind` (a `Message` field name), with made-up content.
    pub fn of_kind(kind: &str) -> Option<Self> {
        if let Some(kind) = FileKind::parse(kind) {
            return Some(Self::media(kind));
        }
        Some(match kind {
            "text" => Self::default(),
            "dice" => Self::dice("🎲", 4),
            "contact" => Self::contact("+79161234567", "Somebody"),
            "location" => Self::location(55.75, 37.61),
            "venue" => Self::venue("Cafe", "Main street 1"),
            "poll" => Self::poll("Tea or coffee?", &["tea", "coffee"]),
            _ => return None,
        })
    }

    /// Sets a field of the message.
    pub fn field(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.content.insert(key.to_owned(), value.into());
        self
    }

    /// Sets an attribute of the media object (`duration`, `width`, `emoji`, ...).
    pub fn attribute(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(key.to_owned(), value.into());
        self
    }

    /// Formatting of the text or, for media, of the caption: an array of `MessageEntity`.
    pub fn entities(self, entities: Value) -> Self {
        let key = if self.media.is_some() { "caption_entities" } else { "entities" };
        self.field(key, entities)
    }

    /// The caption of media.
    pub fn caption(self, caption: impl Into<String>) -> Self {
        self.field("caption", caption.into())
    }

    /// Puts media behind the spoiler.
    pub fn spoiler(self) -> Self {
        self.field("has_media_spoiler", true)
    }

    /// Answers a message of the same chat.
    pub fn reply_to(mut self, message_id: i32) -> Self {
        self.reply_to = Some(message_id);
        self
    }

    /// The part of the answered message that is quoted: a `TextQuote`.
    pub fn quote(self, quote: Value) -> Self {
        self.field("quote", quote)
    }

    /// Marks the message as forwarded: a `MessageOrigin`.
    pub fn forward_origin(self, origin: Value) -> Self {
        self.field("forward_origin", origin)
    }

    /// Marks the message as sent through an inline bot: a `User`.
    pub fn via_bot(self, bot: Value) -> Self {
        self.field("via_bot", bot)
    }

    /// Makes the message part of an album. `SimUser::album` chooses an id by itself.
    pub fn media_group(self, id: &str) -> Self {
        self.field("media_group_id", id)
    }

    /// The file's bytes.
    pub fn bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.bytes = Some(bytes.into());
        self
    }

    /// The small picture that Telegram shows of a film before it plays: a photo's bytes.
    pub fn thumbnail(mut self, bytes: impl Into<Bytes>) -> Self {
        self.thumbnail = Some(bytes.into());
        self
    }

    /// The file of a message of the same person's once more, as by forwarding it to themselves: the
    /// same file for the bot, too.
    pub fn same_file_as(mut self, message: &crate::ChatMessage) -> Self {
        self.again = message.file_id().map(str::to_owned);
        self
    }

    /// The file's MIME type.
    pub fn mime(mut self, mime: &str) -> Self {
        self.mime = Some(mime.to_owned());
        self
    }

    /// The name of the file on the sender's device.
    pub fn file_name(self, name: &str) -> Self {
        self.attribute("file_name", name)
    }

    /// The artist in the tags of an audio file.
    pub fn performer(self, performer: &str) -> Self {
        self.attribute("performer", performer)
    }

    /// The title in the tags of an audio file.
    pub fn title(self, title: &str) -> Self {
        self.attribute("title", title)
    }

    /// The pack of a sticker.
    pub fn set_name(self, name: &str) -> Self {
        self.attribute("set_name", name)
    }

    /// Merges fields over the finished `Message`, unchecked: for hostile and unknown content.
    /// `null` removes.
    pub fn with_raw(mut self, fields: Value) -> Self {
        if let Value::Object(fields) = fields {
            self.raw.extend(fields);
        }
        self
    }
}
