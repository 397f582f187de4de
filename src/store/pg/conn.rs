//! Connections: how they are made, pooled, and thrown away when their state is unknown.

mod flight;
mod hosts;
#[cfg(test)]
mod tests;
mod transaction;

pub(crate) use flight::{Flushed, Turns};

use super::error::Fault;
use super::tls::Address;
use flight::{Ends, Opening};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hosts::each_alone;
use nameless_actors::kernel::lock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, Client, Config, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long making one connection may take: name, TCP, TLS, authentication, settings.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of several servers the next is asked as well after so long at most; of many sooner, as the last
/// one needs some of the time, too. The one before goes on: TLS and login may be slow where nobody
/// is dead.
const NEXT_AFTER: Duration = Duration::from_secs(1);
/// How long the others are waited for where one has said no: as a pool waits for a connection.
const SILENCE: Duration = Duration::from_secs(2);
/// How long asking the server to cancel a statement may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection that is not wanted any more may take to part with the server.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a statement waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement may take unless said otherwise.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much longer than one statement an operation may take: the wait for a connection, other
/// statements.
pub(crate) const BESIDE_STATEMENT: Duration = Duration::from_secs(5);

/// Called when the database does not answer at all; starts the private cluster again if its server
/// has ended.
pub type Revive = Arc<dyn Fn() + Send + Sync>;

/// Parameters of a statement.
pub(crate) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A pooled connection.
pub(crate) type Lease = bb8::PooledConnection<'static, Manager>;

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Connector {
    /// The servers in turn, each by itself.
    servers: Arc<[Config]>,
    /// How long one of them may be silent until the next is asked as well.
    next_after: Duration,
    tls: MakeRustlsConnect,
    /// First statements of a connection.
    session: Arc<str>,
}

/// How long the server lets a transaction wait for its next statement: ours follow within
/// milliseconds. One of a process that is cut off holds its locks for so long, among them that on
/// its own row, which others want to remove.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(4);

impl Connector {
    /// Reads a database URL, adding what every connection of ours has. A statement may take as long
    /// as said.
    pub(crate) fn new(url: &str, statement: Duration) -> Result<Connector, Fault> {
        let address = Address::parse(url)?;
        let tls = address.tls()?;
        let mut config = address.config;
        let next_after = NEXT_AFTER.min(CONNECT_TIMEOUT / (config.get_hosts().len() as u32 + 1));
        // For hosts that the driver itself goes through, one after the other.
        let each = if config.get_hosts().len() > 1 { next_after } else { CONNECT_TIMEOUT };
        config.application_name("nameless").connect_timeout(each).keepalives(true);
        config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(30));
        // Limits that the server enforces for each session. Nothing is compiled: a statement of
        // ours takes a few milliseconds, and where its cost was overrated compiling took thirty
        // more.
        let session = format!(
            "SET statement_timeout = '{}ms'; SET lock_timeout = '{}ms'; \
             SET idle_in_transaction_session_timeout = '{}ms'; SET TimeZone = 'UTC'; SET jit = off",
            statement.as_millis(),
            LOCK_TIMEOUT.min(statement).as_millis(),
            IDLE_IN_TRANSACTION.as_millis(),
        );
        Ok(Connector { servers: each_alone(&config).into(), next_after, tls, session: session.into() })
    }

    /// Makes a connection and spawns the task that drives it on the current runtime; aborted, the
    /// connection is closed without a word. `alive` is dropped when the connection is closed.
    /// However many servers there are and whatever they do, it ends within [`CONNECT_TIMEOUT`].
    pub(crate) async fn open(&self, alive: mpsc::Sender<()>) -> Result<(Client, AbortHandle), Fault> {
        match tokio::time::timeout(CONNECT_TIMEOUT, self.open_first(alive)).await {
            Ok(done) => done,
            Err(_) => Err(Fault::Away(format!("no connection within {CONNECT_TIMEOUT:?}"))),
        }
    }

    /// The first of the servers that may be used; they are asked one after the other, and those
    /// that are silent go on meanwhile.
    async fn open_first(&self, alive: mpsc::Sender<()>) -> Result<(Client, AbortHandle), Fault> {
        let (mut left, mut asked) = (self.servers.iter(), FuturesUnordered::new());
        let mut failed = None;
        loop {
            match left.next() {
                Some(server) => asked.push(self.open_one(server, alive.clone())),
                // What failed says more than that others are silent.
                None if asked.is_empty() => {
                    return Err(failed.unwrap_or_else(|| Fault::Unavailable("no server is named".into())));
                }
                None => {}
            }
            // Where only silence is left there is time until the end; where somebody has said no,
            // the next try is soon worth more than waiting.
            let waits = async {
                match (left.len(), &failed) {
                    (0, None) => std::future::pending().await,
                    (0, Some(_)) => tokio::time::sleep(SILENCE).await,
                    _ => tokio::time::sleep(self.next_after).await,
                }
            };
            let made = tokio::select! {
                made = asked.next() => made,
                () = waits => None,
            };
            match (made, left.len()) {
                (Some(Ok(made)), _) => return Ok(made),
                (Some(Err(fault)), _) => failed = Some(fault),
                (None, 0) => {
                    if let Some(fault) = failed.take() {
                        return Err(fault);
                    }
                }
                (None, _) => {}
            }
        }
    }

    async fn open_one(
        &self,
        server: &Config,
        alive: mpsc::Sender<()>,
    ) -> Result<(Client, AbortHandle), Fault> {
        let (client, connection) = server.connect(self.tls.clone()).await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a database connection ended");
            }
            drop(alive);
        });
        let driver = Begun { driver: driver.abort_handle(), is_made: false };
        client.batch_execute(&self.session).await?;
        Ok((client, driver.made()))
    }
}

