//! Everything that people send each other arrives, as what it is.

use crate::common::{ask, becomes, inbox, marker, receives, told, vanishes};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{PATIENCE, chatting, sees};
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use serde_json::{Value, json};

async fn two() -> (TestApp, SimUser, SimUser) {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    (app, anna, boris)
}

/// Kind, offset, length of each entity, in order.
fn marks(message: &ChatMessage) -> Vec<(String, u64, u64)> {
    let number = |e: &Value, key: &str| e[key].as_u64().unwrap_or_default();
    let mut marks: Vec<_> = message
        .entities()
        .iter()
        .map(|e| {
            (e["type"].as_str().unwrap_or_default().to_owned(), number(e, "offset"), number(e, "length"))
        })
        .collect();
    marks.sort();
    marks
}

/// A text in which every kind of formatting stands on a word of its own, and what must arrive of
/// it.
fn formatted() -> (String, Value, Vec<(String, u64, u64)>) {
    let kinds = [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
    ];
    // An emoji in front of each word: offsets count UTF-16 units.
    let mut text = String::new();
    let (mut entities, mut expected) = (Vec::new(), Vec::new());
    for kind in kinds {
        text.push_str("😀\n");
        let offset = text.encode_utf16().count() as u64;
        text.push_str("слово\n");
        entities.push(json!({"type": kind, "offset": offset, "length": 5}));
        expected.push((kind.to_owned(), offset, 5));
    }
    entities[8]["language"] = "rust".into();
    text.push('.');
    expected.sort();
    (text, Value::Array(entities), expected)
}

#[tokio::test]
async fn text_keeps_its_formatting_when_sent_and_when_edited() {
    let (_app, anna, boris) = two().await;
    let (text, entities, expected) = formatted();
    let id = anna.send(Outgoing::text(text.clone()).entities(entities.clone()));
    let got = sees(&boris, &text).await;
    assert_eq!(marks(&got), expected);
    let pre = got.entities().iter().find(|e| e["type"] == "pre").expect("a pre");
    assert_eq!(pre["language"], "rust");
    // An edit that takes the formatting away, and one that brings it back.
    anna.edit_text(id, &text);
    becomes(&boris, got.message_id, |m| m.edited == 1 && m.entities().is_empty()).await;
    anna.edit(id, Outgoing::text(text.clone()).entities(entities.clone()));
    becomes(&boris, got.message_id, |m| marks(m) == expected).await;
    // The same on a caption.
    let mark = boris.mark();
    anna.send(Outgoing::photo().caption(text.clone()).entities(entities));
    let photo = receives(&boris, mark, "photo").await;
    assert_eq!((photo.caption(), marks(&photo)), (Some(text.as_str()), expected));
}

#[tokio::test]
async fn long_texts_and_captions_arrive_whole() {
    let (_app, anna, boris) = two().await;
    let text = "длинно ".repeat(585);
    let text = text.trim_end();
    anna.send_text(text);
    sees(&boris, text).await;
    let caption = "word ".repeat(204);
    let mark = boris.mark();
    anna.send_photo(caption.trim_end());
    assert_eq!(receives(&boris, mark, "photo").await.caption(), Some(caption.trim_end()));
}

fn media() -> Vec<(&'static str, Outgoing)> {
    vec![
        ("photo", Outgoing::photo().caption("look")),
        ("video", Outgoing::video().caption("look")),
        ("animation", Outgoing::animation().caption("look")),
        ("audio", Outgoing::audio().caption("look")),
        ("document", Outgoing::document().caption("look")),
        ("voice", Outgoing::voice().caption("look")),
        ("video_note", Outgoing::video_note()),
        ("sticker", Outgoing::sticker()),
    ]
}

#[tokio::test]
async fn every_kind_of_media_arrives_and_replies_are_threaded_both_ways() {
    let (_app, anna, boris) = two().await;
    for (kind, out) in media() {
        let captioned = !matches!(kind, "video_note" | "sticker");
        let mark = boris.mark();
        let sent = anna.send(out.clone());
        let got = receives(&boris, mark, kind).await;
        assert_eq!(got.caption(), captioned.then_some("look"), "{kind}");
        assert_eq!(got.has_spoiler(), matches!(kind, "photo" | "video" | "animation"), "{kind} (I12)");
        // The receiver answers with the same kind; the sender answers that answer.
        let mark = anna.mark();
        let answer = boris.send(out.clone().reply_to(got.message_id));
        let back = receives(&anna, mark, kind).await;
        assert_eq!(back.reply_to(), Some(sent), "{kind}");
        let mark = boris.mark();
        anna.reply(back.message_id, "and this");
        assert_eq!(told(&boris, mark, "and this").await.reply_to(), Some(answer), "{kind}");
        // One's own message can be answered too.
        let mark = boris.mark();
        anna.reply(sent, "I mean this");
        assert_eq!(told(&boris, mark, "I mean this").await.reply_to(), Some(got.message_id), "{kind}");
    }
    // An answer to something of the bot itself goes without its target.
    let of_bot =
        anna.chat().into_iter().find(|m| m.from_bot && m.text().is_some_and(|t| t.contains("/next")));
    anna.reply(of_bot.expect("the greeting").message_id, "hello bot");
    assert_eq!(sees(&boris, "hello bot").await.reply_to(), None);
}

