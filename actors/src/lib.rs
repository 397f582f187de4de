//! The actors of Nameless.

pub mod ports;
