//! Files that tell of their owner by their name are not sent again by their handle, which would show it: they are
//! read and uploaded under a neutral name.
//!
//! What is inside a film or a sound is taken out on the way, see `inside`; the author field of a document stays. Users are
//! told so. Telegram measures an uploaded video anew; clients may show it without a length until it is opened.

use super::answer::{self, Answered};
use super::body::{
    Entities, InputMedia, NEUTRAL_TAGS, ReplyTo, is_replaceable, quote, send_method, stands_above,
    stays_document,
};
use super::client::Client;
use super::copies::Copies;
use super::inside;
use nameless_actors::ports::{SendError, Sent};
use nameless_domain::ids::{ChatId, MessageId};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::content::{Manner, MediaKind, OutMedia, Payload};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Laundered files remembered.
const REMEMBERED: usize = 10_000;
/// Calls with files under way at a time: at most so many times [`UPLOAD_BYTES`] of memory.
const AT_A_TIME: usize = 4;
/// How long a call waits for others to finish; it is tried again later then.
const PATIENCE: Duration = Duration::from_secs(30);
/// What Telegram takes in one request (<https://core.telegram.org/bots/api#sending-files>).
const UPLOAD_BYTES: usize = 50_000_000;
/// Reading and uploading 20 MB over a slow line.
pub(super) const TRANSFER: Duration = Duration::from_secs(120);

/// Remembers and bounds laundering.
pub(super) struct Laundry {
    copies: Mutex<Copies>,
    room: Semaphore,
}

/// A form ready to be posted, and the method it is for.
pub(super) struct Laundered<'a> {
    method: &'static str,
    form: Form,
    /// Held until the files have left memory.
    _room: SemaphorePermit<'a>,
}

impl Laundry {
    pub(super) fn new() -> Laundry {
        Laundry { copies: Mutex::new(Copies::new(REMEMBERED)), room: Semaphore::new(AT_A_TIME) }
    }

    /// Whether a call takes more than a body of JSON, or other files than it names.
    pub(super) fn concerns(call: &Call) -> bool {
        matches!(call, Call::SendFile { .. }) || files(call).iter().any(|file| file.launder.is_some())
    }

    /// The call with remembered copies in place of files that must be laundered; none if there are no such files.
    pub(super) fn known(&self, out: &Outgoing) -> Option<Outgoing> {
        if !files(&out.call).iter().any(|file| file.launder.is_some()) {
            return None;
        }
        let mut out = out.clone();
        for file in files_mut(&mut out.call).iter_mut().filter(|file| file.launder.is_some()) {
            if let Some(copy) = self.copies().get(&file.unique_id) {
                file.file_id = copy;
            }
        }
        Some(out)
    }

    /// Forgets the copies that a call was made with, as Telegram refused one of them.
    pub(super) fn forget(&self, out: &Outgoing) {
        files(&out.call).iter().for_each(|file| self.copies().remove(&file.unique_id));
    }

