//! Files that tell of their owner by their name are not sent again by their handle, which would
//! show it: they are read and uploaded under a neutral name. So are files of another bot of the
//! operator's, whose handles are good for that one only.
//!
//! A picture that the store has is uploaded in the same way: once, then its handle stands for it.
//!
//! What is inside a film or a sound is taken out on the way, see `inside`; the author field of a
//! document stays. Users are told so. Telegram measures an uploaded video anew; clients may show it
//! without a length until it is opened.

use super::answer::{self, Answered};
use super::body::{
    Entities, InputMedia, NEUTRAL_TAGS, ReplyTo, is_replaceable, quote, send_method, stands_above,
    stays_document,
};
use super::cleaning::Cleaning;
use super::client::Client;
use super::copies::Copies;
use super::handle;
use super::named;
use super::neutral;
use super::picture;
use nameless_actors::kernel::lock;
use nameless_actors::ports::{CopyStore, SendError, Sent};
use nameless_domain::ids::{BotId, MessageId};
use nameless_domain::outbox::SMALL_BYTES;
use nameless_domain::outgoing::{Call, KeptPicture, Outgoing, Picture};
use nameless_domain::relay::content::{Manner, MediaKind, OutMedia, Payload};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Laundered files remembered in memory.
const REMEMBERED: usize = 10_000;
/// What Telegram takes in one request (<https://core.telegram.org/bots/api#sending-files>).
const UPLOAD_BYTES: usize = 50_000_000;
/// How long the bytes of one call may take, there and back each: of some kilobytes, and of
/// megabytes over a slow line.
const TRANSFER: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(120));
/// How long the store is asked for a copy, and told of one: making another costs less than waiting.
const ASK: Duration = Duration::from_millis(500);
/// Copies on their way to the store; more are made again by the next process.
const TELLING: usize = 64;

/// Remembers laundering. What is uploaded at a time, and waits to be, the outbox bounds.
pub(super) struct Laundry {
    copies: Mutex<Copies>,
    bot: i64,
    place: BotId,
    store: Option<Arc<dyn CopyStore>>,
    telling: Arc<Semaphore>,
    cleaning: Cleaning,
}

impl Laundry {
    /// For one bot: the handles are good for nobody else. Without a store nothing is remembered
    /// beyond this process.
    pub(super) fn new(bot: i64, place: BotId, store: Option<Arc<dyn CopyStore>>) -> Laundry {
        let telling = Arc::new(Semaphore::new(TELLING));
        let copies = Mutex::new(Copies::new(REMEMBERED));
        Laundry { copies, bot, place, store, telling, cleaning: Cleaning::new() }
    }

    /// Whether a call takes more than a body of JSON, or other files than it names.
    pub(super) fn concerns(&self, call: &Call) -> bool {
        match call {
            Call::SendFile { .. } | Call::Picture { .. } => true,
            call => files(call).into_iter().any(|file| self.replaces(file)),
        }
    }

    /// Whether a file is not sent by its own handle.
    fn replaces(&self, file: &OutMedia) -> bool {
        file.launder.is_some() || self.is_anothers(file)
    }

    /// Whether a file is another bot's.
    fn is_anothers(&self, file: &OutMedia) -> bool {
        handle::read(&file.file_id).0 != self.place
    }

    /// Whether a call must be uploaded, as far as memory knows.
    pub(super) fn uploads(&self, call: &Call) -> bool {
        match call {
            Call::SendFile { .. } | Call::Picture { picture: Picture::Bytes(_), .. } => true,
            Call::Picture { picture: Picture::Kept(kept), .. } => self.copies().get(&kept.name).is_none(),
            // Of a voice message only the caption can be changed, of the others nothing.
            Call::Edit { payload: Payload::Media(media), .. } if !is_replaceable(media.kind) => false,
            call => files(call).iter().any(|file| self.must_upload(file)),
        }
    }

