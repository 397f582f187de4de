//! Whether updates get through.

use crate::kernel::lock;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Updates that wait, while none gets through for so long, are held. Full for a moment is
/// back-pressure, and no news.
const STUCK: Duration = Duration::from_secs(3);

/// Whether the engine takes updates. The reasons are for operators: they name nobody, and no
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// It does, and something else does not work as it should.
    Degraded(&'static str),
    /// It does not: they stay with Telegram.
    Held(&'static str),
}

/// The updates that wait for room.
#[derive(Default)]
pub(super) struct Jam {
    waiting: Mutex<Waiting>,
    /// Held by the one that is let in next. First come, first served: a poller and a search of the
    /// shared journal may bring updates of one user, and none is to overtake another (I6).
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Waiting {
    count: u32,
    /// Since when none of them got through.
    since: Option<Instant>,
}

impl Jam {
    /// Waits for room, and counts as waiting meanwhile.
    pub(super) async fn wait<T>(&self, room: impl Future<Output = T>) -> T {
        {
            let mut waiting = self.lock();
            waiting.count += 1;
            waiting.since.get_or_insert_with(Instant::now);
        }
        let _waits = Waits(self);
        room.await
    }

    /// The turn, if nobody has it.
    pub(super) fn turn_at_once(&self) -> Option<Turn<'_>> {
        self.turn.try_lock().ok()
    }

    /// The turn, behind all who have waited for longer.
    pub(super) async fn turn(&self) -> Turn<'_> {
        self.turn.lock().await
    }

    /// Updates wait, and have for long.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck_since().is_some_and(|since| since.elapsed() >= STUCK)
    }

    fn stuck_since(&self) -> Option<Instant> {
        self.lock().since
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }
}

/// Whoever has it is let in next.
pub(super) type Turn<'a> = tokio::sync::MutexGuard<'a, ()>;

/// One that waits; dropped, it does no more.
struct Waits<'a>(&'a Jam);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.count -= 1;
        waiting.since = (waiting.count > 0).then(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[actix::test]
    async fn is_stuck_while_updates_wait_and_none_gets_through() {
        let jam = std::rc::Rc::new(Jam::default());
        let wait = || {
            let (open, room) = oneshot::channel::<()>();
            let jam = jam.clone();
            (open, tokio::task::spawn_local(async move { drop(jam.wait(room).await) }))
        };
        let ((first, first_waits), (second, second_waits)) = (wait(), wait());
        tokio::task::yield_now().await;
        let long_ago = Instant::now().checked_sub(STUCK).expect("the clock is older than that");
        assert!(jam.stuck_since().is_some() && !jam.is_stuck(), "for a moment only");
        jam.lock().since = Some(long_ago);
        assert!(jam.is_stuck());
        first.send(()).expect("it waits");
        first_waits.await.expect("it ends");
        assert!(!jam.is_stuck() && jam.stuck_since().is_some(), "one got through, another waits");
        jam.lock().since = Some(long_ago);
        drop(second);
        second_waits.await.expect("it ends");
        assert!(jam.stuck_since().is_none() && !jam.is_stuck(), "nobody waits");
    }
}
