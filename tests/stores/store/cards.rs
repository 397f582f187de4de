//! Payments by card in the books: once, to the order's owner, and back in parts.

use super::billing::{WEEK, known, right, until};
use super::context::Context;
use nameless::capabilities::billing::{Asked, Paid, Returned};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::billing::{Kind, Kopecks, Price, Product};
use nameless_domain::ids::{Seq, UserId};

const AMOUNT: i64 = 14_900;
/// Of what is left of a week a moment after it was bought; tests take a while.
const SLACK: i64 = 600_000;

fn kopecks(amount: i64) -> Kopecks {
    Kopecks::new(amount).expect("a sum")
}

async fn order(c: &Context, user: i64, seq: u64) -> String {
    let price = kopecks(AMOUNT);
    let kind = Kind::Once;
    let product = Product {
        id: "card",
        kind,
        amount: 7,
        good: None,
        stars: None,
        kopecks: Some(price),
        title: "",
        about: "",
    };
    let opened = c.store.open_order((UserId(user), None), Seq(seq), product, Price::Kopecks(price)).await;
    opened.unwrap().expect("an order")
}

async fn pays(c: &Context, id: &str, order: &str, amount: i64) -> Vec<UserId> {
    let paid = Paid { id: id.into(), order: order.into(), price: kopecks(amount), method: None };
    c.store.settle_card(paid).await.unwrap().entitled
}

async fn returns(c: &Context, id: &str, payment: &str, amount: i64) {
    let back = Returned { id: id.into(), payment: payment.into(), price: kopecks(amount) };
    c.store.settle_card_return(back).await.unwrap();
}

/// What is left of somebody's premium, as a share of a week in hundredths.
async fn left(c: &mut Context, user: i64) -> i64 {
    let now: i64 = c.sql("SELECT (extract(epoch FROM now()) * 1000)::bigint").await[0].parse().unwrap();
    let left = until(c, user).await.map_or(0, |until| until.0 - now);
    (left + SLACK) * 100 / WEEK
}

/// Guard: the key of `charges`, the comparison of the sum, the order.
pub async fn a_card_is_credited_once_to_the_orders_owner(c: &mut Context) {
    c.clear().await;
    known(c, 860).await;
    let id = order(c, 860, 1).await;
    assert_eq!(pays(c, "yk-1", &id, AMOUNT).await, [UserId(860)]);
    assert_eq!(pays(c, "yk-1", &id, AMOUNT).await, []);
    assert_eq!(left(c, 860).await, 100);
    assert_eq!(pays(c, "yk-2", &id, AMOUNT - 1).await, [], "another sum");
    assert_eq!(pays(c, "yk-3", &"0".repeat(32), AMOUNT).await, [], "an order that nobody made");
    assert_eq!(left(c, 860).await, 100);
    assert_eq!(c.sql("SELECT reason FROM billing_differences ORDER BY 1").await, ["amount", "no_order"]);
    right(c).await;
    let audit = c.store.billing_audit().await.unwrap();
    let all = 3 * AMOUNT - 1;
    assert_eq!((audit.telegram, audit.yookassa), ((0, 0), (all, all)));
    c.sql("TRUNCATE jobs").await;
}

/// Guard: the share that goes back, the refund's own name.
pub async fn a_card_goes_back_in_parts(c: &mut Context) {
    c.clear().await;
    known(c, 861).await;
    let id = order(c, 861, 1).await;
    pays(c, "yk-4", &id, AMOUNT).await;
    for _ in 0..2 {
        returns(c, "back-1", "yk-4", AMOUNT / 4).await;
        assert_eq!(left(c, 861).await, 75);
    }
    let number: i64 = c.sql("SELECT number FROM charges WHERE direction = 'in'").await[0].parse().unwrap();
    assert!(!c.store.payments(UserId(861)).await.unwrap()[0].is_refunded);
    returns(c, "back-2", "yk-4", AMOUNT / 2).await;
    assert_eq!(left(c, 861).await, 25);
    right(c).await;
    // What is left of it goes back, and no more.
    let left_of_it = AMOUNT / 4;
    let asked = async |part| c.store.ask_refund(number, None, part).await.unwrap();
    assert_eq!(asked(Some(left_of_it + 1)).await, Asked::NotSoMuch);
    assert_eq!(asked(Some(left_of_it)).await, Asked::Soon);
    assert_eq!(asked(None).await, Asked::Soon);
    // The provider forgets a key after a day: asked later it would be another refund.
    let in_time =
        "SELECT bool_and(expires < added + interval '1 day') FROM jobs WHERE lane = 'billing_refund'";
    assert_eq!(c.sql(in_time).await, ["t"]);
    returns(c, "back-3", "yk-4", AMOUNT / 4).await;
    assert_eq!(left(c, 861).await, 0);
    assert!(c.store.payments(UserId(861)).await.unwrap()[0].is_refunded);
    assert_eq!(c.store.ask_refund(number, None, None).await.unwrap(), Asked::Before);
    right(c).await;
    assert_eq!(c.store.billing_audit().await.unwrap().yookassa, (0, 0));
    c.sql("TRUNCATE jobs").await;
}

