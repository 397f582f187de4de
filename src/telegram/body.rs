//! The JSON body of each call. Written straight from the call, nothing is copied on the way.

use super::handle;
use super::named;
use nameless_domain::ids::MessageId;
use nameless_domain::outgoing::{Call, InlineKeyboard, Outgoing, Picture};
use nameless_domain::relay::content::{Entity, EntityKind, Manner, MediaKind, OutMedia, Payload, Rich};
use nameless_domain::text::Action;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{CompactFormatter, Serializer as Json};

/// Method and body of a call; none if Telegram has no such call (editing a sticker).
pub(super) fn of(out: &Outgoing) -> Option<(&'static str, Vec<u8>)> {
    let method = method(&out.call)?;
    if let Call::Method(own) = &out.call {
        return Some((method, named::parameters(own).into_bytes()));
    }
    let mut bytes = Vec::with_capacity(256);
    let mut json = Json::with_formatter(&mut bytes, CompactFormatter);
    // Writing plain data into memory does not fail.
    write(out, &mut json).ok()?;
    Some((method, bytes))
}

fn method(call: &Call) -> Option<&'static str> {
    Some(match call {
        Call::Say { .. } => "sendMessage",
        Call::Rewrite { .. } => "editMessageText",
        Call::AnswerCallback { .. } => "answerCallbackQuery",
        Call::Send { payload, .. } => send_method(payload),
        Call::SendAlbum { .. } => "sendMediaGroup",
        Call::Edit { payload: Payload::Text(_), .. } => "editMessageText",
        Call::Edit { payload: Payload::Media(media), .. } => match media.kind {
            kind if is_replaceable(kind) => "editMessageMedia",
            kind if kind.has_caption() => "editMessageCaption",
            _ => return None,
        },
        Call::Edit { payload: Payload::Dice { .. }, .. } => return None,
        Call::Delete { messages } if messages.is_empty() => return None,
        Call::Delete { messages } if messages.len() == 1 => "deleteMessage",
        Call::Delete { .. } => "deleteMessages",
        Call::React { .. } => "setMessageReaction",
        Call::SendFile { .. } => "sendDocument",
        Call::Picture { .. } => "sendPhoto",
        Call::LeaveChat => "leaveChat",
        Call::Method(own) => own.name,
    })
}

/// Whether another file can take its place (<https://core.telegram.org/bots/api#editmessagemedia>).
/// Of a voice message only the caption can be changed.
pub(super) fn is_replaceable(kind: MediaKind) -> bool {
    !matches!(kind, MediaKind::Voice | MediaKind::VideoNote | MediaKind::Sticker)
}

/// The send method of a payload.
pub(super) fn send_method(payload: &Payload) -> &'static str {
    match payload {
        Payload::Text(_) => "sendMessage",
        Payload::Dice { .. } => "sendDice",
        Payload::Media(media) => media.kind.method(),
    }
}

/// Title and performer of a laundered audio file, neither empty: Telegram's server fills an empty
/// one from the file's own tags.
pub(crate) const NEUTRAL_TAGS: (&str, &str) = ("audio", "-");

/// `reply_parameters`: the answered message may be gone by now, then the answer goes without it.
#[derive(serde::Serialize)]
pub(super) struct ReplyTo<'a> {
    message_id: MessageId,
    allow_sending_without_reply: bool,
    /// Must stand in the answered message word for word; if it does not, see `instead`.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_entities: Option<Entities<'a>>,
}

impl<'a> ReplyTo<'a> {
    pub(super) fn new(message_id: MessageId, quote: Option<&'a Rich>) -> ReplyTo<'a> {
        ReplyTo {
            message_id,
            allow_sending_without_reply: true,
            quote: quote.map(|quote| quote.text.as_str()),
            quote_entities: quote.filter(|q| !q.entities.is_empty()).map(|q| Entities(&q.entities)),
        }
    }
}

/// UTF-16 units of a toast (<https://core.telegram.org/bots/api#answercallbackquery>). Ours are
/// shorter; an operator's own may not be.
const TOAST_UNITS: usize = 200;

/// As much of a toast as Telegram takes.
fn toast(text: &str) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > TOAST_UNITS
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[derive(serde::Serialize)]
struct NoPreview {
    is_disabled: bool,
}

const NO_PREVIEW: NoPreview = NoPreview { is_disabled: true };

#[derive(serde::Serialize)]
pub(super) struct Keyboard<'a> {
    inline_keyboard: Vec<Vec<Button<'a>>>,
}

#[derive(serde::Serialize)]
struct Button<'a> {
    text: &'a str,
    #[serde(flatten)]
    does: Does<'a>,
}

