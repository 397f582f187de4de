//! Turns that began with the commit that keeps them: what was read and planned then waits here for
//! their job, which is handed over at the same moment. What nobody comes for is forgotten, and read
//! again by whoever has the job then.

use super::plan::First;
use super::store::{Asked, Begun, Reserved};
use nameless_actors::kernel::lock;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long it is kept: a job that was handed over begins within milliseconds.
const KEPT: Duration = Duration::from_secs(10);

/// What is to be done about a turn, and what became of the reserve for its first call.
pub(super) type Beginning = Begun<(First, Option<Reserved>)>;

/// Such turns. There are no more than places at the back ends, but for those of the last seconds
/// that were lost.
#[derive(Default)]
pub(super) struct Beginnings(Mutex<HashMap<Asked, (Instant, Beginning)>>);

impl Beginnings {
    pub(super) fn put(&self, asked: Asked, beginning: Beginning) {
        let now = Instant::now();
        let mut all = lock(&self.0);
        all.retain(|_, (since, _)| now.duration_since(*since) < KEPT);
        all.insert(asked, (now, beginning));
    }

    /// Whoever takes it is the only one: its call is made once.
    pub(super) fn take(&self, asked: Asked) -> Option<Beginning> {
        let (since, beginning) = lock(&self.0).remove(&asked)?;
        (since.elapsed() < KEPT).then_some(beginning)
    }
}
