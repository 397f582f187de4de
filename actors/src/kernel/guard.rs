//! Catches panics where they happen, and says whose update was being handled without saying what it
//! held.

use super::lock;
use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// What an actor was at when it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    /// Kind of actor.
    pub actor: &'static str,
    /// Telegram's id of the update, if one was being handled.
    pub update_id: Option<i64>,
}

/// What a thread is at, for other threads to see.
pub(super) type Shared = Arc<Mutex<Option<Doing>>>;

thread_local! {
    static DOING: Cell<Option<Doing>> = const { Cell::new(None) };
    static SHARED: OnceCell<Shared> = const { OnceCell::new() };
}

/// What this thread is at is also written there from now on.
pub(super) fn share(with: Shared) {
    SHARED.with(|shared| _ = shared.set(with));
}

fn begin(work: Option<Doing>) -> Option<Doing> {
    SHARED.with(|shared| {
        if let Some(shared) = shared.get() {
            *lock(shared) = work;
        }
    });
    DOING.with(|doing| doing.replace(work))
}

/// What this thread is at; for the panic hook.
pub fn current() -> Option<Doing> {
    DOING.try_with(Cell::get).ok().flatten()
}

/// A caught panic.
#[derive(Debug)]
pub struct Panicked {
    /// The panic's message if it is a literal of the source; a formatted one could hold a user's
    /// words.
    pub cause: &'static str,
}

impl Panicked {
    fn from(payload: Box<dyn Any + Send>) -> Panicked {
        let cause = payload.downcast_ref::<&'static str>().copied().unwrap_or("a formatted panic");
        Panicked { cause }
    }
}

/// Runs `f`; a panic in it becomes an error. The caller discards whatever `f` was changing.
pub fn guarded<T>(work: Doing, f: impl FnOnce() -> T) -> Result<T, Panicked> {
    let before = begin(Some(work));
    let result = catch_unwind(AssertUnwindSafe(f)).map_err(Panicked::from);
    begin(before);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_work_and_survives() {
        let work = Doing { actor: "test", update_id: Some(7) };
        let seen = guarded(work, current).unwrap();
        assert_eq!(seen, Some(work));
        assert_eq!(guarded(work, || panic!("literal")).unwrap_err().cause, "literal");
        let words = "a user's words";
        assert_eq!(guarded(work, || panic!("{words}")).unwrap_err().cause, "a formatted panic");
        assert_eq!(current(), None);
    }
}
