//! The store: PostgreSQL, a private cluster or a server that is given, through the same SQL.
//!
//! One file per aggregate holds its statements; [`PgStore`] gives them a connection, a limit of time and,
//! where they change things, a transaction. Nothing here is on the way of a message between two people.

mod account;
mod batch;
mod block;
mod breaker;
pub mod cluster;
mod codes;
mod conn;
mod copies;
mod crypto;
mod dead_letter;
mod entitlement;
mod erase;
mod error;
mod expire;
mod export;
mod history;
pub mod inbox;
mod insert;
pub mod jobs;
mod key_file;
mod message_map;
pub mod migrate;
mod owed;
mod pair;
mod rating;
mod report;
mod segment_key;
mod tls;
mod turned_away;
mod user_key;

pub use conn::Revive;
pub use crypto::{CryptoError, KEY_BYTES, Keys};
pub use dead_letter::{DeadLetter, DeadUpdate};
pub use entitlement::{Entitlement, Holder, OnErased};
pub(crate) use export::time as rfc3339;
pub use key_file::{KEY_FILE, KeyError};
pub use report::{Author, EVIDENCE_MESSAGES, Evidence, EvidenceMessage, Report};
pub(crate) use segment_key::{SEAL_BYTES, SegmentKey};
pub use tls::{UrlError, check_url};

use breaker::{Breaker, Outcome, Waits};
use conn::{BESIDE_STATEMENT, Conn, Connector, Lease, Manager, STATEMENT_TIMEOUT};
use error::Fault;
use nameless_actors::ports::{
    ExportFile, ExportFrom, Loaded, Opened, PairRecord, PortFuture, Proposal, Store, StoreError, Write,
};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// How long one file of an export may take.
const EXPORT: Duration = Duration::from_secs(60);
/// How long a probe's question may take, beside its connection.
const PROBE: Duration = Duration::from_secs(2);
/// How long closing waits for connections to end.
pub(crate) const CLOSE: Duration = Duration::from_secs(1);

/// How the store is used.
#[derive(Clone)]
pub struct StoreOptions {
    /// Connections at most.
    pub connections: u32,
    /// How long an operation waits for a connection.
    pub check_out: Duration,
    /// How long a statement may take; an operation of several of them, 5 s longer.
    pub statement: Duration,
    /// Days for which messages, ended pairs and dead letters are kept.
    pub history_days: u32,
    /// Rows that expiry removes at once.
    pub expire_chunk: u32,
    /// What to do when nothing answers at all.
    pub revive: Option<Revive>,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            connections: 8,
            check_out: Duration::from_secs(2),
            statement: STATEMENT_TIMEOUT,
            history_days: 30,
            expire_chunk: expire::CHUNK as u32,
            revive: None,
        }
    }
}

/// The store over PostgreSQL. Cheap to clone.
///
/// Operations run as tasks on the runtime on which [`PgStore::connect`] was called, and come to their end
/// there even if the caller no longer waits.
#[derive(Clone)]
pub struct PgStore {
    inner: Arc<Inner>,
    home: Handle,
}

struct Inner {
    /// None once closed.
    pool: RwLock<Option<bb8::Pool<Manager>>>,
    last_error: Arc<Mutex<String>>,
    /// Ends when every connection has ended.
    all_closed: tokio::sync::Mutex<mpsc::Receiver<()>>,
    keys: Arc<Keys>,
    history_days: u32,
    expire_chunk: u32,
    breaker: Breaker,
    /// Connections at most.
    connections: u32,
    /// How long an operation may take in all, waiting for a connection included.
    operation: Duration,
    /// Set once this process is a node of a cluster.
    fence: OnceLock<Fence>,
    /// Hears of erasures, see [`PgStore::after_erasure`].
    erased: OnceLock<OnErased>,
}

/// What stands before every write of a node.
struct Fence {
    node: i64,
    /// Called when the node has been removed.
    lost: Box<dyn Fn() + Send + Sync>,
}

