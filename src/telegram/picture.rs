//! Pictures of the bot's own: uploaded, or sent by the handle that the first upload gave.

use super::body::keyboard;
use nameless_actors::ports::{CopyStore, SendError, StoreError};
use nameless_domain::outgoing::{Call, InlineKeyboard, KeptPicture, Outgoing, Picture};
use reqwest::multipart::{Form, Part};
use std::sync::Arc;
use std::time::Duration;

/// How long the store may take to read one, which is large.
const READ: Duration = Duration::from_secs(5);

/// The picture of the store's that a call shows, if it shows one.
pub(super) fn kept(call: &Call) -> Option<&KeptPicture> {
    match call {
        Call::Picture { picture: Picture::Kept(kept), .. } => Some(kept),
        _ => None,
    }
}

/// The same call by a handle.
pub(super) fn by_handle(out: &Outgoing, handle: String) -> Option<Outgoing> {
    let Call::Picture { html, keyboard, .. } = &out.call else { return None };
    let (picture, html, keyboard) = (Picture::Handle(handle), html.clone(), keyboard.clone());
    Some(Outgoing { chat: out.chat, call: Call::Picture { picture, html, keyboard } })
}

/// The method and the form of one that is uploaded. Of one that is gone since, what stands below it
/// is told alone.
pub(super) async fn fill(
    store: Option<&Arc<dyn CopyStore>>,
    form: Form,
    picture: &Picture,
    (html, rows): (&str, &InlineKeyboard),
) -> Result<(&'static str, Form), SendError> {
    let bytes = match (picture, store) {
        (Picture::Bytes(bytes), _) => Some(bytes.to_vec()),
        (Picture::Kept(kept), Some(store)) => read(&**store, kept).await?,
        (Picture::Kept(_) | Picture::Handle(_), _) => None,
    };
    let form = form.text("parse_mode", "HTML");
    let (method, mut form) = match bytes {
        Some(bytes) => {
            let part = Part::bytes(bytes).file_name("picture.png");
            ("sendPhoto", form.part("photo", part).text("caption", html.to_owned()))
        }
        None => ("sendMessage", form.text("text", html.to_owned())),
    };
    if !rows.is_empty() {
        form = form.text("reply_markup", serde_json::to_string(&keyboard(rows)).unwrap_or_default());
    }
    Ok((method, form))
}

async fn read(store: &dyn CopyStore, kept: &KeptPicture) -> Result<Option<Vec<u8>>, SendError> {
    match tokio::time::timeout(READ, store.picture(kept.clone())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // What does not open never will.
        Ok(Err(StoreError::Refused(cause))) => {
            tracing::error!(cause, "a picture of the store's cannot be read");
            Ok(None)
        }
        Ok(Err(StoreError::Unavailable(_))) => Err(SendError::Passing("the store is away".into())),
        Err(_) => Err(SendError::Passing("the store is slow".into())),
    }
}
