//! The matchmaker over a shared queue that fails by script.

use super::Crash;
use crate::env::Faults;
use crate::matchmaker::Matchmaker;
use crate::ports::LivePair;
use crate::service::Die;
use crate::shard::{Recall, Shard};
use crate::tell;
use crate::testing::Tree;
use crate::testing::queue::{Failure, Scripted};
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::session::account::Phase;
use nameless_domain::time::Millis;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

async fn tree() -> (Tree, Arc<Scripted>) {
    let queue = Arc::new(Scripted::default());
    let tree = Tree::grow_with(Faults::default(), Some(queue.clone())).await;
    (1..=3).for_each(|user| tree.person(user, Phase::Idle));
    (tree, queue)
}

const FOUND: [&str; 2] = ["search-started", "chat-found"];

#[actix::test]
async fn two_meet_and_the_store_decides() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    // Behind the engine's back, as on another node: 1 is in a live pair with 9.
    tree.chat(8, 9);
    let live = LivePair {
        pair: PairId(50),
        members: [UserId(1), UserId(9)],
        bots: [BotId::FIRST; 2],
        opened: tree.env().clock.now(),
    };
    tree.store.pairs.lock().unwrap().insert(PairId(50), (live, true));
    tree.say(2, "/search").await;
    tree.gets(1, &FOUND).await;
    tree.until("the innocent one is back", || queue.waiting() == 1).await;
    assert_eq!(tree.env().meters.proposals_void.get(), 1);
    tree.say(3, "/search").await;
    tree.gets(2, &FOUND).await;
    tree.gets(3, &FOUND).await;
    tree.all_done().await;
}

#[actix::test]
async fn a_lost_answer_is_asked_for_again() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    queue.fail([Failure::AnswerLost, Failure::AnswerLost, Failure::Unsent]);
    tree.say(2, "/search").await;
    tree.gets(1, &FOUND).await;
    tree.gets(2, &FOUND).await;
    assert_eq!(tree.store.opens.load(Ordering::SeqCst), 1);
    assert_eq!(*queue.sought.lock().unwrap(), [UserId(1), UserId(2)], "each search happened once");
    tree.all_done().await;
}

#[actix::test]
async fn after_a_reset_everybody_states_their_wish_again() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    tree.all_done().await;
    queue.fail([Failure::Reset]);
    tree.say(2, "/search").await;
    tree.gets(1, &FOUND).await;
    tree.gets(2, &FOUND).await;
    tree.all_done().await;
}

#[actix::test]
async fn while_the_queue_is_away_people_are_told_once_and_then_found() {
    let (tree, queue) = tree().await;
    queue.away.store(true, Ordering::SeqCst);
    tree.say(1, "/search").await;
    tree.gets(1, &["search-started", "search-delayed"]).await;
    let asked = queue.asked.load(Ordering::SeqCst);
    tree.until("it is tried again", || queue.asked.load(Ordering::SeqCst) >= asked + 2).await;
    queue.away.store(false, Ordering::SeqCst);
    tree.say(2, "/search").await;
    tree.gets(1, &["search-started", "search-delayed", "chat-found"]).await;
    tree.gets(2, &FOUND).await;
    tree.all_done().await;
}

/// After an outage the queue may have lost the newest of what it knew, without saying so.
#[actix::test]
async fn after_an_outage_everybody_states_their_wish_again() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    tree.all_done().await;
    queue.pool.lock().unwrap().cancel(UserId(1));
    queue.fail([Failure::Unsent]);
    tree.say(2, "/search").await;
    tree.gets(1, &FOUND).await;
    tree.gets(2, &FOUND).await;
}

/// What a user says while a request is under way is not overtaken by its answer, and costs nobody
/// their place.
#[actix::test]
async fn a_search_that_is_stopped_while_it_is_answered_gives_the_partner_back() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    queue.hold(2);
    tree.say(2, "/search").await;
    tree.until("it is under way", || queue.asked.load(Ordering::SeqCst) == 2).await;
    tree.say(2, "/stop").await;
    tree.gets(2, &["search-started", "search-stopped"]).await;
    tree.all_done().await;
    queue.release();
    // The search, the partner's return, the stop.
    tree.until("all is said", || queue.asked.load(Ordering::SeqCst) == 4).await;
    tree.until("the partner is back", || queue.waiting() == 1).await;
    assert_eq!(tree.store.opens.load(Ordering::SeqCst), 0);
    tree.say(3, "/search").await;
    tree.gets(1, &FOUND).await;
    tree.gets(3, &FOUND).await;
    assert_eq!(tree.got(2), ["search-started", "search-stopped"]);
}

