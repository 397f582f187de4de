//! What the engine keeps things in, by itself: the store, the queue and the cache in Redis, the
//! journal.

#[path = "../support/mod.rs"]
mod support;

mod cache;
mod hosts;
mod job_wakes;
mod journal;
mod pooler;
mod private_cluster;
mod queue;
mod redis;
mod store;
mod store_tls;
mod wal;
