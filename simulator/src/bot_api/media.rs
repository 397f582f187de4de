//! Sending files: by upload, by `file_id`, by URL; alone and in albums.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::post::{Content, Options, post, post_one, read_text, set_text, target};
use super::{Answer, ApiError, Call};
use crate::limits::{PHOTO_BYTES, UPLOAD_BYTES, Violation};
use crate::state::files::{File, FileKind, Viewer};

/// What a sender may say about an upload; a file sent by id keeps what it has.
const ATTRIBUTES: [&str; 8] =
    ["duration", "width", "height", "length", "performer", "title", "emoji", "supports_streaming"];

/// The file that `reference` names: `attach://<part>`, a URL, or a file id. `attributes` describe a
/// new one.
fn resolve(
    call: &Call<'_>,
    kind: FileKind,
    reference: &str,
    attributes: Map<String, Value>,
) -> Result<Arc<File>, ApiError> {
    if let Some(name) = reference.strip_prefix("attach://") {
        return upload(call, kind, name, attributes)?
            .ok_or_else(|| ApiError::bad(format_args!("can't parse InputMedia: file \"{name}\" not found")));
    }
    if reference.starts_with("http://") || reference.starts_with("https://") {
        // Nothing is fetched: a made-up file stands for it.
        return Ok(call.world.files.add(kind, None, None, attributes));
    }
    let file = call.world.files.find(reference, Viewer::Bot(call.bot.index));
    let file = file.ok_or_else(|| ApiError::bad("wrong file identifier/HTTP URL specified"))?;
    if file.kind != kind {
        return Err(ApiError::bad(format_args!(
            "can't use file of type {} as {}",
            file.kind.telegram_name(),
            kind.telegram_name()
        )));
    }
    Ok(file)
}

/// A new file from a part of the body.
fn upload(
    call: &Call<'_>,
    kind: FileKind,
    part: &str,
    mut attributes: Map<String, Value>,
) -> Result<Option<Arc<File>>, ApiError> {
    let Some(part) = call.params.upload(part) else { return Ok(None) };
    if part.bytes.is_empty() {
        return Err(ApiError::bad("file must be non-empty"));
    }
    let limit = if kind == FileKind::Photo { PHOTO_BYTES } else { UPLOAD_BYTES };
    if part.bytes.len() > limit {
        call.world.counters.violations.count(Violation::FileSize);
        return Err(ApiError::new(413, "Request Entity Too Large"));
    }
    let named = matches!(kind, FileKind::Document | FileKind::Video | FileKind::Animation | FileKind::Audio);
    if let Some(name) = part.file_name.as_deref().filter(|n| named && !n.is_empty()) {
        attributes.insert("file_name".into(), name.into());
    }
    Ok(Some(call.world.files.add(kind, Some(part.bytes.clone()), part.mime.clone(), attributes)))
}

fn put(call: &Call<'_>, file: &File, content: &mut Content) {
    let object = file.object(Viewer::Bot(call.bot.index));
    if file.kind == FileKind::Animation {
        content.insert("document".into(), object.clone());
    }
    content.insert(file.kind.field().into(), object);
}

fn kind_of_method(method: &str) -> Option<FileKind> {
    FileKind::ALL.into_iter().find(|k| {
        let name = k.field().replace('_', "");
        method.strip_prefix("send").is_some_and(|m| m.eq_ignore_ascii_case(&name))
    })
}

/// `sendPhoto`, `sendVideo`, ...
pub(crate) fn send_file(call: &Call<'_>) -> Answer {
    let kind = kind_of_method(call.method).ok_or_else(ApiError::not_found)?;
    let mut attributes = Map::new();
    for key in ATTRIBUTES {
        let value = match key {
            "performer" | "title" | "emoji" => call.params.text(key).map(|t| Value::from(t.into_owned())),
            _ => call.params.number(key),
        };
        if let Some(value) = value {
            attributes.insert(key.into(), value);
        }
    }
    let file = match call.params.text(kind.field()) {
        Some(reference) => resolve(call, kind, &reference, attributes)?,
        None => upload(call, kind, kind.field(), attributes)?.ok_or_else(|| {
            ApiError::bad(format_args!("there is no {} in the request", kind.field().replace('_', " ")))
        })?,
    };
    let mut content = Content::new();
    put(call, &file, &mut content);
    if !matches!(kind, FileKind::Sticker | FileKind::VideoNote) {
        read_text(call, "caption", &mut content)?;
    }
    for (parameter, field) in
        [("has_spoiler", "has_media_spoiler"), ("show_caption_above_media", "show_caption_above_media")]
    {
        let fits = matches!(kind, FileKind::Photo | FileKind::Video | FileKind::Animation);
        if fits && call.params.flag(parameter) {
            content.insert(field.into(), true.into());
        }
    }
    post_one(call, content)
}

/// The content that an `InputMedia` object describes.
pub(crate) fn input_media(call: &Call<'_>, media: &Value) -> Result<(FileKind, Content), ApiError> {
    let text = |key: &str| media.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = FileKind::parse(text("type")).filter(|k| {
        matches!(
            k,
            FileKind::Photo | FileKind::Video | FileKind::Animation | FileKind::Audio | FileKind::Document
        )
    });
    let kind = kind.ok_or_else(|| ApiError::bad("can't parse InputMedia: type must be non-empty"))?;
    let mut attributes = Map::new();
    for key in ATTRIBUTES {
        if let Some(value) = media.get(key) {
            attributes.insert(key.into(), value.clone());
        }
    }
    let file = resolve(call, kind, text("media"), attributes)?;
    let mut content = Content::new();
    put(call, &file, &mut content);
    let entities = media.get("caption_entities").and_then(Value::as_array).cloned().unwrap_or_default();
    set_text(
        call,
        "caption",
        text("caption"),
        &text("parse_mode").to_ascii_lowercase(),
        entities,
        &mut content,
    )?;
    for (parameter, field) in
        [("has_spoiler", "has_media_spoiler"), ("show_caption_above_media", "show_caption_above_media")]
    {
        if media.get(parameter).and_then(Value::as_bool) == Some(true) {
            content.insert(field.into(), true.into());
        }
    }
    Ok((kind, content))
}

pub(crate) fn send_media_group(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let items = call.params.list("media")?;
    if !(2..=10).contains(&items.len()) {
        call.world.counters.violations.count(Violation::MediaGroup);
        let reason = match items.len() {
            0 | 1 => "media group must include 2-10 items",
            _ => "too many messages to send as an album",
        };
        return Err(ApiError::bad(reason));
    }
    let group = (13_500_000_000_000_u64 + call.world.serial()).to_string();
    let mut messages = Vec::with_capacity(items.len());
    let mut first = None;
    for item in &items {
        let (kind, mut content) = input_media(call, item)?;
        // Documents and audio files do not mix with anything else; photos and videos do with each
        // other.
        let class = match kind {
            FileKind::Photo | FileKind::Video => FileKind::Photo,
            FileKind::Animation => return Err(ApiError::bad("can't send animation in a media group")),
            other => other,
        };
        if *first.get_or_insert(class) != class {
            return Err(ApiError::bad("document and audio can't be mixed with other media types"));
        }
        content.insert("media_group_id".into(), group.clone().into());
        messages.push(content);
    }
    let options = Options::read(call)?;
    let sent = post(call, &peer, messages, &options)?;
    let list: Vec<&str> = sent.iter().map(|(_, raw)| &**raw).collect();
    Ok(format!("[{}]", list.join(",")))
}
