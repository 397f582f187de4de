//! Nameless.