const REFUNDS: &str = "SELECT count(*) FROM jobs WHERE lane = 'billing_refund'";

async fn asks(c: &Context, number: i64, part: Option<i64>) -> Asked {
    c.store.ask_refund(number, None, part).await.unwrap()
}

/// Guard: a wish that came to nothing is had anew; one that is under way is one, until it is known
/// what came of it.
pub async fn a_card_is_asked_back_anew_where_that_came_to_nothing(c: &mut Context) {
    c.clear().await;
    known(c, 864).await;
    let id = order(c, 864, 1).await;
    pays(c, "yk-8", &id, AMOUNT).await;
    let number: i64 = c.sql("SELECT number FROM charges WHERE direction = 'in'").await[0].parse().unwrap();
    for _ in 0..2 {
        assert_eq!(asks(c, number, Some(100)).await, Asked::Soon);
        assert_eq!(asks(c, number, Some(200)).await, Asked::UnderWay, "another sum");
        assert_eq!(asks(c, number, None).await, Asked::UnderWay);
    }
    assert_eq!(c.sql(REFUNDS).await, ["1"]);
    c.sql("UPDATE jobs SET state = 'failed', ended = now() WHERE lane = 'billing_refund'").await;
    for _ in 0..2 {
        assert_eq!(asks(c, number, Some(100)).await, Asked::Soon);
        assert_eq!(c.sql(REFUNDS).await, ["2"], "the key of the first is kept");
    }
    // The provider has begun it, and it is looked at what comes of that.
    c.sql(
        "UPDATE jobs SET state = 'completed', ended = now() WHERE lane = 'billing_refund';
        INSERT INTO jobs (key, lane, priority, place, expires)
        SELECT 'billing:look:' || max(key) || ':r-1', 'billing_look', 0, 0, now() + interval '1 day'
        FROM jobs WHERE lane = 'billing_refund'",
    )
    .await;
    assert_eq!(asks(c, number, Some(100)).await, Asked::Soon);
    assert_eq!(asks(c, number, Some(200)).await, Asked::UnderWay);
    assert_eq!(c.sql(REFUNDS).await, ["2"]);
    c.sql("UPDATE jobs SET state = 'completed', ended = now()").await;
    assert_eq!(asks(c, number, Some(200)).await, Asked::Soon);
    assert_eq!(asks(c, number, Some(100)).await, Asked::UnderWay);
    assert_eq!(c.sql(REFUNDS).await, ["3"]);
    c.sql("TRUNCATE jobs").await;
}

/// What went back is told before what was paid.
pub async fn a_card_that_went_back_before_it_came(c: &mut Context) {
    c.clear().await;
    known(c, 862).await;
    let id = order(c, 862, 1).await;
    returns(c, "back-4", "yk-5", AMOUNT / 2).await;
    pays(c, "yk-5", &id, AMOUNT).await;
    assert_eq!(left(c, 862).await, 50);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Who has erased themselves gets it back, and it stands under their hash.
pub async fn a_card_of_somebody_who_is_gone_goes_back(c: &mut Context) {
    c.clear().await;
    known(c, 863).await;
    let id = order(c, 863, 1).await;
    pays(c, "yk-6", &id, AMOUNT).await;
    let other = order(c, 863, 2).await;
    c.write(vec![Write::Erase { user: UserId(863) }]).await;
    assert_eq!(pays(c, "yk-7", &other, AMOUNT).await, []);
    assert_eq!(c.sql("SELECT count(DISTINCT person) FROM charges").await, ["1"]);
    assert_eq!(c.sql("SELECT count(*) FROM jobs WHERE lane = 'billing_refund'").await, ["1"]);
    returns(c, "back-5", "yk-7", AMOUNT).await;
    assert_eq!(c.sql("SELECT count(DISTINCT person) FROM charges").await, ["1"]);
    assert_eq!(c.sql("SELECT count(*) FROM charges WHERE user_id IS NOT NULL").await, ["0"]);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}
