//! Catches panics where they happen, and says whose update was being handled without saying what it
//! held.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What an actor was at when it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    /// Kind of actor.
    pub actor: &'static str,
    /// Telegram's id of the update, if one was being handled.
    pub update_id: Option<i64>,
}

thread_local! {
    static DOING: Cell<Option<Doing>> = const { Cell::new(None) };
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
    let before = DOING.with(|w| w.replace(Some(work)));
    let result = catch_unwind(AssertUnwindSafe(f)).map_err(Panicked::from);
    DOING.with(|w| w.set(before));
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
