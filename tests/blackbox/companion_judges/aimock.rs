//! aimock stands in for OpenRouter: models that fail over there, what a call cost, and chaos.

use super::{got, posted};
use crate::admin::{get, staff, staffed_with, token};
use crate::common::{WOMAN, ask, member, tap, told};
use crate::companion::{RICH, begins};
use crate::companion_pictures::until;
use crate::support::app::spawn_app;
use crate::support::characters::BackEnds;
use crate::support::guest::{Guest, judges};
use nameless_domain::capabilities::admin::Role;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// One that says what these fixtures say.
fn started(judges: &Path, folder: &TempDir, fixtures: Value) -> Guest {
    let file = folder.path().join("fixtures.json");
    std::fs::write(&file, json!({ "fixtures": fixtures }).to_string()).expect("written");
    let mut command = Command::new("node");
    command.arg(judges.join("node_modules/@copilotkit/aimock/dist/cli.js"));
    Guest::start(command.args(["--port", "0", "--strict", "--fixtures"]).arg(file))
}

/// A back end in OpenRouter's dialect with two models.
fn back_ends(url: &str) -> BackEnds {
    BackEnds::new(&[&format!("{url}/api/v1")], RICH)
        .changed("models = [\"m\"]", "models = [\"first/away\", \"second/there\"]\ndialect = \"openrouter\"")
}

/// The calls that it has had.
async fn calls(url: &str) -> Vec<Value> {
    let journal = got(format!("{url}/__aimock/journal")).await;
    let is_chat = |entry: &&Value| entry["path"].as_str().is_some_and(|path| path.ends_with("completions"));
    journal.as_array().expect("a list").iter().filter(is_chat).cloned().collect()
}

/// Guards: OpenRouter's own fail-over, the price that it states, and that a refused account is not
/// asked again.
#[tokio::test]
async fn openrouter_fails_over_and_says_what_it_cost() {
    let Some(folder) = judges() else { return };
    let fixtures = json!([
        { "match": { "userMessage": "weather", "model": "first/away" },
          "response": { "error": { "message": "no provider", "type": "unavailable" }, "status": 503 } },
        { "match": { "userMessage": "weather", "model": "second/there" }, "openRouterProcessing": true,
          "response": { "content": "The wind is from the north.", "reasoning": "north, I suppose",
            "usage": { "prompt_tokens": 900, "completion_tokens": 7, "cost": 0.000321 } } },
        { "match": { "userMessage": "budget" },
          "response": { "error": { "message": "budget exceeded", "type": "budget" }, "status": 403,
            "fallthrough": false } },
    ]);
    let files = TempDir::new().expect("a folder");
    let judge = started(&folder, &files, fixtures);
    let url = judge.address("listening");
    let back_ends = back_ends(&url);
    let (app, _, _) = staffed_with(staff().with("COMPANIONS", back_ends.path().display())).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let reply = ask(&anna, "How is the weather?", "The wind is from the north.").await;
    assert!(reply.text().is_some_and(|text| !text.contains("suppose")), "reasoning is shown to nobody");
    let asked = calls(&url).await;
    assert_eq!(asked.len(), 1, "it fails over there, not here: {asked:?}");
    let body = &asked[0]["body"];
    assert_eq!(body["models"], json!(["first/away", "second/there"]), "{body}");
    assert_eq!(body["provider"]["data_collection"], "deny", "{body}");
    assert!(body["session_id"].as_str().is_some_and(|name| !name.contains(&anna.id().to_string())), "{body}");
    let viewer = token(&app, Role::Viewer).await;
    let (_, spend) = get(&app, &viewer, "v1/characters/spend").await;
    let lines = spend["items"].as_array().expect("lines");
    assert!(lines.iter().all(|line| line["spent"] == 321 && line["reserved"] == 0), "what it says: {spend}");

    ask(&anna, "And your budget?", "What you wrote is kept").await;
    assert_eq!(calls(&url).await.len(), 2, "a refused account is asked once");
}

/// Guards: what a proxy in trouble sends, one line to the person each time, and two calls a turn.
#[tokio::test]
async fn whatever_chaos_does_there_is_one_line_and_the_words_are_kept() {
    let Some(folder) = judges() else { return };
    let fixtures = json!([
        { "match": { "userMessage": "clouds" }, "response": { "content": "Low ones, from the west." } },
        { "match": { "userMessage": "waves" }, "response": { "content": "Two metres, and growing." } },
        { "match": { "userMessage": "snow" }, "response": { "content": "None before Thursday night." } },
        { "match": { "userMessage": "stars" }, "response": { "content": "Behind all of that, surely." } },
    ]);
    let files = TempDir::new().expect("a folder");
    let judge = started(&folder, &files, fixtures);
    let url = judge.address("listening");
    let back_ends = back_ends(&url);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let chaos = format!("{url}/__aimock/chaos");
    for (asked, reply, rate) in [
        ("Any clouds?", "Low ones, from the west.", "dropRate"),
        ("Any waves?", "Two metres, and growing.", "malformedRate"),
        ("Any snow?", "None before Thursday night.", "disconnectRate"),
        ("Any stars?", "Behind all of that, surely.", "rateLimitRate"),
    ] {
        posted(chaos.clone(), &json!({ rate: 1 })).await;
        let before = calls(&url).await.len();
        let mark = anna.mark();
        ask(&anna, asked, "What you wrote is kept").await;
        assert!(calls(&url).await.len() - before <= 2, "{rate}");
        let bot = |message: &nameless_simulator::ChatMessage| message.from_bot && message.message_id > mark;
        assert_eq!(anna.chat().iter().filter(|message| bot(message)).count(), 1, "{rate}: one line");
        reqwest::Client::new().delete(&chaos).send().await.expect("an answer");
        // Who was told to come again later does not come before.
        let health = || app.engine.env().capabilities.companion.health().back_ends;
        until("it may be asked", || health().iter().all(|(_, is_open)| !is_open)).await;
        let mark = anna.mark();
        tap(&anna, "ch:again:").await;
        told(&anna, mark, reply).await;
    }
}
