use super::Relay;
use super::{Close, Pass, Tickets};
use crate::env::Faults;
use crate::outbox::Outbox;
use crate::persistence::{Keep, Persistence};
use crate::ports::Write;
use crate::service::Die;
use crate::tell;
use crate::testing::Tree;
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::relay::RelayOp;
use nameless_domain::relay::content::{Payload, Rich};
use nameless_domain::session::EndCause;
use nameless_domain::time::Millis;
use smallvec::smallvec;
use std::sync::atomic::Ordering;

#[actix::test]
async fn work_for_a_pair_that_is_over_ends_its_tickets() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    tree.store.pairs.lock().unwrap().get_mut(&pair).unwrap().1 = false;
    let (by, tickets) = (UserId(1), smallvec![tree.ticket(1)]);
    let payload = Payload::Text(Rich::plain("late"));
    let op = RelayOp::Send { source: MessageId(1), payload, reply_to: None, manner: None };
    tell!(tree.env().directory.of::<Relay>(pair.0), Pass { pair, by, op, tickets });
    tree.all_done().await;
    tree.gets(1, &["ended-lost"]).await;
    assert!(tree.got(2).is_empty());
}

/// The pair is not in memory, and its end is in the store before it can be loaded.
#[actix::test]
async fn the_end_of_a_quiet_pair_reaches_the_partner() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.say(1, "/stop").await;
    tree.gets(2, &["ended-by-partner"]).await;
    tree.all_done().await;
}

/// I4. The store is slow, and both have said something before one of them goes. Guard:
/// `ender_first`.
#[actix::test]
async fn who_ends_a_pair_that_is_being_loaded_gets_nothing_more_of_it() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    tree.say(1, "/help").await;
    tree.gets(1, &["help-text"]).await;
    tree.all_done().await;
    // It gives what it has, and takes nothing yet.
    tree.store.away.store(1_000, Ordering::SeqCst);
    *tree.store.takes.lock().unwrap() = Some(0);
    let (by, partner, cause) = (UserId(1), UserId(2), EndCause::Stopped);
    let relay = tree.env().directory.of::<Relay>(pair.0);
    for (n, by) in [(7, partner), (8, by)] {
        let payload = Payload::Text(Rich::plain(n.to_string()));
        let op = RelayOp::Send { source: MessageId(n), payload, reply_to: None, manner: None };
        tell!(relay, Pass { pair, by, op, tickets: smallvec![tree.ticket(by.0)] });
    }
    tree.until("it is being loaded", || tree.store.away.load(Ordering::SeqCst) < 1_000).await;
    let end = Write::EndPair { pair, at: Millis(0), cause };
    tell!(tree.env().directory.one::<Persistence>(), Keep::one(end, Tickets::new()));
    tell!(relay, Close { pair, by, partner, cause, tickets: Tickets::new(), closed: None });
    tree.store.away.store(0, Ordering::SeqCst);
    tree.gets(2, &["8"]).await;
    *tree.store.takes.lock().unwrap() = None;
    tree.all_done().await;
    // Their session was not asked and may be told that it is over.
    assert!(!tree.got(1).contains(&"7".to_owned()), "nothing of the other one: {:?}", tree.got(1));
}

#[actix::test]
async fn the_end_of_an_unknown_pair_is_no_matter() {
    let tree = Tree::grow(Faults::default()).await;
    let (pair, tickets) = (PairId(99), smallvec![tree.ticket(1)]);
    tell!(
        tree.env().directory.of::<Relay>(pair.0),
        Close { pair, by: UserId(1), partner: UserId(2), cause: EndCause::Stopped, tickets, closed: None }
    );
    tree.all_done().await;
    assert_eq!(tree.env().meters.pairs_loaded.get(), 0);
}