    /// The form for a call that needs one: bytes of the bot's own, or files that must be laundered and have not
    /// been before.
    pub(super) async fn form_for(
        &self,
        client: &Client,
        out: &Outgoing,
    ) -> Result<Option<Laundered<'_>>, SendError> {
        let needs_form = match &out.call {
            Call::SendFile { .. } => true,
            // Of a voice message only the caption can be changed, of the others nothing.
            Call::Edit { payload: Payload::Media(media), .. } if !is_replaceable(media.kind) => false,
            call => files(call).iter().any(|file| self.must_upload(file)),
        };
        if !needs_form {
            return Ok(None);
        }
        let room = tokio::time::timeout(PATIENCE, self.room.acquire()).await;
        let Ok(Ok(room)) = room else { return Err(SendError::Unsent("too many files under way".into())) };
        let (method, form) = self.fill(client, out).await?;
        Ok(Some(Laundered { method, form, _room: room }))
    }

    async fn fill(&self, client: &Client, out: &Outgoing) -> Result<(&'static str, Form), SendError> {
        let ChatId(chat) = out.chat;
        let form = Form::new().text("chat_id", chat.to_string());
        match &out.call {
            Call::Send { payload: Payload::Media(media), reply_to, manner } => {
                let form = form.part(media.kind.field(), self.part(client, media, &mut 0).await?);
                let form = replying(described(form, media), *reply_to, manner.as_deref());
                Ok((send_method(&Payload::Media(media.clone())), form))
            }
            Call::SendAlbum { items, reply_to } => {
                let (form, handles) = self.attach(client, form, items).await?;
                let media: Vec<_> =
                    items.iter().zip(&handles).map(|(item, file)| InputMedia::new(item, file)).collect();
                Ok(("sendMediaGroup", replying(form.text("media", json(&media)), *reply_to, None)))
            }
            Call::Edit { message: MessageId(message), payload: Payload::Media(media) } => {
                let (form, handles) = self.attach(client, form, std::slice::from_ref(media)).await?;
                let file = handles.first().map_or("", String::as_str);
                let form = form.text("message_id", message.to_string());
                Ok(("editMessageMedia", form.text("media", json(&InputMedia::new(media, file)))))
            }
            Call::SendFile { name, bytes } => {
                let part = Part::bytes(bytes.clone()).file_name(name.clone());
                Ok(("sendDocument", form.part("document", part)))
            }
            _ => Err(SendError::Refused("this call has no files".into())),
        }
    }

    /// Attaches what must be uploaded; says how the request names each file.
    async fn attach(
        &self,
        client: &Client,
        mut form: Form,
        items: &[OutMedia],
    ) -> Result<(Form, Vec<String>), SendError> {
        let (mut handles, mut bytes) = (Vec::with_capacity(items.len()), 0);
        for (i, item) in items.iter().enumerate() {
            let copy = item.launder.as_ref().and_then(|_| self.copies().get(&item.unique_id));
            handles.push(match (&item.launder, copy) {
                (None, _) => item.file_id.clone(),
                (Some(_), Some(copy)) => copy,
                (Some(_), None) => {
                    let name = format!("file{i}");
                    form = form.part(name.clone(), self.part(client, item, &mut bytes).await?);
                    format!("attach://{name}")
                }
            });
        }
        Ok((form, handles))
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
            self.remember(&files(&out.call), answered);
        }
        answer::tolerate(&out.call, answered)
    }

    /// The file, read and under its neutral name; `bytes` counts those of the whole request.
    async fn part(&self, client: &Client, media: &OutMedia, bytes: &mut usize) -> Result<Part, SendError> {
        let name = media.launder.clone().unwrap_or_else(|| "file.bin".into());
        let mut file = client.download(&media.file_id).await?;
        *bytes += file.len();
        if *bytes > UPLOAD_BYTES {
            return Err(SendError::TooLarge);
        }
        file = inside::clean(media.kind, file).map_err(SendError::NotPassed)?;
        Ok(Part::bytes(file).file_name(name))
    }

    fn must_upload(&self, file: &OutMedia) -> bool {
        file.launder.is_some() && self.copies().get(&file.unique_id).is_none()
    }

    fn remember(&self, files: &[&OutMedia], answered: &Answered) {
        if files.is_empty() {
            return;
        }
        let Ok(result) = serde_json::from_str::<Value>(&answered.result) else { return };
        let messages = result.as_array().map_or(std::slice::from_ref(&result), Vec::as_slice);
        if messages.len() != files.len() {
            return;
        }
        for (file, message) in files.iter().zip(messages).filter(|(file, _)| file.launder.is_some()) {
            if let Some(copy) = handle_in(message, file.kind) {
                self.copies().insert(&file.unique_id, copy);
            }
        }
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Caption, spoiler and tags of a file sent by itself.
fn described(mut form: Form, media: &OutMedia) -> Form {
    if media.kind.has_caption() && !media.caption.text.is_empty() {
        form = form.text("caption", media.caption.text.clone());
        form = form.text("caption_entities", json(&Entities(&media.caption.entities)));
    }
    if media.spoiler && media.kind.behind_spoiler() {
        form = form.text("has_spoiler", "true");
    }
    if stands_above(media) {
        form = form.text("show_caption_above_media", "true");
    }
    if stays_document(media) {
        form = form.text("disable_content_type_detection", "true");
    }
    if media.kind == MediaKind::Audio {
        let (title, performer) = NEUTRAL_TAGS;
        form = form.text("title", title).text("performer", performer);
    }
    form
}

fn replying(form: Form, to: Option<MessageId>, manner: Option<&Manner>) -> Form {
    let form = match manner.and_then(|manner| manner.effect) {
        Some(effect) => form.text("message_effect_id", effect),
        None => form,
    };
    match to {
        Some(id) => form.text("reply_parameters", json(&ReplyTo::new(id, quote(manner)))),
        None => form,
    }
}

/// The files of a call, in order.
fn files(call: &Call) -> Vec<&OutMedia> {
    match call {
        Call::Send { payload: Payload::Media(media), .. }
        | Call::Edit { payload: Payload::Media(media), .. } => vec![media],
        Call::SendAlbum { items, .. } => items.iter().collect(),
        _ => Vec::new(),
    }
}

fn files_mut(call: &mut Call) -> Vec<&mut OutMedia> {
    match call {
        Call::Send { payload: Payload::Media(media), .. }
        | Call::Edit { payload: Payload::Media(media), .. } => vec![media],
        Call::SendAlbum { items, .. } => items.iter_mut().collect(),
        _ => Vec::new(),
    }
}

/// The handle of the file in a message that Telegram made. Only one of the same kind: the type of a handle cannot
/// change when it is sent again.
fn handle_in(message: &Value, kind: MediaKind) -> Option<String> {
    let file = message.get(kind.field())?;
    // A photo comes in sizes, ascending.
    let file = file.as_array().map_or(Some(file), |sizes| sizes.last())?;
    file.get("file_id")?.as_str().map(str::to_owned)
}

/// JSON of plain data, which does not fail.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
