//! How connections are made, to whichever of several servers may be used.

use super::hosts::each_alone;
use crate::store::pg::error::Fault;
use crate::store::pg::tls::Address;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long making one connection may take: name, TCP, TLS, authentication, settings.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of several servers the next is asked as well after so long at most; of many sooner, as the last
/// one needs some of the time, too. The one before goes on: TLS and login may be slow where nobody
/// is dead.
pub(super) const NEXT_AFTER: Duration = Duration::from_secs(1);
/// How long the others are waited for where one has said no: as a pool waits for a connection.
const SILENCE: Duration = Duration::from_secs(2);
/// How long a statement waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Connector {
    /// The servers in turn, each by itself.
    servers: Arc<[Config]>,
    /// How long one of them may be silent until the next is asked as well.
    next_after: Duration,
    pub(super) tls: MakeRustlsConnect,
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
