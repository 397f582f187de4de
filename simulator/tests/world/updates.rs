//! How updates reach a bot: offsets, long polls, 409, webhooks, kinds.

use std::time::{Duration, Instant};

use crate::common::{Bot, SOON, TOKEN, start, started};
use nameless_simulator::{NewUser, Outgoing, SimConfig, Simulator};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn ids(updates: &Value) -> Vec<i64> {
    updates.as_array().unwrap().iter().map(|u| u["update_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn an_offset_acknowledges_what_is_before_it() {
    let (simulator, bot) = start();
    let user = simulator.world().add_user(NewUser::default()).with_bot(TOKEN);
    for n in 0..5 {
        user.send_text(&format!("{n}"));
    }
    let first = ids(&bot.call("getUpdates", json!({"limit": 2})).await);
    assert_eq!(first.len(), 2);
    assert_eq!(
        ids(&bot.call("getUpdates", json!({"limit": 2})).await),
        first,
        "unacknowledged updates come again"
    );
    let rest = ids(&bot.call("getUpdates", json!({"offset": first[1] + 1})).await);
    assert_eq!(rest, [first[1] + 1, first[1] + 2, first[1] + 3]);
    let last = ids(&bot.call("getUpdates", json!({"offset": -1})).await);
    assert_eq!(last, [rest[2]], "a negative offset keeps the last ones only");
    assert_eq!(ids(&bot.call("getUpdates", json!({"offset": rest[2] + 1})).await), [] as [i64; 0]);
    let stats = simulator.world().stats();
    assert_eq!((stats.updates_made, stats.updates_acked, stats.updates_pending), (5, 5, 0));
}

#[tokio::test]
async fn a_long_poll_wakes_at_once() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let poll = bot.call("getUpdates", json!({"timeout": 50}));
    let act = async {
        // The poll is on its way; whether it waits already makes no difference to the result.
        tokio::time::sleep(Duration::from_millis(50)).await;
        user.send_text("hi");
        Instant::now()
    };
    let (updates, sent) = tokio::join!(poll, act);
    assert_eq!(updates[0]["message"]["text"], "hi");
    assert!(sent.elapsed() < Duration::from_secs(20), "{:?}", sent.elapsed());
}

#[tokio::test]
async fn a_second_poller_ends_the_first() {
    let (simulator, bot) = start();
    bot.call("getMe", json!({})).await;
    let first = bot.refused("getUpdates", json!({"timeout": 50}));
    let second = async {
        loop {
            bot.call("getUpdates", json!({"timeout": 0})).await;
            if simulator.world().stats().violations.contains_key("pollers") {
                break;
            }
        }
    };
    let ((code, text), ()) = tokio::join!(first, second);
    assert_eq!(code, 409);
    assert_eq!(
        text,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    );
}

#[tokio::test]
async fn a_poller_that_went_away_is_no_rival() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let poll = bot.call("getUpdates", json!({"timeout": 50}));
    assert!(tokio::time::timeout(Duration::from_millis(50), poll).await.is_err());
    // The connection is closed a little later.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(bot.updates().await.len(), 0);
    user.send_text("not lost");
    assert_eq!(bot.updates().await[0]["message"]["text"], "not lost");
    assert_eq!(simulator.world().stats().violations.get("pollers"), None);
}

#[tokio::test]
async fn reactions_come_only_where_they_are_asked_for_and_the_choice_sticks() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let id = user.send_text("x");
    bot.updates().await;
    user.react(id, &["👍"]);
    assert_eq!(bot.updates().await.len(), 0);
    bot.call("getUpdates", json!({"allowed_updates": ["message", "message_reaction"]})).await;
    user.react(id, &["❤"]);
    let updates = bot.updates().await;
    let reaction = &updates[0]["message_reaction"];
    assert_eq!(reaction["old_reaction"], json!([{"type": "emoji", "emoji": "👍"}]));
    assert_eq!(reaction["new_reaction"], json!([{"type": "emoji", "emoji": "❤"}]));
    assert_eq!(reaction["user"]["id"], json!(user.id()));
    user.edit_text(id, "y");
    assert_eq!(bot.updates().await.len(), 0, "edits were not asked for");
}

#[tokio::test]
async fn users_may_write_before_the_bot_connects() {
    let simulator = Simulator::start(SimConfig::default()).unwrap();
    let user = simulator.world().add_user(NewUser::default());
    user.send_text("early");
    let bot = Bot::new(&simulator);
    assert_eq!(bot.updates().await[0]["message"]["text"], "early");
    bot.text(&user, "answer").await;
    assert_eq!(user.last_message().unwrap().text(), Some("answer"));
}

