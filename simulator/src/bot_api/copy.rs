//! Copying and forwarding.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::post::{Content, Options, in_chat, post, read_text, target};
use super::{Answer, ApiError, Call};
use crate::state::peer::Peer;

/// What of a message is its content; everything else is about who sent it, when and in answer to
/// what.
const CONTENT: [&str; 22] = [
    "text",
    "entities",
    "caption",
    "caption_entities",
    "photo",
    "video",
    "animation",
    "document",
    "audio",
    "voice",
    "video_note",
    "sticker",
    "dice",
    "contact",
    "location",
    "venue",
    "poll",
    "story",
    "has_media_spoiler",
    "show_caption_above_media",
    "link_preview_options",
    "media_group_id",
];

/// A message to be copied, or why it cannot be.
fn source(call: &Call<'_>, peer: &Peer, id: i64, verb: &str) -> Result<(Content, Content), ApiError> {
    let gone = || ApiError::bad(format_args!("message to {verb} not found"));
    let object = peer.with_chat(
        call.bot.index,
        || call.world.new_chat(call.bot),
        |_, chat| chat.find(id).map(|record| record.object()).ok_or_else(gone),
    )?;
    if object.get("has_protected_content").and_then(Value::as_bool) == Some(true) {
        return Err(ApiError::bad(format_args!(
            "message can't be {}",
            if verb == "copy" { "copied" } else { "forwarded" }
        )));
    }
    let content: Content =
        CONTENT.iter().filter_map(|key| Some(((*key).to_owned(), object.get(*key)?.clone()))).collect();
    let poll_only = content.contains_key("poll") && verb == "copy";
    if content.keys().all(|k| k == "media_group_id") || poll_only {
        return Err(ApiError::bad("message can't be copied"));
    }
    Ok((object, content))
}

pub(crate) fn copy_message(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let from = target(call, "from_chat_id")?;
    let (_, mut content) = source(call, &from, call.params.int("message_id").unwrap_or(0), "copy")?;
    content.remove("media_group_id");
    if call.params.text("caption").is_some() && !content.contains_key("text") {
        content.remove("caption");
        content.remove("caption_entities");
        read_text(call, "caption", &mut content)?;
    }
    let options = Options::read(call)?;
    let sent = post(call, &peer, vec![content], &options)?;
    let id = sent.first().map_or(0, |s| s.0);
    Ok(json!({"message_id": id}).to_string())
}

pub(crate) fn copy_messages(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let from = target(call, "from_chat_id")?;
    let ids: Vec<i64> = call.params.list("message_ids")?.iter().filter_map(Value::as_i64).collect();
    if !(1..=100).contains(&ids.len()) || !ids.is_sorted_by(|a, b| a < b) {
        return Err(ApiError::bad(
            "message identifiers must be in a strictly increasing order, 1-100 of them",
        ));
    }
    let mut groups: FxHashMap<String, String> = FxHashMap::default();
    let mut messages = Vec::new();
    for id in ids {
        // What cannot be copied is skipped silently.
        let Ok((_, mut content)) = source(call, &from, id, "copy") else { continue };
        if let Some(old) = content.get("media_group_id").and_then(Value::as_str) {
            let new = groups.entry(old.to_owned());
            let new =
                new.or_insert_with(|| (13_800_000_000_000_u64 + call.world.serial()).to_string()).clone();
            content.insert("media_group_id".into(), new.into());
        }
        if call.params.flag("remove_caption") {
            content.remove("caption");
            content.remove("caption_entities");
        }
        messages.push(content);
    }
    if messages.is_empty() {
        return Err(ApiError::bad("there are no messages to copy"));
    }
    let options = Options::read(call)?;
    let sent = post(call, &peer, messages, &options)?;
    let ids: Vec<Value> = sent.iter().map(|(id, _)| json!({"message_id": id})).collect();
    Ok(Value::from(ids).to_string())
}

pub(crate) fn forward_message(call: &Call<'_>) -> Answer {
    let peer: Arc<Peer> = target(call, "chat_id")?;
    let from = target(call, "from_chat_id")?;
    let (object, mut content) = source(call, &from, call.params.int("message_id").unwrap_or(0), "forward")?;
    content.remove("media_group_id");
    let origin = object.get("forward_origin").cloned().unwrap_or_else(
        || json!({"type": "user", "sender_user": object.get("from"), "date": object.get("date")}),
    );
    content.insert("forward_origin".into(), origin);
    // Reachable first: a refusal must name the chat, not the options.
    in_chat(call, &peer, 0, |_, _| Ok(()))?;
    let sent = post(call, &peer, vec![content], &Options::read(call)?)?;
    Ok(sent.into_iter().map(|(_, raw)| String::from(&*raw)).collect())
}
