//! Dating, the part that is only thought: who is shown to whom and in what order, what two people
//! said of each other, and how well they go together.
//!
//! - [`person`] is what ranking knows of somebody, and who may be shown to whom; [`birth`] their
//!   age, [`place`] where they are, as roughly as it is ever known.
//! - [`chance`] says how likely one likes the other, by what both stated and what [`history`]
//!   learnt; [`price`] keeps a few from being everybody's first card; [`deck`] deals the cards.
//! - [`pair`] is the one record of two people that decides likes, matches, blocks.
//! - [`score`] is what a card says of how well two people go together.
//! - [`sim`] compares orders of cards in a synthetic population: `nameless dating-sim`.
//!
//! docs/dating.md tells it with figures.

pub mod birth;
pub mod chance;
pub mod deck;
pub mod history;
pub mod pair;
pub mod person;
pub mod place;
pub mod price;
pub mod score;
pub mod sim;

#[cfg(test)]
mod tests;
