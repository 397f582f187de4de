//! Several nodes over one PostgreSQL and one Redis.

pub mod partition;
pub mod redis;
