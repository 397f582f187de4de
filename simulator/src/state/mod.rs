//! The simulated world: bots with their queues, people with their chats, files.

pub(crate) mod books;
pub(crate) mod bot;
pub(crate) mod channels;
pub(crate) mod chat;
pub(crate) mod files;
pub(crate) mod peer;
pub(crate) mod queue;
pub(crate) mod rng;
pub(crate) mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex` even where another thread panicked while it held it: every change under these
/// locks is complete before anything that could panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
