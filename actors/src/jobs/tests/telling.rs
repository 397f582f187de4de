//! Ends are told until they have left, whoever ends meanwhile.

use super::*;
use crate::jobs::tellings::TELL_TRIES;
use crate::kernel::ticket::Accepted;
use crate::ports::{Anchor, PeerEvent, Peers, Taken};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Everybody lives here; they may be about to go.
#[derive(Default)]
struct Moving {
    goes: AtomicBool,
    anchors: Arc<AtomicU32>,
}

impl Moving {
    /// How many tellings keep somebody here.
    fn anchors(&self) -> u32 {
        self.anchors.load(Ordering::SeqCst)
    }
}

impl Peers for Moving {
    fn take(&self, _: &Accepted) -> Taken {
        Taken::Here
    }
    fn is_mine(&self, _: UserId) -> bool {
        true
    }
    fn anchor(&self, _: UserId) -> Option<Anchor> {
        if self.goes.load(Ordering::SeqCst) {
            return None;
        }
        let anchors = self.anchors.clone();
        anchors.fetch_add(1, Ordering::SeqCst);
        Some(Anchor::new(move || _ = anchors.fetch_sub(1, Ordering::SeqCst)))
    }
    fn born(&self, _: UserId) -> Seq {
        Seq(0)
    }
    fn tell(&self, _: UserId, _: PeerEvent) {}
}

/// A telling that is dropped comes again, with what had left; one that is marked does not.
#[actix::test]
async fn an_end_is_owed_until_it_has_left() {
    let mut node = Node::start(&table(), 1, |_| {});
    node.add(&["a"]).await;
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    let told = node.told().await;
    let clone = told.ticket.clone();
    told.ticket.note_sent(&[MessageId(5)]);
    told.ticket.done();
    tokio::time::sleep(60 * SECOND).await;
    assert!(lock(&node.results.0).is_empty(), "it is under way");
    drop(clone);
    let again = node.told().await;
    assert_eq!(again.ticket.claim_sent(1).map(|ids| ids.to_vec()), Some(vec![MessageId(5)]));
    again.ticket.done();
    node.until("it is marked", |node| !node.table.row("a").owed).await;
    tokio::time::sleep(60 * SECOND).await;
    assert!(lock(&node.results.0).is_empty());
}

#[actix::test]
async fn what_nobody_can_tell_is_given_up() {
    let mut node = Node::start(&table(), 1, |_| {});
    node.add(&["a"]).await;
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    for _ in 0..=TELL_TRIES {
        drop(node.told().await.ticket);
    }
    node.until("it is given up", |node| !node.table.row("a").owed).await;
    assert_eq!(node.jobs.meters().untold.get(), 1);
}

/// The process ends with ends that were not told and attempts under way; the next one goes on.
#[actix::test]
async fn the_next_life_goes_on() {
    let table = table();
    let mut one = Node::start(&table, 1, |_| {});
    one.add(&["told", "untold", "under way"]).await;
    for key in ["told", "untold", "under way"] {
        let attempt = one.begins(key, 1).await;
        if key != "under way" {
            attempt.end.send(Ok(Vec::new())).unwrap();
            let told = one.told().await;
            assert_eq!(&*told.key, key);
            match key {
                "told" => told.ticket.done(),
                _ => std::mem::forget(told.ticket),
            }
        } else {
            std::mem::forget(attempt.end);
        }
    }
    one.until("it is marked", |node| !node.table.row("told").owed).await;
    tell!(one.jobs.place(), Die);
    one.gone.recv().await.expect("it is gone");
    let mut two = Node::start(&table, 1, |_| {});
    two.begins("under way", 2).await;
    let told = two.told().await;
    assert_eq!(&*told.key, "untold");
    tokio::time::sleep(60 * SECOND).await;
    assert!(lock(&two.results.0).is_empty());
}

