//! The cache before the store, against real Redis servers: what it holds, for how long, and that it
//! never keeps what a change has overtaken.

mod context;
mod races;

use crate::support::proxy::{Mode, Proxy};
use crate::support::redis::{RedisCluster, RedisServer};
use context::{Node, Truth, keys, patient};
use nameless::cluster::cache::{Cache, Kind, quick};
use nameless::cluster::redis::Redis;
use nameless_actors::ports::StoreError;
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};

const KIND: Kind = Kind::Entitlement;

/// What an entry is called in Redis.
fn entry(id: i64) -> String {
    format!("nameless:cache:entitlement:{id}")
}

fn until(ms: i64) -> Entitlements {
    Entitlements { premium_until: Some(Millis(ms)), ..Entitlements::default() }
}

/// Waits until an entry holds a value: it is left there after the answer was given.
async fn filled(server: &RedisServer, id: i64) {
    let filled = async {
        while server.command::<Option<Vec<u8>>>(&["GET", &entry(id)]).is_none_or(|held| held[0] != b'V') {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), filled).await.expect("the entry is filled");
}

#[tokio::test]
async fn a_value_is_loaded_once_and_lives_for_its_time() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (node, other) = (Node::new(&server), Node::new(&server));
    let truth = Truth::default();
    // Absence is a value, too.
    for (id, value) in [(1, until(77)), (2, Entitlements::default())] {
        truth.set(id, value);
        assert_eq!(node.get(&truth, id).await, Ok(value));
        filled(&server, id).await;
        for asked in [&node, &other, &other] {
            assert_eq!(asked.get(&truth, id).await, Ok(value));
        }
        assert_eq!(truth.loads(), id as u32, "the second node was told by Redis");
        let lives = Duration::from_millis(server.command::<u64>(&["PTTL", &entry(id)]));
        assert!(lives <= KIND.ttl() && lives > KIND.ttl().mul_f64(0.8), "{lives:?}");
    }
    assert_eq!(node.counts(), [("reads", 4), ("hits", 2), ("misses", 2), ("loads", 2)]);
    assert_eq!(other.counts(), [("reads", 4), ("hits", 4)]);
    // A lease is there for a shorter time, so that a reader who vanishes is not waited for.
    let _: () = server.command(&["DEL", &entry(1)]);
    let gate = Arc::new(Semaphore::new(0));
    let reading = truth.get_slowly(&node.cache, 1, &gate);
    tokio::pin!(reading);
    tokio::select! {
        _ = &mut reading => panic!("it waits at the gate"),
        () = truth.begun(3) => {}
    }
    let lives = server.command::<u64>(&["PTTL", &entry(1)]);
    assert!(lives <= 10_000, "{lives}");
    // Who misses meanwhile reads for themselves.
    assert_eq!(other.get(&truth, 1).await, Ok(until(77)));
    gate.add_permits(1);
    assert_eq!(reading.await, Ok(until(77)));
    filled(&server, 1).await;
}

/// Nobody who reads Redis learns anything, and nobody who writes into it grants anything.
#[tokio::test]
async fn values_are_sealed_and_bound_to_their_entry() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (node, truth) = (Node::new(&server), Truth::default());
    truth.set(1, until(1_234_567_890));
    truth.set(2, Entitlements::default());
    for id in [1, 2] {
        node.get(&truth, id).await.unwrap();
        filled(&server, id).await;
    }
    let held: Vec<u8> = server.command(&["GET", &entry(1)]);
    let text = String::from_utf8_lossy(&held);
    assert!(!text.contains("1234567890") && !text.contains("premium"), "{text}");
    // Another one's premium, and made-up ones.
    let _: () = server.command(&["COPY", &entry(1), &entry(2), "REPLACE"]);
    for forged in [None, Some("V"), Some("V{\"premium_until\":9}"), Some("Vx"), Some("L"), Some("")] {
        if let Some(forged) = forged {
            let _: () = server.command(&["SET", &entry(2), forged]);
        }
        assert_eq!(node.get(&truth, 2).await, Ok(Entitlements::default()), "{forged:?}");
        let _: () = server.command(&["DEL", &entry(2)]);
    }
    let _: () = server.command(&["RPUSH", &entry(2), "x"]);
    assert_eq!(node.get(&truth, 2).await, Ok(Entitlements::default()));
    // A value under another key of the store, and one that an older version wrote.
    let _: () = server.command(&["DEL", &entry(2)]);
    let stranger = patient(&server.url(), 2);
    truth.set(2, until(9));
    truth.get(&stranger, 2).await.unwrap();
    filled(&server, 2).await;
    truth.set(2, until(10));
    assert_eq!(node.get(&truth, 2).await, Ok(until(10)));
    let _: () = server.command(&["DEL", &entry(2)]);
    let older = node.cache.get(KIND, 2, || async { Ok("a text".to_owned()) }).await;
    assert_eq!(older.as_deref(), Ok("a text"));
    filled(&server, 2).await;
    assert_eq!(node.get(&truth, 2).await, Ok(until(10)));
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_share_one_read() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (node, truth, gate) = (Node::new(&server), Truth::default(), Arc::new(Semaphore::new(0)));
    truth.set(1, until(5));
    let all = futures_util::future::join_all((0..50).map(|_| truth.get_slowly(&node.cache, 1, &gate)));
    let (answers, ()) = tokio::join!(all, async {
        truth.begun(1).await;
        gate.add_permits(50);
    });
    assert!(answers.iter().all(|a| *a == Ok(until(5))), "{answers:?}");
    assert_eq!(truth.loads(), 1);
    assert_eq!(node.counts(), [("reads", 50), ("joined", 49), ("misses", 1), ("loads", 1)]);

    // A failure is told to all, and is not kept.
    let failing = Arc::new(AtomicU32::new(0));
    let fails = |id: i64| {
        let failing = failing.clone();
        node.cache.get::<Entitlements, _, _>(KIND, id, move || async move {
            failing.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Err(StoreError::Unavailable("scripted".into()))
        })
    };
    let answers = futures_util::future::join_all((0..20).map(|_| fails(2))).await;
    assert!(answers.iter().all(|a| *a == Err(StoreError::Unavailable("scripted".into()))), "{answers:?}");
    assert_eq!(failing.load(Ordering::SeqCst), 1);
    truth.set(2, until(6));
    assert_eq!(node.get(&truth, 2).await, Ok(until(6)));
}

