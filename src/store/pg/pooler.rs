//! Whether a pooler stands between us and the server that gives each transaction another session.
//!
//! What we do needs a session: prepared statements, locks that outlive a transaction, limits set
//! once. Through pgbouncer in transaction mode all of that goes wrong now and then, and looks like
//! something else.

use super::conn::Connector;
use super::error::Fault;
use tokio::sync::mpsc;
use tokio_postgres::{Client, SimpleQueryMessage};

const PID: &str = "SELECT pg_backend_pid()";

/// Asks for its session's number, takes it away with a transaction of another connection, and looks
/// whether the two were the same. In the simple protocol, which any pooler passes on.
pub(super) async fn shares_sessions(connector: &Connector, first: &Client) -> Result<bool, Fault> {
    let (second, _) = connector.open(mpsc::channel(1).0).await?;
    let own = pid(first).await?;
    // A pooler gives the session that was let go last.
    second.batch_execute("BEGIN").await?;
    let others = pid(&second).await;
    let is_shared = others? == own;
    second.batch_execute("ROLLBACK").await?;
    Ok(is_shared)
}

async fn pid(client: &Client) -> Result<Option<String>, Fault> {
    let answer = client.simple_query(PID).await?;
    Ok(answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
