//! Profiles, cards, likes and matches: each step is one transaction.
//!
//! Locks are taken in one order: accounts, the one row of two people, their profiles by id. Whoever
//! comes second finds what the first has said.

mod album;
pub(crate) mod analytics;
mod anew;
mod answers;
mod cards;
mod columns;
mod contacts;
mod deal;
mod deeds;
pub(crate) mod desk;
mod dialogue;
mod draft;
mod edit;
mod enclosed;
mod filters;
mod found;
mod goods;
mod letters;
mod likers;
mod matches;
mod once;
mod pairs;
mod people;
mod photos;
mod post;
mod prefs;
mod prices;
mod queue;
mod row;
mod seeds;
mod sessions;
mod shown;
mod supers;
mod suspicion;
mod tables;
mod tell;
mod undo;
mod verdicts;
mod views;
mod who;

pub(crate) use cards::{Card, Dealt};
pub(crate) use deeds::{Came, Deed};
pub(crate) use edit::{Change, Place};
pub use goods::{Left, May};
pub use letters::NewLetter;
pub(crate) use matches::{Line, Written, waits_for_answer};
pub(crate) use once::{Done, Once};
pub(crate) use pairs::avoided;
pub(crate) use people::Profile;
pub(crate) use photos::NewPhoto;
pub use photos::Unseen;
pub(crate) use post::Bundle;
pub(crate) use prefs::read as notices;
pub use prices::Learnt;
pub(crate) use queue::{Laid, Read};
pub(crate) use row::Seen;
pub(crate) use seeds::sealed;
pub(crate) use sessions::{Barred, Begun, Viewer};
pub(crate) use shown::Named;
pub(crate) use tables::TABLES;
pub(crate) use tell::{Said, Telling};
pub use verdicts::Decided;
pub(crate) use views::{Own, Sight};
