//! Two nodes over one database and one Redis, as `src/cluster` makes them: what they share, and the
//! ports that the engine of each sees.
//!
//! This is a model of the adapters' promises in their own terms (partitions under leases, an inbox,
//! streams, marks), not their code: no SQL, no Lua, no sealing. Where an adapter is changed, it is
//! changed here, too.

pub mod delivery;
pub mod gaps;
pub mod handover;
pub mod inbox;
pub mod journal;
pub mod lease;
pub mod life;
pub mod node;
pub mod queue;
pub mod redis;
pub mod streams;
pub mod tracker;
pub mod writer;

use inbox::Row;
use nameless_domain::ids::{MessageId, PairId, Seq, UserId, spread};
use redis::Redis;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Groups of users; fewer than the product's 256, so that a few people live on both nodes and move
/// in groups.
pub const PARTITIONS: usize = 16;
/// Machines; each runs one process after the other.
pub const MACHINES: usize = 2;

/// Where a user belongs.
pub fn partition_of(user: UserId) -> usize {
    (spread(user.0) >> 60) as usize
}

/// An update, or what one node tells another, on its way.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Telegram's id of the update; the negated position for what nodes tell each other.
    pub id: i64,
    /// Whose partition.
    pub partition: usize,
    /// Its position.
    pub seq: Seq,
    /// What it says.
    pub raw: Arc<str>,
}

/// What is known of an entry that has begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// Its message has left as these.
    Sent(Vec<MessageId>),
    /// It is done.
    Done,
}

/// Keeps the longer list of an update's copies: each list has what was in the one before.
fn keep_longer(old: &mut Vec<MessageId>, new: &[MessageId]) {
    if new.len() > old.len() {
        *old = new.to_vec();
    }
}

/// A node in the table of nodes.
#[derive(Clone, Debug)]
pub struct NodeRow {
    /// Until when its lease holds (true time).
    pub expires: i64,
    /// It gives its partitions away.
    pub leaving: bool,
}

/// Who owns a partition.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner {
    /// The life; none: free.
    pub life: Option<u64>,
    /// The fencing token of the last change.
    pub token: u64,
}

/// An entry on a machine's own disk, from when the database was away.
#[derive(Clone, Debug)]
pub struct OnDisk {
    /// It.
    pub entry: Entry,
    /// What had left.
    pub sent: Option<Vec<MessageId>>,
}

/// A machine's own disk.
#[derive(Debug, Default)]
pub struct Disk {
    /// Entries that the shared inbox does not have yet.
    pub entries: BTreeMap<i64, OnDisk>,
    /// The process that ran here last.
    pub former: Option<u64>,
}

/// What the nodes share, and their disks.
#[derive(Default)]
pub struct Cluster {
    /// Processes that run.
    pub lives: BTreeSet<u64>,
    /// Nodes by life.
    pub nodes: BTreeMap<u64, NodeRow>,
    /// By partition.
    pub owners: [Owner; PARTITIONS],
    /// The newest fencing token.
    pub token: u64,
    /// Who polls Telegram.
    pub polling: Option<u64>,
    /// The shared journal.
    pub inbox: BTreeMap<i64, Row>,
    /// Redis.
    pub redis: Redis,
    /// By machine.
    pub disks: [Disk; MACHINES],
    /// Updates that were ever on a machine's own disk.
    pub kept_on_disks: BTreeSet<i64>,
    /// When a life was told by the other one that a pair is over (true time).
    pub told_over: BTreeMap<(u64, PairId), i64>,
    /// When updates were first noted as done (true time).
    pub done_at: BTreeMap<i64, i64>,
}

impl Cluster {
    /// A life enters.
    pub fn enter(&mut self, life: u64, expires: i64) {
        self.lives.insert(life);
        self.nodes.insert(life, NodeRow { expires, leaving: false });
    }

    /// A life is taken out: its partitions are free.
    pub fn remove(&mut self, life: u64) -> bool {
        let was = self.nodes.remove(&life).is_some();
        for owner in &mut self.owners {
            if owner.life.is_some_and(|life| !self.nodes.contains_key(&life)) {
                owner.life = None;
            }
        }
        was
    }

    /// Takes up to `most` free partitions.
    pub fn claim(&mut self, life: u64, most: usize) -> Vec<(usize, u64)> {
        let free = self.owners.iter_mut().enumerate().filter(|(_, owner)| owner.life.is_none());
        free.take(most)
            .map(|(partition, owner)| {
                self.token += 1;
                *owner = Owner { life: Some(life), token: self.token };
                (partition, self.token)
            })
            .collect()
    }

    /// What a life owns.
    pub fn owned(&self, life: u64) -> Vec<(usize, u64)> {
        let owners = self.owners.iter().enumerate();
        owners.filter(|(_, o)| o.life == Some(life)).map(|(p, o)| (p, o.token)).collect()
    }

    /// Gives partitions away, unless they were taken again since `token`.
    pub fn release(&mut self, life: u64, token: u64, partitions: &[usize]) {
        for &partition in partitions {
            let owner = &mut self.owners[partition];
            if owner.life == Some(life) && owner.token <= token {
                owner.life = None;
            }
        }
    }

    /// New tokens for those of these that are still the life's.
    pub fn retake(&mut self, life: u64, partitions: &[usize]) -> Vec<(usize, u64)> {
        let mine = partitions.iter().copied().filter(|&p| self.owners[p].life == Some(life));
        let mine: Vec<usize> = mine.collect();
        mine.into_iter()
            .map(|partition| {
                self.token += 1;
                self.owners[partition].token = self.token;
                (partition, self.token)
            })
            .collect()
    }

    /// Whether whoever comes next knows that this copy of an update's message has left, or that
    /// nothing more will.
    pub fn knows_copy(&self, update: i64, copy: i32) -> bool {
        self.inbox_knows(update, copy)
            || self.redis.marks.iter().any(|marks| match marks.get(&update) {
                Some(Mark::Done) => true,
                Some(Mark::Sent(sent)) => sent.iter().any(|id| id.0 == copy),
                None => false,
            })
    }

    /// The same by the shared journal and the machines' own disks alone.
    pub fn inbox_knows(&self, update: i64, copy: i32) -> bool {
        let holds = |sent: Option<&Vec<MessageId>>| sent.into_iter().flatten().any(|id| id.0 == copy);
        let on_disk = |disk: &Disk| holds(disk.entries.get(&update).and_then(|kept| kept.sent.as_ref()));
        self.inbox.get(&update).is_some_and(|row| row.done || holds(row.sent.as_ref()))
            || self.disks.iter().any(on_disk)
    }

    /// Updates that were accepted and are not done.
    pub fn unfinished(&self) -> Vec<i64> {
        let rows = self.inbox.iter().filter(|(_, row)| !row.done).map(|(&id, _)| id);
        rows.chain(self.disks.iter().flat_map(|disk| disk.entries.keys().copied())).collect()
    }
}
