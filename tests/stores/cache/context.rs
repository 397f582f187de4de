//! A node's cache, and a store behind it whose reads are counted and can be held up.

use crate::support::redis::RedisServer;
use nameless::cluster::cache::{Cache, Kind};
use nameless::cluster::redis::{Options, Redis};
use nameless::store::Keys;
use nameless_actors::ports::StoreError;
use nameless_domain::capabilities::premium::Entitlements;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

pub fn keys(byte: u8) -> Arc<Keys> {
    Arc::new(Keys::parse(&SecretString::from(format!("{byte:02x}").repeat(32))).expect("a key"))
}

/// A cache whose Redis is waited for: the machine may be busy, and most tests are not about that.
pub fn patient(url: &SecretString, key: u8) -> Cache {
    let limit = Duration::from_secs(10);
    let options = Options { operation: limit, check_out: limit, ..Options::default() };
    Cache::new(Redis::connect_with(url, options).expect("an address"), keys(key))
}

/// One process's cache.
pub struct Node {
    pub cache: Cache,
}

impl Node {
    pub fn new(server: &RedisServer) -> Node {
        Node { cache: patient(&server.url(), 1) }
    }

    pub async fn get(&self, truth: &Truth, id: i64) -> Result<Entitlements, StoreError> {
        truth.get(&self.cache, id).await
    }

    /// The counters that are not 0.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let all = self.cache.figures().of(Kind::Entitlement).figures();
        all.into_iter().map(|f| (f.name, f.value)).filter(|(_, n)| *n > 0).collect()
    }
}

/// The store.
#[derive(Clone)]
pub struct Truth {
    values: Arc<Mutex<BTreeMap<i64, Entitlements>>>,
    begun: watch::Sender<u32>,
}

impl Default for Truth {
    fn default() -> Truth {
        Truth { values: Arc::default(), begun: watch::Sender::new(0) }
    }
}

impl Truth {
    pub fn set(&self, id: i64, value: Entitlements) {
        self.values.lock().expect("values").insert(id, value);
    }

    fn read(&self, id: i64) -> Entitlements {
        self.begun.send_modify(|n| *n += 1);
        self.peek(id)
    }

    /// A read that is not counted.
    pub fn peek(&self, id: i64) -> Entitlements {
        self.values.lock().expect("values").get(&id).copied().unwrap_or_default()
    }

    /// Reads so far.
    pub fn loads(&self) -> u32 {
        *self.begun.borrow()
    }

    /// Waits until so many reads have begun.
    pub async fn begun(&self, reads: u32) {
        let mut begun = self.begun.subscribe();
        let begun = begun.wait_for(|n| *n >= reads);
        tokio::time::timeout(Duration::from_secs(60), begun).await.expect("a read").expect("it is there");
    }

    pub async fn get(&self, cache: &Cache, id: i64) -> Result<Entitlements, StoreError> {
        let truth = self.clone();
        cache.get(Kind::Entitlement, id, move || async move { Ok(truth.read(id)) }).await
    }

    /// The same, and what was read waits at `gate` before it is given.
    pub async fn get_slowly(
        &self,
        cache: &Cache,
        id: i64,
        gate: &Arc<Semaphore>,
    ) -> Result<Entitlements, StoreError> {
        let (truth, gate) = (self.clone(), gate.clone());
        let load = move || async move {
            let value = truth.read(id);
            drop(gate.acquire().await);
            Ok(value)
        };
        cache.get(Kind::Entitlement, id, load).await
    }
}
