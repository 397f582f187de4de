//! Prices of crowding: the oldest first, by whichever process goes on, and of whom they are learnt.

use super::context::Context;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{BotId, UserId};

const NOW: &str = "(extract(epoch FROM now()) * 1000)::bigint";

/// People who all fit each other, of this bot, who were here last at a moment.
fn people(from: i64, to: i64, bot: i16, active: &str) -> String {
    format!(
        "INSERT INTO dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell,
            interests, goal, sealed, asked, since, active, bot, priced)
        SELECT u, 'shown', '1996-02-01', 2, 7, 18, 99, 4, 1000000, 7, 1, 'x', 0, 0, {active}, {bot}, 0
        FROM generate_series({from}, {to}) u"
    )
}

async fn all_are_new(c: &mut Context) {
    c.sql(&format!("UPDATE dating_profiles SET priced = {NOW}")).await;
}

async fn price(c: &Context, user: i64) -> f32 {
    c.store.dating_price(UserId(user)).await.unwrap().expect("a profile")
}

/// Guards: `ORDER BY p.priced`, `SKIP LOCKED`, and that a step is kept by itself.
pub async fn the_oldest_prices_are_learnt_first_and_another_goes_on(c: &mut Context) {
    all_are_new(c).await;
    c.sql(&people(6_400, 6_459, 0, NOW)).await;
    let first = c.store.dating_prices().await.unwrap();
    assert_eq!((first.people, first.due), (50, 50));
    // By another process from now on: this asks with a store of its own.
    let left = "SELECT count(*) FROM dating_profiles WHERE priced = 0 AND user_id BETWEEN 6400 AND 6459";
    assert_eq!(c.sql(left).await, ["10"]);
    assert_eq!(c.store.dating_prices().await.unwrap().due, 10);
    assert_eq!(c.store.dating_prices().await.unwrap().due, 0, "it is not time for anybody");
    assert!(price(c, 6_400).await < 0.0, "of people who are sought after");
    // Two beside each other do each of them once.
    c.sql("UPDATE dating_profiles SET priced = 0 WHERE user_id BETWEEN 6400 AND 6459").await;
    let mut due = 0;
    loop {
        let (one, other) = tokio::join!(c.store.dating_prices(), c.store.dating_prices());
        match one.unwrap().due + other.unwrap().due {
            0 => break,
            more => due += more,
        }
    }
    assert_eq!(due, 60);
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 6400 AND 6459").await;
}

/// Those of others, however many were here since, are none whom they could meet. Guard:
/// `SOME_APART`.
pub async fn prices_of_a_small_crowd_are_learnt_from_its_own(c: &mut Context) {
    let bots = c.store.bots(vec![700, 900]).await.unwrap();
    assert_eq!(bots, [BotId(0), BotId(1)]);
    c.sql(&people(6_500, 6_899, 0, NOW)).await;
    all_are_new(c).await;
    c.sql(&people(6_400, 6_401, 1, "0")).await;
    c.store.share_bots(Crowds::apart(&[vec![BotId(0)], vec![BotId(1)]])).await.unwrap();
    assert_eq!(c.store.dating_prices().await.unwrap().due, 2);
    assert!(price(c, 6_400).await < 0.0 && price(c, 6_401).await < 0.0, "they see each other");
    c.store.share_bots(Crowds::default()).await.unwrap();
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 6400 AND 6899").await;
}

/// One profile that cannot be read has no price, and nobody else is without theirs. Guards:
/// `readable`, `SET_ASIDE`.
pub async fn a_profile_that_cannot_be_read_holds_up_no_price(c: &mut Context) {
    all_are_new(c).await;
    c.sql(&people(6_400, 6_402, 0, NOW)).await;
    c.sql("UPDATE dating_profiles SET to_age = 300 WHERE user_id = 6401").await;
    assert_eq!(c.store.dating_prices().await.unwrap().due, 3);
    let passes = "SELECT passes FROM dating_profiles WHERE user_id BETWEEN 6400 AND 6402 ORDER BY user_id";
    assert_eq!(c.sql(passes).await, ["1", "0", "1"]);
    assert_eq!(c.store.dating_prices().await.unwrap().due, 0, "it is set aside");
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 6400 AND 6402").await;
}
