//! Intake: how updates come in.

pub mod polling;
