//! Which nodes live, who owns which partition, who polls. PostgreSQL's clock decides about every
//! lease.

use crate::cluster::partition::Partition;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::renew;
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::ports::{PortFuture, StoreError};
use std::time::Duration;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    of_nodes("nodes", "as the process's lease", &["node", "name", "keys"]),
    of_nodes("partitions", "for ever, 256 rows", &["node", "token"]),
    of_nodes("polling_leases", "for ever, one row a bot", &["bot", "node", "name", "token"]),
];

/// A table that is about processes.
const fn of_nodes(name: &'static str, life: &'static str, other: &'static [&'static str]) -> Table {
    Table {
        name,
        life,
        ids: &[],
        words: &[],
        other,
        stays: &[],
        export: Export::No("it is about processes"),
        erasure: Erasure::No("it is about processes"),
        expiry: Expiry::No("leases, by PostgreSQL's clock"),
    }
}

/// Nodes that start at the same moment would choose the same free slot, and all but one be refused.
/// Nor does one start while the history's key is exchanged.
pub(crate) const ONE_AT_A_TIME: &str = "SELECT 1 FROM pg_advisory_xact_lock(5642809, 4)";

const REGISTER: &str = "\
    INSERT INTO nodes (node, slot, name, started, expires, leaving, keys)
    SELECT $1, free.slot, $2, now(), now() + $3::bigint * interval '1 millisecond', false, $4::text[]
    FROM (SELECT s::smallint AS slot FROM generate_series(0, 31) AS s
          WHERE NOT EXISTS (SELECT 1 FROM nodes WHERE slot = s) ORDER BY s LIMIT 1) AS free
    RETURNING slot";

/// Nodes that lived half a minute ago and do not have these keys, or do not say.
const LACKING: &str = "\
    SELECT name FROM nodes
    WHERE expires > clock_timestamp() - interval '30 seconds' AND NOT coalesce(keys @> $1::text[], false)
    ORDER BY name";

/// Milliseconds of the server's clock.
const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

const RENEW: &str = "\
    UPDATE nodes SET expires = now() + $2::bigint * interval '1 millisecond' WHERE node = $1
    RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

const EXPIRED: &str = "SELECT node, name FROM nodes WHERE expires < now() AND node <> $1";

const REMOVE: &str = "DELETE FROM nodes WHERE node = $1 AND expires < now()";

const FREE_ORPHANS: &str = "\
    UPDATE partitions SET node = NULL
    WHERE node IS NOT NULL AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.node = partitions.node)";

const SHARES: &str = "\
    SELECT n.node, n.leaving, count(p.partition)
    FROM nodes n LEFT JOIN partitions p ON p.node = n.node GROUP BY n.node ORDER BY n.node";

const CLAIM: &str = "\
    UPDATE partitions SET node = $1, token = nextval('fencing_tokens')
    WHERE partition IN (
        SELECT partition FROM partitions WHERE node IS NULL
        ORDER BY partition LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING partition, token";

/// Not those that were taken again since: a release may arrive when nobody waits for it any more.
const RELEASE: &str =
    "UPDATE partitions SET node = NULL WHERE node = $1 AND partition = ANY($2) AND token <= $3";

const OWNED: &str = "SELECT partition, token FROM partitions WHERE node = $1";

const RETAKE: &str = "\
    UPDATE partitions SET token = nextval('fencing_tokens') WHERE node = $1 AND partition = ANY($2)
    RETURNING partition, token";

const LEAVING: &str = "UPDATE nodes SET leaving = true WHERE node = $1";

const LEAVE: &str = "DELETE FROM nodes WHERE node = $1";

/// Takes the lease if nobody who lives holds it; says who holds it then.
const POLL: &str = "\
    INSERT INTO polling_leases AS held (bot, node, name, since, token)
    VALUES ($1, $2, $3, now(), nextval('fencing_tokens'))
    ON CONFLICT (bot) DO UPDATE SET
        node = excluded.node, name = excluded.name, since = excluded.since, token = excluded.token
    WHERE held.node <> excluded.node
      AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.node = held.node)";

const POLLER: &str = "\
    SELECT node, name, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"') AS since, token
    FROM polling_leases WHERE bot = $1";

const POLL_NO_MORE: &str = "DELETE FROM polling_leases WHERE bot = $1 AND node = $2";

/// A node and how many partitions it owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which node.
    pub node: i64,
    /// It gives its partitions away.
    pub leaving: bool,
    /// How many it has.
    pub partitions: usize,
}

/// Who polls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollingLease {
    /// The node.
    pub node: i64,
    /// Its name, for people.
    pub name: String,
    /// Since when, for people.
    pub since: String,
    /// The fencing token.
    pub token: i64,
}

fn millis(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX)
}

