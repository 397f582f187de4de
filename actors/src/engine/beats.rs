//! The engine's threads, watched from outside.

use super::Engine;
use crate::kernel::heartbeat::Blocked;
use std::time::Duration;

impl Engine {
    /// Has this thread and those of the shards beat once a second.
    pub fn beat(&self) {
        self.hearts.add("main", None);
        for (n, arbiter) in self.arbiters.iter().enumerate() {
            // Behind those of the shards stands the one for jobs, if there is one.
            let shard = n < self.env.limits.shards;
            let thread = if shard { format!("shard {}", n + 1) } else { "jobs".into() };
            self.hearts.add(thread, Some(&arbiter.handle()));
        }
    }

    /// Threads that have not beaten for so long, and what they are at.
    pub fn blocked(&self, longer_than: Duration) -> Vec<Blocked> {
        self.hearts.blocked(longer_than)
    }
}
