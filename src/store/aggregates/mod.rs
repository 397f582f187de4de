//! What the core keeps, one file per aggregate: its statements, its operations on
//! [`PgStore`](super::PgStore), and the declaration of its tables (`TABLES`), which
//! [`schema`](super::schema) lists. A capability's are in its own folder.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod block;
pub(crate) mod bots;
pub(crate) mod codes;
pub(crate) mod copies;
pub(crate) mod dead_letter;
pub(crate) mod erasure_log;
pub(crate) mod history;
pub mod inbox;
pub mod jobs;
pub(crate) mod key_check;
pub mod leases;
pub(crate) mod message_map;
pub(crate) mod owed;
pub(crate) mod pair;
pub(crate) mod rating;
pub(crate) mod report;
pub(crate) mod report_weight;
pub(crate) mod turned_away;
pub(crate) mod user_key;