/// What a button does (<https://core.telegram.org/bots/api#inlinekeyboardbutton>).
#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Does<'a> {
    CallbackData(&'a str),
    Url(&'a str),
    WebApp { url: &'a str },
    Pay(bool),
    CopyText { text: &'a str },
}

impl<'a> Does<'a> {
    fn of(action: &'a Action) -> Does<'a> {
        match action {
            Action::Data(data) => Does::CallbackData(data),
            Action::Url(url) => Does::Url(url),
            Action::WebApp(url) => Does::WebApp { url },
            Action::Pay => Does::Pay(true),
            Action::Copy(text) => Does::CopyText { text },
        }
    }
}

pub(super) fn keyboard(rows: &InlineKeyboard) -> Keyboard<'_> {
    Keyboard {
        inline_keyboard: rows
            .iter()
            .map(|row| {
                row.iter().map(|key| Button { text: &key.label, does: Does::of(&key.action) }).collect()
            })
            .collect(),
    }
}

/// Formatting that may leave. What is not named here is left out, whatever came this far.
pub(crate) struct Entities<'a>(pub &'a [Entity]);

impl Entities<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Entities<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().filter_map(MessageEntity::of))
    }
}

/// A mark on a text, as Telegram reads it (<https://core.telegram.org/bots/api#messageentity>).
#[derive(serde::Serialize)]
struct MessageEntity<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    offset: u32,
    length: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

impl<'a> MessageEntity<'a> {
    fn of(entity: &'a Entity) -> Option<MessageEntity<'a>> {
        let mut language = None;
        let kind = match &entity.kind {
            EntityKind::Bold => "bold",
            EntityKind::Italic => "italic",
            EntityKind::Underline => "underline",
            EntityKind::Strikethrough => "strikethrough",
            EntityKind::Spoiler => "spoiler",
            EntityKind::Blockquote => "blockquote",
            EntityKind::ExpandableBlockquote => "expandable_blockquote",
            EntityKind::Code => "code",
            EntityKind::Pre { language: its } => {
                language = its.as_deref();
                "pre"
            }
            EntityKind::Identifying(_)
            | EntityKind::Plain
            | EntityKind::CustomEmoji
            | EntityKind::HiddenLink => return None,
        };
        Some(MessageEntity { kind, offset: entity.offset, length: entity.length, language })
    }
}

/// One item of an album, or the new media of an edit.
#[derive(serde::Serialize)]
pub(super) struct InputMedia<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    media: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    caption: &'a str,
    #[serde(skip_serializing_if = "Entities::is_empty")]
    caption_entities: Entities<'a>,
    /// Shown in place of an audio file's own tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performer: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_spoiler: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    show_caption_above_media: bool,
    /// A document stays one: Telegram would make of an uploaded film a video, without a spoiler.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_content_type_detection: bool,
}

impl<'a> InputMedia<'a> {
    /// The item with its file taken from `file`: an id, or `attach://name`.
    pub(super) fn new(media: &'a OutMedia, file: &'a str) -> InputMedia<'a> {
        let tags = (media.kind == MediaKind::Audio && media.launder.is_some()).then_some(NEUTRAL_TAGS);
        InputMedia {
            kind: media.kind.field(),
            media: file,
            caption: &media.caption.text,
            caption_entities: Entities(&media.caption.entities),
            title: tags.map(|(title, _)| title),
            performer: tags.map(|(_, performer)| performer),
            has_spoiler: media.spoiler && media.kind.behind_spoiler(),
            show_caption_above_media: stands_above(media),
            disable_content_type_detection: stays_document(media),
        }
    }
}

/// Whether the caption stands above: only a picture's can.
pub(super) fn stands_above(media: &OutMedia) -> bool {
    media.caption_above && media.kind.behind_spoiler()
}

/// Whether Telegram must not look for itself what an uploaded file is.
pub(super) fn stays_document(media: &OutMedia) -> bool {
    media.kind == MediaKind::Document && media.launder.is_some()
}

