//! What the Bot API has learned since 10.0: formatted texts, checklists, live photos, quotes,
//! effects, captions above.

use super::samples::{file, inbound, message, person, update, with};
use nameless_domain::relay::content::{Body, Entity, EntityKind, Finding, Rich};
use serde_json::{Value, json};

fn blocks() -> Value {
    let bold = |words: &str| json!({"type": "bold", "text": words});
    json!({"blocks": [
        {"type": "heading", "size": 2, "text": "Plan"},
        {"type": "paragraph", "text": ["see ", bold("you"), " at ",
            {"type": "url", "text": "the bar", "url": "https://example.org/Zxq"}, " 🙂"]},
        {"type": "list", "items": [
            {"label": "1.", "blocks": [{"type": "paragraph", "text": "bread"}]},
            {"label": "•", "has_checkbox": true, "is_checked": true, "blocks": [{"type": "paragraph", "text": "milk"}]}]},
        {"type": "anchor", "name": "Zxq"},
        {"type": "pre", "text": "let x;", "language": "rust"},
        {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "so it is"}], "credit": "they"},
        {"type": "table", "cells": [[{"text": "a"}, {"text": "b"}], [{"text": "c"}, {}]]},
        {"type": "details", "summary": "more", "blocks": [{"type": "paragraph", "text": "less"}]},
        {"type": "paragraph", "text": [
            {"type": "text_mention", "text": "him", "user": person(8)},
            {"type": "mention", "text": "@somebody", "username": "Zxq"},
            {"type": "custom_emoji", "custom_emoji_id": "1Zxq", "alternative_text": "🐈"}]}
    ]})
}

/// Samples of the newer kinds.
pub fn newer() -> Vec<(&'static str, Value)> {
    let task = |text: &str, done: i64| json!({"id": 1, "text": text, "completed_by_user": person(8), "completion_date": done});
    let list = json!({"title": "Zum Fest", "tasks": [task("Brot", 0), task("Milch", 1_735_689_600)]});
    let live =
        json!({"live_photo": file(json!({"duration": 2})), "photo": [file(json!({}))], "caption": "moves"});
    let reply = message(json!({"message_id": 40, "text": "the one before"}));
    let quoting = json!({"text": "yes", "reply_to_message": reply,
        "quote": {"text": "one", "position": 4, "entities": [{"type": "bold", "offset": 0, "length": 3}]}});
    let above = json!({"photo": [file(json!({}))], "caption": "look", "show_caption_above_media": true,
        "effect_id": "5104841245755180586"});
    [
        ("rich", json!({"rich_message": blocks()})),
        ("checklist", json!({"checklist": list})),
        ("live photo", live),
        ("quoting", quoting),
        ("above", above),
    ]
    .map(|(name, content)| (name, update("message", message(content))))
    .into()
}

fn text(content: Value) -> (Rich, Vec<Finding>) {
    let inbound = inbound(content);
    match inbound.body {
        Body::Text(rich) => (rich, inbound.envelope),
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn a_formatted_text_becomes_words_with_marks() {
    let (rich, envelope) = text(json!({"rich_message": blocks()}));
    let words = "Plan\n\nsee you at the bar 🙂\n\n1. bread\n☑ milk\n\nlet x;\n\nso it is\n— they\n\na | b\nc | \n\nmore\nless\n\n\
                 him@somebody🐈";
    assert_eq!(rich.text, words);
    assert_eq!(envelope, []);
    let units = |of: &str, part: &str| {
        let at = of.find(part).expect("a part");
        (of[..at].encode_utf16().count() as u32, part.encode_utf16().count() as u32)
    };
    let kind_of = |part: &str| {
        let (offset, length) = units(&rich.text, part);
        rich.entities.iter().find(|e| (e.offset, e.length) == (offset, length)).map(|e| e.kind.clone())
    };
    assert_eq!(kind_of("Plan"), Some(EntityKind::Bold));
    assert_eq!(kind_of("you"), Some(EntityKind::Bold));
    assert_eq!(kind_of("the bar"), Some(EntityKind::HiddenLink));
    assert_eq!(kind_of("let x;"), Some(EntityKind::Pre { language: Some("rust".into()) }));
    assert_eq!(kind_of("so it is\n— they"), Some(EntityKind::Blockquote));
    assert_eq!(kind_of("more"), Some(EntityKind::Bold));
    assert_eq!(kind_of("him"), Some(EntityKind::HiddenLink));
    assert_eq!(kind_of("@somebody"), Some(EntityKind::Identifying(Finding::Username)));
    assert_eq!(kind_of("🐈"), Some(EntityKind::CustomEmoji));
}

#[test]
fn what_a_formatted_text_holds_beside_words_is_told() {
    let photo = json!({"type": "photo", "photo": [file(json!({}))], "caption": {"text": "us"}});
    let map = json!({"type": "map", "location": {"latitude": 55.75, "longitude": 37.61}, "zoom": 15});
    let (rich, envelope) = text(json!({"rich_message": {"blocks": [photo.clone(), map.clone()]}}));
    assert_eq!((rich.text.as_str(), envelope), ("us", vec![Finding::Embedded]));
    assert!(matches!(inbound(json!({"rich_message": {"blocks": [map]}})).body, Body::Refused(_)));
}

#[test]
fn a_checklist_becomes_lines() {
    let tasks = json!([{"id": 1, "text": "bread"}, {"id": 2, "text": "milk", "completion_date": 5,
        "completed_by_user": person(8), "text_entities": [{"type": "italic", "offset": 0, "length": 4}]}]);
    let (rich, _) = text(json!({"checklist": {"title": "Shop", "tasks": tasks}}));
    assert_eq!(rich.text, "Shop\n☐ bread\n☑ milk");
    let bold = Entity { kind: EntityKind::Bold, offset: 0, length: 4 };
    assert_eq!(rich.entities, [bold, Entity { kind: EntityKind::Italic, offset: 15, length: 4 }]);
}

#[test]
fn how_a_message_is_shown() {
    let manner = |more| inbound(with(json!({"text": "x"}), more));
    assert_eq!(manner(json!({})).manner, None);
    let reply = json!({"reply_to_message": message(json!({"message_id": 40, "text": "before"}))});
    let quoting =
        manner(with(reply, json!({"quote": {"text": "be", "position": 0}}))).manner.expect("a quote");
    assert_eq!(quoting.quote, Some(Rich::plain("be")));
    // Of another chat nothing is quoted.
    assert_eq!(manner(json!({"external_reply": {}, "quote": {"text": "be"}})).manner, None);
    let effect = |id: &str| manner(json!({"effect_id": id}));
    assert_eq!(effect("5104841245755180586").manner.and_then(|m| m.effect), Some("5104841245755180586"));
    assert_eq!(effect("777").envelope, [Finding::Effect]);
    let live = inbound(json!({"live_photo": file(json!({})), "photo": [file(json!({}))]}));
    assert!(matches!(live.body, Body::Media { .. }) && live.envelope == [Finding::Motion]);
    let above = inbound(json!({"photo": [file(json!({}))], "show_caption_above_media": true}));
    assert!(above.manner.is_some_and(|m| m.caption_above));
}
