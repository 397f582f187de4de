//! The actors of Nameless. actix lives here and nowhere else in the engine: thin shells over the
//! pure domain.

pub mod admin;
pub mod billing;
pub mod broadcast;
pub mod capabilities;
pub mod dating;
pub mod engine;
pub mod env;
pub mod faceguard;
pub mod jobs;
pub mod kernel;
pub mod matchmaker;
pub mod outbox;
pub mod persistence;
pub mod ports;
pub mod relay;
pub mod reminders;
pub mod service;
pub mod services;
pub mod session;
pub mod shard;
pub mod supervisor;
#[cfg(test)]
mod testing;

pub use engine::{Engine, Parts};
