//! The simulator as bots and people see it, judged by two clients of others: teloxide and aiogram.

mod aiogram;
mod common;
mod faults;
mod files;
mod messages;
mod onlooker;
#[path = "../../../tests/support/skip.rs"]
mod skip;
mod teloxide;
mod updates;
mod user_side;
