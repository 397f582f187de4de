use super::*;
use crate::capabilities::Capabilities;
use crate::jobs::{FinishedJob, Results, Setup};
use crate::ports::NewJob;
use crate::testing::Tree;
use crate::testing::jobs::{Holder, Row, State, Table};
use nameless_domain::capabilities::news::{Draft, Event, Texts};
use nameless_domain::outgoing::Call;
use serde_json::Value;
use std::collections::BTreeMap;

/// Nobody is told of these ends.
struct Nobody;

impl Results for Nobody {
    fn take(&self, finished: FinishedJob) {
        finished.ticket.done();
    }
}

/// The store, as it is described.
#[derive(Default)]
struct Books {
    left: Vec<(UserId, Lang)>,
    due: BTreeMap<UserId, Lang>,
    /// Each as often as it counted.
    landed: Vec<(UserId, Arrival)>,
    holder: i64,
    over: bool,
    halted: bool,
    /// So many times it does not answer.
    away: u32,
    /// The most that were in hand at once.
    most: usize,
}

#[derive(Default)]
struct Office(Mutex<Books>);

impl Office {
    fn of(people: impl IntoIterator<Item = i64>) -> Arc<Office> {
        let lang = |id| if id % 2 == 0 { Lang::Ru } else { Lang::En };
        let left = people.into_iter().map(|id| (UserId(id), lang(id))).collect();
        Arc::new(Office(Mutex::new(Books { left, ..Books::default() })))
    }

    fn look<T>(&self, at: impl FnOnce(&mut Books) -> T) -> T {
        at(&mut lock(&self.0))
    }

    fn answers<T: Send + 'static>(
        &self,
        with: impl FnOnce(&mut Books) -> T,
    ) -> PortFuture<'_, Result<T, StoreError>> {
        let answer = self.look(|books| match books.away {
            0 => Ok(with(books)),
            _ => {
                books.away -= 1;
                Err(StoreError::Unavailable("as asked".into()))
            }
        });
        Box::pin(async { answer })
    }
}

impl NewsStore for Office {
    fn gets(&self, _: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.answers(|_| Event::Gets(true))
    }
    fn want(&self, _: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        self.answers(move |_| Event::Turned(on))
    }
    fn take(&self, _: i64, _: i32) -> PortFuture<'_, Result<Taking, StoreError>> {
        self.answers(|books| {
            if books.over || books.halted {
                return Taking::Not;
            }
            books.holder += 1;
            let text = Texts { ru: Some("Привет".into()), en: Some("<b>Hello</b> you".into()) };
            let draft = Draft { text, silent: true, ..Draft::default() };
            Taking::Taken(Box::new(Errand { holder: books.holder, draft }))
        })
    }
    fn round(
        &self,
        _: i64,
        holder: i64,
        most: usize,
        in_hand: Vec<UserId>,
    ) -> PortFuture<'_, Result<Round, StoreError>> {
        self.answers(move |books| {
            if books.holder != holder || books.halted {
                return Round::Stop;
            }
            books.most = books.most.max(in_hand.len());
            while books.due.len() < most
                && let Some((user, lang)) = books.left.pop()
            {
                books.due.insert(user, lang);
            }
            books.over = books.due.is_empty();
            if books.over {
                return Round::Over;
            }
            let due = books.due.iter().filter(|(user, _)| !in_hand.contains(user));
            Round::To(due.map(|(user, lang)| (user.chat(), *lang)).collect())
        })
    }
    fn landed(&self, _: i64, of: Vec<(UserId, Arrival)>) -> PortFuture<'_, Result<(), StoreError>> {
        self.answers(move |books| {
            for (user, arrival) in of {
                if books.due.remove(&user).is_some() {
                    books.landed.push((user, arrival));
                }
            }
        })
    }
    fn halt(&self, _: i64, _: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.answers(|books| books.halted = true)
    }
}

/// Long enough for a process of these tests to count what it has in hand.
const SETTLES: Duration = Duration::from_secs(1);

struct Post {
    tree: Tree,
    table: Arc<Table>,
    office: Arc<Office>,
}

impl Post {
    async fn open(office: Arc<Office>) -> Post {
        Post::waiting(office, SETTLES).await
    }

    async fn waiting(office: Arc<Office>, others_count: Duration) -> Post {
        let (table, courier) = (Arc::<Table>::default(), Courier::waiting(others_count));
        let back_off = (Duration::from_millis(5), Duration::from_millis(20));
        let setup = Setup {
            store: Arc::new(Holder(table.clone(), 1)),
            lanes: vec![JobLane { back_off, ..courier.lane() }],
            wakes: None,
            results: Arc::new(Nobody),
            poll: Duration::from_millis(20),
        };
        let capabilities = Capabilities { news: office.clone(), ..Capabilities::absent() };
        let tree = Tree::grow_working(setup, capabilities).await;
        courier.bind(tree.env());
        Post { tree, table, office }
    }

