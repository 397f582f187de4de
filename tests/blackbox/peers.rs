//! The bots in `benches/peers` do what the engine is compared with: people get through the
//! questions, meet, talk, reply and part, on a real PostgreSQL and a real Redis. A comparison with
//! a bot that does less would be none.
//!
//! teloxide takes minutes to build, and the tuned forms of the others do the same as their default
//! ones: these are tested with `NAMELESS_PEERS=1` only, as `make bench-peers` does.

mod conversation;
mod matching;
mod process;

use crate::support::skip;
use conversation::{everything, texts_only};
use process::{Bot, Needs, folder};
use std::process::Command;

/// The statistics of `compare.py`, which are Python and have tests of their own.
#[test]
fn comparison() {
    let found = Command::new("python3").arg("--version").output();
    if !found.is_ok_and(|done| done.status.success()) {
        assert!(
            skip::allowed("python3"),
            "python3 is not installed; NAMELESS_SKIP=python3 leaves its tests out"
        );
        return;
    }
    let tests =
        Command::new("python3").args(["-m", "unittest", "test_comparison"]).current_dir(folder()).output();
    let tests = tests.expect("python3 runs");
    assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stderr));
}

/// `compare.py` itself, small: what it says of speed means nothing here.
#[test]
fn a_small_comparison() {
    if !Bot::new("null-relay", "tuned", Needs::Rust).install() {
        return;
    }
    let result = tempfile::tempdir().expect("a folder");
    let (json, markdown) = (result.path().join("peers.json"), result.path().join("peers.md"));
    let args = "--short --rounds 1 --no-setup --subjects engine,null-relay-tuned --users 10 --rates 50 --rates-of all= \
                --duration 0.5 --warm-up 0.2";
    let mut command = Command::new(folder().join("compare.py"));
    command.args(args.split_whitespace()).args(["--nameless", env!("CARGO_BIN_EXE_nameless")]);
    let done = command.arg("--json").arg(&json).arg("--markdown").arg(&markdown).output().expect("it runs");
    let printed = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    if printed.contains("is not installed") && skip::allowed("postgres") {
        return;
    }
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(json).expect(&printed)).expect("JSON");
    for subject in ["engine", "null-relay-tuned"] {
        let point = &json["points"][subject][0]["50"];
        let slow = |reason: &serde_json::Value| {
            let kinds = ["generator_busy", "core_busy", "schedule_missed"];
            kinds.iter().any(|kind| reason.as_str().is_some_and(|r| r.starts_with(kind)))
        };
        let reasons = point["void"].as_array().expect("reasons");
        assert!(reasons.iter().all(slow), "{subject}: {point}");
        assert!(point["figures"]["p99"].as_f64().is_some_and(|p99| p99 > 0.0), "{subject}: {point}");
    }
    let table = std::fs::read_to_string(markdown).expect("a table");
    assert!(table.contains("null-relay-tuned") && table.contains("SHORT"), "{table}");
}

#[tokio::test]
async fn null_relay_default() {
    texts_only(Bot::new("null-relay", "default", Needs::Rust)).await;
}

#[tokio::test]
async fn null_relay_tuned() {
    texts_only(Bot::new("null-relay", "tuned", Needs::Rust)).await;
}

#[tokio::test]
async fn aiogram_default() {
    everything(Bot::new("aiogram", "default", Needs::Program("python3"))).await;
}

#[tokio::test]
async fn aiogram_tuned() {
    everything(Bot::new("aiogram", "tuned", Needs::Patience)).await;
}

#[tokio::test]
async fn grammy_default() {
    everything(Bot::new("grammy", "default", Needs::Program("npm"))).await;
}

#[tokio::test]
async fn grammy_tuned() {
    everything(Bot::new("grammy", "tuned", Needs::Patience)).await;
}

#[tokio::test]
async fn teloxide_default() {
    everything(Bot::new("teloxide", "default", Needs::Patience)).await;
}

#[tokio::test]
async fn teloxide_tuned() {
    everything(Bot::new("teloxide", "tuned", Needs::Patience)).await;
}
