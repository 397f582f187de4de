//! Nameless.

pub mod telegram;
