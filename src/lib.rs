//! Nameless.

pub mod store;