    /// Asks the store for copies that this process has not made.
    pub(super) async fn recall(&self, out: &Outgoing) {
        let Some(store) = self.store.as_ref().filter(|_| self.uploads(&out.call)) else { return };
        let ask = async {
            if let Some(KeptPicture { name, .. }) = picture::kept(&out.call)
                && let Ok(Some(copy)) = store.copy(self.bot, name.clone()).await
            {
                self.copies().insert(name, copy);
            }
            for file in files(&out.call).into_iter().filter(|file| self.must_upload(file)) {
                match store.copy(self.bot, file.unique_id.clone()).await {
                    Ok(Some(copy)) => self.copies().insert(&file.unique_id, copy),
                    Ok(None) => {}
                    Err(_) => return,
                }
            }
        };
        let _ = tokio::time::timeout(ASK, ask).await;
    }

    /// The call with remembered copies in place of files that must be laundered; none if there are
    /// no such files.
    pub(super) fn known(&self, out: &Outgoing) -> Option<Outgoing> {
        if let Some(kept) = picture::kept(&out.call) {
            let handle = self.copies().get(&kept.name)?;
            return picture::by_handle(out, handle);
        }
        if !files(&out.call).into_iter().any(|file| self.replaces(file)) {
            return None;
        }
        let mut out = out.clone();
        for file in files_mut(&mut out.call).into_iter().filter(|file| self.replaces(file)) {
            if let Some(copy) = self.copies().get(&file.unique_id) {
                // As its own handles are known here.
                file.file_id = handle::of(self.place, copy);
            }
        }
        Some(out)
    }

    /// An album without the photos of bots that are no longer run, of which there is no copy
    /// either; none if it has no such photo, or no other.
    pub(super) fn without_lost(&self, all: &Client, out: &Outgoing) -> Option<Outgoing> {
        let Call::Method(own) = &out.call else { return None };
        let is_there =
            |file: &OutMedia| !self.must_upload(file) || all.at(handle::read(&file.file_id).0).is_some();
        if own.files.len() < 2 || own.files.iter().all(is_there) {
            return None;
        }
        let call = Call::Method(Box::new(named::only(own, is_there)?));
        Some(Outgoing { chat: out.chat, call })
    }

    /// Forgets the copies that a call was made with, as Telegram refused one of them.
    pub(super) async fn forget(&self, out: &Outgoing) {
        let files = files(&out.call);
        let names: Vec<&String> = match picture::kept(&out.call) {
            Some(kept) => vec![&kept.name],
            None => files.iter().filter(|file| self.replaces(file)).map(|file| &file.unique_id).collect(),
        };
        files.iter().for_each(|file| self.copies().remove(&file.unique_id));
        names.iter().for_each(|name| self.copies().remove(name));
        if let Some(store) = &self.store {
            let forget = async {
                for name in names {
                    let _ = store.forget_copy(self.bot, name.clone()).await;
                }
            };
            let _ = tokio::time::timeout(ASK, forget).await;
        }
    }

    /// The method and the form for a call that needs one: bytes of the bot's own, or files that
    /// must be laundered and have not been before.
    pub(super) async fn form_for(
        &self,
        client: &Client,
        out: &Outgoing,
    ) -> Result<Option<(&'static str, Form)>, SendError> {
        match self.uploads(&out.call) {
            true => self.fill(client, out).await.map(Some),
            false => Ok(None),
        }
    }

