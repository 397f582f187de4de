//! The client of the Bot API against servers of every kind: bodies to the byte, what each failure
//! means for the message, laundering, and that no error ever shows the token.

use super::server::{Reply, Request, Server};
use crate::support::app::token;
use crate::support::port::Port;
use nameless::telegram::{Client, ClientConfig, PollError};
use nameless_actors::ports::{BotApi, SendError, Sent, Unwelcome};
use nameless_domain::ids::{ChatId, MessageId};
use nameless_domain::outgoing::{Call, Emoji, Key, Outgoing};
use nameless_domain::relay::content::{Entity, EntityKind, MediaKind, OutMedia, Payload, Rich};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn client(url: &str) -> Client {
    Client::new(ClientConfig::new(url, token())).expect("a client")
}

async fn make(client: &Client, call: Call) -> Result<Sent, SendError> {
    let result = client.call(Arc::new(Outgoing { chat: ChatId(7), call })).await;
    let shown = format!("{result:?} {}", result.as_ref().err().map(ToString::to_string).unwrap_or_default());
    assert!(!shown.contains("1:test") && !shown.contains("bot1"), "the token is in {shown}");
    result
}

fn text(words: &str) -> Call {
    Call::Send { payload: Payload::Text(Rich::plain(words)), reply_to: None, manner: None }
}

fn media(kind: MediaKind, id: &str, launder: Option<&str>) -> OutMedia {
    OutMedia {
        kind,
        file_id: id.into(),
        unique_id: format!("u{id}"),
        launder: launder.map(str::to_owned),
        size: None,
        caption: Rich::default(),
        spoiler: false,
        caption_above: false,
        preview: None,
        veiled: false,
        agreed: false,
    }
}

fn send(media: OutMedia) -> Call {
    Call::Send { payload: Payload::Media(media), reply_to: None, manner: None }
}

