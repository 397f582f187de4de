//! Updates as Telegram sends them, of made-up people. Every string that names a person, a bot, a
//! pack or a chat holds [`MARK`], and nothing else does.

use super::super::{Decoded, decode};
use nameless_domain::relay::content::Inbound;
use nameless_domain::update::{Act, Update};
use serde_json::{Value, json};

/// Part of every identifying string of the samples.
pub const MARK: &str = "Zxq";
/// Whose updates they are.
pub const USER: i64 = 5_000_000_123;

/// A person.
pub fn person(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Zxqivan", "last_name": "Zxqpetrov",
        "username": "Zxqip", "language_code": "uk-UA", "is_premium": true})
}

/// Another bot.
pub fn bot() -> Value {
    json!({"id": 77, "is_bot": true, "first_name": "Zxqgif", "username": "Zxqgifbot"})
}

/// The private chat of [`USER`].
pub fn private() -> Value {
    json!({"id": USER, "type": "private", "first_name": "Zxqivan", "username": "Zxqip"})
}

/// A group.
pub fn group() -> Value {
    json!({"id": -100_123, "type": "supergroup", "title": "Zxqschool 7", "username": "Zxqschool"})
}

/// `base` with the fields of `more` in it.
pub fn with(mut base: Value, more: Value) -> Value {
    let more = more.as_object().expect("an object").clone();
    base.as_object_mut().expect("an object").extend(more);
    base
}

/// A message of [`USER`] that holds `content`.
pub fn message(content: Value) -> Value {
    let base = json!({"message_id": 41, "from": person(USER), "chat": private(), "date": 1_735_689_600});
    with(base, content)
}

/// An update of this kind.
pub fn update(kind: &str, content: Value) -> Value {
    json!({"update_id": 900, kind: content})
}

/// A file with these fields.
pub fn file(more: Value) -> Value {
    with(json!({"file_id": "AgAD", "file_unique_id": "QQAD", "file_size": 2048}), more)
}

/// A change of the bot's membership.
pub fn membership(chat: Value, old: &str, new: &str) -> Value {
    let member = |status: &str| match status {
        "kicked" => json!({"user": bot(), "status": status, "until_date": 0}),
        "administrator" => json!({"user": bot(), "status": status, "can_be_edited": false,
            "is_anonymous": false, "can_manage_chat": true, "can_delete_messages": true,
            "can_manage_video_chats": true, "can_restrict_members": true, "can_promote_members": false,
            "can_change_info": true, "can_invite_users": true, "can_post_stories": false,
            "can_edit_stories": false, "can_delete_stories": false}),
        _ => json!({"user": bot(), "status": status}),
    };
    let change = json!({"chat": chat, "from": person(USER), "date": 1_735_689_600,
        "old_chat_member": member(old), "new_chat_member": member(new)});
    update("my_chat_member", change)
}

/// Messages with the content that is relayed, by name.
pub fn relayed() -> Vec<(&'static str, Value)> {
    let size = |n: i64| file(json!({"width": n, "height": n, "file_id": format!("P{n}")}));
    let clip = json!({"width": 320, "height": 240, "duration": 3, "mime_type": "video/mp4",
        "file_name": "a.mp4", "thumbnail": size(90)});
    let sticker = json!({"type": "regular", "width": 512, "height": 512, "is_animated": false,
        "is_video": false, "emoji": "🙂"});
    vec![
        (
            "text",
            json!({"text": "привет, \"you\" 🙂",
            "entities": [{"type": "bold", "offset": 0, "length": 6}]}),
        ),
        (
            "photo",
            json!({"photo": [size(90), size(320), size(1280)], "caption": "cap",
            "caption_entities": [{"type": "spoiler", "offset": 0, "length": 3}], "media_group_id": "1357"}),
        ),
        ("video", json!({"video": file(clip.clone()), "caption": "cap"})),
        ("animation", json!({"animation": file(clip.clone()), "document": file(clip.clone())})),
        (
            "audio",
            json!({"audio": file(json!({"duration": 200, "mime_type": "audio/mpeg",
            "file_name": "t.mp3"}))}),
        ),
        (
            "document",
            json!({"document": file(json!({"file_name": "a.pdf", "mime_type": "application/pdf"}))}),
        ),
        ("voice", json!({"voice": file(json!({"duration": 2, "mime_type": "audio/ogg"}))})),
        ("video_note", json!({"video_note": file(json!({"length": 240, "duration": 2}))})),
        ("sticker", json!({"sticker": file(sticker)})),
        ("dice", json!({"dice": {"emoji": "🎲", "value": 4}})),
    ]
}

