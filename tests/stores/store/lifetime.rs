//! Expiry, failures, outages.

use super::context::{Context, NOW, account, history};
use crate::support::postgres::Postgres;
use nameless_actors::ports::{MapRow, Store, StoreError, Write};
use nameless_domain::ids::{MessageId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::Avoided;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

pub async fn what_is_past_its_time_goes(c: &mut Context) {
    c.clear().await;
    let old = c.open(500, 501, Millis(1)).await;
    let young = c.open(502, 503, Millis(1)).await;
    let row = |n| vec![MapRow { from: Side::A, source: MessageId(n), copy: MessageId(n) }];
    let mut hermit = account(500, 1);
    hermit.avoid = vec![
        Avoided { user: UserId(1), until: NOW.plus(-1) },
        Avoided { user: UserId(2), until: Millis::NEVER },
        Avoided { user: UserId(3), until: NOW },
        Avoided { user: UserId(4), until: NOW.plus(1) },
    ];
    c.write(vec![
        Write::Mapped { pair: old, at: NOW.plus(-48 * HOUR - 1), rows: row(1) },
        Write::Mapped { pair: old, at: NOW.plus(-48 * HOUR), rows: row(2) },
        history(old, Side::A, 500, 1, NOW.plus(-30 * DAY - 1), "old"),
        history(young, Side::A, 502, 1, NOW.plus(-30 * DAY), "young"),
        Write::EndPair { pair: old, at: NOW.plus(-30 * DAY - 1), cause: EndCause::Next },
        Write::Account(Box::new(hermit)),
    ])
    .await;
    // More than one chunk.
    let rows =
        (0..12_000).map(|n| MapRow { from: Side::B, source: MessageId(n), copy: MessageId(n) }).collect();
    c.write(vec![Write::Mapped { pair: young, at: Millis(5), rows }]).await;

    assert_eq!(c.store.expire(NOW).await.unwrap(), 12_004);
    assert_eq!(c.store.expire(NOW).await.unwrap(), 0);
    assert_eq!(c.sql("SELECT pair_id, source FROM message_map").await, [format!("{}|2", old.0)]);
    assert_eq!(c.sql("SELECT pair_id FROM history").await, [young.0.to_string()]);
    assert_eq!(c.sql("SELECT pair_id FROM pairs").await, [young.0.to_string()]);
    let left = c.store.load(UserId(500)).await.unwrap().unwrap().account.avoid;
    let wanted =
        [Avoided { user: UserId(2), until: Millis::NEVER }, Avoided { user: UserId(4), until: NOW.plus(1) }];
    assert_eq!(left, wanted);
}

pub async fn a_refused_batch_leaves_nothing(c: &Context) {
    let pair = c.open(510, 511, NOW).await;
    let end = Write::EndPair { pair, at: NOW, cause: EndCause::Next };
    let bad = Write::Account(Box::new(account(510, u64::MAX)));
    let refused = c.store.write(vec![end.clone(), bad].into()).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert!(c.store.load_pair(pair, 1).await.unwrap().live.is_some(), "nothing of the batch was written");

    // Refused by the server: its detail would quote the row.
    let mut bad = account(512, 1);
    bad.avoid = vec![Avoided { user: UserId(987_654), until: NOW }];
    bad.created = Millis(5);
    let dup = |update_id| Write::DeadLetter {
        seq: Seq(u64::MAX),
        update_id,
        user: UserId(512),
        at: NOW,
        error: "e".into(),
        raw: "{}".into(),
    };
    let refused = c.store.write(vec![Write::Account(Box::new(bad)), dup(1)].into()).await;
    assert!(matches!(&refused, Err(StoreError::Refused(text)) if !text.contains("987654")), "{refused:?}");
    assert!(c.store.load(UserId(512)).await.unwrap().is_none());
    c.write(vec![end]).await;
    c.write(vec![]).await;
    c.store.ping().await.unwrap();
}

pub async fn a_wrong_key_is_refused(c: &mut Context) {
    c.store.close().await;
    assert!(matches!(c.store.ping().await, Err(StoreError::Unavailable(_))), "closed");
    match c.connect(2).await {
        Err(StoreError::Refused(text)) => assert!(text.contains("does not fit"), "{text}"),
        other => panic!("{:?}", other.map(|_| "connected")),
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    c.store = c.connect(1).await.unwrap();
    c.store.ping().await.unwrap();
}

/// The server goes away and comes back: errors are quick and of the right kind, then all is well.
pub async fn outage(c: &mut Context, server: &mut Postgres) {
    let revived = Arc::new(AtomicU32::new(0));
    let counter = revived.clone();
    c.options.revive = Some(Arc::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    c.store = c.connect(1).await.unwrap();
    c.write(vec![Write::Account(Box::new(account(520, 1)))]).await;
    // A connection that the server closes under us.
    server.psql(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nameless'",
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    c.store.ping().await.expect("another connection is made");

    server.stop();
    let began = Instant::now();
    let failed = c.store.write(vec![Write::Account(Box::new(account(520, 2)))].into()).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    let failed = c.store.load(UserId(520)).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    // Known to be away: nobody waits any more.
    let began = Instant::now();
    for _ in 0..100 {
        let failed = c.store.load(UserId(520)).await;
        assert!(
            matches!(&failed, Err(StoreError::Unavailable(text)) if text.contains("probed")),
            "{failed:?}"
        );
    }
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());

    assert!(revived.load(Ordering::Relaxed) > 0, "a private cluster's server would have been started again");

    server.start_again();
    let until = Instant::now() + Duration::from_secs(10);
    while c.store.ping().await.is_err() {
        assert!(Instant::now() < until, "still down");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(c.store.load(UserId(520)).await.unwrap().unwrap().account.applied, Seq(1));
}
