//! The database goes away, hangs, breaks connections, loses answers: people go on talking, nothing
//! is lost or doubled.
//!
//! Real servers behind a fault proxy. `NAMELESS_SOAK=1` makes the outages minutes long.

use crate::support::app::{Options, Place, TestApp, spawn_app};
use crate::support::crowd::{self, Chat, until};
use crate::support::people::{PATIENCE, has_button, is_found, onboard, person, sees_part};
use crate::support::postgres::{FAST, Postgres, STOPPED};
use crate::support::proxy::{Mode, Proxy, Then};
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::ports::{Opened, Proposal, Store, StoreError, Write};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_simulator::{NewUser, SimUser};
use secrecy::SecretString;
use std::time::{Duration, Instant};

/// The line for those who wait for the store.
const AWAY: [&str; 2] = ["cannot reach our records", "не можем добраться до своих записей"];

/// How long an outage lasts: long enough for every time-out that a person could notice, or for
/// minutes.
fn outage() -> Duration {
    match std::env::var_os("NAMELESS_SOAK") {
        Some(_) => Duration::from_secs(180),
        None => Duration::from_secs(5),
    }
}

/// A server, the proxy before it, and a database on it.
fn server(settings: &[&str]) -> Option<(Postgres, Proxy, String)> {
    let server = Postgres::start(settings)?;
    server.create("nameless");
    let proxy = Proxy::to_port(server.port());
    let url = server.url_through(proxy.port(), "nameless");
    Some((server, proxy, url))
}

fn application(url: String) -> TestApp {
    spawn_app(
        Options { place: Place::Server(url), ..Options::default() }.with("DATABASE_STATEMENT_TIMEOUT", "1s"),
    )
}

/// A store of its own, with short limits.
async fn store(url: &str) -> PgStore {
    migrate::up(url).await.expect("migrations");
    let keys = Keys::parse(&SecretString::from("01".repeat(32))).expect("a key");
    let options =
        StoreOptions { statement: Duration::from_secs(1), connections: 4, ..StoreOptions::default() };
    PgStore::connect(url, keys, options).await.expect("a store")
}

fn account(user: i64) -> Write {
    Write::Account(Box::new(Account::new(UserId(user), Lang::En, Millis(0))))
}

fn is_away<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

