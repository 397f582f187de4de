//! Streams between nodes: one per partition, read by its owner.
//!
//! They carry hints, sealed like everything that leaves the process; the truth is in PostgreSQL. An
//! entry is acknowledged and removed once the shared journal knows that it is done. What a stream
//! loses (Redis emptied, an entry that was not written) the owner finds in the shared journal: each
//! entry names the one that its writer sent before, so a gap is noticed before anything is handled
//! out of order. Updates that Redis did not take go first when it does: PostgreSQL may be away by
//! then, and what came after them would overtake them.

use super::partition::Partition;
use super::redis::{Redis, RedisError};
use super::tracker::Open;
use crate::store::inbox::InboxEntry;
use nameless_domain::ids::Seq;
use redis::{Cmd, FromRedisValue, Pipeline, Value};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Hash tags that the streams are spread over; a reader each, as in Redis Cluster one command reads
/// one slot.
pub const CHANNELS: u8 = 4;
/// The consumer group of every stream.
const GROUP: &str = "owner";
/// Entries that wait to be written; beyond them they are left to the shared journal.
const WAITING: usize = 50_000;
/// Entries of a stream: a bound against an owner that is away for long. What is trimmed is in the
/// shared journal.
const MAX_LEN: usize = 20_000;
/// Entries written or acknowledged at once.
const BATCH: usize = 256;
/// Updates of a channel that Redis did not take and that are kept; beyond them the oldest are left
/// to the shared journal.
const KEPT: usize = 2_048;
/// How long a writer that failed leaves Redis alone.
const PAUSE: Duration = Duration::from_millis(200);

/// The stream of a partition.
pub fn key(partition: Partition) -> String {
    format!("nameless:{{node{}}}:partition:{}", channel(partition), partition.0)
}

/// The channel of a partition: which hash tag its stream has.
pub fn channel(partition: Partition) -> u8 {
    partition.0 % CHANNELS
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Telegram's id of the update; the negated position for what nodes tell each other.
    pub update_id: i64,
    /// Its position.
    pub seq: Seq,
    /// The position of the update that the same writer sent to this stream before; 0 for its first.
    /// Not of what nodes tell each other: that is nowhere else, and a reader would look for it in
    /// vain.
    pub previous: Seq,
    /// Which process wrote it.
    pub writer: i64,
    /// The content, sealed.
    pub sealed: Vec<u8>,
}

/// What the writer is told.
enum Op {
    Send(InboxEntry, Vec<u8>, Option<oneshot::Sender<()>>),
    Ack(Partition, String),
}

/// Called with what could not be sent.
pub type OnUnsent = Arc<dyn Fn(InboxEntry) + Send + Sync>;

/// The writing side.
#[derive(Clone)]
pub struct Streams {
    ops: mpsc::Sender<Op>,
    up: Arc<AtomicBool>,
    /// An exchange has failed since somebody looked.
    failed: Arc<AtomicBool>,
    unsent: OnUnsent,
}

impl Streams {
    /// Starts the writer on the current runtime.
    pub fn start(redis: Redis, me: i64, unsent: OnUnsent) -> Streams {
        let (ops, inbox) = mpsc::channel(WAITING);
        let up = Arc::new(AtomicBool::new(true));
        let failed = Arc::new(AtomicBool::new(false));
        let writer = Writer {
            redis,
            me,
            up: up.clone(),
            failed: failed.clone(),
            unsent: unsent.clone(),
            previous: FxHashMap::default(),
            kept: Default::default(),
        };
        tokio::spawn(writer.run(inbox));
        Streams { ops, up, failed, unsent }
    }

    /// Sends an entry, whose content is also given sealed. Does not wait. `written` is told once it
    /// is in the stream, and dropped if it does not get there.
    pub fn send(&self, entry: InboxEntry, sealed: Vec<u8>, written: Option<oneshot::Sender<()>>) {
        if let Err(full) = self.ops.try_send(Op::Send(entry, sealed, written))
            && let Op::Send(entry, ..) = full.into_inner()
        {
            (self.unsent)(entry);
        }
    }

    /// Acknowledges what came by stream and is done.
    pub fn ack(&self, open: &Open) {
        if let Some(id) = &open.stream {
            self.ack_entry(open.partition, id.clone());
        }
    }

    /// Acknowledges an entry. One that is not acknowledged is recognised when it comes again.
    pub fn ack_entry(&self, partition: Partition, id: String) {
        let _ = self.ops.try_send(Op::Ack(partition, id));
    }

