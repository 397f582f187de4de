//! What the nodes of one database share: the key of the history, and the users.

use super::{Finding, ill, mind, well};
use crate::app::database::keys_that_are_there;
use crate::config::Config;
use crate::store::{Conn, Fault, PgStore, StoreOptions};

/// Parts that nodes share: docs/cluster.md.
const PARTITIONS: i64 = crate::cluster::partition::PARTITIONS as i64;

/// Whether the key of the history fits the database, and how far its exchange is. Nothing of one
/// that no bot has used: the first start decides on its key.
pub(super) async fn keys(config: &Config, url: &str) -> Option<Finding> {
    const WHAT: &str = "keys";
    match has_key(url).await {
        Ok(false) => return None,
        Ok(true) => {}
        Err(error) => return Some(ill(WHAT, error.to_string())),
    }
    let keys = match keys_that_are_there(config) {
        Ok(keys) => keys,
        Err(error) => return Some(ill(WHAT, format!("{error:#}; without it nobody can read the history"))),
    };
    let options = StoreOptions { connections: 2, ..StoreOptions::default() };
    let store = match PgStore::connect(url, keys, options).await {
        Ok(store) => store,
        Err(error) => return Some(ill(WHAT, error.to_string())),
    };
    let (has_old, is_new) = (store.has_old_key(), store.follow_key().await);
    let lacking = store.nodes_lacking_keys().await.unwrap_or_default();
    store.close().await;
    Some(match (has_old, is_new) {
        (_, Err(error)) => ill(WHAT, error.to_string()),
        (false, Ok(_)) => well(WHAT, "one key, and the database is under it"),
        (true, Ok(false)) if !lacking.is_empty() => mind(
            WHAT,
            format!(
                "two keys, and the database is under the old one; start these with both, then run: nameless key \
                 rotate. One is missing at: {}",
                lacking.join(", ")
            ),
        ),
        (true, Ok(false)) => mind(
            WHAT,
            "two keys, and the database is under the old one: once every node has both, run: nameless key rotate",
        ),
        (true, Ok(true)) => mind(
            WHAT,
            "two keys, and the database is under the new one: nameless key status says when the old one may go",
        ),
    })
}

/// Who shares the work at this moment, by machine and process, and how large each one's part is.
pub(super) async fn nodes(url: &str) -> Finding {
    const WHAT: &str = "nodes";
    const ASK: &str = "\
        SELECT name, count(partition) FROM nodes LEFT JOIN partitions USING (node)
        WHERE expires > clock_timestamp() GROUP BY node, name ORDER BY name";
    let asked = async { Conn::alone(url).await?.rows(ASK, &[]).await };
    let rows = match asked.await {
        Ok(rows) => rows,
        Err(error) => return ill(WHAT, error.to_string()),
    };
    let node = |row: &tokio_postgres::Row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?));
    let nodes: Vec<(String, i64)> = rows.iter().filter_map(node).collect();
    let parts: i64 = nodes.iter().map(|(_, part)| part).sum();
    let said: Vec<String> = nodes.iter().map(|(name, part)| format!("{name} has {part}")).collect();
    let said = said.join(", ");
    match (nodes.len(), parts) {
        (0, _) => well(WHAT, "none runs"),
        (_, PARTITIONS) => well(WHAT, format!("of {PARTITIONS} parts of the users {said}")),
        _ => mind(
            WHAT,
            format!(
                "of {PARTITIONS} parts of the users {said}; the others are on their way: ask again in some seconds"
            ),
        ),
    }
}

async fn has_key(url: &str) -> Result<bool, Fault> {
    let mut conn = Conn::alone(url).await?;
    let rows = conn.rows("SELECT EXISTS (SELECT FROM key_check)", &[]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no answer".into()))?;
    Ok(row.try_get(0)?)
}
