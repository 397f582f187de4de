use crate::env::Faults;
use crate::kernel::tell;
use crate::kernel::ticket::Tickets;
use crate::ports::SendError;
use crate::shard::{Deliver, Shard, ToSession};
use crate::testing::Tree;
use nameless_domain::capabilities::premium::{AGAIN_MS, Entitlements, GOOD_FOR_MS};
use nameless_domain::ids::PairId;
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;
use nameless_domain::session::account::{Avoided, Phase};
use nameless_domain::time::Millis;
use nameless_domain::update::{Act, Update};
use std::sync::atomic::Ordering;
use std::time::Duration;

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
    let tree = Tree::grow(Faults { poison: Some("poison".into()), ..Faults::default() }).await;
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

/// What is said waits for the partner's chat; commands and buttons have places of their own, and so
/// have ways out.
#[actix::test]
async fn commands_are_taken_while_the_partners_chat_is_held_up() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.script(2, [SendError::RetryAfter(Duration::from_secs(300))]);
    tree.say(1, "0").await;
    tree.gets(1, &["chat-held-up"]).await;
    for n in 1..33 {
        tree.say(1, &n.to_string()).await;
    }
    tree.until("one is refused", || tree.env().meters.updates_refused.get() == 1).await;
    tree.gets(1, &["chat-held-up", "busy-session"]).await;
    tree.say(1, "/settings").await;
    tree.say(1, "/stop").await;
    tree.all_done().await;
    tree.gets(1, &["chat-held-up", "busy-session", "settings-title", "ended-by-you"]).await;
    assert_eq!(tree.env().meters.updates_refused.get(), 1);
}

#[actix::test]
async fn who_is_too_quick_can_leave() {
    let tree = Tree::grow_slow(1.0).await;
    tree.chat(1, 2);
    for n in 0..40 {
        tree.say(1, &n.to_string()).await;
    }
    tree.say(1, "/settings").await;
    tree.say(1, "/stop").await;
    tree.all_done().await;
    tree.gets(1, &["busy-session", "ended-by-you"]).await;
    assert_eq!(tree.env().meters.updates_refused.get(), 11);
}

/// What they were told while they blocked the bot they have not read. Guard: `slot.refused = None`.
#[actix::test]
async fn who_unblocks_the_bot_is_told_anew_that_they_are_too_quick() {
    let tree = Tree::grow_slow(1.0).await;
    tree.chat(1, 2);
    for n in 0..40 {
        tree.say(1, &n.to_string()).await;
    }
    tree.until("ten are refused", || tree.env().meters.updates_refused.get() == 10).await;
    tree.gets(1, &["busy-session"]).await;
    let update = Update { update_id: 41, user: UserId(1), lang_hint: None, act: Act::UnblockedBot };
    let ticket = tree.ticket(1);
    let _ = tree.env().directory.of::<Shard>(1).with(|shard| tell(shard, Deliver { update, ticket }));
    tree.say(1, "/help").await;
    tree.gets(1, &["busy-session", "busy-session"]).await;
    tree.all_done().await;
}

