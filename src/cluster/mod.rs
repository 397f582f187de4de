//! Several nodes over one PostgreSQL and one Redis.

pub mod cache;
pub mod clock;
pub mod delivery;
mod gaps;
mod handover;
pub mod jobs;
pub mod journal;
pub mod lease;
pub mod node;
pub mod partition;
pub mod poll;
pub mod queue;
pub mod redis;
pub mod redis_marks;
pub(crate) mod seen;
pub mod streams;
mod suspects;
pub mod tracker;
