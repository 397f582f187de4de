//! Reading an update that is malformed within a field.
//!
//! The usual reading is strict, and fast. What it refuses comes here: each field that cannot be
//! what it should be is left out, or put right where that is certain, and the rest is read as
//! usual. Where that loses what was said (the words, the file, the id of the message), the update
//! becomes [`Act::Unreadable`]: its sender is told, and it is kept for an operator.

use super::decode::{self, Decoded, is_user_id};
use super::wire;
use nameless_domain::update::{Act, Update};
use serde_json::{Map, Value, json};

/// Mends one kind of update in place; false if that cannot be done.
type Mend = fn(&mut Object) -> bool;

type Object = Map<String, Value>;

/// What stands for a half of a surrogate pair.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
/// Characters of a number beyond which it is nonsense.
const NUMBER: usize = 25;
/// Kinds of chats (<https://core.telegram.org/bots/api#chat>).
const CHATS: [&str; 4] = ["private", "group", "supergroup", "channel"];
/// What one value of a die can be (<https://core.telegram.org/bots/api#dice>).
const PIPS: std::ops::RangeInclusive<i64> = 1..=64;

/// Reads what the strict reading refused.
pub(super) fn read(raw: &str) -> Decoded {
    let update_id = wire::update_id(raw);
    let malformed = Decoded::Malformed { update_id };
    let (Some(id), Ok(Value::Object(mut update))) = (update_id, serde_json::from_str(&sound(raw))) else {
        return malformed;
    };
    update.insert("update_id".into(), id.into());
    let kinds: [(&str, Mend); 5] = [
        ("message", message),
        ("edited_message", message),
        ("callback_query", press),
        ("message_reaction", reaction),
        ("my_chat_member", membership),
    ];
    let mut whole = true;
    for (kind, mend) in kinds {
        match update.get_mut(kind) {
            Some(Value::Object(content)) => whole &= mend(content),
            Some(Value::Null) | None => {}
            Some(_) => return malformed,
        }
    }
    let update = Value::Object(update);
    // In a private chat, and of nobody: it is somebody's, but whose cannot be known.
    let is_unowned = |content: &Value| content["chat"]["id"] == 0 && content["chat"]["type"] == "private";
    let unowned =
        kinds.iter().any(|(kind, _)| is_unowned(&update[kind]) || is_unowned(&update[kind]["message"]));
    match serde_json::from_str::<wire::Update<'_>>(&update.to_string()).map(decode::read) {
        Ok(Decoded::Update(update)) if !whole => Decoded::Update(Update { act: Act::Unreadable, ..update }),
        Ok(Decoded::Ignored { .. }) if unowned => malformed,
        Ok(decoded) => decoded,
        Err(_) => malformed,
    }
}

/// The JSON with what no parser takes put right: escapes of half a surrogate pair, and numbers
/// beyond all bounds.
fn sound(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '"' => {
                in_string = !in_string;
                1
            }
            '\\' if in_string => match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
                (Some(_), _) => {
                    out.push(REPLACEMENT);
                    rest = &rest[6..];
                    continue;
                }
                // The backslash and what it escapes.
                (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            },
            '-' | '0'..='9' if !in_string => {
                let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
                let end = rest.find(|c| !is_of_number(c)).unwrap_or(rest.len());
                if end > NUMBER || rest[..end].contains(['e', 'E']) {
                    out.push_str("null");
                    rest = &rest[end..];
                    continue;
                }
                end
            }
            other => other.len_utf8(),
        };
        let taken = taken.min(rest.len());
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// The half of a surrogate pair that an escape at the start stands for.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
}

