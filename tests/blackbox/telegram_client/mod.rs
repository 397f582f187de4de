//! The client of the Bot API against a server of the test's own: what is written, and how answers
//! are sorted.

mod failures;
mod files;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use nameless::config::BotToken;
use nameless::telegram::{Client, ClientConfig, parse_updates};
use nameless_actors::ports::BotApi;
use nameless_domain::ids::{ChatId, MessageId};
use nameless_domain::outgoing::{Call, Emoji, Key, Method, Outgoing};
use nameless_domain::relay::content::{Entity, EntityKind, Finding, MediaKind, OutMedia, Payload, Rich};
use nameless_domain::text::Action;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TOKEN: &str = "42:secret-token";

/// A server that answers what it is told to and remembers what it was asked.
#[derive(Clone, Default)]
struct Server {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
}

impl Server {
    async fn start() -> (Server, Client) {
        let server = Server::default();
        let state = server.clone();
        let http = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(state.clone()))
                .app_data(web::PayloadConfig::new(64 << 20))
                .default_service(web::to(answer))
        });
        let http = http.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let address = http.addrs()[0];
        actix_web::rt::spawn(http.run());
        (server, client(&format!("http://{address}/")))
    }

    fn will(&self, status: u16, body: impl ToString) {
        self.answers.lock().unwrap().push_back((status, body.to_string()));
    }

    fn will_make(&self, ids: &[i32]) {
        let mut made: Vec<Value> =
            ids.iter().map(|id| json!({"message_id": id, "chat": {"id": 7}})).collect();
        let result = if made.len() == 1 { made.remove(0) } else { made.into() };
        self.will(200, json!({"ok": true, "result": result}));
    }

    fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// The one request made, as JSON.
    fn json(&self, method: &str) -> Value {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].0, format!("/bot{TOKEN}/{method}"));
        serde_json::from_str(&asked[0].1).unwrap()
    }
}

