//! What a test does where something that it needs is not installed: it fails, unless somebody said
//! beforehand that it may be left out (`NAMELESS_SKIP=postgres,redis`). What is left out is told,
//! and counted by `make test`.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::io::Write;

/// Whether a test may be left out that needs `what` (`postgres`, `redis`, `chromium`, `prometheus`,
/// `pgbouncer`, `pgbackrest`, `python3`, `judges`, `git`), which is not here. If so, it is noted.
pub fn allowed(what: &str) -> bool {
    let skip = std::env::var("NAMELESS_SKIP").unwrap_or_default();
    let allowed = skip.split(',').any(|word| word.trim() == what);
    if allowed {
        note(what);
    }
    allowed
}

/// Says that the test at hand is left out, or a part of it: on its output, and as a line in the
/// file that `NAMELESS_SKIPPED` names.
pub fn note(what: &str) {
    println!("SKIPPED: {what} is not installed");
    let Some(file) = std::env::var_os("NAMELESS_SKIPPED") else { return };
    let thread = std::thread::current();
    // nextest knows the name in whatever thread this is.
    let test = std::env::var("NEXTEST_TEST_NAME").ok();
    let test = test.as_deref().or(thread.name()).unwrap_or("?");
    // One write, so that the lines of tests that run beside each other do not mix.
    let line = format!("{test}\t{what}\n");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("NAMELESS_SKIPPED can be written");
}
