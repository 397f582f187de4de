//! Values that Telegram would never send.

use super::super::{Decoded, decode, parse_updates};
use super::samples::{all, file, inbound, update};
use nameless_domain::relay::content::Body;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

#[test]
fn marks_out_of_range_are_dropped() {
    let mark = |offset: Value, length: Value| json!({"type": "url", "offset": offset, "length": length});
    let huge = json!(u64::MAX);
    let entities = json!([
        mark(json!(-1), json!(2)),
        mark(json!(0), json!(-2)),
        mark(json!(5_000_000_000_u64), json!(1)),
        mark(json!(u32::MAX), json!(1)),
        mark(huge.clone(), huge),
        mark(json!(1e300), json!(1)),
        mark(json!(1.5), json!(1)),
        mark(json!(1), json!(2)),
    ]);
    let Body::Text(rich) = inbound(json!({"text": "words", "entities": entities})).body else { panic!() };
    assert_eq!(rich.entities.iter().map(|e| (e.offset, e.length)).collect::<Vec<_>>(), [(1, 2)]);
}

#[test]
fn a_nonsensical_size_is_no_size() {
    for size in [json!(-1), json!(1e300), json!(0.5), json!(null)] {
        let body = inbound(json!({"voice": file(json!({"file_size": size}))})).body;
        assert!(matches!(body, Body::Media { media, .. } if media.size.is_none()));
    }
}

#[test]
fn what_is_no_object_costs_only_the_update() {
    let malformed = Decoded::Malformed { update_id: Some(900) };
    for kind in ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"] {
        for value in [json!(1), json!("x")] {
            assert_eq!(decode(&update(kind, value).to_string()), malformed, "{kind}");
        }
    }
}

#[test]
fn damaged_json() {
    let none = Decoded::Malformed { update_id: None };
    for raw in ["", "null", "[]", "7", "{", "{}", r#"{"update_id":null}"#, r#"{"update_id":"7"}"#, "\u{0}"] {
        assert_eq!(decode(raw), none, "{raw}");
    }
    let cut = r#"{"update_id":7,"message":{"text":"ab"#;
    let twice = r#"{"update_id":7,"update_id":8}"#;
    let surrogate =
        r#"{"update_id":7,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"text":"\ud83d"}}"#;
    let deep = format!(r#"{{"message":{}{},"update_id":7}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for raw in [cut, &deep] {
        assert_eq!(decode(raw), Decoded::Malformed { update_id: Some(7) });
    }
    assert_eq!(decode(twice), Decoded::Ignored { update_id: 7 });
    assert!(matches!(decode(surrogate), Decoded::Update(u) if u.user.0 == 1));
    // What is not read may be damaged: a name cut in the middle of an emoji does not cost the
    // message.
    let name = r#"{"update_id":7,"message":{"message_id":1,"from":{"id":1,"first_name":"\ud83d"},
        "chat":{"id":1,"type":"private","first_name":"\ud83d"},"text":"x"}}"#;
    assert!(matches!(decode(name), Decoded::Update(_)));
}

const KEYS: [&str; 24] = [
    "update_id",
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "message_id",
    "from",
    "chat",
    "id",
    "type",
    "text",
    "entities",
    "offset",
    "length",
    "photo",
    "document",
    "audio",
    "file_id",
    "file_unique_id",
    "data",
    "user",
    "new_reaction",
    "reply_to_message",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(vec!["private", "kicked", "member", "emoji", "url", ""]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        let key = prop_oneof![select(KEYS.to_vec()).prop_map(str::to_owned), any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(key, inner, 0..8).prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

/// Paths to every value inside.
pub(super) fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            let path = format!("{at}/{key}");
            paths(inner, &path, out);
            out.push(path);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, inner)| {
            let path = format!("{at}/{i}");
            paths(inner, &path, out);
            out.push(path);
        }),
        _ => {}
    }
}

fn id_of(decoded: &Decoded) -> Option<i64> {
    match decoded {
        Decoded::Update(update) => Some(update.update_id),
        Decoded::Group(event) => Some(event.update_id),
        Decoded::Ignored { update_id } => Some(*update_id),
        Decoded::Malformed { update_id } => *update_id,
    }
}

proptest! {
    #[test]
    fn any_json_gives_an_answer(json in any_json()) {
        decode(&json.to_string());
        decode(&json!({"update_id": 900, "message": json}).to_string());
    }

    #[test]
    fn any_text_gives_an_answer(raw in any::<String>(), body in vec(any::<u8>(), 0..200)) {
        decode(&raw);
        let _ = parse_updates(&body);
    }

    #[test]
    fn a_changed_sample_keeps_its_id(at in any::<Index>(), place in any::<Index>(), value in any_json()) {
        let mut samples = all();
        let (_, mut json) = samples.swap_remove(at.index(samples.len()));
        let mut places = Vec::new();
        paths(&json, "", &mut places);
        places.retain(|path| path != "/update_id");
        *json.pointer_mut(&places[place.index(places.len())]).unwrap() = value;
        prop_assert_eq!(id_of(&decode(&json.to_string())), Some(900));
    }

    #[test]
    fn a_cut_sample_gives_an_answer(at in any::<Index>(), end in any::<Index>(), flip in any::<Index>(), byte: u8) {
        let mut samples = all();
        let raw = samples.swap_remove(at.index(samples.len())).1.to_string();
        let mut bytes = raw.into_bytes();
        let flip = flip.index(bytes.len());
        bytes[flip] = byte;
        decode(&String::from_utf8_lossy(&bytes));
        let _ = parse_updates(&bytes);
        bytes.truncate(end.index(bytes.len()));
        decode(&String::from_utf8_lossy(&bytes));
    }
}
