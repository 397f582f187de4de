//! What the store of dating has the engine do.

use super::{Ears, learn};
use crate::capabilities::{Capabilities, DatingEngine, DatingPort, Glance};
use crate::faceguard::Photo;
use crate::ports::{PortFuture, StoreError};
use crate::testing::Tree;
use nameless_domain::capabilities::dating::{Event, Request};
use nameless_domain::capabilities::faceguard::{Decision, Verdict};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::account::Phase;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Weak};

/// A port that only takes hold of the engine.
#[derive(Default)]
struct Attached(Mutex<Option<Arc<dyn DatingEngine>>>);

impl DatingPort for Attached {
    fn ask(&self, _: UserId, _: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::Dry) })
    }
    fn attach(&self, engine: Arc<dyn DatingEngine>) {
        *self.0.lock().unwrap() = Some(engine);
    }
    fn look_again(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }
    fn tidy(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// A port whose steps end so, the last of them first.
struct Steps(Mutex<Vec<Result<usize, StoreError>>>);

impl DatingPort for Steps {
    fn ask(&self, _: UserId, _: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::Dry) })
    }
    fn attach(&self, _: Arc<dyn DatingEngine>) {}
    fn look_again(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }
    fn tidy(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        let next = self.0.lock().unwrap().pop().expect("one step too many");
        Box::pin(async { next })
    }
}

/// While it is time for somebody's one look follows the other.
#[actix::test]
async fn old_prices_are_learnt_one_step_after_the_other() {
    let away = || Err(StoreError::Unavailable("away".into()));
    for (steps, may_act, left) in [
        (vec![Ok(9), Ok(0), Ok(1), Ok(50)], true, 1),
        (vec![Ok(9), away(), Ok(50)], true, 1),
        (vec![Ok(9)], false, 1),
    ] {
        let port = Steps(Mutex::new(steps));
        learn(&port, || may_act).await;
        assert_eq!(port.0.lock().unwrap().len(), left);
    }
}

async fn tree() -> (Tree, Arc<dyn DatingEngine>) {
    let port = Arc::new(Attached::default());
    let capabilities = Capabilities { dating: port.clone(), ..Capabilities::absent() };
    let tree = Tree::grow_capable(capabilities).await;
    tree.until("the engine is attached", || port.0.lock().unwrap().is_some()).await;
    let engine = port.0.lock().unwrap().clone().expect("attached");
    (tree, engine)
}

fn opened(pair: PairId, partner: i64) -> Event {
    Event::ChatOpened { pair, partner: UserId(partner), name: "Lisa".into(), matched: None }
}

/// Neither is in memory: a session that has only its row would take the pair for one that was left.
#[actix::test]
async fn the_chat_with_a_match_begins_for_sessions_that_sleep() {
    let (tree, engine) = tree().await;
    let pair = tree.chat(1, 2);
    (1..=2).for_each(|user| tree.person(user, Phase::Idle));
    engine.tell(UserId(1), opened(pair, 2));
    engine.tell(UserId(2), opened(pair, 1));
    let began = ["dating-talk"];
    tree.gets(1, &began).await;
    tree.gets(2, &began).await;
    tree.say(1, "hello").await;
    tree.gets(2, &["dating-talk", "hello"]).await;
    // Told twice, it begins once.
    engine.tell(UserId(2), opened(pair, 1));
    tree.say(2, "and to you").await;
    tree.gets(1, &["dating-talk", "and to you"]).await;
    assert_eq!(tree.got(2).len(), 2);
}

/// Words that wait for a slow store were written before, for whoever was there then. Guard: the
/// event in `before`, in the session's handlers.
#[actix::test]
async fn what_waits_for_the_store_is_not_for_a_match() {
    let (tree, engine) = tree().await;
    let pair = tree.chat(1, 2);
    tree.person(1, Phase::Idle);
    tree.store.away.store(u32::MAX, Ordering::SeqCst);
    engine.tell(UserId(1), opened(pair, 2));
    tree.until("it is being loaded", || tree.store.away.load(Ordering::SeqCst) < u32::MAX).await;
    tree.say(1, "for another").await;
    tree.store.away.store(0, Ordering::SeqCst);
    tree.gets(1, &["dating-talk", "chat-older"]).await;
    tree.say(1, "for you").await;
    tree.gets(2, &["for you"]).await;
}

/// Who talks to somebody else meanwhile stays there.
#[actix::test]
async fn a_chat_that_goes_on_is_not_disturbed() {
    let (tree, engine) = tree().await;
    let pair = tree.chat(1, 2);
    tree.say(1, "hello").await;
    tree.gets(2, &["hello"]).await;
    engine.tell(UserId(1), opened(PairId(pair.0 + 50), 3));
    tree.say(1, "still here").await;
    tree.gets(2, &["hello", "still here"]).await;
    assert!(tree.got(1).is_empty());
}

fn photo() -> Photo {
    Photo {
        sender: UserId(1),
        partner: UserId(2),
        pair: PairId(-1),
        unique_id: "u".into(),
        file_id: "file".into(),
    }
}

/// Where nobody can look, a picture is unchecked, never approved.
#[actix::test]
async fn a_picture_that_nobody_looks_at_is_unchecked() {
    let (_tree, engine) = tree().await;
    assert_eq!(engine.vet("file".into()).await, Verdict::NO_WORKER);
    assert_eq!(engine.vet_here(vec![0xff, 0xd8, 0xff]).await, Verdict::NO_WORKER);
    assert_eq!(Verdict::NO_WORKER.decision(), Decision::Unchecked);
    // One in a letter stays behind its spoiler where nobody looks at all.
    assert_eq!(engine.look(photo()).await, Glance::Off);
    engine.wake();
}

/// That the engine ends says nothing of whether pictures are looked at. Guard: the first lines of
/// `look`.
#[actix::test]
async fn a_picture_waits_while_the_engine_ends() {
    let ended: Arc<dyn DatingEngine> = Arc::new(Ears(Weak::new()));
    assert_eq!(ended.look(photo()).await, Glance::Ending);
}
