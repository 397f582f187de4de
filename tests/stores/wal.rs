//! WAL archiving as docs/operations.md has it, with pgBackRest: going back to a moment brings what
//! was committed before it, and nothing of after.

use crate::support::postgres::{Postgres, each_version};
use crate::support::skip;
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The newest version that Debian's pgBackRest (2.45) knows.
const NEWEST: u32 = 15;

fn pgbackrest(server: &Postgres, config: &Path, args: &[&str]) {
    let done = server
        .as_its_user("pgbackrest")
        .arg(format!("--config={}", config.display()))
        .arg("--stanza=nameless")
        .args(args)
        .output()
        .expect("pgbackrest runs");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {said}\n{}", server.log());
}

#[tokio::test]
async fn going_back_to_a_moment_brings_what_was_before_it() {
    let is_there = Command::new("pgbackrest").arg("version").output().is_ok();
    if !is_there {
        assert!(skip::allowed("pgbackrest"), "pgbackrest is not installed");
        return;
    }
    let Some(programs) = each_version().into_iter().find(|programs| programs.major() <= NEWEST) else {
        assert!(skip::allowed("pgbackrest"), "no PostgreSQL that pgbackrest knows is here");
        return;
    };
    let settings = ["fsync=off", "wal_level=replica", "archive_mode=on", "archive_timeout=60"];
    let mut server = Postgres::of(programs, &settings);
    let url = server.create("nameless");
    let [repository, logs] = ["repository", "logs"].map(|name| server.folder(name));
    let config = server.folder("pgbackrest").join("pgbackrest.conf");
    let data = server.ask("postgres", "SHOW data_directory");
    let (port, sockets) = (server.port(), server.ask("postgres", "SHOW unix_socket_directories"));
    let [repo, log] = [&repository, &logs].map(|path| path.display());
    let text = format!(
        "[global]\nrepo1-path={repo}\nrepo1-retention-full=2\nrepo1-cipher-type=aes-256-cbc\n\
         repo1-cipher-pass=of-a-test\nlog-path={log}\nlock-path={log}\nspool-path={log}\nstart-fast=y\n\
         [nameless]\npg1-path={data}\npg1-port={port}\npg1-socket-path={sockets}\npg1-user=postgres\n"
    );
    fs::write(&config, text).expect("written");
    let archive = format!("pgbackrest --config={} --stanza=nameless archive-push %p", config.display());
    server.psql("postgres", &format!("ALTER SYSTEM SET archive_command = '{archive}'"));
    server.psql("postgres", "SELECT pg_reload_conf()");
    pgbackrest(&server, &config, &["stanza-create"]);
    pgbackrest(&server, &config, &["check"]);
    migrate::up(&url).await.expect("migrations");
    let keys = || Keys::parse(&"01".repeat(32).into()).expect("a key");
    PgStore::connect(&url, keys(), StoreOptions::default()).await.expect("a store").close().await;
    pgbackrest(&server, &config, &["--type=full", "backup"]);
    // Backups are told apart by whole seconds.
    server.psql("postgres", "SELECT pg_sleep(2)");
    // Behind the backup: what it is gone back to is in the archive of WAL alone.
    server.psql("nameless", "INSERT INTO blocks VALUES (1, 2, 3)");
    let moment = server.ask("nameless", "SELECT clock_timestamp()");
    server.psql("nameless", "INSERT INTO blocks VALUES (4, 5, 6)");
    server.psql("nameless", "SELECT pg_switch_wal()");
    pgbackrest(&server, &config, &["check"]);
    server.stop();

    let lost = Instant::now();
    let target = format!("--target={moment}");
    pgbackrest(&server, &config, &["--delta", "--type=time", &target, "--target-action=promote", "restore"]);
    server.start_again();
    let until = Instant::now() + Duration::from_secs(90);
    while server.ask("postgres", "SELECT pg_is_in_recovery()") != "f" {
        assert!(Instant::now() < until, "{}", server.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("back at {moment} after {:?}", lost.elapsed());
    assert_eq!(server.psql_rows("nameless", "SELECT user_id, blocked FROM blocks"), ["1|2"]);
    let store = PgStore::connect(&url, keys(), StoreOptions::default()).await.expect("it goes on");
    store.close().await;
}
