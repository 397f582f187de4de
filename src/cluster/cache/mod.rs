//! A cache before the store, in Redis (cache-aside): who asks looks into Redis, else into the
//! store, and leaves there what the store said; who changes the store removes the entry afterwards.
//!
//! - **Stale fills.** A reader could load a value, be overtaken by a change and its removal of the
//!   entry, and then leave the old value for all its life. So a miss leaves a *lease* in the
//!   entry's place, with a token, and the value is taken only where that lease still is. A removal
//!   takes the lease away. While one holds it, others who miss read the store themselves and leave
//!   nothing.
//! - **One read at a time.** Those of a process who ask for the same at the same time share one
//!   look and one read of the store ([`flights`]). A failure is told to all of them and is not
//!   kept.
//! - **Absence** is a value like any other (`Entitlements` without premium), so it is cached, too.
//! - **Redis away** costs one bounded wait, then its breaker answers at once; the store is read
//!   instead. A removal that does not get through is told to its caller: the entry lives until its
//!   time is over. So does one that a failover of Redis brings back.
//! - **Values are sealed** with the store's key and bound to their entry: Redis holds nothing that
//!   can be read, and nobody who writes into it grants anything. Entries belong to one database, as
//!   all else in this Redis.

mod figures;
mod flights;
mod kinds;

pub use figures::{Counts, Figures};
pub use kinds::Kind;

use super::redis::{Options, Redis, RedisError, Script};
use crate::store::Keys;
use flights::{Departure, Flights, Landed};
use nameless_actors::ports::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a reader may take for the store; what comes later is not left in Redis.
const LEASE: Duration = Duration::from_secs(10);
/// Tries of a removal, and the pause between them.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// A value lives for its kind's time less up to this share of it: what came at one moment does not
/// go at one moment.
const JITTER: f64 = 0.1;

/// Bounds for a Redis that is asked before the store: one that is slower than this is of no use.
pub fn quick() -> Options {
    let limit = Duration::from_millis(250);
    Options { operation: limit, check_out: limit, ..Options::default() }
}

/// The cache. Cheap to clone.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    redis: Redis,
    keys: Arc<Keys>,
    look: Script,
    fill: Script,
    flights: Flights,
    figures: Figures,
    /// Tells this process's leases from others'.
    life: u64,
    leases: AtomicU64,
    home: Handle,
}

/// What a look into Redis found.
enum Look<T> {
    Value(T),
    /// Nothing; a lease with this token was left.
    Leased(String),
    /// Nothing that is of use, and nothing may be left.
    None,
}

impl Cache {
    /// A cache in `redis`, sealed with `keys`. Must be called on a runtime that outlives the
    /// questions.
    pub fn new(redis: Redis, keys: Arc<Keys>) -> Cache {
        Cache(Arc::new(Inner {
            redis,
            keys,
            look: Script::new(include_str!("look.lua")),
            fill: Script::new(include_str!("fill.lua")),
            flights: Flights::default(),
            figures: Figures::default(),
            life: random(),
            leases: AtomicU64::new(0),
            home: Handle::current(),
        }))
    }

