//! The bots in `benches/peers` do what the engine is compared with: people get through the questions, meet, talk,
//! reply and part, on a real PostgreSQL and a real Redis. A comparison with a bot that does less would be none.
//!
//! teloxide takes minutes to build, so it is tested with `NAMELESS_PEERS=1` only, as `make bench-peers` does.

mod peers {
    pub mod conversation;
    pub mod matching;
    pub mod process;
}
mod support;

use peers::conversation::{everything, texts_only};
use peers::process::{Bot, Needs, folder};
use std::process::Command;

/// The statistics of `compare.py`, which are Python and have tests of their own.
#[test]
fn comparison() {
    let found = Command::new("python3").arg("--version").output();
    if !found.is_ok_and(|done| done.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "python3 not found, and CI must not skip this test");
        println!("SKIPPED: python3 is not installed");
        return;
    }
    let tests =
        Command::new("python3").args(["-m", "unittest", "test_comparison"]).current_dir(folder()).output();
    let tests = tests.expect("python3 runs");
    assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stderr));
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
    everything(Bot::new("aiogram", "tuned", Needs::Program("python3"))).await;
}

#[tokio::test]
async fn grammy_default() {
    everything(Bot::new("grammy", "default", Needs::Program("npm"))).await;
}

#[tokio::test]
async fn grammy_tuned() {
    everything(Bot::new("grammy", "tuned", Needs::Program("npm"))).await;
}

#[tokio::test]
async fn teloxide_default() {
    everything(Bot::new("teloxide", "default", Needs::Patience)).await;
}

#[tokio::test]
async fn teloxide_tuned() {
    everything(Bot::new("teloxide", "tuned", Needs::Patience)).await;
}
