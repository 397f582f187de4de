//! Somebody who looks on while bots write.

use crate::common::{TOKEN, start};
use nameless_simulator::{FaultAction, FaultRule, NewUser, Onlooker, Written};
use serde_json::json;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl Seen {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Onlooker for Seen {
    fn written(&self, message: &Written<'_>) {
        let text = message.content.get("text").or_else(|| message.content.get("caption"));
        let edited = if message.edited { " edited" } else { "" };
        self.note(format!("{}{edited} {}", message.message_id, text.unwrap()));
    }

    fn told_to_wait(&self, _: i64, seconds: u32) {
        self.note(format!("wait {seconds}"));
    }

    fn called(&self, _: i64) {
        self.note("called".into());
    }
}

#[tokio::test]
async fn everything_that_a_bot_writes_is_seen_once_and_in_order() {
    let (simulator, bot) = start();
    let world = simulator.world();
    let seen = Arc::new(Seen::default());
    assert!(world.watch(seen.clone()));
    assert!(!world.watch(Arc::new(Seen::default())), "there is one");
    let user = world.add_user(NewUser::default()).with_bot(TOKEN);
    user.begin_chat();
    assert_eq!(world.pending_updates(TOKEN), 0, "the bot is told of nothing");
    let id = bot.text(&user, "one").await["message_id"].as_i64().unwrap();
    bot.text(&user, "two").await;
    bot.call("editMessageText", json!({"chat_id": user.id(), "message_id": id, "text": "three"})).await;
    let expected = [
        "called".into(),
        format!("{id} \"one\""),
        "called".into(),
        format!("{} \"two\"", id + 1),
        format!("{id} edited \"three\""),
    ];
    assert_eq!(seen.take(), expected);
}

#[tokio::test]
async fn a_bot_that_is_told_to_wait_is_seen() {
    let (simulator, bot) = start();
    let world = simulator.world();
    let seen = Arc::new(Seen::default());
    world.watch(seen.clone());
    let user = world.add_user(NewUser::default()).with_bot(TOKEN);
    user.begin_chat();
    let wait = FaultRule::new(FaultAction::TooManyRequests { retry_after: 7 });
    world.faults().add(wait.on("sendMessage").times(1));
    bot.refused("sendMessage", json!({"chat_id": user.id(), "text": "x"})).await;
    assert_eq!(seen.take(), ["called", "wait 7"]);
}