#[tokio::test]
async fn the_sender_is_warned_once_of_voices_faces_and_files() {
    let (_app, anna, boris) = two().await;
    for _ in 0..2 {
        for (_, out) in media() {
            anna.send(out);
        }
    }
    marker(&anna, &boris).await;
    let count =
        |part: &str| inbox(&anna, 0).iter().filter(|m| m.text().is_some_and(|t| t.contains(part))).count();
    marker(&boris, &anna).await;
    told(&anna, 0, "Voices and faces").await;
    told(&anna, 0, "a document may still hold").await;
    told(&anna, 0, "blurred until tapped").await;
    assert_eq!(
        [count("Voices and faces"), count("a document may still hold"), count("blurred until")],
        [1, 1, 1]
    );
}

#[tokio::test]
async fn albums_arrive_as_albums_in_order() {
    let (_app, anna, boris) = two().await;
    let numbered = |out: fn() -> Outgoing, n: usize| -> Vec<Outgoing> {
        (0..n).map(|i| out().caption(format!("item {i}"))).collect()
    };
    let mut mixed = numbered(Outgoing::photo, 3);
    mixed[1] = Outgoing::video().caption("item 1");
    for items in [
        numbered(Outgoing::photo, 2),
        mixed,
        numbered(Outgoing::document, 3),
        numbered(Outgoing::audio, 2),
        numbered(Outgoing::photo, 10),
    ] {
        let mark = boris.mark();
        let sent = anna.album(&items);
        let chat = boris
            .wait_chat(PATIENCE, |c| c.iter().filter(|m| m.message_id > mark).count() >= items.len())
            .await
            .unwrap_or_else(|e| panic!("{e}"));
        let got: Vec<&ChatMessage> = chat.iter().filter(|m| m.message_id > mark && m.from_bot).collect();
        let captions: Vec<_> = got.iter().filter_map(|m| m.caption()).collect();
        assert_eq!(captions, (0..items.len()).map(|i| format!("item {i}")).collect::<Vec<_>>());
        assert!(got[0].media_group_id().is_some());
        assert!(got.iter().all(|m| m.media_group_id() == got[0].media_group_id()), "one album");
        let visual = |m: &ChatMessage| matches!(m.kind(), "photo" | "video");
        assert!(got.iter().all(|m| m.has_spoiler() == visual(m)), "behind the spoiler (I12)");
        // A reply to the last item finds it on the other side, and an edit of it too.
        let last = got.last().expect("items").message_id;
        boris.reply(last, "this one");
        let mark = anna.mark();
        boris.reply(last, "that one");
        assert_eq!(told(&anna, mark, "that one").await.reply_to(), sent.last().copied());
        anna.edit(sent[sent.len() - 1], Outgoing::default().caption("changed"));
        let changed = becomes(&boris, last, |m| m.caption() == Some("changed")).await;
        assert_eq!(changed.has_spoiler(), visual(&changed), "after an edit too (I12)");
    }
    // An album may answer a message.
    let to = marker(&boris, &anna).await;
    let source = boris.chat().into_iter().rev().find(|m| !m.from_bot).expect("the marker").message_id;
    let mark = boris.mark();
    anna.album(&numbered(Outgoing::photo, 2).map_reply(to.message_id));
    assert_eq!(receives(&boris, mark, "photo").await.reply_to(), Some(source));
}

trait MapReply {
    fn map_reply(self, to: i32) -> Vec<Outgoing>;
}

impl MapReply for Vec<Outgoing> {
    fn map_reply(self, to: i32) -> Vec<Outgoing> {
        self.into_iter().map(|item| item.reply_to(to)).collect()
    }
}

#[tokio::test]
async fn dice_are_thrown_and_their_value_told() {
    let (_app, anna, boris) = two().await;
    for (emoji, value) in [("🎲", 6), ("🎯", 1), ("🏀", 4), ("⚽", 5), ("🎳", 3), ("🎰", 64)] {
        let mark = boris.mark();
        let thrown = anna.send(Outgoing::dice(emoji, value));
        let dice = receives(&boris, mark, "dice").await;
        assert_eq!(dice.json["dice"]["emoji"], emoji);
        told(&boris, dice.message_id, &format!("{emoji} → {value}")).await;
        boris.reply(dice.message_id, "lucky");
        let mark = anna.mark();
        boris.reply(dice.message_id, "lucky you");
        assert_eq!(told(&anna, mark, "lucky you").await.reply_to(), Some(thrown));
    }
    told(&anna, 0, "result in words: 6").await;
}

