//! Dating: who is shown to whom and in what order, what two people said of each other, how well
//! they go together, and the way there in the chat with the bot.
//!
//! - [`person`] is what ranking knows of somebody, and who may be shown to whom; [`birth`] their
//!   age, [`place`] where they are, as roughly as it is ever known.
//! - [`chance`] says how likely one likes the other, by what both stated and what [`history`]
//!   learnt; [`price`] keeps a few from being everybody's first card; [`deck`] deals the cards.
//! - [`pair`] is the one record of two people that decides likes, matches, blocks.
//! - [`letters`] are what two of a match write to each other while a chat is not open between them,
//!   [`letter`] is what one holds.
//! - [`notices`] is of what somebody wants to hear, and when not; [`choices`] sets it in the chat,
//!   with ages and distance.
//! - [`talk`] is the chat with a match.
//! - [`found`] lists matches in the chat, and looks for a name among them.
//! - [`score`] is what a card says of how well two people go together.
//! - [`photo`] keeps a profile's photos in their order.
//! - [`profile`] reads what somebody says of themselves, [`cities`] where; [`bot`] and [`screens`]
//!   are what people press and see.
//! - [`sim`] compares orders of cards in a synthetic population: `nameless dating-sim`.
//!
//! docs/dating.md tells it with figures.

mod asks;
pub mod birth;
pub mod bot;
pub mod chance;
pub mod choices;
pub mod cities;
pub mod deck;
pub mod filters;
pub mod found;
pub mod history;
pub mod letter;
pub mod letters;
mod marks;
pub mod notices;
pub mod pair;
pub mod person;
pub mod photo;
pub mod place;
pub mod price;
pub mod profile;
pub mod score;
pub mod screens;
pub mod sim;
pub(crate) mod talk;
mod token;
mod told;

#[cfg(test)]
mod tests;

pub use bot::{Dating, Event, Request};
