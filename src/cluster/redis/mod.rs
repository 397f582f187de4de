//! Redis: one server, a master behind Sentinels, or a Cluster.
//!
//! [`Redis`] is what everything else uses. Each operation ends in time, with an answer or with an
//! error that says whether trying again may help. Nothing needs to be done after a restart or a
//! failover: connections that look lost are thrown away and made anew, to whichever server is the
//! master then. While Redis is away, a circuit breaker answers at once, and one call in half a
//! second looks whether it is back.

mod address;
mod blocking;
mod breaker;
mod error;
mod nodes;
mod pool;

pub use blocking::Blocking;
pub use error::RedisError;

use address::Address;
use bb8_redis::bb8;
use blocking::{DRIVER_TIMEOUT, Maker};
use breaker::Breaker;
use nodes::Nodes;
use pool::Manager;
use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, FromRedisValue, Pipeline, ServerErrorKind, ToRedisArgs};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Bounds of the connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long one operation may take once it has a connection.
    pub operation: Duration,
    /// How long it may wait for a connection.
    pub check_out: Duration,
    /// Connections to one server or to the master behind Sentinels; a Cluster has one for each
    /// node.
    pub connections: u32,
    /// Operations under way at a time, those that wait for a connection included; beyond it they
    /// fail at once.
    pub under_way: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            operation: Duration::from_millis(500),
            check_out: Duration::from_secs(1),
            connections: 8,
            under_way: 4_096,
        }
    }
}

/// A Lua script. It is sent by its hash, and in full only to a server that does not know it.
pub struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    /// A script with its text.
    pub fn new(code: &'static str) -> Script {
        Script { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

/// Whether `url` has the form of a `REDIS_URL`; else what is wrong with it, without quoting it.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    address::parse(url).map(|_| ())
}

/// Redis. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    address: Address,
    options: Options,
    route: Route,
    breaker: Breaker,
    under_way: Semaphore,
    home: Handle,
}

enum Route {
    Pool(bb8::Pool<Manager>, Manager),
    Cluster(Box<Nodes>),
}

