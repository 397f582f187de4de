//! Every fault does what it says.

use std::time::{Duration, Instant};

use crate::common::{Bot, start, started};
use nameless_simulator::{FaultAction, FaultRule, SimUser, Simulator};
use serde_json::{Value, json};

async fn setup(action: FaultAction) -> (Simulator, Bot, SimUser) {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    assert!(simulator.world().faults().add(FaultRule::new(action).on("sendMessage").times(1)));
    (simulator, bot, user)
}

fn message(user: &SimUser) -> Value {
    json!({"chat_id": user.id(), "text": "x"})
}

/// Messages of the bot after one faulty call, and after a second one, which must succeed.
async fn effects(bot: &Bot, user: &SimUser) -> usize {
    let count = || user.chat().iter().filter(|m| m.from_bot).count();
    let first = count();
    bot.text(user, "again").await;
    assert_eq!(count(), first + 1);
    first
}

#[tokio::test]
async fn too_many_requests_says_how_long_to_wait() {
    let (simulator, bot, user) = setup(FaultAction::TooManyRequests { retry_after: 7 }).await;
    let (status, body) = bot.try_call("sendMessage", message(&user)).await.unwrap();
    assert_eq!(status, 429);
    assert_eq!(body["parameters"]["retry_after"], 7);
    assert_eq!(body["description"], "Too Many Requests: retry after 7");
    assert_eq!(effects(&bot, &user).await, 0);
    assert_eq!(simulator.world().stats().faults["too_many_requests"], 1);
}

#[tokio::test]
async fn server_errors_come_before_or_after_the_effect() {
    for (action, expected) in [
        (FaultAction::ServerErrorBefore { status: 502 }, 0),
        (FaultAction::ServerErrorAfter { status: 502 }, 1),
    ] {
        let (_simulator, bot, user) = setup(action).await;
        assert_eq!(bot.refused("sendMessage", message(&user)).await, (502, "Bad Gateway".into()));
        assert_eq!(effects(&bot, &user).await, expected);
    }
}

#[tokio::test]
async fn connections_drop_before_or_after_the_effect() {
    for (action, expected) in [(FaultAction::DropBefore, 0), (FaultAction::DropAfter, 1)] {
        let (_simulator, bot, user) = setup(action.clone()).await;
        let error = bot.try_call("sendMessage", message(&user)).await.unwrap_err();
        assert!(error.is_request(), "no status line must arrive: {error:?}");
        assert_eq!(effects(&bot, &user).await, expected, "{action:?}");
    }
}

#[tokio::test]
async fn latency_delays() {
    let (_simulator, bot, user) = setup(FaultAction::Latency { min_ms: 80, max_ms: 90 }).await;
    let before = Instant::now();
    bot.text(&user, "slow").await;
    assert!(before.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_method_can_be_unknown() {
    let (_simulator, bot, user) = setup(FaultAction::Unknown).await;
    assert_eq!(bot.refused("sendMessage", message(&user)).await, (404, "Not Found".into()));
    assert_eq!(effects(&bot, &user).await, 0);
}

#[tokio::test]
async fn any_error_can_be_asked_for() {
    let description = "Forbidden: user is deactivated".to_owned();
    let (_simulator, bot, user) =
        setup(FaultAction::Error { code: 403, description: description.clone() }).await;
    assert_eq!(bot.refused("sendMessage", message(&user)).await, (403, description));
}

#[tokio::test]
async fn get_updates_can_ignore_the_offset() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    user.send_text("x");
    let first = bot.call("getUpdates", json!({})).await;
    let next = first[0]["update_id"].as_i64().unwrap() + 1;
    simulator.world().faults().add(FaultRule::new(FaultAction::IgnoreOffset).times(2));
    for _ in 0..2 {
        assert_eq!(bot.call("getUpdates", json!({"offset": next})).await, first);
    }
    assert_eq!(bot.call("getUpdates", json!({"offset": next})).await, json!([]));
}

#[tokio::test]
async fn get_updates_can_answer_nothing_at_once() {
    let (simulator, bot) = start();
    simulator.world().faults().add(FaultRule::new(FaultAction::EmptyAtOnce));
    let before = Instant::now();
    assert_eq!(bot.call("getUpdates", json!({"timeout": 50})).await, json!([]));
    assert!(before.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn get_updates_can_bring_a_malformed_update() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    simulator.world().faults().add(FaultRule::new(FaultAction::MalformedUpdate).times(1));
    user.send_text("fine");
    let list = bot.call("getUpdates", json!({})).await;
    assert_eq!(list[0]["message"]["text"], "fine");
    assert!(list[1]["update_id"].is_i64() && list[1]["message"]["message_id"].is_string());
}

#[tokio::test]
async fn rules_come_over_http_too() {
    let (simulator, bot) = start();
    let url = format!("{}/sim/faults", simulator.url());
    let rule =
        json!([{"method": "getMe", "count": 1, "action": {"type": "too_many_requests", "retry_after": 3}}]);
    let answer: Value = bot.client.post(&url).json(&rule).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["rules"][0]["method"], "getMe");
    assert_eq!(bot.refused("getMe", json!({})).await.0, 429);
    bot.call("getMe", json!({})).await;
    let rule = json!({"action": {"type": "unknown"}});
    bot.client.post(&url).json(&rule).send().await.unwrap();
    assert_eq!(bot.refused("getMe", json!({})).await.0, 404);
    bot.client.delete(&url).send().await.unwrap();
    bot.call("getMe", json!({})).await;
}