    /// Whether the last exchange with Redis was a success.
    pub fn up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Whether Redis is there, and an exchange has failed since this was last true. What nodes tell
    /// each other may be lost then, however short that was: an answer that did not come may have
    /// brought it.
    pub fn is_back(&self) -> bool {
        self.up() && self.failed.swap(false, Ordering::Relaxed)
    }

    /// What was in the streams is lost, though Redis is there: it was emptied.
    pub fn note_lost(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// A reader found Redis to be there or not.
    pub fn note(&self, up: bool) {
        if !up {
            self.failed.store(true, Ordering::Relaxed);
        }
        if self.up.swap(up, Ordering::Relaxed) != up {
            match up {
                true => tracing::info!("Redis is back"),
                false => tracing::warn!("Redis is away; updates go to other nodes through PostgreSQL"),
            }
        }
    }
}

struct Writer {
    redis: Redis,
    me: i64,
    up: Arc<AtomicBool>,
    failed: Arc<AtomicBool>,
    unsent: OnUnsent,
    previous: FxHashMap<Partition, Seq>,
    /// By channel: updates that were not written, or whose answer was lost. Twice is no harm: an id
    /// is taken once.
    kept: [Vec<Sending>; CHANNELS as usize],
}

/// An entry on its way.
struct Sending {
    entry: InboxEntry,
    sealed: Vec<u8>,
    previous: Seq,
}

impl Writer {
    async fn run(mut self, mut ops: mpsc::Receiver<Op>) {
        let mut batch = Vec::with_capacity(BATCH);
        while ops.recv_many(&mut batch, BATCH).await > 0 {
            // A pipeline goes to one slot of a Redis Cluster.
            let mut channels: [Vec<Op>; CHANNELS as usize] = Default::default();
            for op in batch.drain(..) {
                let partition = match &op {
                    Op::Send(entry, ..) => entry.partition,
                    Op::Ack(partition, _) => *partition,
                };
                channels[usize::from(channel(partition))].push(op);
            }
            for (channel, ops) in channels.into_iter().enumerate().filter(|(_, ops)| !ops.is_empty()) {
                self.write(channel, ops).await;
            }
        }
    }

    async fn write(&mut self, channel: usize, ops: Vec<Op>) {
        let mut pipe = Pipeline::new();
        let mut sends = std::mem::take(&mut self.kept[channel]);
        sends.iter().for_each(|kept| self.add(&mut pipe, kept));
        let mut told = Vec::new();
        for op in ops {
            match op {
                Op::Send(entry, sealed, written) => {
                    let previous = self.previous.get(&entry.partition).copied().unwrap_or(Seq(0));
                    if entry.update_id >= 0 {
                        self.previous.insert(entry.partition, entry.seq);
                    }
                    let sending = Sending { entry, sealed, previous };
                    self.add(&mut pipe, &sending);
                    sends.push(sending);
                    told.extend(written);
                }
                Op::Ack(partition, id) => {
                    let key = key(partition);
                    pipe.cmd("XACK").arg(&key).arg(GROUP).arg(&id).ignore();
                    pipe.cmd("XDEL").arg(&key).arg(&id).ignore();
                }
            }
        }
        if let Err(cause) = self.redis.pipeline::<()>(&pipe).await {
            self.failed.store(true, Ordering::Relaxed);
            if self.up.swap(false, Ordering::Relaxed) {
                tracing::warn!(%cause, "Redis is away; updates go to other nodes through PostgreSQL");
            }
            let (updates, words): (Vec<_>, Vec<_>) =
                sends.into_iter().partition(|one| one.entry.update_id >= 0);
            words.into_iter().for_each(|word| (self.unsent)(word.entry));
            let over = updates.len().saturating_sub(KEPT);
            self.kept[channel].extend(updates.into_iter().skip(over));
            drop(told);
            tokio::time::sleep(PAUSE).await;
        } else {
            told.into_iter().for_each(|written| _ = written.send(()));
        }
    }

