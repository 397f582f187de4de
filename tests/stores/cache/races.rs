//! Changes beside reads: what was read before a change is never left in Redis after it.

use super::context::{Node, Truth};
use super::{KIND, entry, until};
use crate::support::redis::RedisServer;
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::random::Random;
use nameless_domain::time::Millis;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Guard: the lease in `fill.lua`. A reader has loaded the old value; the writer changes it and
/// removes the entry; only then does the reader come to leave what it has.
#[tokio::test]
async fn what_a_change_has_overtaken_is_not_kept() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (reader, writer) = (Node::new(&server), Node::new(&server));
    for (id, between) in [(1, false), (2, true)] {
        let (truth, gate) = (Truth::default(), Arc::new(Semaphore::new(0)));
        truth.set(id, until(1));
        let reading = truth.get_slowly(&reader.cache, id, &gate);
        let changing = async {
            truth.begun(1).await;
            truth.set(id, until(2));
            writer.cache.forget(KIND, id).await.expect("Redis is there");
            if between {
                // Somebody who comes after the change has left a lease, or the new value, in the
                // place of the old one.
                assert_eq!(writer.get(&truth, id).await, Ok(until(2)));
            }
            gate.add_permits(1);
        };
        let (read, ()) = tokio::join!(reading, changing);
        assert_eq!(read, Ok(until(1)), "it asked before the change");
        // What it leaves, it leaves after its answer.
        refused(&reader, id as u64).await;
        for node in [&reader, &writer, &Node::new(&server)] {
            assert_eq!(node.get(&truth, id).await, Ok(until(2)), "stale for as long as the entry lives");
        }
    }
}

async fn refused(node: &Node, fills: u64) {
    let refused = async {
        while node.cache.figures().of(KIND).fills_refused.get() < fills {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), refused).await.expect("the stale value is refused");
}

/// On its own process a change is seen by every question that comes after it, also while an older
/// one is under way.
#[tokio::test]
async fn who_asks_after_a_change_does_not_share_a_read_from_before() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (node, truth, gate) = (Node::new(&server), Truth::default(), Arc::new(Semaphore::new(0)));
    truth.set(1, until(1));
    let reading = truth.get_slowly(&node.cache, 1, &gate);
    let after = async {
        truth.begun(1).await;
        truth.set(1, until(2));
        node.cache.forget(KIND, 1).await.expect("Redis is there");
        let read = node.get(&truth, 1).await;
        gate.add_permits(1);
        read
    };
    let (before, after) = tokio::join!(reading, after);
    assert_eq!((before, after), (Ok(until(1)), Ok(until(2))));
}

/// Random reads and changes on three nodes. The versions of a value grow; a read must bring at
/// least the version whose removal from the cache was over when the read began. `NAMELESS_SEED`
/// repeats a run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_is_older_than_the_last_change_before_it() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let seed = std::env::var("NAMELESS_SEED").ok().and_then(|s| s.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(()) | 1);
    println!("NAMELESS_SEED={seed}");
    const ENTRIES: i64 = 3;
    let truth = Truth::default();
    // Per entry: the newest version that every read from now on must see.
    let settled: Arc<Vec<AtomicI64>> = Arc::new((0..ENTRIES).map(|_| AtomicI64::new(0)).collect());
    let nodes: Vec<Arc<Node>> = (0..3).map(|_| Arc::new(Node::new(&server))).collect();
    let mut tasks = Vec::new();
    for (n, node) in nodes.iter().enumerate() {
        // One reader a node: on another process a read may share an older one that is under way.
        let (node, truth, settled) = (node.clone(), truth.clone(), settled.clone());
        let mut random = Random::new(seed.wrapping_add(n as u64 * 7_919));
        tasks.push(tokio::spawn(async move {
            for _ in 0..1_500 {
                let id = random.below(ENTRIES as u64) as i64;
                let least = settled[id as usize].load(Ordering::SeqCst);
                let (slow, truth) = (random.below(4), truth.clone());
                let load = move || async move {
                    let value = truth.peek(id);
                    for _ in 0..slow * 8 {
                        tokio::task::yield_now().await;
                    }
                    Ok(value)
                };
                let read: Entitlements = node.cache.get(KIND, id, load).await.expect("the store answers");
                let version = read.premium_until.map_or(0, |v| v.0);
                assert!(version >= least, "entry {id} on node {n}: {version} after {least}; seed {seed}");
            }
        }));
    }
    // One writer an entry, each time from another node.
    for id in 0..ENTRIES {
        let (nodes, truth, settled) = (nodes.clone(), truth.clone(), settled.clone());
        let mut random = Random::new(seed.wrapping_add(id as u64 * 104_729 + 1));
        tasks.push(tokio::spawn(async move {
            for version in 1..=300 {
                truth.set(
                    id,
                    Entitlements {
                        premium_until: Some(Millis(version)),
                        paid_until: None,
                        tried: false,
                        messages: 0,
                        asks_until: None,
                    },
                );
                let node = &nodes[random.below(3) as usize];
                node.cache.forget(KIND, id).await.expect("Redis is there");
                settled[id as usize].store(version, Ordering::SeqCst);
                for _ in 0..random.below(40) {
                    tokio::task::yield_now().await;
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("no stale read");
    }
    let sum = |name| -> u64 {
        nodes.iter().flat_map(|n| n.counts()).filter(|(n, _)| *n == name).map(|(_, value)| value).sum()
    };
    println!("hits {}, loads {}, refused {}", sum("hits"), sum("loads"), sum("fills_refused"));
    assert!(sum("hits") > 0 && sum("loads") > 0, "it was a cache");
    let left = server.command::<Vec<String>>(&["KEYS", "*"]);
    assert!(left.iter().all(|key| (0..ENTRIES).any(|id| *key == entry(id))), "{left:?}");
}
