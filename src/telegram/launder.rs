//! Files that tell of their owner by their name are not sent again by their handle, which would show it: they are
//! read and uploaded under a neutral name. What is inside a document (its author field, say) stays; users are
//! told so.
//!
//! A laundered file is remembered by its `file_unique_id`, so that a favourite sticker is uploaded once.

use super::answer::{self, Answered};
use super::body::{AUDIO_TITLE, InputMedia, ReplyTo, send_method};
use super::client::{Client, bounded, cause};
use nameless_actors::ports::{SendError, Sent};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::content::{MediaKind, OutMedia, Payload};
use reqwest::multipart::{Form, Part};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Laundered files remembered; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;
/// Calls laundered at a time: at most so many times [`MAX_UPLOAD`] of memory.
const AT_A_TIME: usize = 4;
/// Bytes of all files of one call: what Telegram takes in one upload.
const MAX_UPLOAD: usize = 50_000_000;
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
pub(super) struct Laundered<'a> {
    method: &'static str,
    form: Form,
    /// The form's place in memory, given back when it has been posted.
    _room: Option<SemaphorePermit<'a>>,
}

/// How a call is to be made.
pub(super) enum Prepared<'a> {
    /// As it is: nothing of it must be laundered.
    AsIs,
    /// With remembered copies in place of every file that must be laundered.
    Copies(Box<Outgoing>),
    /// As a form with the files in it.
    Form(Laundered<'a>),
}

impl Laundry {
    pub(super) fn new() -> Laundry {
        Laundry { known: Mutex::default(), room: Semaphore::new(AT_A_TIME) }
    }

