use crate::env::Faults;
use crate::kernel::tell;
use crate::shard::ToSession;
use crate::testing::Tree;
use nameless_domain::ids::PairId;
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;
use nameless_domain::session::account::Phase;
use nameless_domain::time::Millis;
use std::sync::atomic::Ordering;

#[actix::test]
async fn an_album_waits_for_its_items_and_leaves_as_one() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.say(1, "before").await;
    for _ in 0..3 {
        tree.say(1, "album:g").await;
    }
    tree.gets(2, &["before", "album of 3"]).await;
    tree.say(1, "album:h").await;
    tree.say(1, "after").await;
    tree.gets(2, &["before", "album of 3", "media", "after"]).await;
    tree.all_done().await;
}

/// The items gathered so far are handled again, in order, with what came behind them.
#[actix::test]
async fn a_panic_in_the_middle_of_an_album_loses_none_of_it() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.say(1, "album:g").await;
    tree.say(1, "album:g").await;
    tree.engine.crash_session(UserId(1));
    tree.say(1, "album:g").await;
    tree.gets(2, &["album of 3"]).await;
    tree.all_done().await;
    assert_eq!(tree.env().meters.session_restarts.get(), 1);
}

#[actix::test]
async fn a_poison_update_is_put_aside_and_what_stands_behind_it_goes_on() {
    let tree = Tree::grow(Faults { poison: Some("poison".into()) }).await;
    tree.chat(1, 2);
    for words in ["a", "poison", "b"] {
        tree.say(1, words).await;
    }
    tree.gets(2, &["a", "b"]).await;
    tree.all_done().await;
    tree.gets(1, &["error-unexpected"]).await;
    let meters = &tree.env().meters;
    assert_eq!((meters.session_restarts.get(), meters.dead_letters.get()), (2, 1));
}

/// The mailbox of a session that dies comes back with its tickets; the gauge stays right.
#[actix::test]
async fn a_death_gives_its_updates_back() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.engine.kill_session(UserId(1));
    tree.say(1, "after the death").await;
    tree.until("the death is noticed", || tree.env().meters.actor_deaths.get() == 1).await;
    tree.gets(2, &["after the death"]).await;
    tree.all_done().await;
    assert_eq!(tree.env().meters.sessions.get(), tree.engine.sessions(100).await.len() as u64);
}

/// Forty at once while the store is away: 32 wait, 8 are refused, the user is told once.
#[actix::test]
async fn what_the_gate_refuses_is_told_once() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    for n in 0..40 {
        tree.say(1, &n.to_string()).await;
    }
    tree.until("eight are refused", || tree.env().meters.updates_refused.get() == 8).await;
    drop(door);
    tree.all_done().await;
    let passed: Vec<String> = (0..32).map(|n| n.to_string()).collect();
    assert_eq!(tree.got(2), passed);
    tree.gets(1, &["busy-session"]).await;
}

/// A new word while searching is the same search; a change of mind while a pair is opened ends that pair.
#[actix::test]
async fn a_search_that_is_called_off_leaves_nobody_in_a_chat_alone() {
    let tree = Tree::grow(Faults::default()).await;
    (1..=2).for_each(|user| tree.person(user, Phase::Idle));
    tree.say(1, "/search").await;
    tree.say(2, "/search").await;
    tree.say(1, "/stop").await;
    tree.all_done().await;
    tree.until("the second one is not left in a chat", || {
        let got = tree.got(2);
        got.last().is_some_and(|l| l == "search-started" || l == "ended-by-partner")
    })
    .await;
}

/// I2, I4. Guard: `Notice::waits_for_row`. Who reads that somebody is here writes into this chat at once; a later life
/// must know of the chat by then.
#[actix::test]
async fn the_row_is_kept_before_the_word_that_somebody_is_here() {
    let tree = Tree::grow(Faults::default()).await;
    let since = Millis(1_000_000);
    tree.person(1, Phase::Searching { since, confirmed: since, widened: 0 });
    tree.say(1, "hello").await;
    tree.gets(1, &["search-already"]).await;
    tree.all_done().await;
    tree.store.away.store(4, Ordering::SeqCst);
    let (user, pair) = (UserId(1), PairId(9));
    let event = Event::PartnerFound { pair, partner: UserId(2), common: Default::default() };
    let _ = tree.env().directory.shard(user).with(|shard| tell(shard, ToSession { user, event }));
    tree.until("the word", || tree.got(1).contains(&"chat-found".to_owned())).await;
    let row = tree.store.accounts.lock().unwrap()[&user].phase;
    assert!(matches!(row, Phase::Chatting { .. }), "{row:?}");
}
