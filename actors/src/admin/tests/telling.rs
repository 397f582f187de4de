//! When what operators say counts as said.

use super::tree;
use crate::ports::{PeerEvent, Told};
use nameless_domain::capabilities;
use nameless_domain::capabilities::admin::{Event, Line, LineKind};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Phase;
use std::time::Duration;

/// Guards: the ticket in `tell_line`, as a process may end before it has left; and `Telling`.
#[actix::test]
async fn a_line_counts_as_said_once_it_has_left() {
    let (tree, book) = tree().await;
    tree.person(6, Phase::Idle);
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    let tell = || {
        let line = Line { line: 7, kind: LineKind::Warning, reason: "no ads".into() };
        let told = Told::Capability(capabilities::Event::Admin(Event::Line(line)));
        tree.engine.from_peer(UserId(6), PeerEvent::Told { told });
    };
    tell();
    tree.until("it is with Telegram", || tree.tries() == 1).await;
    // As the watch does when it takes long.
    tell();
    let noted = tree.until("it is noted", || !book.heard.lock().unwrap().is_empty());
    let soon = tokio::time::timeout(Duration::from_millis(50), noted).await;
    assert!(soon.is_err(), "noted before it has left");
    drop(door);
    tree.until("it is noted", || *book.heard.lock().unwrap() == [7]).await;
    assert_eq!(tree.got(6), ["warned"]);
}