#[tokio::test]
async fn every_call_has_the_body_that_telegram_expects() {
    let server = Server::start(|_| Reply::ok(json!({ "message_id": 5 })));
    let client = client(&server.url());
    let bold =
        Rich { text: "hi".into(), entities: vec![Entity { kind: EntityKind::Bold, offset: 0, length: 2 }] };
    let none = json!({ "is_disabled": true });
    let photo = OutMedia { spoiler: true, caption: bold.clone(), ..media(MediaKind::Photo, "p", None) };
    let table: Vec<(Call, &str, Value)> = vec![
        (
            Call::Say { html: "<b>x</b>".into(), keyboard: vec![vec![Key::new("A", "a:1")]] },
            "sendMessage",
            json!({"chat_id": 7, "text": "<b>x</b>", "parse_mode": "HTML", "link_preview_options": none,
                "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "a:1"}]]}}),
        ),
        (
            Call::Rewrite { message: MessageId(3), html: "y".into(), keyboard: vec![] },
            "editMessageText",
            json!({"chat_id": 7, "message_id": 3, "text": "y", "parse_mode": "HTML", "link_preview_options": none}),
        ),
        (
            Call::AnswerCallback { id: "q".into(), text: Some("t".into()) },
            "answerCallbackQuery",
            json!({"callback_query_id": "q", "text": "t"}),
        ),
        (
            Call::Send { payload: Payload::Text(bold.clone()), reply_to: Some(MessageId(9)), manner: None },
            "sendMessage",
            json!({"chat_id": 7, "text": "hi", "entities": [{"type": "bold", "offset": 0, "length": 2}],
                "link_preview_options": none,
                "reply_parameters": {"message_id": 9, "allow_sending_without_reply": true}}),
        ),
        (
            send(photo.clone()),
            "sendPhoto",
            json!({"chat_id": 7, "photo": "p", "caption": "hi", "has_spoiler": true,
                "caption_entities": [{"type": "bold", "offset": 0, "length": 2}]}),
        ),
        (send(media(MediaKind::Sticker, "s", None)), "sendSticker", json!({"chat_id": 7, "sticker": "s"})),
        (
            Call::Send { payload: Payload::Dice { emoji: "🎲".into() }, reply_to: None, manner: None },
            "sendDice",
            json!({"chat_id": 7, "emoji": "🎲"}),
        ),
        (
            Call::SendAlbum {
                items: vec![photo.clone(), media(MediaKind::Video, "v", None)],
                reply_to: None,
            },
            "sendMediaGroup",
            json!({"chat_id": 7, "media": [
                {"type": "photo", "media": "p", "caption": "hi", "has_spoiler": true,
                    "caption_entities": [{"type": "bold", "offset": 0, "length": 2}]},
                {"type": "video", "media": "v"}]}),
        ),
        (
            Call::Edit { message: MessageId(3), payload: Payload::Media(photo) },
            "editMessageMedia",
            json!({"chat_id": 7, "message_id": 3, "media": {"type": "photo", "media": "p", "caption": "hi",
                "has_spoiler": true, "caption_entities": [{"type": "bold", "offset": 0, "length": 2}]}}),
        ),
        (
            Call::Delete { messages: vec![MessageId(1)] },
            "deleteMessage",
            json!({"chat_id": 7, "message_id": 1}),
        ),
        (
            Call::Delete { messages: vec![MessageId(1), MessageId(2)] },
            "deleteMessages",
            json!({"chat_id": 7, "message_ids": [1, 2]}),
        ),
        (
            Call::React { message: MessageId(3), emoji: Some(Emoji("👍".into())) },
            "setMessageReaction",
            json!({"chat_id": 7, "message_id": 3, "reaction": [{"type": "emoji", "emoji": "👍"}]}),
        ),
        (
            Call::React { message: MessageId(3), emoji: None },
            "setMessageReaction",
            json!({"chat_id": 7, "message_id": 3, "reaction": []}),
        ),
        (Call::LeaveChat, "leaveChat", json!({"chat_id": 7})),
    ];
    for (n, (call, method, body)) in table.into_iter().enumerate() {
        make(&client, call).await.expect("a yes");
        let seen = server.seen();
        assert_eq!(seen.len(), n + 1);
        assert_eq!((seen[n].path.as_str(), seen[n].json()), (format!("/bot1:test/{method}").as_str(), body));
    }
    let before = server.seen().len();
    let sticker = Payload::Media(media(MediaKind::Sticker, "s", Some("s.webp")));
    make(&client, Call::Edit { message: MessageId(3), payload: sticker }).await.expect("left as it is");
    assert_eq!(server.seen().len(), before, "a sticker cannot be edited, so nothing is asked or read");
}

#[tokio::test]
async fn failures_say_whether_the_message_may_have_been_sent() {
    fn told(words: &str) -> Reply {
        match words {
            "wait" => Reply::Body(
                429,
                br#"{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":9}}"#.to_vec(),
            ),
            "blocked" => Reply::no(403, "Forbidden: bot was blocked by the user"),
            "nobody" => Reply::no(400, "Bad Request: chat not found"),
            "voice" => Reply::no(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"),
            "token" => Reply::no(401, "Unauthorized"),
            "broken" => Reply::no(500, "Internal Server Error"),
            "proxy" => Reply::Body(502, b"<html>bad gateway</html>".to_vec()),
            "portal" => Reply::Body(302, b"".to_vec()),
            "page" => Reply::Body(200, b"<html>hello</html>".to_vec()),
            "large" => Reply::Body(413, b"<html>".to_vec()),
            "close" => Reply::Close,
            "half" => Reply::Half,
            "endless" => Reply::Endless,
            other => unreachable!("{other}"),
        }
    }
    let server = Server::start(|r: &Request| told(r.json()["text"].as_str().unwrap_or_default()));
    let client = client(&server.url());
    let wait = SendError::RetryAfter(Duration::from_secs(9));
    assert_eq!(make(&client, text("wait")).await, Err(wait));
    assert_eq!(make(&client, text("blocked")).await, Err(SendError::Gone));
    assert_eq!(make(&client, text("nobody")).await, Err(SendError::Gone));
    assert_eq!(make(&client, text("voice")).await, Err(SendError::Unwelcome(Unwelcome::Voice)));
    assert_eq!(make(&client, text("large")).await, Err(SendError::TooLarge));
    let result = make(&client, text("token")).await;
    assert!(matches!(result, Err(SendError::Unsent(_))), "{result:?}");
    // A captive portal's redirect: the request has not come through.
    let result = make(&client, text("portal")).await;
    assert!(matches!(result, Err(SendError::Unsent(_))), "{result:?}");
    for words in ["broken", "page", "close", "half", "endless"] {
        let result = make(&client, text(words)).await;
        assert!(matches!(result, Err(SendError::Ambiguous(_))), "{words}: {result:?}");
    }
    // A proxy answers for a server that is away.
    let result = make(&client, text("proxy")).await;
    assert!(matches!(result, Err(SendError::Away(_))), "{result:?}");
    // Nobody listens.
    let nobody = Port::free();
    let client = self::client(&format!("http://{}", nobody.addr()));
    let result = make(&client, text("x")).await;
    assert!(matches!(result, Err(SendError::Unsent(_))), "{result:?}");
    let polled = client.get_updates(None, 1, Duration::ZERO, &[]).await;
    assert!(matches!(&polled, Err(PollError::Unreachable(t)) if !t.contains("1:test")), "{polled:?}");
}

#[tokio::test]
async fn a_long_poll_is_bounded_in_bytes() {
    let server = Server::start(|_| Reply::Endless);
    let polled = client(&server.url()).get_updates(None, 1, Duration::ZERO, &[]).await;
    assert_eq!(polled, Err(PollError::TooLarge));
}

/// Serves files of as many bytes as their id says; remembers nothing.
fn files(r: &Request) -> Reply {
    if let Some(name) = r.path.strip_prefix("/file/bot1:test/") {
        return Reply::Body(200, vec![b'x'; name.parse().expect("a size")]);
    }
    match r.method() {
        "getFile" => match r.json()["file_id"].as_str().expect("an id") {
            "big" => Reply::no(400, "Bad Request: file is too big"),
            "away" => Reply::no(500, "Internal Server Error"),
            "forbidden" => Reply::no(403, "Forbidden"),
            "gone" => Reply::no(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
            "pathless" => Reply::ok(json!({ "file_id": "x" })),
            id => Reply::ok(json!({ "file_path": id })),
        },
        "sendMediaGroup" => {
            let one = |i: i32| json!({"message_id": i, "document": {"file_id": format!("copy{i}")}});
            Reply::ok(json!([one(1), one(2), one(3)]))
        }
        "sendDocument" if r.text().contains("\"copy-stale\"") => {
            Reply::no(400, "Bad Request: wrong file identifier/HTTP URL specified")
        }
        _ => {
            Reply::ok(json!({"message_id": 5, "document": {"file_id": "copy"}, "audio": {"file_id": "copy"}}))
        }
    }
}

#[tokio::test]
async fn a_telling_name_is_never_passed_on() {
    let server = Server::start(files);
    let client = client(&server.url());
    let document = || send(media(MediaKind::Document, "30", Some("document.pdf")));
    make(&client, document()).await.expect("uploaded");
    let form = server.seen().pop().expect("a form").text();
    assert!(form.contains("filename=\"document.pdf\"") && form.contains(&"x".repeat(30)), "{form}");
    // The second time by its copy, without reading it again; never by its own handle.
    let before = server.seen().len();
    make(&client, document()).await.expect("sent again");
    let seen = server.seen();
    assert_eq!(seen.len(), before + 1);
    assert_eq!(seen[before].json(), json!({"chat_id": 7, "document": "copy"}));
    // An audio's own tags are covered, alone and in an album.
    make(&client, send(media(MediaKind::Audio, "31", Some("audio.mp3")))).await.expect("uploaded");
    let form = server.seen().pop().expect("a form").text();
    assert!(form.contains("name=\"title\"\r\n\r\naudio\r\n"), "{form}");
    let album = |ids: [&str; 3]| Call::SendAlbum {
        items: vec![
            media(MediaKind::Audio, ids[0], Some("audio.mp3")),
            media(MediaKind::Audio, ids[1], None),
            media(MediaKind::Audio, ids[2], Some("audio2.mp3")),
        ],
        reply_to: Some(MessageId(4)),
    };
    make(&client, album(["31", "40", "41"])).await.expect("an album");
    let form = server.seen().pop().expect("a form").text();
    let list = r#"[{"type":"audio","media":"copy","title":"audio","performer":"-"},{"type":"audio","media":"40"},{"type":"audio","media":"attach://file2","title":"audio","performer":"-"}]"#;
    assert!(form.contains(list) && form.contains("filename=\"audio2.mp3\""), "{form}");
    assert!(!form.contains("file0") && form.contains(r#"{"message_id":4,"#), "{form}");
}

#[tokio::test]
async fn copies_made_by_an_album_are_remembered_and_stale_ones_are_forgotten() {
    let server = Server::start(|r: &Request| match r.method() {
        "sendMediaGroup" => {
            let one = |i: i32| json!({"message_id": i, "document": {"file_id": "copy-stale"}});
            Reply::ok(json!([one(1), one(2)]))
        }
        _ => files(r),
    });
    let client = client(&server.url());
    let item = |id: &str| media(MediaKind::Document, id, Some("document.pdf"));
    let album = Call::SendAlbum { items: vec![item("50"), item("51")], reply_to: None };
    make(&client, album).await.expect("an album");
    let lost = make(&client, send(item("51"))).await;
    assert!(matches!(lost, Err(SendError::Passing(_))), "the next try uploads it: {lost:?}");
    make(&client, send(item("51"))).await.expect("uploaded anew");
    assert!(server.seen().iter().any(|r| r.method() == "sendDocument" && r.text().contains("copy-stale")));
    let form = server.seen().pop().expect("a form").text();
    assert!(form.contains("filename=\"document.pdf\""), "{form}");
}

#[tokio::test]
async fn files_that_cannot_be_read_are_about_the_file() {
    let server = Server::start(files);
    let client = client(&server.url());
    let sent = async |id: &str| make(&client, send(media(MediaKind::Document, id, Some("a.pdf")))).await;
    assert_eq!(sent("big").await, Err(SendError::TooLarge));
    assert_eq!(sent("20000001").await, Err(SendError::TooLarge));
    // Never `Gone`: that would end the chat.
    assert!(matches!(sent("forbidden").await, Err(SendError::Refused(_))));
    for id in ["gone", "pathless", "away"] {
        let result = sent(id).await;
        assert!(matches!(result, Err(SendError::Passing(_))), "{id}: {result:?}");
    }
    let album = Call::SendAlbum {
        items: (0..3).map(|i| media(MediaKind::Document, &format!("1800000{i}"), Some("a.pdf"))).collect(),
        reply_to: None,
    };
    assert_eq!(make(&client, album).await, Err(SendError::TooLarge), "54 MB are more than one upload may be");
    assert!(server.seen().iter().all(|r| !r.method().starts_with("send")), "nothing was sent");
}

#[tokio::test]
async fn a_slow_answer_is_ambiguous() {
    let server = Server::start(|_| Reply::Silence);
    let result = make(&client(&server.url()), text("x")).await;
    assert!(matches!(&result, Err(SendError::Ambiguous(_))), "{result:?}");
}
