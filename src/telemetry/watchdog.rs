//! Looks from a thread of its own whether those of the actors turn.
//!
//! One that does not is named in the log with what it is at, and `/health/live` says no until it
//! goes on. Kubernetes ends the process then and starts another; elsewhere an operator does, who is
//! alerted. What was accepted is in the journal.

use nameless_actors::Engine;
use nameless_actors::kernel::guard::Doing;
use nameless_actors::kernel::heartbeat::Blocked;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// A thread that has not turned for so long is blocked. Everything that waits does so without
/// holding its thread, so milliseconds are usual; a machine that stands still stops this thread as
/// well.
pub const BLOCKED: Duration = Duration::from_secs(10);
/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Begins to watch, until the engine is gone.
pub fn watch(engine: &Arc<Engine>) -> std::io::Result<()> {
    engine.beat();
    let engine = Arc::downgrade(engine);
    std::thread::Builder::new().name("watchdog".into()).spawn(move || look(&engine)).map(drop)
}

fn look(engine: &Weak<Engine>) {
    let mut before: Vec<Blocked> = Vec::new();
    let mut looked = Instant::now();
    while let Some(engine) = engine.upgrade() {
        // Where the whole process was stopped for a while, this thread was as well: the others have
        // yet to beat.
        let late = looked.elapsed() > 2 * LOOK;
        let now = if late { before.clone() } else { engine.blocked(BLOCKED) };
        drop(engine);
        looked = Instant::now();
        for Blocked { thread, since, doing } in only_in(&now, &before) {
            let Doing { actor, update_id } = doing.unwrap_or(Doing { actor: "none", update_id: None });
            let seconds = since.as_secs();
            tracing::error!(
                %thread,
                actor,
                update_id,
                seconds,
                "a thread of actors is blocked: restart the process unless it goes on; what was accepted is in the journal"
            );
        }
        for Blocked { thread, .. } in only_in(&before, &now) {
            tracing::warn!(%thread, "a thread of actors goes on");
        }
        before = now;
        // No runtime's timer: the runtimes are what may stand still.
        std::thread::sleep(LOOK);
    }
}

/// Those whose threads are not among the others.
fn only_in<'a>(these: &'a [Blocked], others: &[Blocked]) -> impl Iterator<Item = &'a Blocked> {
    these.iter().filter(|one| others.iter().all(|other| other.thread != one.thread))
}