/// A message; false if something that was said is lost.
fn message(message: &mut Object) -> bool {
    let mut whole = id(message) & private(message, "from");
    strings(message, &["media_group_id", "effect_id"]);
    flags(message, &["show_caption_above_media", "has_media_spoiler"]);
    if message.get_mut("reply_to_message").is_some_and(|to| !to.as_object_mut().is_some_and(is_reference)) {
        // The answer passes without what it answers.
        message.remove("reply_to_message");
    }
    for (words, marks) in [("text", "entities"), ("caption", "caption_entities")] {
        if message.get(words).is_some_and(|text| !text.is_string() && !text.is_null()) {
            message.remove(words);
            whole = false;
        }
        entities(message, marks);
    }
    if let Some(quote) = message.get_mut("quote").and_then(Value::as_object_mut) {
        entities(quote, "entities");
    }
    if !message.get("quote").is_some_and(|quote| quote["text"].is_string()) {
        message.remove("quote");
    }
    if let Some(photo) = message.get_mut("photo").filter(|photo| !photo.is_null()) {
        let sizes = photo.as_array_mut();
        let left = sizes.map_or(0, |sizes| {
            sizes.retain_mut(|size| size.as_object_mut().is_some_and(file));
            sizes.len()
        });
        if left == 0 {
            message.remove("photo");
            whole = false;
        }
    }
    for kind in ["video", "animation", "audio", "document", "voice", "video_note", "sticker"] {
        let Some(value) = message.get_mut(kind).filter(|value| !value.is_null()) else { continue };
        if !value.as_object_mut().is_some_and(file) {
            message.remove(kind);
            // An animation comes with a copy of itself as a document, which is no loss.
            whole &= kind == "document" && message.contains_key("animation");
        }
    }
    if let Some(dice) = message.get_mut("dice").filter(|dice| !dice.is_null())
        && !dice.as_object_mut().is_some_and(die)
    {
        message.remove("dice");
        whole = false;
    }
    whole
}

/// The id of a message: one that cannot be read is none.
fn id(message: &mut Object) -> bool {
    let id = number(message, "message_id").filter(|id| (1..=i64::from(i32::MAX)).contains(id));
    message.insert("message_id".into(), id.unwrap_or(0).into());
    id.is_some()
}

/// A private chat and who acts in it say the same id twice: what is broken of the one is known from
/// the other. False if only who acts is known: it may have been said in a group.
fn private(object: &mut Object, actor: &str) -> bool {
    let mut from = taken(object, actor);
    strings(&mut from, &["language_code"]);
    flags(&mut from, &["is_bot"]);
    let mut chat = taken(object, "chat");
    let (user, place) = (number(&from, "id").filter(|id| is_user_id(*id)), number(&chat, "id"));
    let kind = chat.get("type").and_then(Value::as_str).filter(|kind| CHATS.contains(kind));
    let nowhere = kind.is_none() && place.is_none();
    let is_private = match kind {
        Some(kind) => kind == "private",
        None => nowhere || place == user,
    };
    let own = place.filter(|id| is_private && is_user_id(*id));
    let (user, place) = if is_private { (user.or(own), own.or(user)) } else { (user, place) };
    let kind = if is_private { "private".to_owned() } else { kind.unwrap_or_default().to_owned() };
    chat.insert("type".into(), kind.into());
    chat.insert("id".into(), place.unwrap_or(0).into());
    from.insert("id".into(), user.unwrap_or(0).into());
    object.insert("chat".into(), chat.into());
    object.insert(actor.into(), from.into());
    !nowhere
}

/// The object of this key, taken out; an empty one if it is none.
fn taken(object: &mut Object, key: &str) -> Object {
    match object.remove(key) {
        Some(Value::Object(inner)) => inner,
        _ => Object::new(),
    }
}

fn is_reference(to: &mut Object) -> bool {
    to.remove("date");
    let is_placed =
        to.get("chat").is_some_and(|chat| chat["id"].as_i64().is_some() && chat["type"].is_string());
    is_placed && id(to)
}

/// A file; false without the handle that it is sent by.
fn file(file: &mut Object) -> bool {
    strings(file, &["file_id", "file_unique_id", "file_name", "performer", "title", "set_name", "mime_type"]);
    flags(file, &["is_animated", "is_video"]);
    for number in ["file_size", "width", "height"] {
        if !file.get(number).is_some_and(Value::is_number) {
            file.remove(number);
        }
    }
    if !file.get("thumbnail").is_some_and(|small| small["file_id"].is_string()) {
        file.remove("thumbnail");
    }
    let is_handle = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty() && !id.contains(REPLACEMENT))
            .map(str::to_owned)
    };
    let Some(handle) = is_handle(file.get("file_id")) else { return false };
    // It names the file to our own memory only: another unique name will do, an empty one would
    // not.
    if is_handle(file.get("file_unique_id")).is_none() {
        file.insert("file_unique_id".into(), handle.into());
    }
    true
}

