//! The actor over a table in memory; the time is virtual.

mod held;
mod telling;

use super::*;
use crate::kernel::watched::On;
use crate::ports::{Added, Ending, Hold, JobBatch, JobEnd, JobStore, JobWakes, PortFuture};
use crate::service::Die;
use crate::tell;
use crate::testing::jobs::{Holder, State, Table, of};
use crate::testing::peers::Neighbour;
use nameless_domain::ids::{MessageId, Seq, UserId};
use std::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const SECOND: Duration = Duration::from_secs(1);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// An attempt that has begun; the test says how it ends.
struct Attempt {
    key: String,
    holding: Holding,
    end: tokio::sync::oneshot::Sender<Result<Vec<u8>, Failure>>,
}

/// Hands attempts to the test.
struct Hands(UnboundedSender<Attempt>);

impl Worker for Hands {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let (end, ended) = tokio::sync::oneshot::channel();
        let key = job.key.to_string();
        assert_eq!(key.as_bytes(), &*job.payload);
        assert_ne!(key, "panics at once");
        self.0.send(Attempt { key, holding, end }).expect("the test listens");
        Box::pin(async move { ended.await.unwrap_or_else(|_| panic!("as asked")) })
    }
}

/// Keeps what it is told until the test takes it.
#[derive(Default)]
struct Heard(Mutex<VecDeque<FinishedJob>>);

impl Results for Heard {
    fn take(&self, finished: FinishedJob) {
        lock(&self.0).push_back(finished);
    }
}

/// Words that were told to the others, and a way in.
#[derive(Default)]
struct Others {
    told: Mutex<Vec<Word>>,
    heard: tokio::sync::Notify,
}

impl JobWakes for Others {
    fn tell(&self, word: Word) {
        lock(&self.told).push(word);
    }
    fn heard(&self) -> PortFuture<'_, Vec<Word>> {
        Box::pin(async {
            self.heard.notified().await;
            vec![Word::Waiting("test".into()), Word::Owed]
        })
    }
}

struct Node {
    jobs: JobsHandle,
    table: Arc<Table>,
    attempts: UnboundedReceiver<Attempt>,
    results: Arc<Heard>,
    others: Arc<Others>,
    gone: UnboundedReceiver<()>,
}

impl Node {
    fn start(table: &Arc<Table>, holder: u32, change: impl FnOnce(&mut JobLane)) -> Node {
        Node::start_beside(table, holder, None, change)
    }

    fn start_beside(
        table: &Arc<Table>,
        holder: u32,
        peers: Option<Arc<dyn crate::ports::Peers>>,
        change: impl FnOnce(&mut JobLane),
    ) -> Node {
        let (sender, attempts) = unbounded_channel();
        let mut lane = JobLane::new("test", Arc::new(Hands(sender)));
        change(&mut lane);
        let (results, others) = (Arc::new(Heard::default()), Arc::new(Others::default()));
        let setup = Setup {
            store: Arc::new(Holder(table.clone(), holder)),
            lanes: vec![lane],
            wakes: Some(others.clone()),
            results: results.clone(),
            poll: 2 * SECOND,
        };
        let jobs = JobsHandle::new(setup, peers, || Seq(7));
        let (sender, gone) = unbounded_channel();
        jobs.start(&On::Here, move |_| _ = sender.send(()));
        Node { jobs, table: table.clone(), attempts, results, others, gone }
    }

    async fn add(&self, keys: &[&str]) {
        let added = self.jobs.added(keys.iter().map(|key| of(1, key)).collect()).await;
        assert_eq!(added, Some(vec![Added::New; keys.len()]));
    }

    /// The next attempt; it must be this one.
    async fn begins(&mut self, key: &str, attempt: u16) -> Attempt {
        let next = tokio::time::timeout(Duration::from_secs(600), self.attempts.recv()).await;
        let next = next.expect("it begins").expect("a worker");
        assert_eq!((&*next.key, next.holding.attempt()), (key, attempt));
        next
    }

    /// Whether nothing begins for so long.
    async fn rests(&mut self, wait: Duration) {
        let next = tokio::time::timeout(wait, self.attempts.recv()).await;
        assert!(next.is_err(), "{:?} has begun", next.map(|a| a.map(|a| a.key)));
    }

    async fn until(&self, what: &str, mut holds: impl FnMut(&Node) -> bool) {
        for _ in 0..60_000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("does not come: {what}; {:?} {:?}", self.table.states(), self.jobs.meters().figures());
    }

    async fn told(&self) -> FinishedJob {
        self.until("an end is told", |node| !lock(&node.results.0).is_empty()).await;
        lock(&self.results.0).pop_front().expect("one")
    }

    fn state(&self, key: &str) -> (State, u16) {
        let row = self.table.row(key);
        (row.state, row.attempt)
    }
}

fn table() -> Arc<Table> {
    tokio::time::pause();
    Arc::default()
}

