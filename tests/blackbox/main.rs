//! The bot as its users find it: the real application against a simulated Telegram, one module per capability.

#[path = "../support/mod.rs"]
mod support;

mod common;
mod conversation;
mod dead_letters;
mod ending;
mod feedback;
mod intake;
mod leaks;
mod onboarding;
mod premium;
mod privacy;
mod refused;
mod relay_kinds;
mod search;
mod settings;
mod telegram_faults;
mod webhook;
