use crate::env::Faults;
use crate::kernel::ticket::Tickets;
use crate::kernel::{lock, tell};
use crate::shard::{Shard, ToSession};
use crate::testing::Tree;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::account::Phase;
use nameless_domain::session::{EndCause, Event};
use nameless_domain::time::Millis;
use std::sync::atomic::Ordering;

/// 1 searches, and their session is in memory; 2 does nothing.
pub(super) async fn one_searches() -> Tree {
    one_searches_in(Tree::grow(Faults::default()).await).await
}

/// The same in a tree of one's own.
pub(super) async fn one_searches_in(tree: Tree) -> Tree {
    let since = Millis(1_000_000);
    tree.person(1, Phase::Searching { since, confirmed: since, widened: 0 });
    tree.person(2, Phase::Idle);
    tree.say(1, "hello").await;
    tree.gets(1, &["search-already"]).await;
    tree.all_done().await;
    tree
}

/// The store is slow, and a pair begins and ends while a session is loaded anew. Guard:
/// `may_be_over`.
#[actix::test]
async fn a_pair_that_was_over_before_the_store_answered_is_not_entered() {
    let tree = one_searches().await;
    tree.store.away.store(1_000, Ordering::SeqCst);
    tree.engine.crash_session(UserId(1));
    let (user, pair) = (UserId(1), PairId(9));
    let found = Event::PartnerFound { pair, partner: UserId(3), common: Default::default() };
    for event in [found, Event::PairEnded { pair, cause: EndCause::Stopped }] {
        let told = ToSession { user, event, tickets: Tickets::new() };
        let _ = tree.env().directory.of::<Shard>(user.0).with(|shard| tell(shard, told));
    }
    tree.until("it is being loaded", || tree.store.away.load(Ordering::SeqCst) < 1_000).await;
    tree.store.away.store(0, Ordering::SeqCst);
    tree.say(2, "/search").await;
    tree.gets(2, &["search-started", "chat-found"]).await;
    tree.gets(1, &["search-already", "chat-found"]).await;
    tree.all_done().await;
}

/// A pair begins while the store is slow at giving a session. What waits for it was written before,
/// for whoever was the partner then. Guard: `came_before` in `run`.
#[actix::test]
async fn what_waits_for_the_store_is_not_for_a_partner_found_meanwhile() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let since = Millis(1_000_000);
    tree.person(1, Phase::Searching { since, confirmed: since, widened: 0 });
    tree.store.away.store(1_000, Ordering::SeqCst);
    tree.say(1, "for another").await;
    tree.until("it is being loaded", || tree.store.away.load(Ordering::SeqCst) < 1_000).await;
    tree.store.away.store(0, Ordering::SeqCst);
    tree.gets(1, &["chat-found", "chat-older"]).await;
    tree.say(1, "for you").await;
    tree.gets(2, &["for you"]).await;
    tree.all_done().await;
}

/// A former life began a chat, said so, and ended before the row knew. What is said in this life is
/// said into it. Guard: `began` in `before`.
#[actix::test]
async fn what_waits_for_the_store_is_for_a_partner_of_a_former_life() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    lock(&tree.store.pairs).get_mut(&pair).expect("the pair").0.opened = Millis(0);
    let since = Millis(1_000_000);
    tree.person(1, Phase::Searching { since, confirmed: since, widened: 0 });
    tree.say(1, "for you").await;
    tree.gets(2, &["for you"]).await;
    tree.gets(1, &["chat-found"]).await;
    tree.all_done().await;
}
