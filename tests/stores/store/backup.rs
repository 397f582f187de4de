//! Backups: everything comes back, nothing half, nothing of whoever has erased themselves since
//! (I14).

use super::context::{Context, NOW, account, history, keys};
use super::declared;
use crate::support::postgres::{FAST, Postgres, other_version, programs};
use nameless::backup::{self, BackupError, Contents, Identities, LEFT_OUT, Recipient, Restored, Target};
use nameless::store::{PgStore, StoreOptions, migrate, tables};
use nameless_actors::ports::{Store, Write};
use nameless_domain::ids::UserId;
use nameless_domain::relay::Side;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Backups in a folder, and who may read them.
pub struct Shelf {
    dir: TempDir,
    recipient: Recipient,
    pub identities: Identities,
}

impl Shelf {
    pub fn new() -> Shelf {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("identity");
        let recipient = Identities::make(&file).expect("an identity");
        let recipient = Recipient::from_str(&recipient).expect("its recipient");
        let identities = Identities::read(&file).expect("readable");
        Shelf { dir, recipient, identities }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Data and keys under this name; keys alone under one that ends so.
    pub async fn save(&self, url: &str, key: u8, name: &str) -> Result<(), BackupError> {
        let data = (!name.ends_with(".keys")).then(|| Target::New(self.path(name)));
        let apart = match data {
            Some(_) => self.path(&format!("{name}.keys")),
            None => self.path(name),
        };
        backup::save(url, &keys(key), &self.recipient, data.as_ref(), &Target::Newest(apart), &|_| {})
            .await
            .map(drop)
    }

    pub async fn restore(
        &self,
        url: &str,
        key: u8,
        data: &str,
        apart: &str,
    ) -> Result<Restored, BackupError> {
        let (data, apart) = (self.path(data), self.path(apart));
        backup::restore(url, &keys(key), &data, &apart, &self.identities, &|_| {}).await
    }

    async fn verify(&self, key: u8, name: &str) -> Result<Contents, BackupError> {
        backup::verify(&self.path(name), &self.identities, &keys(key)).await
    }
}

fn table_names() -> impl Iterator<Item = &'static str> {
    tables().map(|table| table.name)
}

fn is_left_out(table: &str) -> bool {
    LEFT_OUT.iter().any(|(left, _)| *left == table)
}

fn rows(server: &Postgres, database: &str, table: &str) -> Vec<String> {
    server.psql_rows(database, &format!("SELECT t::text FROM {table} t ORDER BY 1"))
}

const SEQUENCES: &str = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1";
const MONTHS: &str = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1";
const EMPTY: &str = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";

/// Every table, row by row, between two real servers, of two versions where there are two.
#[tokio::test]
async fn every_table_comes_back() {
    let Some(first) = programs() else { return };
    let (old, new) = other_version().unwrap_or((first.clone(), first));
    println!("from {old} to {new}");
    let (from, to) = (Postgres::of(old, FAST), Postgres::of(new, FAST));
    let mut c = Context::real(from.create("everything")).await;
    declared::fill_every_table(&mut c).await;
    c.sql("SELECT * FROM keep_history_months(1760000000000, 0)").await;
    let empty: Vec<&str> = table_names()
        .filter(|table| {
            !is_left_out(table) && from.ask("everything", &format!("SELECT count(*) FROM {table}")) == "0"
        })
        .collect();
    assert_eq!(empty, Vec::<&str>::new(), "the test has to fill these");

    let shelf = Shelf::new();
    shelf.save(&c.url, 1, "a").await.expect("saved");
    let (data, apart) =
        (shelf.verify(1, "a").await.expect("whole"), shelf.verify(1, "a.keys").await.expect("whole"));
    for table in table_names() {
        let there: u64 =
            from.ask("everything", &format!("SELECT count(*) FROM {table}")).parse().expect("a number");
        let saved = data.rows_of(table).or(apart.rows_of(table));
        assert_eq!(saved, (!is_left_out(table)).then_some(there), "{table}");
    }

    let url = to.create("back");
    let restored = shelf.restore(&url, 1, "a", "a.keys").await.expect("restored");
    assert_eq!((restored.erased, restored.migrated), (0, vec![]));
    for table in table_names().filter(|table| !is_left_out(table)) {
        assert_eq!(rows(&to, "back", table), rows(&from, "everything", table), "{table}");
    }
    assert_eq!(to.psql_rows("back", SEQUENCES), from.psql_rows("everything", SEQUENCES));
    assert_eq!(to.psql_rows("back", MONTHS), from.psql_rows("everything", MONTHS));
    if from.ask("everything", "SHOW server_version_num") == to.ask("back", "SHOW server_version_num") {
        assert_eq!(to.dump_schema("back"), from.dump_schema("everything"));
    }
    // It is of use: new pairs get numbers that nobody has, words are read.
    let mut back = Context::real(url).await;
    let pair = back.open(7_301, 7_302, NOW).await;
    back.write(vec![history(pair, Side::A, 7_301, 1, NOW, "again")]).await;
    assert_eq!(back.sql("SELECT count(*) FROM partitions").await, ["256"]);
    // A table that nobody declared would be missing: it is not passed over.
    c.sql("CREATE TABLE somebody_elses (a int)").await;
    let refused = shelf.save(&c.url, 1, "b").await.expect_err("refused").to_string();
    assert!(refused.contains("somebody_elses"), "{refused}");
    assert!(!shelf.path("b").exists());
    c.finish().await;
    back.finish().await;
}

