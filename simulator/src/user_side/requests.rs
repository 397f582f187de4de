//! Bodies of the user side.

use actix_web::web::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Refused;
use crate::bot_api::multipart;
use crate::outgoing::Outgoing;
use crate::state::files::FileKind;

/// A message to be sent, or the new content of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MessageRequest {
    /// `text`, `photo`, `video`, ...; absent: `text`.
    kind: Option<String>,
    text: Option<String>,
    caption: Option<String>,
    entities: Option<Value>,
    reply_to: Option<i32>,
    media_group_id: Option<String>,
    file_name: Option<String>,
    mime: Option<String>,
    file_base64: Option<String>,
    spoiler: bool,
    /// Attributes of the media object: `duration`, `performer`, ...
    attributes: Map<String, Value>,
    /// Merged over the message.
    raw: Option<Value>,
}

impl MessageRequest {
    pub(crate) fn into_outgoing(self) -> Result<Outgoing, Refused> {
        let kind = self.kind.as_deref().unwrap_or("text");
        let mut out =
            Outgoing::of_kind(kind).ok_or_else(|| Refused::Request(format!("unknown kind {kind:?}")))?;
        let is_media = FileKind::parse(kind).is_some();
        match (&self.text, &self.caption) {
            (Some(text), _) if !is_media => out = out.field("text", text.clone()),
            (_, Some(caption)) | (Some(caption), None) => out = out.caption(caption.clone()),
            (None, None) if kind == "text" && self.raw.is_none() => {
                return Err(Refused::Request("a text needs \"text\"".into()));
            }
            (None, None) => {}
        }
        if let Some(entities) = self.entities {
            let key = if out.content.contains_key("caption") { "caption_entities" } else { "entities" };
            out = out.field(key, entities);
        }
        if let Some(id) = self.reply_to {
            out = out.reply_to(id);
        }
        if let Some(group) = &self.media_group_id {
            out = out.media_group(group);
        }
        if let Some(name) = &self.file_name {
            out = out.file_name(name);
        }
        if let Some(mime) = &self.mime {
            out = out.mime(mime);
        }
        if let Some(encoded) = &self.file_base64 {
            let bytes =
                STANDARD.decode(encoded).map_err(|_| Refused::Request("file_base64 is not base64".into()))?;
            out = out.bytes(bytes);
        }
        if self.spoiler {
            out = out.spoiler();
        }
        for (key, value) in self.attributes {
            out = out.attribute(&key, value);
        }
        Ok(out.with_raw(self.raw.unwrap_or(Value::Null)))
    }
}

/// A message from a form: fields as in [`MessageRequest`], the file in any part with a file name.
pub(crate) fn of_form(content_type: &str, body: &Bytes) -> Result<Outgoing, Refused> {
    let broken = || Refused::Request("the form is broken".into());
    let boundary = multipart::boundary(content_type).ok_or_else(broken)?;
    let mut request = MessageRequest::default();
    let mut bytes = None;
    for part in multipart::parse(body, boundary).ok_or_else(broken)? {
        if let Some(name) = part.file_name {
            request.mime = part.mime;
            request.file_name = Some(name);
            bytes = Some(part.bytes);
            continue;
        }
        let text = std::str::from_utf8(&part.bytes).map_err(|_| broken())?.to_owned();
        match part.name.as_str() {
            "kind" => request.kind = Some(text),
            "text" => request.text = Some(text),
            "caption" => request.caption = Some(text),
            "reply_to" => request.reply_to = Some(text.parse().map_err(|_| broken())?),
            "media_group_id" => request.media_group_id = Some(text),
            "spoiler" => request.spoiler = text == "true" || text == "1",
            _ => {}
        }
    }
    if bytes.is_some() && request.kind.is_none() {
        let image = request.mime.as_deref().is_some_and(|m| m.starts_with("image/"));
        request.kind = Some(if image { "photo" } else { "document" }.into());
    }
    if request.kind.as_deref() == Some("photo") {
        // Telegram's apps send no names of photos.
        request.file_name = None;
    }
    let out = request.into_outgoing()?;
    Ok(match bytes {
        Some(bytes) => out.bytes(bytes),
        None => out,
    })
}
