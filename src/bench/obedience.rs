//! Whether a bot waits when it is told to.

use nameless_actors::kernel::lock;
use rustc_hash::FxHashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Chats that were told to wait, and calls that came for them too soon.
#[derive(Default)]
pub struct Obedience {
    until: Mutex<FxHashMap<i64, Instant>>,
    /// Spares the lock where nobody was ever told to wait.
    any: AtomicBool,
    told: AtomicU64,
    too_soon: AtomicU64,
}

impl Obedience {
    /// A call for this chat was answered with 429.
    pub fn told(&self, chat: i64, seconds: u32) {
        self.told.fetch_add(1, Ordering::Relaxed);
        let until = Instant::now() + Duration::from_secs(seconds.into());
        lock(&self.until).insert(chat, until);
        self.any.store(true, Ordering::Release);
    }

    /// A call for this chat has come in.
    pub fn called(&self, chat: i64) {
        if !self.any.load(Ordering::Acquire) {
            return;
        }
        let mut until = lock(&self.until);
        if until.remove(&chat).is_some_and(|until| Instant::now() < until) {
            self.too_soon.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Answers with 429, and calls that came before they were allowed to.
    pub fn counts(&self) -> (u64, u64) {
        (self.told.load(Ordering::Relaxed), self.too_soon.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::Obedience;

    #[test]
    fn calls_that_come_too_soon_are_counted() {
        let waits = Obedience::default();
        waits.called(1);
        waits.told(1, 60);
        waits.told(2, 0);
        waits.called(2);
        waits.called(3);
        assert_eq!(waits.counts(), (2, 0));
        waits.called(1);
        waits.called(1);
        assert_eq!(waits.counts(), (2, 1), "one call too soon, then the wait is forgotten");
    }
}
