//! What becomes of nodes in the shared tables, and what is known of what had left.

use crate::cluster::{Disk, Mark, partition_of};
use crate::world::{Life, State};
use nameless_actors::ports::{PeerEvent, Write};
use nameless_domain::ids::UserId;

impl State {
    /// The disk of a life's machine, in a cluster.
    pub fn disk(&mut self, life: &Life) -> Option<&mut Disk> {
        Some(&mut self.cluster.as_mut()?.disks[life.machine])
    }

    /// Whether a life may write, as the fence before each transaction sees it.
    pub fn is_member(&self, life: &Life) -> bool {
        self.cluster.as_ref().is_none_or(|cluster| cluster.nodes.contains_key(&life.number))
    }

    /// Nobody whose place was taken does anything (I15). What a process had begun before it stood
    /// still may be on its way at the moment when it goes on: no process can rule that out, and the
    /// fence catches it where it counts.
    pub fn look_at_holder(&mut self, life: &Life, does: &str) {
        let thawed = life.thawed.load(std::sync::atomic::Ordering::SeqCst);
        if !self.is_member(life) && self.now() > thawed + 1 {
            self.broke(format!("I15: life {} {does} though its place was taken", life.number));
        }
    }

    /// A user's row is written by the node where they live.
    pub fn look_at_owners(&mut self, life: u64, batch: &[Write]) {
        let Some(cluster) = &self.cluster else { return };
        let strangers: Vec<String> = batch
            .iter()
            .filter_map(|write| match write {
                Write::Account(account) => Some(account),
                _ => None,
            })
            .filter_map(|account| {
                let owner = cluster.owners[partition_of(account.user)].life;
                let other = owner.filter(|&owner| owner != life)?;
                Some(format!("I15: life {life} writes the row of {:?}, who lives in {other}", account.user))
            })
            .collect();
        strangers.into_iter().for_each(|what| self.broke(what));
    }

    /// A node is taken out of the table.
    pub fn removed(&mut self, life: u64) {
        if self.cluster.as_mut().is_some_and(|cluster| cluster.remove(life)) {
            self.event("removed", [life as i64, 0, 0]);
            self.trace.count("a node was removed");
            self.forget_copies(Some(life), true);
        }
    }

    /// One node tells another.
    pub fn told(&mut self, life: u64, user: UserId, event: &PeerEvent) {
        self.event("peer", [life as i64, user.0, 0]);
        let now = self.now();
        if let PeerEvent::PairClosed { pair, .. } = event
            && let Some(cluster) = &mut self.cluster
        {
            cluster.told_over.entry((life, *pair)).or_insert(now);
        }
    }

    /// Of copies whose sender is gone nobody may know any more: those may be sent again. `ended` is
    /// gone though it is in the table; `redis`: what Redis knows counts.
    pub fn forget_copies(&mut self, ended: Option<u64>, redis: bool) {
        let State { cluster, said, .. } = self;
        let Some(cluster) = cluster else { return };
        let gone = |life: u64| ended == Some(life) || !cluster.nodes.contains_key(&life);
        for said in said.iter_mut() {
            for copy in said.copies.iter_mut().filter(|copy| !copy.lost && gone(copy.life)) {
                let knows = match redis {
                    true => cluster.knows_copy(said.update, copy.id),
                    false => cluster.inbox_knows(said.update, copy.id),
                };
                copy.lost = !knows;
            }
        }
    }

    /// Marks could not be read by who takes over: what only they say is not known.
    pub fn marks_unread(&mut self) {
        self.trace.count("marks unread at a take-over");
        self.forget_copies(None, false);
    }

    /// Notes marks in Redis.
    pub fn note_marks(&mut self, marks: &[(usize, i64, Mark)]) {
        self.trace.count("marks kept in Redis");
        let Some(cluster) = &mut self.cluster else { return };
        marks.iter().for_each(|(partition, id, mark)| cluster.redis.note(*partition, *id, mark));
    }

    /// Redis loses everything.
    pub fn empty_redis(&mut self) {
        self.event("Redis is emptied", [0; 3]);
        if let Some(cluster) = &mut self.cluster {
            cluster.redis.empty();
        }
        self.forget_copies(None, true);
    }

    /// When an update was done (true time), if it is and that is kept.
    pub fn done_at(&self, update: i64) -> Option<i64> {
        match &self.cluster {
            None => self.log.done.get(&update).copied(),
            Some(cluster) => cluster.done_at.get(&update).copied(),
        }
    }
}