    fn begin(&self) {
        let job = NewJob::new(LANE, "broadcast:7:1", b"7".to_vec());
        self.tree.env().jobs.clone().expect("jobs").add(vec![job], Tickets::new());
    }

    /// The same job, of which another process had the first attempt.
    fn take_over(&self) {
        let now = tokio::time::Instant::now();
        let row = Row {
            new: NewJob::new(LANE, "broadcast:7:1", b"7".to_vec()),
            state: State::Pending,
            attempt: 1,
            from: now,
            late: now + Duration::from_secs(3_600),
            lease: now,
            holder: 0,
            outcome: None,
            owed: false,
            told: 0,
            sent: Vec::new(),
        };
        lock(&self.table.rows).insert(1, row);
        self.begin();
    }

    /// Time passes until something holds: the pacer lets one go in 40 ms.
    async fn until(&self, what: &str, mut holds: impl FnMut(&Post) -> bool) {
        let tree = &self.tree;
        tree.until(what, || {
            tree.pass_ms(20);
            holds(self)
        })
        .await;
    }

    async fn is_over(&self) {
        let ended = |post: &Post| {
            let rows = lock(&post.table.rows);
            rows.values().any(|row| row.state == State::Completed)
        };
        self.until("the job is done", ended).await;
    }

    /// What somebody was sent.
    fn got(&self, user: i64) -> Vec<Value> {
        let calls = lock(&self.tree.telegram.calls);
        let to = calls.iter().filter(|out| out.chat == ChatId(user));
        to.filter_map(|out| match &out.call {
            Call::Method(own) => Some(serde_json::from_str(&own.parameters).expect("JSON")),
            _ => None,
        })
        .collect()
    }
}

#[actix::test]
async fn everybody_is_told_once_in_their_language() {
    let post = Post::open(Office::of(1..=60)).await;
    post.tree.script(3, [SendError::Gone]);
    post.tree.script(5, [SendError::Refused("no".into())]);
    // These were not sent: they come again.
    post.tree.script(6, [SendError::RetryAfter(Duration::from_millis(50)), SendError::Unsent("x".into())]);
    post.begin();
    post.is_over().await;
    for user in 1..=60 {
        let got = post.got(user);
        assert_eq!(got.len(), usize::from(![3, 5].contains(&user)), "{user}: {got:?}");
        let Some(message) = got.first() else { continue };
        let (text, marks) = if user % 2 == 0 { ("Привет", 0) } else { ("Hello you", 1) };
        assert_eq!(message["text"], text);
        assert_eq!(message["entities"].as_array().map_or(0, Vec::len), marks);
        assert_eq!((&message["disable_notification"], &message["chat_id"]), (&true.into(), &user.into()));
        let button = &message["reply_markup"]["inline_keyboard"][0][0];
        assert_eq!(
            (&button["callback_data"], &button["text"]),
            (&"news:off".into(), &"news-turn-off".into())
        );
    }
    post.office.look(|books| {
        let of = |wanted| books.landed.iter().filter(|(_, arrival)| *arrival == wanted).count();
        assert_eq!((of(Arrival::Sent), of(Arrival::Gone), of(Arrival::Failed)), (58, 1, 1));
        assert!(books.over && books.most <= 50, "{} in hand", books.most);
    });
}

/// A store that is away for a while: what has landed is counted later, and nobody is told twice.
#[actix::test]
async fn a_store_that_is_away_doubles_nothing() {
    let post = Post::open(Office::of(1..=40)).await;
    post.begin();
    post.until("some are told", |post| post.office.look(|books| books.landed.len() >= 5)).await;
    post.office.look(|books| books.away = 6);
    post.is_over().await;
    for user in 1..=40 {
        assert_eq!(post.got(user).len(), 1, "{user}");
    }
    assert_eq!(post.office.look(|books| books.landed.len()), 40);
}

/// The process ends: what is in hand leaves and is counted, the rest is for another.
#[actix::test]
async fn a_drain_leaves_nothing_in_hand() {
    let post = Post::open(Office::of(1..=100)).await;
    post.begin();
    post.until("some are told", |post| post.office.look(|books| books.landed.len() >= 5)).await;
    let jobs = post.tree.env().jobs.clone().expect("jobs");
    let closed = std::rc::Rc::new(std::cell::Cell::new(false));
    let done = closed.clone();
    actix_rt::spawn(async move {
        jobs.close().await;
        done.set(true);
    });
    post.until("it is closed", |_| closed.get()).await;
    let told = (1..=100).filter(|user| !post.got(*user).is_empty()).count();
    post.office.look(|books| {
        assert_eq!(books.landed.len(), told, "all that left is counted");
        assert!(!books.left.is_empty() && books.due.is_empty(), "{} due", books.due.len());
    });
    // A later life goes on.
    let office = post.office.clone();
    let next = Post::open(office).await;
    next.begin();
    next.is_over().await;
    for user in 1..=100 {
        assert_eq!(post.got(user).len() + next.got(user).len(), 1, "{user}");
    }
}

