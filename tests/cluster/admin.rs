//! What is decided on one node holds on every node.

use crate::crowd::Cluster;
use crate::process::nameless;
use crate::support::people::{PATIENCE, onboard, pair, person, press, sees_part};
use nameless_simulator::SimUser;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

const PEOPLE: usize = 8;

/// What somebody calls themselves, says, and gives as a reason, to be read as a line of the log.
const HOSTILE: &str = "\u{202e}\u{1b}[31m\nERROR nameless: forged line";

/// A token that the command line makes.
fn token(cluster: &mut Cluster, name: &str, role: &str) -> String {
    let args = ["token", "create", name, "--role", role];
    let made = nameless(&args, &cluster.variables(0)).output().expect("the program runs");
    let made = String::from_utf8(made.stdout).expect("text");
    made.lines().find(|line| line.starts_with("nameless_")).expect("a token").to_owned()
}

/// A node's API, as the bearer of a token finds it.
struct Api<'a> {
    http: &'a str,
    token: &'a str,
}

impl Api<'_> {
    async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = Client::new().request(method, format!("{}/admin/api/v1/{path}", self.http));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.bearer_auth(self.token).send();
        let answer = tokio::time::timeout(PATIENCE, answer).await.expect("in time").expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// Looks again until it is as it should be: what people did is written a moment later.
    async fn until(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Value::Null;
        let looking = async {
            loop {
                let (status, found) = self.asks(Method::GET, path, None).await;
                assert!(status.is_success(), "{found}");
                if fits(&found) {
                    return found;
                }
                seen = found;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("it is {seen}"))
    }
}

/// Two moderators take one report at the same time, each at a node of their own: one has it.
async fn one_report(first: &Api<'_>, second: &Api<'_>, reporter: &SimUser, reported: &SimUser) {
    pair(reporter, reported).await;
    reported.send_text(HOSTILE);
    sees_part(reporter, "forged line").await;
    reporter.send_text("/stop");
    sees_part(reporter, "The chat is over").await;
    reporter.send_text("/report");
    sees_part(reporter, "What happened?").await;
    press(reporter, "fb:r:").await;
    let found = first.until("reports", |page| page["items"].as_array().is_some_and(|p| !p.is_empty())).await;
    let take = format!("reports/{}/take", found["items"][0]["report"]);
    let both = tokio::join!(first.asks(Method::POST, &take, None), second.asks(Method::POST, &take, None));
    let mut both = [both.0, both.1];
    both.sort_by_key(|(status, _)| *status);
    assert_eq!(
        both.each_ref().map(|(status, _)| *status),
        [StatusCode::OK, StatusCode::CONFLICT],
        "{both:?}"
    );
    let holder = both[1].1["taken_by"].as_str().expect("who has it").to_owned();
    assert!(["token:first", "token:second"].contains(&holder.as_str()), "{holder}");
    let page = second.until("reports", |page| page["items"][0]["taken_by"] == holder.as_str()).await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
}

/// What is announced at one node is read at both; a broadcast that is drafted at one and sent at
/// the other reaches everybody once, wherever they live.
async fn news(first: &Api<'_>, second: &Api<'_>, users: &[SimUser]) {
    let (status, line) =
        first.asks(Method::POST, "announcements", Some(json!({ "text": { "en": "Back at noon" } }))).await;
    assert_eq!(status, StatusCode::OK, "{line}");
    for user in users {
        let reads = async {
            loop {
                let mark = user.mark();
                user.send_text("/stop");
                let told = user.wait_after(mark, PATIENCE, |m| m.from_bot).await;
                let told = told.unwrap_or_else(|e| panic!("no answer: {e}"));
                if told.text().is_some_and(|text| text.ends_with("Back at noon")) {
                    return;
                }
                // The other node looks every five seconds.
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reads).await.expect("it is up on every node");
    }
    let down = format!("announcements/{}", line["announcement"]);
    assert_eq!(second.asks(Method::DELETE, &down, None).await.0, StatusCode::OK);
    let draft = json!({ "text": { "en": "Hello all" } });
    let drafting = async {
        loop {
            let (status, line) = first.asks(Method::POST, "broadcasts", Some(draft.clone())).await;
            assert_eq!(status, StatusCode::OK, "{line}");
            if line["people"].as_u64() == Some(users.len() as u64) {
                return line;
            }
            // What people chose is written a moment later.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let line = tokio::time::timeout(PATIENCE, drafting).await.expect("it is for everybody");
    let path = format!("broadcasts/{}", line["broadcast"]);
    let (status, line) = second.asks(Method::POST, &format!("{path}/confirm"), None).await;
    assert_eq!(status, StatusCode::OK, "{line}");
    let line = first.until(&path, |line| line["state"] == "done").await;
    assert_eq!(line["sent"].as_u64(), Some(users.len() as u64), "{line}");
    for user in users {
        let copies = user.chat().into_iter().filter(|m| m.from_bot && m.text() == Some("Hello all")).count();
        assert_eq!(copies, 1);
    }
}

#[tokio::test]
async fn what_operators_do_on_one_node_holds_on_all() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (mut first, mut second) = (cluster.node(0), cluster.node(1));
    cluster.level(2).await;
    let name = |n| format!("somebody{n}{}", if n < 2 { HOSTILE } else { "" });
    let users: Vec<_> = (0..PEOPLE).map(|n| person(&cluster.world, &name(n))).collect();
    for user in &users {
        onboard(user, 2).await;
    }
    let tokens =
        [("first", "owner"), ("second", "owner")].map(|(name, role)| token(&mut cluster, name, role));
    let (http, there) = (first.http(), second.http());
    let api = Api { http: &http, token: &tokens[0] };
    let other = Api { http: &there, token: &tokens[1] };
    one_report(&api, &other, &users[0], &users[1]).await;
    news(&api, &other, &users).await;
    for user in &users {
        let mark = user.mark();
        let body = json!({ "kind": "ban", "days": null, "reason": format!("sells things {}", HOSTILE.replace('\u{1b}', "")) });
        let (status, answer) = api.asks(Method::POST, &format!("users/{}/ban", user.id()), Some(body)).await;
        assert!(status.is_success(), "{answer}");
        let told = user.wait_after(mark, PATIENCE, |m| m.text().is_some_and(|t| t.contains("banned"))).await;
        told.unwrap_or_else(|e| panic!("not told: {e}"));
        met_by_the_gate(user).await;
    }
    // The node that took the orders goes; what it decided stays, with whoever has its users now.
    let mut printed = first.stop();
    for user in &users {
        met_by_the_gate(user).await;
    }
    printed.push_str(&second.stop());
    // Neither what people say, nor what operators do, nor with which token, is in a log.
    for hidden in ["forged", "\u{1b}", "\u{202e}", &tokens[0], &tokens[1]] {
        assert!(!printed.contains(hidden), "{hidden:?} in\n{printed}");
    }
}

/// Wherever they live.
async fn met_by_the_gate(user: &SimUser) {
    let mark = user.mark();
    user.send_text("/search");
    user.send_text("/appeal");
    let told = user.wait_after(mark, PATIENCE, |m| m.from_bot).await;
    let told = told.unwrap_or_else(|e| panic!("no answer: {e}"));
    assert!(told.text().is_some_and(|t| t.contains("right after the command")), "{:?}", told.text());
}
