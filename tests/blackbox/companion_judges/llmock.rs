//! llmock breaks a back end as real ones break, and judges what its client made of it.

use super::posted;
use crate::common::{WOMAN, ask, member};
use crate::companion::{RICH, begins};
use crate::support::app::spawn_app;
use crate::support::characters::BackEnds;
use crate::support::guest::Guest;
use crate::support::python;
use serde_json::{Value, json};
use std::process::Command;

/// What is done to a turn, and whether it is answered all the same.
fn faults() -> Vec<(Value, bool)> {
    let fail = |status: u16, answered: bool| (json!({ "type": "fail", "status": status }), answered);
    let stream = |kind: &str| {
        (json!({ "type": "stream_fault", "kind": kind, "after_chunks": 3, "stall_seconds": 30 }), true)
    };
    vec![
        (json!({ "type": "slow_first_token", "seconds": 2 }), true),
        fail(503, true),
        fail(500, true),
        (json!({ "type": "fail", "status": 429, "retry_after": 1 }), true),
        (json!({ "type": "fail", "status": 503, "retry_after": 2 }), true),
        stream("disconnect"),
        stream("truncate"),
        stream("malformed"),
        stream("stall"),
        // No second call helps.
        fail(400, false),
        fail(401, false),
        fail(403, false),
        fail(404, false),
        fail(422, false),
        (
            json!({ "type": "fail", "status": 400, "code": "context_length_exceeded",
                "message": "This model's maximum context length is 10 tokens." }),
            // With less of what was said before.
            true,
        ),
    ]
}

/// What the model says to each: none opens like another.
const WORDS: [&str; 15] = [
    "Gulls have come inland today, all of them.",
    "My kettle sings whenever the pressure falls.",
    "Six degrees at noon, and a clear horizon.",
    "Yesterday the vane stuck, pointing at nothing.",
    "Somebody left an apple on the barometer.",
    "Isobar sleeps through every storm we have.",
    "When fog lifts, the whole bay looks new.",
    "Stepanych has mended the radio once more.",
    "Across the water one lamp is always lit.",
    "Nothing moves, and even the sea is quiet.",
    "Tomorrow brings wind, and then much snow.",
    "Old charts smell of salt and paraffin.",
    "Every reading goes into the long green book.",
    "Rain on a tin roof is company enough.",
    "Low clouds hide the hills behind the station.",
];

/// Guards: the second call where one back end is left, its waits, and that what is wrong with a
/// request is not said twice.
#[tokio::test]
async fn llmock_finds_nothing() {
    let Some(bin) = python::programs("llmock") else { return };
    let mut command = Command::new(bin.join("llmock"));
    // Between two chunks it waits as a model does: else it has said all before its client can stop
    // it, and takes that for a client that reads on.
    let pace = ["--stream-chunk-delay-ms", "30"];
    let judge = Guest::start(command.args(["serve", "--port", "0"]).args(pace).env("NO_COLOR", "1"));
    let url = judge.address("Uvicorn running");
    let back_ends = BackEnds::new(&[&format!("{url}/v1")], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let faults = faults();
    let count = faults.len();
    for ((fault, answered), words) in faults.into_iter().zip(WORDS) {
        let client = reqwest::Client::new();
        client.delete(format!("{url}/_llmock/scenario")).send().await.expect("an answer");
        let reply = json!({ "type": "reply", "text": words, "times": null });
        posted(format!("{url}/_llmock/scenario"), &json!({ "behaviors": [fault, reply] })).await;
        println!("{fault}");
        let asked = format!("What about {}?", words.split(' ').next().unwrap_or_default());
        // Where there is no answer, people are told so, and their words are kept.
        ask(&anna, &asked, if answered { words } else { "What you wrote is kept" }).await;
    }
    drop(app);
    let report = Command::new(bin.join("llmock"))
        .args(["report", "--strict", "--url", &url])
        .env("NO_COLOR", "1")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(report.status.success() && said.contains("PASS"), "{said}");
    let verdict = super::got(format!("{url}/_llmock/verdict")).await;
    println!("{verdict}");
    assert!(verdict["faults_injected"].as_u64().is_some_and(|n| n >= count as u64 - 1), "{verdict}");
}