/// Whoever sets the clock, chats and commands go on: buckets and pacers do not look at it.
#[actix::test]
async fn a_clock_that_is_set_stops_nobody() {
    for step in [-3_600_000, 3_600_000] {
        let tree = Tree::grow_slow(1.0).await;
        tree.chat(1, 2);
        tree.script(2, [SendError::RetryAfter(Duration::from_millis(1_000))]);
        for n in 0..30 {
            tree.say(1, &n.to_string()).await;
        }
        tree.until("it is told to wait", || tree.env().meters.told_to_wait.get() == 1).await;
        tree.set_wall(step);
        tree.pass_ms(1_000);
        tree.say(1, "30").await;
        let all: Vec<String> = (0..31).map(|n| n.to_string()).collect();
        tree.gets(2, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        tree.pass_ms(1_000);
        tree.say(1, "/stop").await;
        tree.gets(1, &["ended-by-you"]).await;
        tree.all_done().await;
        assert_eq!(tree.env().meters.updates_refused.get(), 0);
    }
}

/// A search takes as long as it takes, whatever the clock says.
#[actix::test]
async fn a_search_is_asked_in_its_time_though_the_clock_is_set() {
    for step in [-3_600_000, 3_600_000] {
        let tree = Tree::grow(Faults::default()).await;
        tree.person(1, Phase::Idle);
        tree.say(1, "/search").await;
        tree.gets(1, &["search-started"]).await;
        tree.set_wall(step);
        let due = || {
            let (user, event) = (UserId(1), Event::SearchDue);
            let _ = tree
                .env()
                .directory
                .of::<Shard>(user.0)
                .with(|shard| tell(shard, ToSession { user, event, tickets: Tickets::new() }));
        };
        tree.pass_ms(119_000);
        due();
        tree.say(1, "/search").await;
        tree.gets(1, &["search-started", "search-already"]).await;
        tree.pass_ms(1_000);
        due();
        tree.gets(1, &["search-started", "search-already", "search-timeout"]).await;
    }
}

/// I4. A later life must not bring the partner's words after this line.
#[actix::test]
async fn the_end_is_kept_before_the_word_that_a_chat_is_over() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    tree.say(1, "hello").await;
    tree.gets(2, &["hello"]).await;
    tree.all_done().await;
    tree.store.away.store(3, Ordering::SeqCst);
    tree.say(1, "/stop").await;
    tree.gets(1, &["ended-by-you"]).await;
    let (_, live) = tree.store.pairs.lock().unwrap()[&pair].clone();
    assert!(!live, "the store knows");
    tree.all_done().await;
}

/// The same for the other one, who has said something meanwhile, perhaps. Guard: `Notice::waits`.
#[actix::test]
async fn the_end_is_kept_before_the_partner_hears_that_a_chat_is_over() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    tree.say(2, "hello").await;
    tree.gets(1, &["hello"]).await;
    tree.all_done().await;
    tree.store.away.store(3, Ordering::SeqCst);
    tree.say(1, "/stop").await;
    tree.gets(2, &["ended-by-partner"]).await;
    let (_, live) = tree.store.pairs.lock().unwrap()[&pair].clone();
    assert!(!live, "the store knows");
    tree.all_done().await;
}

/// A new word while searching is the same search; a change of mind while a pair is opened ends that
/// pair.
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

/// I2, I4. Guard: `Notice::waits`. Who reads that somebody is here writes into this chat at
/// once; a later life must know of the chat by then, however slow the store is (the time is
/// virtual).
#[actix::test]
async fn the_row_is_kept_before_the_word_that_somebody_is_here() {
    for away in [4, 30] {
        the_row_is_kept_first(away).await;
    }
}

async fn the_row_is_kept_first(away: u32) {
    let tree = Tree::grow(Faults::default()).await;
    let since = Millis(1_000_000);
    tree.person(1, Phase::Searching { since, confirmed: since, widened: 0 });
    tree.say(1, "hello").await;
    tree.gets(1, &["search-already"]).await;
    tree.all_done().await;
    tree.store.away.store(away, Ordering::SeqCst);
    tokio::time::pause();
    let (user, pair) = (UserId(1), PairId(9));
    let event = Event::PartnerFound { pair, partner: UserId(2), common: Default::default() };
    let _ = tree
        .env()
        .directory
        .of::<Shard>(user.0)
        .with(|shard| tell(shard, ToSession { user, event, tickets: Tickets::new() }));
    tree.until("the word", || tree.got(1).contains(&"chat-found".to_owned())).await;
    let row = tree.store.accounts.lock().unwrap()[&user].phase;
    assert!(matches!(row, Phase::Chatting { .. }), "{row:?}");
    tokio::time::resume();
}

fn has_premium(tree: &Tree, user: i64, until: i64) {
    let entitlements = Entitlements { premium_until: Some(Millis(until)), ..Entitlements::default() };
    tree.entitled.of.lock().unwrap().insert(UserId(user), entitlements);
}

fn asked(tree: &Tree) -> u32 {
    tree.entitled.asked.load(Ordering::SeqCst)
}

