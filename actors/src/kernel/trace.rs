//! Where an update spends its time, step by step, for whoever collects that: nobody unless
//! [`report_to`] was called, and then a sample. Off it costs the look whether it is on.
//!
//! A step is named and timed, no more: what an update holds and whose it is are no part of it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A part of an update's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// From Telegram's hand to whoever handles it: here, or another node. The first of all.
    Accept,
    /// All of it on the node that handles it, until nothing is left to do.
    Update,
    /// The session decides.
    Session,
    /// The pair passes it on.
    Relay,
    /// A call to Telegram.
    Send,
}

/// Who collects steps. Neither blocks nor panics.
pub trait Steps: Send + Sync {
    /// Whether this update is one of the sample; the same on every node.
    fn wants(&self, update_id: i64) -> bool;
    /// A step has ended just now and has taken so long.
    fn ended(&self, update_id: i64, step: Step, took: Duration);
}

static STEPS: OnceLock<Box<dyn Steps>> = OnceLock::new();

/// Steps are told to this from now on. The first call of a process counts.
pub fn report_to(steps: Box<dyn Steps>) {
    let _ = STEPS.set(steps);
}

fn who_wants(update_id: i64) -> Option<&'static dyn Steps> {
    let steps = STEPS.get()?;
    // 0 stands for no update.
    (update_id != 0 && steps.wants(update_id)).then_some(&**steps)
}

/// A step that has begun; told when it is dropped.
pub struct Begun {
    update_id: i64,
    step: Step,
    at: Instant,
    steps: &'static dyn Steps,
}

/// Begins a step, if somebody wants to know.
pub fn begin(update_id: i64, step: Step) -> Option<Begun> {
    let steps = who_wants(update_id)?;
    Some(Begun { update_id, step, at: Instant::now(), steps })
}

/// Tells of a step that has taken so long until now.
pub fn ended(update_id: i64, step: Step, took: impl FnOnce() -> Duration) {
    if let Some(steps) = who_wants(update_id) {
        steps.ended(update_id, step, took());
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.steps.ended(self.update_id, self.step, self.at.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::lock;
    use std::sync::{Arc, Mutex};

    struct Odd(Arc<Mutex<Vec<(i64, Step)>>>);

    impl Steps for Odd {
        fn wants(&self, update_id: i64) -> bool {
            update_id % 2 == 1
        }
        fn ended(&self, update_id: i64, step: Step, _: Duration) {
            lock(&self.0).push((update_id, step));
        }
    }

    #[test]
    fn a_sample_is_told_and_nobody_before_that() {
        assert!(begin(1, Step::Send).is_none());
        let told = Arc::new(Mutex::default());
        report_to(Box::new(Odd(told.clone())));
        assert!(begin(0, Step::Send).is_none() && begin(2, Step::Send).is_none());
        drop(begin(3, Step::Send));
        ended(5, Step::Update, || Duration::ZERO);
        assert_eq!(*lock(&told), [(3, Step::Send), (5, Step::Update)]);
    }
}
