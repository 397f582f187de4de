//! Files that tell of their owner by their name are not sent again by their handle, which would show it: they are
//! read and uploaded under a neutral name. What is inside a document (its author field, say) stays; users are
//! told so.
//!
//! A laundered file is remembered by its `file_unique_id`, so that a favourite sticker is uploaded once.

use super::answer::{self, Answered};
use super::body::{InputMedia, ReplyTo, send_method};
use super::client::{Client, cause};
use nameless_actors::ports::{SendError, Sent};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::content::{MediaKind, OutMedia, Payload};
use reqwest::multipart::{Form, Part};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Laundered files remembered; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;
/// Files read at a time: at most so many times 20 MB of memory.
const AT_A_TIME: usize = 4;
/// What Telegram lets a bot read (<https://core.telegram.org/bots/api#getfile>).
const MAX_BYTES: usize = 20_000_000;
/// Reading and uploading 20 MB over a slow line.
const TRANSFER: Duration = Duration::from_secs(120);

/// Remembers and bounds laundering.
pub(super) struct Laundry {
    known: Mutex<Known>,
    room: Semaphore,
}

#[derive(Default)]
struct Known {
    by_unique: FxHashMap<String, String>,
    order: VecDeque<String>,
}

/// A form ready to be posted, and the method it is for.
pub(super) struct Laundered {
    method: &'static str,
    form: Form,
}

impl Laundry {
    pub(super) fn new() -> Laundry {
        Laundry { known: Mutex::default(), room: Semaphore::new(AT_A_TIME) }
    }

    /// The call with remembered copies in place of files that must be laundered; none if there are no such files.
    pub(super) fn known(&self, out: &Outgoing) -> Option<Outgoing> {
        let media = laundry_of(&out.call);
        if media.is_empty() {
            return None;
        }
        let mut out = out.clone();
        for item in items_mut(&mut out.call) {
            if let Some(copy) = self.copy_of(&item.unique_id).filter(|_| item.launder.is_some()) {
                item.file_id = copy;
            }
        }
        Some(out)
    }

