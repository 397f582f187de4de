//! Pairs whose other member lives on another node.

use super::Relay;
use super::{Pass, Tickets};
use crate::kernel::ticket::Accepted;
use crate::ports::{MapRow, PeerEvent};
use crate::testing::peers::Neighbour;
use crate::testing::{NEWER, Tree};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::profile::Interests;
use nameless_domain::relay::{RelayOp, Side};
use nameless_domain::session::EndCause;
use nameless_domain::session::account::Phase;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// User 1 lives here, user 1001 there.
async fn two_nodes() -> (Tree, Arc<Neighbour>, PairId) {
    let there = Arc::new(Neighbour::default());
    let tree = Tree::grow_beside(there.clone()).await;
    let pair = tree.chat(1, 1_001);
    (tree, there, pair)
}

fn closed(pair: PairId, cause: EndCause) -> PeerEvent {
    PeerEvent::PairClosed { pair, cause, partner: UserId(1) }
}

/// What the partner has said until then may still be on its way from the other node (I4).
#[actix::test]
async fn that_a_chat_is_over_is_said_when_the_other_node_has_heard_of_it() {
    let (tree, there, pair) = two_nodes().await;
    tree.say(1, "/stop").await;
    let over = [closed(pair, EndCause::Stopped)];
    tree.until("the other node hears", || there.told(1_001) == over).await;
    assert!(tree.got(1).is_empty(), "{:?}", tree.got(1));
    tree.engine.from_peer(UserId(1), PeerEvent::PairLeft { pair });
    tree.gets(1, &["ended-by-you"]).await;
    tree.all_done().await;
}

#[actix::test]
async fn a_node_that_does_not_answer_holds_nobody_up_for_long() {
    let (tree, there, pair) = two_nodes().await;
    tree.say(1, "/next").await;
    tree.say(1, "/help").await;
    tree.gets(1, &["ended-next", "help-text"]).await;
    assert_eq!(there.told(1_001), [closed(pair, EndCause::Next)]);
    tree.all_done().await;
}

/// Here it would arrive behind the line that the chat is over.
#[actix::test]
async fn the_other_node_hears_when_nothing_is_under_way_to_its_user_any_more() {
    let (tree, there, pair) = two_nodes().await;
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "last words").await;
    tree.until("it is in the air", || tree.tries() == 1).await;
    tree.say(1, "/stop").await;
    tree.until("the pair has ended", || tree.env().meters.pairs_ended.get() == 1).await;
    assert_eq!(there.told(1_001), []);
    drop(door);
    // The first is the other half's row of what has arrived; that may find the pair gone.
    let over = closed(pair, EndCause::Stopped);
    tree.until("the other node hears", || there.told(1_001).contains(&over)).await;
    assert_eq!(tree.got(1_001), ["last words"]);
    tree.all_done().await;
}

#[actix::test]
async fn who_hears_of_the_end_from_another_node_answers_when_nothing_is_under_way_any_more() {
    let (tree, there, pair) = two_nodes().await;
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "in the air").await;
    tree.until("it is in the air", || tree.tries() == 1).await;
    tree.say(1, "in the queue").await;
    tree.until("it waits", || tree.env().meters.outbox_depth.get() == 1).await;
    let end = PeerEvent::PairClosed { pair, cause: EndCause::Stopped, partner: UserId(1_001) };
    tree.engine.from_peer(UserId(1), end);
    tree.until("the pair has ended", || tree.env().meters.pairs_ended.get() == 1).await;
    assert_eq!(there.told(1_001), []);
    drop(door);
    let left = PeerEvent::PairLeft { pair };
    tree.until("the other node hears", || there.told(1_001).contains(&left)).await;
    assert_eq!(tree.got(1_001), ["in the air"], "what was queued is taken back");
    tree.gets(1, &["ended-by-partner"]).await;
    tree.all_done().await;
}

/// The other node may still wait for the store, and die. Guards: `Notice::waits`, and that this
/// node keeps the end as well.
#[actix::test]
async fn the_end_is_kept_before_what_another_node_tells_of_it_is_passed_on() {
    let (tree, _there, pair) = two_nodes().await;
    tree.say(1, "hello").await;
    tree.gets(1_001, &["hello"]).await;
    tree.all_done().await;
    tree.store.away.store(3, Ordering::SeqCst);
    let end = PeerEvent::PairClosed { pair, cause: EndCause::Stopped, partner: UserId(1_001) };
    tree.engine.from_peer(UserId(1), end);
    tree.gets(1, &["ended-by-partner"]).await;
    let (_, live) = tree.store.pairs.lock().unwrap()[&pair].clone();
    assert!(!live, "the store knows");
}

/// The other node's word of the end is sooner than the end is in the store. A pair that were loaded
/// again would stay for ever, with a message under way that the outbox has thrown away.
#[actix::test]
async fn what_is_said_behind_the_end_does_not_bring_the_pair_back() {
    let (tree, there, pair) = two_nodes().await;
    tree.say(1, "hello").await;
    tree.gets(1_001, &["hello"]).await;
    tree.all_done().await;
    let end = PeerEvent::PairClosed { pair, cause: EndCause::Stopped, partner: UserId(1_001) };
    let loads = tree.store.loads_of_pairs.load(Ordering::SeqCst);
    let said = tree.env().directory.of::<Relay>(pair.0).get();
    tree.engine.from_peer(UserId(1), end);
    let op = RelayOp::React { message: MessageId(NEWER + 1), emoji: None };
    let behind = Pass { pair, by: UserId(1), op, tickets: Tickets::new() };
    said.inspect(|relay| crate::kernel::tell(relay, behind));
    let left = PeerEvent::PairLeft { pair };
    tree.until("the other node hears", || there.told(1_001).contains(&left)).await;
    tree.gets(1, &["ended-by-partner"]).await;
    assert_eq!(tree.env().meters.pairs_loaded.get(), 0);
    assert_eq!(tree.store.loads_of_pairs.load(Ordering::SeqCst), loads, "the store may not know yet");
}