fn die(dice: &mut Object) -> bool {
    let value = number(dice, "value").filter(|value| PIPS.contains(value));
    dice.insert("value".into(), value.unwrap_or(0).into());
    value.is_some() && dice.get("emoji").is_some_and(Value::is_string)
}

/// Marks that say where they are stay.
fn entities(message: &mut Object, key: &str) {
    let Some(value) = message.get_mut(key) else { return };
    let Some(marks) = value.as_array_mut() else {
        message.remove(key);
        return;
    };
    marks.retain_mut(|mark| {
        let Some(mark) = mark.as_object_mut() else { return false };
        strings(mark, &["language"]);
        mark.get("type").is_some_and(Value::is_string)
            && ["offset", "length"].iter().all(|key| mark.get(*key).is_some_and(Value::is_number))
    });
}

fn press(press: &mut Object) -> bool {
    strings(press, &["id", "data"]);
    // Without its id a press cannot be answered, but it counts.
    press.entry("id").or_insert_with(|| "".into());
    let from = press.get("from").cloned().unwrap_or(Value::Null);
    // A button of a message that was sent by way of another chat: none of ours.
    if press.contains_key("inline_message_id") {
        return true;
    }
    let Some(message) = press.get_mut("message").and_then(Value::as_object_mut) else {
        // The bot has no buttons but in private chats. Without the message the next screen is a new
        // one.
        let id = from["id"].as_i64().unwrap_or(0);
        press.insert(
            "message".into(),
            json!({"message_id": 0, "date": 0, "chat": {"id": id, "type": "private"}}),
        );
        return private_press(press);
    };
    if !message.get("date").is_some_and(Value::is_number) {
        message.remove("date");
    }
    id(message);
    private_press(press)
}

/// The chat is within the message, and who acts is without.
fn private_press(press: &mut Object) -> bool {
    let from = press.get("from").cloned().unwrap_or(Value::Null);
    let Some(message) = press.get_mut("message").and_then(Value::as_object_mut) else { return false };
    message.insert("from".into(), from);
    let whole = private(message, "from");
    let from = message.get("from").cloned().unwrap_or(Value::Null);
    press.insert("from".into(), from);
    whole
}

fn reaction(reaction: &mut Object) -> bool {
    let mut whole = id(reaction);
    // Who reacts as a chat is no person of ours.
    if !reaction.contains_key("actor_chat") {
        whole &= private(reaction, "user");
    }
    if !reaction.get("new_reaction").is_some_and(Value::is_array) {
        reaction.insert("new_reaction".into(), json!([]));
        whole = false;
    }
    if let Some(list) = reaction.get_mut("new_reaction").and_then(Value::as_array_mut) {
        let before = list.len();
        list.retain(|one| one["type"].is_string() && (one["type"] != "emoji" || one["emoji"].is_string()));
        whole &= list.len() == before;
    }
    whole
}

fn membership(change: &mut Object) -> bool {
    let whole = private(change, "from");
    let known = change.get("new_chat_member").is_some_and(|member| member["status"].is_string());
    for key in ["old_chat_member", "new_chat_member"] {
        if !change.get(key).is_some_and(|member| member["status"].is_string()) {
            // In a private chat it stands for what is lost; in a group it must not look like an
            // invitation.
            let stand_in = if change["chat"]["type"] == "private" { "member" } else { "" };
            change.insert(key.into(), json!({"status": stand_in}));
        }
    }
    whole && known
}

/// A number, also one that is written as a string.
fn number(object: &Object, key: &str) -> Option<i64> {
    match object.get(key)? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Strings: a number is written as one, anything else goes.
fn strings(object: &mut Object, keys: &[&str]) {
    for key in keys {
        match object.get_mut(*key) {
            Some(Value::String(_)) | None => {}
            Some(slot @ Value::Number(_)) => *slot = slot.to_string().into(),
            Some(_) => drop(object.remove(*key)),
        }
    }
}

/// True or false: anything else goes.
fn flags(object: &mut Object, keys: &[&str]) {
    for key in keys {
        if object.get(*key).is_some_and(|value| !value.is_boolean()) {
            object.remove(*key);
        }
    }
}
