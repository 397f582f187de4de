//! The streams' writer against a real Redis.

use crate::support::redis::RedisServer;
use nameless::cluster::partition::Partition;
use nameless::cluster::redis::Redis;
use nameless::cluster::streams::{self, Streams};
use nameless::store::inbox::InboxEntry;
use nameless_domain::ids::Seq;
use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Redis may be away for so long after it is back: its connections are made anew.
const SOON: Duration = Duration::from_secs(60);

/// I6. PostgreSQL, which has them too, may be away when Redis is back. Guard: `Writer::kept`.
#[tokio::test]
async fn what_redis_did_not_take_goes_first_when_it_does() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let redis = Redis::connect(&server.url()).expect("a client");
    let (unsent, left) = mpsc::channel();
    let unsent = move |entry: InboxEntry| _ = unsent.send(entry.update_id);
    let streams = Streams::start(redis.clone(), 7, Arc::new(unsent));
    let partition = Partition(3);
    let send = |id: i64| {
        let (written, is_written) = oneshot::channel();
        let entry = InboxEntry { update_id: id, partition, seq: Seq(id.unsigned_abs()), raw: "{}".into() };
        streams.send(entry, vec![1], Some(written));
        is_written
    };
    send(10).await.expect("written");
    server.kill();
    for id in [11, -12, 13] {
        send(id).await.expect_err("Redis is away");
    }
    assert_eq!(left.try_iter().collect::<Vec<_>>(), [-12], "word between nodes has another way");
    server.restart();
    let (mut last, until) = (14, Instant::now() + SOON);
    while send(last).await.is_err() {
        last += 1;
        assert!(Instant::now() < until, "Redis is back");
        // As seldom as that they are all kept until then.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    streams::ensure_groups(&redis, &[partition]).await.expect("a group");
    let mut came: Vec<(i64, Seq)> = Vec::new();
    loop {
        let read = redis.query(&streams::read_now_command(8, &[partition])).await.expect("an answer");
        let new: Vec<_> = streams::read_answer(read).into_iter().flat_map(|(_, entries)| entries).collect();
        if new.is_empty() {
            break;
        }
        came.extend(new.into_iter().map(|(_, entry)| (entry.update_id, entry.previous)));
    }
    let mut ids: Vec<i64> = came.iter().map(|(id, _)| *id).collect();
    // Twice, if an answer was lost.
    let mut known = BTreeSet::new();
    ids.retain(|id| known.insert(*id));
    let all: Vec<i64> = [10, 11].into_iter().chain(13..=last).collect();
    assert_eq!(ids, all);
    assert!(came.contains(&(11, Seq(10))) && came.contains(&(13, Seq(11))), "each names the one before it");
}
