//! The bot itself, reactions, answers to presses, files.

use serde_json::{Value, json};

use super::post::{in_chat, target};
use super::{Answer, ApiError, Call};
use crate::events::{CallbackAnswer, ChatEvent};
use crate::limits::{DOWNLOAD_BYTES, Violation};
use crate::state::files::Viewer;
use crate::state::lock;

pub(crate) fn get_me(call: &Call<'_>) -> Answer {
    let mut me = call.bot.user();
    for (key, value) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[key] = value.into();
    }
    Ok(me.to_string())
}

pub(crate) fn accept(_: &Call<'_>) -> Answer {
    Ok("true".into())
}

/// Emoji that Telegram takes as reactions.
const REACTIONS: &str = "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳❤‍🔥🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👨‍💻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷‍♂🤷🤷‍♀😡";

pub(crate) fn set_message_reaction(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let id = call.params.int("message_id").unwrap_or(0);
    let reactions = call.params.list("reaction")?;
    if reactions.len() > 1 {
        call.world.counters.violations.count(Violation::Reactions);
        return Err(ApiError::bad("REACTIONS_TOO_MANY"));
    }
    for reaction in &reactions {
        let emoji = reaction.get("emoji").and_then(Value::as_str).unwrap_or_default();
        let plain = emoji.trim_end_matches('\u{fe0f}');
        if plain.is_empty() || !REACTIONS.contains(plain) {
            return Err(ApiError::bad("REACTION_INVALID"));
        }
    }
    in_chat(call, &peer, 0, |_, chat| {
        let id = chat.find(id).map(|r| r.id).ok_or_else(|| ApiError::bad("message to react not found"))?;
        let json = (!reactions.is_empty()).then(|| Value::from(reactions.clone()).to_string().into());
        chat.change(
            id,
            |record| record.bot_reactions = json,
            |record| ChatEvent::ReactionChanged { message_id: record.id, by_bot: true, reactions },
        );
        Ok(())
    })?;
    Ok("true".into())
}

/// Seconds for which a press can be answered.
const ANSWER_SECONDS: i64 = 600;

pub(crate) fn answer_callback_query(call: &Call<'_>) -> Answer {
    let id = call.params.text("callback_query_id").unwrap_or_default().into_owned();
    let press = lock(&call.bot.callbacks).answer(&id);
    let Some(press) = press.filter(|p| call.world.now() - p.at <= ANSWER_SECONDS) else {
        call.world.counters.violations.count(Violation::CallbackAnswer);
        return Err(ApiError::bad("query is too old and response timeout expired or query ID is invalid"));
    };
    let given = |key: &str| call.params.text(key).map(|t| t.into_owned()).filter(|t| !t.is_empty());
    let answer = CallbackAnswer {
        callback_query_id: id,
        text: given("text"),
        show_alert: call.params.flag("show_alert"),
        url: given("url"),
    };
    if answer.text.as_ref().is_some_and(|t| t.chars().count() > 200) {
        return Err(ApiError::bad("MESSAGE_TOO_LONG"));
    }
    if let Some(peer) = call.world.peer(press.user) {
        let make = || call.world.new_chat(call.bot);
        peer.with_chat(call.bot.index, make, |_, chat| chat.remember_answer(answer));
        peer.wake.notify_waiters();
    }
    Ok("true".into())
}

pub(crate) fn send_chat_action(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let action = call.params.text("action").unwrap_or_default().into_owned();
    const ACTIONS: &str = " typing upload_photo record_video upload_video record_voice upload_voice upload_document \
                           choose_sticker find_location record_video_note upload_video_note ";
    if action.is_empty() || !ACTIONS.contains(&format!(" {action} ")) {
        return Err(ApiError::bad("wrong parameter action in request"));
    }
    in_chat(call, &peer, 0, |_, chat| {
        chat.emit(|| ChatEvent::ChatAction { action });
        Ok(())
    })?;
    Ok("true".into())
}

/// <https://core.telegram.org/bots/api#sendmessagedraft>
pub(crate) fn send_message_draft(call: &Call<'_>) -> Answer {
    let peer = target(call, "chat_id")?;
    let text = call.params.text("text").unwrap_or_default().into_owned();
    let id = call.params.number("draft_id").and_then(|id| id.as_i64()).unwrap_or_default();
    if id == 0 {
        return Err(ApiError::bad("wrong parameter draft_id in request"));
    }
    if text.encode_utf16().count() > 4_096 {
        return Err(ApiError::bad("message is too long"));
    }
    in_chat(call, &peer, 0, |_, chat| {
        chat.emit(|| ChatEvent::Draft { text });
        Ok(())
    })?;
    Ok("true".into())
}