/// An actor that dies loses nothing: what it had begun begins again, what is being told is not told
/// twice.
#[actix::test]
async fn a_dead_actor_is_followed_by_one_that_knows() {
    let mut node = Node::start(&table(), 1, |_| {});
    node.add(&["a", "b"]).await;
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    let told = node.told().await;
    let _b = node.begins("b", 1).await;
    tell!(node.jobs.place(), Die);
    node.gone.recv().await.expect("it is gone");
    node.jobs.start(&On::Here, |_| {});
    let _again = node.begins("b", 2).await;
    tokio::time::sleep(60 * SECOND).await;
    assert!(lock(&node.results.0).is_empty(), "it is being told");
    told.ticket.done();
    node.until("it is marked", |node| !node.table.row("a").owed).await;
}

/// An end is told where its user lives: the node that carried the job out tells the others, whose
/// look finds it.
#[actix::test]
async fn an_end_is_told_where_its_user_lives() {
    let table = table();
    let elsewhere = Arc::new(Neighbour::default());
    let mut one = Node::start_beside(&table, 1, Some(elsewhere), |_| {});
    let added = one.jobs.added(vec![of(1_002, "a")]).await;
    assert_eq!(added, Some(vec![Added::New]));
    let a = one.begins("a", 1).await;
    let two = Node::start(&table, 2, |lane| lane.at_once = 0);
    a.end.send(Ok(Vec::new())).unwrap();
    one.until("the others are told", |node| lock(&node.others.told).contains(&Word::Owed)).await;
    two.others.heard.notify_one();
    assert_eq!(&*two.told().await.key, "a");
    assert!(lock(&one.results.0).is_empty());
}

/// I16, I17: the next owner of its user would tell it again.
#[actix::test]
async fn who_is_told_stays_until_that_is_marked() {
    let peers = Arc::new(Moving::default());
    let mut node = Node::start_beside(&table(), 1, Some(peers.clone()), |_| {});
    node.add(&["a"]).await;
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    let told = node.told().await;
    assert_eq!(peers.anchors(), 1);
    // Lost, and told again later.
    told.ticket.note_sent(&[MessageId(5)]);
    drop(told);
    let told = node.told().await;
    assert_eq!(peers.anchors(), 1);
    node.table.away.store(u32::MAX, Ordering::SeqCst);
    told.ticket.done();
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(peers.anchors(), 1, "the store does not know yet");
    node.table.away.store(0, Ordering::SeqCst);
    node.until("they may go", |_| peers.anchors() == 0).await;
    assert!(!node.table.row("a").owed);
}

/// Guards: what is not told for that reason is neither given up nor forgotten.
#[actix::test]
async fn nothing_is_told_to_whoever_is_about_to_go() {
    let peers = Arc::new(Moving::default());
    let mut node = Node::start_beside(&table(), 1, Some(peers.clone()), |_| {});
    node.add(&["a"]).await;
    peers.goes.store(true, Ordering::SeqCst);
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    node.until("it is kept", |node| node.table.row("a").owed).await;
    tokio::time::sleep(60 * SECOND).await;
    assert!(lock(&node.results.0).is_empty(), "it is for their next owner");
    assert_eq!(node.table.row("a").told, 0, "no try");
    peers.goes.store(false, Ordering::SeqCst);
    assert_eq!(&*node.told().await.key, "a", "they stay after all");
}

#[actix::test]
async fn a_closed_one_begins_and_tells_nothing_and_keeps_what_it_was_given() {
    let mut node = Node::start(&table(), 1, |_| {});
    node.add(&["a"]).await;
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    let told = node.told().await;
    let closed = node.jobs.clone();
    let close = tokio::task::spawn_local(async move { closed.close().await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    node.add(&["b"]).await;
    assert!(!close.is_finished(), "something is being told");
    told.ticket.done();
    tokio::time::timeout(10 * SECOND, close).await.expect("it is closed").unwrap();
    node.rests(60 * SECOND).await;
    assert_eq!(node.state("b"), (State::Pending, 0));
}