#[actix::test]
async fn who_stops_during_an_outage_is_not_found_afterwards() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    queue.away.store(true, Ordering::SeqCst);
    tree.say(1, "/stop").await;
    tree.gets(1, &["search-started", "search-stopped"]).await;
    tree.until("it has failed", || queue.asked.load(Ordering::SeqCst) >= 3).await;
    queue.away.store(false, Ordering::SeqCst);
    tree.until("the queue has heard it", || queue.waiting() == 0).await;
    tree.all_done().await;
}

#[actix::test]
async fn seekers_survive_a_panic_and_a_death() {
    for death in [false, true] {
        let (tree, queue) = tree().await;
        tree.say(1, "/search").await;
        tree.until("one waits", || queue.waiting() == 1).await;
        tree.all_done().await;
        let before = queue.asked.load(Ordering::SeqCst);
        match death {
            true => tell!(tree.env().directory.one::<Matchmaker>(), Die),
            false => tell!(tree.env().directory.one::<Matchmaker>(), Crash),
        };
        // Numbers grow over the death: the wish is not taken for an outdated one.
        tree.until("they come again", || queue.asked.load(Ordering::SeqCst) > before).await;
        tree.say(2, "/search").await;
        tree.gets(1, &FOUND).await;
        tree.gets(2, &FOUND).await;
        tree.all_done().await;
    }
}

/// Another node may open the pair at once. If this one ended then, whoever took its place would
/// find a pair of somebody who, by their row, wants none.
#[actix::test]
async fn a_wish_is_in_the_queue_only_when_its_row_is_in_the_store() {
    let (tree, queue) = tree().await;
    tree.say(1, "/help").await;
    tree.gets(1, &["help-text"]).await;
    tree.all_done().await;
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    tree.say(1, "/search").await;
    tree.gets(1, &["help-text", "search-started"]).await;
    // Whoever is ended meanwhile is not found later.
    tree.say(1, "/stop").await;
    tree.say(1, "/search").await;
    tree.gets(1, &["help-text", "search-started", "search-stopped", "search-started"]).await;
    tree.until("the queue hears of the end", || queue.asked.load(Ordering::SeqCst) == 1).await;
    assert_eq!(queue.waiting(), 0);
    tree.store.away.store(0, Ordering::SeqCst);
    tree.until("the wish is in the queue", || queue.waiting() == 1).await;
    let searches = |phase: &Phase| matches!(phase, Phase::Searching { .. });
    assert!(searches(&tree.store.accounts.lock().unwrap()[&UserId(1)].phase), "and the row is in the store");
    assert_eq!(*queue.sought.lock().unwrap(), [UserId(1)]);
}