/// A small database with two people in a chat.
pub async fn small(url: String) -> Context {
    let c = Context::real(url).await;
    let pair = c.open(1, 2, NOW).await;
    c.write(vec![
        Write::Account(Box::new(account(1, 1))),
        Write::Account(Box::new(account(2, 1))),
        history(pair, Side::A, 1, 1, NOW, "hello"),
        history(pair, Side::B, 2, 2, NOW, "who is there"),
    ])
    .await;
    c
}

/// One line each, and nothing is left in the database.
#[tokio::test]
async fn what_is_not_right_is_refused() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("small")).await;
    let (shelf, other) = (Shelf::new(), Shelf::new());
    shelf.save(&c.url, 1, "a").await.expect("saved");
    shelf.save(&c.url, 1, "newer").await.expect("saved");
    let again = shelf.save(&c.url, 1, "a").await.expect_err("is there");
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let stranger = Context::real(server.create("stranger")).await;
    stranger.store.close().await;
    server.psql("stranger", "TRUNCATE key_check");
    let strange = PgStore::connect(&stranger.url, keys(2), StoreOptions::default()).await.expect("a store");
    shelf.save(&stranger.url, 2, "forged").await.expect("saved");
    strange.close().await;

    let whole = fs::read(shelf.path("a")).expect("a file");
    let damaged = |name: &str, bytes: &[u8]| fs::write(shelf.path(name), bytes).expect("written");
    // Anywhere: in the head, in the middle, in the last byte; cut short by one, by half, to
    // nothing.
    let mut files = vec![("cut", whole.len() - 1), ("half", whole.len() / 2), ("none", 0)];
    for (name, length) in &files {
        damaged(name, &whole[..*length]);
    }
    for (name, at) in [("head", 30), ("middle", whole.len() / 2), ("end", whole.len() - 1)] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        damaged(name, &bytes);
        files.push((name, at));
    }
    damaged("longer", &[&whole[..], b"x"].concat());
    damaged("text", b"-- PostgreSQL database dump\n");
    files.extend([("longer", 0), ("text", 0)]);

    server.create("empty");
    let url = server.url("empty");
    let nothing = server.ask("empty", EMPTY);
    let check = |what: &str, error: BackupError, word: &str| {
        let line = error.to_string();
        assert!(line.contains(word) && !line.contains('\n'), "{what}: {line}");
        assert_eq!(server.ask("empty", EMPTY), nothing, "{what}");
    };
    for (name, _) in files {
        let error = shelf.restore(&url, 1, name, "a.keys").await.expect_err(name);
        let word = if matches!(name, "none" | "head" | "text") { "" } else { "damaged" };
        check(name, error, word);
        assert!(shelf.verify(1, name).await.is_err(), "{name}");
    }
    let wrong = backup::verify(&shelf.path("a"), &other.identities, &keys(1)).await.expect_err("not his");
    check("another identity", wrong, "another identity");
    check("forged", shelf.restore(&url, 1, "forged", "a.keys").await.expect_err("refused"), "not signed");
    check("another key", shelf.restore(&url, 2, "a", "a.keys").await.expect_err("refused"), "not signed");
    check("keys as data", shelf.restore(&url, 1, "a.keys", "a.keys").await.expect_err("refused"), "keys");
    check("data as keys", shelf.restore(&url, 1, "a", "a").await.expect_err("refused"), "data");
    check("old keys", shelf.restore(&url, 1, "newer", "a.keys").await.expect_err("refused"), "older than");
    let full = shelf.restore(&c.url, 1, "a", "a.keys").await.expect_err("refused");
    check("not empty", full, "not empty");
    assert_eq!(c.store.load(UserId(1)).await.expect("read").expect("there").account.user, UserId(1));
    shelf.restore(&url, 1, "a", "a.keys").await.expect("what is whole is restored");
    stranger.finish().await;
    c.finish().await;
}