/// A chat asks nothing, however long it lasts; a command asks once, and what came behind it stays
/// behind it.
#[actix::test]
async fn what_a_user_is_entitled_to_is_asked_by_commands_and_rarely() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    for n in 0..5 {
        tree.say(1, &format!("word {n}")).await;
        tree.say(2, &format!("back {n}")).await;
        tree.all_done().await;
        tree.pass_ms(GOOD_FOR_MS / 2);
    }
    assert_eq!(asked(&tree), 0);
    has_premium(&tree, 1, i64::MAX);
    for words in ["/premium", "a", "/help", "/premium", "b"] {
        tree.say(1, words).await;
    }
    tree.all_done().await;
    let said: Vec<String> = tree.got(1).into_iter().filter(|line| !line.starts_with("back")).collect();
    assert_eq!(said, ["premium-until", "help-text", "premium-until"]);
    assert_eq!(tree.got(2)[5..], ["a", "b"]);
    assert_eq!(asked(&tree), 1);
    tree.pass_ms(GOOD_FOR_MS);
    tree.say(1, "c").await;
    tree.all_done().await;
    assert_eq!(asked(&tree), 1);
    tree.say(1, "/next").await;
    tree.all_done().await;
    assert_eq!(asked(&tree), 2);
    assert_eq!(tree.env().meters.entitlement_reads.get(), 2);
}

/// Nobody waits longer than a second for it, and it is asked again later.
#[actix::test]
async fn without_an_answer_a_session_goes_on() {
    let tree = Tree::grow(Faults::default()).await;
    (1..=2).for_each(|user| tree.person(user, Phase::Idle));
    has_premium(&tree, 1, i64::MAX);
    tree.entitled.mute.store(true, Ordering::SeqCst);
    for words in ["/premium", "/search", "/stop", "/premium"] {
        tree.say(1, words).await;
    }
    tree.all_done().await;
    let unknown = ["premium-unknown", "search-started", "search-stopped", "premium-unknown"];
    assert_eq!(tree.got(1), unknown);
    assert_eq!(asked(&tree), 1);
    tree.entitled.mute.store(false, Ordering::SeqCst);
    tree.pass_ms(AGAIN_MS);
    tree.say(1, "/premium").await;
    tree.gets(1, &[&unknown[..], &["premium-until"]].concat()).await;
}

/// A search that a restart takes up again keeps its precedence; a chat is taken up without asking.
#[actix::test]
async fn a_loaded_search_asks_and_a_loaded_chat_does_not() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.say(1, "hello").await;
    tree.gets(2, &["hello"]).await;
    assert_eq!(asked(&tree), 0);
    let searching = |since| Phase::Searching { since, confirmed: since, widened: 0 };
    tree.person(3, searching(Millis(900_000)));
    tree.person(4, searching(Millis(900_001)));
    tree.person(5, Phase::Idle);
    has_premium(&tree, 4, i64::MAX);
    // They fit each other as well, but have met.
    for (a, b) in [(3, 4), (4, 3)] {
        let mut accounts = tree.store.accounts.lock().unwrap();
        let account = accounts.get_mut(&UserId(a)).unwrap();
        account.avoid.push(Avoided { user: UserId(b), until: Millis::NEVER });
    }
    for user in [3, 4] {
        tree.say(user, "hello").await;
        tree.gets(user, &["search-already"]).await;
    }
    tree.until("both wait", || tree.env().meters.seekers.get() == 2).await;
    tree.say(5, "/search").await;
    tree.gets(5, &["search-started", "chat-found"]).await;
    tree.gets(4, &["search-already", "chat-found"]).await;
    assert_eq!(tree.got(3), ["search-already"]);
}

/// A crash while it is asked loses nothing.
#[actix::test]
async fn a_death_while_it_is_asked_gives_the_update_back() {
    let tree = Tree::grow(Faults::default()).await;
    tree.person(1, Phase::Idle);
    tree.entitled.mute.store(true, Ordering::SeqCst);
    tree.say(1, "/help").await;
    tree.until("it is asked", || asked(&tree) == 1).await;
    tree.entitled.mute.store(false, Ordering::SeqCst);
    tree.engine.kill_session(UserId(1));
    tree.say(1, "/rules").await;
    tree.all_done().await;
    let mut got = tree.got(1);
    got.sort();
    assert_eq!(got, ["help-text", "rules-text"]);
}
