//! Payments past the sessions: until the store has them, once, and said.

use crate::capabilities::{BillingPort, Capabilities, Settled, Wanted};
use crate::ports::{PortFuture, StoreError};
use crate::testing::Tree;
use nameless_domain::capabilities::billing::{Act, Event, Price, Receipt};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::session::account::Phase;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Books in memory.
#[derive(Default)]
struct Books {
    settled: Mutex<Vec<(UserId, i64)>>,
    /// The next failures.
    script: Mutex<VecDeque<StoreError>>,
}

impl BillingPort for Books {
    fn buy(&self, _: UserId, _: Wanted) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::NotNow) })
    }
    fn payments(&self, _: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::Payments(Vec::new())) })
    }
    fn cancel(&self, _: UserId, _: i64) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::NothingToCancel) })
    }
    fn support(&self, _: UserId, _: Seq, _: String) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::Supported) })
    }
    fn settle(&self, user: UserId, _: Act, cause: i64) -> PortFuture<'_, Result<Settled, StoreError>> {
        Box::pin(async move {
            if let Some(failure) = self.script.lock().unwrap().pop_front() {
                return Err(failure);
            }
            self.settled.lock().unwrap().push((user, cause));
            let price = Price::of("XTR", 75).expect("a price");
            let receipt =
                Receipt { number: 1, price, days: 7, until: None, renews: false, pack: false, good: None };
            let told = Some(Event::Receipt { receipt, owed: false });
            Ok(Settled { told, entitled: vec![user], wakes: true, sold: None })
        })
    }
    fn check_out(&self, _: &Arc<str>) -> bool {
        false
    }
    fn reconcile(&self) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

async fn tree() -> (Tree, Arc<Books>) {
    let books = Arc::new(Books::default());
    let capabilities = Capabilities { billing: books.clone(), ..Capabilities::absent() };
    (Tree::grow_capable(capabilities).await, books)
}

#[actix::test]
async fn a_payment_waits_for_the_store_and_is_done_when_its_receipt_has_left() {
    let (tree, books) = tree().await;
    tree.person(1, Phase::Idle);
    let away = || StoreError::Unavailable("away".into());
    books.script.lock().unwrap().extend([away(), away()]);
    tree.say(1, "paid:").await;
    tree.until("the store is asked", || tree.env().meters.store_retries.get() > 0).await;
    assert_eq!(tree.done(), 0, "a crash now brings the update back");
    tree.gets(1, &["billing-receipt-gift"]).await;
    tree.all_done().await;
    assert_eq!(books.settled.lock().unwrap().len(), 1);
}

/// Who floods, and whose updates are turned away, has paid all the same.
#[actix::test]
async fn no_payment_is_turned_away() {
    let (tree, books) = tree().await;
    tree.person(1, Phase::Idle);
    for _ in 0..200 {
        tree.say(1, "paid:").await;
    }
    tree.until("all are in the books", || books.settled.lock().unwrap().len() == 200).await;
}

#[actix::test]
async fn what_the_store_refuses_is_kept_for_an_operator() {
    let (tree, books) = tree().await;
    tree.person(1, Phase::Idle);
    books.script.lock().unwrap().push_back(StoreError::Refused("no".into()));
    tree.say(1, "paid:").await;
    tree.all_done().await;
    assert_eq!(tree.env().meters.dead_letters.get(), 1);
    assert!(books.settled.lock().unwrap().is_empty());
}
