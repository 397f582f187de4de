//! What an older release has kept is taken up, worked with, and given back as it was.
//!
//! Programs of before are not built here. What one of them had in its database is in `of_0006.sql`:
//! a real one wrote it. What one of them says beside the steps is said here in its place, in the
//! columns and functions that it knows. `scripts/upgrade-soak.py` builds one and runs it.

use super::context::{NOW, keys, proposal};
use crate::support::export::WholeExport;
use crate::support::postgres::{FAST, Postgres};
use nameless::store::migrate::{self, MIGRATIONS, Migration};
use nameless::store::{PgStore, StoreOptions};
use nameless_actors::ports::{Opened, Store};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Phase;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_postgres::NoTls;

const OF_0006: &str = include_str!("of_0006.sql");
/// Its people, and the key that it sealed under.
const ANNA: i64 = 5_500_822_465;
const BORIS: i64 = 5_500_823_056;
const CLARA: i64 = 5_500_823_292;
const DAN: i64 = 5_500_823_848;
const KEY: u8 = 0x5a;
/// People whom the older program meets while the steps run; nobody else has such ids.
const BESIDE: i64 = 9_000_000_000;
const PATIENCE: Duration = Duration::from_secs(90);

/// The steps that a program of this number knows.
fn known_at(number: i32) -> Vec<Migration> {
    MIGRATIONS.iter().copied().filter(|migration| migration.number <= number).collect()
}

/// A database as that program had it.
async fn of_0006(server: &Postgres, database: &str) -> String {
    let url = server.create(database);
    migrate::up_of(&url, &known_at(6)).await.expect("its schema");
    server.psql(database, OF_0006);
    url
}

/// Every row of every table, each under its table's name.
fn rows(server: &Postgres, database: &str) -> BTreeSet<String> {
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                  AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_migrations'";
    let rows_of = |table: &String| {
        server.psql_rows(database, &format!("SELECT '{table} ' || to_jsonb(t)::text FROM {table} AS t"))
    };
    server.psql_rows(database, tables).iter().flat_map(rows_of).collect()
}

/// What is gone or changed.
fn missing<'a>(before: &'a BTreeSet<String>, now: &'a BTreeSet<String>) -> Vec<&'a String> {
    before.difference(now).collect()
}

async fn works_with_it(url: &str) {
    let store = PgStore::connect(url, keys(KEY), StoreOptions::default()).await.expect("its key fits");
    let anna = store.load(UserId(ANNA)).await.expect("read").expect("she is known");
    assert!(
        matches!(anna.account.phase, Phase::Chatting { partner, .. } if partner == UserId(BORIS)),
        "{:?}",
        anna.account.phase
    );
    let export = store.whole_export(UserId(ANNA)).await.expect("an export");
    let said = export["messages"].to_string();
    for text in ["a-0", "a-5", "replied"] {
        assert!(said.contains(&format!("\"{text}\"")), "what she wrote is read: {said}");
    }
    match store.open_pairs(vec![proposal(BESIDE + 1, BESIDE + 2, NOW)]).await.expect("an answer")[..] {
        [Opened::Pair(_)] => {}
        ref other => panic!("{other:?}"),
    }
    store.close().await;
}

#[tokio::test]
async fn what_an_old_program_kept_is_taken_up_and_given_back() {
    let Some(server) = Postgres::start(FAST) else { return };
    let url = of_0006(&server, "kept").await;
    let before = rows(&server, "kept");
    assert!(before.len() > 40, "{}", before.len());

    let applied = migrate::up(&url).await.expect("taken up");
    assert_eq!(applied.len(), MIGRATIONS.len() - known_at(6).len());
    works_with_it(&url).await;
    let blocked = format!("SELECT count(*) FROM blocks WHERE user_id = {CLARA} AND blocked = {DAN}");
    assert_eq!(server.ask("kept", &blocked), "1", "whom she reported she does not meet again");

    let begun = Instant::now();
    assert_eq!(migrate::down(&url, applied.len()).await.expect("given back").len(), applied.len());
    println!("given back in {:?}", begun.elapsed());
    let back = rows(&server, "kept");
    assert_eq!(missing(&before, &back), Vec::<&String>::new(), "given back as it was");
    // And what the newer program did is there as far as the older one knows of such things.
    let new: Vec<&String> = back.difference(&before).collect();
    let of_pairs = |row: &&String| row.starts_with("pairs ") || row.starts_with("active_pair_member ");
    assert!(new.len() == 3 && new.iter().all(of_pairs), "{new:#?}");

    migrate::up(&url).await.expect("taken up once more");
    let store = PgStore::connect(&url, keys(KEY), StoreOptions::default()).await.expect("its key fits");
    assert!(store.load(UserId(DAN)).await.expect("read").is_some());
    store.close().await;
}