fn write<S: Serializer>(out: &Outgoing, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(None)?;
    let chat = out.chat.telegrams();
    if !matches!(out.call, Call::AnswerCallback { .. }) {
        map.serialize_entry("chat_id", &chat)?;
    }
    match &out.call {
        Call::Say { html, keyboard: rows } => {
            bot_text(&mut map, html, rows)?;
        }
        Call::Rewrite { message, html, keyboard: rows } => {
            map.serialize_entry("message_id", message)?;
            bot_text(&mut map, html, rows)?;
        }
        Call::AnswerCallback { id, text } => {
            map.serialize_entry("callback_query_id", id)?;
            if let Some(text) = text {
                map.serialize_entry("text", toast(text))?;
            }
        }
        Call::Send { payload, reply_to, manner } => {
            match payload {
                Payload::Text(rich) => text(&mut map, rich)?,
                Payload::Dice { emoji } => map.serialize_entry("emoji", emoji)?,
                Payload::Media(media) => {
                    map.serialize_entry(media.kind.field(), handle::read(&media.file_id).1)?;
                    caption(&mut map, media)?;
                }
            }
            let manner = manner.as_deref();
            if let Some(id) = reply_to {
                map.serialize_entry("reply_parameters", &ReplyTo::new(*id, quote(manner)))?;
            }
            if let Some(effect) = manner.and_then(|manner| manner.effect) {
                map.serialize_entry("message_effect_id", effect)?;
            }
        }
        Call::SendAlbum { items, reply_to } => {
            let media: Vec<_> =
                items.iter().map(|item| InputMedia::new(item, handle::read(&item.file_id).1)).collect();
            map.serialize_entry("media", &media)?;
            if let Some(id) = reply_to {
                map.serialize_entry("reply_parameters", &ReplyTo::new(*id, None))?;
            }
        }
        Call::Edit { message, payload } => {
            map.serialize_entry("message_id", message)?;
            match payload {
                Payload::Text(rich) => text(&mut map, rich)?,
                Payload::Media(media) if !is_replaceable(media.kind) => caption(&mut map, media)?,
                Payload::Media(media) => {
                    map.serialize_entry("media", &InputMedia::new(media, handle::read(&media.file_id).1))?;
                }
                Payload::Dice { .. } => {}
            }
        }
        Call::Delete { messages } => match messages.as_slice() {
            [one] => map.serialize_entry("message_id", one)?,
            many => map.serialize_entry("message_ids", many)?,
        },
        Call::React { message, emoji } => {
            #[derive(serde::Serialize)]
            struct Reaction<'a> {
                #[serde(rename = "type")]
                kind: &'static str,
                emoji: &'a str,
            }
            let reaction: Vec<_> = emoji.iter().map(|e| Reaction { kind: "emoji", emoji: &e.0 }).collect();
            map.serialize_entry("message_id", message)?;
            map.serialize_entry("reaction", &reaction)?;
        }
        // The bytes go as a form, see `launder`; what is a capability's own is written already.
        Call::Picture { picture, html, keyboard: rows } => {
            if let Picture::Handle(file) = picture {
                map.serialize_entry("photo", file)?;
            }
            map.serialize_entry("caption", html)?;
            map.serialize_entry("parse_mode", "HTML")?;
            if !rows.is_empty() {
                map.serialize_entry("reply_markup", &keyboard(rows))?;
            }
        }
        Call::SendFile { .. } | Call::LeaveChat | Call::Method(_) => {}
    }
    map.end()
}

/// What is quoted.
pub(super) fn quote(manner: Option<&Manner>) -> Option<&Rich> {
    manner.and_then(|manner| manner.quote.as_ref())
}

fn bot_text<M: SerializeMap>(map: &mut M, html: &str, rows: &InlineKeyboard) -> Result<(), M::Error> {
    map.serialize_entry("text", html)?;
    map.serialize_entry("parse_mode", "HTML")?;
    map.serialize_entry("link_preview_options", &NO_PREVIEW)?;
    if !rows.is_empty() {
        map.serialize_entry("reply_markup", &keyboard(rows))?;
    }
    Ok(())
}

fn text<M: SerializeMap>(map: &mut M, rich: &Rich) -> Result<(), M::Error> {
    map.serialize_entry("text", &rich.text)?;
    if !rich.entities.is_empty() {
        map.serialize_entry("entities", &Entities(&rich.entities))?;
    }
    map.serialize_entry("link_preview_options", &NO_PREVIEW)
}

fn caption<M: SerializeMap>(map: &mut M, media: &OutMedia) -> Result<(), M::Error> {
    if media.kind.has_caption() && !media.caption.text.is_empty() {
        map.serialize_entry("caption", &media.caption.text)?;
        if !media.caption.entities.is_empty() {
            map.serialize_entry("caption_entities", &Entities(&media.caption.entities))?;
        }
    }
    if media.spoiler && media.kind.behind_spoiler() {
        map.serialize_entry("has_spoiler", &true)?;
    }
    if stands_above(media) {
        map.serialize_entry("show_caption_above_media", &true)?;
    }
    Ok(())
}