#[tokio::test]
async fn edits_of_text_caption_and_media_follow() {
    let (_app, anna, boris) = two().await;
    let id = anna.send_text("one");
    // At once, while the message itself may still be under way.
    anna.edit_text(id, "two");
    anna.edit_text(id, "three");
    sees(&boris, "three").await;
    assert_eq!(
        inbox(&boris, 0).iter().filter(|m| matches!(m.text(), Some("one" | "two" | "three"))).count(),
        1
    );

    for kind in ["photo", "video", "animation", "audio", "document", "voice"] {
        let mark = boris.mark();
        let id = anna.send(Outgoing::of_kind(kind).expect("a kind").caption("before"));
        let got = receives(&boris, mark, kind).await;
        anna.edit(id, Outgoing::default().caption("after"));
        let edited = becomes(&boris, got.message_id, |m| m.caption() == Some("after")).await;
        assert_eq!(edited.has_spoiler(), got.has_spoiler(), "{kind} (I12)");
        assert_eq!(edited.kind(), kind);
    }
    let mark = boris.mark();
    let id = anna.send(Outgoing::photo().caption("a photo"));
    let photo = receives(&boris, mark, "photo").await;
    anna.edit(id, Outgoing::photo().caption("another photo"));
    let other = becomes(&boris, photo.message_id, |m| m.caption() == Some("another photo")).await;
    assert_ne!(photo.file_id(), other.file_id());
    assert!(other.has_spoiler(), "I12");
    anna.edit(id, Outgoing::video().caption("a video"));
    let video = becomes(&boris, photo.message_id, |m| m.kind() == "video").await;
    assert!(video.has_spoiler(), "I12");
    anna.edit(id, Outgoing::document().caption("a document"));
    becomes(&boris, photo.message_id, |m| m.kind() == "document" && m.caption() == Some("a document")).await;
    // The same once more is no news and no failure.
    let mark = anna.mark();
    anna.edit(id, Outgoing::default().caption("a document"));
    marker(&anna, &boris).await;
    marker(&boris, &anna).await;
    assert!(!inbox(&anna, mark).iter().any(|m| m.text().is_some_and(|t| t.contains("not be passed"))));
}

#[tokio::test]
async fn reactions_are_mirrored_replaced_and_cleared_both_ways() {
    let (_app, anna, boris) = two().await;
    let sent = anna.send_text("hello");
    let got = sees(&boris, "hello").await.message_id;
    for (who, on, other, there) in [(&boris, got, &anna, sent), (&anna, sent, &boris, got)] {
        for emoji in ["👍", "🔥"] {
            who.react(on, &[emoji]);
            becomes(other, there, |m| m.bot_emoji() == [emoji]).await;
        }
        who.react(on, &[]);
        becomes(other, there, |m| m.bot_emoji().is_empty()).await;
    }
    // More than one, as premium users set: the first is shown.
    boris.react(got, &["❤", "🔥"]);
    becomes(&anna, sent, |m| m.bot_emoji() == ["❤"]).await;
}

#[tokio::test]
async fn delete_removes_own_messages_on_both_sides_and_only_those() {
    let (_app, anna, boris) = two().await;
    for word in ["/delete", "delete", "Delete", "удалить", "Удалить", "/удалить"] {
        let mark = boris.mark();
        let sent = anna.send_text("a slip of the tongue");
        let got = told(&boris, mark, "a slip of the tongue").await;
        let request = anna.reply(sent, word);
        vanishes(&boris, got.message_id).await;
        vanishes(&anna, sent).await;
        vanishes(&anna, request).await;
    }
    // The partner's message stays.
    let sent = boris.send_text("mine");
    let got = sees(&anna, "mine").await;
    let mark = anna.mark();
    anna.reply(got.message_id, "/delete");
    told(&anna, mark, "only remove your own").await;
    assert!(!boris.message(sent).expect("it is there").deleted);
    ask(&anna, "/delete", "reply to it with").await;
    // The bare word is just something people say, in any case.
    anna.send_text("delete");
    sees(&boris, "delete").await;
    // One item of an album.
    let mark = boris.mark();
    let items = anna.album(&[Outgoing::photo(), Outgoing::photo()]);
    let first = receives(&boris, mark, "photo").await.message_id;
    let second = receives(&boris, first, "photo").await.message_id;
    anna.reply(items[1], "/delete");
    vanishes(&boris, second).await;
    assert!(!boris.message(first).expect("it is there").deleted);
}
