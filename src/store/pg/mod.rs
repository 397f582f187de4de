//! How the store reaches PostgreSQL: the pool, its connections and their TLS, the breaker,
//! transactions behind the fence, migrations. No table is known here but those of the machinery
//! itself.
//!
//! **For whoever keeps something**, an aggregate of the core or `src/capabilities/<name>/store.rs`:
//! implement your own port on [`PgStore`], each method an operation of its own.
//!
//! ```text
//! impl FeedbackStore for PgStore {
//!     fn keep(&self, user: UserId, text: String, at: Millis) -> PortFuture<'_, Result<(), StoreError>> {
//!         self.run(move |inner| async move {
//!             inner.transaction(async |conn| insert(conn, &inner.keys, user, &text, at).await).await
//!         })
//!     }
//! }
//! ```
//!
//! [`PgStore::run`] gives an operation its limit of time and its place on the store's runtime;
//! [`Inner::transaction`] commits, and keeps a removed node from writing; [`Inner::check_out`] is
//! enough to read.
//! Statements are constants, and are prepared once a connection. What people write is sealed under
//! their own key ([`user_key`](super::aggregates::user_key)). The tables are declared beside: see
//! [`table`](super::table).

mod breaker;
mod bulk;
mod conn;
mod error;
mod fence;
pub(crate) mod insert;
pub mod migrate;
mod pooler;
mod tls;

use conn::Flushed;
pub use conn::Revive;
pub(crate) use conn::{Conn, Params, Turns};
pub(crate) use error::Fault;
pub(crate) use tls::AnyCertificate;
pub use tls::{UrlError, check_url};

use super::erase::OnErased;
use super::keys::Keys;
use crate::capabilities::admin::BanList;
use crate::store::aggregates::activity::Tally;
use crate::store::aggregates::bots::CrowdList;
use breaker::{Breaker, Outcome, Waits};
use conn::{BESIDE_STATEMENT, Connector, Lease, Manager, STATEMENT_TIMEOUT};
use fence::Fence;
use nameless_actors::kernel::{lock, read_lock, write_lock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::time::Millis;
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// How long a probe's question may take, beside its connection.
const PROBE: Duration = Duration::from_secs(2);
/// Rows removed by one statement of expiry, unless said otherwise: a few milliseconds.
const EXPIRE_CHUNK: u32 = 1_000;
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
            expire_chunk: EXPIRE_CHUNK,
            revive: None,
        }
    }
}

/// The store over PostgreSQL. Cheap to clone.
///
/// Operations run as tasks on the runtime on which [`PgStore::connect`] was called, and come to
/// their end there even if the caller no longer waits.
#[derive(Clone)]
pub struct PgStore {
    pub(in crate::store) inner: Arc<Inner>,
    home: Handle,
}

/// What operations of the store work with: connections, keys, settings.
pub(crate) struct Inner {
    /// None once closed.
    pool: RwLock<Option<bb8::Pool<Manager>>>,
    last_error: Arc<Mutex<String>>,
    /// Ends when every connection has ended.
    all_closed: tokio::sync::Mutex<mpsc::Receiver<()>>,
    /// For what an operation seals or opens.
    pub(crate) keys: Arc<Keys>,
    pub(in crate::store) history_days: u32,
    pub(in crate::store) expire_chunk: u32,
    breaker: Breaker,
    /// Connections at most.
    connections: u32,
    /// How long an operation may take in all, waiting for a connection included.
    operation: Duration,
    /// Set once this process is a node of a cluster.
    fence: OnceLock<Fence>,
    /// Who is banned, in memory.
    pub(crate) bans: BanList,
    /// Which bots share their people, remembered for a minute.
    pub(crate) crowds: CrowdList,
    /// What people do, counted and not written yet.
    pub(crate) activity: Tally,
    /// Whose turn it is to change the day's sums of all, which each call of a model does.
    pub(crate) sums: Turns,
    /// Hears of erasures, see [`PgStore::after_erasure`].
    pub(in crate::store) erased: OnceLock<OnErased>,
}

impl PgStore {
    /// Connects and checks that the database has this program's schema (see [`migrate::up`]) and
    /// was written under this key. Must be called on a runtime that lives as long as the store.
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
                bans: BanList::default(),
                crowds: CrowdList::default(),
                activity: Tally::default(),
                sums: Turns::default(),
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

