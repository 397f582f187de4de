//! The pool for one server or a master behind Sentinels: makes connections, judges them, throws
//! them away.

use super::Options;
use super::address::{Address, Sentinel};
use super::error::{RedisError, breaks_connection};
use bb8_redis::{RedisConnectionManager, bb8};
use nameless_actors::kernel::lock;
use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{ConnectionAddr, ConnectionInfo, TlsMode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long making one connection may take: name, TCP, TLS, login, and asking the Sentinels before.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was used so lately is taken to be alive without a PING.
const FRESH: Duration = Duration::from_secs(2);

/// Where connections come from.
pub(super) enum Source {
    /// The same server each time.
    Fixed(Box<RedisConnectionManager>),
    /// Whichever the Sentinels name now.
    Sentinel(Arc<tokio::sync::Mutex<SentinelClient>>),
}

/// Makes and judges connections.
#[derive(Clone)]
pub(super) struct Manager(Arc<Inner>);

struct Inner {
    source: Source,
    /// The runtime that drives the connections: callers may be on short-lived ones.
    home: Handle,
    response: Duration,
    /// Why the last attempt failed: the pool itself only knows that time ran out.
    last_error: Mutex<Option<RedisError>>,
    /// When a connection last broke: the others of before then may be dead as well, as after a
    /// restart.
    doubt: Mutex<Option<Instant>>,
}

impl Manager {
    /// For a single server or a master behind Sentinels; None for a Cluster.
    pub fn new(address: &Address, options: &Options, home: Handle) -> Option<Result<Manager, RedisError>> {
        let source = match address {
            Address::Single(info) => {
                RedisConnectionManager::new((**info).clone()).map(|maker| Source::Fixed(Box::new(maker)))
            }
            Address::Sentinel(sentinel) => {
                sentinel_client(sentinel).map(|c| Source::Sentinel(Arc::new(tokio::sync::Mutex::new(c))))
            }
            Address::Cluster(_) => return None,
        };
        let made = source.map(|source| {
            Manager(Arc::new(Inner {
                source,
                home,
                response: options.operation,
                last_error: Mutex::default(),
                doubt: Mutex::default(),
            }))
        });
        Some(made.map_err(|e| RedisError::from(&e)))
    }

    /// A connection, with the time it gives a command to be answered.
    pub async fn open(
        &self,
        response: Duration,
    ) -> Result<(MultiplexedConnection, RedisConnectionManager), RedisError> {
        let this = self.clone();
        let opening = async move {
            let maker = match &this.0.source {
                Source::Fixed(maker) => (**maker).clone(),
                Source::Sentinel(client) => {
                    let client = client.lock().await.async_get_client().await?;
                    RedisConnectionManager::new(client.get_connection_info().clone())?
                }
            };
            let mut connection = bb8::ManageConnection::connect(&maker).await?;
            connection.set_response_timeout(response);
            Ok((connection, maker))
        };
        let opened = match tokio::time::timeout(CONNECT_TIMEOUT, self.0.home.spawn(opening)).await {
            Ok(Ok(opened)) => opened.map_err(|e: redis::RedisError| RedisError::from(&e)),
            Ok(Err(_)) => Err(RedisError::Unavailable("shutting down".into())),
            Err(_) => Err(RedisError::Unavailable(format!("no connection within {CONNECT_TIMEOUT:?}"))),
        };
        if let Err(error) = &opened {
            *self.last_error() = Some(error.clone());
        }
        opened
    }

    /// Why no connection could be made.
    pub fn why(&self) -> RedisError {
        let last = self.last_error().take();
        last.unwrap_or_else(|| RedisError::Unavailable("no connection was free in time".into()))
    }

    fn last_error(&self) -> std::sync::MutexGuard<'_, Option<RedisError>> {
        lock(&self.0.last_error)
    }
}

/// A pooled connection.
pub(super) struct Conn {
    pub wire: MultiplexedConnection,
    maker: RedisConnectionManager,
    used: Instant,
    /// A command was sent and its answer not awaited to the end, or came in a way that speaks
    /// against the connection. The driver would go on using it: a multiplexed connection never
    /// recovers by itself.
    doubtful: bool,
}

impl Conn {
    /// Before a command is sent.
    pub fn begin(&mut self) {
        self.doubtful = true;
    }

    /// After its answer.
    pub fn end(&mut self, error: Option<&redis::RedisError>) {
        self.doubtful = error.is_some_and(breaks_connection);
        self.used = Instant::now();
    }
}

impl bb8::ManageConnection for Manager {
    type Connection = Conn;
    type Error = RedisError;

    async fn connect(&self) -> Result<Conn, RedisError> {
        let (wire, maker) = self.open(self.0.response).await?;
        Ok(Conn { wire, maker, used: Instant::now(), doubtful: false })
    }

    async fn is_valid(&self, conn: &mut Conn) -> Result<(), RedisError> {
        let doubt = *lock(&self.0.doubt);
        if conn.used.elapsed() < FRESH && doubt.is_none_or(|at| conn.used > at) {
            return Ok(());
        }
        let pong = self.0.home.spawn({
            let (maker, mut wire) = (conn.maker.clone(), conn.wire.clone());
            async move { bb8::ManageConnection::is_valid(&maker, &mut wire).await }
        });
        match tokio::time::timeout(self.0.response, pong).await {
            Ok(Ok(Ok(()))) => {
                conn.used = Instant::now();
                Ok(())
            }
            Ok(Ok(Err(error))) => Err(RedisError::from(&error)),
            _ => Err(RedisError::Unavailable("no answer to PING".into())),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        if conn.doubtful {
            *lock(&self.0.doubt) = Some(Instant::now());
        }
        conn.doubtful
    }
}

fn sentinel_client(sentinel: &Sentinel) -> redis::RedisResult<SentinelClient> {
    let addresses: Vec<ConnectionAddr> = sentinel.sentinels.clone();
    let mut builder = SentinelClientBuilder::new(addresses, &sentinel.master, SentinelServerType::Master)?;
    let node: &ConnectionInfo = &sentinel.node;
    builder = builder.set_client_to_redis_db(node.redis_settings().db());
    if let Some(username) = node.redis_settings().username() {
        builder = builder.set_client_to_redis_username(username);
    }
    if let Some(password) = node.redis_settings().password() {
        builder = builder.set_client_to_redis_password(password);
    }
    if let Some(username) = &sentinel.username {
        builder = builder.set_client_to_sentinel_username(username);
    }
    if let Some(password) = &sentinel.password {
        builder = builder.set_client_to_sentinel_password(password);
    }
    if sentinel.tls {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure);
    }
    builder.build()
}
