//! Premium by card that renews: charged again by a job, once a period, until it is switched off.

use super::billing::{known, right, until};
use super::context::Context;
use nameless::capabilities::billing::{Paid, Returned};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::billing::{Event, GRACE_MS, Kind, Kopecks, Price, Product};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};

const USER: UserId = UserId(840);
const AMOUNT: i64 = 34_900;

async fn order(c: &Context, seq: u64) -> String {
    let price = Kopecks::new(AMOUNT).expect("a price");
    let (id, kind) = ("always", Kind::Monthly);
    let product =
        Product { id, kind, amount: 30, good: None, stars: None, kopecks: Some(price), title: "", about: "" };
    let opened = c.store.open_order((USER, None), Seq(seq), product, Price::Kopecks(price)).await;
    opened.unwrap().expect("an order")
}

async fn pays(c: &Context, id: &str, order: &str, method: Option<&str>) {
    let price = Kopecks::new(AMOUNT).expect("a price");
    let paid = Paid { id: id.into(), order: order.into(), price, method: method.map(str::to_owned) };
    c.store.settle_card(paid).await.unwrap();
}

async fn paid_until(c: &mut Context, order: &str) -> Millis {
    let sql = format!("SELECT paid_until FROM subscriptions WHERE order_id = '{order}'");
    Millis(c.sql(&sql).await[0].parse().unwrap())
}

async fn due(c: &Context, now: Millis) -> usize {
    c.store.renew_due("again".into(), now).await.unwrap()
}

