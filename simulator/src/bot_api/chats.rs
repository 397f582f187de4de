//! Asking about chats and leaving them.

use serde_json::{Value, json};

use super::post::{in_chat, target};
use super::{Answer, Call};
use crate::state::channels::Membership;

pub(crate) fn get_chat(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let mut chat: Value = peer.with_identity(|i| serde_json::from_str(&i.chat)).unwrap_or(Value::Null);
    chat["accent_color_id"] = 0.into();
    chat["max_reaction_count"] = 11.into();
    chat["accepted_gift_types"] = json!({
        "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true, "premium_subscription": true,
        "gifts_from_channels": true,
    });
    Ok(chat.to_string())
}

pub(crate) fn get_chat_member(call: &Call<'_>) -> Answer {
    let channel = call.params.text("chat_id");
    let asked = call.params.int("user_id").unwrap_or(0);
    let known = channel.and_then(|name| call.world.channels.of(&name, asked));
    if let Some(known) = known {
        // https://core.telegram.org/bots/api#getchatmember: only administrators are told of others.
        let status = match known {
            Membership::Member => "member",
            Membership::Left => "left",
            Membership::NotTold => return Err(super::ApiError::bad("member list is inaccessible")),
        };
        if asked == call.bot.id() {
            return Ok(json!({"user": call.bot.user(), "status": "administrator"}).to_string());
        }
        let peer = call.world.peer(asked).filter(|p| !p.is_group());
        let peer = peer.ok_or_else(|| super::ApiError::bad("PARTICIPANT_ID_INVALID"))?;
        // A bot is told nothing of somebody whom it has never heard of
        // (https://github.com/tdlib/telegram-bot-api/issues/332).
        if !peer.knows(call.bot.index) {
            return Err(super::ApiError::bad("user not found"));
        }
        return Ok(json!({"user": peer.user(), "status": status}).to_string());
    }
    target(call, "chat_id")?;
    let id = call.params.int("user_id").unwrap_or(0);
    let user = match call.world.peer(id).filter(|p| !p.is_group()) {
        Some(peer) => peer.user(),
        None if id == call.bot.id() => call.bot.user(),
        None => return Err(super::ApiError::bad("user not found")),
    };
    Ok(json!({"user": user, "status": "member"}).to_string())
}

pub(crate) fn leave_chat(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    if !peer.is_group() {
        return Err(super::ApiError::bad("chat member status can't be changed in private chats"));
    }
    in_chat(call, &peer, 0, |_, chat| {
        chat.blocked = true;
        chat.version += 1;
        Ok(())
    })?;
    Ok("true".into())
}

/// Methods whose effect nobody can see here, in a chat that must be reachable.
pub(crate) fn accept_in_chat(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    in_chat(call, &peer, 0, |_, _| Ok(()))?;
    Ok("true".into())
}
