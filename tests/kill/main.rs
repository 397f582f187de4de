//! The program as a process: killed, stopped, misconfigured, cut off from its server; and its
//! client of the Bot API against servers that misbehave.

/// A maker of pictures that speaks each dialect strictly.
#[path = "../../backends/tests/maker.rs"]
mod maker;
/// A model that a test scripts.
#[path = "../../backends/tests/server.rs"]
mod model;
#[path = "../support/mod.rs"]
mod support;

mod backup;
mod billing;
mod billing_many;
mod broadcast;
mod chats;
mod client;
mod companion;
mod companion_pictures;
mod companion_summary;
mod companion_vectors;
mod config;
mod dating_letters;
mod demo;
mod disk;
mod doctor;
mod fill;
mod guards;
mod jobs;
mod journal_crash;
mod key;
mod notes;
mod outage;
mod place;
mod poison;
mod process;
mod sentry;
mod server;
mod several_bots;
mod stop;
mod traffic;
mod vera;
