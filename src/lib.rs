//! Nameless: an actor-system chat engine for Telegram. This crate builds the engine out of its
//! ports' adapters; the logic is in `nameless-domain`, the actors are in `nameless-actors`.

pub mod app;
pub mod backup;
pub mod bench;
pub mod capabilities;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod http;
pub mod intake;
pub mod journal;
pub mod locale;
pub mod postgres;
pub mod store;
pub mod telegram;
pub mod telemetry;
pub mod version;