impl PgStore {
    /// Connects and checks that the database has this program's schema (see [`migrate::up`]) and was written
    /// under this key. Must be called on a runtime that lives as long as the store.
    pub async fn connect(url: &str, keys: Keys, options: StoreOptions) -> Result<PgStore, StoreError> {
        migrate::check(url).await.map_err(|error| match error {
            migrate::MigrateError::Unreachable(text) => StoreError::Unavailable(text),
            other => StoreError::Refused(other.to_string()),
        })?;
        let home = Handle::current();
        let (alive, all_closed) = mpsc::channel(1);
        let last_error = Arc::new(Mutex::new(String::new()));
        let generation = Arc::default();
        let manager = Manager {
            connector: Connector::new(url, options.statement)?,
            home: home.clone(),
            revive: options.revive,
            last_error: last_error.clone(),
            alive,
            generation: Arc::clone(&generation),
        };
        let pool = bb8::Pool::builder()
            .max_size(options.connections.max(1))
            .connection_timeout(options.check_out)
            .max_lifetime(Some(Duration::from_secs(1_800)))
            .idle_timeout(Some(Duration::from_secs(600)))
            .build_unchecked(manager);
        let store = PgStore {
            inner: Arc::new(Inner {
                pool: RwLock::new(Some(pool)),
                last_error,
                all_closed: tokio::sync::Mutex::new(all_closed),
                keys: Arc::new(keys),
                history_days: options.history_days,
                expire_chunk: options.expire_chunk.max(1),
                fence: OnceLock::new(),
                erased: OnceLock::new(),
                breaker: Breaker::new(generation),
                connections: options.connections.max(1),
                operation: options.statement + BESIDE_STATEMENT,
            }),
            home,
        };
        store.check_key().await?;
        Ok(store)
    }

    /// Closes all connections once running operations are done; later ones fail as unavailable. Waits at
    /// most a second.
    pub async fn close(&self) {
        drop(self.inner.pool.write().unwrap_or_else(|e| e.into_inner()).take());
        let mut all_closed = self.inner.all_closed.lock().await;
        if tokio::time::timeout(CLOSE, all_closed.recv()).await.is_err() {
            tracing::warn!("database connections did not end within {CLOSE:?}");
        }
    }

    /// From now on every write makes sure that `node` still lives; `lost` is called when it does not.
    pub fn fence(&self, node: i64, lost: impl Fn() + Send + Sync + 'static) {
        let _ = self.inner.fence.set(Fence { node, lost: Box::new(lost) });
    }

    /// The keys, for what travels between nodes and what is cached.
    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.inner.keys
    }

    /// Refuses a database that was written under another key, before anything is written under this one.
    async fn check_key(&self) -> Result<(), StoreError> {
        let checked = self.run(self.inner.operation, |inner| async move {
            let mut conn = inner.check_out().await?;
            let fresh = inner.keys.check_value()?;
            conn.execute("INSERT INTO key_check (sealed) VALUES ($1) ON CONFLICT DO NOTHING", &[&fresh])
                .await?;
            let rows = conn.query("SELECT sealed FROM key_check", &[]).await?;
            let row = rows.first().ok_or_else(|| Fault::Corrupt("no key check".into()))?;
            match inner.keys.fits(row.try_get(0)?) {
                true => Ok(()),
                false => Err(Fault::Corrupt(
                    "the history key does not fit this database: it was made with another one. Set HISTORY_KEY to \
                     that one, the same for every node; one that a first start made by itself lies in its DATA_DIR"
                        .into(),
                )),
            }
        });
        checked.await
    }

    /// Runs an operation on the store's own runtime, within a limit of time. An operation that is given up
    /// leaves its connection marked: it is discarded, and the server asked to cancel. While the database is known to be
    /// away, it fails at once.
    fn run<'a, T, F, Fut>(&'a self, limit: Duration, operation: F) -> PortFuture<'a, Result<T, StoreError>>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Inner>) -> Fut + Send + 'a,
        Fut: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        Box::pin(async move {
            if let Err(away) = self.inner.breaker.check() {
                // Who asks in circles must not keep the probe from its turn.
                tokio::task::yield_now().await;
                return Err(away.into());
            }
            let inner = self.inner.clone();
            let work = operation(inner.clone());
            let task = self.home.spawn(async move {
                let done = match tokio::time::timeout(limit, work).await {
                    Ok(done) => done,
                    // The server itself ends statements before that: it is not heard.
                    Err(_) => Err(Fault::Away(format!("no answer within {limit:?}"))),
                };
                if inner.breaker.note(Outcome::of(&done)) {
                    tokio::spawn(probe(Arc::downgrade(&inner)));
                }
                done
            });
            match task.await {
                Ok(done) => Ok(done?),
                Err(_) => Err(StoreError::Unavailable("the store's runtime is shutting down".into())),
            }
        })
    }
}

