//! A reminder leaves once, and what becomes of it is kept.

use super::*;
use crate::capabilities::{Capabilities, Cause, Claimed, Fate, REMIND, RemindersPort};
use crate::jobs::{FinishedJob, JobLane, Results, Setup};
use crate::kernel::lock;
use crate::ports::{PortFuture, SendError, StoreError};
use crate::testing::Tree;
use crate::testing::jobs::{Holder, State, Table};
use nameless_domain::capabilities::reminders::{Event, Kind};
use nameless_domain::ids::{BotId, ChatId, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::text::{Action, Lang};
use std::sync::Mutex;

/// Nobody is told of these ends.
struct Nobody;

impl Results for Nobody {
    fn take(&self, finished: FinishedJob) {
        finished.ticket.done();
    }
}

/// The store, as it is described: claims are counted, and what is said stays said.
#[derive(Default)]
struct Books {
    claims: i16,
    landed: Vec<(i16, Fate)>,
    rounds: usize,
    /// Reminders are off.
    off: bool,
    /// Nothing is true any more.
    over: bool,
}

#[derive(Default)]
struct Office(Mutex<Books>);

impl Office {
    fn look<T>(&self, at: impl FnOnce(&mut Books) -> T) -> T {
        at(&mut lock(&self.0))
    }
}

impl RemindersPort for Office {
    fn every(&self) -> Option<Duration> {
        self.look(|books| (!books.off).then_some(Duration::from_secs(3_600)))
    }
    fn gets(&self, _: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::Gets(true)) })
    }
    fn want(&self, _: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async move { Ok(Event::Turned(on)) })
    }
    fn round(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        self.look(|books| books.rounds += 1);
        Box::pin(async { Ok(0) })
    }
    fn claim(&self, _: UserId, _: Cause) -> PortFuture<'_, Result<Claimed, StoreError>> {
        let claimed = self.look(|books| match books.over {
            true => Claimed::Nothing,
            false => {
                books.claims += 1;
                Claimed::Say { bot: BotId::FIRST, lang: Lang::En, time: books.claims }
            }
        });
        Box::pin(async move { Ok(claimed) })
    }
    fn landed(
        &self,
        _: UserId,
        (_, time): (Cause, i16),
        fate: Fate,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.look(|books| books.landed.push((time, fate)));
        Box::pin(async { Ok(()) })
    }
}

struct Post {
    tree: Tree,
    table: Arc<Table>,
    office: Arc<Office>,
}

impl Post {
    async fn open(office: Arc<Office>) -> Post {
        let (table, carrier) = (Arc::<Table>::default(), Carrier::new());
        let back_off = (Duration::from_millis(5), Duration::from_millis(20));
        let lanes =
            carrier.lanes().into_iter().map(|lane| JobLane { back_off, attempts: 1_000, ..lane }).collect();
        let setup = Setup {
            store: Arc::new(Holder(table.clone(), 1)),
            lanes,
            wakes: None,
            results: Arc::new(Nobody),
            poll: Duration::from_millis(20),
        };
        let capabilities = Capabilities { reminders: office.clone(), ..Capabilities::absent() };
        let tree = Tree::grow_working(setup, capabilities).await;
        carrier.bind(tree.env());
        Post { tree, table, office }
    }

    fn due(&self, user: i64) {
        let cause = Cause { kind: Kind::Waiting, slot: 1, about: None };
        let words = serde_json::to_vec(&cause).expect("JSON");
        let job = NewJob::new(REMIND, format!("reminder:{user}"), words).of(UserId(user));
        self.tree.env().jobs.clone().expect("jobs").add(vec![job], Tickets::new());
    }

    async fn is_over(&self, user: i64) {
        let key = format!("reminder:{user}");
        let tree = &self.tree;
        tree.until("the job is done", || {
            tree.pass_ms(20);
            let rows = lock(&self.table.rows);
            rows.values().any(|row| *row.new.key == *key && row.state == State::Completed)
        })
        .await;
    }

    /// The buttons of what somebody was sent.
    fn got(&self, user: i64) -> Vec<Vec<Action>> {
        let calls = lock(&self.tree.telegram.calls);
        let to = calls.iter().filter(|out| out.chat == ChatId(user));
        to.filter_map(|out| match &out.call {
            Call::Say { keyboard, .. } => {
                Some(keyboard.iter().flatten().map(|key| key.action.clone()).collect())
            }
            _ => None,
        })
        .collect()
    }
}

#[actix::test]
async fn one_is_said_once_and_marked() {
    let post = Post::open(Arc::default()).await;
    post.due(1);
    post.is_over(1).await;
    assert_eq!(post.got(1), [[Action::Data("s:go".into()), Action::Data("rm:off".into())]]);
    assert_eq!(post.office.look(|books| books.landed.clone()), [(1, Fate::Sent)]);
    // Who has blocked the bot is known by it.
    post.tree.script(2, [SendError::Gone]);
    post.due(2);
    post.is_over(2).await;
    assert_eq!(post.office.look(|books| books.landed.clone()), [(1, Fate::Sent), (2, Fate::Gone)]);
    // The first look is made at the start.
    let Post { tree, office, .. } = &post;
    tree.until("somebody has looked", || {
        tree.pass_ms(20);
        office.look(|books| books.rounds == 1)
    })
    .await;
}

#[actix::test]
async fn what_is_not_so_any_more_is_not_said() {
    let post = Post::open(Arc::default()).await;
    post.office.look(|books| books.over = true);
    post.due(1);
    post.is_over(1).await;
    assert!(post.got(1).is_empty() && post.office.look(|books| books.landed.is_empty()));
    // Left by dating, while nobody is reminded.
    post.office.look(|books| (books.over, books.off) = (false, true));
    post.due(2);
    post.is_over(2).await;
    assert!(post.got(2).is_empty() && post.office.look(|books| books.claims == 0));
}