/// While the store is away, too.
#[actix::test]
async fn the_first_text_of_a_chat_that_another_node_opened_needs_no_store() {
    let there = Arc::new(Neighbour::default());
    let tree = Tree::grow_beside(there.clone()).await;
    let pair = tree.chat(1, 1_001);
    let now = tree.env().clock.now();
    tree.person(1, Phase::Searching { since: now, confirmed: now, widened: 0 });
    let members = [UserId(1), UserId(1_001)];
    tree.engine.from_peer(UserId(1), PeerEvent::PairOpened { pair, members, common: Interests::default() });
    tree.until("it has begun", || !tree.got(1).is_empty()).await;
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    tree.say(1, "hello").await;
    tree.gets(1_001, &["hello"]).await;
}

/// What is answered had left in a former life, and comes again behind the answer that waits for it.
/// Guard: `had_left` in `Relay::work`.
#[actix::test]
async fn an_answer_finds_what_comes_again_behind_it() {
    let tree = Tree::grow_beside(Arc::new(Neighbour::default())).await;
    tree.chat(1, 2);
    tree.say(2, "re:700:answer").await;
    tree.until("the store is asked again", || tree.store.loads_of_pairs.load(Ordering::SeqCst) >= 2).await;
    let text = tree.unfinished(1, "seen already", Some(vec![MessageId(700)]));
    let update = tree.env().decoder.decode(&text.raw).unwrap();
    let (seq, raw, sent, update_id) = (text.seq, text.raw, text.sent, update.update_id);
    let accepted = Accepted { seq, update_id, user: UserId(1), raw, sent, attempt: 1 };
    tree.engine.deliver_here(update, accepted).await;
    tree.gets(1, &[&format!("answer re {}", NEWER + seq.0 as i32)]).await;
    tree.all_done().await;
    assert!(tree.got(2).is_empty());
}

/// The partner answers faster than word of the message comes here.
#[actix::test]
async fn an_answer_waits_for_word_of_what_it_answers() {
    let (tree, _, pair) = two_nodes().await;
    tree.say(1, "first").await;
    tree.gets(1_001, &["first"]).await;
    tree.say(1, "re:500:answer").await;
    tree.say(1, "behind it").await;
    tree.until("the store was asked", || tree.env().meters.pairs_loaded.get() == 1).await;
    let row = MapRow { from: Side::B, source: MessageId(70), copy: MessageId(500) };
    tree.engine.from_peer(UserId(1), PeerEvent::Mapped { pair, rows: vec![row] });
    tree.gets(1_001, &["first", "answer re 70", "behind it"]).await;
    // Of what was never relayed no word comes.
    tree.say(1, "re:501:to nothing").await;
    tree.gets(1_001, &["first", "answer re 70", "behind it", "to nothing"]).await;
    tree.all_done().await;
}

/// The partner's node is quicker than the store, which is asked for a pair that is not in memory:
/// after a crash, or after a long silence.
#[actix::test]
async fn word_of_a_message_waits_for_a_pair_that_is_being_loaded() {
    let (tree, _, pair) = two_nodes().await;
    let row = MapRow { from: Side::B, source: MessageId(70), copy: MessageId(500) };
    tree.engine.from_peer(UserId(1), PeerEvent::Mapped { pair, rows: vec![row] });
    tree.say(1, "re:500:answer").await;
    tree.gets(1_001, &["answer re 70"]).await;
    tree.all_done().await;
}

/// The store, asked for what is answered, says that the pair is over; the partner may have read so.
#[actix::test]
async fn an_answer_does_not_go_into_a_pair_that_the_store_knows_to_be_over() {
    let (tree, _, pair) = two_nodes().await;
    tree.say(1, "first").await;
    tree.gets(1_001, &["first"]).await;
    tree.store.pairs.lock().unwrap().entry(pair).and_modify(|(_, live)| *live = false);
    tree.say(1, "re:500:answer").await;
    tree.gets(1, &["ended-lost"]).await;
    tree.all_done().await;
    assert_eq!(tree.got(1_001), ["first"]);
    assert_eq!(tree.env().meters.pairs_loaded.get(), 0);
}

/// The other node's word of the end comes while the store is asked: it says why.
#[actix::test]
async fn why_a_pair_is_over_is_said_if_word_of_it_comes() {
    let (tree, _, pair) = two_nodes().await;
    tree.say(1, "first").await;
    tree.gets(1_001, &["first"]).await;
    tree.store.pairs.lock().unwrap().entry(pair).and_modify(|(_, live)| *live = false);
    let looks = tree.store.loads_of_pairs.load(Ordering::SeqCst);
    tree.say(1, "re:500:answer").await;
    tree.until("the store was asked", || tree.store.loads_of_pairs.load(Ordering::SeqCst) > looks).await;
    let end = PeerEvent::PairClosed { pair, cause: EndCause::Stopped, partner: UserId(1_001) };
    tree.engine.from_peer(UserId(1), end);
    tree.gets(1, &["ended-by-partner"]).await;
    tree.all_done().await;
    assert_eq!((tree.got(1_001), tree.env().meters.pairs_loaded.get()), (vec!["first".to_owned()], 0));
}
