//! Users of another node are told there (`testing::peers`: everybody from 1,000 on).

use super::to_session;
use crate::env::Faults;
use crate::ports::{PeerEvent, Told};
use crate::testing::Tree;
use crate::testing::peers::Neighbour;
use nameless_domain::capabilities::{self, feedback};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::relay::Undelivered;
use nameless_domain::session::Event;
use nameless_domain::session::account::Phase;
use std::sync::Arc;

/// Everything that may begin on one node for a user of another.
fn all() -> Vec<Event> {
    let pair = PairId(7);
    vec![
        Event::Unreachable,
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
