//! Connections: how they are pooled, used, and thrown away when their state is unknown.

mod connector;
mod flight;
mod hosts;
#[cfg(test)]
mod tests;
mod transaction;

pub(crate) use connector::Connector;
pub(crate) use flight::{Flushed, Turns};

use super::error::Fault;
use flight::{Ends, Opening, Spoilt};
use nameless_actors::kernel::lock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, Client, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long asking the server to cancel a statement may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection that is not wanted any more may take to part with the server.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

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
        let opened = opened.map_err(|_| Fault::Unavailable("shutting down".into()))??;
        Ok(Conn::new(&self.connector, opened, generation, self.home.clone()))
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
    /// Why the transaction must not be committed, whatever its caller makes of what failed.
    spoilt: Option<Spoilt>,
    home: Handle,
}

impl Conn {
    fn new(
        connector: &Connector,
        (client, driver): (Client, AbortHandle),
        generation: u64,
        home: Handle,
    ) -> Conn {
        Conn {
            cancel: client.cancel_token(),
            tls: connector.tls.clone(),
            generation,
            driver,
            client,
            statements: HashMap::new(),
            in_flight: false,
            in_transaction: false,
            opening: None,
            flushed: Flushed::With,
            spoilt: None,
            home,
        }
    }

    /// A connection of no pool, for what takes minutes: one statement may take as long as it likes.
    pub(crate) async fn alone(url: &str) -> Result<Conn, Fault> {
        let connector = Connector::new(url, STATEMENT_TIMEOUT)?;
        let opened = connector.open(mpsc::channel(1).0).await?;
        let mut conn = Conn::new(&connector, opened, 0, Handle::current());
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