/// I14. Guards: the keys are apart and read last; erasures are repeated.
#[tokio::test]
async fn an_old_backup_brings_nobody_back() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("life")).await;
    // Somebody who had left before, and came back: their new life is a life.
    c.write(vec![Write::Account(Box::new(account(3, 1))), Write::Erase { user: UserId(3) }]).await;
    c.write(vec![Write::Account(Box::new(account(3, 9)))]).await;
    let shelf = Shelf::new();
    shelf.save(&c.url, 1, "old").await.expect("saved");
    c.write(vec![Write::Erase { user: UserId(1) }, Write::Account(Box::new(account(4, 1)))]).await;
    // Of later than the data, in a table of the keys.
    let notes = "INSERT INTO operator_notes (user_hash, at, by, sealed)
        SELECT 'x', n, 'somebody', 'y' FROM generate_series(1, 5) n";
    server.psql("life", notes);
    shelf.save(&c.url, 1, "newest.keys").await.expect("saved");

    let url = server.create("after");
    let restored = shelf.restore(&url, 1, "old", "newest.keys").await.expect("restored");
    assert_eq!(restored.erased, 1);
    let count = |sql: &str| server.ask("after", &format!("SELECT count(*) FROM {sql}"));
    for gone in [
        "accounts WHERE user_id = 1",
        "user_keys WHERE user_id = 1",
        "history WHERE side = 0",
        "pairs WHERE a = 1 OR b = 1",
        "active_pair_member",
    ] {
        assert_eq!(count(gone), "0", "{gone}");
    }
    for there in ["accounts WHERE user_id = 2", "accounts WHERE user_id = 3", "history WHERE side = 1"] {
        assert_eq!(count(there), "1", "{there}");
    }
    assert_eq!(count("operator_notes"), "5");
    server.psql("after", notes);
    // Known as erased, so that the next restore does the same.
    assert_eq!(count("erasures"), "2");
    // Without the erasure being repeated what they wrote is unreadable all the same: there is no
    // key.
    let apart = shelf.verify(1, "newest.keys").await.expect("whole");
    assert_eq!(apart.rows_of("user_keys"), Some(1), "the other's");
    assert!(shelf.verify(1, "old").await.expect("whole").rows_of("user_keys").is_none());
    assert_eq!(shelf.verify(1, "old").await.expect("whole").rows_of("history"), Some(2));
    c.finish().await;
}