    async fn fill(&self, client: &Client, out: &Outgoing) -> Result<(&'static str, Form), SendError> {
        let form = Form::new().text("chat_id", out.chat.telegrams().to_string());
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
            Call::Method(own) => {
                let (form, handles) = self.attach(client, form, &own.files).await?;
                Ok((own.name, named::fields(form, own, &handles)))
            }
            Call::SendFile { name, bytes } => {
                let part = Part::bytes(bytes.clone()).file_name(name.clone());
                Ok(("sendDocument", form.part("document", part)))
            }
            Call::Picture { picture, html, keyboard } => {
                picture::fill(self.store.as_ref(), form, picture, (html, keyboard)).await
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
            let replaced = self.replaces(item);
            let copy = if replaced { self.copies().get(&item.unique_id) } else { None };
            handles.push(match (replaced, copy) {
                (false, _) => handle::read(&item.file_id).1.to_owned(),
                (true, Some(copy)) => copy,
                (true, None) => {
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
        method: &'static str,
        form: Form,
    ) -> Result<Sent, SendError> {
        let answered = client.post_form(method, form, transfer(&out.call)).await;
        if let Ok(answered) = &answered {
            match picture::kept(&out.call) {
                Some(kept) => self.remember_picture(&kept.name, answered),
                None => self.remember(&files(&out.call), answered),
            }
        }
        answer::tolerate(&out.call, answered)
    }

    /// The file, read and under its neutral name; `bytes` counts those of the whole request.
    async fn part(&self, client: &Client, media: &OutMedia, bytes: &mut usize) -> Result<Part, SendError> {
        let file = match client.download(&media.file_id, transfer_of(media.size)).await {
            // Of another bot: this one is well, and its chat does not wait for that.
            Err(SendError::Unsent(why)) if why == answer::BAD_TOKEN && self.is_anothers(media) => {
                return Err(SendError::Refused("a file of a bot whose token is refused".into()));
            }
            other => other?,
        };
        let name = media.launder.clone().unwrap_or_else(|| neutral::name(media.kind, &file).to_owned());
        *bytes += file.len();
        if *bytes > UPLOAD_BYTES {
            return Err(SendError::TooLarge);
        }
        Ok(Part::bytes(self.cleaning.clean(media.kind, file).await?).file_name(name))
    }

    fn must_upload(&self, file: &OutMedia) -> bool {
        self.replaces(file) && self.copies().get(&file.unique_id).is_none()
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
        for (file, message) in files.iter().zip(messages).filter(|(file, _)| self.replaces(file)) {
            if let Some(copy) = handle_in(message, file.kind) {
                self.tell_store(file.unique_id.clone(), copy.clone());
                self.copies().insert(&file.unique_id, copy);
            }
        }
    }

    fn remember_picture(&self, name: &str, answered: &Answered) {
        let Ok(message) = serde_json::from_str::<Value>(&answered.result) else { return };
        if let Some(copy) = handle_in(&message, MediaKind::Photo) {
            self.tell_store(name.to_owned(), copy.clone());
            self.copies().insert(name, copy);
        }
    }

    /// Beside the call, which does not wait for it.
    fn tell_store(&self, original: String, copy: String) {
        let Some(store) = self.store.clone() else { return };
        let Ok(place) = self.telling.clone().try_acquire_owned() else { return };
        let bot = self.bot;
        tokio::spawn(async move {
            if let Err(cause) = store.keep_copy(bot, original, copy).await {
                tracing::debug!(%cause, "a laundered copy is remembered by this process only");
            }
            drop(place);
        });
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        lock(&self.copies)
    }
}

/// How long a call's bytes may take one way.
fn transfer(call: &Call) -> Duration {
    match call {
        Call::Send { payload: Payload::Media(media), .. } => transfer_of(media.size),
        _ => TRANSFER.1,
    }
}

fn transfer_of(size: Option<u64>) -> Duration {
    if size.is_some_and(|bytes| bytes <= SMALL_BYTES) { TRANSFER.0 } else { TRANSFER.1 }
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
        Call::Method(own) => own.files.iter().collect(),
        _ => Vec::new(),
    }
}

fn files_mut(call: &mut Call) -> Vec<&mut OutMedia> {
    match call {
        Call::Send { payload: Payload::Media(media), .. }
        | Call::Edit { payload: Payload::Media(media), .. } => vec![media],
        Call::SendAlbum { items, .. } => items.iter_mut().collect(),
        Call::Method(own) => own.files.iter_mut().collect(),
        _ => Vec::new(),
    }
}

/// The handle of the file in a message that Telegram made. Only one of the same kind: the type of a
/// handle cannot change when it is sent again.
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