/// What is sent.
enum Request<'a> {
    Cmd(&'a Cmd),
    Pipe(&'a Pipeline),
    Script(&'a Script, &'a [&'a str], Vec<Vec<u8>>),
}

impl Redis {
    /// Prepares connections to `url`, whose forms the configuration's documentation lists; only a
    /// URL that is not valid is an error. Nothing is contacted: a node starts while Redis is away,
    /// and [`Redis::ping`] tells. Call it within the tokio runtime that is to drive the connections
    /// and outlives them.
    pub fn connect(url: &SecretString) -> Result<Redis, RedisError> {
        Redis::connect_with(url, Options::default())
    }

    /// The same with other bounds.
    pub fn connect_with(url: &SecretString, options: Options) -> Result<Redis, RedisError> {
        let address = address::parse(url.expose_secret())
            .map_err(|why| RedisError::Refused(format!("REDIS_URL is not valid: {why}")))?;
        let home = Handle::current();
        let route = match &address {
            Address::Cluster(nodes) => Route::Cluster(Box::new(Nodes::new(
                nodes,
                options.operation,
                options.operation,
                home.clone(),
            )?)),
            _ => {
                let manager = manager(&address, &options, &home)?;
                let pool = bb8::Pool::builder()
                    .max_size(options.connections)
                    .connection_timeout(options.check_out)
                    .build_unchecked(manager.clone());
                Route::Pool(pool, manager)
            }
        };
        let under_way = Semaphore::new(options.under_way);
        Ok(Redis(Arc::new(Inner { address, options, route, breaker: Breaker::default(), under_way, home })))
    }

    /// Runs one command.
    pub async fn query<T: FromRedisValue>(&self, cmd: &Cmd) -> Result<T, RedisError> {
        self.run(Request::Cmd(cmd)).await
    }

    /// Runs several commands in one round trip. In a Cluster all their keys must have one hash tag.
    pub async fn pipeline<T: FromRedisValue>(&self, pipe: &Pipeline) -> Result<T, RedisError> {
        self.run(Request::Pipe(pipe)).await
    }

    /// Runs a script. In a Cluster all its keys must have one hash tag.
    pub async fn script<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        args: impl ToRedisArgs,
    ) -> Result<T, RedisError> {
        self.run(Request::Script(script, keys, args.to_redis_args())).await
    }

    /// A round trip.
    pub async fn ping(&self) -> Result<(), RedisError> {
        self.query::<String>(&redis::cmd("PING")).await.map(|_| ())
    }

    /// A connection of one's own for commands that wait on the server. Made at its first use.
    pub fn blocking(&self) -> Result<Blocking, RedisError> {
        let (address, options, home) = (&self.0.address, &self.0.options, &self.0.home);
        let maker = match address {
            Address::Cluster(nodes) => {
                Maker::Cluster(Box::new(Nodes::new(nodes, DRIVER_TIMEOUT, DRIVER_TIMEOUT, home.clone())?))
            }
            _ => Maker::One(manager(address, options, home)?),
        };
        Ok(Blocking::new(maker, options.clone()))
    }

    async fn run<T: FromRedisValue>(&self, request: Request<'_>) -> Result<T, RedisError> {
        let inner = &*self.0;
        if !inner.breaker.admits(Instant::now()) {
            return Err(RedisError::Unavailable("it did not answer a moment ago".into()));
        }
        let Ok(_permit) = inner.under_way.try_acquire() else {
            return Err(RedisError::Unavailable("too many operations are under way".into()));
        };
        match &inner.route {
            Route::Pool(pool, manager) => {
                let mut conn = match pool.get().await {
                    Ok(conn) => conn,
                    Err(_) => {
                        // A pool that is merely busy has connections, and they are being answered.
                        self.failed(pool.state().connections == 0).await;
                        return Err(manager.why());
                    }
                };
                conn.begin();
                let wire = &mut conn.wire;
                let answer = tokio::time::timeout(inner.options.operation, perform(&request, wire)).await;
                if let Ok(answer) = &answer {
                    conn.end(answer.as_ref().err());
                }
                drop(conn);
                self.judge(answer).await
            }
            Route::Cluster(nodes) => {
                let mut wire = match tokio::time::timeout(inner.options.check_out, nodes.connection()).await {
                    Ok(Ok(wire)) => wire,
                    failed => {
                        self.failed(true).await;
                        return Err(match failed {
                            Ok(Err(error)) => error,
                            _ => timed_out(inner.options.check_out),
                        });
                    }
                };
                let answer =
                    tokio::time::timeout(inner.options.operation, perform(&request, &mut wire)).await;
                self.judge(answer).await
            }
        }
    }

    async fn judge<T>(
        &self,
        answer: Result<redis::RedisResult<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, RedisError> {
        let error = match answer {
            Ok(Ok(value)) => {
                self.0.breaker.succeeded();
                return Ok(value);
            }
            Ok(Err(error)) => RedisError::from(&error),
            Err(_) => timed_out(self.0.options.operation),
        };
        match error.is_unavailable() {
            true => self.failed(false).await,
            false => self.0.breaker.succeeded(),
        }
        Err(error)
    }

    async fn failed(&self, surely: bool) {
        let open = self.0.breaker.failed(Instant::now(), surely);
        if let (true, Route::Cluster(nodes)) = (open, &self.0.route) {
            nodes.forget().await;
        }
    }
}

fn manager(address: &Address, options: &Options, home: &Handle) -> Result<Manager, RedisError> {
    let made = Manager::new(address, options, home.clone());
    made.unwrap_or_else(|| Err(RedisError::Refused("a Cluster has no pool".into())))
}

async fn perform<T: FromRedisValue>(
    request: &Request<'_>,
    wire: &mut impl ConnectionLike,
) -> redis::RedisResult<T> {
    match request {
        Request::Cmd(cmd) => cmd.query_async(wire).await,
        Request::Pipe(pipe) => pipe.query_async(wire).await,
        Request::Script(script, keys, args) => {
            let call = |name: &str, body: &str| {
                let mut cmd = redis::cmd(name);
                cmd.arg(body).arg(keys.len()).arg(keys).arg(args);
                cmd
            };
            match call("EVALSHA", &script.hash).query_async(wire).await {
                // EVAL goes where the keys are; SCRIPT LOAD would need every node of a Cluster to
                // be there.
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    call("EVAL", script.code).query_async(wire).await
                }
                answer => answer,
            }
        }
    }
}

fn timed_out(limit: Duration) -> RedisError {
    RedisError::Unavailable(format!("no answer within {limit:?}"))
}
