//! Files that are uploaded anew.

use super::{Server, TOKEN, media, send, to};
use nameless_actors::ports::{BotApi, CopyStore, PortFuture, SendError, StoreError};
use nameless_domain::ids::MessageId;
use nameless_domain::outgoing::{Call, KeptPicture, Key, Picture};
use nameless_domain::relay::content::MediaKind;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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

/// A store with one picture, if it has one, which remembers no copy beyond a process.
#[derive(Default)]
struct Shelf {
    picture: Mutex<Option<Vec<u8>>>,
    reads: AtomicUsize,
}

impl CopyStore for Shelf {
    fn copy(&self, _: i64, _: String) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn keep_copy(&self, _: i64, _: String, _: String) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn forget_copy(&self, _: i64, _: String) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn picture(&self, _: KeptPicture) -> PortFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Ok(self.picture.lock().unwrap().clone())
        })
    }
}

/// Guards: what a store has is read and uploaded once, anew where Telegram has lost it, and its
/// text goes alone where it is gone.
#[actix_rt::test]
async fn a_picture_of_the_stores_is_uploaded_once_and_again_when_telegram_lost_it() {
    let (server, client) = Server::start().await;
    let shelf = Arc::new(Shelf { picture: Mutex::new(Some(b"\x89PNG pixels".to_vec())), ..Shelf::default() });
    let client = client.remembering(shelf.clone());
    let of = |name: &str| {
        let picture = Picture::Kept(KeptPicture { owner: None, number: 3, name: name.to_owned() });
        let keyboard = vec![vec![Key::new("Talk", "t")]];
        to(Call::Picture { picture, html: "<b>Nora</b>".to_owned(), keyboard })
    };
    let (out, reads) = (of("one"), || shelf.reads.load(Ordering::SeqCst));
    let made = |copy: &str| {
        let sizes = json!([{"file_id": "small"}, {"file_id": copy}]);
        json!({"ok": true, "result": {"message_id": 5, "photo": sizes}})
    };
    assert!(client.uploads(&out));
    server.will(200, made("copy"));
    assert_eq!(client.call(out.clone()).await.unwrap().messages[..], [MessageId(5)]);
    let (path, form) = server.asked().pop().expect("an upload");
    assert_eq!(path, format!("/bot{TOKEN}/sendPhoto"));
    for part in ["PNG pixels", "filename=\"picture.png\"", "<b>Nora</b>", "\"callback_data\":\"t\""] {
        assert!(form.contains(part), "{part}: {form}");
    }

    assert!(!client.uploads(&out));
    server.will_make(&[6]);
    client.call(out.clone()).await.unwrap();
    let sent = server.json("sendPhoto");
    assert_eq!((&sent["photo"], &sent["caption"]), (&json!("copy"), &json!("<b>Nora</b>")));
    assert_eq!(sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"], "t");
    assert_eq!(reads(), 1);

    for lost in
        ["wrong file identifier/HTTP URL specified", "wrong file_id or the file is temporarily unavailable"]
    {
        let lost = json!({"ok": false, "error_code": 400, "description": format!("Bad Request: {lost}")});
        server.will(400, lost);
        assert!(matches!(client.call(out.clone()).await, Err(SendError::Passing(_))));
        assert!(client.uploads(&out));
        server.will(200, made("another"));
        assert_eq!(client.call(out.clone()).await.unwrap().messages[..], [MessageId(5)]);
        assert!(!client.uploads(&out));
    }
    assert_eq!(reads(), 3);
    server.asked();

    *shelf.picture.lock().unwrap() = None;
    server.will_make(&[7]);
    assert_eq!(client.call(of("gone")).await.unwrap().messages[..], [MessageId(7)]);
    let (path, form) = server.asked().pop().expect("a text");
    assert_eq!(path, format!("/bot{TOKEN}/sendMessage"));
    assert!(form.contains("<b>Nora</b>") && !form.contains("PNG"), "{form}");
}
