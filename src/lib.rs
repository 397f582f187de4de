//! Nameless.

pub mod journal;