/// A reply waits for the message that it answers; when the outbox dies with that one, both still
/// arrive.
#[actix::test]
async fn what_an_outbox_took_with_it_holds_up_nothing() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.chat(3, 2_000);
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "first").await;
    tree.until("it is in the air", || tree.tries() == 1).await;
    let queued = tree.say(1, "second").await;
    tree.until("one waits", || tree.env().meters.outbox_depth.get() == 1).await;
    tell!(tree.env().directory.one::<Outbox>(), Die);
    tree.until("the death is noticed", || tree.env().meters.actor_deaths.get() == 1).await;
    drop(door);
    tree.until("it comes again", || tree.got(2).contains(&"second".to_owned())).await;
    tree.say(1, &format!("re:{queued}:third")).await;
    tree.say(1, "fourth").await;
    tree.until("nothing is stuck", || tree.got(2).contains(&"fourth".to_owned())).await;
    let got = tree.got(2);
    assert_eq!(got.len(), 4, "{got:?}: what had left is not sent again");
    tree.all_done().await;
}

/// A chat in memory knows its newest messages; the store, which knows the others, is asked for one
/// that is referred to, and for nothing else.
#[actix::test]
async fn an_answer_finds_a_message_that_is_in_memory_no_longer() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let first = tree.say(1, "first").await;
    let many = tree.env().rules.map_per_pair + 20;
    let mut newest = first;
    for n in 1..many {
        newest = tree.say(1, &n.to_string()).await;
        tree.until("it has come", || tree.got(2).len() == n + 1).await;
    }
    let reads = || tree.store.loads_of_pairs.load(Ordering::SeqCst);
    let before = reads();
    let last = tree.say(1, &format!("re:{newest}:to the newest")).await;
    tree.until("it has come", || tree.got(2).len() == many + 1).await;
    assert_eq!(reads(), before);
    tree.say(1, &format!("re:{first}:to the first")).await;
    tree.say(1, &format!("re:{first}:once more")).await;
    tree.say(1, "re:0:to nothing").await;
    tree.say(1, &format!("re:{last}:behind them")).await;
    tree.until("they have come", || tree.got(2).len() == many + 5).await;
    let copy = |n: usize| n + 1_000;
    assert_eq!(
        tree.got(2)[many..],
        [
            format!("to the newest re {}", copy(many - 1)),
            format!("to the first re {}", copy(0)),
            format!("once more re {}", copy(0)),
            "to nothing".to_owned(),
            format!("behind them re {}", copy(many)),
        ]
    );
    assert_eq!(reads(), before + 2, "once for the first, once for what never was");
    tree.all_done().await;
}

/// What was in the air when the partner ended the chat was seen by them: a report must find it.
#[actix::test]
async fn what_lands_after_the_end_is_in_the_history() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "rude").await;
    tree.until("it is in the air", || tree.tries() == 1).await;
    tree.say(1, "/stop").await;
    tree.until("the pair has ended", || tree.env().meters.pairs_ended.get() == 1).await;
    drop(door);
    tree.all_done().await;
    let kept = || tree.store.batches.lock().unwrap().iter().flatten().any(|w| matches!(w, Write::History(_)));
    tree.until("it is kept", kept).await;
}

/// What was lost with an actor comes again in whatever order. By the marks a later life knows which
/// copy to change or to take away. Guard: `updates.sort_by_key` in `flush_album`, the order of
/// `Session::behind`.
#[actix::test]
async fn each_update_of_an_album_is_marked_with_its_own_copy_whatever_order_they_came_in() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let [mut second, mut first] = [(); 2].map(|()| tree.unfinished(1, "album:g", None));
    for (update, message) in [(&mut second, 12), (&mut first, 11)] {
        update.raw = format!("{}|1|{message}|album:g", update.seq.0).into();
    }
    let seqs = [first.seq, second.seq];
    tree.engine.replay(vec![second, first]).await;
    tree.gets(2, &["album of 2"]).await;
    tree.all_done().await;
    let [one, other] = seqs.map(|seq| tree.noted(seq));
    assert_eq!(other, [MessageId(one[0].0 + 1)], "the first of the album left first");
}