pub(crate) fn get_file(call: &Call<'_>) -> Answer {
    let id = call.params.text("file_id").unwrap_or_default();
    let viewer = Viewer::Bot(call.bot.index);
    let file = call.world.files.find(&id, viewer).ok_or_else(|| ApiError::bad("invalid file_id"))?;
    if file.bytes.len() > DOWNLOAD_BYTES {
        call.world.counters.violations.count(Violation::FileSize);
        return Err(ApiError::bad("file is too big"));
    }
    let answer = json!({
        "file_id": id, "file_unique_id": file.unique_id(0), "file_size": file.bytes.len(), "file_path": file.path(),
    });
    Ok(answer.to_string())
}

/// Values that a bot may set about itself, per kind, scope and language: a bound against hostile
/// bots.
const MAX_VALUES: usize = 2000;

fn place(call: &Call<'_>, kind: &str) -> Result<(String, String), ApiError> {
    let scope = call.params.json("scope")?.map_or_else(|| "{\"type\":\"default\"}".into(), |s| s.to_string());
    let language = call.params.text("language_code").unwrap_or_default();
    Ok((kind.to_owned(), format!("{scope}/{language}")))
}

fn set(call: &Call<'_>, kind: &str, value: Option<Value>) -> Answer {
    let key = place(call, kind)?;
    let values = &mut lock(&call.bot.profile).values;
    match value {
        None => drop(values.remove(&key)),
        Some(_) if values.len() >= MAX_VALUES && !values.contains_key(&key) => {
            return Err(ApiError::bad("too many values"));
        }
        Some(value) => drop(values.insert(key, value)),
    }
    Ok("true".into())
}

fn get(call: &Call<'_>, kind: &str, absent: Value) -> Answer {
    let key = place(call, kind)?;
    let profile = lock(&call.bot.profile);
    Ok(profile.values.get(&key).unwrap_or(&absent).to_string())
}

pub(crate) fn set_my_commands(call: &Call<'_>) -> Answer {
    let commands = call.params.list("commands")?;
    if commands.len() > 100 {
        return Err(ApiError::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    for command in &commands {
        let text = |key: &str| command.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = text("command").trim_start_matches('/');
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(legal) {
            return Err(ApiError::bad("BOT_COMMAND_INVALID"));
        }
        if !(1..=256).contains(&text("description").chars().count()) {
            return Err(ApiError::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
    }
    set(call, "commands", Some(commands.into()))
}

pub(crate) fn get_my_commands(call: &Call<'_>) -> Answer {
    get(call, "commands", json!([]))
}

pub(crate) fn delete_my_commands(call: &Call<'_>) -> Answer {
    set(call, "commands", None)
}

fn set_text(call: &Call<'_>, kind: &str, limit: usize) -> Answer {
    let text = call.params.text(kind).unwrap_or_default().into_owned();
    if text.chars().count() > limit {
        return Err(ApiError::bad(format_args!("{kind} is too long")));
    }
    set(call, kind, Some(json!({ kind: text })))
}

pub(crate) fn set_my_name(call: &Call<'_>) -> Answer {
    let done = set_text(call, "name", 64)?;
    if call.params.text("language_code").is_none_or(|l| l.is_empty()) {
        call.bot.rename(call.params.text("name").as_deref().filter(|n| !n.is_empty()));
    }
    Ok(done)
}

pub(crate) fn get_my_name(call: &Call<'_>) -> Answer {
    get(call, "name", json!({"name": call.bot.user()["first_name"]}))
}

pub(crate) fn set_my_description(call: &Call<'_>) -> Answer {
    set_text(call, "description", 512)
}

pub(crate) fn get_my_description(call: &Call<'_>) -> Answer {
    get(call, "description", json!({"description": ""}))
}

pub(crate) fn set_my_short_description(call: &Call<'_>) -> Answer {
    set_text(call, "short_description", 120)
}

pub(crate) fn get_my_short_description(call: &Call<'_>) -> Answer {
    get(call, "short_description", json!({"short_description": ""}))
}

fn menu_kind(call: &Call<'_>) -> String {
    format!("menu_button {}", call.params.int("chat_id").unwrap_or(0))
}

pub(crate) fn set_chat_menu_button(call: &Call<'_>) -> Answer {
    let button = call.params.json("menu_button")?.map(|b| b.into_owned());
    set(call, &menu_kind(call), button)
}

pub(crate) fn get_chat_menu_button(call: &Call<'_>) -> Answer {
    get(call, &menu_kind(call), json!({"type": "default"}))
}
