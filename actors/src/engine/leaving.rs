//! Users, and the process, on their way out.

use super::Engine;
use crate::matchmaker::{LetGo, Matchmaker};
use crate::persistence::{Flush, Persistence};
use crate::relay::{Forget, Relay};
use crate::shard::{Drain, MoveOut, Shard, Stays};
use crate::tell;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long users who move to another node wait for the queue's answers to what is asked for them.
const SEEKERS: Duration = Duration::from_secs(1);

impl Engine {
    /// Users for whom `stays` is false move to another node: what they have under way must be done
    /// by now. Returns when their sessions have ended and everything told before is kept.
    pub async fn move_out(&self, stays: Stays) {
        let mut going = Vec::new();
        for shard in self.env.directory.all::<Shard>() {
            let (gone, all_gone) = oneshot::channel();
            tell!(shard, MoveOut { stays: stays.clone(), gone });
            going.push(all_gone);
        }
        for gone in going {
            let _ = gone.await;
        }
        for relay in self.env.directory.all::<Relay>() {
            tell!(relay, Forget { stays: stays.clone() });
        }
        let (gone, let_go) = oneshot::channel();
        tell!(self.env.directory.one::<Matchmaker>(), LetGo { stays, gone });
        let _ = tokio::time::timeout(SEEKERS, let_go).await;
        self.kept().await;
    }

    /// Waits until everything told to the store before is in it.
    async fn kept(&self) {
        let (reply, answer) = oneshot::channel();
        tell!(self.env.directory.one::<Persistence>(), Flush { of: None, reply });
        let _ = answer.await;
    }

    /// Has sessions hand out what they hold back for more to come.
    pub fn release_albums(&self) {
        for shard in self.env.directory.all::<Shard>() {
            tell!(shard, Drain);
        }
    }

    /// Waits, at most `within`, until everything accepted has had its effects and is kept. Intake
    /// must have stopped. True if all is done; what is not stays in the journal for the next start.
    pub async fn drain(&self, within: Duration) -> bool {
        self.release_albums();
        let all = async {
            self.in_flight.empty().await;
            if let Some(jobs) = &self.env.jobs {
                jobs.close().await;
            }
            self.kept().await;
            // The persistence actor finishes tickets before it answers; their marks are on disk
            // after this.
            self.env.journal.flush().await.is_ok()
        };
        tokio::time::timeout(within, all).await.unwrap_or(false)
    }

    /// Ends the arbiters.
    pub fn stop(&self) {
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
    }
}
