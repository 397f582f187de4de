//! The bots in `benches/peers` do what the engine is compared with: people get through the questions, meet, talk,
//! reply and part, on a real PostgreSQL and a real Redis. A comparison with a bot that does less would be none.
//!
//! teloxide takes minutes to build, so it is tested where it is installed already or `NAMELESS_PEERS=1` is set.

mod peers {
    pub mod conversation;
    pub mod matching;
    pub mod process;
}
mod support;

use peers::conversation::{everything, texts_only};
use peers::process::{Bot, Needs};

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
    everything(Bot::new("teloxide", "default", Needs::Built)).await;
}

#[tokio::test]
async fn teloxide_tuned() {
    everything(Bot::new("teloxide", "tuned", Needs::Built)).await;
}
