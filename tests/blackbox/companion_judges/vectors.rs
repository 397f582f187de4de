//! Who makes vectors, by others: aimock's embeddings of OpenAI with its chaos, and llama.cpp's own
//! server with a real model.

use super::posted;
use crate::support::guest::{Guest, judges};
use crate::support::python;
use nameless_backends::port::{Embedded, Embedder, Failure, Why};
use nameless_backends::{BreakerSettings, EmbeddingBackEnd, EmbeddingSettings};
use nameless_domain::companion::meaning::Vector;
use nameless_domain::companion::money::Outcome;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

fn client(url: &str, dimensions: usize, cut: bool) -> EmbeddingBackEnd {
    let clocks = EmbeddingSettings::clocks();
    EmbeddingBackEnd::new(EmbeddingSettings {
        url: format!("{url}/v1"),
        key: Some("sk-test".to_owned().into()),
        model: "text-embedding-3-small".to_owned(),
        dimensions,
        cut,
        // A real model on a machine that does other things.
        clocks: nameless_backends::Clocks {
            total: Duration::from_secs(120),
            first: Duration::from_secs(120),
            ..clocks
        },
        places: 1,
        breaker: BreakerSettings::default(),
    })
    .expect("an address")
}

async fn asked(client: &EmbeddingBackEnd, texts: &[&str]) -> Result<Embedded, Failure> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    client.vectors(&texts, None).await
}

/// Guards: how OpenAI is asked, and what a proxy in trouble sends.
#[tokio::test]
async fn aimock_makes_vectors_as_openai_does() {
    let Some(folder) = judges() else { return };
    let files = TempDir::new().expect("a folder");
    let file = files.path().join("fixtures.json");
    let fixtures = json!({ "fixtures": [
        { "match": { "inputText": "storm" },
          "response": { "error": { "message": "away", "type": "unavailable" }, "status": 503 } },
    ] });
    std::fs::write(&file, fixtures.to_string()).expect("written");
    let mut command = Command::new("node");
    command.arg(folder.join("node_modules/@copilotkit/aimock/dist/cli.js"));
    let judge = Guest::start(command.args(["--port", "0", "--fixtures"]).arg(file));
    let url = judge.address("listening");

    let made = asked(&client(&url, 256, true), &["a boat", "fog", "a boat"]).await.expect("vectors");
    assert!(made.vectors.len() == 3 && made.vectors.iter().all(|one| one.len() == 256));
    assert!(made.vectors[0] == made.vectors[2] && made.vectors[0] != made.vectors[1]);
    assert_eq!(made.tokens, None, "it says zero, which no text takes");
    let failed = asked(&client(&url, 8, false), &["a boat"]).await.expect_err("longer vectors");
    assert_eq!((failed.why, failed.outcome()), (Why::Malformed, Outcome::Unknown));
    let failed = asked(&client(&url, 256, true), &["a storm"]).await.expect_err("an error");
    assert!(matches!(failed.why, Why::Broken | Why::Busy), "{failed}");

    let chaos = format!("{url}/__aimock/chaos");
    for rate in ["malformedRate", "disconnectRate", "dropRate", "rateLimitRate"] {
        posted(chaos.clone(), &json!({ rate: 1 })).await;
        let failed = asked(&client(&url, 256, true), &["a boat"]).await.expect_err(rate);
        let why = failed.why;
        let fits = matches!(why, Why::Malformed | Why::CutOff | Why::Broken | Why::Busy);
        assert!(fits && failed.attempts == 1, "{rate}: {failed}");
        reqwest::Client::new().delete(&chaos).send().await.expect("an answer");
    }
    asked(&client(&url, 256, true), &["a boat"]).await.expect("well again");
}

/// A real model of 576 numbers: what it means is not judged, that it is taken is.
#[tokio::test]
async fn a_real_model_makes_vectors() {
    let Some(bin) = python::programs("llama") else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/llama/serve.py");
    let judge = Guest::start(Command::new(bin.join("python3")).arg(script).arg("vectors"));
    let client = client(&judge.address(""), 576, false);
    let made = asked(&client, &["My boat is called Albatross.", "Fog", "My boat is called Albatross."]).await;
    let made = made.expect("vectors");
    assert!(made.tokens.is_some_and(|tokens| tokens > 6), "{:?}", made.tokens);
    let vectors: Vec<Vector> =
        made.vectors.iter().map(|numbers| Vector::of(numbers).expect("a vector")).collect();
    assert!(vectors[0].likeness(&vectors[2]) > 0.99);
    assert!(vectors[0].likeness(&vectors[1]) < vectors[0].likeness(&vectors[2]));
}
