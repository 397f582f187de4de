use super::CompanionPort;
use crate::capabilities::Capabilities;
use crate::engine::ToSessions;
use crate::jobs::{Failure, FinishedJob, Holding, Job, JobLane, POLL, Setup, Worker};
use crate::ports::{NewJob, PortFuture, StoreError};
use crate::testing::Tree;
use crate::testing::jobs::{Holder, Table};
use nameless_domain::capabilities;
use nameless_domain::capabilities::companion::{Event, Request};
use nameless_domain::ids::{DialogId, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::session::account::Phase;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const D: DialogId = DialogId(5);

/// Dialogs of which only the questions are kept.
#[derive(Default)]
struct Dialogs(Mutex<Vec<Request>>);

impl CompanionPort for Dialogs {
    fn ask(&self, _: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        self.0.lock().unwrap().push(request);
        Box::pin(async { Ok(Event::Kept) })
    }
}

/// A model whose reply takes two messages.
struct Model;

impl Worker for Model {
    fn carry_out(&self, _: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let messages = vec!["{\"text\":\"one\"}".to_owned(), "{\"text\":\"two\"}".to_owned()];
        let event = Event::Replied { dialog: D, persona: "vera".to_owned(), notice: false, messages };
        Box::pin(async move { Ok(serde_json::to_vec(&event).unwrap()) })
    }
}

fn event_of(finished: &FinishedJob) -> Option<capabilities::Event> {
    let result = finished.outcome.as_ref().ok()?;
    Some(capabilities::Event::Companion(serde_json::from_slice(result).ok()?))
}

async fn tree(table: &Arc<Table>, holder: u32) -> Tree {
    let results = ToSessions::new(event_of);
    let setup = Setup {
        store: Arc::new(Holder(table.clone(), holder)),
        lanes: vec![JobLane::new("reply", Arc::new(Model))],
        wakes: None,
        results: results.clone(),
        poll: Duration::from_millis(20).min(POLL),
    };
    let tree = Tree::grow_with_jobs(setup).await;
    results.bind(tree.env());
    tree.person(1, Phase::Companion { dialog: D });
    tree
}

/// The replies' texts that Telegram took.
fn replies(tree: &Tree) -> Vec<String> {
    let calls = tree.telegram.calls.lock().unwrap();
    let text = |call: &Call| match call {
        Call::Method(method) => Some(method.parameters.clone()),
        _ => None,
    };
    calls.iter().filter_map(|out| text(&out.call)).collect()
}

/// Guard: `told_before`, and what the outbox notes of a job's messages.
#[actix::test]
async fn a_reply_goes_on_where_a_former_process_left_off() {
    let table = Arc::<Table>::default();
    let first = tree(&table, 1).await;
    let jobs = first.env().jobs.clone().expect("jobs");
    jobs.add(vec![NewJob::new("reply", "a", Vec::new()).of(UserId(1))], Default::default());
    first.until("the reply arrives", || replies(&first).len() == 2).await;
    first.until("what has left is noted", || table.row("a").sent.len() == 2).await;
    first.until("it is marked", || !table.row("a").owed).await;
    first.engine.stop();
    // As if the process had ended between its two messages.
    for row in table.rows.lock().unwrap().values_mut() {
        row.owed = true;
        row.sent.truncate(1);
    }
    let second = tree(&table, 2).await;
    second.until("the rest is told", || !table.row("a").owed).await;
    assert_eq!(replies(&second), ["{\"text\":\"two\"}"]);
}

/// Guard: the look at the cast before words are passed on.
#[actix::test]
async fn where_characters_were_switched_off_no_word_reaches_the_port() {
    let dialogs = Arc::new(Dialogs::default());
    let tree =
        Tree::grow_capable(Capabilities { companion: dialogs.clone(), ..Capabilities::absent() }).await;
    tree.person(1, Phase::Companion { dialog: D });
    tree.say(1, "hello").await;
    tree.gets(1, &["companion-gone"]).await;
    tree.all_done().await;
    assert!(dialogs.0.lock().unwrap().is_empty());
}
