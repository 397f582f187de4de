//! Telegram's side of the ports: what comes in from the Bot API becomes what the domain understands.
//!
//! `wire` names the only fields that are ever parsed, [`decode()`] turns them into the domain's update, and
//! [`parse_updates`] cuts an answer of `getUpdates` into raw updates.

pub mod batch;
pub mod decode;
mod wire;

#[cfg(test)]
mod tests;

pub use batch::{ApiFailure, RawUpdate, parse_updates};
pub use decode::{Decoded, GroupEvent, TelegramDecoder, decode};
