//! Editing and deleting.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::media::input_media;
use super::post::{Content, in_chat, inline_keyboard, read_text, target};
use super::{Answer, ApiError, Call};
use crate::limits::{DELETE_SECONDS, Violation};
use crate::onlooker::Written;
use crate::state::chat::Chat;

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly \
                            the same as a current content and reply markup of the message";

/// Applies `change` to a message of the bot and the `reply_markup` of the call: without one the
/// inline keyboard goes away, as in Telegram.
fn edit(call: &Call<'_>, change: impl FnOnce(&mut Map<String, Value>) -> Result<(), ApiError>) -> Answer {
    let gone = || ApiError::bad("message to edit not found");
    if call.params.text("inline_message_id").is_some() {
        return Err(gone());
    }
    let peer = target(call, "chat_id")?;
    let id =
        call.params.int("message_id").ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    let markup = match call.params.json("reply_markup")? {
        Some(markup) => inline_keyboard(call, &markup)?,
        None => None,
    };
    in_chat(call, &peer, 1, |_, chat| {
        let record = chat.find(id).ok_or_else(gone)?;
        if !record.from_bot {
            return Err(ApiError::bad("message can't be edited"));
        }
        let record_id = record.id;
        let before = record.object();
        let mut after = before.clone();
        match markup {
            Some(markup) => after.insert("reply_markup".into(), markup),
            None => after.remove("reply_markup"),
        };
        change(&mut after)?;
        if before == after {
            return Err(ApiError::bad(NOT_MODIFIED));
        }
        after.insert("edit_date".into(), call.world.now().into());
        // A map always serialises.
        let raw: Arc<str> = serde_json::to_string(&after).unwrap_or_default().into();
        chat.edit(record_id, raw.clone());
        call.world.watch.tell(&Written {
            chat_id: peer.id,
            message_id: record_id,
            edited: true,
            content: &after,
        });
        Ok(String::from(&*raw))
    })
}

pub(crate) fn edit_text(call: &Call<'_>) -> Answer {
    let mut content = Content::new();
    read_text(call, "text", &mut content)?;
    if content.is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    let preview = call.params.json("link_preview_options")?.map(|p| p.into_owned());
    edit(call, |message| {
        if !message.contains_key("text") {
            return Err(ApiError::bad("there is no text in the message to edit"));
        }
        message.remove("entities");
        message.remove("link_preview_options");
        if let Some(preview) = preview {
            message.insert("link_preview_options".into(), preview);
        }
        message.extend(content);
        Ok(())
    })
}

pub(crate) fn edit_caption(call: &Call<'_>) -> Answer {
    let mut content = Content::new();
    read_text(call, "caption", &mut content)?;
    edit(call, |message| {
        if message.contains_key("text") {
            return Err(ApiError::bad("there is no caption in the message to edit"));
        }
        message.remove("caption");
        message.remove("caption_entities");
        message.extend(content);
        Ok(())
    })
}

pub(crate) fn edit_media(call: &Call<'_>) -> Answer {
    let media = call.params.json("media")?.ok_or_else(|| ApiError::bad("media is empty"))?;
    let (_, content) = input_media(call, &media)?;
    edit(call, |message| {
        const REPLACED: [&str; 10] = [
            "photo",
            "video",
            "animation",
            "audio",
            "document",
            "caption",
            "caption_entities",
            "has_media_spoiler",
            "show_caption_above_media",
            "text",
        ];
        REPLACED.iter().for_each(|key| drop(message.remove(*key)));
        message.extend(content);
        Ok(())
    })
}

pub(crate) fn edit_reply_markup(call: &Call<'_>) -> Answer {
    edit(call, |_| Ok(()))
}

/// Deletes one message; its age and existence are checked.
fn delete(call: &Call<'_>, chat: &mut Chat, id: i64) -> Result<(), ApiError> {
    let record = chat.find(id).ok_or_else(|| ApiError::bad("message to delete not found"))?;
    if call.world.now() - record.date > DELETE_SECONDS {
        call.world.counters.violations.count(Violation::DeleteAge);
        return Err(ApiError::bad("message can't be deleted for everyone"));
    }
    let id = record.id;
    chat.delete(id);
    Ok(())
}

pub(crate) fn delete_message(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let id =
        call.params.int("message_id").ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    in_chat(call, &peer, 0, |_, chat| delete(call, chat, id))?;
    Ok("true".into())
}

pub(crate) fn delete_messages(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let ids: Vec<i64> = call.params.list("message_ids")?.iter().filter_map(Value::as_i64).collect();
    if !(1..=100).contains(&ids.len()) {
        return Err(ApiError::bad("1-100 message identifiers must be specified"));
    }
    in_chat(call, &peer, 0, |_, chat| {
        for id in ids {
            // Messages that cannot be found are skipped; one that is too old fails the call.
            if chat.find(id).is_some() {
                delete(call, chat, id)?;
            }
        }
        Ok(())
    })?;
    Ok("true".into())
}
