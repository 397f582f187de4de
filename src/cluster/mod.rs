//! What several nodes share: everything that goes through Redis.

pub mod queue;
pub mod redis;
