//! The user side over HTTP, as the demo's page and load generators use it.

use std::time::Duration;

use crate::common::{Bot, SOON, start};
use nameless_simulator::{NewUser, SimConfig, Simulator};
use serde_json::{Value, json};

async fn post(bot: &Bot, path: &str, body: Value) -> (u16, Value) {
    let response = bot.client.post(format!("{}/sim{path}", bot.url)).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn get(bot: &Bot, path: &str) -> Value {
    bot.client.get(format!("{}/sim{path}", bot.url)).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_whole_conversation_over_http() {
    let (simulator, bot) = start();
    bot.call("getUpdates", json!({"allowed_updates": ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]})).await;
    let (_, user) = post(&bot, "/users", json!({"first_name": "Anna", "language_code": "ru"})).await;
    let id = user["id"].as_i64().unwrap();
    assert_eq!(user["profile"]["first_name"], "Anna");
    assert_eq!(get(&bot, "/users").await[0]["id"], json!(id));
    let path = |rest: &str| format!("/users/{id}/{rest}?token=42:secret");

    let (_, sent) = post(&bot, &path("messages"), json!({"text": "hello"})).await;
    let first = sent["message_id"].as_i64().unwrap();
    for (kind, extra) in [
        ("photo", json!({"caption": "c", "file_base64": "AQID"})),
        ("document", json!({"file_name": "a.pdf", "reply_to": first})),
        ("dice", json!({})),
        ("text", json!({"raw": {"new_thing": 1}})),
    ] {
        let mut body = extra;
        body["kind"] = kind.into();
        assert_eq!(post(&bot, &path("messages"), body).await.0, 200, "{kind}");
    }
    let album = json!({"items": [{"kind": "photo"}, {"kind": "video", "caption": "v"}]});
    assert_eq!(post(&bot, &path("albums"), album).await.1["message_ids"].as_array().unwrap().len(), 2);
    post(&bot, &path("edit"), json!({"message_id": first, "text": "edited"})).await;
    post(&bot, &path("reactions"), json!({"message_id": first, "emoji": ["👍"]})).await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]});
    let sent = bot.call("sendMessage", json!({"chat_id": id, "text": "k", "reply_markup": keyboard})).await;
    let press = json!({"message_id": sent["message_id"], "data": "go"});
    assert!(post(&bot, &path("press"), press).await.1["callback_query_id"].is_string());
    assert_eq!(post(&bot, &path("block"), json!({})).await.0, 200);
    assert_eq!(post(&bot, &path("messages"), json!({"text": "x"})).await.0, 409);
    assert_eq!(post(&bot, &path("unblock"), json!({})).await.0, 200);

    let updates = bot.updates().await;
    assert_eq!(updates.len(), 12, "{updates:?}");
    let photo = &updates[1]["message"];
    assert_eq!((&photo["caption"], &photo["photo"][2]["file_size"]), (&json!("c"), &json!(3)));

    let chat = get(&bot, &path("chat")).await;
    let messages = chat["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 8);
    assert_eq!(messages[0]["json"]["text"], "edited");
    let newer = get(&bot, &format!("/users/{id}/chat?token=42:secret&after={}", sent["message_id"])).await;
    assert_eq!(newer["messages"], json!([]));
    let file = messages[1]["json"]["photo"][0]["file_id"].as_str().unwrap();
    let url = format!("{}/sim/users/{id}/files/{file}", bot.url);
    assert_eq!(bot.client.get(url).send().await.unwrap().bytes().await.unwrap().as_ref(), [1, 2, 3]);
    let stats = get(&bot, "/stats").await;
    assert_eq!((&stats["methods"]["sendMessage"], &stats["users"]), (&json!(1), &json!(1)));
    assert_eq!(stats["updates_made"], json!(simulator.world().stats().updates_made));
}

#[tokio::test]
async fn a_group_over_http() {
    let (simulator, bot) = start();
    bot.call("getUpdates", json!({"allowed_updates": ["message", "callback_query", "my_chat_member"]})).await;
    let id = simulator.world().add_user(NewUser::default()).id();
    let (_, made) = post(&bot, &format!("/users/{id}/groups"), json!({})).await;
    let group = made["id"].as_i64().unwrap();
    assert!(group < 0, "{made}");
    let path = |rest: &str| format!("/users/{id}/{rest}?group={group}");

    assert_eq!(post(&bot, &path("messages"), json!({"text": "help"})).await.0, 200);
    let updates = bot.updates().await;
    assert_eq!(updates[0]["my_chat_member"]["new_chat_member"]["status"], "member");
    let said = &updates[2]["message"];
    assert_eq!((&said["chat"]["id"], &said["from"]["id"]), (&json!(group), &json!(id)));
    let keyboard = json!({"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]});
    let sent =
        bot.call("sendMessage", json!({"chat_id": group, "text": "k", "reply_markup": keyboard})).await;
    let chat = get(&bot, &path("chat")).await;
    assert_eq!(chat["messages"].as_array().unwrap().last().unwrap()["json"]["text"], "k");
    let mut events = bot.client.get(format!("{}/sim{}", bot.url, path("events"))).send().await.unwrap();
    let hello = tokio::time::timeout(SOON, events.chunk()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&hello).contains("\"text\":\"k\""), "{hello:?}");
    let press = json!({"message_id": sent["message_id"], "data": "go"});
    assert_eq!(post(&bot, &path("press"), press).await.0, 200);
    assert_eq!(bot.updates().await[0]["callback_query"]["message"]["chat"]["id"], json!(group));
    let own = get(&bot, &format!("/users/{id}/chat")).await;
    assert_eq!(own["messages"], json!([]), "their own chat is another one");

    bot.call("leaveChat", json!({"chat_id": group})).await;
    let (status, refused) = post(&bot, &path("messages"), json!({"text": "x"})).await;
    assert_eq!((status, &refused["error"]), (409, &json!("the bot has left the group")));
    assert_eq!(post(&bot, &path("unblock"), json!({})).await.0, 200);
    let change = &bot.updates().await[0]["my_chat_member"];
    let statuses = ["old_chat_member", "new_chat_member"].map(|of| &change[of]["status"]);
    assert_eq!(statuses, [&json!("left"), &json!("member")]);
    assert_eq!(post(&bot, &path("messages"), json!({"text": "x"})).await.0, 200);
}

#[tokio::test]
async fn who_opens_a_mini_app_is_signed_for_the_bot() {
    let simulator = Simulator::start(SimConfig::default()).unwrap();
    let bot = Bot::new(&simulator);
    let id = simulator.world().add_user(NewUser::default()).id();
    let path = format!("/users/{id}/app-data");
    assert_eq!(get(&bot, &path).await["error"], "no bot has called yet");
    bot.call("getMe", json!({})).await;
    let data = get(&bot, &path).await["init_data"].as_str().unwrap().to_owned();
    let url = reqwest::Url::parse(&format!("https://t.me?{data}")).unwrap();
    let fields: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["auth_date", "query_id", "user", "hash"]);
    let who: Value = serde_json::from_str(&fields[2].1).unwrap();
    assert_eq!(who["id"], json!(id));
    let other = get(&bot, &format!("{path}?token=43:other")).await["init_data"].as_str().unwrap().to_owned();
    let hash = |data: &str| data.split("hash=").nth(1).unwrap().to_owned();
    assert_ne!(hash(&data), hash(&other), "each bot has a signature of its own");
}

