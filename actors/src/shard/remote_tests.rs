//! Users of another node are told there (`testing::peers`: everybody from 1,000 on).

use super::to_session;
use crate::env::Faults;
use crate::ports::{PeerEvent, Told};
use crate::testing::Tree;
use crate::testing::peers::Neighbour;
use nameless_domain::capabilities::{self, feedback};
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::relay::Undelivered;
use nameless_domain::session::Event;
use nameless_domain::session::account::Phase;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Everything that may begin on one node for a user of another.
fn all() -> Vec<Event> {
    let pair = PairId(7);
    vec![
        Event::Unreachable { bot: BotId::FIRST },
        Event::Unreachable { bot: BotId(2) },
        Event::SearchRefused,
        Event::SearchDelayed,
        Event::NotArrived { pair, why: Undelivered::Failed },
        Event::ExportFailed,
        Event::PutAside,
        Event::Unsaid,
        Event::Capability(capabilities::Event::Feedback(feedback::Event::Kept)),
    ]
}

#[actix::test]
async fn every_event_for_a_user_of_another_node_goes_there() {
    let there = Arc::new(Neighbour::default());
    let tree = Tree::grow_beside(there.clone()).await;
    for event in all() {
        to_session(tree.env(), UserId(1_001), event);
    }
    let told: Vec<Event> = there
        .told(1_001)
        .into_iter()
        .map(|event| {
            // As it travels.
            let event: PeerEvent = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
            match event {
                PeerEvent::Told { told } => told.into(),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_eq!(told, all());
}

#[actix::test]
async fn what_another_node_tells_reaches_the_session() {
    let tree = Tree::grow(Faults::default()).await;
    tree.person(1, Phase::Idle);
    let told = Told::of(all().pop().unwrap()).unwrap();
    tree.engine.from_peer(UserId(1), PeerEvent::Told { told });
    tree.gets(1, &["feedback-thanks"]).await;
}

/// The store is slow with a session that was told to go, and that had to stay for that: whoever
/// asks again waits for it as well, as it may write. Guard: `going`.
#[actix::test]
async fn nobody_has_moved_out_while_their_session_waits_for_the_store() {
    let tree = Tree::grow(Faults::default()).await;
    tree.person(1, Phase::Idle);
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    tree.say(1, "/help").await;
    tree.until("it is being loaded", || tree.store.away.load(Ordering::SeqCst) < u32::MAX).await;
    let all_go = || tree.engine.move_out(Arc::new(|_| false));
    let first = tokio::time::timeout(Duration::from_millis(50), all_go()).await;
    assert!(first.is_err(), "it waits for the store");
    let second = all_go();
    tokio::pin!(second);
    let soon = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
    assert!(soon.is_err(), "it still does");
    tree.store.away.store(0, Ordering::SeqCst);
    second.await;
    tree.gets(1, &["help-text"]).await;
}