#[actix::test]
async fn a_job_is_begun_with_the_commit_that_keeps_it() {
    let mut node = Node::start(&table(), 1, |_| {});
    node.add(&["a"]).await;
    let attempt = node.begins("a", 1).await;
    assert_eq!(node.jobs.added(vec![of(1, "a")]).await, Some(vec![Added::Before]), "one cause, one job");
    attempt.end.send(Ok(b"done".to_vec())).unwrap();
    let told = node.told().await;
    assert_eq!((&*told.key, told.user, told.outcome), ("a", UserId(1), Ok(b"done"[..].into())));
    assert_eq!(node.state("a"), (State::Completed, 1));
    assert!(node.table.row("a").owed);
    assert!(!told.ticket.is_update() && told.ticket.seq() == Seq(7));
    told.ticket.done();
    node.until("it is marked", |node| !node.table.row("a").owed).await;
    let batches = lock(&node.table.batches);
    let added = batches.iter().find(|batch| !batch.adds.is_empty()).expect("it was added");
    assert_eq!(added.claims.len(), 1, "in the same turn");
}

/// Tickets and answers of what the store refuses are dropped, those of the rest are not.
#[actix::test]
async fn what_is_refused_holds_up_nothing_else() {
    let mut node = Node::start(&table(), 1, |_| {});
    let added = |key| node.jobs.added(vec![of(1, key)]);
    // The first turn is under way, so that these share one.
    let (first, good, refused, last) =
        tokio::join!(added("first"), added("good"), added("refused"), added("last"));
    assert_eq!((first, good, last), (Some(vec![Added::New]), Some(vec![Added::New]), Some(vec![Added::New])));
    assert_eq!(refused, None);
    for key in ["first", "good", "last"] {
        node.begins(key, 1).await;
    }
}

#[actix::test]
async fn the_bulkhead_holds() {
    let mut node = Node::start(&table(), 1, |lane| lane.at_once = 2);
    node.add(&["a", "b", "c", "d"]).await;
    let (a, b) = (node.begins("a", 1).await, node.begins("b", 1).await);
    node.rests(20 * SECOND).await;
    assert_eq!(lock(&node.others.told).first(), Some(&Word::Waiting("test".into())), "others may have room");
    a.end.send(Ok(Vec::new())).unwrap();
    let _c = node.begins("c", 1).await;
    node.rests(20 * SECOND).await;
    b.end.send(Err(Failure::Final("no".into()))).unwrap();
    node.begins("d", 1).await;
    assert_eq!(node.state("b"), (State::Failed, 1));
}

#[actix::test]
async fn in_vain_is_tried_again_later_and_not_for_ever() {
    let back_off = (4 * SECOND, 60 * SECOND);
    let mut node = Node::start(&table(), 1, |lane| (lane.back_off, lane.attempts) = (back_off, 3));
    node.add(&["a"]).await;
    for (attempt, wait) in [(1, 2), (2, 4)] {
        let a = node.begins("a", attempt).await;
        a.end.send(Err(Failure::Again("busy".into()))).unwrap();
        // Half of the back-off at least.
        node.rests(SECOND * wait - Duration::from_millis(100)).await;
    }
    drop(node.begins("a", 3).await.end);
    let told = node.told().await;
    assert_eq!(told.outcome, Err("the worker panicked".into()));
    assert_eq!(node.state("a"), (State::Failed, 3));
    assert_eq!(node.jobs.meters().panics.get(), 1);
    node.rests(600 * SECOND).await;
}

#[actix::test]
async fn a_worker_that_panics_at_once_costs_an_attempt() {
    let node = Node::start(&table(), 1, |lane| lane.attempts = 1);
    node.add(&["panics at once"]).await;
    assert_eq!(node.told().await.outcome, Err("the worker panicked".into()));
}

#[actix::test]
async fn who_said_when_is_obeyed() {
    let mut node = Node::start(&table(), 1, |_| {});
    node.add(&["a"]).await;
    let a = node.begins("a", 1).await;
    a.end.send(Err(Failure::After("429".into(), 90 * SECOND))).unwrap();
    node.rests(89 * SECOND).await;
    node.begins("a", 2).await;
}

#[actix::test]
async fn heartbeats_keep_the_hold_and_no_progress_ends_it() {
    let mut node = Node::start(&table(), 1, |lane| {
        (lane.lease, lane.limit, lane.attempts) = (9 * SECOND, 100 * SECOND, 2);
    });
    node.add(&["a"]).await;
    let a = node.begins("a", 1).await;
    node.rests(90 * SECOND).await;
    assert!(a.holding.is_held());
    a.holding.progress();
    node.rests(90 * SECOND).await;
    let again = node.begins("a", 2).await;
    drop(a);
    assert_eq!(node.state("a"), (State::Processing, 2));
    again.end.send(Ok(Vec::new())).unwrap();
    node.told().await.ticket.done();
}