/// Messages with content that is not passed on, by name.
pub fn refused() -> Vec<(&'static str, Value)> {
    let place = json!({"latitude": 55.75, "longitude": 37.61});
    let amount = json!({"title": "Zxqt", "description": "Zxqd", "start_parameter": "s", "currency": "XTR",
        "total_amount": 5});
    let story = json!({"chat": group(), "id": 9});
    vec![
        ("contact", json!({"contact": {"phone_number": "+7Zxq", "first_name": "Zxqanna", "user_id": 9}})),
        ("location", json!({"location": place})),
        (
            "venue",
            json!({"location": place, "venue": {"location": place, "title": "Zxqcafe",
            "address": "Zxqstreet"}}),
        ),
        ("story", json!({"story": story})),
        ("invoice", json!({"invoice": amount})),
        ("game", json!({"game": {"title": "Zxqg", "description": "Zxqd", "photo": []}})),
    ]
}

/// Updates of every kind that a user causes.
pub fn all() -> Vec<(&'static str, Value)> {
    let plain = || json!({"text": "hi"});
    let origin = json!({"type": "user", "date": 1_735_689_000, "sender_user": person(8)});
    let reply = message(json!({"message_id": 40, "from": bot(), "text": "Zxqbefore"}));
    let button = json!({"inline_keyboard": [[{"text": "Zxqb", "url": "https://example.org/Zxq"}]]});
    let mut all: Vec<_> = relayed()
        .into_iter()
        .chain(refused())
        .map(|(name, content)| (name, update("message", message(content))))
        .collect();
    all.extend([
        ("edited", update("edited_message", message(with(plain(), json!({"edit_date": 1_735_689_700}))))),
        ("forwarded", update("message", message(with(plain(), json!({"forward_origin": origin}))))),
        (
            "via bot",
            update("message", message(with(plain(), json!({"via_bot": bot(), "reply_markup": button})))),
        ),
        (
            "reply",
            update(
                "message",
                message(with(
                    plain(),
                    json!({"reply_to_message": reply,
            "quote": {"text": "before", "position": 0, "is_manual": true}}),
                )),
            ),
        ),
        (
            "external reply",
            update(
                "message",
                message(with(
                    plain(),
                    json!({"external_reply":
            {"origin": origin, "chat": group(), "message_id": 3, "dice": {"emoji": "🎲", "value": 1}},
            "quote": {"text": "Zxq", "position": 0}}),
                )),
            ),
        ),
        (
            "mention",
            update(
                "message",
                message(json!({"text": "him", "entities": [
            {"type": "text_mention", "offset": 0, "length": 3, "user": person(8)}]})),
            ),
        ),
        (
            "hidden link",
            update(
                "message",
                message(json!({"text": "him", "entities": [
            {"type": "text_link", "offset": 0, "length": 3, "url": "https://t.me/Zxqip"}]})),
            ),
        ),
        (
            "pressed",
            update(
                "callback_query",
                json!({"id": "q1", "from": person(USER), "data": "chat:next",
            "chat_instance": "55", "message": message(json!({"from": bot(), "text": "Zxqmenu"}))}),
            ),
        ),
        (
            "reacted",
            update(
                "message_reaction",
                json!({"chat": private(), "message_id": 41, "user": person(USER),
            "date": 1_735_689_600, "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"},
            {"type": "custom_emoji", "custom_emoji_id": "1Zxq"}, {"type": "paid"}]}),
            ),
        ),
        ("blocked", membership(private(), "member", "kicked")),
        ("unblocked", membership(private(), "kicked", "member")),
    ]);
    all
}

/// The update of this JSON.
pub fn decoded(json: &Value) -> Update {
    match decode(&json.to_string()) {
        Decoded::Update(update) => update,
        other => panic!("not an update: {other:?}"),
    }
}

/// The message of [`USER`] that holds `content`, as read.
pub fn inbound(content: Value) -> Inbound {
    match decoded(&update("message", message(content))).act {
        Act::Message(inbound) => inbound,
        other => panic!("not a message: {other:?}"),
    }
}