/// One moment: what is opened meanwhile is in it whole or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_writers_is_of_one_moment() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("busy")).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (store, stopped) = (c.store.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut n = 0;
                while !*stopped.borrow() {
                    let (a, b) = (10_000 * (writer + 1) + 2 * n, 10_000 * (writer + 1) + 2 * n + 1);
                    let opened = store.open_pairs(vec![super::context::proposal(a, b, NOW)]).await;
                    opened.expect("opened");
                    let account = |user| Write::Account(Box::new(account(user, 1)));
                    store.write(vec![account(a), account(b)].into()).await.expect("written");
                    n += 1;
                }
                n
            })
        })
        .collect();
    let shelf = Shelf::new();
    for n in 0..3 {
        shelf.save(&c.url, 1, &format!("{n}")).await.expect("saved");
    }
    stop.send(true).expect("heard");
    for writer in writers {
        assert!(writer.await.expect("it ends") > 0);
    }
    for n in 0..3 {
        let database = format!("moment{n}");
        let url = server.create(&database);
        shelf.restore(&url, 1, &format!("{n}"), &format!("{n}.keys")).await.expect("restored");
        let halves = "SELECT count(*) FROM pairs p WHERE ended IS NULL AND
            (SELECT count(*) FROM active_pair_member m WHERE m.pair_id = p.pair_id) <> 2";
        assert_eq!(server.ask(&database, halves), "0");
        let strays = "SELECT count(*) FROM active_pair_member m
            WHERE NOT EXISTS (SELECT FROM pairs p WHERE p.pair_id = m.pair_id)";
        assert_eq!(server.ask(&database, strays), "0");
        let ahead = "SELECT last_value >= (SELECT max(pair_id) FROM pairs) FROM pairs_pair_id_seq";
        assert_eq!(server.ask(&database, ahead), "t");
    }
    c.finish().await;
}

/// A backup of an older schema is brought up to date.
#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("older")).await;
    c.store.close().await;
    let back = migrate::down(&c.url, 2).await.expect("taken back");
    let shelf = Shelf::new();
    shelf.save(&c.url, 1, "a").await.expect("saved");
    let url = server.create("newer");
    let restored = shelf.restore(&url, 1, "a", "a.keys").await.expect("restored");
    assert_eq!(restored.migrated.len(), back.len());
    let c = Context::real(url).await;
    assert!(c.store.load(UserId(1)).await.expect("read").is_some());
    c.finish().await;
}

/// `nameless restore`, killed while it is at it: the database is empty, and the next one succeeds.
#[tokio::test]
async fn a_restore_that_is_killed_leaves_nothing() {
    let Some(server) = Postgres::start(FAST) else { return };
    let c = small(server.create("source")).await;
    let shelf = Shelf::new();
    shelf.save(&c.url, 1, "a").await.expect("saved");
    let mut killed = 0;
    for n in 0..20 {
        let database = format!("target{n}");
        let url = server.create(&database);
        if !kill_in_the_middle(&server, &database, &url, shelf.dir.path()) {
            continue;
        }
        killed += 1;
        let until = Instant::now() + Duration::from_secs(90);
        let others = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        );
        while server.ask(&database, &others) != "0" {
            assert!(Instant::now() < until, "the killed one's session stays");
        }
        assert_eq!(server.ask(&database, EMPTY), server.ask("postgres", EMPTY), "nothing is left of it");
        shelf.restore(&url, 1, "a", "a.keys").await.expect("the next one succeeds");
        assert_eq!(server.ask(&database, "SELECT count(*) FROM accounts"), "2");
        if killed == 2 {
            break;
        }
    }
    assert_eq!(killed, 2, "none was met in its transaction");
    c.finish().await;
}

/// Kills one after its first line; false if it was done by then.
fn kill_in_the_middle(server: &Postgres, database: &str, url: &str, shelf: &Path) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nameless"))
        .args(["restore", "a", "--identity", "identity"])
        .current_dir(shelf)
        .env_clear()
        .env("DATABASE_URL", url)
        .env("HISTORY_KEY", "01".repeat(32))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.contains(" rows "), "{line}");
    let signal = |name: &str| {
        let done = Command::new("kill").args([name, &child.id().to_string()]).status();
        assert!(done.expect("kill runs").success());
    };
    signal("-STOP");
    let at_work = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = '{database}' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND query <> 'ANALYZE'"
    );
    let is_at_work = server.ask(database, &at_work) == "1";
    signal("-KILL");
    child.wait().expect("its end");
    is_at_work && server.ask(database, "SELECT to_regclass('accounts') IS NULL") == "t"
}