/// What their next node says would come first, and this behind it.
#[actix::test]
async fn a_wish_does_not_outlive_the_move_of_its_user() {
    let (tree, queue) = tree().await;
    queue.away.store(true, Ordering::SeqCst);
    tree.say(1, "/search").await;
    tree.until("it has failed", || queue.asked.load(Ordering::SeqCst) >= 2).await;
    tree.engine.move_out(Arc::new(|user| user != UserId(1))).await;
    // They have stopped, on their next node.
    tree.person(1, Phase::Idle);
    queue.away.store(false, Ordering::SeqCst);
    // Somebody who stays is asked for as before; their request is behind whatever was left.
    tree.say(2, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    // Longer than the longest pause that has begun by now, and than everybody is recalled after.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!queue.sought.lock().unwrap().contains(&UserId(1)), "nothing is asked for who has moved");
}

/// Its answer would be a failure, and it would be made again behind what the next node asks. Guard:
/// `again_later` asks who leaves.
#[actix::test]
async fn what_is_under_way_for_one_who_moves_is_not_asked_again() {
    let (tree, queue) = tree().await;
    queue.hold(1);
    tree.say(1, "/search").await;
    tree.until("it is under way", || queue.asked.load(Ordering::SeqCst) == 1).await;
    let fails = async {
        tree.until("the session is gone", || tree.env().meters.sessions.get() == 0).await;
        queue.away.store(true, Ordering::SeqCst);
        queue.release();
    };
    tokio::join!(tree.engine.move_out(Arc::new(|user| user != UserId(1))), fails);
    tree.person(1, Phase::Idle);
    queue.away.store(false, Ordering::SeqCst);
    tree.say(2, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    // Longer than the first pause.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!queue.sought.lock().unwrap().contains(&UserId(1)));
}

/// Guard: `LetGo` forgets the reminders of those who go.
#[actix::test]
async fn who_has_moved_is_reminded_by_their_next_node() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    tree.all_done().await;
    tree.engine.move_out(Arc::new(|user| user != UserId(1))).await;
    queue.pool.lock().unwrap().cancel(UserId(1));
    tree.pass_ms(super::shared::RESTATED.as_millis() as i64 + 1);
    // One whose time has come later is reminded after all who came before.
    tree.person(3, Phase::Searching { since: Millis(0), confirmed: Millis(0), widened: 0 });
    tell!(tree.env().directory.of::<Shard>(UserId(3).0), Recall { user: UserId(3) });
    tree.until("the other one is reminded", || !tree.got(3).is_empty()).await;
    assert_eq!(tree.env().meters.sessions.get(), 1, "nobody wakes the session of who has moved");
}

/// Guard: `Unseek` forgets a wish whose row is not kept yet.
#[actix::test]
async fn who_stops_before_their_wish_is_kept_is_not_asked_for() {
    let (tree, queue) = tree().await;
    tree.say(1, "/help").await;
    tree.gets(1, &["help-text"]).await;
    tree.all_done().await;
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    tree.say(1, "/search").await;
    tree.say(1, "/stop").await;
    tree.until("the queue hears of the end", || queue.asked.load(Ordering::SeqCst) == 1).await;
    tree.store.away.store(0, Ordering::SeqCst);
    // Behind it in the store, and so in the queue.
    tree.say(2, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    assert_eq!(*queue.sought.lock().unwrap(), [UserId(2)]);
}

/// An ended search is known to nobody but the node that was told: its users wait for the queue.
#[actix::test]
async fn a_stop_is_in_the_queue_before_its_user_moves() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    queue.fail([Failure::Unsent, Failure::Unsent]);
    tree.say(1, "/stop").await;
    tree.gets(1, &["search-started", "search-stopped"]).await;
    tree.engine.move_out(Arc::new(|user| user != UserId(1))).await;
    assert_eq!(queue.waiting(), 0);
}

/// A node that stood still may take a partner out of the queue though its place was taken.
#[actix::test]
async fn a_wish_is_stated_again_each_minute() {
    let (tree, queue) = tree().await;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1).await;
    tree.all_done().await;
    queue.pool.lock().unwrap().cancel(UserId(1));
    tree.pass_ms(super::shared::RESTATED.as_millis() as i64 + 1);
    // The timer was set by a clock that stands; a wish that is due sooner lets it look.
    tree.person(3, Phase::Searching { since: Millis(0), confirmed: Millis(0), widened: 0 });
    tell!(tree.env().directory.of::<Shard>(UserId(3).0), Recall { user: UserId(3) });
    tree.gets(1, &FOUND).await;
}

/// The reminder may have come just before two were matched: who states the wish again while the
/// store is asked, and is given back, is still reminded.
#[actix::test]
async fn a_wish_that_is_stated_while_a_pair_is_opened_has_a_reminder() {
    let (tree, queue) = tree().await;
    let reminded = |many| tree.env().meters.seekers.get() == many;
    tree.say(1, "/search").await;
    tree.until("one waits", || queue.waiting() == 1 && reminded(1)).await;
    tree.all_done().await;
    tree.store.refuse_open.store(u32::MAX, Ordering::SeqCst);
    tree.say(2, "/search").await;
    // Both are reminded or none, but while a pair is being opened.
    tree.until("one is reminded", || {
        tell!(tree.env().directory.of::<Shard>(UserId(1).0), Recall { user: UserId(1) });
        reminded(1) && queue.waiting() == 0
    })
    .await;
    tree.store.refuse_open.store(0, Ordering::SeqCst);
    tree.gets(1, &FOUND).await;
    tree.gets(2, &FOUND).await;
    tree.all_done().await;
}
