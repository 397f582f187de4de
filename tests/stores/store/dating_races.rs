//! Cards that are dealt at the moment at which somebody erases themselves, and cards that are
//! looked at again.

use super::context::Context;
use super::dating::{card, joins, known};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// What an erasure does that matters here, in its order.
const LOCK: &str = "BEGIN; SELECT FROM accounts WHERE user_id = 7811 FOR UPDATE";
const REST: &str = "DELETE FROM dating_cards WHERE viewer = 7811 OR other = 7811;
    DELETE FROM dating_profiles WHERE user_id = 7811; DELETE FROM accounts WHERE user_id = 7811; COMMIT";
/// Somebody waits for what this connection holds.
const IS_WAITED_FOR: &str =
    "SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))";

/// PostgreSQL tells of a lock that is waited for only who asks.
async fn is_waited_for(holder: &Client, what: &str) {
    let waits = async {
        while holder.query(IS_WAITED_FOR, &[]).await.expect("asked").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect(what);
}

/// Guard: the accounts that are locked before cards are made (`put` in `deal.rs`).
pub async fn cards_that_are_dealt_beside_an_erasure_do_not_outlive_it(c: &mut Context) {
    for (user, gender, wants) in
        [(7_810, Gender::Female, 0b010), (7_811, Gender::Male, 0b001), (7_812, Gender::Male, 0b001)]
    {
        joins(c, user, known(gender, wants), ("24.03.1998", "Barnaul")).await;
    }
    let (erasing, connection) = tokio_postgres::connect(&c.url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    erasing.batch_execute(LOCK).await.expect("locked");
    let store = c.store.clone();
    let dealing = tokio::spawn(async move { store.dating_deal(UserId(7_810), Windows::default()).await });
    is_waited_for(&erasing, "the deal waits for the erasure").await;
    erasing.batch_execute(REST).await.expect("erased");
    assert_eq!(dealing.await.expect("no panic").expect("dealt"), 1, "of who is there still");
    assert_eq!(c.sql("SELECT other FROM dating_cards WHERE viewer = 7810").await, ["7812"]);
}

/// The first cards of somebody are dealt in the background as their profile begins, and they may
/// look while that goes on. Guard: the second look where nothing was left to deal.
pub async fn who_looks_while_cards_are_dealt_sees_them(c: &mut Context) {
    for (user, gender, wants) in [(7_813, Gender::Female, 0b010), (7_814, Gender::Male, 0b001)] {
        joins(c, user, known(gender, wants), ("24.03.1998", "Kursk")).await;
    }
    let (dealing, connection) = tokio_postgres::connect(&c.url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    dealing
        .batch_execute("BEGIN; SELECT FROM accounts WHERE user_id = 7813 FOR UPDATE")
        .await
        .expect("locked");
    let store = c.store.clone();
    let looking =
        tokio::spawn(async move { store.dating_draw_card(UserId(7_813), Windows::default()).await });
    is_waited_for(&dealing, "who looks waits for the deal").await;
    let deal =
        "INSERT INTO dating_cards (viewer, token, other, place, made) VALUES (7813, 5, 7814, 1, 0); COMMIT";
    dealing.batch_execute(deal).await.expect("dealt");
    let seen = looking.await.expect("no panic").expect("looked");
    assert_eq!(seen, Some((Token(5), UserId(7_814))));
}

/// Rows as they were written last.
const WRITTEN: &str = "SELECT ctid, xmin, served IS NULL FROM dating_cards WHERE viewer = 7815
    UNION ALL SELECT ctid, xmin, NULL FROM dating_profiles WHERE user_id = 7815 ORDER BY 3, 1";

/// Guards: what is noted of a look at cards (`Note`), and that they lie open from then on.
pub async fn who_looks_at_a_card_again_writes_nothing(c: &mut Context) {
    for (user, gender, wants) in
        [(7_815, Gender::Female, 0b010), (7_816, Gender::Male, 0b001), (7_817, Gender::Male, 0b001)]
    {
        joins(c, user, known(gender, wants), ("24.03.1998", "Bryansk")).await;
    }
    let first = card(c, 7_815).await.expect("a card");
    let written = c.sql(WRITTEN).await;
    assert_eq!(written.iter().filter(|row| row.ends_with("|f")).count(), 1, "one lies open: {written:?}");
    for _ in 0..3 {
        assert_eq!(card(c, 7_815).await, Some(first), "the same until something is said of it");
    }
    assert_eq!(c.sql(WRITTEN).await, written);
    // Away for a while: that they are here again is noted, and no card is touched.
    c.sql("UPDATE dating_profiles SET active = active - 700000 WHERE user_id = 7815").await;
    assert_eq!(card(c, 7_815).await, Some(first));
    let is_here = "SELECT active > (extract(epoch FROM now()) * 1000)::bigint - 300000 FROM dating_profiles
        WHERE user_id = 7815";
    assert_eq!(c.sql(is_here).await, ["t"]);
    // Whoever may not be shown any more is taken out of the queue, and the next one lies open.
    c.sql(&format!("UPDATE dating_profiles SET standing = 'paused' WHERE user_id = {}", first.1.0)).await;
    let second = card(c, 7_815).await.expect("the other card");
    assert_ne!(second.1, first.1);
    assert_eq!(
        c.sql("SELECT other, served IS NOT NULL FROM dating_cards WHERE viewer = 7815 AND answered IS NULL")
            .await,
        [format!("{}|t", second.1.0)]
    );
}

/// Guard: `seen` in `row.rs`, which is told of cards whose people are gone.
pub async fn a_card_of_nobody_is_dropped_and_hides_no_other(c: &mut Context) {
    for (user, gender, wants) in [(7_818, Gender::Female, 0b010), (7_819, Gender::Male, 0b001)] {
        joins(c, user, known(gender, wants), ("24.03.1998", "Vologda")).await;
    }
    assert_eq!(c.store.dating_deal(UserId(7_818), Windows::default()).await.expect("dealt"), 1);
    // More of them before it than are looked at first.
    c.sql(
        "UPDATE dating_cards SET place = 50 WHERE viewer = 7818;
        INSERT INTO dating_cards (viewer, token, other, place, made)
            SELECT 7818, n, 7000000000 + n, n, 0 FROM generate_series(1, 10) n",
    )
    .await;
    assert_eq!(card(c, 7_818).await.map(|(_, who)| who), Some(UserId(7_819)));
    assert_eq!(c.sql("SELECT other FROM dating_cards WHERE viewer = 7818").await, ["7819"]);
}
