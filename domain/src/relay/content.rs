//! What people send each other: the inbound form (only fields on the allowlist are ever parsed) and
//! the rebuilt form that may leave.

use crate::capabilities::dating::place::Cell;
use crate::ids::MessageId;
use serde::{Deserialize, Serialize};

/// Kind of a text entity. Anything not listed here is never parsed, so it cannot pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum EntityKind {
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Underline.
    Underline,
    /// Strike-through.
    Strikethrough,
    /// Hidden until tapped.
    Spoiler,
    /// Quote.
    Blockquote,
    /// Quote folded by default.
    ExpandableBlockquote,
    /// Monospaced words.
    Code,
    /// Monospaced block; the language is a rendering hint.
    Pre {
        /// Programming language, if the sender named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// A link, a mention, a phone number, an e-mail address, ...: the words under it are masked.
    #[serde(skip)]
    Identifying(Finding),
    /// A hashtag, cashtag, bot command, date, ...: harmless words, the mark is dropped, the words
    /// stay.
    #[serde(skip)]
    Plain,
    /// A custom emoji: names a pack, hence perhaps its owner. The plain emoji under it stays.
    #[serde(skip)]
    CustomEmoji,
    /// Words that hide a link or a person (`text_link`, `text_mention`): the words stay, the mark
    /// goes.
    #[serde(skip)]
    HiddenLink,
}

/// Formatting of a part of a text. Units are UTF-16 code units, as Telegram counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    #[serde(flatten)]
    pub kind: EntityKind,
    /// First unit.
    pub offset: u32,
    /// Number of units.
    pub length: u32,
}

/// A text with its formatting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rich {
    /// The words.
    pub text: String,
    /// Formatting, ordered by offset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
}

impl Rich {
    /// Words without formatting.
    pub fn plain(text: impl Into<String>) -> Rich {
        Rich { text: text.into(), entities: Vec::new() }
    }
}

/// Something identifying or otherwise not passed on. Each is one reason told to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A URL, visible or behind words.
    Link,
    /// An @username or a mention of a person.
    Username,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// Where a forwarded message came from.
    ForwardOrigin,
    /// The inline bot a message was made with.
    ViaBot,
    /// Buttons under the message.
    Keyboard,
    /// A reply to or a quote from another chat.
    ExternalReply,
    /// A custom emoji's pack.
    CustomEmoji,
    /// A sticker's pack.
    StickerSet,
    /// A file's name or tags.
    FileName,
    /// A message effect that not everybody has.
    Effect,
    /// What moves in a live photo.
    Motion,
    /// Pictures, sounds, maps inside a formatted text.
    Embedded,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Finding; 14] = [
        Finding::Link,
        Finding::Username,
        Finding::Phone,
        Finding::Email,
        Finding::ForwardOrigin,
        Finding::ViaBot,
        Finding::Keyboard,
        Finding::ExternalReply,
        Finding::CustomEmoji,
        Finding::StickerSet,
        Finding::FileName,
        Finding::Effect,
        Finding::Motion,
        Finding::Embedded,
    ];

    /// Whether the partner loses something that the sender meant them to see. Such findings are
    /// told every time, the others once per chat.
    pub fn changes_content(self) -> bool {
        matches!(
            self,
            Finding::Link
                | Finding::Username
                | Finding::Phone
                | Finding::Email
                | Finding::ExternalReply
                | Finding::Embedded
        )
    }
}

/// Kinds of media that are relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A photo.
    Photo,
    /// A video.
    Video,
    /// A silent looping video.
    Animation,
    /// Music.
    Audio,
    /// Any file.
    Document,
    /// A voice message.
    Voice,
    /// A round video.
    VideoNote,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// The field of Telegram's message and of its send method that carries it.
    pub fn field(self) -> &'static str {
        match self {
            MediaKind::Photo => "photo",
            MediaKind::Video => "video",
            MediaKind::Animation => "animation",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Voice => "voice",
            MediaKind::VideoNote => "video_note",
            MediaKind::Sticker => "sticker",
        }
    }

    /// Whether it may carry a caption.
    pub fn has_caption(self) -> bool {
        !matches!(self, MediaKind::VideoNote | MediaKind::Sticker)
    }

    /// Whether it leaves behind Telegram's spoiler until a photo checker has passed it (I12).
    pub fn behind_spoiler(self) -> bool {
        matches!(self, MediaKind::Photo | MediaKind::Video | MediaKind::Animation)
    }
}

/// A media file as it came in. A Bot API `file_id` is valid for one bot token only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Telegram's handle for sending it again.
    pub file_id: String,
    /// The same file under every bot; for verdicts and for laundered copies.
    pub unique_id: String,
    /// The name or tag that the file carries and that sending it again by its handle would show:
    /// file name, performer and title, sticker pack. None when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// MIME type, where the sender's client gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Size in bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Telegram's handle of a smaller picture of it, for who looks at it: a photo's size just above
    /// what is looked at, a video's thumbnail.
    #[serde(skip)]
    pub preview: Option<Box<str>>,
    /// Its sender put it behind the spoiler.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veiled: bool,
}

