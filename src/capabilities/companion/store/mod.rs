//! Dialogs, turns and the books: each step is one transaction.
//!
//! Locks are taken in one order: the account, the dialog's row, sums by name.

mod books;
mod dialogs;
mod tables;
mod turns;
mod words;

pub(crate) use books::{CallKey, Passed, Reserve, Reserved};
pub(crate) use tables::TABLES;
pub(crate) use turns::{Asked, Begun, End, Open, REPLY};