/// I20: the one whose lease ran out finds that its end does not count.
#[actix::test]
async fn two_holders_never_both_count() {
    let table = table();
    let mut one = Node::start(&table, 1, |lane| lane.lease = 6 * SECOND);
    one.add(&["a"]).await;
    let first = one.begins("a", 1).await;
    // As after a process that was stopped for long.
    table.rows.lock().unwrap().values_mut().for_each(|row| row.lease -= 60 * SECOND);
    let mut two = Node::start(&table, 2, |_| {});
    let second = two.begins("a", 2).await;
    tokio::time::timeout(10 * SECOND, first.holding.lost()).await.expect("the next heartbeat tells");
    assert!(!first.holding.is_held() && second.holding.is_held());
    let _ = first.end.send(Ok(b"first".to_vec()));
    two.rests(20 * SECOND).await;
    assert_eq!(two.state("a"), (State::Processing, 2));
    second.end.send(Ok(b"second".to_vec())).unwrap();
    assert_eq!(two.told().await.outcome, Ok(b"second"[..].into()));
    assert!(lock(&one.results.0).is_empty());
    assert_eq!(one.jobs.meters().lost.get(), 1);
}

/// The end is on its way while the hold is lost: the store says that it does not count.
#[actix::test]
async fn a_late_end_is_stale() {
    let table = table();
    let mut one = Node::start(&table, 1, |_| {});
    one.add(&["a"]).await;
    let first = one.begins("a", 1).await;
    table.rows.lock().unwrap().values_mut().for_each(|row| row.attempt = 2);
    first.end.send(Ok(b"late".to_vec())).unwrap();
    one.until("it is told", |node| node.jobs.meters().stale.get() == 1).await;
    assert_eq!(one.state("a"), (State::Processing, 2));
    assert!(lock(&one.results.0).is_empty());
}

#[actix::test]
async fn a_cancelled_job_is_told_to_its_worker_and_to_nobody_else() {
    let mut node = Node::start(&table(), 1, |lane| lane.at_once = 1);
    node.add(&["a", "b"]).await;
    let a = node.begins("a", 1).await;
    assert_eq!(node.jobs.cancel("b".into()).await, Some(true));
    assert_eq!(node.jobs.cancel("a".into()).await, Some(true));
    assert_eq!(node.jobs.cancel("a".into()).await, Some(false));
    tokio::time::timeout(SECOND, a.holding.lost()).await.expect("at once");
    let _ = a.end.send(Ok(Vec::new()));
    node.rests(60 * SECOND).await;
    assert_eq!((node.state("a").0, node.state("b").0), (State::Cancelled, State::Cancelled));
    assert!(lock(&node.results.0).is_empty());
    node.add(&["c"]).await;
    node.begins("c", 1).await;
}

/// A commit whose answer is lost: additions count once, and what was claimed is not forgotten.
#[actix::test]
async fn a_lost_answer_loses_nothing() {
    let table = table();
    let mut node = Node::start(&table, 1, |_| {});
    node.add(&["before"]).await;
    let before = node.begins("before", 1).await;
    table.mute.store(1, std::sync::atomic::Ordering::SeqCst);
    let added = node.jobs.added(vec![of(1, "a")]).await;
    assert_eq!(added, Some(vec![Added::Before]));
    let a = node.begins("a", 1).await;
    assert_eq!(node.state("a"), (State::Processing, 1));
    node.rests(60 * SECOND).await;
    drop((before, a));
}

/// While the store is away nothing is lost either.
#[actix::test]
async fn a_store_that_was_away_gets_everything() {
    let table = table();
    let mut node = Node::start(&table, 1, |_| {});
    node.add(&["a"]).await;
    let a = node.begins("a", 1).await;
    table.away.store(5, std::sync::atomic::Ordering::SeqCst);
    a.end.send(Ok(Vec::new())).unwrap();
    node.add(&["b"]).await;
    let told = node.told().await;
    assert_eq!(&*told.key, "a");
    node.begins("b", 1).await;
    assert!(node.jobs.meters().retries.get() >= 5);
}

/// The rules of the table are those of the port: a stale hold changes nothing.
#[actix::test]
async fn the_table_in_memory_fences() {
    let table = table();
    let store = Holder(table.clone(), 1);
    let batch = JobBatch { adds: vec![of(1, "a")], ..JobBatch::default() };
    store.carry_out(Arc::new(batch)).await.unwrap();
    let hold = Hold { job: JobId(1), attempt: 1 };
    let how = Ending::Again("x".into(), SECOND);
    let ends = vec![JobEnd { hold, key: "a".into(), user: None, how }];
    let answer = store.carry_out(Arc::new(JobBatch { ends, ..JobBatch::default() })).await.unwrap();
    assert_eq!(answer.ends, [false]);
}