/// What a program of 0040 does for two people who come and meet, word for word as that one does.
fn says(user: i64, columns: &str) -> [String; 4] {
    let come = |user: i64| {
        format!(
            "INSERT INTO accounts (user_id, {columns}) SELECT {user}, {columns} FROM accounts WHERE user_id = {DAN}"
        )
    };
    [
        come(user),
        come(user + 1),
        format!(
            "SELECT * FROM open_pairs(ARRAY[{user}]::bigint[], ARRAY[{}]::bigint[], ARRAY[7]::bigint[])",
            user + 1
        ),
        format!("UPDATE accounts SET applied = applied + 1 WHERE user_id = {BORIS}"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_goes_on_beside_the_steps_and_after_them() {
    const KNOWN: i32 = 40;
    let Some(server) = Postgres::start(FAST) else { return };
    let url = of_0006(&server, "beside").await;
    migrate::up_of(&url, &known_at(KNOWN)).await.expect("its schema");
    let before = rows(&server, "beside");
    let columns = "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute \
                   WHERE attrelid = 'accounts'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'user_id'";
    let columns = server.ask("beside", columns);

    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
    let driver = tokio::spawn(connection);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    // Closed where the older program ends by itself.
    let (counted, met) = watch::channel(0_i64);
    let older = tokio::spawn(async move {
        while !stopped.load(Ordering::Acquire) {
            let user = BESIDE + 10 + 2 * *counted.borrow();
            for sql in says(user, &columns) {
                client.simple_query(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            }
            counted.send_modify(|met| *met += 1);
        }
    });
    let meet = async |more: i64| {
        let mut met = met.clone();
        let enough = *met.borrow() + more;
        let goes_on = tokio::time::timeout(PATIENCE, met.wait_for(|met| *met >= enough)).await;
        goes_on.expect("the older program goes on in time").expect("it goes on");
    };
    meet(5).await;
    let applied = migrate::up(&url).await.expect("taken up under its writes");
    assert_eq!(applied.len(), MIGRATIONS.len() - known_at(KNOWN).len());
    meet(5).await;
    works_with_it(&url).await;
    meet(5).await;
    // Steps are taken back when all nodes have ended.
    stop.store(true, Ordering::Release);
    older.await.expect("it has written to its end");
    driver.await.expect("the driver").expect("the connection");
    assert_eq!(migrate::down(&url, applied.len()).await.expect("given back").len(), applied.len());

    let back = rows(&server, "beside");
    let boris = format!("\"user_id\": {BORIS}");
    let gone: Vec<&String> =
        missing(&before, &back).into_iter().filter(|row| !row.contains(&boris)).collect();
    assert_eq!(gone, Vec::<&String>::new(), "given back as it was");
    let met = *met.borrow();
    println!("{met} pairs met beside {} steps", applied.len());
    let there = format!(
        "SELECT (SELECT count(*) FROM accounts WHERE user_id >= {BESIDE} + 10), \
                (SELECT count(*) FROM pairs WHERE a >= {BESIDE} + 10 AND opened = 7), \
                (SELECT count(*) FROM active_pair_member WHERE user_id >= {BESIDE} + 10)"
    );
    assert_eq!(server.psql_rows("beside", &there), [format!("{}|{met}|{}", 2 * met, 2 * met)]);
}
