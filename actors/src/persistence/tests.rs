use super::Persistence;
use super::{Crash, Flush, Keep, LoadUser, kept_of};
use crate::engine::Readiness;
use crate::env::Faults;
use crate::kernel::ticket::Tickets;
use crate::ports::{HistoryRow, MapRow, Write};
use crate::tell;
use crate::testing::{Tree, UNREADABLE};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use smallvec::smallvec;
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
        let tickets = smallvec![tree.ticket(1)];
        tell!(tree.env().directory.one::<Persistence>(), Keep::one(account(n % 7 + 1, n), tickets));
    }
    tell!(tree.env().directory.one::<Persistence>(), Crash);
    tree.all_done().await;
    assert_eq!(written(&tree), (0..2_500).collect::<Vec<_>>());
    let batches = tree.store.batches.lock().unwrap().len();
    assert!((3..10).contains(&batches), "{batches} batches of at most a thousand");
    let meters = &tree.env().meters;
    tree.until("nothing waits", || meters.persistence_depth.get() == 0).await;
    assert_eq!((meters.store_retries.get(), meters.persistence_restarts.get()), (3, 1));
}

/// The store takes the first batch and not yet the second, in which the last of these writes is.
#[actix::test]
async fn an_update_is_done_with_the_last_of_its_writes() {
    let tree = Tree::grow(Faults::default()).await;
    *tree.store.takes.lock().unwrap() = Some(1);
    let batch = tree.env().limits.batch as i64;
    for (from, to) in [(0, batch + 1), (batch + 1, 2 * batch)] {
        let writes = (from..to).map(|n| account(n + 1, n)).collect();
        tell!(tree.env().directory.one::<Persistence>(), Keep { writes, tickets: smallvec![tree.ticket(1)] });
    }
    tree.until("the second is refused", || tree.env().meters.store_retries.get() > 0).await;
    assert_eq!(written(&tree), (0..batch).collect::<Vec<_>>());
    assert_eq!(tree.done(), 0);
    *tree.store.takes.lock().unwrap() = None;
    tree.all_done().await;
    assert_eq!(written(&tree), (0..2 * batch).collect::<Vec<_>>());
}

/// While the store is away, beyond the bound, history is dropped and its update done; the map
/// beside it is not dropped.
#[actix::test]
async fn history_beyond_the_bound_is_dropped_and_nothing_else() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    let (pair, from) = (PairId(1), (Side::A, UserId(1)));
    let history = |n: i32| {
        let (message, payload) = (MessageId(n), "{}".into());
        Write::History(HistoryRow { pair, from, message, edit: 0, payload, at: Millis(0) })
    };
    let persistence = tree.env().directory.one::<Persistence>();
    let bound = tree.env().limits.persistence_bound as i32;
    tell!(persistence, Keep { writes: (0..bound).map(history).collect(), tickets: Tickets::new() });
    tell!(persistence, Keep::one(history(bound), smallvec![tree.ticket(1)]));
    tree.all_done().await;

    let row = MapRow { from: Side::A, source: MessageId(bound), copy: MessageId(7) };
    let map = Write::Mapped { pair, at: Millis(0), rows: vec![row] };
    let writes = vec![history(bound + 1), map.clone()];
    tell!(persistence, Keep { writes, tickets: smallvec![tree.ticket(1)] });
    let meters = &tree.env().meters;
    tree.until("two are dropped", || meters.history_dropped.get() == 2).await;
    assert_eq!(meters.writes_refused.get(), 0, "the store refused nothing");
    tree.store.away.store(0, Ordering::SeqCst);
    tree.all_done().await;
    let batches = tree.store.batches.lock().unwrap();
    let written: Vec<&Write> = batches.iter().flatten().collect();
    assert_eq!(written.len(), bound as usize + 1);
    assert_eq!(*written[bound as usize], map);
}

#[actix::test]
async fn a_read_sees_what_was_told_before_it() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.away.store(2, Ordering::SeqCst);
    tell!(tree.env().directory.one::<Persistence>(), Keep::one(account(5, 77), Tickets::new()));
    let (reply, answer) = oneshot::channel();
    tell!(tree.env().directory.one::<Persistence>(), LoadUser { user: UserId(5), reply });
    let loaded = answer.await.unwrap().expect("it is known");
    assert_eq!(loaded.account.created, Millis(77));
    assert!(matches!(loaded.account.phase, Phase::Onboarding { .. }));
}

