//! Nameless.

pub mod config;
