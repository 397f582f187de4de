//! Dialogs, turns and the books: each step is one transaction.
//!
//! Locks are taken in one order: the account, the dialog's row, sums by name.

mod again;
mod books;
mod dialogs;
mod facts;
mod tables;
mod titles;
mod turns;
mod watched;
mod words;

pub(crate) use again::{Came, Second};
pub(crate) use books::{CallKey, Passed, Reserve, Reserved};
pub(crate) use tables::TABLES;
pub(crate) use turns::{Asked, Begun, End, Open, REPLY};