    /// The form for a call that needs one: bytes of the bot's own, or files that must be laundered and have not
    /// been before.
    pub(super) async fn form_for(
        &self,
        client: &Client,
        out: &Outgoing,
    ) -> Result<Option<Laundered>, SendError> {
        if let Call::SendFile { name, bytes } = &out.call {
            let part = Part::bytes(bytes.clone()).file_name(name.clone());
            let form = Form::new().text("chat_id", out.chat.0.to_string()).part("document", part);
            return Ok(Some(Laundered { method: "sendDocument", form }));
        }
        let unknown = laundry_of(&out.call).into_iter().any(|item| self.copy_of(&item.unique_id).is_none());
        if !unknown {
            return Ok(None);
        }
        // Waiting here is bounded by the transfers before, each of which has its time-out.
        let _room = self.room.acquire().await.map_err(|_| SendError::Unsent("shutting down".into()))?;
        match &out.call {
            Call::Send { payload: Payload::Media(media), reply_to } => {
                let part = self.part(client, media).await?;
                let mut form = Form::new().text("chat_id", out.chat.0.to_string());
                form = form.part(media.kind.field(), part);
                if media.kind.has_caption() && !media.caption.text.is_empty() {
                    form = form.text("caption", media.caption.text.clone());
                    form = form.text("caption_entities", json(&media.caption.entities));
                }
                if media.spoiler {
                    form = form.text("has_spoiler", "true");
                }
                if media.kind == MediaKind::Audio {
                    // Otherwise Telegram's clients show what the file's own tags say.
                    form = form.text("title", "audio").text("performer", "");
                }
                if let Some(id) = reply_to {
                    form = form.text("reply_parameters", json(&ReplyTo::new(*id)));
                }
                let method = send_method(&Payload::Media(media.clone()));
                Ok(Some(Laundered { method, form }))
            }
            Call::SendAlbum { items, reply_to } => {
                let mut form = Form::new().text("chat_id", out.chat.0.to_string());
                let mut files = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    let copy = self.copy_of(&item.unique_id);
                    files.push(match (&item.launder, copy) {
                        (None, _) => item.file_id.clone(),
                        (Some(_), Some(copy)) => copy,
                        (Some(_), None) => {
                            let name = format!("file{i}");
                            form = form.part(name.clone(), self.part(client, item).await?);
                            format!("attach://{name}")
                        }
                    });
                }
                let media: Vec<_> =
                    items.iter().zip(&files).map(|(item, file)| InputMedia::new(item, file)).collect();
                form = form.text("media", json(&media));
                if let Some(id) = reply_to {
                    form = form.text("reply_parameters", json(&ReplyTo::new(*id)));
                }
                Ok(Some(Laundered { method: "sendMediaGroup", form }))
            }
            Call::Edit { message, payload: Payload::Media(media) } => {
                let part = self.part(client, media).await?;
                let form = Form::new()
                    .text("chat_id", out.chat.0.to_string())
                    .text("message_id", message.0.to_string())
                    .text("media", json(&InputMedia::new(media, "attach://file")))
                    .part("file", part);
                Ok(Some(Laundered { method: "editMessageMedia", form }))
            }
            _ => Ok(None),
        }
    }

    /// Posts a form and remembers the copy it made.
    pub(super) async fn post(
        &self,
        client: &Client,
        out: &Outgoing,
        laundered: Laundered,
    ) -> Result<Sent, SendError> {
        let answered = client.post_form(laundered.method, laundered.form, TRANSFER).await;
        if let (Ok(answered), Call::Send { payload: Payload::Media(media), .. }) = (&answered, &out.call)
            && let Some(copy) = copy_made(media.kind, answered)
        {
            self.remember(&media.unique_id, copy);
        }
        answer::tolerate(&out.call, answered)
    }

    /// The file, read and under its neutral name.
    async fn part(&self, client: &Client, media: &OutMedia) -> Result<Part, SendError> {
        let name = media.launder.clone().unwrap_or_else(|| "file.bin".into());
        let bytes = client.download(&media.file_id).await?;
        Ok(Part::bytes(bytes).file_name(name))
    }

    fn copy_of(&self, unique_id: &str) -> Option<String> {
        self.lock().by_unique.get(unique_id).cloned()
    }

    fn remember(&self, unique_id: &str, copy: String) {
        let mut known = self.lock();
        if known.by_unique.insert(unique_id.to_owned(), copy).is_none() {
            known.order.push_back(unique_id.to_owned());
            if known.order.len() > REMEMBERED
                && let Some(oldest) = known.order.pop_front()
            {
                known.by_unique.remove(&oldest);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Reads a file; `TooLarge` beyond what Telegram lets a bot read.
    async fn download(&self, file_id: &str) -> Result<Vec<u8>, SendError> {
        #[derive(Deserialize)]
        struct File {
            file_path: Option<String>,
        }
        let body = serde_json::json!({ "file_id": file_id }).to_string().into_bytes();
        // Nothing is sent to anybody yet: whatever fails here may be tried again.
        let unsent = |what: String| SendError::Unsent(format!("a file could not be read: {what}"));
        let answered = self.post_json("getFile", body).await.map_err(|e| match e {
            SendError::Refused(text) if text.contains("file is too big") => SendError::TooLarge,
            SendError::Ambiguous(text) => unsent(text),
            other => other,
        })?;
        let path = serde_json::from_str::<File>(&answered.result).ok().and_then(|f| f.file_path);
        let path = path.ok_or_else(|| SendError::Refused("the file has no path".into()))?;
        let request = self.http.get(self.file_url(&path)).timeout(TRANSFER);
        let mut response = request.send().await.map_err(|e| unsent(cause(&e)))?;
        match response.status().as_u16() {
            200..=299 => {}
            status @ 500.. => return Err(unsent(format!("HTTP {status}"))),
            status => return Err(SendError::Refused(format!("a file could not be read: HTTP {status}"))),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| unsent(cause(&e)))? {
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(SendError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// The files of a call that must be laundered.
fn laundry_of(call: &Call) -> Vec<&OutMedia> {
    let items: Vec<&OutMedia> = match call {
        Call::Send { payload: Payload::Media(media), .. }
        | Call::Edit { payload: Payload::Media(media), .. } => {
            vec![media]
        }
        Call::SendAlbum { items, .. } => items.iter().collect(),
        _ => Vec::new(),
    };
    items.into_iter().filter(|item| item.launder.is_some()).collect()
}

fn items_mut(call: &mut Call) -> Vec<&mut OutMedia> {
    match call {
        Call::Send { payload: Payload::Media(media), .. }
        | Call::Edit { payload: Payload::Media(media), .. } => {
            vec![media]
        }
        Call::SendAlbum { items, .. } => items.iter_mut().collect(),
        _ => Vec::new(),
    }
}

/// The handle of the copy that a send made.
fn copy_made(kind: MediaKind, answered: &Answered) -> Option<String> {
    let message: serde_json::Value = serde_json::from_str(&answered.result).ok()?;
    message.get(kind.field())?.get("file_id")?.as_str().map(str::to_owned)
}

/// JSON of plain data, which does not fail.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
