//! The bulkheads, as they are seen from outside of the actor. A capability that keeps a job with
//! rows of its own may begin it with the same commit: it takes a place, keeps the job as one that
//! this node holds, and hands it over. Nobody has to claim it, and it waits for no turn of the
//! actor.
//!
//! What is kept so and never handed over (its transaction's answer was lost, or the actor died) is
//! found like a claim whose answer was lost: by the look at what is held under this node's name.

use super::common::Common;
use super::lane::JobLane;
use crate::kernel::lock;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// The lanes of a node.
pub(super) struct Rooms(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    lanes: FxHashMap<&'static str, Room>,
    /// Which actor is at work: a place that was taken under another is none any more.
    life: u64,
    is_closed: bool,
}

#[derive(Default)]
struct Room {
    at_once: usize,
    running: usize,
    /// Asked for by the claim that is under way.
    asked: usize,
    /// Taken by those who begin jobs themselves, and not handed over yet.
    taken: usize,
    /// Somebody takes places here.
    is_used: bool,
    /// Jobs may wait in the table: they go first.
    others_wait: bool,
}

impl Room {
    fn free(&self) -> usize {
        self.at_once.saturating_sub(self.running + self.asked + self.taken)
    }
}

impl Rooms {
    pub(super) fn new(lanes: &[JobLane]) -> Rooms {
        let room = |lane: &JobLane| (lane.name, Room { at_once: lane.at_once, ..Room::default() });
        Rooms(Mutex::new(Inside { lanes: lanes.iter().map(room).collect(), ..Inside::default() }))
    }

    /// A fresh actor begins: nothing is under way. What waits in the table is not known.
    pub(super) fn begin(&self) -> u64 {
        let mut inside = lock(&self.0);
        for room in inside.lanes.values_mut() {
            (room.running, room.asked, room.others_wait) = (0, 0, true);
        }
        inside.life += 1;
        inside.life
    }

    /// Nothing is begun any more.
    pub(super) fn close(&self) {
        lock(&self.0).is_closed = true;
    }

    /// So many attempts are under way in a lane.
    pub(super) fn running(&self, lane: &str, running: usize) {
        if let Some(room) = lock(&self.0).lanes.get_mut(lane) {
            room.running = running;
        }
    }

    /// How many jobs are claimed now. Where others begin theirs themselves, and nobody is known to
    /// wait, half of the places are left to them meanwhile.
    pub(super) fn ask(&self, lane: &str) -> usize {
        let mut inside = lock(&self.0);
        let Some(room) = inside.lanes.get_mut(lane) else { return 0 };
        let free = room.free();
        room.asked = if room.is_used && !room.others_wait { free.div_ceil(2) } else { free };
        room.asked
    }

    /// A claim is over. Whether it took all that waited; none if it was not carried out.
    pub(super) fn answered(&self, lane: &str, was_dry: Option<bool>) {
        if let Some(room) = lock(&self.0).lanes.get_mut(lane) {
            room.asked = 0;
            room.others_wait = was_dry.map_or(room.others_wait, |dry| !dry);
        }
    }

    fn take(&self, lane: &str) -> Option<u64> {
        let mut inside = lock(&self.0);
        let (life, is_closed) = (inside.life, inside.is_closed);
        let room = inside.lanes.get_mut(lane)?;
        room.is_used = true;
        // Whoever finds no place waits in the table, and goes before those who come later.
        room.others_wait |= room.free() == 0;
        if is_closed || room.others_wait {
            return None;
        }
        room.taken += 1;
        Some(life)
    }

    fn give_back(&self, lane: &str) {
        if let Some(room) = lock(&self.0).lanes.get_mut(lane) {
            room.taken = room.taken.saturating_sub(1);
        }
    }
}

/// A place in a lane, taken for a job that is kept as held: under [`Taken::holder`], for
/// [`Taken::lease`], as its first attempt. Dropped, it is free again.
pub struct Taken {
    common: Arc<Common>,
    lane: &'static str,
    pub(super) life: u64,
    /// The lease counts from then at least.
    pub(super) asked: Instant,
    lease: Duration,
    /// The actor has it: it knows that there is a place.
    pub(super) is_handed: bool,
}

impl Taken {
    pub(super) fn new(common: &Arc<Common>, lane: &'static str) -> Option<Taken> {
        let lease = common.setup.lanes.iter().find(|of| of.name == lane)?.lease;
        let life = common.rooms.take(lane)?;
        let (common, asked) = (common.clone(), Instant::now());
        Some(Taken { common, lane, life, asked, lease, is_handed: false })
    }

    /// The name under which this node holds jobs.
    pub fn holder(&self) -> i64 {
        self.common.setup.store.holder()
    }

    /// How long a holder of this lane may go without a heartbeat.
    pub fn lease(&self) -> Duration {
        self.lease
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.common.rooms.give_back(self.lane);
        if !self.is_handed {
            // Somebody may have waited for it.
            self.common.poke();
        }
    }
}