#[tokio::test]
async fn forms_with_files_are_taken() {
    let (simulator, bot) = start();
    bot.call("getMe", json!({})).await;
    let user = simulator.world().add_user(NewUser::default());
    let file =
        reqwest::multipart::Part::bytes(vec![9; 10]).file_name("IMG_1.jpg").mime_str("image/jpeg").unwrap();
    let form = reqwest::multipart::Form::new().text("caption", "mine").part("file", file);
    let url = format!("{}/sim/users/{}/messages", bot.url, user.id());
    let answer = bot.client.post(url).multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let message = user.last_message().unwrap();
    assert_eq!((message.kind(), message.caption()), ("photo", Some("mine")));
}

#[tokio::test]
async fn nonsense_is_refused() {
    let simulator = Simulator::start(SimConfig { max_body: 1000, ..SimConfig::default() }).unwrap();
    let bot = Bot::new(&simulator);
    let id = simulator.world().add_user(NewUser::default()).id();
    for (path, body, status) in [
        ("/users/5/messages".to_owned(), json!({"text": "x"}), 404),
        (format!("/users/{id}/messages"), json!({}), 400),
        (format!("/users/{id}/messages"), json!({"kind": "telepathy"}), 400),
        (format!("/users/{id}/messages"), json!({"text": 5}), 400),
        (format!("/users/{id}/messages"), json!({"text": "x".repeat(2000)}), 413),
        (format!("/users/{id}/messages"), json!({"text": "x", "reply_to": 1}), 404),
        (format!("/users/{id}/messages?token=x"), json!({"text": "x"}), 400),
        (format!("/users/{id}/messages?group=-5"), json!({"text": "x"}), 404),
        (format!("/users/{id}/messages?group={id}"), json!({"text": "x"}), 404),
        (format!("/users/{id}/albums"), json!({"items": []}), 400),
        (format!("/users/{id}/press"), json!({"message_id": 1, "data": "x"}), 404),
        ("/faults".to_owned(), json!({"action": {"type": "magic"}}), 400),
    ] {
        let (code, answer) = post(&bot, &path, body.clone()).await;
        assert_eq!(code, status, "{path} {body}: {answer}");
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn events_begin_with_the_chat_and_go_on_with_its_changes() {
    let (simulator, bot) = start();
    bot.call("getMe", json!({})).await;
    let user = simulator.world().add_user(NewUser::default());
    user.send_text("before");
    let url = format!("{}/sim/users/{}/events", bot.url, user.id());
    let mut stream = bot.client.get(url).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut seen = String::new();
    let mut acted = false;
    let read = async {
        while !seen.contains("message_edited") {
            seen.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
            if !acted && seen.contains("\n\n") {
                acted = true;
                let id = user.send_text("after");
                user.edit_text(id, "changed");
            }
        }
    };
    tokio::time::timeout(SOON, read).await.unwrap();
    let events: Vec<(&str, Value)> = seen
        .split("\n\n")
        .filter_map(|e| e.strip_prefix("event: ")?.split_once("\ndata: "))
        .map(|(kind, data)| (kind, serde_json::from_str(data).unwrap()))
        .collect();
    let kinds: Vec<&str> = events.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["hello", "message_added", "message_edited"]);
    assert_eq!(events[0].1["messages"][0]["json"]["text"], "before");
    assert_eq!(events[2].1["message"]["json"]["text"], "changed");
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_cut_off() {
    let simulator = Simulator::start(SimConfig { event_buffer: 4, ..SimConfig::default() }).unwrap();
    let bot = Bot::new(&simulator);
    bot.call("getMe", json!({})).await;
    let user = simulator.world().add_user(NewUser::default());
    let url = format!("{}/sim/users/{}/events", bot.url, user.id());
    let mut stream = bot.client.get(url).send().await.unwrap();
    // More than the sockets' buffers take, so that the server has to wait for this reader.
    let big = "x".repeat(100_000);
    for _ in 0..300 {
        user.send_text(&big);
    }
    let drain = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(Duration::from_secs(20), drain).await.expect("the stream ends");
}