/// The driver of a connection that is being made. Dropped before it is, it ends: a connection whose
/// answers never come does not, not even without its client.
struct Begun {
    driver: AbortHandle,
    is_made: bool,
}

impl Begun {
    fn made(mut self) -> AbortHandle {
        self.is_made = true;
        self.driver.clone()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.is_made {
            self.driver.abort();
        }
    }
}

/// Makes and judges connections for the pool.
pub(crate) struct Manager {
    pub(crate) connector: Connector,
    /// The runtime that drives the connections: callers may be on short-lived ones.
    pub(crate) home: Handle,
    pub(crate) revive: Option<Revive>,
    /// Why the last attempt failed: the pool itself only knows that time ran out.
    pub(crate) last_error: Arc<Mutex<String>>,
    pub(crate) alive: mpsc::Sender<()>,
    /// Connections of an earlier number are not used any more.
    pub(crate) generation: Arc<AtomicU64>,
}

impl Manager {
    async fn connect_once(&self) -> Result<Conn, Fault> {
        let (connector, alive) = (self.connector.clone(), self.alive.clone());
        let generation = self.generation.load(Ordering::Relaxed);
        let opened = self.home.spawn(async move { connector.open(alive).await }).await;
        let (client, driver) = opened.map_err(|_| Fault::Unavailable("shutting down".into()))??;
        Ok(Conn {
            cancel: client.cancel_token(),
            tls: self.connector.tls.clone(),
            generation,
            driver,
            client,
            statements: HashMap::new(),
            in_flight: false,
            in_transaction: false,
            opening: None,
            flushed: Flushed::With,
            home: self.home.clone(),
        })
    }

    fn is_old(&self, conn: &Conn) -> bool {
        conn.generation != self.generation.load(Ordering::Relaxed)
    }
}

impl bb8::ManageConnection for Manager {
    type Connection = Conn;
    type Error = Fault;

    async fn connect(&self) -> Result<Conn, Fault> {
        let connected = self.connect_once().await;
        if let Err(fault) = &connected {
            *lock(&self.last_error) = fault.to_string();
            if let Some(revive) = self.revive.clone() {
                // Blocking; the pool tries again with back-off in any case.
                let _ = self.home.spawn_blocking(move || revive()).await;
            }
        }
        connected
    }