/// Asks the database until it answers; then operations are let through again.
async fn probe(inner: Weak<Inner>) {
    let mut waits = Waits::new();
    loop {
        tokio::time::sleep(waits.next()).await;
        let Some(inner) = inner.upgrade() else { return };
        if !inner.breaker.is_open() || inner.pool().is_none() {
            return;
        }
        let asked = async {
            let mut lease = inner.check_out().await?;
            match tokio::time::timeout(PROBE, lease.query("SELECT 1", &[])).await {
                Ok(answer) => answer.map(drop),
                Err(_) => Err(Fault::Away(format!("no answer within {PROBE:?}"))),
            }
        };
        if Outcome::of(&asked.await) == Outcome::Answered {
            inner.breaker.note(Outcome::Answered);
            return;
        }
    }
}

impl Inner {
    fn pool(&self) -> Option<bb8::Pool<Manager>> {
        self.pool.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    async fn check_out(&self) -> Result<Lease, Fault> {
        let pool = self.pool().ok_or_else(|| Fault::Unavailable("the store is closed".into()))?;
        match pool.get_owned().await {
            Ok(lease) => Ok(lease),
            Err(bb8::RunError::User(fault)) => Err(fault),
            Err(bb8::RunError::TimedOut) if pool.state().connections >= self.connections => {
                Err(Fault::Busy("all connections to the database are in use".into()))
            }
            Err(bb8::RunError::TimedOut) => {
                let last = self.last_error.lock().unwrap_or_else(|e| e.into_inner()).clone();
                Err(Fault::Away(format!("no connection in time; last failure: {last:?}")))
            }
        }
    }

    async fn write(&self, batch: &[Write]) -> Result<(), Fault> {
        self.transaction(async |conn| batch::write(conn, &self.keys, batch, wall_clock()).await).await
    }

    /// Runs `work` in a transaction, behind the fence where there is one.
    async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut lease = self.check_out().await?;
        let conn: &mut Conn = &mut lease;
        conn.begin().await?;
        let done = match self.fence.get() {
            None => work(conn).await,
            Some(fence) => match cluster::fence(conn, fence.node).await {
                Ok(()) => work(conn).await,
                Err(fault) => {
                    if matches!(fault, Fault::Fenced) {
                        (fence.lost)();
                    }
                    Err(fault)
                }
            },
        };
        conn.end(done).await
    }
}

/// For rows whose write carries no time of its own: erasures.
fn wall_clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Store for PgStore {
    fn load_users(&self, users: Vec<UserId>) -> PortFuture<'_, Result<Vec<Option<Loaded>>, StoreError>> {
        self.run(self.inner.operation, move |inner| async move {
            let mut lease = inner.check_out().await?;
            let mut found = account::load(&mut lease, &users).await?;
            turned_away::fill_in(&mut lease, &inner.keys, &users, &mut found).await?;
            Ok(found)
        })
    }

    fn write(&self, batch: Arc<[Write]>) -> PortFuture<'_, Result<(), StoreError>> {
        if batch.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        let erased = self.erasures(&batch);
        Box::pin(async move {
            self.run(self.inner.operation, move |inner| async move { inner.write(&batch).await }).await?;
            self.tell_erased(erased).await;
            Ok(())
        })
    }

    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>> {
        self.run(self.inner.operation, move |inner| async move {
            inner.transaction(async |conn| pair::open(conn, &proposals).await).await
        })
    }

    fn load_pairs(
        &self,
        pairs: Vec<PairId>,
        newest: u32,
    ) -> PortFuture<'_, Result<Vec<PairRecord>, StoreError>> {
        self.run(self.inner.operation, move |inner| async move {
            pair::load(&mut *inner.check_out().await?, &pairs, newest).await
        })
    }

    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>> {
        self.run(self.inner.operation, |inner| async move {
            pair::unsettled(&mut *inner.check_out().await?).await
        })
    }

    fn export(
        &self,
        user: UserId,
        from: ExportFrom,
        max_bytes: usize,
    ) -> PortFuture<'_, Result<ExportFile, StoreError>> {
        self.run(EXPORT, move |inner| async move {
            export::file(&mut *inner.check_out().await?, &inner.keys, user, from, max_bytes).await
        })
    }

    fn expire(&self, now: Millis) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(expire::all(self, now))
    }

    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(self.inner.operation, |inner| async move {
            inner.check_out().await?.query("SELECT 1", &[]).await?;
            Ok(())
        })
    }
}