/// Guard: [`Walk`]'s drop. The store goes away and the job with it, to another node perhaps: what
/// was in hand is counted once the store is there, before it is given out again.
#[actix::test]
async fn what_an_attempt_leaves_in_hand_is_counted() {
    let post = Post::open(Office::of(1..=100)).await;
    post.begin();
    post.until("some are told", |post| post.office.look(|books| books.landed.len() >= 5)).await;
    lock(&post.table.rows).values_mut().for_each(|row| row.state = State::Cancelled);
    post.office.look(|books| books.away = u32::MAX);
    post.until("the attempt has ended", |post| post.office.look(|books| books.away < u32::MAX)).await;
    post.office.look(|books| books.away = 0);
    let told = |post: &Post| (1..=100).filter(|user| !post.got(*user).is_empty()).count();
    let is_counted =
        |post: &Post| post.office.look(|books| books.due.is_empty() && books.landed.len() == told(post));
    post.until("what was in hand is counted", is_counted).await;
}

/// Guard: [`Courier::wait_for_others`]. The store goes away for longer than the lease: another
/// process has the job as soon as it is back, before this one has counted what was in hand.
#[actix::test]
async fn another_process_repeats_nothing_that_was_in_hand() {
    let office = Office::of(1..=100);
    let (first, second) = (Post::open(office.clone()).await, Post::open(office.clone()).await);
    first.begin();
    first.until("some are told", |post| post.office.look(|books| books.landed.len() >= 5)).await;
    lock(&first.table.rows).values_mut().for_each(|row| row.state = State::Cancelled);
    office.look(|books| books.away = u32::MAX);
    let told = |post: &Post| (1..=100).filter(|user| !post.got(*user).is_empty()).count();
    let has_left = |post: &Post| {
        let (due, counted) = post.office.look(|books| (books.due.len(), books.landed.len()));
        told(post) == due + counted
    };
    first.until("what is in hand has left", has_left).await;
    assert!(office.look(|books| !books.due.is_empty()), "and is not counted");
    // A try to count it was in vain just now: the next one comes later than the other process.
    let tries = office.look(|books| books.away);
    first.until("another try", |post| post.office.look(|books| books.away < tries)).await;
    office.look(|books| books.away = 0);
    second.take_over();
    second.is_over().await;
    for user in 1..=100 {
        assert_eq!(first.got(user).len() + second.got(user).len(), 1, "{user}");
    }
    assert_eq!(office.look(|books| books.landed.len()), 100);
}

/// Guard: `closing` in [`Courier::wait_for_others`].
#[actix::test]
async fn a_drain_waits_for_no_other_process() {
    let post = Post::waiting(Office::of(1..=3), Duration::from_secs(3_600)).await;
    post.take_over();
    post.until("it is claimed", |post| lock(&post.table.rows)[&1].attempt == 2).await;
    let jobs = post.tree.env().jobs.clone().expect("jobs");
    let closed = std::rc::Rc::new(std::cell::Cell::new(false));
    let done = closed.clone();
    actix_rt::spawn(async move {
        jobs.close().await;
        done.set(true);
    });
    post.until("it is closed", |_| closed.get()).await;
    assert_eq!(lock(&post.table.rows)[&1].state, State::Pending, "it is for another");
    assert_eq!(post.office.look(|books| books.holder), 0, "nobody took it");
}

/// Guard: the wait for a landing in [`count_left`]. Only a store that does not answer is waited
/// for.
#[tokio::test(start_paused = true)]
async fn what_lands_is_counted_at_once() {
    for away in [0, 2] {
        let (office, hands) = (Office::of([]), Arc::new(Hands::default()));
        office.look(|books| {
            books.due.insert(UserId(1), Lang::En);
            books.away = away;
        });
        let key = (7, UserId(1));
        lock(&hands.of).insert(key, None);
        let in_hand = InHand { hands: hands.clone(), key, arrival: None };
        let (another, began) = (hands.landed.subscribe(), tokio::time::Instant::now());
        tokio::join!(count_left(7, office.clone(), hands.clone(), || true), async {
            in_hand.lands(Some(Arrival::Sent));
        });
        assert_eq!(began.elapsed().as_millis() / COUNT_AGAIN.as_millis(), u128::from(away));
        assert_eq!(office.look(|books| books.landed.clone()), [(UserId(1), Arrival::Sent)]);
        assert!(another.has_changed().expect("a sender"), "an attempt hears of it as well");
    }
}

/// What Telegram takes for nobody waits for an operator.
#[actix::test]
async fn twenty_refusals_in_a_row_stop_it() {
    let post = Post::open(Office::of(1..=200)).await;
    for user in 1..=200 {
        post.tree.script(user, [SendError::Refused("BUTTON_URL_INVALID".into())]);
    }
    post.begin();
    post.is_over().await;
    post.office.look(|books| {
        assert!(books.halted && !books.over);
        assert!((20..=70).contains(&books.landed.len()), "{}", books.landed.len());
    });
}
