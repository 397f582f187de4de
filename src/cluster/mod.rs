//! Several nodes over one PostgreSQL and one Redis.

pub mod books;
pub mod cache;
pub mod clock;
pub mod delivery;
mod giving;
pub mod jobs;
pub mod journal;
pub mod lease;
pub mod marks;
pub mod node;
pub mod partition;
pub mod poll;
pub mod queue;
pub mod redis;
pub(crate) mod seen;
pub mod streams;
