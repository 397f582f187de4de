//! Nameless.

pub mod cli;
pub mod config;
pub mod locale;
pub mod telemetry;
