//! Wakes between nodes: a short stream in Redis that every node reads. Hints only; the truth is in
//! PostgreSQL, which each node looks at by itself.

use super::redis::{Blocking, Redis};
use nameless_actors::ports::{JobWakes, PortFuture, Word};
use rustc_hash::FxHashSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

/// Words kept: who is behind by more looks at the table anyway.
const KEPT: usize = 64;
/// Words that wait to be written; more say nothing new.
const WAITING: usize = 256;
/// How long a read waits on the server.
const BLOCK: Duration = Duration::from_secs(5);
/// How long words gather: at many jobs a second each lane is told so often at most.
const GATHER: Duration = Duration::from_millis(2);
/// Entries of a stream: each with its id.
type Entries = Vec<(String, HashMap<String, String>)>;

/// How the word for owed ends is written; no lane is called so.
const OWED: &str = "";

/// The way to the other nodes of a bot.
pub struct RedisWakes {
    words: mpsc::Sender<Word>,
    reader: Mutex<Reader>,
    key: String,
    me: String,
}

struct Reader {
    redis: Blocking,
    /// Behind which entry to go on; none before the first read.
    last: Option<String>,
}

impl RedisWakes {
    /// Starts the writer on the current runtime. `name` is the bot's, `me` the node's.
    pub fn start(redis: Redis, name: &str, me: i64) -> Result<Arc<RedisWakes>, super::redis::RedisError> {
        let (words, waiting) = mpsc::channel(WAITING);
        let reader = Mutex::new(Reader { redis: redis.blocking()?, last: None });
        let (key, me) = (format!("nameless:{{jobs-{name}}}:wakes"), me.to_string());
        tokio::spawn(write(redis, key.clone(), me.clone(), waiting));
        Ok(Arc::new(RedisWakes { words, reader, key, me }))
    }

    /// The next entries of others; none if there was nothing for a while.
    async fn read(&self) -> Vec<Word> {
        let mut reader = self.reader.lock().await;
        let last = match reader.last.clone() {
            Some(last) => last,
            None => {
                let mut newest = redis::cmd("XREVRANGE");
                newest.arg(&self.key).arg("+").arg("-").arg("COUNT").arg(1);
                let newest: Result<Entries, _> = reader.redis.query(&newest, Duration::ZERO).await;
                let Ok(newest) = newest else { return Vec::new() };
                let last = newest.into_iter().next().map_or_else(|| "0-0".to_owned(), |(id, _)| id);
                reader.last = Some(last.clone());
                last
            }
        };
        let mut cmd = redis::cmd("XREAD");
        cmd.arg("COUNT").arg(KEPT).arg("BLOCK").arg(BLOCK.as_millis() as u64);
        cmd.arg("STREAMS").arg(&self.key).arg(last);
        let read: Result<Option<Vec<(String, Entries)>>, _> = reader.redis.query(&cmd, BLOCK).await;
        let entries: Entries = match read {
            Ok(read) => read.into_iter().flatten().flat_map(|(_, entries)| entries).collect(),
            Err(error) => {
                tracing::debug!(%error, "wakes of other nodes cannot be read");
                return Vec::new();
            }
        };
        if let Some((id, _)) = entries.last() {
            reader.last = Some(id.clone());
        }
        let mut words = FxHashSet::default();
        for (_, fields) in entries {
            if fields.get("from").is_some_and(|from| *from == self.me) {
                continue;
            }
            for lane in fields.get("lanes").into_iter().flat_map(|lanes| lanes.split(',')) {
                words.insert(if lane == OWED { Word::Owed } else { Word::Waiting(lane.to_owned()) });
            }
        }
        words.into_iter().collect()
    }
}

/// Writes what gathers. What cannot be written is dropped: the others look by themselves.
async fn write(redis: Redis, key: String, me: String, mut waiting: mpsc::Receiver<Word>) {
    while let Some(first) = waiting.recv().await {
        tokio::time::sleep(GATHER).await;
        let mut words = FxHashSet::from_iter([first]);
        while let Ok(more) = waiting.try_recv() {
            words.insert(more);
        }
        let lanes: Vec<String> = words
            .into_iter()
            .map(|word| match word {
                Word::Waiting(lane) => lane,
                Word::Owed => OWED.to_owned(),
            })
            .collect();
        let mut cmd = redis::cmd("XADD");
        cmd.arg(&key).arg("MAXLEN").arg("~").arg(KEPT).arg("*");
        cmd.arg("from").arg(&me).arg("lanes").arg(lanes.join(","));
        if let Err(error) = redis.query::<String>(&cmd).await {
            tracing::debug!(%error, "other nodes cannot be woken");
        }
    }
}

impl JobWakes for RedisWakes {
    fn tell(&self, word: Word) {
        // Full: what waits wakes them.
        let _ = self.words.try_send(word);
    }

    fn heard(&self) -> PortFuture<'_, Vec<Word>> {
        Box::pin(async move {
            loop {
                let words = self.read().await;
                if !words.is_empty() {
                    return words;
                }
            }
        })
    }
}
