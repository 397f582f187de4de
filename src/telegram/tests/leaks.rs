//! The parser is an allowlist (I5): what identifies is not even read.

use super::super::decode;
use super::samples::{
    MARK, USER, all, bot, group, membership, message, person, private, relayed, update, with,
};
use nameless_domain::relay::content::Body;
use nameless_domain::update::Act;
use serde_json::{Value, json};

/// Every field of a message that tells who somebody is, besides those of the samples.
fn identifying() -> Value {
    json!({"sender_chat": group(), "author_signature": "Zxqsig", "sender_tag": "Zxqtag",
        "sender_business_bot": bot(), "forward_from": person(8), "forward_from_chat": group(),
        "forward_sender_name": "Zxqhidden", "forward_signature": "Zxqsig", "via_bot": bot(),
        "forward_origin": {"type": "hidden_user", "sender_user_name": "Zxqhidden", "date": 1},
        "external_reply": {"chat": group(), "origin": {"sender_user": person(8)}},
        "quote": {"text": "Zxqquote"}, "reply_to_story": {"chat": group(), "id": 1},
        "reply_to_message": message(json!({"text": "Zxqbefore", "from": person(8)})),
        "link_preview_options": {"url": "https://example.org/Zxq"}, "guest_bot_caller_user": person(8),
        "reply_markup": {"inline_keyboard": [[{"text": "Zxqb", "url": "tg://user?id=8"}]]},
        "effect_id": "Zxqeffect", "connected_website": null, "receiver_user": person(8)})
}

#[test]
fn nothing_of_a_sample_that_identifies_is_read() {
    for (name, json) in all() {
        assert!(json.to_string().contains(MARK), "{name} holds nothing to leak");
        let read = format!("{:?}", decode(&json.to_string()));
        assert!(!read.contains(MARK), "{name}: {read}");
    }
    let read = format!("{:?}", decode(&membership(group(), "left", "member").to_string()));
    assert!(!read.contains(MARK), "{read}");
}

#[test]
fn nothing_that_identifies_is_read_beside_any_content() {
    for (name, content) in relayed() {
        for kind in ["message", "edited_message"] {
            let json = update(kind, message(with(content.clone(), identifying())));
            let read = format!("{:?}", decode(&json.to_string()));
            assert!(!read.contains(MARK) && read.starts_with("Update"), "{name}: {read}");
        }
    }
    for field in ["contact", "poll", "story", "users_shared", "pinned_message", "passport_data"] {
        let json = update("message", message(with(identifying(), json!({field: person(8)}))));
        let read = format!("{:?}", decode(&json.to_string()));
        assert!(!read.contains(MARK), "{field}: {read}");
    }
}

#[test]
fn words_are_kept_as_they_are() {
    let json = update("message", message(json!({"text": "I am Zxqivan"})));
    let read = super::samples::decoded(&json);
    assert!(
        matches!(read.act, Act::Message(m) if matches!(&m.body, Body::Text(t) if t.text == "I am Zxqivan"))
    );
}

#[test]
fn a_malformed_update_tells_nothing() {
    let wrong = with(
        message(json!({"text": "x"})),
        json!({"from": "Zxqivan", "chat": with(private(), json!({"id": USER}))}),
    );
    for wrong in [wrong.clone(), with(wrong, json!({"message_id": "Zxq", "text": {"Zxq": 1}}))] {
        let read = format!("{:?}", decode(&update("message", wrong).to_string()));
        assert!(read.starts_with("Update") && !read.contains(MARK), "{read}");
    }
}