async fn answers(store: &PgStore, within: Duration) {
    let deadline = Instant::now() + within;
    while let Err(cause) = store.ping().await {
        assert!(Instant::now() < deadline, "not back within {within:?}: {cause}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until everything is kept, then checks that each line of each chat is there, once: in the
/// history, and in the map by which replies find it.
pub async fn each_line_is_kept_once(app: &TestApp, server: &Postgres, chats: &[Chat], lines: usize) {
    crowd::all_done(app).await;
    let all = (2 * lines).to_string();
    for table in ["history", "message_map"] {
        for pair in chats.iter().map(|chat| chat.pair.0) {
            let sql = format!("SELECT count(*) FROM {table} WHERE pair_id = {pair}");
            // Fewer: on their way. More: never right again.
            let deadline = Instant::now() + PATIENCE;
            loop {
                let kept = server.ask("nameless", &sql);
                if kept == all {
                    break;
                }
                let here = app.engine.meters().list();
                assert!(Instant::now() < deadline, "{table} of pair {pair}: {kept} of {all}; {here:?}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    assert_eq!(app.count("persistence_depth"), 0);
    assert_eq!(app.count("writes_refused"), 0);
    assert_eq!(app.count("dead_letters"), 0);
}

fn lines_about_the_store(user: &SimUser) -> usize {
    let lines = |m: &&nameless_simulator::ChatMessage| {
        m.from_bot && m.text().is_some_and(|t| AWAY.iter().any(|line| t.contains(line)))
    };
    user.chat().iter().filter(lines).count()
}

/// I2, I10. The whole of it: talk goes on, those who need the store hear one line or wait, memory
/// is bounded, everything drains.
#[tokio::test]
async fn people_go_on_talking_while_the_database_is_gone() {
    let Some((mut server, _proxy, url)) = server(STOPPED) else { return };
    let app = application(url);
    let chats = crowd::chats(&app, 3).await;
    let (anna, boris) = (person(&app.world, "anna"), person(&app.world, "boris"));
    onboard(&anna, 0).await;
    onboard(&boris, 1).await;
    let mut lines = 1;
    crowd::say(&chats, 0..lines);
    crowd::all_heard_in_order(&chats, lines, PATIENCE).await;

    server.stop();
    let back = Instant::now() + outage();
    let english = person(&app.world, "newcomer");
    let russian = app.world.add_user(NewUser {
        first_name: "Новенький".into(),
        language_code: Some("ru".into()),
        ..NewUser::default()
    });
    for newcomer in [&english, &russian] {
        newcomer.send_text("/start");
        newcomer.send_text("hello?");
    }
    let searching = (anna.mark(), boris.mark());
    anna.send_text("/search");
    boris.send_text("/search");
    let mut deepest = 0;
    while Instant::now() < back {
        crowd::say(&chats, lines..lines + 1);
        lines += 1;
        // Heard while the database is gone.
        crowd::all_heard_in_order(&chats, lines, PATIENCE).await;
        deepest = deepest.max(app.count("persistence_depth"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    sees_part(&english, AWAY[0]).await;
    sees_part(&russian, AWAY[1]).await;
    assert!(deepest > lines as u64, "writes wait: {deepest}");
    // The bound of `Limits::persistence_bound`.
    assert!(deepest < 100_000, "{deepest}");
    println!("{lines} lines a member, {deepest} writes waiting at most");

    server.start_again();
    for newcomer in [&english, &russian] {
        let asked = newcomer.wait_for(PATIENCE, |m| has_button(m, "on:")).await;
        asked.unwrap_or_else(|e| panic!("the first question does not come: {e}"));
    }
    for (user, mark) in [(&anna, searching.0), (&boris, searching.1)] {
        user.wait_after(mark, PATIENCE, is_found).await.unwrap_or_else(|e| panic!("nobody found: {e}"));
    }
    crowd::say(&chats, lines..lines + 1);
    lines += 1;
    crowd::all_heard_in_order(&chats, lines, PATIENCE).await;
    each_line_is_kept_once(&app, &server, &chats, lines).await;
    for newcomer in [&english, &russian] {
        assert_eq!(lines_about_the_store(newcomer), 1, "one line, and only one");
    }
    for other in [&anna, &boris] {
        assert_eq!(lines_about_the_store(other), 0);
    }
}

/// Connections break all the time, in the middle of whatever is under way.
#[tokio::test]
async fn resets_in_the_middle_of_batches_lose_nothing() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let app = application(url);
    let chats = crowd::chats(&app, 10).await;
    let mut lines = 0;
    let mut resets = 0;
    let end = Instant::now() + outage();
    while Instant::now() < end {
        crowd::say(&chats, lines..lines + 5);
        lines += 5;
        // Each time at another moment of the batches.
        tokio::time::sleep(Duration::from_millis(7 * (lines as u64 % 13))).await;
        proxy.reset();
        resets += 1;
        crowd::all_heard_in_order(&chats, lines, PATIENCE).await;
    }
    println!("{resets} resets, {lines} lines a member, {} retries", app.count("store_retries"));
    assert!(app.count("store_retries") > 0, "the resets met something");
    each_line_is_kept_once(&app, &server, &chats, lines).await;
}

/// I3. Guard: the natural keys. Nobody can know whether such a batch was written; it is written
/// again.
#[tokio::test]
async fn a_commit_whose_reply_is_lost_is_written_once() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let app = application(url);
    let chats = crowd::chats(&app, 3).await;
    let mut lines = 0;
    for lost in 1..=10 {
        proxy.drop_reply(b"COMMIT", Then::Reset);
        crowd::say(&chats, lines..lines + 2);
        lines += 2;
        crowd::all_heard_in_order(&chats, lines, PATIENCE).await;
        until("the reply to COMMIT is lost", PATIENCE, || proxy.figures().dropped == lost).await;
        until("it is written again", PATIENCE, || app.count("persistence_depth") == 0).await;
    }
    each_line_is_kept_once(&app, &server, &chats, lines).await;
}

/// The same for a pair: asked again, it is the same one (I1).
#[tokio::test]
async fn a_pair_whose_opening_is_not_heard_of_is_opened_once() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let store = store(&url).await;
    let proposal = |a, b| vec![Proposal { members: [UserId(a), UserId(b)], at: Millis(1_000) }];
    // Its statement is prepared by then.
    store.open_pairs(proposal(1, 2)).await.expect("opened");
    proxy.drop_reply(b"", Then::Reset);
    let lost = store.open_pairs(proposal(3, 4)).await;
    assert!(is_away(&lost), "{lost:?}");
    let again = store.open_pairs(proposal(3, 4)).await.expect("opened");
    assert!(matches!(again[..], [Opened::Pair(_)]), "{again:?}");
    assert_eq!(server.ask("nameless", "SELECT count(*) FROM pairs"), "2");
    store.close().await;
}

/// Nothing waits longer than it may; once it is known that nobody answers, nothing waits at all.
/// Guard: the breaker.
#[tokio::test]
async fn in_a_black_hole_operations_end_in_time() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let store = store(&url).await;
    store.write(vec![account(1)].into()).await.expect("written");
    // All connections, most of them idle from now on.
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nameless'";
    while server.ask("nameless", connections) != "4" {
        let user = UserId(1);
        let _ = tokio::join!(store.load(user), store.load(user), store.load(user), store.load(user));
    }
    // By their processes: one that is begun in the black hole, and answered after it, is as good as
    // a new one.
    let pids = "SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE application_name = 'nameless'";
    let pids = server.ask("nameless", pids);
    proxy.set(Mode::BlackHole);
    let began = Instant::now();
    let (load, write, ping) =
        tokio::join!(store.load(UserId(1)), store.write(vec![account(2)].into()), store.ping());
    assert!(is_away(&load) && is_away(&write) && is_away(&ping), "{load:?} {write:?} {ping:?}");
    // A statement's second, and five for what is beside it; more for a machine that is busy.
    // Whoever is not let go waits for ever.
    assert!(began.elapsed() < Duration::from_secs(4 * 6), "{:?}", began.elapsed());
    for _ in 0..50 {
        let at_once = store.ping().await;
        assert!(is_away(&at_once) && format!("{at_once:?}").contains("being probed"), "{at_once:?}");
    }

    proxy.set(Mode::Pass);
    answers(&store, PATIENCE).await;
    // Those that were idle may have vanished in it, too: they are not used again. Guard: the
    // generation.
    let old = format!("{connections} AND pid IN ({pids})");
    let until = Instant::now() + PATIENCE;
    while server.ask("nameless", &old) != "0" {
        assert!(Instant::now() < until, "old connections stay");
        // An idle one is looked at when somebody wants it.
        let user = UserId(1);
        let _ = tokio::join!(store.load(user), store.load(user), store.load(user), store.load(user));
    }
    for user in 0..20 {
        store.write(vec![account(user)].into()).await.expect("written");
    }
    assert_eq!(server.ask("nameless", "SELECT count(*) FROM accounts"), "20");
    store.close().await;
}

/// A connection that is given up before it is set up does not stay open, on neither side.
#[tokio::test]
async fn a_connection_that_is_not_made_in_time_is_closed() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let store = store(&url).await;
    proxy.drop_reply(b"SET statement_timeout", Then::Silence);
    let fresh = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nameless' \
                 AND query LIKE 'SET statement_timeout%'";
    let user = UserId(1);
    let load = async || {
        let _ = tokio::join!(store.load(user), store.load(user), store.load(user), store.load(user));
    };
    let until = Instant::now() + PATIENCE;
    while proxy.figures().dropped == 0 {
        assert!(Instant::now() < until, "no other connection was made");
        load().await;
    }
    // Those that are used have said something else since.
    while server.ask("nameless", fresh) != "0" {
        assert!(Instant::now() < until, "it stays");
        load().await;
    }
    store.close().await;
}

/// Statements leave behind a BEGIN whose answer is not there yet: where it fails each of them would
/// be committed by itself. Guard: sessions that only read (`Connector::reading`).
#[tokio::test]
async fn nothing_is_written_behind_a_begin_that_failed() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let store = store(&url).await;
    server.psql(
        "nameless",
        "INSERT INTO dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell,
             interests, goal, sealed, asked, since, active, bot, priced)
         VALUES (1, 'shown', '1996-02-01', 2, 7, 18, 99, 4, 1000000, 7, 1, 'x', 0, 0, 0, 0, 0);
         INSERT INTO dating_photos (user_id, photo, place, sealed, preview, seen, added, look_at)
         VALUES (1, 1, 1, 'x', 'x', 'waiting', 0, 0)",
    );
    let waits = || server.ask("nameless", "SELECT look_at = 0 FROM dating_photos");
    // Its first statement writes, and leaves with BEGIN.
    proxy.change(b"BEGIN", b"BEGUN");
    let failed = store.dating_unseen(1).await.map(|found| found.len());
    assert!(proxy.has_changed(), "it was not asked in a transaction");
    assert!(failed.is_err(), "{failed:?}");
    assert_eq!(waits(), "t");
    store.dating_unseen(1).await.map(drop).expect("claimed");
    assert_eq!(waits(), "f");
    store.close().await;
}

/// The limits that the server keeps for us: on a lock, on a statement, on a transaction that nobody
/// ends.
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_limits_hold() {
    let Some((server, proxy, url)) = server(FAST) else { return };
    let store = store(&url).await;
    store.write(vec![account(1)].into()).await.expect("written");
    let (holder, connection) =
        tokio_postgres::connect(&server.url("nameless"), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    // For as long as somebody waits for it.
    holder.batch_execute("BEGIN; LOCK TABLE accounts").await.expect("the lock");
    let failed = tokio::time::timeout(PATIENCE, store.write(vec![account(1)].into())).await;
    let failed = failed.expect("the limit holds");
    assert!(is_away(&failed), "{failed:?}");
    // The server is well: nobody else is held up by that.
    let ping = store.ping().await;
    assert!(ping.is_ok(), "{ping:?}");
    holder.batch_execute("ROLLBACK").await.expect("the lock is let go");

    // In the middle of a transaction the network goes, without a word to either side.
    proxy.drop_reply(b"BEGIN", Then::Silence);
    let lost = tokio::spawn({
        let store = store.clone();
        async move { store.write(vec![account(1)].into()).await }
    });
    until("it has begun", PATIENCE, || proxy.figures().dropped == 1).await;
    proxy.set(Mode::BlackHole);
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'";
    assert_eq!(server.ask("nameless", open), "1");
    until("the server ends it", PATIENCE, || server.ask("nameless", open) == "0").await;
    assert!(is_away(&lost.await.expect("an end")));
    proxy.set(Mode::Pass);
    answers(&store, PATIENCE).await;
    store.close().await;
}
