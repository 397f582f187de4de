//! Named moments at which tests end the process, so that what a crash there leaves is not luck.

/// The process ends here if `NAMELESS_DIE_AT` names this moment, at the time that stands behind
/// it: `billing before commit#3` is the third. Only in builds for tests.
#[cfg(debug_assertions)]
pub(in crate::capabilities) fn reach(name: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static WANTED: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
        let wanted = std::env::var("NAMELESS_DIE_AT").ok()?;
        let (name, time) = wanted.rsplit_once('#')?;
        Some((name.to_owned(), time.parse().ok()?))
    });
    static REACHED: AtomicU32 = AtomicU32::new(0);
    if let Some((wanted, time)) = &*WANTED
        && wanted == name
        && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *time
    {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub(in crate::capabilities) fn reach(_: &str) {}
