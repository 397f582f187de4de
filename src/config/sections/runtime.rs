//! Threads, bounds and time-outs of the engine.

use crate::config::Problem;
use crate::config::check::{Count, Within, YEAR};
use crate::config::setting::plain;
use crate::config::sources::Layers;
use crate::settings;
use std::time::Duration;

settings! {
    "runtime", "Runtime";

    /// Threads that users are spread over; 1: everything on one thread. Unset: one per core.
    SHARDS: usize = plain("").like("2"), Count(1..=256);
    /// Updates accepted and unfinished at one time. Beyond it, intake waits.
    MAX_IN_FLIGHT: usize = plain("20000"), Count(100..=10_000_000);
    /// Updates of one user accepted and unfinished at one time; at least 10, an album. Beyond it,
    /// the user is told.
    SESSION_PERMITS: usize = plain("32"), Count(10..=10_000);
    /// A session without updates for this long leaves memory. The next update brings it back.
    IDLE_AFTER: Duration = plain("10m"), Within(Duration::from_secs(1)..=YEAR);
    /// How long a shutdown lets accepted work finish; the rest is finished after the next start.
    /// The whole stop takes 5 s longer at most.
    DRAIN_TIMEOUT: Duration = plain("4s"), Within(Duration::ZERO..=Duration::from_secs(3_600));
}

/// Threads, bounds and time-outs of the engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Runtime {
    /// Threads that sessions are spread over.
    pub shards: usize,
    /// Updates accepted and not finished at one time.
    pub max_in_flight: usize,
    /// Updates of one session accepted and not finished at one time.
    pub session_permits: usize,
    /// A session without updates for this long leaves memory.
    pub idle_after: Duration,
    /// How long a shutdown lets accepted work finish.
    pub drain_timeout: Duration,
}

pub(in crate::config) fn read(layers: &Layers) -> Result<Runtime, Problem> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Runtime {
        shards: layers.value(&SHARDS).unwrap_or_else(cores),
        max_in_flight: layers.need(&MAX_IN_FLIGHT)?,
        session_permits: layers.need(&SESSION_PERMITS)?,
        idle_after: layers.need(&IDLE_AFTER)?,
        drain_timeout: layers.need(&DRAIN_TIMEOUT)?,
    })
}
