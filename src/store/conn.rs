//! Connections: how they are made, pooled, and thrown away when their state is unknown.

use super::error::Fault;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, Client, Config, NoTls, Row, Statement};

/// How long making one connection may take: name, TCP, authentication, settings. The embedded server does
/// crash recovery inside it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long asking the server to cancel a statement may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

/// Limits that the server enforces for each session. The embedded server accepts but does not enforce them:
/// there, the limits of [`super::PgStore`]'s operations are the only ones.
const SESSION: &str = "SET statement_timeout = '10s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '15s'; SET TimeZone = 'UTC'";

/// Called when the database does not answer at all; starts the embedded server again if it has died.
pub type Revive = Arc<dyn Fn() + Send + Sync>;

/// Parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A pooled connection.
pub(super) type Lease = bb8::PooledConnection<'static, Manager>;

/// Reads a database URL, adding what every connection of ours has.
pub(super) fn config(url: &str) -> Result<Config, Fault> {
    // The driver's message about a bad URL does not quote it, so the password stays out.
    let mut config: Config =
        url.parse().map_err(|e| Fault::Corrupt(format!("the database URL is not valid: {e}")))?;
    config.application_name("nameless").connect_timeout(CONNECT_TIMEOUT).keepalives(true);
    config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(30));
    Ok(config)
}

/// Makes a connection and spawns the task that drives it on the current runtime. `alive` is dropped when
/// the connection is closed.
pub(super) async fn open(config: &Config, alive: mpsc::Sender<()>) -> Result<Client, Fault> {
    let making = async {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a database connection ended");
            }
            drop(alive);
        });
        client.batch_execute(SESSION).await?;
        Ok(client)
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, making).await {
        Ok(made) => made,
        Err(_) => Err(Fault::Unavailable(format!("no connection within {CONNECT_TIMEOUT:?}"))),
    }
}

/// Makes and judges connections for the pool.
pub(super) struct Manager {
    pub(super) config: Config,
    /// The runtime that drives the connections: callers may be on short-lived ones.
    pub(super) home: Handle,
    pub(super) revive: Option<Revive>,
    /// Why the last attempt failed: the pool itself only knows that time ran out.
    pub(super) last_error: Arc<Mutex<String>>,
    pub(super) alive: mpsc::Sender<()>,
}

impl Manager {
    async fn connect_once(&self) -> Result<Conn, Fault> {
        let (config, alive) = (self.config.clone(), self.alive.clone());
        let opened = self.home.spawn(async move { open(&config, alive).await }).await;
        let client = opened.map_err(|_| Fault::Unavailable("shutting down".into()))??;
        Ok(Conn {
            cancel: client.cancel_token(),
            client,
            statements: HashMap::new(),
            in_flight: false,
            in_transaction: false,
            home: self.home.clone(),
        })
    }
}

impl bb8::ManageConnection for Manager {
    type Connection = Conn;
    type Error = Fault;

    async fn connect(&self) -> Result<Conn, Fault> {
        let connected = self.connect_once().await;
        if let Err(fault) = &connected {
            *self.last_error.lock().unwrap_or_else(|e| e.into_inner()) = fault.to_string();
            if let Some(revive) = self.revive.clone() {
                // Blocking; the pool tries again with back-off in any case.
                let _ = self.home.spawn_blocking(move || revive()).await;
            }
        }
        connected
    }

    async fn is_valid(&self, conn: &mut Conn) -> Result<(), Fault> {
        // No round trip: a connection that dies is noticed by its task.
        match conn.client.is_closed() {
            true => Err(Fault::Unavailable("the connection was closed".into())),
            false => Ok(()),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.client.is_closed() || conn.is_dirty()
    }
}

/// A connection with its prepared statements.
pub(super) struct Conn {
    client: Client,
    cancel: CancelToken,
    statements: HashMap<&'static str, Statement>,
    /// A statement was sent and its answer not awaited to the end: the operation was given up.
    in_flight: bool,
    in_transaction: bool,
    home: Handle,
}

impl Conn {
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
    pub(super) async fn query(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        let statement = self.statement(sql).await?;
        self.in_flight = true;
        let answer = self.client.query(&statement, params).await;
        self.in_flight = false;
        self.forget_if_stale(&answer);
        Ok(answer?)
    }

    /// Runs a statement and returns the number of rows it touched.
    pub(super) async fn execute(&mut self, sql: &'static str, params: Params<'_>) -> Result<u64, Fault> {
        let statement = self.statement(sql).await?;
        self.in_flight = true;
        let answer = self.client.execute(&statement, params).await;
        self.in_flight = false;
        self.forget_if_stale(&answer);
        Ok(answer?)
    }

    /// A migration by another process makes prepared statements stale; the next use prepares them anew.
    fn forget_if_stale<T>(&mut self, answer: &Result<T, tokio_postgres::Error>) {
        let code = answer.as_ref().err().and_then(|e| e.code()).map(|c| c.code());
        if matches!(code, Some("0A000" | "26000")) {
            self.statements.clear();
        }
    }

    async fn control(&mut self, sql: &str) -> Result<(), Fault> {
        self.in_flight = true;
        let answer = self.client.batch_execute(sql).await;
        self.in_flight = false;
        Ok(answer?)
    }

    /// Begins a transaction. Every path must come to [`Conn::end`]; a connection that does not is discarded.
    pub(super) async fn begin(&mut self) -> Result<(), Fault> {
        self.in_transaction = true;
        self.control("BEGIN").await
    }

    /// Commits if `outcome` is a success, else rolls back. Returns the outcome, or why COMMIT failed.
    pub(super) async fn end<T>(&mut self, outcome: Result<T, Fault>) -> Result<T, Fault> {
        let ended = self.control(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
        // A transaction whose end failed leaves the connection marked, and the pool discards it.
        self.in_transaction = ended.is_err();
        match outcome {
            Ok(value) => ended.map(|()| value),
            Err(fault) => Err(fault),
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if !self.in_flight || self.client.is_closed() {
            return;
        }
        // Dropping a future does not stop the statement on the server.
        let cancel = self.cancel.clone();
        self.home.spawn(async move {
            let _ = tokio::time::timeout(CANCEL_TIMEOUT, cancel.cancel_query(NoTls)).await;
        });
    }
}