    /// How a call is to be made: bytes of the bot's own and files that must be laundered go as a form, those that
    /// have been laundered before by their copies. A file that must be laundered never goes by its own handle.
    pub(super) async fn prepare(&self, client: &Client, out: &Outgoing) -> Result<Prepared<'_>, SendError> {
        if let Call::SendFile { name, bytes } = &out.call {
            let part = Part::bytes(bytes.clone()).file_name(name.clone());
            let form = Form::new().text("chat_id", out.chat.0.to_string()).part("document", part);
            return Ok(Prepared::Form(Laundered { method: "sendDocument", form, _room: None }));
        }
        if laundry_of(&out.call).is_empty() {
            return Ok(Prepared::AsIs);
        }
        if let Some(copied) = self.copied(out) {
            return Ok(Prepared::Copies(Box::new(copied)));
        }
        self.form(client, out).await.map(Prepared::Form)
    }

    /// The call with remembered copies; none if one of its files has none.
    fn copied(&self, out: &Outgoing) -> Option<Outgoing> {
        let mut out = out.clone();
        for item in items_mut(&mut out.call).into_iter().filter(|item| item.launder.is_some()) {
            item.file_id = self.copy_of(&item.unique_id)?;
        }
        Some(out)
    }

    /// The form for a call with files that have not been laundered before.
    async fn form(&self, client: &Client, out: &Outgoing) -> Result<Laundered<'_>, SendError> {
        // Waiting here is bounded by the transfers before, each of which has its time-out.
        let room = self.room.acquire().await.map_err(|_| SendError::Unsent("shutting down".into()))?;
        let mut left = MAX_UPLOAD;
        let (method, form) = match &out.call {
            Call::Send { payload: Payload::Media(media), reply_to } => {
                let part = self.part(client, media, &mut left).await?;
                let mut form = Form::new().text("chat_id", out.chat.0.to_string());
                form = form.part(media.kind.field(), part);
                if media.kind.has_caption() && !media.caption.text.is_empty() {
                    form = form.text("caption", media.caption.text.clone());
                    form = form.text("caption_entities", json(&media.caption.entities));
                }
                if media.spoiler && media.kind.behind_spoiler() {
                    form = form.text("has_spoiler", "true");
                }
                if media.kind == MediaKind::Audio {
                    // Otherwise Telegram's clients show what the file's own tags say.
                    form = form.text("title", AUDIO_TITLE).text("performer", "");
                }
                if let Some(id) = reply_to {
                    form = form.text("reply_parameters", json(&ReplyTo::new(*id)));
                }
                (send_method(&Payload::Media(media.clone())), form)
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
                            form = form.part(name.clone(), self.part(client, item, &mut left).await?);
                            format!("attach://{name}")
                        }
                    });
                }
                let media: Vec<_> = items
                    .iter()
                    .zip(&files)
                    .map(|(item, file)| match file.starts_with("attach://") {
                        true => InputMedia::uploaded(item, file),
                        false => InputMedia::new(item, file),
                    })
                    .collect();
                form = form.text("media", json(&media));
                if let Some(id) = reply_to {
                    form = form.text("reply_parameters", json(&ReplyTo::new(*id)));
                }
                ("sendMediaGroup", form)
            }
            Call::Edit { message, payload: Payload::Media(media) } => {
                let part = self.part(client, media, &mut left).await?;
                let form = Form::new()
                    .text("chat_id", out.chat.0.to_string())
                    .text("message_id", message.0.to_string())
                    .text("media", json(&InputMedia::uploaded(media, "attach://file")))
                    .part("file", part);
                ("editMessageMedia", form)
            }
            _ => return Err(SendError::Refused("nothing to launder".into())),
        };
        Ok(Laundered { method, form, _room: Some(room) })
    }

    /// Posts a form and remembers the copies it made.
    pub(super) async fn post(
        &self,
        client: &Client,
        out: &Outgoing,
        laundered: Laundered<'_>,
    ) -> Result<Sent, SendError> {
        let answered = client.post_form(laundered.method, laundered.form, TRANSFER).await;
        if let Ok(answered) = &answered {
            let items = laundry_items(&out.call);
            for (i, item) in items.iter().enumerate().filter(|(_, item)| item.launder.is_some()) {
                if let Some(copy) = copy_made(item.kind, answered, i) {
                    self.remember(&item.unique_id, copy);
                }
            }
        }
        answer::tolerate(&out.call, answered)
    }

    /// Forgets the copies of a call's files.
    pub(super) fn forget(&self, out: &Outgoing) {
        let mut known = self.lock();
        for item in laundry_of(&out.call) {
            known.by_unique.remove(&item.unique_id);
            known.order.retain(|id| *id != item.unique_id);
        }
    }

    /// The file, read and under its neutral name; takes its bytes off what is left for this call.
    async fn part(&self, client: &Client, media: &OutMedia, left: &mut usize) -> Result<Part, SendError> {
        let name = media.launder.clone().unwrap_or_else(|| "file.bin".into());
        let bytes = client.download(&media.file_id, MAX_BYTES.min(*left)).await?;
        *left -= bytes.len();
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
    /// Reads a file; `TooLarge` beyond `most` bytes.
    async fn download(&self, file_id: &str, most: usize) -> Result<Vec<u8>, SendError> {
        #[derive(Deserialize)]
        struct File {
            file_path: Option<String>,
        }
        let body = serde_json::json!({ "file_id": file_id }).to_string().into_bytes();
        // Nothing is sent to anybody yet, so another try is safe; but not without end: it may be this very file.
        let again = |what: String| SendError::Ambiguous(format!("a file could not be read: {what}"));
        let answered = self.post_json("getFile", body).await.map_err(|e| match e {
            SendError::Refused(text) if text.contains("file is too big") => SendError::TooLarge,
            SendError::Ambiguous(text) => again(text),
            // This is about the file, and says nothing of the chat that it was to go to.
            SendError::Gone => SendError::Refused("the file may not be read".into()),
            other => other,
        })?;
        let path = serde_json::from_str::<File>(&answered.result).ok().and_then(|f| f.file_path);
        let path = path.ok_or_else(|| SendError::Refused("the file has no path".into()))?;
        let request = self.http.get(self.file_url(&path)).timeout(TRANSFER);
        let response = request.send().await.map_err(|e| match e.is_connect() {
            true => SendError::Unsent(cause(&e)),
            false => again(cause(&e)),
        })?;
        if !response.status().is_success() {
            return Err(again(format!("HTTP {}", response.status().as_u16())));
        }
        bounded(response, most).await.map_err(|e| again(cause(&e)))?.ok_or(SendError::TooLarge)
    }
}

/// The files of a call. An edit that changes a caption only, or nothing at all, sends none.
fn laundry_items(call: &Call) -> Vec<&OutMedia> {
    match call {
        Call::Send { payload: Payload::Media(media), .. } => vec![media],
        Call::Edit { payload: Payload::Media(media), .. } if is_edited_by_file(media.kind) => vec![media],
        Call::SendAlbum { items, .. } => items.iter().collect(),
        _ => Vec::new(),
    }
}

fn is_edited_by_file(kind: MediaKind) -> bool {
    !matches!(kind, MediaKind::Voice | MediaKind::VideoNote | MediaKind::Sticker)
}

/// Those of them that must be laundered.
fn laundry_of(call: &Call) -> Vec<&OutMedia> {
    laundry_items(call).into_iter().filter(|item| item.launder.is_some()).collect()
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

/// The handle of the copy that a call made: of its message, or of its `i`th one.
fn copy_made(kind: MediaKind, answered: &Answered, i: usize) -> Option<String> {
    let result: serde_json::Value = serde_json::from_str(&answered.result).ok()?;
    let message = if result.is_array() { result.get(i)? } else { &result };
    message.get(kind.field())?.get("file_id")?.as_str().map(str::to_owned)
}

/// JSON of plain data, which does not fail.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
