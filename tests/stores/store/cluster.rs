//! Nodes, partitions, the shared journal's table, and the fence before every write.

use super::context::{Context, account};
use nameless::cluster::partition::Partition;
use nameless::store::PgStore;
use nameless::store::inbox::{InboxBatch, InboxEntry};
use nameless_actors::ports::{Store, StoreError, Write};
use nameless_domain::ids::{MessageId, Seq, UserId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const TTL: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(10);
const LAST: Seq = Seq(i64::MAX as u64);

fn entry(update_id: i64, partition: u8, seq: u64) -> InboxEntry {
    InboxEntry { update_id, partition: Partition(partition), seq: Seq(seq), raw: "{\"a\":1}".into() }
}

pub async fn partitions_change_hands_with_growing_tokens(c: &Context) {
    let store = &c.store;
    let slots = [
        store.register_node(1, "one", TTL).await.unwrap(),
        store.register_node(2, "two", TTL).await.unwrap(),
    ];
    assert_eq!(slots, [Some(0), Some(1)]);
    let first = store.claim_partitions(1, 200).await.unwrap();
    let second = store.claim_partitions(2, 200).await.unwrap();
    assert_eq!((first.len(), second.len()), (200, 56), "each belongs to one");
    assert!(first.iter().all(|(p, _)| second.iter().all(|(q, _)| p != q)));
    let highest = first.iter().chain(&second).map(|(_, token)| *token).max().unwrap();
    store.release_partitions(1, i64::MAX, vec![first[0].0]).await.unwrap();
    let again = store.claim_partitions(2, 9).await.unwrap();
    assert!(again.len() == 1 && again[0].0 == first[0].0 && again[0].1 > highest, "{again:?}");
    // A release that arrives after the node has taken the partition again is void.
    let retaken = store.retake_partitions(1, vec![first[0].0, first[1].0]).await.unwrap();
    assert!(
        retaken.len() == 1 && retaken[0].0 == first[1].0,
        "what another has is not taken back: {retaken:?}"
    );
    store.release_partitions(1, highest, vec![first[1].0]).await.unwrap();
    let owned = store.owned_partitions(1).await.unwrap();
    assert!(owned.len() == 199 && owned.contains(&retaken[0]), "{owned:?}");

    let held = store.take_polling(42, 1, "one").await.unwrap();
    assert_eq!((held.node, held.name.as_str()), (1, "one"));
    assert_eq!(store.take_polling(42, 2, "two").await.unwrap(), held, "as long as the holder lives");
    // Only one whose lease is past is removed; what it had is free then.
    assert!(!store.remove_node(1).await.unwrap());
    assert_eq!(store.renew_node(1, Duration::ZERO).await.unwrap().map(|millis| millis > 0), Some(true));
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(store.expired_nodes(2).await.unwrap(), [(1, "one".to_owned())]);
    assert!(store.remove_node(1).await.unwrap());
    assert_eq!(store.renew_node(1, TTL).await.unwrap(), None);
    let taken = store.take_polling(42, 2, "two").await.unwrap();
    assert!(taken.node == 2 && taken.token > held.token);
    assert_eq!(store.node_shares().await.unwrap().len(), 1);
    assert_eq!(store.claim_partitions(2, 256).await.unwrap().len(), 199);
    store.node_leaves(2).await.unwrap();
}

pub async fn the_inbox_keeps_what_is_not_done(c: &Context) {
    let store = &c.store;
    let write = |batch: InboxBatch| store.write_inbox(Arc::new(batch), LIMIT);
    let entries = vec![entry(10, 5, 100), entry(11, 5, 101), entry(12, 6, 102)];
    write(InboxBatch { entries: entries.clone(), ..InboxBatch::default() }).await.unwrap();
    write(InboxBatch {
        // Again, at another position: the first counts (I3).
        entries: vec![entry(10, 5, 900)],
        // All so far, each time.
        sent: vec![(11, vec![MessageId(7)]), (11, vec![MessageId(7), MessageId(8)])],
        // One of them before it was accepted, as far as the table knows.
        done: vec![(12, Partition(6), Seq(102)), (13, Partition(6), Seq(103))],
    })
    .await
    .unwrap();
    // Repeated, and late: the longer list is the later one.
    let sent = vec![(11, vec![MessageId(7)])];
    write(InboxBatch { entries: vec![entry(13, 6, 103)], sent, ..InboxBatch::default() }).await.unwrap();
    let both = vec![Partition(5), Partition(6)];
    let open = |known: Vec<i64>, before| store.unfinished(both.clone(), Duration::ZERO, known, before);
    let found = open(Vec::new(), LAST).await.unwrap();
    let seen: Vec<_> = found.iter().map(|u| (u.entry.update_id, u.entry.seq.0, u.attempts)).collect();
    assert_eq!(seen, [(10, 100, 1), (11, 101, 1)]);
    assert_eq!(found[1].sent, Some(vec![MessageId(7), MessageId(8)]));
    assert_eq!(&*found[0].entry.raw, "{\"a\":1}");
    // What is known, and what stands behind, is not counted as taken up.
    assert_eq!(open(vec![10], Seq(101)).await.unwrap().len(), 0);
    assert_eq!(open(vec![10], LAST).await.unwrap()[0].attempts, 2);
    // What was not at hand when its owner ended is innocent.
    store.count_attempts(vec![10, 11, 12], -1).await.unwrap();
    store.count_attempts(vec![11], 1).await.unwrap();
    let attempts: Vec<_> =
        open(Vec::new(), LAST).await.unwrap().iter().map(|u| (u.entry.update_id, u.attempts)).collect();
    assert_eq!(attempts, [(10, 1), (11, 3)]);
    let mut done = store.seen_updates(both.clone()).await.unwrap();
    done.sort_unstable();
    assert_eq!(done, [12, 13]);
    assert!(store.has_entry(Partition(6), Seq(103)).await.unwrap());
}

/// Rows of what is done go after an hour; the ids stay known for 48, a bit each, for whoever takes
/// over.
pub async fn ids_outlive_their_rows(c: &mut Context) {
    let done = |ids: Vec<i64>| {
        let done = ids.into_iter().map(|id| (id, Partition(9), Seq(id.unsigned_abs()))).collect();
        Arc::new(InboxBatch { done, ..InboxBatch::default() })
    };
    let known = async |store: &PgStore, id: i64, ago| {
        let (block, at) = (id.div_euclid(4_096), id.rem_euclid(4_096) as usize);
        let blocks = store.seen_blocks(ago).await.unwrap();
        blocks.iter().any(|(no, bits)| *no == block && bits[at / 8] & (1 << (at % 8)) != 0)
    };
    // The last but one is what a node told another, the last an operator's wish for a dead letter.
    let wish = i64::MIN + 70_002;
    c.store.write_inbox(done(vec![70_000, 70_001, 4_000_000_000, -70_002, wish]), LIMIT).await.unwrap();
    c.sql("UPDATE inbox SET accepted = now() - interval '2 hours' WHERE partition = 9").await;
    assert_eq!(c.store.expire_inbox(60).await.unwrap(), 5);
    // Into a block that is there.
    c.store.write_inbox(done(vec![70_003]), LIMIT).await.unwrap();
    c.sql("UPDATE inbox SET accepted = now() - interval '2 hours' WHERE partition = 9").await;
    assert_eq!(c.store.expire_inbox(60).await.unwrap(), 1);
    assert!(c.store.seen_updates(vec![Partition(9)]).await.unwrap().is_empty(), "the rows are gone");
    for id in [70_000, 70_001, 70_003, 4_000_000_000, wish] {
        assert!(known(&c.store, id, None).await, "{id}");
    }
    for id in [70_002, 70_004, -70_002] {
        assert!(!known(&c.store, id, None).await, "{id}");
    }
    c.sql("UPDATE inbox_seen SET touched = now() - interval '47 hours'").await;
    assert!(!known(&c.store, 70_000, Some(Duration::ZERO)).await, "read before");
    c.store.expire_inbox(60).await.unwrap();
    assert!(known(&c.store, 70_000, None).await, "47 hours later");
    c.sql("UPDATE inbox_seen SET touched = now() - interval '49 hours'").await;
    c.store.expire_inbox(60).await.unwrap();
    assert!(!known(&c.store, 70_000, None).await, "49 hours later");
    let plan = c.sql("SET enable_seqscan = off; EXPLAIN SELECT update_id FROM inbox WHERE partition = ANY('{1,2}') AND done");
    let plan = plan.await.join(" ");
    assert!(plan.contains("inbox_done"), "taking over reads along an index: {plan}");
}

/// I15. Guard: the lock of the node's row before each write. Afterwards this store writes nothing
/// more.
pub async fn a_removed_node_writes_nothing(c: &Context) {
    let store = &c.store;
    store.register_node(9, "nine", Duration::ZERO).await.unwrap();
    let lost = Arc::new(AtomicU32::new(0));
    let told = lost.clone();
    store.fence(9, move || _ = told.fetch_add(1, Ordering::SeqCst));
    // Past, but nobody has removed it: its users live here still.
    store.write(vec![Write::Account(Box::new(account(900, 1)))].into()).await.expect("a write");
    assert!(store.remove_node(9).await.unwrap());
    let refused = store.write(vec![Write::Account(Box::new(account(901, 1)))].into()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let batch = InboxBatch { entries: vec![entry(99, 1, 999)], ..InboxBatch::default() };
    assert!(store.write_inbox(Arc::new(batch), LIMIT).await.is_err());
    assert_eq!(lost.load(Ordering::SeqCst), 2, "the process is told to end");
    assert!(store.load(UserId(900)).await.unwrap().is_some());
    assert!(store.load(UserId(901)).await.unwrap().is_none());
}
