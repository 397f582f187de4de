//! Profiles, cards, likes and matches: each step is one transaction.
//!
//! Locks are taken in one order: accounts, the one row of two people, their profiles by id. Whoever
//! comes second finds what the first has said.

mod answers;
mod cards;
pub(crate) mod desk;
mod dialogue;
mod draft;
mod matches;
mod pairs;
mod people;
mod prices;
mod tables;
mod tell;
mod verdicts;

pub(crate) use cards::{Card, Dealt};
pub(crate) use matches::Written;
pub(crate) use pairs::avoided;
pub(crate) use tables::TABLES;
pub(crate) use tell::Telling;
pub use verdicts::Decided;
