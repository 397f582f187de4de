use super::Crash;
use crate::env::Faults;
use crate::matchmaker::Matchmaker;
use crate::ports::{LivePair, Queue};
use crate::service::Die;
use crate::shard::Shard;
use crate::tell;
use crate::testing::Tree;
use crate::testing::queue::Scripted;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::session::account::Phase;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn seekers(tree: &Tree) -> u64 {
    tree.env().meters.seekers.get()
}

/// How many of each crowd wait.
fn waiting(tree: &Tree) -> [u64; 2] {
    [0, 1].map(|crowd| tree.env().meters.bots.of(BotId(crowd)).seekers.get())
}

#[actix::test]
async fn a_conflict_returns_the_innocent_and_recalls_the_other() {
    let tree = Tree::grow(Faults::default()).await;
    (1..=3).for_each(|user| tree.person(user, Phase::Idle));
    tree.say(1, "/search").await;
    tree.until("one seeks", || seekers(&tree) == 1).await;
    // Behind the engine's back, as after a crash: 1 is in a live pair with 9.
    tree.chat(8, 9);
    let live = LivePair {
        pair: PairId(50),
        members: [UserId(1), UserId(9)],
        bots: [BotId::FIRST; 2],
        opened: tree.env().clock.now(),
    };
    tree.store.pairs.lock().unwrap().insert(PairId(50), (live, true));
    tree.say(2, "/search").await;
    tree.gets(1, &["search-started", "chat-found"]).await;
    tree.until("the innocent one seeks on", || seekers(&tree) == 1).await;
    assert_eq!(tree.env().meters.proposals_void.get(), 1);
    tree.say(3, "/search").await;
    tree.gets(2, &["search-started", "chat-found"]).await;
    tree.gets(3, &["search-started", "chat-found"]).await;
    tree.all_done().await;
}

/// Guard: the crowd of a wish. In this actor's own memory, and in a queue of several nodes.
#[actix::test]
async fn people_of_two_crowds_wait_past_each_other() {
    for shared in [false, true] {
        let crowds = Crowds::apart(&[vec![BotId(0)], vec![BotId(1)]]);
        let queue = shared.then(|| Arc::new(Scripted::default()) as Arc<dyn Queue>);
        let tree = Tree::grow_in_crowds(crowds, queue).await;
        (1..=3).for_each(|user| tree.person(user, Phase::Idle));
        // 1 is at the first bot. 2 and 3 search at the other one, where what is said here is not
        // heard.
        tree.say(1, "/search").await;
        tree.until("one seeks", || seekers(&tree) == 1).await;
        for user in [2, 3] {
            let now = tree.env().clock.now();
            tree.person(user, Phase::Searching { since: now, confirmed: now, widened: 0 });
            tree.store.accounts.lock().unwrap().get_mut(&UserId(user)).unwrap().bot = BotId(1);
            tell!(tree.env().directory.of::<Shard>(user), crate::shard::Recall { user: UserId(user) });
            if user == 2 {
                tree.until("each waits in a crowd of their own", || waiting(&tree) == [1, 1]).await;
            }
        }
        tree.until("the two of one crowd are a pair", || {
            tree.env().meters.pairs_opened.get() == 1 && waiting(&tree) == [1, 0]
        })
        .await;
        tree.gets(1, &["search-started"]).await;
        tree.all_done().await;
    }
}

/// A store that refuses is not asked in circles, and nobody is forgotten.
#[actix::test]
async fn an_undecided_proposal_is_made_again_later() {
    let tree = Tree::grow(Faults::default()).await;
    (1..=2).for_each(|user| tree.person(user, Phase::Idle));
    tree.store.refuse_open.store(2, Ordering::SeqCst);
    let begun = std::time::Instant::now();
    tree.say(1, "/search").await;
    tree.say(2, "/search").await;
    tree.gets(1, &["search-started", "chat-found"]).await;
    tree.gets(2, &["search-started", "chat-found"]).await;
    assert_eq!(tree.store.opens.load(Ordering::SeqCst), 3);
    assert!(begun.elapsed() >= 2 * super::handlers::UNDECIDED_WAIT, "with waits between");
}

/// A void proposal does not cost its innocent member the reminder.
#[actix::test]
async fn who_was_returned_is_still_reminded() {
    let tree = Tree::grow(Faults::default()).await;
    (1..=2).for_each(|user| tree.person(user, Phase::Idle));
    tree.say(1, "/search").await;
    tree.until("one seeks", || seekers(&tree) == 1).await;
    let live = LivePair {
        pair: PairId(50),
        members: [UserId(1), UserId(9)],
        bots: [BotId::FIRST; 2],
        opened: tree.env().clock.now(),
    };
    tree.store.pairs.lock().unwrap().insert(PairId(50), (live, true));
    tree.say(2, "/search").await;
    tree.until("the innocent one is back", || {
        tree.env().meters.proposals_void.get() == 1 && seekers(&tree) == 1
    })
    .await;
    // Time passes. The timer was set for then by a clock that stands; a third wish, due sooner,
    // lets it look.
    tree.pass_ms(tree.env().rules.search_timeout_ms + 1);
    tree.person(3, Phase::Searching { since: Millis(0), confirmed: Millis(0), widened: 0 });
    tree.store.accounts.lock().unwrap().get_mut(&UserId(3)).unwrap().lang = Lang::Ru;
    tell!(tree.env().directory.of::<Shard>(UserId(3).0), crate::shard::Recall { user: UserId(3) });
    tree.gets(2, &["search-started", "search-timeout"]).await;
}

#[actix::test]
async fn seekers_survive_a_panic_and_a_death() {
    for death in [false, true] {
        let tree = Tree::grow(Faults::default()).await;
        (1..=2).for_each(|user| tree.person(user, Phase::Idle));
        tree.say(1, "/search").await;
        tree.until("one seeks", || seekers(&tree) == 1).await;
        tree.all_done().await;
        match death {
            true => tell!(tree.env().directory.one::<Matchmaker>(), Die),
            false => tell!(tree.env().directory.one::<Matchmaker>(), Crash),
        };
        let meters = &tree.env().meters;
        tree.until("it fell", || meters.actor_deaths.get() + meters.matchmaker_restarts.get() == 1).await;
        tree.until("the seeker is back", || seekers(&tree) == 1).await;
        tree.say(2, "/search").await;
        tree.gets(1, &["search-started", "chat-found"]).await;
        tree.gets(2, &["search-started", "chat-found"]).await;
        tree.all_done().await;
    }
}