/// Guards: the key of a renewal, one attempt at a time, the switch, the consent.
pub async fn a_card_renews_until_it_is_switched_off(c: &mut Context) {
    c.clear().await;
    known(c, USER.0).await;
    let id = order(c, 1).await;
    pays(c, "r-1", &id, Some("card-1")).await;
    let first = paid_until(c, &id).await;
    assert_eq!(until(c, USER.0).await, Some(first.plus(GRACE_MS)));
    assert_eq!(due(c, first.plus(-2 * DAY_MS)).await, 0, "not yet");
    let soon = first.plus(-DAY_MS + 1);
    assert_eq!(due(c, soon).await, 1);
    assert_eq!(due(c, soon).await, 0, "it is under way");
    assert_eq!(due(c, first.plus(1)).await, 0, "no other attempt before that one is over");
    let jobs = "SELECT key FROM jobs WHERE lane = 'billing_renew' ORDER BY key";
    assert_eq!(c.sql(jobs).await, [format!("billing:renew:{id}:{}:0", first.0)]);
    // Looked at as often as anybody likes, it is one month.
    for _ in 0..3 {
        pays(c, "r-2", &id, Some("card-1")).await;
        pays(c, "r-1", &id, Some("card-1")).await;
    }
    let second = paid_until(c, &id).await;
    assert_eq!(second, first.plus(30 * DAY_MS));
    c.sql("DELETE FROM jobs WHERE lane = 'billing_renew'").await;
    assert_eq!(due(c, soon).await, 0, "that month is paid");
    assert_eq!(due(c, second.plus(1)).await, 1, "the last attempt of the next one");
    // Switched off while a charge is under way: what was charged counts, and nothing goes on.
    let number: i64 = c.sql("SELECT number FROM charges ORDER BY number").await[0].parse().unwrap();
    let off = c.store.cancel_subscription(USER, number).await.unwrap();
    assert_eq!(off, Event::Canceled { until: second });
    pays(c, "r-3", &id, Some("card-1")).await;
    assert_eq!(c.sql("SELECT state, method FROM subscriptions").await, ["canceled|null"]);
    c.sql("TRUNCATE jobs").await;
    let third = paid_until(c, &id).await;
    assert_eq!((due(c, third).await, until(c, USER.0).await), (0, Some(third)));
    right(c).await;
    // Without a saved card it is a month, and no more.
    let id = order(c, 2).await;
    pays(c, "r-4", &id, None).await;
    let sql = format!("SELECT state, method FROM subscriptions WHERE order_id = '{id}'");
    assert_eq!(c.sql(&sql).await, ["canceled|null"]);
    // Of two that were paid at once one goes on.
    let (one, other) = (order(c, 3).await, order(c, 4).await);
    pays(c, "r-5", &one, Some("card-2")).await;
    pays(c, "r-6", &other, Some("card-3")).await;
    assert_eq!(c.sql("SELECT method FROM subscriptions WHERE state = 'active'").await, ["card-2"]);
    // What cannot be charged does not go on, and is told once.
    for _ in 0..2 {
        c.store.card_renewal_failed(one.clone()).await.unwrap();
    }
    assert_eq!(c.sql("SELECT count(*) FROM subscriptions WHERE method IS NOT NULL").await, ["0"]);
    assert_eq!(c.sql("SELECT count(*) FROM jobs WHERE key LIKE 'billing:not-charged:%'").await, ["1"]);
    let last = order(c, 5).await;
    pays(c, "r-7", &last, Some("card-4")).await;
    c.write(vec![Write::Erase { user: USER }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM subscriptions WHERE method IS NOT NULL").await, ["0"]);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Guard: the end in the books bounds the grace of a subscription by card.
pub async fn what_was_taken_back_is_not_had(c: &mut Context) {
    c.clear().await;
    known(c, USER.0).await;
    let id = order(c, 1).await;
    pays(c, "t-1", &id, Some("card-1")).await;
    let end = paid_until(c, &id).await;
    assert_eq!(until(c, USER.0).await, Some(end.plus(GRACE_MS)));
    // Half of it goes back, and the subscription goes on.
    let price = Kopecks::new(AMOUNT / 2).expect("a price");
    let back = Returned { id: "back-1".into(), payment: "t-1".into(), price };
    c.store.settle_card_return(back).await.unwrap();
    assert_eq!(until(c, USER.0).await, Some(end.plus(-15 * DAY_MS + GRACE_MS)));
    assert_eq!(c.sql("SELECT state, method FROM subscriptions").await, ["active|card-1"]);
    // An operator ends the rest.
    assert!(c.store.revoke_premium(USER).await.unwrap());
    assert_eq!(until(c, USER.0).await, None);
    // What is paid then is had, with its grace.
    pays(c, "t-2", &id, Some("card-1")).await;
    assert!(until(c, USER.0).await.is_some_and(|until| until > end));
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Guards: what has lapsed is none that renews, and is told, once.
pub async fn one_that_lapsed_unseen_ends(c: &mut Context) {
    c.clear().await;
    known(c, USER.0).await;
    let (one, other) = (order(c, 1).await, order(c, 2).await);
    pays(c, "x-1", &one, Some("card-1")).await;
    // Forty days, through which nothing came of it.
    c.sql("UPDATE subscriptions SET paid_until = paid_until - 3456000000").await;
    pays(c, "x-2", &other, Some("card-2")).await;
    let state = |order: &str| format!("SELECT state, method FROM subscriptions WHERE order_id = '{order}'");
    assert_eq!(c.sql(&state(&other)).await, ["active|card-2"]);
    let now = paid_until(c, &other).await.plus(-30 * DAY_MS);
    // One whose charge is under way waits for what comes of it.
    let key = format!("billing:renew:{one}:1:1");
    c.sql(&format!(
        "INSERT INTO jobs (key, lane, priority, place, expires)
        VALUES ('{key}', 'billing_renew', 0, 0, now() + interval '1 hour')"
    ))
    .await;
    c.store.end_lapsed(now).await.unwrap();
    assert_eq!(c.sql(&state(&one)).await, ["active|card-1"]);
    c.sql("DELETE FROM jobs WHERE lane = 'billing_renew'").await;
    // A charge that nobody heard of may be in the provider's lists.
    assert_eq!(due(c, now).await, 0);
    assert_eq!(c.sql(&state(&one)).await, ["active|card-1"]);
    for _ in 0..2 {
        c.store.end_lapsed(now).await.unwrap();
    }
    assert_eq!(c.sql(&state(&one)).await, ["failed|null"]);
    assert_eq!(c.sql(&state(&other)).await, ["active|card-2"]);
    assert_eq!(c.sql("SELECT count(*) FROM jobs WHERE key LIKE 'billing:not-charged:%'").await, ["1"]);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}