/// Enters a node, in a transaction. Its slot; none if there are as many nodes as there may be.
async fn register(
    conn: &mut Conn,
    keys: &Keys,
    (node, name): (i64, &str),
    ttl: Duration,
) -> Result<Option<i16>, Fault> {
    conn.query(ONE_AT_A_TIME, &[]).await?;
    // It may have been exchanged since this process has looked.
    if !renew::adopt(conn, keys, renew::CHECK).await? {
        return Err(Fault::Corrupt("the database is under another HISTORY_KEY by now".into()));
    }
    let rows = conn.query(REGISTER, &[&node, &name, &millis(ttl), &keys.fingerprints()]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// Names of nodes that live and lack a key with which the database is, or is to be, sealed.
pub(crate) async fn lacking_keys(conn: &mut Conn, keys: &Keys) -> Result<Vec<String>, Fault> {
    let needed = keys.fingerprints_needed().to_vec();
    let rows = conn.query(LACKING, &[&needed]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Milliseconds of the server's clock.
async fn now(conn: &mut Conn) -> Result<i64, Fault> {
    let rows = conn.query(NOW, &[]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no time".into()))?;
    Ok(row.try_get(0)?)
}

/// Renews the lease; the server's time. None if others have removed the node.
async fn renew(conn: &mut Conn, node: i64, ttl: Duration) -> Result<Option<i64>, Fault> {
    let rows = conn.query(RENEW, &[&node, &millis(ttl)]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// Others whose lease is past.
async fn expired(conn: &mut Conn, me: i64) -> Result<Vec<(i64, String)>, Fault> {
    let rows = conn.query(EXPIRED, &[&me]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Removes a node whose lease is past.
async fn remove(conn: &mut Conn, node: i64) -> Result<bool, Fault> {
    Ok(conn.execute(REMOVE, &[&node]).await? > 0)
}

/// Frees what belongs to nobody who lives, then tells who has how much.
async fn shares(conn: &mut Conn) -> Result<Vec<Share>, Fault> {
    conn.execute(FREE_ORPHANS, &[]).await?;
    let rows = conn.query(SHARES, &[]).await?;
    let share = |row: &tokio_postgres::Row| {
        let partitions: i64 = row.try_get(2)?;
        Ok(Share { node: row.try_get(0)?, leaving: row.try_get(1)?, partitions: partitions as usize })
    };
    rows.iter().map(share).collect()
}

/// Takes up to `most` free partitions: each with its new token.
async fn claim(conn: &mut Conn, node: i64, most: usize) -> Result<Vec<(Partition, i64)>, Fault> {
    with_tokens(&conn.query(CLAIM, &[&node, &(most as i64)]).await?)
}

/// What a node has: each with its token.
async fn owned(conn: &mut Conn, node: i64) -> Result<Vec<(Partition, i64)>, Fault> {
    with_tokens(&conn.query(OWNED, &[&node]).await?)
}

/// Those of these partitions that are still the node's: each with its new token.
async fn retake(
    conn: &mut Conn,
    node: i64,
    partitions: &[Partition],
) -> Result<Vec<(Partition, i64)>, Fault> {
    with_tokens(&conn.query(RETAKE, &[&node, &numbers(partitions)]).await?)
}

fn with_tokens(rows: &[tokio_postgres::Row]) -> Result<Vec<(Partition, i64)>, Fault> {
    rows.iter().map(|row| Ok((Partition(row.try_get::<_, i16>(0)? as u8), row.try_get(1)?))).collect()
}

fn numbers(partitions: &[Partition]) -> Vec<i16> {
    partitions.iter().map(|p| p.0.into()).collect()
}

/// Gives partitions away.
async fn release(conn: &mut Conn, node: i64, token: i64, partitions: &[Partition]) -> Result<(), Fault> {
    conn.execute(RELEASE, &[&node, &numbers(partitions), &token]).await?;
    Ok(())
}

/// Says that the node takes no more partitions.
async fn leaving(conn: &mut Conn, node: i64) -> Result<(), Fault> {
    conn.execute(LEAVING, &[&node]).await?;
    Ok(())
}

/// Takes the node out.
async fn leave(conn: &mut Conn, node: i64) -> Result<(), Fault> {
    conn.execute(LEAVE, &[&node]).await?;
    conn.execute(FREE_ORPHANS, &[]).await?;
    Ok(())
}

/// Takes the lease of a bot if it is free; who holds it now.
async fn poll(conn: &mut Conn, bot: i64, node: i64, name: &str) -> Result<PollingLease, Fault> {
    conn.execute(POLL, &[&bot, &node, &name]).await?;
    let rows = conn.query(POLLER, &[&bot]).await?;
    let row = rows.first().ok_or_else(|| Fault::Unavailable("the polling lease was given back".into()))?;
    Ok(PollingLease {
        node: row.try_get(0)?,
        name: row.try_get(1)?,
        since: row.try_get(2)?,
        token: row.try_get(3)?,
    })
}

/// Gives the lease back.
async fn poll_no_more(conn: &mut Conn, bot: i64, node: i64) -> Result<(), Fault> {
    conn.execute(POLL_NO_MORE, &[&bot, &node]).await?;
    Ok(())
}

/// How long an operation on leases may take: they are renewed every second.
const LEASES: Duration = Duration::from_secs(3);

/// The operations of [`PgStore`] that nodes live by.
impl PgStore {
    /// Enters a node under a lease of `ttl`. Its slot (0 to 31); none if there are as many nodes as
    /// there may be.
    pub fn register_node<'a>(
        &'a self,
        node: i64,
        name: &'a str,
        ttl: Duration,
    ) -> PortFuture<'a, Result<Option<i16>, StoreError>> {
        let name = name.to_owned();
        self.run(move |inner| async move {
            inner.transaction(async |conn| register(conn, &inner.keys, (node, &name), ttl).await).await
        })
    }

    /// The server's clock, in milliseconds.
    pub fn server_time(&self) -> PortFuture<'_, Result<i64, StoreError>> {
        self.run_within(LEASES, move |inner| async move { now(&mut *inner.check_out().await?).await })
    }

    /// Renews a node's lease; the server's time, or none if the node has been removed.
    pub fn renew_node(&self, node: i64, ttl: Duration) -> PortFuture<'_, Result<Option<i64>, StoreError>> {
        self.run_within(
            LEASES,
            move |inner| async move { renew(&mut *inner.check_out().await?, node, ttl).await },
        )
    }

    /// Nodes other than `me` whose lease is past: number and name.
    pub fn expired_nodes(&self, me: i64) -> PortFuture<'_, Result<Vec<(i64, String)>, StoreError>> {
        self.run_within(LEASES, move |inner| async move { expired(&mut *inner.check_out().await?, me).await })
    }

    /// Removes a node whose lease is past; it writes nothing from then on. Whether it was there.
    pub fn remove_node(&self, node: i64) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run_within(
            LEASES,
            move |inner| async move { remove(&mut *inner.check_out().await?, node).await },
        )
    }

    /// Frees the partitions of nodes that are gone; who has how many.
    pub fn node_shares(&self) -> PortFuture<'_, Result<Vec<Share>, StoreError>> {
        self.run_within(LEASES, move |inner| async move { shares(&mut *inner.check_out().await?).await })
    }

    /// Takes up to `most` free partitions, each with its fencing token.
    pub fn claim_partitions(
        &self,
        node: i64,
        most: usize,
    ) -> PortFuture<'_, Result<Vec<(Partition, i64)>, StoreError>> {
        self.run_within(LEASES, move |inner| async move {
            claim(&mut *inner.check_out().await?, node, most).await
        })
    }

    /// What a node has, each with its fencing token.
    pub fn owned_partitions(&self, node: i64) -> PortFuture<'_, Result<Vec<(Partition, i64)>, StoreError>> {
        self.run_within(LEASES, move |inner| async move { owned(&mut *inner.check_out().await?, node).await })
    }

    /// Those of these partitions that are still the node's, each with a new token: a release of
    /// before, wherever it is, is void.
    pub fn retake_partitions(
        &self,
        node: i64,
        partitions: Vec<Partition>,
    ) -> PortFuture<'_, Result<Vec<(Partition, i64)>, StoreError>> {
        self.run_within(LEASES, move |inner| async move {
            retake(&mut *inner.check_out().await?, node, &partitions).await
        })
    }

    /// Gives partitions away whose tokens are not newer than `token`.
    pub fn release_partitions(
        &self,
        node: i64,
        token: i64,
        partitions: Vec<Partition>,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run_within(LEASES, move |inner| async move {
            release(&mut *inner.check_out().await?, node, token, &partitions).await
        })
    }

    /// Says that a node takes no more partitions.
    pub fn node_is_leaving(&self, node: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.run_within(
            LEASES,
            move |inner| async move { leaving(&mut *inner.check_out().await?, node).await },
        )
    }

    /// Takes a node out, and frees what it had.
    pub fn node_leaves(&self, node: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.run_within(LEASES, move |inner| async move { leave(&mut *inner.check_out().await?, node).await })
    }

    /// Takes the polling lease of a bot if nobody who lives holds it; who holds it now.
    pub fn take_polling(
        &self,
        bot: i64,
        node: i64,
        name: &str,
    ) -> PortFuture<'_, Result<PollingLease, StoreError>> {
        let name = name.to_owned();
        self.run_within(LEASES, move |inner| async move {
            poll(&mut *inner.check_out().await?, bot, node, &name).await
        })
    }

    /// Gives the polling lease back.
    pub fn give_back_polling(&self, bot: i64, node: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.run_within(LEASES, move |inner| async move {
            poll_no_more(&mut *inner.check_out().await?, bot, node).await
        })
    }
}