/// Kinds of message that are never relayed, each with its own line to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// A contact card.
    Contact,
    /// A place, fixed or live, or a venue.
    Location,
    /// A poll.
    Poll,
    /// A story.
    Story,
    /// Paid media, invoice, gift, giveaway.
    Paid,
    /// A game.
    Game,
    /// An image sent as a file: it keeps the camera's data, place included. A photo does not.
    ImageAsFile,
    /// A film whose inside may tell the place and cannot be cleaned, sent as a file or, from a
    /// computer, as a video. A phone's app makes a video anew.
    VideoAsFile,
    /// A sound file whose tags cannot be taken out.
    AudioAsFile,
    /// A file too large to be looked into and given a neutral name (Telegram lets a bot read 20
    /// MB).
    TooLarge,
    /// Anything this version does not know.
    Unknown,
}

impl Refused {
    /// Locale key of the line to its sender.
    pub fn key(self) -> &'static str {
        match self {
            Refused::Contact => "refused-contact",
            Refused::Location => "refused-location",
            Refused::Poll => "refused-poll",
            Refused::Story => "refused-story",
            Refused::Paid => "refused-paid",
            Refused::Game => "refused-game",
            Refused::ImageAsFile => "refused-image-as-file",
            Refused::VideoAsFile => "refused-video-as-file",
            Refused::AudioAsFile => "refused-audio-as-file",
            Refused::TooLarge => "refused-too-large",
            Refused::Unknown => "refused-unknown",
        }
    }
}

/// How a message is shown beside what it holds. Most have nothing of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manner {
    /// The part of the answered message that is quoted.
    pub quote: Option<Rich>,
    /// Telegram's id of one of the effects that everybody has.
    pub effect: Option<&'static str>,
    /// The caption stands above the picture.
    pub caption_above: bool,
}

/// The body of a message as it came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text.
    Text(Rich),
    /// A media file with its caption.
    Media {
        /// The file.
        media: Media,
        /// Its caption, empty for none.
        caption: Rich,
    },
    /// A thrown die. Telegram throws anew for every copy, so the value is told in words.
    Dice {
        /// Which die.
        emoji: String,
        /// What the sender saw.
        value: i32,
    },
    /// A place on the map, passed on to nobody. Here is already only the square that it lies in.
    Place {
        /// That.
        cell: Cell,
        /// It moves with who sent it, for a time.
        is_live: bool,
    },
    /// A service message (pinned, title changed, ...): nothing a person sent.
    Service,
    /// Something that is not passed on.
    Refused(Refused),
}

/// A message of the bot that is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// One without buttons: what a partner wrote, or a line of the bot's.
    Bare,
    /// One with buttons: what the first of them tells the bot, empty where it tells nothing.
    Buttons(Box<str>),
}

/// A message of a user in the private chat with the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    /// Its id in the sender's chat.
    pub id: MessageId,
    /// The message in the sender's chat that it answers.
    pub reply_to: Option<MessageId>,
    /// What that is, if the bot sent it.
    pub answers: Option<Answered>,
    /// The album it belongs to.
    pub album: Option<String>,
    /// What it holds.
    pub body: Body,
    /// What the envelope held that never passes: forward origin, via_bot, keyboard, external reply.
    pub envelope: Vec<Finding>,
    /// How it is shown.
    pub manner: Option<Box<Manner>>,
}

/// What may leave: rebuilt, nothing but allowlisted fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Text; link previews are always off.
    Text(Rich),
    /// Media.
    Media(OutMedia),
    /// A die, thrown anew by Telegram.
    Dice {
        /// Which die.
        emoji: String,
    },
}

/// Media that may leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutMedia {
    /// What it is.
    pub kind: MediaKind,
    /// Telegram's handle.
    pub file_id: String,
    /// The same file under every bot.
    pub unique_id: String,
    /// When set, the file must be uploaded anew under this neutral name, as its own name or tags
    /// identify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launder: Option<String>,
    /// Size in bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Caption, rebuilt.
    #[serde(default)]
    pub caption: Rich,
    /// Behind Telegram's spoiler.
    #[serde(default)]
    pub spoiler: bool,
    /// The caption stands above the picture.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub caption_above: bool,
    /// Its sender put it behind the spoiler: it stays there, whatever it shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veiled: bool,
    /// Its sender is an adult who takes and gives nude pictures: whether the other one is, too, is
    /// asked when it was looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agreed: bool,
    /// Handle of a smaller picture of it, for who looks at it; never sent to anybody.
    #[serde(skip)]
    pub preview: Option<Box<str>>,
}

impl OutMedia {
    /// Handle of the file that has to be looked at before the spoiler may go; none if there is no
    /// picture of it that could be.
    pub fn looked_at(&self) -> Option<&str> {
        match (self.kind, &self.preview) {
            (_, Some(preview)) => Some(preview),
            (MediaKind::Photo, None) => Some(&self.file_id),
            _ => None,
        }
    }
}