/// Loads that come at one moment share reads; a row that cannot be read costs only itself.
/// Who asks for their own waits for nobody else's, however long the store takes.
#[actix::test]
async fn who_waits_for_their_own_waits_for_no_others() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    let persistence = tree.env().directory.one::<Persistence>();
    tell!(persistence, Keep::one(account(1, 1), smallvec![tree.ticket(1)]));
    tree.until("it waits for the store", || tree.env().meters.store_retries.get() > 0).await;
    kept_of(tree.env().clone(), UserId(2)).await;
    let (reply, mut kept) = oneshot::channel();
    tell!(persistence, Flush { of: Some(UserId(1)), reply });
    // Whoever is asked behind it is answered: it was heard, and waits.
    kept_of(tree.env().clone(), UserId(2)).await;
    assert!(kept.try_recv().is_err(), "theirs is not there");
    tree.store.away.store(0, Ordering::SeqCst);
    kept.await.expect("it is now");
    assert_eq!(written(&tree), [1]);
    tree.all_done().await;
}

#[actix::test]
async fn loads_gather() {
    let tree = Tree::grow(Faults::default()).await;
    let load = |user: i64| {
        let (reply, answer) = oneshot::channel();
        tell!(tree.env().directory.one::<Persistence>(), LoadUser { user: UserId(user), reply });
        answer
    };
    for user in 1..=1_000 {
        tell!(tree.env().directory.one::<Persistence>(), Keep::one(account(user, user), Tickets::new()));
    }
    let answers: Vec<_> = (1..=1_000).map(load).collect();
    for (user, answer) in (1..).zip(answers) {
        match UserId(user) == UNREADABLE {
            true => assert!(answer.await.is_err(), "no answer: who waits asks again"),
            false => assert_eq!(answer.await.unwrap().expect("known").account.created, Millis(user)),
        }
    }
    assert!(load(5).await.unwrap().is_some());
    let reads = tree.store.loads.lock().unwrap().clone();
    let (large, single): (Vec<usize>, Vec<usize>) = reads.iter().partition(|n| **n > 1);
    assert_eq!(large.iter().sum::<usize>(), 1_000, "{reads:?}");
    assert!(large.len() <= 8, "{reads:?}");
    // Those of the read with the one in it, one by one, and the last.
    assert_eq!(single.len(), large.iter().max().unwrap() + 1, "{reads:?}");
}

/// While the store is away: first nothing but a word of it, then the history is dropped, then no
/// more updates are taken.
#[actix::test]
async fn readiness_tells_how_far_behind_the_store_is() {
    let tree = Tree::grow(Faults::default()).await;
    let (engine, persistence) = (&tree.engine, tree.env().directory.one::<Persistence>());
    let bound = tree.env().limits.persistence_bound;
    let write = |n: usize| {
        tell!(
            persistence,
            Keep {
                writes: vec![Write::Mapped { pair: PairId(1), at: Millis(0), rows: Vec::new() }; n],
                tickets: Tickets::new(),
            }
        );
    };
    tree.person(5, Phase::Idle);
    assert_eq!(engine.readiness(), Readiness::Ready);
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    write(1);
    tree.until("the store is waited for", || tree.env().meters.store_waits.get() == 1).await;
    assert!(matches!(engine.readiness(), Readiness::Degraded(why) if why.contains("does not answer")));
    assert!(!engine.drops_history());
    write(bound);
    tree.until("much waits", || engine.drops_history()).await;
    assert!(matches!(engine.readiness(), Readiness::Degraded(why) if why.contains("not kept")));
    write(bound);
    tree.until("too much waits", || matches!(engine.readiness(), Readiness::Held(_))).await;
    // What comes now waits, as it says.
    let say = tree.say(5, "/help");
    tokio::pin!(say);
    assert!(futures_util::poll!(&mut say).is_pending());
    tree.store.away.store(0, Ordering::SeqCst);
    say.await;
    tree.until("all is written", || engine.readiness() == Readiness::Ready).await;
    assert_eq!(tree.env().meters.store_waits.get(), 0);
    tree.gets(5, &["help-text"]).await;
}

/// One comes while another waits, and there is room again. Guard: the turn in `deliver_here`.
#[actix::test]
async fn what_comes_later_is_not_let_in_before_what_waits() {
    let tree = Tree::grow(Faults::default()).await;
    tree.person(5, Phase::Idle);
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    let rows = Write::Mapped { pair: PairId(1), at: Millis(0), rows: Vec::new() };
    let writes = vec![rows; 2 * tree.env().limits.persistence_bound];
    tell!(tree.env().directory.one::<Persistence>(), Keep { writes, tickets: Tickets::new() });
    let depth = || tree.env().meters.persistence_depth.get();
    tree.until("too much waits", || matches!(tree.engine.readiness(), Readiness::Held(_))).await;
    let first = tree.say(5, "/help");
    tokio::pin!(first);
    assert!(futures_util::poll!(&mut first).is_pending());
    tree.store.away.store(0, Ordering::SeqCst);
    tree.until("all is written", || depth() == 0).await;
    let second = tree.say(5, "/rules");
    tokio::pin!(second);
    assert!(futures_util::poll!(&mut second).is_pending(), "there is room, and it is not its turn");
    first.await;
    second.await;
    tree.gets(5, &["help-text", "rules-text"]).await;
}
