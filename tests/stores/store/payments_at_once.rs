//! Payments and refunds that are settled at the same time, by several nodes or tasks (I8).

use super::billing::{WEEK, known, order, payment, right, until};
use super::context::{Context, NOW};
use nameless_domain::capabilities::billing::{Act, Checkout, Kind, Refusal};
use nameless_domain::ids::UserId;
use nameless_domain::random::Random;
use std::sync::Arc;
use tokio_postgres::NoTls;

const WAITING: &str = "\
    SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()";

fn refund_of(charge: &str) -> Act {
    Act::Refunded { charge: charge.into(), currency: "XTR".into(), amount: 75 }
}

/// Guard: the charge's lock. A refund that comes while its payment is not committed yet waits for
/// it: neither would see the other, and what went back would still be had.
pub async fn a_refund_beside_its_own_payment(c: &mut Context) {
    c.clear().await;
    known(c, 889).await;
    let id = order(c, 889, 1, Kind::Once).await;
    let settle = |act| {
        let store = c.store.clone();
        tokio::spawn(async move { store.settle_at(UserId(889), act, Some(1), NOW).await.map(drop) })
    };
    let (paid, back) = (Act::Paid(payment(&id, "beside", Kind::Once)), refund_of("beside"));
    // The payment is stopped at its last step: who is told of it.
    let (beside, connection) = tokio_postgres::connect(&c.url, NoTls).await.expect("a connection");
    let driver = tokio::spawn(connection);
    beside.batch_execute("BEGIN; LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE").await.expect("the lock");
    let waiting = async || beside.query_one(WAITING, &[]).await.expect("a count").get::<_, i64>(0);
    let paying = settle(paid);
    while waiting().await < 1 && !paying.is_finished() {
        tokio::task::yield_now().await;
    }
    let refunding = settle(back);
    while waiting().await < 2 && !refunding.is_finished() {
        tokio::task::yield_now().await;
    }
    assert!(!refunding.is_finished(), "it waits for the payment");
    beside.batch_execute("COMMIT").await.expect("the end");
    drop(beside);
    driver.await.expect("the driver").expect("the connection");
    paying.await.unwrap().expect("the payment");
    refunding.await.unwrap().expect("the refund");
    assert_eq!(until(c, 889).await, Some(NOW), "what went back is not had");
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Guard: the lock of the person whose premium changes. Two payments of one person, each of an
/// order of its own: the second waits until the first is written, and counts on from there.
pub async fn two_payments_of_one_person(c: &mut Context) {
    c.clear().await;
    known(c, 890).await;
    let ids = [order(c, 890, 1, Kind::Once).await, order(c, 890, 2, Kind::Once).await];
    // Both are stopped at their last step, or before: who is told of it.
    let (beside, connection) = tokio_postgres::connect(&c.url, NoTls).await.expect("a connection");
    let driver = tokio::spawn(connection);
    beside.batch_execute("BEGIN; LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE").await.expect("the lock");
    let mut paying = Vec::new();
    for (n, id) in ids.iter().enumerate() {
        let (store, paid) = (c.store.clone(), Act::Paid(payment(id, &format!("two-{n}"), Kind::Once)));
        let cause = Some(n as i64 + 1);
        paying.push(tokio::spawn(
            async move { store.settle_at(UserId(890), paid, cause, NOW).await.map(drop) },
        ));
        let waiting = async || beside.query_one(WAITING, &[]).await.expect("a count").get::<_, i64>(0);
        while waiting().await < n as i64 + 1 && !paying[n].is_finished() {
            tokio::task::yield_now().await;
        }
        assert!(!paying[n].is_finished(), "it waits");
    }
    beside.batch_execute("COMMIT").await.expect("the end");
    drop(beside);
    driver.await.expect("the driver").expect("the connection");
    for paid in paying {
        paid.await.unwrap().expect("the payment");
    }
    assert_eq!(until(c, 890).await, Some(NOW.plus(2 * WEEK)), "each gives its week");
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Many people at once, each payment told three times in whatever order, and everything that an
/// operator grants between: nothing is lost, nothing is there twice.
pub async fn many_payments_shuffled(c: &mut Context) {
    c.clear().await;
    const EACH: usize = 5;
    // The long form is 10,000 payments, each told three times.
    let people: i64 = if std::env::var_os("NAMELESS_SOAK").is_some() { 2_000 } else { 12 };
    let seed = 20_261_128;
    let mut random = Random::new(seed);
    println!("seed {seed}");
    let mut acts = Vec::new();
    for person in 0..people {
        let user = 900 + person;
        known(c, user).await;
        // Two orders: what one of them locks does not hold up the other.
        let ids = [order(c, user, 1, Kind::Once).await, order(c, user, 2, Kind::Once).await];
        for n in 0..EACH {
            let (id, charge) = (&ids[n % 2], format!("many-{user}-{n}"));
            let back = refund_of(&charge);
            let cause = user * 100 + n as i64;
            for _ in 0..3 {
                acts.push((user, Act::Paid(payment(id, &charge, Kind::Once)), cause));
                if n == 0 {
                    acts.push((user, back.clone(), cause + 50));
                }
            }
        }
    }
    random.shuffle(&mut acts);
    let (store, acts) = (Arc::new(c.store.clone()), acts);
    let mut running = tokio::task::JoinSet::new();
    for (user, act, cause) in acts {
        let store = store.clone();
        running.spawn(async move { store.settle_at(UserId(user), act, Some(cause), NOW).await.map(drop) });
        while running.len() >= 6 {
            running.join_next().await.unwrap().unwrap().expect("settled");
        }
    }
    while let Some(done) = running.join_next().await {
        done.unwrap().expect("settled");
    }
    drop(store);
    for person in 0..people {
        let weeks = EACH as i64 - 1;
        assert_eq!(until(c, 900 + person).await, Some(NOW.plus(weeks * WEEK)), "{person}");
    }
    let paid = people * EACH as i64;
    assert_eq!(c.sql("SELECT count(*) FROM charges WHERE direction = 'in'").await, [paid.to_string()]);
    assert_eq!(c.sql("SELECT count(*) FROM charges WHERE direction = 'out'").await, [people.to_string()]);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Guard: the order's row is locked while somebody is let through. Each of many people presses Pay
/// on two devices at one moment; one press of each goes through.
pub async fn everybody_presses_pay_twice(c: &mut Context) {
    c.clear().await;
    let people: i64 = if std::env::var_os("NAMELESS_SOAK").is_some() { 1_000 } else { 50 };
    let mut pressed = tokio::task::JoinSet::new();
    for person in 0..people {
        let user = 30_000 + person;
        known(c, user).await;
        let id = order(c, user, 1, Kind::Once).await;
        for _ in 0..2 {
            let (store, id) = (c.store.clone(), id.clone());
            let by = Checkout { from: UserId(user), currency: "XTR".into(), amount: 75 };
            pressed.spawn(async move { (user, store.check_out(id, by).await.expect("an answer")) });
        }
    }
    let mut through = std::collections::BTreeMap::<i64, u32>::new();
    while let Some(done) = pressed.join_next().await {
        let (user, may) = done.expect("no panic");
        match may {
            Ok(()) => *through.entry(user).or_default() += 1,
            Err(why) => assert_eq!(why, Refusal::UnderWay),
        }
    }
    let all = i64::try_from(through.len()).expect("a number");
    assert!(all == people && through.values().all(|times| *times == 1), "{through:?}");
}
