//! Micro benches: what each part of the engine costs by itself.
//!
//! `cargo bench` runs them all, `cargo bench -- core/` some, `-- --save-baseline NAME` and
//! `-- --baseline NAME` compare two states of the code. Names are kept stable for that. What a
//! bench needs is made inside of it: the runner of the tests starts each by itself, once and small,
//! to see that it still works.
//!
//! Real parts throughout: the journal syncs a disk, the queue is a Redis, the store a PostgreSQL.

mod allowlist;
mod core;
mod engine;
mod hops;
mod journal;
mod lua_match;
mod matching;
mod outbox;
mod parse;
#[path = "../../tests/support/port.rs"]
mod port;
#[path = "../../tests/support/postgres.rs"]
mod postgres;
#[path = "../../tests/support/redis.rs"]
mod redis_server;
mod samples;
#[path = "../../tests/support/skip.rs"]
mod skip;
mod store;
#[path = "../../tests/support/template.rs"]
mod template;

use criterion::{Bencher, Criterion};

/// Whether this is a measurement, and not the look whether everything works: then sizes may be
/// large.
fn is_measured() -> bool {
    std::env::args().any(|arg| arg == "--bench")
}

/// `full`, or less where nothing is measured.
fn size(full: usize, small: usize) -> usize {
    if is_measured() { full } else { full.min(small) }
}

/// For a bench whose server is not installed: nothing to look at among the tests, and no figure in
/// a measurement.
fn skip(b: &mut Bencher<'_>) {
    assert!(!is_measured(), "its server is not installed; name the benches that are wanted");
    b.iter(|| ());
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for benches in [
        core::benches,
        allowlist::benches,
        matching::benches,
        hops::benches,
        journal::benches,
        outbox::benches,
        parse::benches,
        lua_match::benches,
        store::benches,
    ] {
        benches(&mut criterion);
    }
    criterion.final_summary();
}
