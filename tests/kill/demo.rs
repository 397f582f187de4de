//! `nameless demo` as a process, and the HTTP endpoints.

use super::process::{Bot, PATIENCE, nameless, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{chatting, sees};
use nameless_simulator::Simulator;

#[test]
fn the_script_is_played_and_exits_with_0() {
    let done = nameless(&["demo", "--script"], &[]).output().expect("it runs");
    let out = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{out}{}", String::from_utf8_lossy(&done.stderr));
    assert!(out.contains("all as they should be"), "{out}");
    assert!(out.contains("stand-in for a model"), "somebody talks to a character: {out}");
    for part in [
        "the receipt",
        "both want to talk again",
        "loses relay",
        "loses persistence",
        "a channel to join first",
        "a link of her own",
        "she gets news",
        "that it is taken",
        "the report in the queue",
        "that it is upheld",
        "it as people will",
        "hears nothing of it while he talks",
        "the news, now that the chat is over",
        "that everybody has it",
        "a copy of his data",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[tokio::test]
async fn the_page_and_its_endpoints_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = [("DATA_DIR", folder.path().display().to_string())];
    let mut bot = Bot::launch(nameless(&["demo", "--addr", "127.0.0.1:0"], &data));
    let url = bot.wait_line("http://127.0.0.1:");
    let get = async |path: &str| {
        let response = reqwest::get(format!("{}{path}", url.trim_end_matches('/'))).await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    };
    let (status, page) = get("/").await;
    assert!(status == 200 && page.contains("Nameless"), "{status} {page}");
    let (status, state) = get("/demo/state").await;
    assert!(status == 200 && state.contains("\"counters\""), "{status} {state}");
    assert_eq!(get("/health/ready").await.0, 200);
    assert_eq!(get("/assets/nothing").await.0, 404);
    bot.signal("TERM");
    assert!(bot.ended(PATIENCE).success(), "{}", bot.printed());
}

#[tokio::test]
async fn health_and_metrics_tell_numbers_only() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::serve(&variables(&simulator.url(), folder.path()));
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    anna.send_text("not for metrics");
    sees(&boris, "not for metrics").await;
    let (world_sees, base) = (bot.http(), bot.metrics());
    let details = ["/health/db", "/health/redis", "/health", "/metrics"];
    for path in ["/health/live", "/health/ready"].iter().chain(&details) {
        let response = reqwest::get(format!("{base}{path}")).await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        let public = reqwest::get(format!("{world_sees}{path}")).await.expect("an answer");
        let expected = if details.contains(path) { 404 } else { 200 };
        assert_eq!(public.status().as_u16(), expected, "{path}: how the bot is, is not for the world");
    }
    let metrics =
        reqwest::get(format!("{base}/metrics")).await.expect("an answer").text().await.expect("text");
    assert!(metrics.contains("nameless_relayed_total 1\n"), "{metrics}");
    for secret in [TOKEN, "not for", &anna.id().to_string(), &boris.id().to_string()] {
        assert!(!metrics.contains(secret), "{secret} is in {metrics}");
    }
    // What containers ask: the program itself.
    let address = base.trim_start_matches("http://").to_owned();
    let health = || nameless(&["health"], &[("METRICS_ADDR", address.clone())]).output().expect("it runs");
    let answer = health();
    assert!(answer.status.success(), "{answer:?}");
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "{\"status\":\"ready\"}\n");
    bot.stop();
    assert_eq!(health().status.code(), Some(1), "nobody is there any more");
}
