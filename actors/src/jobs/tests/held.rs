//! Jobs that capabilities keep as held, with a commit of their own.

use super::*;

impl Node {
    /// Keeps a job as held, as a capability does with its own commit.
    fn keep_held(&self, key: &str) -> ClaimedJob {
        let mut rows = lock(&self.table.rows);
        let (id, now) = (rows.len() as i64 + 1, tokio::time::Instant::now());
        let row = crate::testing::jobs::Row {
            new: of(1, key),
            state: State::Processing,
            attempt: 1,
            from: now,
            late: now + 600 * SECOND,
            lease: now + 30 * SECOND,
            holder: 1,
            outcome: None,
            owed: false,
            told: 0,
            sent: Vec::new(),
        };
        rows.insert(id, row);
        let NewJob { key, lane, user, payload, .. } = of(1, key);
        let hold = Hold { job: JobId(id), attempt: 1 };
        ClaimedJob { hold, key, lane: lane.to_owned(), user, payload }
    }

    /// A place; there are none until it is known that nobody waits.
    async fn place(&self) -> Taken {
        let mut taken = None;
        self.until("there is a place", |node| {
            taken = taken.take().or_else(|| node.jobs.take("test"));
            taken.is_some()
        })
        .await;
        taken.expect("a place")
    }
}

/// Guards: no turn of the actor before it, and that a look gives no job that is handed over.
#[actix::test]
async fn a_job_that_is_kept_as_held_begins_at_once_and_once() {
    let mut node = Node::start(&table(), 1, |_| {});
    let taken = node.place().await;
    assert_eq!((taken.holder(), taken.lease()), (1, 30 * SECOND));
    let job = node.keep_held("a");
    node.jobs.hand_over(taken, job.clone());
    let a = node.begins("a", 1).await;
    assert!(a.holding.is_held());
    let again = node.place().await;
    node.jobs.hand_over(again, job);
    node.rests(60 * SECOND).await;
    a.end.send(Ok(b"done".to_vec())).unwrap();
    let told = node.told().await;
    assert_eq!((&*told.key, told.outcome), ("a", Ok(b"done"[..].into())));
    assert_eq!(node.state("a"), (State::Completed, 1));
    told.ticket.done();
}

/// What was kept and never handed over is found by a look, and handed over after that it is not
/// begun a second time.
#[actix::test]
async fn a_job_that_is_kept_as_held_is_never_lost() {
    let mut node = Node::start(&table(), 1, |_| {});
    let taken = node.place().await;
    let job = node.keep_held("a");
    node.begins("a", 1).await.end.send(Ok(Vec::new())).unwrap();
    node.told().await.ticket.done();
    node.jobs.hand_over(taken, job);
    node.rests(20 * SECOND).await;
    // Its actor dies on the way: another one begins it as the next attempt.
    let taken = node.place().await;
    let job = node.keep_held("b");
    tell!(node.jobs.place(), Die);
    node.gone.recv().await.expect("it is gone");
    let (sender, gone) = unbounded_channel();
    node.jobs.start(&On::Here, move |_| _ = sender.send(()));
    node.gone = gone;
    node.jobs.hand_over(taken, job);
    let b = node.begins("b", 2).await;
    node.rests(20 * SECOND).await;
    b.end.send(Ok(Vec::new())).unwrap();
    assert_eq!(&*node.told().await.key, "b");
}

/// Guards: the bulkhead, and that those who wait in the table go first.
#[actix::test]
async fn places_are_counted_and_others_go_first() {
    let mut node = Node::start(&table(), 1, |lane| lane.at_once = 2);
    let (one, two) = (node.place().await, node.place().await);
    assert!(node.jobs.take("test").is_none() && node.jobs.take("other").is_none());
    node.add(&["a", "b", "c"]).await;
    node.rests(20 * SECOND).await;
    drop(one);
    let a = node.begins("a", 1).await;
    assert!(node.jobs.take("test").is_none(), "it is full, and others wait");
    drop(two);
    let b = node.begins("b", 1).await;
    a.end.send(Ok(Vec::new())).unwrap();
    let c = node.begins("c", 1).await;
    b.end.send(Ok(Vec::new())).unwrap();
    c.end.send(Ok(Vec::new())).unwrap();
    for _ in 0..3 {
        node.told().await.ticket.done();
    }
    let last = node.place().await;
    node.jobs.close().await;
    drop(last);
    assert!(node.jobs.take("test").is_none(), "nothing is begun any more");
}
