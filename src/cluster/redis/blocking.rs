//! A connection of one's own for commands that wait on the server, such as XREADGROUP with BLOCK.

use super::error::{RedisError, breaks_connection};
use super::nodes::Nodes;
use super::pool::Manager;
use super::{Options, timed_out};
use redis::aio::MultiplexedConnection;
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, FromRedisValue};
use std::time::Duration;

/// Pause before connecting again, doubled with each failure.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The driver's own time-out, beyond every wait of ours.
pub(super) const DRIVER_TIMEOUT: Duration = Duration::from_secs(3_600);

/// Where the connection comes from.
pub(super) enum Maker {
    One(Manager),
    Cluster(Box<Nodes>),
}

enum Wire {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// A connection that only one reader uses. It is made at the first query and made anew after a
/// failure, so the caller just asks again; it follows a failover.
pub struct Blocking {
    maker: Maker,
    wire: Option<Wire>,
    options: Options,
    pause: Duration,
}

impl Blocking {
    pub(super) fn new(maker: Maker, options: Options) -> Blocking {
        Blocking { maker, wire: None, options, pause: Duration::ZERO }
    }

    /// Runs a command that waits on the server for up to `block`; that is also in the command, as
    /// this cannot put it there. Answers within `block` and the time of an ordinary operation.
    /// After a failure the next call first waits a little, at most a second, so a loop around this
    /// does not spin.
    ///
    /// Whoever drops the future before its end must count with the command having happened.
    pub async fn query<T: FromRedisValue>(&mut self, cmd: &Cmd, block: Duration) -> Result<T, RedisError> {
        // Taken out: a call that is dropped on its way leaves no connection behind that waits for
        // its answer.
        let mut wire = match self.wire.take() {
            Some(wire) => wire,
            None => self.open().await?,
        };
        let limit = block + self.options.operation;
        let asking = async {
            match &mut wire {
                Wire::One(wire) => cmd.query_async(wire).await,
                Wire::Cluster(wire) => cmd.query_async(wire).await,
            }
        };
        let answer = match tokio::time::timeout(limit, asking).await {
            Ok(answer) => answer,
            Err(_) => {
                self.failed();
                return Err(timed_out(limit));
            }
        };
        match answer {
            Err(error) if breaks_connection(&error) => {
                self.failed();
                Err(RedisError::from(&error))
            }
            answer => {
                self.wire = Some(wire);
                self.pause = Duration::ZERO;
                answer.map_err(|e| RedisError::from(&e))
            }
        }
    }

    async fn open(&mut self) -> Result<Wire, RedisError> {
        tokio::time::sleep(self.pause).await;
        let opening = async {
            match &self.maker {
                Maker::One(manager) => Ok(Wire::One(manager.open(DRIVER_TIMEOUT).await?.0)),
                Maker::Cluster(nodes) => Ok(Wire::Cluster(nodes.own().await?)),
            }
        };
        let opened = match tokio::time::timeout(self.options.check_out, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(timed_out(self.options.check_out)),
        };
        if opened.is_err() {
            self.failed();
        }
        opened
    }

    fn failed(&mut self) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
    }
}
