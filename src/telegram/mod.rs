//! Telegram's side of the ports: what comes in from the Bot API becomes what the domain
//! understands.
//!
//! [`wire`] names the only fields that are ever parsed, [`decode`] turns them into the domain's
//! update, and [`batch`] cuts an answer of `getUpdates` into raw updates, without exact places
//! (`coarse`). What goes out is written by `body`, posted by [`client`] over `transport` and
//! `connections`, and its answer read by `answer` (refusals by `refusal`); files that tell of their
//! owner go through `launder`.

mod answer;
pub mod batch;
mod body;
mod cleaning;
pub mod client;
mod coarse;
mod connections;
pub mod control;
mod copies;
pub mod decode;
mod download;
pub(crate) mod handle;
mod inside;
mod instead;
mod launder;
mod members;
mod mend;
pub(crate) mod moved;
mod named;
mod names;
mod neutral;
mod photo;
mod picture;
mod refusal;
mod rich;
pub mod told;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

pub use batch::{ApiFailure, RawUpdate, parse_updates};
pub(crate) use body::{Entities, NEUTRAL_TAGS};
pub use client::{Client, ClientConfig, PollError};
pub use control::{ControlError, WebhookInfo};
pub(crate) use decode::is_user_id;
pub use decode::{Decoded, GroupEvent, TelegramDecoder, decode};
pub(crate) use photo::OwnPhoto;
