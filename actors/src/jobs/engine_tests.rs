//! Jobs within the engine: tickets of updates, the supervisor, the drain.

use super::*;
use crate::ports::PortFuture;
use crate::service::Die;
use crate::tell;
use crate::testing::Tree;
use crate::testing::jobs::{Holder, State, Table, of};
use smallvec::smallvec;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

/// Done at once.
struct Quick;

impl Worker for Quick {
    fn carry_out(&self, _: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[derive(Default)]
struct Kept(Mutex<Vec<FinishedJob>>);

impl Results for Kept {
    fn take(&self, finished: FinishedJob) {
        self.0.lock().unwrap().push(finished);
    }
}

async fn tree(table: &Arc<Table>) -> (Tree, Arc<Kept>) {
    let results = Arc::new(Kept::default());
    let setup = Setup {
        store: Arc::new(Holder(table.clone(), 1)),
        lanes: vec![JobLane::new("test", Arc::new(Quick))],
        wakes: None,
        results: results.clone(),
        poll: Duration::from_millis(20),
    };
    (Tree::grow_with_jobs(setup).await, results)
}

#[actix::test]
async fn an_update_is_done_when_its_job_is_in_the_table() {
    let table = Arc::<Table>::default();
    let (tree, results) = tree(&table).await;
    let jobs = tree.env().jobs.clone().expect("jobs");
    table.away.store(u32::MAX, Ordering::SeqCst);
    jobs.add(vec![of(1, "a")], smallvec![tree.ticket(1)]);
    tree.until("it is tried", || jobs.meters().retries.get() > 1).await;
    assert_eq!(tree.done(), 0);
    table.away.store(0, Ordering::SeqCst);
    tree.all_done().await;
    tree.until("its end is told", || !results.0.lock().unwrap().is_empty()).await;
    assert_eq!(table.row("a").state, State::Completed);
}

#[actix::test]
async fn the_supervisor_starts_another() {
    let table = Arc::<Table>::default();
    let (tree, results) = tree(&table).await;
    let jobs = tree.env().jobs.clone().expect("jobs");
    tell!(jobs.place(), Die);
    tree.until("it is gone", || tree.env().meters.actor_deaths.get() == 1).await;
    // What is told to the dead one is lost, and its ticket with it: the update would come again.
    tree.until("another is there", || {
        jobs.add(vec![of(1, "a")], Default::default());
        results.0.lock().unwrap().len() == 1
    })
    .await;
}

#[actix::test]
async fn a_drain_waits_for_what_is_being_told() {
    let table = Arc::<Table>::default();
    let (tree, results) = tree(&table).await;
    let jobs = tree.env().jobs.clone().expect("jobs");
    jobs.add(vec![of(1, "a")], smallvec![tree.ticket(1)]);
    tree.until("its end is told", || !results.0.lock().unwrap().is_empty()).await;
    assert!(!tree.engine.drain(Duration::from_millis(200)).await, "it is under way");
    results.0.lock().unwrap().drain(..).for_each(|finished| finished.ticket.done());
    assert!(tree.engine.drain(Duration::from_secs(10)).await);
    assert!(!table.row("a").owed);
}
