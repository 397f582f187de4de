//! Several nodes: real processes over a real PostgreSQL and a real Redis.

#[path = "../kill/process.rs"]
#[allow(dead_code, reason = "shared with the kill tests")]
mod process;
#[path = "../kill/server.rs"]
#[allow(dead_code, reason = "shared with the kill tests")]
mod server;
#[path = "../support/mod.rs"]
mod support;
#[path = "../kill/traffic.rs"]
#[allow(dead_code, reason = "shared with the kill tests")]
mod traffic;

mod admin;
mod again;
mod billing;
mod chaos;
mod crowd;
mod dating;
mod feedback;
mod matching;
mod moves;
mod outages;
mod polling;
mod queue_app;
mod rollback;
mod several_bots;
mod streams;
mod traces;
mod webhook;