/// Who began the read may give up, or its read may panic: nobody hangs.
#[tokio::test]
async fn a_reader_that_vanishes_holds_up_nobody() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (node, truth, gate) = (Node::new(&server), Truth::default(), Arc::new(Semaphore::new(0)));
    truth.set(1, until(5));
    {
        let first = truth.get_slowly(&node.cache, 1, &gate);
        tokio::pin!(first);
        tokio::select! {
            _ = &mut first => panic!("it waits at the gate"),
            () = truth.begun(1) => {}
        }
    }
    let second = truth.get_slowly(&node.cache, 1, &gate);
    gate.add_permits(1);
    assert_eq!(second.await, Ok(until(5)));
    assert_eq!(truth.loads(), 1, "the read went on");
    filled(&server, 1).await;

    let (tell, told) = oneshot::channel::<()>();
    let panicking = node.cache.get::<Entitlements, _, _>(KIND, 2, move || async move {
        let _ = told.await;
        panic!("a read that panics")
    });
    let waiting = node
        .cache
        .get::<Entitlements, _, _>(KIND, 2, || async { Err(StoreError::Refused("it shares".into())) });
    let (a, b, ()) = tokio::join!(panicking, waiting, async move { drop(tell) });
    assert!(matches!(a, Err(StoreError::Unavailable(_))) && a == b, "{a:?} {b:?}");
    truth.set(2, until(6));
    assert_eq!(node.get(&truth, 2).await, Ok(until(6)), "the next one reads");
}

/// Asks until Redis answers; every answer is right.
async fn comes_from_redis(cache: &Cache, truth: &Truth, id: i64) {
    let asking = async {
        loop {
            let before = cache.figures().of(KIND).hits.get();
            assert_eq!(truth.get(cache, id).await, Ok(truth.peek(id)));
            if cache.figures().of(KIND).hits.get() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("it is cached");
}

/// Redis gone, silent, or back without anything: answers come from the store, in bounded time.
#[tokio::test]
async fn without_redis_the_store_answers() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let proxy = Proxy::to_port(server.port());
    let url = format!("redis://127.0.0.1:{}", proxy.port()).into();
    let cache = Cache::new(Redis::connect_with(&url, quick()).unwrap(), keys(1));
    let truth = Truth::default();
    truth.set(1, until(5));
    comes_from_redis(&cache, &truth, 1).await;
    for mode in [Mode::BlackHole, Mode::Refuse] {
        proxy.set(mode);
        if mode == Mode::Refuse {
            proxy.reset();
        }
        // Nobody could be told of the change; the store is right all the same.
        truth.set(1, until(6));
        let begun = Instant::now();
        for _ in 0..20 {
            assert_eq!(truth.get(&cache, 1).await, Ok(until(6)));
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{mode:?}: {:?}", begun.elapsed());
        assert!(cache.forget(KIND, 1).await.unwrap_err().is_unavailable());
    }
    server.restart_empty();
    proxy.set(Mode::Pass);
    comes_from_redis(&cache, &truth, 1).await;
    cache.forget(KIND, 1).await.unwrap();
    assert_eq!(server.command::<i64>(&["EXISTS", &entry(1)]), 0);
}

#[tokio::test]
async fn a_cluster_spreads_the_entries_over_its_nodes() {
    let Some(cluster) = RedisCluster::start() else { return };
    let (cache, truth) = (patient(&cluster.url(), 1), Truth::default());
    for id in 1..=60 {
        truth.set(id, until(id));
        assert_eq!(truth.get(&cache, id).await, Ok(until(id)));
    }
    for id in 1..=60 {
        filled(&cluster.nodes[cluster.master_of(&entry(id))], id).await;
        assert_eq!(truth.get(&cache, id).await, Ok(until(id)));
    }
    assert_eq!(truth.loads(), 60);
    for master in &cluster.nodes[..3] {
        let entries: u32 = master.command(&["DBSIZE"]);
        assert!((5..40).contains(&entries), "{entries} of 60 on one of three");
    }
    for id in 1..=60 {
        truth.set(id, until(-id));
        cache.forget(KIND, id).await.unwrap();
        assert_eq!(truth.get(&cache, id).await, Ok(until(-id)));
    }
}
