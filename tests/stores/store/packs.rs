//! Packs: used one by one, by name, never beyond what there is, and taken back with their payment.

use super::billing::{known, order, payment, right};
use super::context::{Context, NOW};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::billing::{Act, Event, Kind};
use nameless_domain::ids::UserId;

const USER: UserId = UserId(850);

async fn buys(c: &Context, seq: u64, charge: &str) -> Option<Event> {
    let id = order(c, USER.0, seq, Kind::Pack).await;
    let act = Act::Paid(payment(&id, charge, Kind::Pack));
    c.store.settle_at(USER, act, Some(seq as i64), NOW).await.unwrap().told
}

async fn left(c: &Context) -> i64 {
    c.store.messages_left(USER).await.unwrap()
}

async fn uses(c: &Context, name: &str) -> bool {
    c.store.use_message(USER, name.to_owned(), false).await.unwrap()
}

async fn back(c: &Context, charge: &str) {
    let act = Act::Refunded { charge: charge.into(), currency: "XTR".into(), amount: 75 };
    c.store.settle_at(USER, act, Some(99), NOW).await.unwrap();
}

/// Guards: the name of a use, the count, a payment's own part, the erasure.
pub async fn a_pack_is_used_up_and_taken_back(c: &mut Context) {
    c.clear().await;
    known(c, USER.0).await;
    assert!(!uses(c, "t0").await, "there is none");
    let told = buys(c, 1, "p1").await;
    let Some(Event::Receipt { receipt, .. }) = told else { panic!("a receipt: {told:?}") };
    assert!(receipt.pack && receipt.days == 7 && receipt.until.is_none(), "{receipt:?}");
    assert_eq!(buys(c, 1, "p1").await, told, "the same update again says the same");
    assert_eq!(left(c).await, 7);
    for _ in 0..2 {
        assert!(uses(c, "t1").await);
        assert_eq!(left(c).await, 6, "a turn is one message");
    }
    assert!(c.store.use_message(USER, "t1".into(), true).await.unwrap());
    assert!(c.store.use_message(USER, "t1".into(), true).await.unwrap(), "twice is once");
    assert_eq!(left(c).await, 7);
    buys(c, 2, "p2").await;
    for turn in 0..9 {
        assert!(uses(c, &format!("turn {turn}")).await);
    }
    assert_eq!(left(c).await, 5);
    // Of the first nothing is left, of the second five.
    back(c, "p1").await;
    assert_eq!(left(c).await, 5);
    back(c, "p2").await;
    back(c, "p2").await;
    assert_eq!(left(c).await, 0);
    assert!(!uses(c, "one more").await);
    assert!(uses(c, "turn 3").await, "a turn that has its message goes on");
    right(c).await;
    // At once, of the last one: as many as there are.
    buys(c, 3, "p3").await;
    let names: Vec<String> = (0..20).map(|n| format!("at once {n}")).collect();
    let all = names.iter().map(|name| c.store.use_message(USER, name.clone(), false));
    let used =
        futures_util::future::join_all(all).await.into_iter().filter(|used| *used.as_ref().unwrap()).count();
    assert_eq!((used, left(c).await), (7, 0));
    // Told before its payment, a refund takes all.
    back(c, "p4").await;
    buys(c, 4, "p4").await;
    assert_eq!(left(c).await, 0);
    buys(c, 5, "p5").await;
    c.write(vec![Write::Erase { user: USER }]).await;
    assert_eq!(left(c).await, 0, "what was left is given up");
    right(c).await;
}

/// Guard: a use that comes back once all of its payment went back is taken with that.
pub async fn a_use_comes_back_only_with_its_payment(c: &mut Context) {
    c.clear().await;
    known(c, USER.0).await;
    buys(c, 1, "p6").await;
    for name in ["u1", "u2"] {
        assert!(uses(c, name).await);
    }
    back(c, "p6").await;
    assert_eq!(left(c).await, 0);
    buys(c, 2, "p7").await;
    assert!(uses(c, "u3").await);
    for _ in 0..2 {
        assert!(c.store.use_message(USER, "u1".into(), true).await.unwrap());
        assert_eq!(left(c).await, 6, "it went with its payment");
    }
    assert!(c.store.use_message(USER, "u3".into(), true).await.unwrap());
    assert_eq!(left(c).await, 7, "of another payment it is there again");
    right(c).await;
    // The sum that SQL makes is the same.
    let sum = "SELECT sum(CASE WHEN credit = 'person' THEN amount ELSE -amount END) FROM ledger
        WHERE unit = 'companion'";
    assert_eq!(c.sql(sum).await, ["7"]);
    c.sql("TRUNCATE jobs").await;
}