async fn answer(server: web::Data<Server>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let asked = (request.path().to_owned(), String::from_utf8_lossy(&body).into_owned());
    server.asked.lock().unwrap().push(asked);
    let (status, body) =
        server.answers.lock().unwrap().pop_front().unwrap_or((200, r#"{"ok":true,"result":true}"#.into()));
    HttpResponse::build(status.try_into().unwrap()).body(body)
}

fn client(url: &str) -> Client {
    let mut config = ClientConfig::new(url, BotToken::parse(TOKEN).unwrap());
    config.call_timeout = Duration::from_secs(3);
    Client::new(config).unwrap()
}

fn to(call: Call) -> Arc<Outgoing> {
    Arc::new(Outgoing { chat: ChatId(7), call })
}

fn say() -> Arc<Outgoing> {
    to(Call::Say { html: "<b>hi</b>".into(), keyboard: vec![vec![Key::new("Yes", "y")]] })
}

fn media(kind: MediaKind, launder: Option<&str>) -> OutMedia {
    OutMedia {
        kind,
        file_id: "orig".into(),
        unique_id: "uniq".into(),
        launder: launder.map(str::to_owned),
        size: None,
        caption: Rich::plain("cap"),
        spoiler: true,
        caption_above: false,
        preview: None,
        veiled: false,
        agreed: false,
    }
}

fn send(media: OutMedia) -> Arc<Outgoing> {
    to(Call::Send { payload: Payload::Media(media), reply_to: None, manner: None })
}

#[actix_rt::test]
async fn what_capabilities_send_is_written_as_telegram_reads_it() {
    let (server, client) = Server::start().await;
    let key = |label: &str, action| Key { label: label.into(), action };
    let keyboard = vec![
        vec![key("Pay", Action::Pay), key("Site", Action::Url("https://example.org".into()))],
        vec![
            key("App", Action::WebApp("https://example.org/app".into())),
            key("Copy", Action::Copy("words".into())),
        ],
    ];
    server.will_make(&[5]);
    client.call(to(Call::Say { html: "x".into(), keyboard })).await.unwrap();
    assert_eq!(
        server.json("sendMessage")["reply_markup"],
        json!({"inline_keyboard": [
            [{"text": "Pay", "pay": true}, {"text": "Site", "url": "https://example.org"}],
            [{"text": "App", "web_app": {"url": "https://example.org/app"}}, {"text": "Copy", "copy_text": {"text": "words"}}],
        ]})
    );
    let parameters = r#"{"pre_checkout_query_id":"7","ok":true}"#;
    let name = "answerPreCheckoutQuery";
    let method = Method { name, parameters: parameters.into(), ..Method::default() };
    client.call(to(Call::Method(Box::new(method)))).await.unwrap();
    assert_eq!(server.json("answerPreCheckoutQuery"), serde_json::from_str::<Value>(parameters).unwrap());
}

#[actix_rt::test]
async fn texts_are_written_as_telegram_reads_them() {
    let (server, client) = Server::start().await;
    server.will_make(&[5]);
    assert_eq!(client.call(say()).await.unwrap().messages[..], [MessageId(5)]);
    assert_eq!(
        server.json("sendMessage"),
        json!({"chat_id": 7, "text": "<b>hi</b>", "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true},
            "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}})
    );

    let entity = |kind, offset| Entity { kind, offset, length: 1 };
    let entities = vec![
        entity(EntityKind::Bold, 0),
        entity(EntityKind::Pre { language: Some("rust".into()) }, 1),
        // Nothing like this should come this far; it must not get further, nor cost the message.
        entity(EntityKind::Identifying(Finding::Link), 2),
    ];
    let payload = Payload::Text(Rich { text: "abc".into(), entities });
    server.will_make(&[6]);
    client.call(to(Call::Send { payload, reply_to: Some(MessageId(3)), manner: None })).await.unwrap();
    assert_eq!(
        server.json("sendMessage"),
        json!({"chat_id": 7, "text": "abc", "link_preview_options": {"is_disabled": true},
            "entities": [{"type": "bold", "offset": 0, "length": 1},
                {"type": "pre", "offset": 1, "length": 1, "language": "rust"}],
            "reply_parameters": {"message_id": 3, "allow_sending_without_reply": true}})
    );
}

#[actix_rt::test]
async fn media_albums_and_edits_are_written() {
    let (server, client) = Server::start().await;
    server.will_make(&[5]);
    client.call(send(media(MediaKind::Photo, None))).await.unwrap();
    assert_eq!(
        server.json("sendPhoto"),
        json!({"chat_id": 7, "photo": "orig", "caption": "cap", "has_spoiler": true})
    );
    server.will_make(&[5]);
    client.call(send(media(MediaKind::Sticker, None))).await.unwrap();
    assert_eq!(server.json("sendSticker"), json!({"chat_id": 7, "sticker": "orig"}));

    server.will_make(&[8, 9]);
    let items = vec![media(MediaKind::Photo, None), media(MediaKind::Video, None)];
    let made = client.call(to(Call::SendAlbum { items: items.clone(), reply_to: None })).await.unwrap();
    assert_eq!(made.messages[..], [MessageId(8), MessageId(9)]);
    let item = |kind| json!({"type": kind, "media": "orig", "caption": "cap", "has_spoiler": true});
    assert_eq!(server.json("sendMediaGroup"), json!({"chat_id": 7, "media": [item("photo"), item("video")]}));
    server.will_make(&[8]);
    let fewer = client.call(to(Call::SendAlbum { items, reply_to: None })).await.unwrap();
    assert!(fewer.messages.is_empty(), "ids that cannot be told apart are no ids");
    server.asked();

    let edit = |payload| to(Call::Edit { message: MessageId(4), payload });
    client.call(edit(Payload::Media(media(MediaKind::Photo, None)))).await.unwrap();
    assert_eq!(
        server.json("editMessageMedia"),
        json!({"chat_id": 7, "message_id": 4, "media": item("photo")})
    );
    client.call(edit(Payload::Media(media(MediaKind::Voice, None)))).await.unwrap();
    assert_eq!(server.json("editMessageCaption"), json!({"chat_id": 7, "message_id": 4, "caption": "cap"}));
    client.call(edit(Payload::Media(media(MediaKind::Sticker, Some("sticker.webp"))))).await.unwrap();
    assert!(server.asked().is_empty(), "a sticker cannot be edited");
}

#[actix_rt::test]
async fn small_calls_are_written() {
    let (server, client) = Server::start().await;
    let ids = |ids: &[i32]| ids.iter().copied().map(MessageId).collect::<Vec<_>>();
    let emoji = Some(Emoji("👍".into()));
    let calls = [
        (Call::Delete { messages: ids(&[1]) }, "deleteMessage", json!({"chat_id": 7, "message_id": 1})),
        (
            Call::Delete { messages: ids(&[1, 2]) },
            "deleteMessages",
            json!({"chat_id": 7, "message_ids": [1, 2]}),
        ),
        (
            Call::React { message: MessageId(1), emoji },
            "setMessageReaction",
            json!({"chat_id": 7, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "👍"}]}),
        ),
        (
            Call::React { message: MessageId(1), emoji: None },
            "setMessageReaction",
            json!({"chat_id": 7, "message_id": 1, "reaction": []}),
        ),
        (
            Call::AnswerCallback { id: "q".into(), text: Some("ok".into()) },
            "answerCallbackQuery",
            json!({"callback_query_id": "q", "text": "ok"}),
        ),
        (Call::LeaveChat, "leaveChat", json!({"chat_id": 7})),
    ];
    for (call, method, body) in calls {
        client.call(to(call)).await.unwrap();
        assert_eq!(server.json(method), body);
    }
}

#[actix_rt::test]
async fn polls_and_the_control_plane_reach_the_server() {
    let (server, client) = Server::start().await;
    server.will(200, r#"{"ok":true,"result":[{"update_id":3}]}"#);
    let body = client.get_updates(Some(3), 50, Duration::from_secs(1), &["message"]).await.unwrap();
    assert_eq!(parse_updates(&body).unwrap()[0].update_id, Some(3));
    assert_eq!(
        server.json("getUpdates"),
        json!({"offset": 3, "limit": 50, "timeout": 1, "allowed_updates": ["message"]})
    );
    server.will(
        200,
        r#"{"ok":true,"result":{"id":42,"is_bot":true,"first_name":"N","username":"nameless_bot",
            "can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":false,
            "can_connect_to_business":false,"has_main_web_app":false}}"#,
    );
    let me = client.get_me().await.unwrap();
    assert_eq!((me.id, &*me.username), (42, "nameless_bot"));
    client.delete_webhook().await.unwrap();
    client.set_webhook("https://bot.example/webhook", "s3cret", &["message"], 100).await.unwrap();
    client.set_my_commands(&[("start", "Start".into())], Some("en")).await.unwrap();
    client.set_my_description("A bot", None).await.unwrap();
    client.set_my_short_description("A bot", Some("ru")).await.unwrap();
    server.will(404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#);
    assert!(client.delete_webhook().await.is_err());
    let methods: Vec<String> = server.asked().into_iter().map(|(path, _)| path).collect();
    for method in ["SetMyCommands", "SetMyDescription", "SetMyShortDescription", "setWebhook"] {
        assert!(methods.iter().any(|m| m.to_lowercase().ends_with(&method.to_lowercase())), "{methods:?}");
    }
}
