//! Everyone who waits, in Redis: the same rules as `nameless_domain::matching`, for all nodes at
//! once.
//!
//! One Lua script per operation; `common.lua` lists the keys, which have one hash tag, so a Cluster
//! keeps them on one node. A search looks at those who have waited longest, a bounded number;
//! mostly somebody fits. Else it goes by types: a type's queue is a range of one sorted set in
//! order of bytes, so the head of each is one read. So what a search costs depends on the number of
//! types at most, never on how many wait. Each crowd has classes of its own in these sets, so none
//! reads another one's people.
//!
//! - **Ambiguity.** A request whose answer was lost may have happened. The answer to each user's
//!   last request is kept for some minutes, and the same request again is given it, without
//!   happening twice.
//! - **Vanished nodes.** A wish stands for a bounded time and leaves unless it is stated again.
//! - **Emptied Redis.** The queue has an epoch. Without it, or with another than a node knows,
//!   nothing is done: the node hears [`QueueError::Reset`], and its searching sessions state their
//!   wishes again.

mod convert;

use super::redis::{Redis, RedisError, Script};
use convert::{Reader, list, unexpected};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, Queue, QueueError, Sought, Wish};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::UserId;
use nameless_domain::matching::PoolLimits;
use redis::Value;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::time::Duration;

/// How long the answer to a request is kept: far longer than anybody asks again for.
const ANSWER_KEPT: Duration = Duration::from_secs(180);
/// How many who vanished one call of `expire` takes out.
const EXPIRE_AT_ONCE: u32 = 200;
/// How many are looked at by time before a search goes by types.
const BY_TIME: u32 = 48;

macro_rules! script {
    ($name:literal) => {
        Script::new(concat!(include_str!("common.lua"), "\n", include_str!($name)))
    };
}

/// The queue in Redis.
pub struct RedisQueue {
    redis: Redis,
    limits: PoolLimits,
    by_time: u32,
    scripts: Scripts,
    /// epoch, seekers, avoids, order, expiry, state, times.
    keys: [String; 7],
    /// Start of the keys of answers.
    answers: String,
    /// Tells this process's requests from others'.
    life: String,
    /// The epoch that this node knows.
    epoch: Mutex<Option<String>>,
}

struct Scripts {
    seek: Script,
    cancel: Script,
    expire: Script,
    begin: Script,
}

impl RedisQueue {
    /// A queue of its own per `name`; nodes of one bot use the same. `limits` should be the same
    /// for all of them. Nodes that know of other crowds use another one: a wish of theirs says
    /// nothing here.
    pub fn new(redis: Redis, name: &str, crowds: &Crowds, limits: PoolLimits) -> RedisQueue {
        let name = match crowds.name() {
            None => name.to_owned(),
            Some(crowds) => format!("{name}:{crowds}"),
        };
        let key = |what: &str| format!("nameless:{{queue:{name}}}:{what}");
        RedisQueue {
            redis,
            limits,
            by_time: BY_TIME,
            scripts: Scripts {
                seek: script!("seek.lua"),
                cancel: script!("cancel.lua"),
                expire: script!("expire.lua"),
                begin: script!("begin.lua"),
            },
            keys: ["epoch", "seekers", "avoids", "order", "expiry", "state", "times"].map(key),
            answers: key(""),
            life: new_name(),
            epoch: Mutex::new(None),
        }
    }

    /// The same, with another number of seekers who are looked at by time before a search goes by
    /// types. What it answers does not change, only what it costs.
    pub fn looking_by_time_at(mut self, seekers: u32) -> RedisQueue {
        self.by_time = seekers;
        self
    }

    fn known_epoch(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        lock(&self.epoch)
    }

    /// Takes over the epoch that holds, or begins one.
    async fn adopt(&self) -> Result<String, QueueError> {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let epoch: String = self.redis.script(&self.scripts.begin, &keys, new_name()).await?;
        *self.known_epoch() = Some(epoch.clone());
        Ok(epoch)
    }

    /// Runs a script for a user, whose answer is kept under `answer`, and returns its answer as a
    /// list.
    async fn run(
        &self,
        script: &Script,
        answers: &[String],
        number: u64,
        args: Vec<Vec<u8>>,
    ) -> Result<Reader, QueueError> {
        let known = self.known_epoch().clone();
        let epoch = match known {
            Some(epoch) => epoch,
            // The first request of this node: nothing that it could have lost.
            None => self.adopt().await?,
        };
        let keys: Vec<&str> = self.keys.iter().chain(answers).map(String::as_str).collect();
        let mut all = list([&epoch as &dyn ToString, &self.life, &number, &ANSWER_KEPT.as_millis()]);
        all.extend(args);
        let answer: Value = self.redis.script(script, &keys, all).await?;
        let mut reader = Reader::new(answer)?;
        match reader.text()?.as_str() {
            "reset" => {
                // Unless another request has done so meanwhile.
                if self.known_epoch().as_ref() == Some(&epoch) {
                    self.adopt().await?;
                }
                Err(QueueError::Reset)
            }
            "stale" => Err(QueueError::Refused("a later request of this user was answered already".into())),
            word => {
                reader.word = word.to_owned();
                Ok(reader)
            }
        }
    }

    async fn seek(&self, wish: Wish) -> Result<Sought, QueueError> {
        let user = wish.seeker.user.0;
        let own = format!("{}r:{user}", self.answers);
        let answers = match wish.returned {
            // Apart: it is often another node than the user's own that returns them.
            true => [format!("{}p:{user}", self.answers), own],
            false => [own.clone(), own],
        };
        let mut args = convert::seek_args(&wish, &self.limits);
        args.extend(list([&self.by_time as &dyn ToString]));
        let mut answer = self.run(&self.scripts.seek, &answers, wish.number, args).await?;
        match answer.word.as_str() {
            "waiting" => Ok(Sought::Waiting),
            "full" => Ok(Sought::Full),
            "gone" => Ok(Sought::Gone),
            "matched" => answer.matched(),
            _ => Err(unexpected()),
        }
    }

    async fn cancel(&self, number: u64, user: UserId) -> Result<bool, QueueError> {
        let answers = [format!("{}r:{}", self.answers, user.0)];
        let args = list([&user.0 as &dyn ToString]);
        let mut answer = self.run(&self.scripts.cancel, &answers, number, args).await?;
        Ok(answer.number()? == 1)
    }

    async fn expire(&self) -> Result<u64, QueueError> {
        let args = list([&EXPIRE_AT_ONCE as &dyn ToString]);
        let mut answer = self.run(&self.scripts.expire, &[], 0, args).await?;
        Ok(answer.number()? as u64)
    }
}

impl Queue for RedisQueue {
    fn seek(&self, wish: Wish) -> PortFuture<'_, Result<Sought, QueueError>> {
        Box::pin(self.seek(wish))
    }
    fn cancel(&self, number: u64, user: UserId) -> PortFuture<'_, Result<bool, QueueError>> {
        Box::pin(self.cancel(number, user))
    }
    fn expire(&self) -> PortFuture<'_, Result<u64, QueueError>> {
        Box::pin(self.expire())
    }
    fn ping(&self) -> PortFuture<'_, Result<(), QueueError>> {
        Box::pin(async { Ok(self.redis.ping().await?) })
    }
}

impl From<RedisError> for QueueError {
    fn from(error: RedisError) -> QueueError {
        match error {
            RedisError::Unavailable(text) => QueueError::Unavailable(text),
            RedisError::Refused(text) => QueueError::Refused(text),
        }
    }
}

/// A name that no other process has.
fn new_name() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}