#[tokio::test]
async fn raw_updates_are_queued_as_they_are() {
    let (simulator, bot) = start();
    let world = simulator.world();
    world.inject_update(TOKEN, json!({"something_new": {"a": 1}})).unwrap();
    world.inject_update(TOKEN, json!("not even an object")).unwrap();
    let id = world.inject_update(TOKEN, json!({"update_id": 7, "message": []})).unwrap();
    assert_eq!(id, 7);
    let list = bot.call("getUpdates", json!({})).await;
    assert!(list[0]["update_id"].is_i64());
    assert_eq!(list[1], "not even an object");
    assert_eq!(list[2], json!({"update_id": 7, "message": []}));
    bot.call("getUpdates", json!({"offset": list[0]["update_id"].as_i64().unwrap() + 2})).await;
    assert_eq!(world.pending_updates(TOKEN), 0);
    assert!(world.inject_update("no token", json!({})).is_err());
}

#[tokio::test]
async fn a_full_queue_refuses_the_user() {
    let simulator = Simulator::start(SimConfig { max_pending_updates: 2, ..SimConfig::default() }).unwrap();
    let user = simulator.world().add_user(NewUser::default()).with_bot(TOKEN);
    user.send_text("1");
    user.send_text("2");
    assert_eq!(
        user.try_send(Outgoing::text("3")).unwrap_err().to_string(),
        "the bot's queue of undelivered updates is full"
    );
    assert_eq!(user.chat().len(), 2);
}

#[tokio::test]
async fn a_server_can_go_down_and_come_back_with_its_world() {
    // Bound and never listened on: nobody else takes the port while the server is down.
    let place = tokio::net::TcpSocket::new_v4().unwrap();
    place.set_reuseaddr(true).unwrap();
    place.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let config = SimConfig { addr: place.local_addr().unwrap(), ..SimConfig::default() };
    let simulator = Simulator::start(config).unwrap();
    let bot = Bot::new(&simulator);
    let user = started(&simulator, &bot).await;
    let (addr, world) = (simulator.addr(), simulator.world());
    let poll = bot.try_call("getUpdates", json!({"timeout": 50}));
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tokio::task::spawn_blocking(move || simulator.stop()).await.unwrap();
    };
    let (poll, ()) = tokio::join!(poll, stop);
    assert!(poll.is_err(), "a waiting poll is cut off: {poll:?}");
    assert!(bot.try_call("getMe", json!({})).await.is_err());
    user.send_text("while it was down");
    let _again = Simulator::start_with_world(addr, world).unwrap();
    assert_eq!(bot.updates().await[0]["message"]["text"], "while it was down");
}

/// Reads one HTTP request; its head and body.
async fn request(stream: &mut tokio::net::TcpStream) -> Option<(String, Value)> {
    let mut data = Vec::new();
    loop {
        if let Some(at) = data.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&data[..at]).to_ascii_lowercase();
            let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.trim().parse().ok()?;
            if data.len() >= at + 4 + length {
                return Some((head, serde_json::from_slice(&data[at + 4..at + 4 + length]).ok()?));
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await.ok()? {
            0 => return None,
            n => data.extend_from_slice(&buffer[..n]),
        }
    }
}

#[tokio::test]
async fn a_webhook_gets_updates_with_its_secret_in_order_and_again_after_a_failure() {
    let config = SimConfig { webhook_retry: Duration::from_millis(5), ..SimConfig::default() };
    let simulator = Simulator::start(config).unwrap();
    let bot = Bot::new(&simulator);
    let user = started(&simulator, &bot).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let bad = bot.refused("setWebhook", json!({"url": url, "secret_token": "not legal!"})).await;
    assert_eq!(bad.0, 400);
    bot.call("setWebhook", json!({"url": url, "secret_token": "s3cret", "max_connections": 3})).await;
    assert_eq!(bot.refused("getUpdates", json!({})).await.0, 409);
    for n in 0..4 {
        user.send_text(&format!("{n}"));
    }
    let mut texts = Vec::new();
    let serve = async {
        let mut fail = 2;
        while texts.len() < 4 {
            let (mut stream, _) = listener.accept().await.unwrap();
            while let Some((head, update)) = request(&mut stream).await {
                assert!(head.contains("x-telegram-bot-api-secret-token: s3cret"), "{head}");
                let answer = if fail > 0 {
                    fail -= 1;
                    "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
                } else {
                    texts.push(update["message"]["text"].as_str().unwrap().to_owned());
                    let reply =
                        json!({"method": "sendMessage", "chat_id": user.id(), "text": "seen"}).to_string();
                    format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reply}",
                        reply.len()
                    )
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    };
    tokio::time::timeout(SOON, serve).await.unwrap();
    assert_eq!(texts, ["0", "1", "2", "3"]);
    user.wait_chat(SOON, |chat| chat.iter().filter(|m| m.text() == Some("seen")).count() == 4).await.unwrap();
    let info = bot.call("getWebhookInfo", json!({})).await;
    assert_eq!(info["url"], json!(url));
    assert!(info["last_error_message"].as_str().unwrap().contains("500"), "{info}");
    bot.call("deleteWebhook", json!({})).await;
    assert_eq!(bot.call("getWebhookInfo", json!({})).await["url"], "");
    user.send_text("polled again");
    assert_eq!(bot.updates().await.last().unwrap()["message"]["text"], "polled again");
}