    async fn is_valid(&self, conn: &mut Conn) -> Result<(), Fault> {
        // No round trip: a connection that dies is noticed by its task.
        match conn.client.is_closed() || self.is_old(conn) {
            true => Err(Fault::Unavailable("the connection was closed".into())),
            false => Ok(()),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.client.is_closed() || conn.is_dirty() || self.is_old(conn)
    }
}

/// A connection with its prepared statements.
pub(crate) struct Conn {
    pub(super) client: Client,
    cancel: CancelToken,
    tls: MakeRustlsConnect,
    driver: AbortHandle,
    generation: u64,
    statements: HashMap<&'static str, Statement>,
    /// A statement was sent and its answer not awaited to the end: the operation was given up.
    pub(super) in_flight: bool,
    in_transaction: bool,
    /// The transaction's BEGIN leaves with the next statement.
    opening: Option<Opening>,
    /// How the transaction ends.
    flushed: Flushed,
    home: Handle,
}

impl Conn {
    /// A connection of no pool, for what takes minutes: one statement may take as long as it likes.
    pub(crate) async fn alone(url: &str) -> Result<Conn, Fault> {
        let connector = Connector::new(url, STATEMENT_TIMEOUT)?;
        let (client, driver) = connector.open(mpsc::channel(1).0).await?;
        let mut conn = Conn {
            cancel: client.cancel_token(),
            tls: connector.tls,
            generation: 0,
            driver,
            client,
            statements: HashMap::new(),
            in_flight: false,
            in_transaction: false,
            opening: None,
            flushed: Flushed::With,
            home: Handle::current(),
        };
        conn.control("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '10min'").await?;
        Ok(conn)
    }

    fn is_dirty(&self) -> bool {
        self.in_flight || self.in_transaction
    }

    async fn statement(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        self.in_flight = true;
        let prepared = self.client.prepare(sql).await;
        self.in_flight = false;
        let statement = prepared?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn query(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        if self.opening.is_some() {
            return self.fly([(sql, params)], Ends::No).await.map(|[rows]| rows);
        }
        let statement = self.statement(sql).await?;
        self.in_flight = true;
        let answer = self.client.query(&statement, params).await;
        self.in_flight = false;
        self.forget_if_stale(&answer);
        Ok(answer?)
    }

    /// Runs a statement and returns the number of rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, params: Params<'_>) -> Result<u64, Fault> {
        self.open().await?;
        let statement = self.statement(sql).await?;
        self.in_flight = true;
        let answer = self.client.execute(&statement, params).await;
        self.in_flight = false;
        self.forget_if_stale(&answer);
        Ok(answer?)
    }

    /// A migration by another process makes prepared statements stale; the next use prepares them
    /// anew.
    fn forget_if_stale<T>(&mut self, answer: &Result<T, tokio_postgres::Error>) {
        let code = answer.as_ref().err().and_then(|e| e.code()).map(|c| c.code());
        if matches!(code, Some("0A000" | "26000")) {
            self.statements.clear();
        }
    }

    /// Runs statements that give nothing back.
    pub(crate) async fn control(&mut self, sql: &str) -> Result<(), Fault> {
        self.open().await?;
        self.in_flight = true;
        let answer = self.client.batch_execute(sql).await;
        self.in_flight = false;
        Ok(answer?)
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if self.client.is_closed() {
            return;
        }
        // Dropping a future does not stop the statement on the server. Nor does dropping the client
        // end a connection whose answers never come: even a quiet one waits for the server to
        // confirm that its statements are closed.
        let (cancel, tls, driver) = (self.cancel.clone(), self.tls.clone(), self.driver.clone());
        let is_in_flight = self.in_flight;
        self.home.spawn(async move {
            match is_in_flight {
                true => drop(tokio::time::timeout(CANCEL_TIMEOUT, cancel.cancel_query(tls)).await),
                false => tokio::time::sleep(GOODBYE_TIMEOUT).await,
            }
            driver.abort();
        });
    }
}
