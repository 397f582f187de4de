//! Files that are uploaded anew.

use super::{Server, TOKEN, media, send, to};
use nameless_actors::ports::{BotApi, SendError};
use nameless_domain::ids::MessageId;
use nameless_domain::outgoing::Call;
use nameless_domain::relay::content::MediaKind;
use serde_json::json;

#[actix_rt::test]
async fn a_file_is_laundered_once_and_again_when_telegram_lost_the_copy() {
    let (server, client) = Server::start().await;
    let out = send(media(MediaKind::Audio, Some("audio.mp3")));
    let path = r#"{"ok":true,"result":{"file_id":"orig","file_path":"music/file_1.mp3"}}"#;
    let file = "ID3\u{4}\0\0\0\0\0\u{5}Annie\u{7f}sound";
    let made = |copy: &str| json!({"ok": true, "result": {"message_id": 5, "audio": {"file_id": copy}}});
    server.will(200, path);
    server.will(200, file);
    server.will(200, made("copy"));
    assert_eq!(client.call(out.clone()).await.unwrap().messages[..], [MessageId(5)]);
    let asked = server.asked();
    assert_eq!(asked[0].0, format!("/bot{TOKEN}/getFile"));
    assert_eq!(asked[1].0, format!("/file/bot{TOKEN}/music/file_1.mp3"));
    assert_eq!(asked[2].0, format!("/bot{TOKEN}/sendAudio"));
    let form = &asked[2].1;
    for part in ["filename=\"audio.mp3\"", "name=\"title\"", "name=\"performer\"", "sound", "cap"] {
        assert!(form.contains(part), "{part}");
    }
    assert!(!form.contains("Annie"), "the file's own tags");

    server.will_make(&[6]);
    client.call(out.clone()).await.unwrap();
    assert_eq!(server.json("sendAudio")["audio"], "copy");

    // A copy that Telegram has lost is uploaded anew in the lane that is for that: not by the call
    // that found out.
    assert!(!client.uploads(&out));
    server.will(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: wrong file identifier"}"#);
    assert!(matches!(client.call(out.clone()).await, Err(SendError::Passing(_))));
    assert!(client.uploads(&out));
    server.will(200, path);
    server.will(200, file);
    server.will(200, made("copy2"));
    assert_eq!(client.call(out).await.unwrap().messages[..], [MessageId(5)]);
    assert_eq!(server.asked().len(), 4);
}

/// Telegram would look what it is, and make a video without a spoiler of a film.
#[actix_rt::test]
async fn a_document_that_is_uploaded_stays_a_document() {
    let (server, client) = Server::start().await;
    server.will(200, r#"{"ok":true,"result":{"file_path":"d/1.pdf"}}"#);
    server.will(200, "%PDF");
    server.will(200, json!({"ok": true, "result": {"message_id": 5, "document": {"file_id": "copy"}}}));
    client.call(send(media(MediaKind::Document, Some("file.pdf")))).await.unwrap();
    let (path, form) = server.asked().pop().expect("an upload");
    assert_eq!(path, format!("/bot{TOKEN}/sendDocument"));
    assert!(form.contains("name=\"disable_content_type_detection\""), "{form}");
}

#[actix_rt::test]
async fn an_album_uploads_only_what_must_be_laundered() {
    let (server, client) = Server::start().await;
    let mut plain = media(MediaKind::Document, None);
    plain.unique_id = "other".into();
    let items = vec![plain, media(MediaKind::Document, Some("file.pdf"))];
    let album = to(Call::SendAlbum { items, reply_to: None });
    let document = |id: i32, file: &str| json!({"message_id": id, "document": {"file_id": file}});
    server.will(200, r#"{"ok":true,"result":{"file_path":"d/1.pdf"}}"#);
    server.will(200, "%PDF");
    server.will(200, json!({"ok": true, "result": [document(1, "orig"), document(2, "copy")]}));
    assert_eq!(client.call(album.clone()).await.unwrap().messages[..], [MessageId(1), MessageId(2)]);
    let form = &server.asked()[2].1;
    assert!(form.contains(r#""media":"orig""#) && form.contains(r#""media":"attach://file1""#), "{form}");
    assert!(form.contains("filename=\"file.pdf\"") && form.contains("%PDF"));
    let stays = r#""disable_content_type_detection":true"#;
    assert_eq!(form.matches(stays).count(), 1, "of what is uploaded, and of nothing else: {form}");

    server.will_make(&[3, 4]);
    client.call(album).await.unwrap();
    assert_eq!(server.json("sendMediaGroup")["media"][1]["media"], "copy");
}

#[actix_rt::test]
async fn a_file_too_large_to_be_read_is_told_apart() {
    let (server, client) = Server::start().await;
    let out = send(media(MediaKind::Document, Some("file.pdf")));
    server.will(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}"#);
    assert_eq!(client.call(out.clone()).await, Err(SendError::TooLarge));
    server.will(200, r#"{"ok":true,"result":{"file_path":"d/1.pdf"}}"#);
    server.will(200, "x".repeat(20_000_001));
    assert_eq!(client.call(out.clone()).await, Err(SendError::TooLarge));
    server.will(500, r#"{"ok":false,"error_code":500}"#);
    assert!(matches!(client.call(out.clone()).await, Err(SendError::Passing(_))), "nothing was sent");
    // The question and the bytes: what passes, and what does not.
    let words = "Bad Request: wrong file_id or the file is temporarily unavailable";
    server.will(400, json!({"ok": false, "error_code": 400, "description": words}));
    assert!(matches!(client.call(out.clone()).await, Err(SendError::Passing(_))));
    for status in [404, 429, 502] {
        server.will(200, r#"{"ok":true,"result":{"file_path":"d/1.pdf"}}"#);
        server.will(status, "");
        assert!(matches!(client.call(out.clone()).await, Err(SendError::Passing(_))), "{status}");
    }
    server.will(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: invalid file_id"}"#);
    assert!(matches!(client.call(out).await, Err(SendError::Refused(_))));
}