    fn add(&self, pipe: &mut Pipeline, sending: &Sending) {
        let Sending { entry, sealed, previous } = sending;
        let add = pipe.cmd("XADD").arg(key(entry.partition)).arg("MAXLEN").arg("~").arg(MAX_LEN).arg("*");
        add.arg("u").arg(entry.update_id).arg("s").arg(entry.seq.0).arg("p").arg(previous.0);
        add.arg("w").arg(self.me).arg("b").arg(&sealed[..]).ignore();
    }
}

/// Makes the consumer groups of these partitions where they are missing.
pub async fn ensure_groups(redis: &Redis, partitions: &[Partition]) -> Result<(), RedisError> {
    for partition in partitions {
        let mut cmd = Cmd::new();
        cmd.arg("XGROUP").arg("CREATE").arg(key(*partition)).arg(GROUP).arg("0").arg("MKSTREAM");
        match redis.query::<Value>(&cmd).await {
            Err(error) if error.to_string().contains("BUSYGROUP") => {}
            other => drop(other?),
        }
    }
    Ok(())
}

/// The command that reads new entries of these partitions, all of one channel, and waits for them.
pub fn read_command(me: i64, partitions: &[Partition], block: Duration) -> Cmd {
    read(me, partitions, Some(block))
}

/// The same without waiting.
pub fn read_now_command(me: i64, partitions: &[Partition]) -> Cmd {
    read(me, partitions, None)
}

fn read(me: i64, partitions: &[Partition], block: Option<Duration>) -> Cmd {
    let mut cmd = Cmd::new();
    cmd.arg("XREADGROUP").arg("GROUP").arg(GROUP).arg(me).arg("COUNT").arg(64);
    block.into_iter().for_each(|block| _ = cmd.arg("BLOCK").arg(block.as_millis() as u64));
    cmd.arg("STREAMS");
    partitions.iter().for_each(|p| _ = cmd.arg(key(*p)));
    partitions.iter().for_each(|_| _ = cmd.arg(">"));
    cmd
}

/// Takes over what other consumers of a partition's stream read and did not acknowledge, oldest
/// first. Only the owner reads a stream, so whoever they were, they are no more.
pub async fn claim(redis: &Redis, me: i64, partition: Partition) -> Result<Vec<(String, Entry)>, RedisError> {
    let (mut from, mut all) = ("0-0".to_owned(), Vec::new());
    loop {
        let mut cmd = Cmd::new();
        cmd.arg("XAUTOCLAIM").arg(key(partition)).arg(GROUP).arg(me).arg(0).arg(&from).arg("COUNT").arg(100);
        let answer: Value = redis.query(&cmd).await?;
        let Value::Array(parts) = answer else { return Ok(all) };
        let mut parts = parts.into_iter();
        let next: String = parts.next().and_then(|v| String::from_redis_value(v).ok()).unwrap_or_default();
        all.extend(parts.next().map(entries).unwrap_or_default());
        if next.is_empty() || next == "0-0" {
            return Ok(all);
        }
        from = next;
    }
}

/// The streams of an answer to [`read_command`].
pub fn read_answer(answer: Value) -> Vec<(Partition, Vec<(String, Entry)>)> {
    let streams: Vec<(Value, Value)> = match answer {
        Value::Map(pairs) => pairs,
        Value::Array(items) => items
            .into_iter()
            .filter_map(|item| match item {
                Value::Array(two) => {
                    let mut two = two.into_iter();
                    Some((two.next()?, two.next()?))
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let one = |(name, list): (Value, Value)| {
        let name = String::from_redis_value(name).ok()?;
        let partition = Partition(name.rsplit(':').next()?.parse().ok()?);
        Some((partition, entries(list)))
    };
    streams.into_iter().filter_map(one).collect()
}

/// Entries of a list; one that is not ours is left out.
fn entries(list: Value) -> Vec<(String, Entry)> {
    let Value::Array(items) = list else { return Vec::new() };
    items.into_iter().filter_map(entry).collect()
}

fn entry(item: Value) -> Option<(String, Entry)> {
    let Value::Array(two) = item else { return None };
    let mut two = two.into_iter();
    let id = String::from_redis_value(two.next()?).ok()?;
    let fields = FxHashMap::<String, Value>::from_iter(pairs(two.next()?)?);
    let number = |name: &str| i64::from_redis_value(fields.get(name)?.clone()).ok();
    let entry = Entry {
        update_id: number("u")?,
        seq: Seq(number("s")? as u64),
        previous: Seq(number("p")? as u64),
        writer: number("w")?,
        sealed: Vec::<u8>::from_redis_value(fields.get("b")?.clone()).ok()?,
    };
    Some((id, entry))
}

fn pairs(fields: Value) -> Option<Vec<(String, Value)>> {
    let pairs: Vec<(Value, Value)> = match fields {
        Value::Map(pairs) => pairs,
        Value::Array(items) => {
            let mut items = items.into_iter();
            let mut pairs = Vec::new();
            while let (Some(name), Some(value)) = (items.next(), items.next()) {
                pairs.push((name, value));
            }
            pairs
        }
        _ => return None,
    };
    pairs.into_iter().map(|(name, value)| Some((String::from_redis_value(name).ok()?, value))).collect()
}
