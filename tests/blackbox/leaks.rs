//! Nothing of who somebody is reaches the other (I5): every kind, full of it, sent and edited.

use crate::common::{becomes, dump, receives, said_to, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::chatting;
use nameless_simulator::{Outgoing, SimUser};
use serde_json::{Value, json};

/// Words that only the sender's messages hold. None may be found in anything that the partner ever
/// got.
const NEEDLES: [&str; 31] = [
    "annaFirst",
    "annaLast",
    "anna_username",
    "secretfwd",
    "secretbot",
    "secretbutton",
    "secretquote",
    "secretchannel",
    "secretfile",
    "secretthumb",
    "secretartist",
    "secretsong",
    "secretpack",
    "secretsite",
    "secretlink",
    "secretmention",
    "secret_name",
    "secretmail",
    "secretauthor",
    "secretcity",
    "secretpath",
    "5368324170671202286",
    "tg://",
    "t.me",
    "https",
    "gmail",
    "9161234567",
    "٩١٦١٢٣٤٥٦٧",
    "９１６１２３４５６７",
    "916 123",
    "secretpremium",
];

/// Words with everything that identifies, and the entities that Telegram would set on them. `more`
/// makes them new.
fn words(more: &str) -> (String, Value) {
    let mut text = format!("say {more} ");
    let mut entities = Vec::new();
    let mut add = |word: &str, mut entity: Value| {
        entity["offset"] = text.encode_utf16().count().into();
        entity["length"] = word.encode_utf16().count().into();
        if entity["type"].is_string() {
            entities.push(entity);
        }
        text.push_str(word);
        text.push_str(" , ");
    };
    add("https://secretsite.com/secretpath?q=1", json!({"type": "url"}));
    add("t.me/secret_name", json!({"type": "url"}));
    add("secretsite.ru", json!({}));
    add("tg://user?id=5001", json!({}));
    add("@secret_name", json!({"type": "mention"}));
    add("here", json!({"type": "text_link", "url": "https://secretlink.org/x"}));
    add(
        "friend",
        json!({"type": "text_mention", "user": {"id": 77, "is_bot": false, "first_name": "secretmention"}}),
    );
    add("secretmail@gmail.com", json!({"type": "email"}));
    add("+79161234567", json!({"type": "phone_number"}));
    add("8 (916) 123-45-67", json!({}));
    add("٧٩١٦١٢٣٤٥٦٧", json!({}));
    add("７９１６１２３４５６７", json!({}));
    add("😀", json!({"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"}));
    (text, Value::Array(entities))
}

/// What surrounds a message and names people.
fn envelope() -> Value {
    let channel =
        json!({"id": -100_777, "type": "channel", "title": "secretchannel", "username": "secretchannel"});
    json!({
        "forward_origin": {"type": "user", "date": 1, "sender_user": {"id": 9, "is_bot": false, "first_name": "secretfwd"}},
        "forward_from": {"id": 9, "is_bot": false, "first_name": "secretfwd"},
        "forward_sender_name": "secretfwd",
        "forward_date": 1,
        "via_bot": {"id": 8, "is_bot": true, "first_name": "secretbot", "username": "secretbot"},
        "author_signature": "secretauthor",
        "sender_chat": channel,
        "sender_business_bot": {"id": 8, "is_bot": true, "first_name": "secretbot", "username": "secretbot"},
        "reply_markup": {"inline_keyboard": [[{"text": "secretbutton", "url": "https://secretlink.org"}]]},
        "external_reply": {"origin": {"type": "channel", "date": 1, "chat": channel, "message_id": 3}},
        "quote": {"text": "secretquote", "position": 0},
        "link_preview_options": {"url": "https://secretlink.org"},
        "connected_website": Value::Null,
        "effect_id": "secretpremium",
        "new_field_of_next_year": {"name": "secretpremium"},
    })
}

/// A message of this kind full of what identifies.
fn full(kind: &str, more: &str) -> Outgoing {
    let (text, entities) = words(more);
    let out = Outgoing::of_kind(kind).expect("a kind");
    let out = match kind {
        "text" => return Outgoing::text(text).entities(entities).with_raw(envelope()),
        "document" => out.file_name("secretfile Anna.pdf").mime("application/pdf"),
        "video" => out.file_name("secretfile.mov").attribute("cover_name", "secretthumb"),
        "animation" => out.file_name("secretfile.gif.mp4"),
        "audio" => out.file_name("secretfile.mp3").performer("secretartist").title("secretsong"),
        "sticker" => out
            .set_name("secretpack_by_secretbot")
            .attribute("emoji", "😀")
            .attribute("custom_emoji_id", "5368324170671202286"),
        _ => out,
    };
    let out = match kind {
        "sticker" | "video_note" | "dice" => out,
        _ => out.caption(text).entities(entities),
    };
    out.with_raw(envelope())
}

async fn two() -> (TestApp, SimUser, SimUser) {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    (app, anna, boris)
}

#[track_caller]
fn clean(user: &SimUser, what: &str) {
    let all = dump(user);
    for needle in NEEDLES {
        if let Some(at) = all.to_lowercase().find(&needle.to_lowercase()) {
            let from = all.floor_char_boundary(at.saturating_sub(200));
            let to = all.ceil_char_boundary((at + 200).min(all.len()));
            panic!("{what}: “{needle}” reached the partner: …{}…", &all[from..to]);
        }
    }
}

const KINDS: [&str; 10] =
    ["text", "photo", "video", "animation", "audio", "document", "voice", "video_note", "sticker", "dice"];

#[tokio::test]
async fn no_kind_carries_anything_that_identifies() {
    let (_app, anna, boris) = two().await;
    for kind in KINDS {
        let (mark, told_from) = (boris.mark(), anna.mark());
        anna.send(full(kind, "first"));
        let got = receives(&boris, mark, kind).await;
        clean(&boris, kind);
        assert_eq!(got.reply_to(), None, "{kind}: a reply to another chat has no target here");
        // The sender is told in ONE line, whatever was found.
        told(&anna, told_from, "Not passed on: ").await;
        let said = said_to(&anna, &boris, told_from).await;
        assert_eq!(said.iter().filter(|t| t.starts_with("Not passed on")).count(), 1, "{kind}: {said:?}");
        clean(&boris, kind);
    }
    // The words that may pass have passed.
    let all = dump(&boris);
    assert!(all.contains("say first") && all.contains("friend") && all.contains("here"));
}

#[tokio::test]
async fn no_edit_adds_anything_that_identifies() {
    let (_app, anna, boris) = two().await;
    for kind in ["text", "photo", "video", "animation", "audio", "document", "voice"] {
        let mark = boris.mark();
        let plain = match kind {
            "text" => Outgoing::text("plain"),
            _ => Outgoing::of_kind(kind).expect("a kind").caption("plain"),
        };
        let id = anna.send(plain);
        let got = receives(&boris, mark, kind).await;
        if kind != "text" {
            // The caption alone.
            let (text, entities) = words("caption");
            anna.edit(
                id,
                Outgoing::default().caption(text).field("caption_entities", entities).with_raw(envelope()),
            );
            becomes(&boris, got.message_id, |m| m.caption().is_some_and(|c| c.starts_with("say caption")))
                .await;
            clean(&boris, kind);
        }
        if kind != "voice" {
            // The whole.
            let told_from = anna.mark();
            anna.edit(id, full(kind, "edit"));
            let edited = becomes(&boris, got.message_id, |m| {
                m.text().or(m.caption()).is_some_and(|c| c.starts_with("say edit"))
            })
            .await;
            assert_eq!(edited.has_spoiler(), matches!(kind, "photo" | "video" | "animation"), "{kind} (I12)");
            clean(&boris, kind);
            told(&anna, told_from, "a link").await;
        }
    }
}

#[tokio::test]
async fn no_album_carries_anything_that_identifies() {
    let (_app, anna, boris) = two().await;
    for kinds in [["photo", "video"], ["document", "document"], ["audio", "audio"]] {
        let mark = boris.mark();
        anna.album(&kinds.map(|kind| full(kind, "album")));
        let first = receives(&boris, mark, kinds[0]).await;
        receives(&boris, first.message_id, kinds[1]).await;
        clean(&boris, kinds[0]);
    }
    // The second time, when laundered copies may be known.
    let mark = boris.mark();
    anna.send(full("document", "again"));
    receives(&boris, mark, "document").await;
    clean(&boris, "document again");
}

#[tokio::test]
async fn the_same_file_sent_twice_is_clean_twice() {
    let (_app, anna, boris) = two().await;
    // A laundered copy is remembered and sent by its handle; what comes back from the partner is
    // clean as well.
    for kind in ["document", "sticker", "audio", "video", "animation"] {
        let mark = boris.mark();
        anna.send(full(kind, "one"));
        let got = receives(&boris, mark, kind).await;
        let shown = got.media().cloned().unwrap_or_default();
        let empty = |key: &str| shown.get(key).and_then(Value::as_str).unwrap_or_default().is_empty();
        let performer = shown.get("performer").and_then(Value::as_str).unwrap_or_default();
        assert!(empty("set_name") && ["", "-"].contains(&performer), "{kind}: {shown}");
        let mark = anna.mark();
        boris.send(full(kind, "two").reply_to(got.message_id));
        receives(&anna, mark, kind).await;
    }
    clean(&boris, "sent twice");
    let back = dump(&anna).replace("anna", "");
    for needle in ["borisFirst", "boris_username", "secretfile", "secretartist", "secretpack", "gmail"] {
        assert!(!back.contains(needle), "{needle} came back");
    }
}

#[tokio::test]
async fn the_sender_is_told_what_was_not_passed_on() {
    let (_app, anna, boris) = two().await;
    for (out, what) in [
        (Outgoing::text("see https://secretsite.com"), "a link"),
        (Outgoing::text("I am @secret_name"), "an @name"),
        (Outgoing::text("call +79161234567"), "a phone number"),
        (Outgoing::text("write to secretmail@gmail.com"), "an e-mail address"),
        (Outgoing::photo().caption("see secretsite.com"), "a link"),
        (Outgoing::document().file_name("secretfile.pdf").mime("application/pdf"), "the file's name"),
    ] {
        let mark = anna.mark();
        anna.send(out);
        let line = told(&anna, mark, "Not passed on: ").await;
        let text = line.text().unwrap_or_default();
        assert!(text.contains(what) && !text.contains('\n') && text.chars().count() < 120, "{text}");
    }
    // Nothing was found in what says nothing.
    let mark = anna.mark();
    anna.send_text("it is 12.30, costs 1.500.000, see p. 5... ok");
    assert!(!said_to(&anna, &boris, mark).await.iter().any(|t| t.starts_with("Not passed on")));
    clean(&boris, "told");
}
