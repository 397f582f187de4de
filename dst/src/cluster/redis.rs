//! Redis: streams, marks, witnesses, the queue; and the way there. It forgets everything when it is
//! emptied.

use super::queue::SharedQueue;
use super::{Entry, Mark, PARTITIONS, keep_longer};
use crate::plan::Fault;
use crate::world::{Life, State, World};
use nameless_domain::ids::Seq;
use std::collections::{BTreeMap, BTreeSet};

/// Entries that one read brings.
const READ: usize = 64;

/// One entry of a stream.
#[derive(Clone, Debug)]
pub struct Streamed {
    /// What it carries.
    pub entry: Entry,
    /// The position of the update that the same writer sent to this stream before; 0 for its first.
    pub previous: Seq,
    /// Which life wrote it.
    pub writer: u64,
}

/// A partition's stream with its one group of readers.
#[derive(Debug, Default)]
pub struct Stream {
    entries: BTreeMap<u64, Streamed>,
    last: u64,
    /// The newest that was read by anybody.
    read: u64,
    /// Read and not acknowledged.
    pending: BTreeSet<u64>,
}

impl Stream {
    fn add(&mut self, streamed: Streamed) {
        self.last += 1;
        self.entries.insert(self.last, streamed);
    }

    fn ack(&mut self, id: u64) {
        self.pending.remove(&id);
        self.entries.remove(&id);
    }

    /// The next new ones.
    fn next(&mut self) -> Vec<(u64, Streamed)> {
        let new = self.entries.range(self.read + 1..).take(READ);
        let new: Vec<(u64, Streamed)> = new.map(|(&id, streamed)| (id, streamed.clone())).collect();
        if let Some((id, _)) = new.last() {
            self.read = *id;
        }
        self.pending.extend(new.iter().map(|(id, _)| *id));
        new
    }

    /// Those that somebody read and did not acknowledge.
    fn claim(&self) -> Vec<(u64, Streamed)> {
        let pending = self.pending.iter();
        pending.filter_map(|id| Some((*id, self.entries.get(id)?.clone()))).collect()
    }

    /// Whether there are new ones.
    pub fn has_new(&self) -> bool {
        self.last > self.read
    }

    /// Entries that it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The server.
pub struct Redis {
    /// By partition.
    pub streams: Vec<Stream>,
    /// Marks by partition and id.
    pub marks: Vec<BTreeMap<i64, Mark>>,
    /// Until when lives are said to live (true time).
    pub witness: BTreeMap<u64, i64>,
    /// Who waits for a partner.
    pub queue: SharedQueue,
    /// How often it was emptied.
    pub emptied: u64,
}

impl Default for Redis {
    fn default() -> Redis {
        Redis {
            streams: (0..PARTITIONS).map(|_| Stream::default()).collect(),
            marks: vec![BTreeMap::new(); PARTITIONS],
            witness: BTreeMap::new(),
            queue: SharedQueue::default(),
            emptied: 0,
        }
    }
}

impl Redis {
    /// All is lost. Ids of entries go by the server's clock: none comes twice.
    pub fn empty(&mut self) {
        let lasts: Vec<u64> = self.streams.iter().map(|stream| stream.last).collect();
        *self = Redis { emptied: self.emptied + 1, ..Redis::default() };
        for (stream, last) in self.streams.iter_mut().zip(lasts) {
            (stream.last, stream.read) = (last, last);
        }
    }

    /// Adds to a stream.
    pub fn add(&mut self, streamed: Streamed) {
        self.streams[streamed.entry.partition].add(streamed);
    }

    /// Acknowledges and removes an entry.
    pub fn ack(&mut self, partition: usize, id: u64) {
        self.streams[partition].ack(id);
    }

    /// New entries of these partitions.
    pub fn read(&mut self, partitions: &[usize]) -> Vec<(usize, u64, Streamed)> {
        let each = partitions.iter().map(|&p| (p, self.streams[p].next())).collect::<Vec<_>>();
        each.into_iter().flat_map(|(p, new)| new.into_iter().map(move |(id, one)| (p, id, one))).collect()
    }

    /// What former readers of a stream left.
    pub fn claim(&self, partition: usize) -> Vec<(u64, Streamed)> {
        self.streams[partition].claim()
    }

    /// Notes a mark.
    pub fn note(&mut self, partition: usize, id: i64, mark: &Mark) {
        let old = self.marks[partition].entry(id).or_insert(Mark::Sent(Vec::new()));
        match (old, mark) {
            (Mark::Sent(old), Mark::Sent(new)) => {
                keep_longer(old, new);
            }
            (old, Mark::Done) => *old = Mark::Done,
            (Mark::Done, _) => {}
        }
    }
}

/// It was not reached, or did not answer.
#[derive(Clone, Copy, Debug)]
pub struct Unreached;

impl World {
    /// One operation in Redis: it travels, happens at one moment, and the answer travels back, if
    /// all goes well.
    pub async fn redis<T>(&self, life: &Life, act: impl FnOnce(&mut State) -> T) -> Result<T, Unreached> {
        self.alive(life).await;
        let (there, back, lost) = {
            let mut state = self.lock();
            let slow = state.strikes(Fault::SlowRedis, 60);
            let most = if slow { 3_000 } else { 3 };
            let lost = state.strikes(Fault::LostReply, 60);
            (state.wait(0, most), state.wait(0, most), lost)
        };
        tokio::time::sleep(there).await;
        self.alive(life).await;
        let value = {
            let mut state = self.lock();
            if state.in_window(Fault::NoRedis) {
                return Err(Unreached);
            }
            act(&mut state)
        };
        tokio::time::sleep(back).await;
        self.alive(life).await;
        if lost { Err(Unreached) } else { Ok(value) }
    }
}
