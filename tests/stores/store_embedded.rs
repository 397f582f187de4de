//! The embedded database across kill -9, and its lock.

#![cfg(feature = "embedded")]

use nameless::store::embedded::{Embedded, EmbeddedError};
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::ports::{Store, Write};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "NAMELESS_TEST_FOLDER";

async fn open(folder: &Path) -> (Embedded, PgStore) {
    let server = Embedded::start(folder).expect("it starts");
    migrate::up(server.url()).await.expect("migrations");
    let keys = Keys::load_or_create(folder).expect("a key");
    let store = PgStore::connect(server.url(), keys, StoreOptions::embedded(&server)).await.expect("a store");
    (server, store)
}

/// The process that is killed below.
async fn write_for_ever(folder: &Path) {
    let (_server, store) = open(folder).await;
    let known = store.unsettled().await.expect("an answer").len();
    assert_eq!(known, 0);
    for user in 1.. {
        let account = Account::new(UserId(user), Lang::En, Millis(0));
        store.write(vec![Write::Account(Box::new(account))].into()).await.expect("written");
        println!("\nwritten {user}");
    }
}

#[tokio::test]
async fn survives_kill_9_and_has_one_owner() {
    // This test is also the process that it kills.
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write_for_ever(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut written = 0;
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "store_embedded::survives_kill_9_and_has_one_owner", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut seen = 0;
        for line in output.lines() {
            let line = line.expect("a line");
            let Some(user) = line.strip_prefix("written ") else { continue };
            written = written.max(user.parse::<i64>().expect("a number"));
            seen += 1;
            if seen == 1 {
                // While it runs, the folder is its own.
                match Embedded::start(folder.path()) {
                    Err(EmbeddedError::InUse { holder, .. }) => {
                        assert!(holder.contains(&child.id().to_string()), "{holder}");
                    }
                    Err(other) => panic!("{other}"),
                    Ok(_) => panic!("two owners"),
                }
            }
            if seen == 100 * round {
                child.kill().expect("kill -9");
                break;
            }
        }
        child.wait().expect("its end");
        assert!(seen == 100 * round, "the child failed after {seen} writes");

        let (server, store) = open(folder.path()).await;
        for user in 1..=written {
            let loaded = store.load(UserId(user)).await.expect("an answer");
            assert!(loaded.is_some(), "user {user} of {written} is lost after kill {round}");
        }
        store.close().await;
        server.stop().expect("it stops");
    }
}

/// A trap inside the server ends its serving thread. Bytes that are no protocol do the same.
#[cfg(unix)]
#[tokio::test]
async fn is_started_again_when_it_dies() {
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().expect("a folder");
    let (server, store) = open(folder.path()).await;
    let account = Account::new(UserId(1), Lang::En, Millis(0));
    store.write(vec![Write::Account(Box::new(account))].into()).await.expect("written");
    store.close().await;

    let host = server.url().split_once("host=").expect("a socket").1;
    let socket = Path::new(host.split_once('&').expect("more").0).join(".s.PGSQL.5432");
    UnixStream::connect(&socket).expect("it listens").write_all(&[0; 64]).expect("written");
    let until = Instant::now() + Duration::from_secs(10);
    while UnixStream::connect(&socket).is_ok() {
        assert!(Instant::now() < until, "it should have died of that");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let revive = server.revive();
    revive();
    let (url, options) = (server.url(), StoreOptions::embedded(&server));
    let keys = || Keys::load_or_create(folder.path()).expect("a key");
    let store = PgStore::connect(url, keys(), options).await.expect("it lives again");
    assert!(store.load(UserId(1)).await.expect("an answer").is_some());
    // Nothing happens to a living one.
    revive();
    store.ping().await.expect("an answer");
    // Stopped while a client stays: it does not wait for ever, and stays dead.
    drop(server);
}
