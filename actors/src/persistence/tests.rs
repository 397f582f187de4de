use super::{Crash, Keep, LoadUser};
use crate::env::Faults;
use crate::ports::Write;
use crate::tell;
use crate::testing::Tree;
use nameless_domain::ids::UserId;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

fn account(user: i64, created: i64) -> Write {
    Write::Account(Box::new(Account::new(UserId(user), Lang::En, Millis(created))))
}

fn written(tree: &Tree) -> Vec<i64> {
    let batches = tree.store.batches.lock().unwrap();
    let created = |w: &Write| match w {
        Write::Account(a) => Some(a.created.0),
        _ => None,
    };
    batches.iter().flatten().filter_map(created).collect()
}

#[actix::test]
async fn a_store_that_was_away_gets_everything_in_order() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.away.store(3, Ordering::SeqCst);
    for n in 0..2_500 {
        let tickets = vec![tree.ticket(1)];
        tell!(tree.env().directory.persistence, Keep { write: account(n % 7 + 1, n), tickets });
    }
    tell!(tree.env().directory.persistence, Crash);
    tree.all_done().await;
    assert_eq!(written(&tree), (0..2_500).collect::<Vec<_>>());
    let batches = tree.store.batches.lock().unwrap().len();
    assert!((3..10).contains(&batches), "{batches} batches of at most a thousand");
    let meters = &tree.env().meters;
    tree.until("nothing waits", || meters.persistence_depth.get() == 0).await;
    assert_eq!((meters.store_retries.get(), meters.persistence_restarts.get()), (3, 1));
}

#[actix::test]
async fn a_read_sees_what_was_told_before_it() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.away.store(2, Ordering::SeqCst);
    tell!(tree.env().directory.persistence, Keep { write: account(5, 77), tickets: Vec::new() });
    let (reply, answer) = oneshot::channel();
    tell!(tree.env().directory.persistence, LoadUser { user: UserId(5), reply });
    let loaded = answer.await.unwrap().expect("it is known");
    assert_eq!(loaded.account.created, Millis(77));
    assert!(matches!(loaded.account.phase, Phase::Onboarding { .. }));
}
