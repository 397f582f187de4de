//! Requests that keep their order.

use super::asking::{InTurn, begin};
use crate::capabilities::{Capabilities, CompanionPort};
use crate::kernel::ticket::Tickets;
use crate::ports::{PortFuture, StoreError};
use crate::testing::Tree;
use nameless_domain::capabilities;
use nameless_domain::capabilities::companion::{Event, Request};
use nameless_domain::ids::{ChatId, DialogId, MessageId, UserId};
use nameless_domain::session::account::Phase;
use nameless_domain::text::Lang;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A store that is away for what is said first.
#[derive(Default)]
struct Away {
    was: AtomicBool,
    heard: Mutex<Vec<String>>,
}

impl CompanionPort for Away {
    fn ask(&self, _: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        let Request::Say { words, .. } = request else { panic!("{request:?}") };
        Box::pin(async move {
            if !self.was.swap(true, Ordering::SeqCst) {
                return Err(StoreError::Unavailable("away".into()));
            }
            self.heard.lock().unwrap().push(words);
            Ok(Event::Kept)
        })
    }
}

/// Guard: the turn in `begin`.
#[actix::test]
async fn what_somebody_says_stays_in_its_order_where_the_store_is_away() {
    let port = Arc::new(Away::default());
    let capabilities = Capabilities { companion: port.clone(), ..Capabilities::absent() };
    let tree = Tree::grow_capable(capabilities).await;
    tree.person(1, Phase::Idle);
    let turn = InTurn::default();
    for (n, words) in ["one", "two", "three"].into_iter().enumerate() {
        let said =
            Request::Say { dialog: DialogId(1), message: MessageId(n as i32), words: words.to_owned() };
        let request = capabilities::Request::Companion(said);
        assert!(request.keeps_order());
        let to = (Lang::En, ChatId(1));
        begin(tree.env().clone(), UserId(1), to, (request, Some(turn.clone())), Tickets::new());
    }
    tree.until("all of it", || port.heard.lock().unwrap().len() == 3).await;
    assert_eq!(*port.heard.lock().unwrap(), ["one", "two", "three"]);
}
