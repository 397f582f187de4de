//! Dialogs, turns and the books: each step is one transaction.
//!
//! Locks are taken in one order: the account, the dialog's row, sums by name. The day's sum of all
//! is the first of those, and is locked before any is made.

mod adult;
mod again;
mod at_once;
mod begin;
mod books;
mod dialogs;
mod facts;
mod found;
mod marks;
mod own;
mod own_pictures;
mod pictures;
mod pictures_made;
mod recall;
mod say;
mod seeds;
mod shared;
pub(crate) mod shared_desk;
mod summaries;
mod swipe;
mod tables;
mod titles;
mod turn;
mod turns;
mod vectors;
mod watched;
mod words;

pub(crate) use again::{Came, Second};
pub(crate) use begin::Known;
pub(crate) use books::{CallKey, Passed, Reserve, Reserved};
pub(crate) use found::BACKFILL;
pub(crate) use marks::ALERT;
pub(crate) use own_pictures::read as read_picture;
pub(crate) use pictures::{Drawn, Keep, PICTURE, Sketch, Wanted};
pub(crate) use pictures_made::Made;
pub(crate) use say::Saying;
pub(crate) use shared::{SHARED_HELD, SHARED_TELL};
pub(crate) use summaries::{Due, Material, SUMMARY, call as summary_call};
pub(crate) use swipe::Swiped;
pub(crate) use tables::TABLES;
pub(crate) use turn::Said;
pub(crate) use turn::{Begun, End, Ended, Heard, Open};
pub(crate) use turns::{Asked, REPLY};
pub(crate) use vectors::{Bare, BareTurn, Lot, Space, VECTORS, call as vector_call};
