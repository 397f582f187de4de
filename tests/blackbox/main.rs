//! The bot as its users find it: the real application against a simulated Telegram, one module per
//! capability.

#[path = "../support/mod.rs"]
mod support;

mod admin;
mod bench;
mod common;
mod content;
mod conversation;
mod dead_letters;
mod ending;
mod feedback;
mod flood;
mod intake;
mod isolation;
mod laundering;
mod leaks;
mod onboarding;
mod outages;
mod page;
mod peers;
mod premium;
mod privacy;
mod proxy;
mod refused;
mod relay_kinds;
mod review;
mod search;
mod settings;
mod telegram_client;
mod telegram_faults;
mod webhook;
