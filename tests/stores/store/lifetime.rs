//! Expiry, failures, outages.

use super::context::{Context, NOW, account, history};
use crate::support::people::PATIENCE;
use crate::support::postgres::Postgres;
use nameless::store::PgStore;
use nameless_actors::ports::{MapRow, Store, StoreError, Write};
use nameless_domain::ids::{MessageId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::{Account, Avoided, Phase};
use nameless_domain::session::review::ReportReason;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

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
        (0..2_000).map(|n| MapRow { from: Side::B, source: MessageId(n), copy: MessageId(n) }).collect();
    c.write(vec![Write::Mapped { pair: young, at: Millis(5), rows }]).await;

    assert_eq!(c.store.expire(NOW).await.unwrap(), 2_004);
    assert_eq!(c.store.expire(NOW).await.unwrap(), 0);
    assert_eq!(c.sql("SELECT pair_id, source FROM message_map").await, [format!("{}|2", old.0)]);
    assert_eq!(c.sql("SELECT pair_id FROM history").await, [young.0.to_string()]);
    assert_eq!(c.sql("SELECT pair_id FROM pairs").await, [young.0.to_string()]);
    let left = c.store.load(UserId(500)).await.unwrap().unwrap().account.avoid;
    let wanted =
        [Avoided { user: UserId(2), until: Millis::NEVER }, Avoided { user: UserId(4), until: NOW.plus(1) }];
    assert_eq!(left, wanted);
}

/// However much there is: a bot that is used more than it was thought of keeps nothing longer than
/// it says.
pub async fn expiry_goes_on_until_nothing_is_left(c: &mut Context) {
    c.clear().await;
    let chunk = std::mem::replace(&mut c.options.expire_chunk, 2);
    c.store = c.connect(1).await.unwrap();
    let pair = c.open(530, 531, Millis(1)).await;
    let row = |n| MapRow { from: Side::B, source: MessageId(n), copy: MessageId(n) };
    c.write(vec![Write::Mapped { pair, at: Millis(5), rows: (0..451).map(row).collect() }]).await;
    c.write(vec![history(pair, Side::A, 530, 1, NOW.plus(-31 * DAY), "old")]).await;
    // What was said is not counted where its whole month goes.
    let gone = c.store.expire(NOW).await.unwrap();
    assert!([451, 452].contains(&gone), "{gone}");
    let left = "SELECT (SELECT count(*) FROM message_map) + (SELECT count(*) FROM history)";
    assert_eq!(c.sql(left).await, ["0"]);
    c.options.expire_chunk = chunk;
    c.store = c.connect(1).await.unwrap();
}

/// Reports go after a year with their evidence, whatever became of them, and ratings do.
pub async fn reports_and_ratings_go_after_a_year(c: &mut Context) {
    c.clear().await;
    let year = 365 * DAY;
    let mut pairs = Vec::new();
    for (n, age) in [(540, year + 1), (542, year)] {
        let pair = c.open(n, n + 1, NOW.plus(-age)).await;
        let (by, of, at) = (UserId(n), UserId(n + 1), NOW.plus(-age));
        c.write(vec![
            history(pair, Side::B, n + 1, 1, at, "evidence"),
            Write::Reported { pair, by, of, reason: ReportReason::Abuse, at },
            Write::Reported { pair, by: of, of: by, reason: ReportReason::Spam, at },
            Write::Rated { pair, by, of, up: false, at },
        ])
        .await;
        pairs.push(pair.0);
    }
    c.sql("UPDATE reports SET status = 'closed' WHERE reason = 'spam'").await;
    // Two reports, a rating, and a message of each pair.
    assert_eq!(c.store.expire(NOW).await.unwrap(), 3 + 2);
    let left = pairs[1].to_string();
    assert_eq!(c.sql("SELECT DISTINCT pair_id FROM reports").await, std::slice::from_ref(&left));
    assert_eq!(c.sql("SELECT pair_id FROM ratings").await, [left]);
    assert_eq!(c.sql("SELECT count(*) FROM report_evidence").await, ["2"]);
}

/// Erasing is no way around the day in which somebody who is not 18 is not asked again.
pub async fn who_was_turned_away_is_known_until_the_day_is_over(c: &mut Context) {
    c.clear().await;
    let since = NOW.plus(-HOUR);
    let underage = Phase::Underage { since };
    let young = |user| Account { phase: underage, ..Account::new(UserId(user), Lang::Ru, NOW) };
    c.write(vec![Write::Account(Box::new(young(550))), Write::Account(Box::new(account(551, 1)))]).await;
    for user in [550, 551, 550] {
        c.write(vec![Write::Erase { user: UserId(user) }]).await;
    }
    assert_eq!(c.sql("SELECT count(*) FROM accounts").await, ["0"]);
    assert_eq!(c.sql("SELECT since FROM turned_away").await, [since.0.to_string()]);
    let users = [551, 550, 552, 550].map(UserId).to_vec();
    let loaded = c.store.load_users(users.clone()).await.unwrap();
    let phases: Vec<_> = loaded.into_iter().map(|l| l.map(|l| (l.account.user.0, l.account.phase))).collect();
    assert_eq!(phases, [None, Some((550, underage)), None, Some((550, underage))]);
    // What is kept does not name them, and is another hash than the one that is kept of everybody
    // who erased themselves.
    let named = "SELECT count(*) FROM turned_away t WHERE user_hash IN (SELECT user_hash FROM erasures)
        OR position(decode('0000000000000226', 'hex') IN user_hash) > 0";
    assert_eq!(c.sql(named).await, ["0"]);

    assert_eq!(c.store.expire(since.plus(DAY - 1)).await.unwrap(), 0);
    assert!(c.store.load(UserId(550)).await.unwrap().is_some());
    assert_eq!(c.store.expire(since.plus(DAY)).await.unwrap(), 1);
    assert!(c.store.load(UserId(550)).await.unwrap().is_none());
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
    // Its end may be noticed by the first one that uses it.
    answers(&c.store).await;

    server.stop();
    let failed = c.store.write(vec![Write::Account(Box::new(account(520, 2)))].into()).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    let failed = c.store.load(UserId(520)).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    // Known to be away: nobody waits any more, and the answer says so.
    for _ in 0..100 {
        let failed = c.store.load(UserId(520)).await;
        assert!(
            matches!(&failed, Err(StoreError::Unavailable(text)) if text.contains("probed")),
            "{failed:?}"
        );
    }
    assert!(revived.load(Ordering::Relaxed) > 0, "a private cluster's server would have been started again");

    server.start_again();
    answers(&c.store).await;
    assert_eq!(c.store.load(UserId(520)).await.unwrap().unwrap().account.applied, Seq(1));
}

/// Waits until the database answers.
async fn answers(store: &PgStore) {
    let answered = async {
        // A store that knows that it is away fails at once, and lets others have their turn.
        while store.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.expect("the database answers again");
}
