//! Rows that a migration left for later are filled by a command that is killed in the middle, while
//! others write to the same tables.

use super::process::{nameless, variables};
use crate::support::app::real_postgres;
use crate::support::postgres::Postgres;
use nameless::store::{Keys, PgStore, StoreOptions};
use nameless_domain::ids::UserId;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

/// People, a dialog each, and its turns.
const PEOPLE: i64 = 250;
const TURNS: i32 = 24;
const FIRST: i64 = 7_000_000_000;
const KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
const PATIENCE: Duration = Duration::from_secs(60);
/// Nobody waits longer for rows that are being filled, or than for half of the work where the
/// machine is slow: a batch aims at a twentieth of a second.
const LOCKED: Duration = Duration::from_secs(3);
/// Transactions, at the least: the first batches are small, and none is more than twice the one
/// before.
const BATCHES: i64 = 5;

/// As a database is that has talks of before there was an index.
const AS_BEFORE: &str = "UPDATE backfills SET reached = NULL, filled = 0, ended = NULL";

async fn seed(url: &str) {
    let keys = Keys::parse(&KEY.to_owned().into()).expect("a key");
    let store = PgStore::connect(url, keys, StoreOptions::default()).await.expect("a store");
    for n in 0..PEOPLE {
        store.seed_dialog(UserId(FIRST + n), TURNS).await.expect("written");
    }
    store.close().await;
}

fn number(server: &Postgres, sql: &str) -> i64 {
    server.ask("nameless", sql).parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_filled_by_a_command_that_is_killed_beside_who_writes_to_them() {
    let Some((server, url)) = real_postgres() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let mut of = variables("http://127.0.0.1:9", dir.path());
    of.extend([("DATABASE_URL", url.clone()), ("HISTORY_KEY", KEY.to_owned())]);
    let command = |args: &[&str]| {
        let Output { status, stdout, stderr } = nameless(args, &of).output().expect("it runs");
        assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("UTF-8")
    };
    command(&["migrate", "up"]);
    assert_eq!(server.ask("nameless", "SELECT count(*) FROM backfills WHERE ended IS NULL"), "0");
    seed(&url).await;
    server.ask("nameless", AS_BEFORE);
    let plan = command(&["migrate", "plan"]);
    assert!(plan.contains("under way, in batches: companion_recall, 0 rows are filled, of "), "{plan}");

    let begin = || {
        let mut fill = nameless(&["migrate", "fill"], &of);
        fill.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
    };
    // The last batch waits for this, so it is not over before it is killed.
    let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let last = "BEGIN; SELECT FROM companion_dialogs ORDER BY dialog_id DESC LIMIT 1 FOR UPDATE";
    beside.batch_execute(last).await.expect("the lock");
    let mut killed = begin();
    let until = Instant::now() + PATIENCE;
    while number(&server, "SELECT filled FROM backfills") == 0 {
        assert!(Instant::now() < until, "nothing is filled");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    killed.kill().expect("killed");
    killed.wait().expect("its end");
    beside.batch_execute("ROLLBACK").await.expect("unlocked");
    // Its last transaction may still be on its way.
    let alone = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nameless'";
    while number(&server, alone) > 0 {
        assert!(Instant::now() < until, "its connections stay");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The place and the rows are of one transaction, wherever it was killed.
    let so_far = number(&server, "SELECT filled FROM backfills WHERE ended IS NULL AND reached IS NOT NULL");
    assert!(so_far > 0 && so_far < PEOPLE * i64::from(TURNS), "{so_far}");
    assert_eq!(number(&server, "SELECT count(*) FROM companion_turns WHERE stems <> '{}'"), so_far);

    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let mut fill = begin();
    let begun = Instant::now();
    let (mut writes, mut longest, mut forgotten) = (0_i64, Duration::ZERO, 0_i64);
    while fill.try_wait().expect("its state").is_none() {
        let user = FIRST + writes * 97 % PEOPLE;
        let since = Instant::now();
        let used = "UPDATE companion_dialogs SET used = used + 1 WHERE user_id = $1";
        client.execute(used, &[&user]).await.expect("written");
        longest = longest.max(since.elapsed());
        writes += 1;
        // Somebody wants all forgotten, of whom some are filled by now and some are not.
        if writes % 7 == 1 && forgotten < 20 {
            let user = FIRST + PEOPLE - 1 - forgotten * 11;
            let since = Instant::now();
            let both = client.transaction().await.expect("begun");
            for sql in [
                "UPDATE companion_dialogs SET summary = NULL, summed = turns, forgot = turns WHERE user_id = $1",
                "UPDATE companion_turns SET stems = '{}' WHERE user_id = $1 AND stems <> '{}'",
            ] {
                both.execute(sql, &[&user]).await.expect("forgotten");
            }
            both.commit().await.expect("committed");
            longest = longest.max(since.elapsed());
            forgotten += 1;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert!(begun.elapsed() < PATIENCE, "it does not end");
    }
    let took = begun.elapsed();
    let done = fill.wait_with_output().expect("its end");
    let (said, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && said.contains("nothing is left to fill"), "{said}{told}");
    assert!(told.contains("companion_recall: ") && told.contains("nothing is left"), "its progress: {told}");
    println!("{writes} writes beside it, the longest {longest:?}, {forgotten} forgot");
    assert!(writes > 0 && forgotten > 0, "{writes}, {forgotten}");
    assert!(longest < LOCKED.max(took / 2), "{longest:?} of {took:?}");
    let batches = "SELECT count(DISTINCT xmin::text) FROM companion_turns WHERE stems <> '{}'";
    assert!(number(&server, batches) >= BATCHES, "{} transactions", number(&server, batches));
    // What others wrote meanwhile is there, and what they wanted forgotten is not found again.
    assert_eq!(number(&server, "SELECT sum(used - 1)::bigint FROM companion_dialogs"), writes);
    let wrong = "SELECT count(*) FROM companion_turns t JOIN companion_dialogs d USING (dialog_id) \
                 WHERE (t.stems = '{}') <> (t.turn <= d.forgot)";
    assert_eq!(number(&server, wrong), 0);
    let status = command(&["migrate", "status"]);
    assert!(status.contains("companion_recall: filled, "), "{status}");
    assert!(command(&["migrate", "fill"]).contains("filled 0 rows"), "it is done once");
}
