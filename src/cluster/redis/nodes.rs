//! The connection to a Cluster. The driver routes by key, follows moved slots and reconnects to
//! single nodes; all that is done here is to make it, share it, and make it anew when it seems
//! lost.

use super::error::RedisError;
use redis::ConnectionInfo;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// How long connecting to one node may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Makes connections to a Cluster.
pub(super) struct Nodes {
    client: ClusterClient,
    home: Handle,
    shared: Mutex<Shared>,
}

enum Shared {
    None,
    /// Goes on when the one who waited for it has given up.
    Connecting(JoinHandle<redis::RedisResult<ClusterConnection>>),
    Ready(ClusterConnection),
}

impl Nodes {
    /// Does not connect yet. `response` is what a single node is given for an answer, `overall` all
    /// tries together.
    pub fn new(
        nodes: &[ConnectionInfo],
        response: Duration,
        overall: Duration,
        home: Handle,
    ) -> Result<Nodes, RedisError> {
        let client = ClusterClientBuilder::new(nodes.iter().cloned())
            .connection_timeout(CONNECT_TIMEOUT)
            .response_timeout(response)
            .overall_response_timeout(Some(overall))
            .retries(4)
            .min_retry_wait(20)
            .max_retry_wait(200)
            .build()
            .map_err(|e| RedisError::from(&e))?;
        Ok(Nodes { client, home, shared: Mutex::new(Shared::None) })
    }

    /// The shared connection.
    pub async fn connection(&self) -> Result<ClusterConnection, RedisError> {
        let mut shared = self.shared.lock().await;
        if let Shared::Ready(connection) = &*shared {
            return Ok(connection.clone());
        }
        if matches!(*shared, Shared::None) {
            *shared = Shared::Connecting(self.connecting());
        }
        let Shared::Connecting(task) = &mut *shared else { unreachable!("set above") };
        match task.await {
            Ok(Ok(connection)) => {
                *shared = Shared::Ready(connection.clone());
                Ok(connection)
            }
            failed => {
                *shared = Shared::None;
                Err(failure(failed))
            }
        }
    }

    /// A connection of one's own.
    pub async fn own(&self) -> Result<ClusterConnection, RedisError> {
        match self.connecting().await {
            Ok(Ok(connection)) => Ok(connection),
            failed => Err(failure(failed)),
        }
    }

    /// The shared connection seems lost: the next call makes a new one, from the addresses of the
    /// URL.
    pub async fn forget(&self) {
        let mut shared = self.shared.lock().await;
        if matches!(*shared, Shared::Ready(_)) {
            *shared = Shared::None;
        }
    }

    fn connecting(&self) -> JoinHandle<redis::RedisResult<ClusterConnection>> {
        let client = self.client.clone();
        self.home.spawn(async move { client.get_async_connection().await })
    }
}

fn failure<T>(ended: Result<redis::RedisResult<T>, tokio::task::JoinError>) -> RedisError {
    match ended {
        Ok(Err(error)) => RedisError::from(&error),
        _ => RedisError::Unavailable("shutting down".into()),
    }
}
