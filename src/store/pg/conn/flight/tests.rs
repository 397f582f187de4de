//! Flights on a real server: what is not whole is not committed.

use super::super::{Connector, STATEMENT_TIMEOUT};
use super::*;
use crate::postgres::for_tests::cluster;
use crate::store::pg::error::is_encoding;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

const MAKE: &str = "CREATE TABLE flown (n integer PRIMARY KEY)";
/// What the fence looks at; no node lives.
const NODES: &str = "CREATE TABLE nodes (node bigint PRIMARY KEY)";
const ADD: &str = "INSERT INTO flown (n) VALUES ($1)";
const ALL: &str = "SELECT n FROM flown ORDER BY n";

/// A connection as the pool makes them.
async fn conn(url: &str) -> Conn {
    let connector = Connector::new(url, STATEMENT_TIMEOUT).expect("an address");
    let opened = connector.open(mpsc::channel(1).0).await.expect("a connection");
    Conn::new(&connector, opened, 0, Handle::current())
}

async fn numbers(conn: &mut Conn) -> Vec<i32> {
    let rows = conn.query(ALL, &[]).await.expect("read");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_is_not_whole_is_not_committed() {
    let Some((cluster, _folder)) = cluster() else { return };
    let mut conn = conn(cluster.url()).await;
    conn.execute(MAKE, &[]).await.expect("made");
    conn.execute(NODES, &[]).await.expect("made");

    // One whose parameters cannot be encoded is not sent, and those around it are. Guard:
    // `is_unsent`.
    conn.begin_with_next(Flushed::Behind, None);
    let failed = conn.commit_with([(ADD, &[&1i32]), (ADD, &[&"two"]), (ADD, &[&3i32])]).await;
    assert!(matches!(&failed, Err(Fault::Db(error)) if is_encoding(error)), "{failed:?}");
    assert!(!conn.is_dirty(), "its transaction has ended");
    assert!(numbers(&mut conn).await.is_empty());

    // Though its caller goes on. Guard: `spoilt`.
    conn.begin_with_next(Flushed::With, None);
    let failed = conn.query_all([(ADD, &[&1i32]), (ADD, &[&"two"]), (ADD, &[&3i32])]).await;
    assert!(matches!(&failed, Err(Fault::Db(error)) if is_encoding(error)), "{failed:?}");
    let ended = conn.end(Ok(())).await;
    assert!(matches!(ended, Err(Fault::Corrupt(_))), "{ended:?}");
    assert!(numbers(&mut conn).await.is_empty());

    // The same of a node that was removed.
    conn.begin_with_next(Flushed::With, Some(7));
    let fenced = conn.query_all([(ADD, &[&1i32])]).await;
    assert!(matches!(fenced, Err(Fault::Fenced)), "{fenced:?}");
    let fenced = conn.commit_with([(ADD, &[&2i32])]).await;
    assert!(matches!(fenced, Err(Fault::Fenced)), "{fenced:?}");
    let fenced = conn.end(Ok(())).await;
    assert!(matches!(fenced, Err(Fault::Fenced)) && conn.is_fenced(), "{fenced:?}");
    assert!(numbers(&mut conn).await.is_empty());

    // What is whole is.
    conn.begin_with_next(Flushed::Behind, None);
    conn.commit_with([(ADD, &[&1i32]), (ADD, &[&2i32])]).await.expect("committed");
    assert!(!conn.is_dirty() && !conn.is_fenced());
    assert_eq!(numbers(&mut conn).await, [1, 2]);
    drop(conn);
    cluster.stop();
}

/// Whoever has the turn for too long holds up nobody. Guards: `IN_TURN`, and that COMMIT gives the
/// turn back.
#[tokio::test]
async fn whose_turn_does_not_come_goes_on_without_it() {
    let Some((cluster, _folder)) = cluster() else { return };
    let mut conn = conn(cluster.url()).await;
    conn.execute(MAKE, &[]).await.expect("made");
    let turns = Turns::default();
    let taken = turns.0.acquire_many(AT_ONCE as u32).await.expect("nobody closes it");
    conn.begin_with_next(Flushed::Behind, None);
    conn.commit_in_turn([(ADD, &[&1i32])], &turns).await.expect("committed");
    drop(taken);
    conn.begin_with_next(Flushed::Behind, None);
    conn.commit_in_turn([(ADD, &[&2i32])], &turns).await.expect("committed");
    assert_eq!(turns.0.available_permits(), AT_ONCE, "it is free again");
    assert_eq!(numbers(&mut conn).await, [1, 2]);
    drop(conn);
    cluster.stop();
}