    /// Writes what was counted of people's activity.
    pub(crate) fn write_sums(&self) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(
            |inner| async move { inner.transaction(async |conn| inner.activity.write(conn).await).await },
        )
    }

    /// The same beside whoever caused it.
    pub(crate) fn write_sums_beside(&self) {
        let store = self.clone();
        self.home.spawn(async move {
            if let Err(cause) = store.write_sums().await {
                tracing::debug!(%cause, "sums of people's activity are lost");
            }
        });
    }

    /// Closes all connections once running operations are done; later ones fail as unavailable.
    /// Waits at most a second.
    pub async fn close(&self) {
        // A node has written its own before it left: now it may not write any more.
        if self.inner.fence.get().is_none() {
            let _ = tokio::time::timeout(CLOSE, self.write_sums()).await;
        }
        drop(write_lock(&self.inner.pool).take());
        let mut all_closed = self.inner.all_closed.lock().await;
        if tokio::time::timeout(CLOSE, all_closed.recv()).await.is_err() {
            tracing::warn!("database connections did not end within {CLOSE:?}");
        }
    }

    /// From now on every write makes sure that `node` still lives; `lost` is called when it does
    /// not.
    pub fn fence(&self, node: i64, lost: impl Fn() + Send + Sync + 'static) {
        let _ = self.inner.fence.set(Fence::new(node, lost));
    }

    /// The keys, for what travels between nodes and what is cached.
    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.inner.keys
    }

    /// Runs an operation within the time that operations have: `statement` of the options and 5 s.
    /// See [`PgStore::run_within`].
    pub(crate) fn run<'a, T, F, Fut>(&'a self, operation: F) -> PortFuture<'a, Result<T, StoreError>>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Inner>) -> Fut + Send + 'a,
        Fut: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        self.run_within(self.inner.operation, operation)
    }

    /// Runs an operation on the store's own runtime, within a limit of time; it comes to its end
    /// there even if the caller no longer waits. One that is given up leaves its connection marked:
    /// it is discarded, and the server asked to cancel. While the database is known to be away, it
    /// fails at once.
    ///
    /// What fails as [`StoreError::Unavailable`] may be tried again, and may have happened all the
    /// same, where the reply to COMMIT was lost: give each write a natural key.
    pub(crate) fn run_within<'a, T, F, Fut>(
        &'a self,
        limit: Duration,
        operation: F,
    ) -> PortFuture<'a, Result<T, StoreError>>
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
        read_lock(&self.pool).clone()
    }

    /// A connection, for statements that need no transaction and write nothing that a removed node
    /// must not.
    pub(crate) async fn check_out(&self) -> Result<Lease, Fault> {
        let pool = self.pool().ok_or_else(|| Fault::Unavailable("the store is closed".into()))?;
        match pool.get_owned().await {
            Ok(lease) => Ok(lease),
            Err(bb8::RunError::User(fault)) => Err(fault),
            Err(bb8::RunError::TimedOut) if pool.state().connections >= self.connections => {
                Err(Fault::Busy("all connections to the database are in use".into()))
            }
            Err(bb8::RunError::TimedOut) => {
                let last = lock(&self.last_error).clone();
                Err(Fault::Away(format!("no connection in time; last failure: {last:?}")))
            }
        }
    }

    /// Runs `work` in a transaction, behind the fence where there is one. It is committed once this
    /// returns a success.
    pub(crate) async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.fenced(Flushed::With, work).await
    }

    /// The same for rows that many want at once: their locks do not wait for the disk. What was
    /// written can be lost with the server (not with this process) until a later commit has waited
    /// for the disk, which takes all before it along: the log is written in its order.
    pub(crate) async fn unflushed<T>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.fenced(Flushed::Never, work).await
    }

    /// The same, and returns when it is on the disk. Those who wait for that at one time share it,
    /// and hold no lock.
    pub(crate) async fn flushed<T>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.fenced(Flushed::Behind, work).await
    }

    async fn fenced<T>(
        &self,
        flushed: Flushed,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut lease = self.check_out().await?;
        let (conn, fence): (&mut Conn, _) = (&mut lease, self.fence.get());
        conn.begin_with_next(flushed, fence.map(|fence| fence.node));
        let done = work(&mut *conn).await;
        // Whatever was made of that fault.
        if let (true, Some(fence)) = (conn.is_fenced(), fence) {
            fence.is_lost();
        }
        conn.end(done).await
    }
}

/// The system's clock, for rows whose write carries no time of its own.
pub(crate) fn wall_clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
