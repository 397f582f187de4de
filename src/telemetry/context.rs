//! On whose behalf a thread is working: for the line that a panic leaves.
//!
//! The actors know it and cannot import this crate. So they keep it in a thread-local of their own,
//! and the start of the program hands their way of reading it over here.

use std::sync::OnceLock;

/// Describes what the calling thread is handling, such as `session 4 update 17`: keys and ids,
/// never content. It is called while the thread panics, so it must neither panic nor block:
/// `try_with`, `try_borrow`.
pub type Describe = fn() -> Option<String>;

static DESCRIBE: OnceLock<Describe> = OnceLock::new();

/// Sets how contexts are described. The first call counts; returns whether it was this one.
pub fn describe_with(describe: Describe) -> bool {
    DESCRIBE.set(describe).is_ok()
}

/// What the calling thread is handling, if that is known.
pub fn current() -> Option<String> {
    DESCRIBE.get().and_then(|describe| describe())
}
