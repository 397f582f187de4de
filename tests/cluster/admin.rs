//! What is decided on one node holds on every node.

use crate::crowd::Cluster;
use crate::process::nameless;
use crate::support::people::{PATIENCE, onboard, person};
use serde_json::json;

const PEOPLE: usize = 8;

#[tokio::test]
async fn a_ban_on_one_node_holds_on_all() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (mut first, second) = (cluster.node(0), cluster.node(1));
    cluster.level(2).await;
    let users: Vec<_> = (0..PEOPLE).map(|n| person(&cluster.world, &format!("somebody{n}"))).collect();
    for user in &users {
        onboard(user, 2).await;
    }
    let args = ["token", "create", "ci", "--role", "moderator"];
    let made = nameless(&args, &cluster.variables(0)).output().expect("the program runs");
    let made = String::from_utf8(made.stdout).expect("text");
    let token = made.lines().find(|line| line.starts_with("nameless_")).expect("a token");
    let (http, client) = (first.http(), reqwest::Client::new());
    for user in &users {
        let mark = user.mark();
        let request = client.post(format!("{http}/admin/api/v1/users/{}/ban", user.id())).bearer_auth(token);
        let body = json!({ "kind": "ban", "days": null, "reason": "sells things" });
        let answer = request.json(&body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        let told = user.wait_after(mark, PATIENCE, |m| m.text().is_some_and(|t| t.contains("banned"))).await;
        told.unwrap_or_else(|e| panic!("not told: {e}"));
        // Met by the gate, wherever they live.
        let mark = user.mark();
        user.send_text("/search");
        user.send_text("/appeal");
        let told = user.wait_after(mark, PATIENCE, |m| m.from_bot).await;
        let told = told.unwrap_or_else(|e| panic!("no answer: {e}"));
        assert!(told.text().is_some_and(|t| t.contains("right after the command")), "{:?}", told.text());
    }
    // The node that took the orders goes; what it decided stays, with whoever has its users now.
    drop(first.stop());
    for user in &users {
        let mark = user.mark();
        user.send_text("/search");
        user.send_text("/appeal");
        let told = user.wait_after(mark, PATIENCE, |m| m.from_bot).await;
        let told = told.unwrap_or_else(|e| panic!("no answer: {e}"));
        assert!(told.text().is_some_and(|t| t.contains("right after the command")), "{:?}", told.text());
    }
    drop(second.stop());
}
