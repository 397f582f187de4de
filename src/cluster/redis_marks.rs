//! What has left and what is done, kept in Redis while PostgreSQL is away or slow.
//!
//! The shared journal cannot be told then, and a node that is killed, or cut off and replaced,
//! would have its successor send again all that left meanwhile. So the marks go to a hash per
//! partition beside its stream; whoever takes the partition over reads them before it finishes what
//! was left. Once PostgreSQL has caught up they are removed.

use super::partition::Partition;
use super::redis::{Redis, RedisError};
use super::streams::{CHANNELS, channel};
use nameless_domain::ids::MessageId;
use redis::{Cmd, Pipeline};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// For how long marks are kept that nobody removes, in seconds. After it the shared journal has
/// forgotten the updates.
const KEPT: u64 = 86_400;
/// Marks written at once.
const BATCH: usize = 512;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The update's message has left; the ids of all its copies so far in the partner's chat.
    Sent(Vec<MessageId>),
    /// The update is done.
    Done,
}

/// An update's mark.
pub type Marked = (Partition, i64, Mark);

/// The marks of all partitions.
#[derive(Clone)]
pub struct Marks(Redis);

fn key(partition: Partition) -> String {
    format!("nameless:{{node{}}}:marks:{}", channel(partition), partition.0)
}

/// In a Redis Cluster a pipeline goes to one slot: one for each channel.
fn by_channel<T>(
    items: impl IntoIterator<Item = T>,
    partition: impl Fn(&T) -> Partition,
) -> impl Iterator<Item = Vec<T>> {
    let mut channels: [Vec<T>; CHANNELS as usize] = std::array::from_fn(|_| Vec::new());
    items.into_iter().for_each(|item| channels[usize::from(channel(partition(&item)))].push(item));
    channels.into_iter().filter(|channel| !channel.is_empty())
}

impl Marks {
    /// Over a connection.
    pub fn new(redis: Redis) -> Marks {
        Marks(redis)
    }

    /// Writes marks; repeating it does no harm.
    pub async fn note(&self, marks: &[Marked]) -> Result<(), RedisError> {
        for chunk in marks.chunks(BATCH) {
            for channel in by_channel(chunk, |(partition, ..)| *partition) {
                let mut pipe = Pipeline::new();
                for (partition, update_id, mark) in &channel {
                    let set = pipe.cmd("HSET").arg(key(*partition));
                    let field = match mark {
                        Mark::Done => update_id.to_string(),
                        // The copies in the field: two marks of one update are two fields.
                        Mark::Sent(copies) => {
                            let copies: Vec<String> = copies.iter().map(|copy| copy.0.to_string()).collect();
                            format!("{update_id}:{}", copies.join(","))
                        }
                    };
                    set.arg(field).arg("").ignore();
                }
                let partitions: BTreeSet<Partition> = channel.iter().map(|(p, ..)| *p).collect();
                for partition in partitions {
                    pipe.cmd("EXPIRE").arg(key(partition)).arg(KEPT).ignore();
                }
                self.0.pipeline::<()>(&pipe).await?;
            }
        }
        Ok(())
    }

    /// The marks of partitions: one for each update, that it is done if it is.
    pub async fn read(&self, partitions: &[Partition]) -> Result<FxHashMap<i64, Mark>, RedisError> {
        let mut found = FxHashMap::default();
        for partition in partitions {
            let mut cmd = Cmd::new();
            cmd.arg("HKEYS").arg(key(*partition));
            for field in self.0.query::<Vec<String>>(&cmd).await? {
                let (id, copies) = field.split_once(':').map_or((&*field, None), |(id, c)| (id, Some(c)));
                let Ok(id) = id.parse::<i64>() else { continue };
                match (copies, found.entry(id).or_insert_with(|| Mark::Sent(Vec::new()))) {
                    (Some(copies), Mark::Sent(sent)) => {
                        let copies = copies.split(',').filter_map(|c| c.parse().ok().map(MessageId));
                        // Fields come in any order. The longer list has what the shorter one has.
                        let copies: Vec<MessageId> = copies.collect();
                        if copies.len() > sent.len() {
                            *sent = copies;
                        }
                    }
                    (Some(_), Mark::Done) => {}
                    (None, mark) => *mark = Mark::Done,
                }
            }
        }
        Ok(found)
    }

    /// Removes all marks of partitions: the shared journal knows.
    pub async fn forget(&self, partitions: impl IntoIterator<Item = Partition>) -> Result<(), RedisError> {
        for channel in by_channel(partitions, |partition| *partition) {
            let mut pipe = Pipeline::new();
            channel.iter().for_each(|partition| _ = pipe.cmd("UNLINK").arg(key(*partition)).ignore());
            self.0.pipeline::<()>(&pipe).await?;
        }
        Ok(())
    }
}
