//! Warnings, appeals, what is taken back, what is read, and programs that write like programs.

use crate::admin::{GROUP, answered, get, orders, post, staff, staffed, token, yes};
use crate::common::{ask, counted, told, vanishes};
use crate::support::app::spawn_app;
use crate::support::people::{PATIENCE, chatting, pair, person, sees};
use nameless_domain::capabilities::admin::Role;
use nameless_simulator::SimUser;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

/// Orders what needs a second tap, and taps.
async fn confirms(owner: &SimUser, text: &str, consequence: &str, done: &str) {
    let asked = orders(owner, text, consequence).await;
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    answered(owner, asked.message_id - 1, done).await;
}

#[tokio::test]
async fn a_warning_and_what_was_sent() {
    let (app, owner, _) = staffed().await;
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    anna.send_text("look at my <b>channel</b>");
    let got = sees(&boris, "look at my <b>channel</b>").await;
    let mark = anna.mark();
    confirms(&owner, &format!("warn {} no <ads>", anna.id()), "stays on their dossier", "Warnings: 1").await;
    let warned = told(&anna, mark, "A warning from the moderators").await;
    assert!(warned.text().is_some_and(|text| text.contains("no <ads>")), "{:?}", warned.text());
    orders(&owner, &format!("note {} wrote to me", anna.id()), "Noted").await;
    orders(&owner, &format!("user {}", anna.id()), "wrote to me").await;
    // They are in the chat still.
    boris.send_text("what was that?");
    sees(&anna, "what was that?").await;
    confirms(&owner, &format!("delete {} ads", anna.id()), "cannot be brought back", "chats: 1").await;
    vanishes(&boris, got.message_id).await;
    // What is read needs a reason, and comes as a file.
    orders(&owner, &format!("diafile {}", anna.id()), "diafile ID REASON").await;
    let before = owner.group_chat(GROUP).len();
    owner
        .in_group(GROUP, nameless_simulator::Outgoing::text(format!("diafile {} a report", anna.id())))
        .expect("sent");
    let file = async {
        loop {
            let chat = owner.group_chat(GROUP);
            if let Some(file) = chat.into_iter().skip(before).find(|m| m.from_bot && m.text().is_none()) {
                return file;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, file).await.expect("a file");
}

#[tokio::test]
async fn an_appeal_that_is_right() {
    let (app, owner, _) = staffed().await;
    let (anna, _boris) = chatting(&app.world, "anna", "boris").await;
    confirms(&owner, &format!("ban {} forever spam", anna.id()), "end at once", "banned for good").await;
    ask(&anna, "/appeal it was \u{202e}my\u{1b}[31m brother", "will look at it").await;
    // What somebody wrote is on one line, and steers nothing.
    let line = orders(&owner, "appeals", "brother").await;
    let text = line.text().unwrap_or_default();
    assert!(!text.contains(['\u{202e}', '\u{1b}', '\n']) && text.contains("my"), "{text:?}");
    let mark = anna.mark();
    confirms(&owner, &format!("accept {} sorry", anna.id()), "ban is lifted", "is not banned").await;
    let told = told(&anna, mark, "You were right").await;
    assert!(told.text().is_some_and(|text| text.contains("sorry")));
    ask(&anna, "/search", "Looking for someone").await;
    orders(&owner, "appeals", "No open objections").await;
}

/// Guard: the same words to one stranger after the other are noticed, and listed with the reason.
#[tokio::test]
async fn one_text_to_many_is_noticed() {
    let app = spawn_app(staff().with("REPEAT_WINDOW", "0s"));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for n in 0..5 {
        if n > 0 {
            ask(&anna, "/stop", "The chat is over").await;
            pair(&anna, &boris).await;
        }
        anna.send_text("Hello there! Come and see my new channel");
        sees(&boris, "Hello there! Come and see my new channel").await;
    }
    let moderator = token(&app, Role::Moderator).await;
    let found = async {
        loop {
            let (status, page) = get(&app, &moderator, "v1/detections").await;
            assert_eq!(status, StatusCode::OK);
            if let Some(first) = page["items"].as_array().and_then(|items| items.first()) {
                return first.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await.expect("it is noticed");
    assert_eq!((&found["user"], &found["pattern"]), (&json!(anna.id()), &json!("same_words")));
    // The first one is only listed.
    boris.send_text("no");
    sees(&anna, "no").await;
}

/// What a role may not see, and what the log says of who tried without anybody reading what.
#[tokio::test]
async fn who_may_read_chats() {
    let app = spawn_app(staff());
    let anna = person(&app.world, "anna");
    let (moderator, admin) = (token(&app, Role::Moderator).await, token(&app, Role::Admin).await);
    let path = format!("v1/users/{}/dialogs", anna.id());
    let body = || json!({ "reason": "a report" });
    assert_eq!(post(&app, &moderator, &path, body()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(post(&app, &admin, &path, body()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(post(&app, &admin, &path, json!({})).await.0, StatusCode::BAD_REQUEST);
    let (_, log) = get(&app, &admin, "v1/audit").await;
    let tries = log["items"].as_array().expect("a page").iter().filter(|e| e["what"] == "attempt");
    let tries: Vec<_> = tries.map(|e| (&e["outcome"], &e["detail"])).collect();
    assert_eq!(tries, [(&json!("refused"), &json!("route=/admin/api/v1/users/{user}/dialogs"))]);
    counted(&app, "admin_refused", 1).await;
}