    /// What is known of `id`: from Redis, else by `load`, within the time that the store and Redis
    /// have. Only a failed `load` is an error. A question that begins after [`Cache::forget`] has
    /// returned on this process sees what was changed before; on another one it may share a read
    /// that was under way.
    pub async fn get<T, F, Fut>(&self, kind: Kind, id: impl Display, load: F) -> Result<T, StoreError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let counts = self.0.figures.of(kind);
        counts.reads.add(1);
        let key = kind.key(id);
        let (passenger, departure) = self.0.flights.board(&key);
        match departure {
            Some(departure) => {
                drop(self.0.home.spawn(self.clone().fly::<T, F, Fut>(kind, key, load, departure)));
            }
            None => counts.joined.add(1),
        }
        let json = passenger.landed().await?;
        serde_json::from_slice(&json)
            .map_err(|_| StoreError::Refused("a cached value is not what it was".into()))
    }

    /// Removes an entry after what it holds was changed in the store. An error means that a stale
    /// value may be served until the kind's time is over.
    pub async fn forget(&self, kind: Kind, id: impl Display) -> Result<(), RedisError> {
        let key = kind.key(id);
        let removed = self.remove(kind, &key).await;
        // After the removal: a flight that began before it may have seen the old value.
        self.0.flights.forget(&key);
        removed
    }

    /// Counters.
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    async fn fly<T, F, Fut>(self, kind: Kind, key: String, load: F, departure: Departure)
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let counts = self.0.figures.of(kind);
        let token = match self.look::<T>(kind, &key).await {
            Look::Value(json) => {
                counts.hits.add(1);
                return departure.land(Ok(json));
            }
            Look::Leased(token) => Some(token),
            Look::None => None,
        };
        counts.loads.add(1);
        let loaded = match tokio::time::timeout(LEASE, load()).await {
            Ok(loaded) => loaded.and_then(to_json),
            Err(_) => Err(StoreError::Unavailable(format!("no answer within {LEASE:?}"))),
        };
        if loaded.is_err() {
            counts.load_errors.add(1);
        }
        let json = loaded.clone();
        departure.land(loaded);
        // Nobody waits for this.
        if let (Ok(json), Some(token)) = (json, token) {
            self.fill(kind, &key, &token, &json).await;
        }
    }

    async fn look<T: DeserializeOwned>(&self, kind: Kind, key: &str) -> Look<Arc<[u8]>> {
        let (inner, counts) = (&*self.0, self.0.figures.of(kind));
        let token = format!("{:x}.{:x}", inner.life, inner.leases.fetch_add(1, Ordering::Relaxed));
        let lease = LEASE.as_millis() as u64;
        match inner.redis.script::<Option<Vec<u8>>>(&inner.look, &[key], (&token, lease)).await {
            Ok(None) => {
                counts.misses.add(1);
                Look::Leased(token)
            }
            Ok(Some(held)) if held.is_empty() => {
                counts.misses.add(1);
                Look::None
            }
            Ok(Some(sealed)) => match inner.keys.open_cached(key, &sealed) {
                Ok(json) if serde_json::from_slice::<T>(&json).is_ok() => Look::Value(json.into()),
                // Of another key, of a version that wrote it otherwise, or tampered with.
                _ => {
                    counts.errors.add(1);
                    tracing::warn!(kind = kind.name(), "a cached value does not open; it is removed");
                    let _ = self.remove(kind, key).await;
                    Look::None
                }
            },
            Err(cause) => {
                counts.errors.add(1);
                tracing::debug!(%cause, "the cache is not asked");
                Look::None
            }
        }
    }

    async fn fill(&self, kind: Kind, key: &str, token: &str, json: &[u8]) {
        let (inner, counts) = (&*self.0, self.0.figures.of(kind));
        let Ok(sealed) = inner.keys.seal_cached(key, json) else { return counts.errors.add(1) };
        let ttl = jittered(kind.ttl()).as_millis() as u64;
        match inner.redis.script::<bool>(&inner.fill, &[key], (token, sealed, ttl)).await {
            Ok(true) => {}
            Ok(false) => counts.fills_refused.add(1),
            Err(cause) => {
                counts.errors.add(1);
                tracing::debug!(%cause, "a value was not cached");
            }
        }
    }

    async fn remove(&self, kind: Kind, key: &str) -> Result<(), RedisError> {
        let counts = self.0.figures.of(kind);
        let mut tries = 0;
        loop {
            tries += 1;
            match self.0.redis.query::<()>(redis::cmd("DEL").arg(key)).await {
                Ok(()) => {
                    counts.forgotten.add(1);
                    return Ok(());
                }
                // It may have happened; removing twice is removing once.
                Err(error) if error.is_unavailable() && tries < TRIES => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    counts.errors.add(1);
                    return Err(error);
                }
            }
        }
    }
}

fn to_json<T: Serialize>(value: T) -> Landed {
    let json = serde_json::to_vec(&value);
    json.map(Into::into).map_err(|_| StoreError::Refused("a value cannot be written as JSON".into()))
}

fn random() -> u64 {
    RandomState::new().hash_one(())
}

fn jittered(ttl: Duration) -> Duration {
    ttl.mul_f64(1.0 - JITTER * (random() >> 11) as f64 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_differ_and_none_is_longer_than_promised() {
        let ttl = Duration::from_secs(600);
        let lives: Vec<Duration> = (0..100).map(|_| jittered(ttl)).collect();
        assert!(lives.iter().all(|l| *l <= ttl && *l >= ttl.mul_f64(1.0 - JITTER)), "{lives:?}");
        let spread = *lives.iter().max().unwrap() - *lives.iter().min().unwrap();
        assert!(spread > ttl.mul_f64(JITTER / 2.0), "{spread:?}");
    }
}
