//! The private cluster: killed in every way, left behind, cut off from power, of another version.

use crate::support::postgres::{each_version, other_version};
use crate::support::power::Disk;
use nameless::postgres::{ClusterError, PrivateCluster, Programs, Upgraded, running, upgrade};
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::ports::{Store, Write};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

const FOLDER: &str = "NAMELESS_TEST_FOLDER";
const BIN: &str = "NAMELESS_TEST_BIN";
/// How long anything that is waited for may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(folder: &Path, programs: &Programs) -> PrivateCluster {
    PrivateCluster::start(folder, Some(&bin(programs)), 4).expect("it starts")
}

fn bin(programs: &Programs) -> PathBuf {
    programs.path("initdb").parent().expect("a folder").to_owned()
}

async fn open(folder: &Path, programs: &Programs) -> (PrivateCluster, PgStore) {
    let cluster = start(folder, programs);
    migrate::up(cluster.url()).await.expect("migrations");
    let keys = Keys::load_or_create(folder).expect("a key");
    let options = StoreOptions { revive: Some(cluster.revive()), ..StoreOptions::default() };
    let store = PgStore::connect(cluster.url(), keys, options).await.expect("a store");
    (cluster, store)
}

async fn add(store: &PgStore, user: i64) {
    let account = Account::new(UserId(user), Lang::En, Millis(0));
    store.write(vec![Write::Account(Box::new(account))].into()).await.expect("written");
}

async fn ask(url: &str, sql: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    let driver = tokio::spawn(connection);
    let rows = client.simple_query(sql).await.expect("an answer");
    drop(client);
    let _ = driver.await;
    let row = rows.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    row.unwrap_or_default()
}

/// Processes that work in a cluster's folder, or below.
fn processes_in(data_dir: &Path) -> Vec<(u32, String)> {
    let place = data_dir.canonicalize().expect("the folder").join("postgres");
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let works_in = fs::read_link(entry.path().join("cwd")).ok()?;
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            works_in.starts_with(&place).then(|| (pid, name.trim().to_owned()))
        })
        .collect()
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().expect("kill runs").success());
}

/// Those of the server, without its guard, which looks every second.
fn servers_in(data_dir: &Path) -> Vec<(u32, String)> {
    processes_in(data_dir).into_iter().filter(|(_, name)| name == "postgres").collect()
}

fn postmaster(data_dir: &Path) -> u32 {
    running_as(data_dir).expect("a server runs")
}

fn running_as(data_dir: &Path) -> Option<u32> {
    let text = fs::read_to_string(data_dir.join("postgres/postmaster.pid")).ok()?;
    text.lines().next()?.parse().ok()
}

/// This program, running one of the tests below as the process that is to be killed.
fn child(test: &str, folder: &Path, programs: &Programs) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("{}::{test}", module_path!().split_once("::").expect("a module").1)])
        .arg("--nocapture")
        .env(FOLDER, folder)
        .env(BIN, bin(programs))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child")
}

/// What such a process is told; none in the test itself.
fn told() -> Option<(PathBuf, Programs)> {
    let folder = std::env::var_os(FOLDER)?;
    let programs = Programs::at(Path::new(&std::env::var_os(BIN)?)).expect("programs");
    Some((folder.into(), programs))
}

async fn write_for_ever(folder: &Path, programs: &Programs) {
    let (_cluster, store) = open(folder, programs).await;
    for user in 1.. {
        add(&store, user).await;
        println!("\nwritten {user}");
    }
}

/// Waits for so many writes of a child, then kills it; the last that it told.
fn kill_after(mut child: Child, writes: usize, mut first: impl FnMut(u32)) -> i64 {
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let (mut seen, mut last) = (0, 0);
    for line in output.lines() {
        let line = line.expect("a line");
        let Some(user) = line.strip_prefix("written ") else { continue };
        last = user.parse().expect("a number");
        seen += 1;
        if seen == 1 {
            first(child.id());
        }
        if seen == writes {
            break;
        }
    }
    assert_eq!(seen, writes, "the child failed");
    child.kill().expect("kill -9");
    child.wait().expect("its end");
    last
}

#[tokio::test]
async fn a_kill_loses_nothing_and_leaves_no_server() {
    if let Some((folder, programs)) = told() {
        return write_for_ever(&folder, &programs).await;
    }
    for programs in each_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut written = 0;
        for round in 1..=2 {
            let process = child("a_kill_loses_nothing_and_leaves_no_server", folder.path(), &programs);
            let last = kill_after(process, 100 * round, |id| {
                // While it runs, the folder is its own, and commands beside it find its database.
                match PrivateCluster::start(folder.path(), None, 1) {
                    Err(ClusterError::InUse { holder, .. }) => {
                        assert!(holder.contains(&id.to_string()), "{holder}")
                    }
                    Err(other) => panic!("{other}"),
                    Ok(_) => panic!("two owners"),
                }
                assert!(running(folder.path()).is_some());
            });
            written = written.max(last);
            if round == 1 {
                wait_until("the server outlives who started it", || processes_in(folder.path()).is_empty());
                assert!(running(folder.path()).is_none());
            }
            // In the second round the next start meets a server that is just ending.
            let (cluster, store) = open(folder.path(), &programs).await;
            for user in 1..=written {
                let loaded = store.load(UserId(user)).await.expect("an answer");
                assert!(loaded.is_some(), "user {user} of {written} is lost after kill {round}");
            }
            store.close().await;
            cluster.stop();
            assert_eq!(servers_in(folder.path()), [], "an orderly end leaves nothing");
            wait_until("a guard outlives its server", || processes_in(folder.path()).is_empty());
        }
    }
}

#[tokio::test]
async fn a_server_without_its_guard_is_ended_by_the_next_start() {
    if let Some((folder, programs)) = told() {
        return write_for_ever(&folder, &programs).await;
    }
    let programs = Programs::find(None).expect("PostgreSQL");
    let folder = tempfile::tempdir().expect("a folder");
    let process = child("a_server_without_its_guard_is_ended_by_the_next_start", folder.path(), &programs);
    let written = kill_after(process, 50, |_| {
        let guards = processes_in(folder.path()).into_iter().filter(|(_, name)| name == "sh");
        let guards: Vec<u32> = guards.map(|(pid, _)| pid).collect();
        assert_eq!(guards.len(), 1, "{:?}", processes_in(folder.path()));
        kill(guards[0]);
    });
    let left = postmaster(folder.path());
    assert!(processes_in(folder.path()).iter().any(|(pid, _)| *pid == left), "it was to be left behind");
    let (cluster, store) = open(folder.path(), &programs).await;
    assert_ne!(postmaster(folder.path()), left);
    assert!(store.load(UserId(written)).await.expect("an answer").is_some());
    store.close().await;
    cluster.stop();
}

#[tokio::test]
async fn a_server_that_dies_is_started_again() {
    for programs in each_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let (cluster, store) = open(folder.path(), &programs).await;
        add(&store, 1).await;
        let first = postmaster(folder.path());
        kill(first);
        let until = Instant::now() + PATIENCE;
        // The store itself asks for it; its connections live on for a moment.
        let second = loop {
            let answered = store.load(UserId(1)).await.is_ok();
            match running_as(folder.path()).filter(|pid| answered && *pid != first) {
                Some(second) => break second,
                None => assert!(Instant::now() < until, "it stays down"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        // Nothing happens to a living one.
        cluster.revive()();
        assert_eq!(postmaster(folder.path()), second);
        // Stopped for good while a client stays: it does not wait for it, and nothing brings it
        // back.
        let revive = cluster.revive();
        cluster.stop();
        revive();
        assert_eq!(servers_in(folder.path()), []);
    }
}

/// In a container that starts anew the same few numbers are given out again.
#[tokio::test]
async fn a_number_that_is_somebody_elses_by_now_does_no_harm() {
    let programs = Programs::find(None).expect("PostgreSQL");
    let folder = tempfile::tempdir().expect("a folder");
    let (cluster, store) = open(folder.path(), &programs).await;
    add(&store, 1).await;
    let (revive, pid) = (cluster.revive(), postmaster(folder.path()));
    kill(pid);
    drop(revive);
    cluster.stop();
    let file = folder.path().join("postgres/postmaster.pid");
    let text = fs::read_to_string(&file).expect("left behind by the kill");
    let mut bystander = Command::new("sleep").arg("600").spawn().expect("sleep runs");
    fs::write(&file, text.replacen(&pid.to_string(), &bystander.id().to_string(), 1)).expect("written");
    let (cluster, store) = open(folder.path(), &programs).await;
    assert!(store.load(UserId(1)).await.expect("an answer").is_some());
    store.close().await;
    cluster.stop();
    assert!(bystander.try_wait().expect("its state").is_none(), "a stranger was killed");
    bystander.kill().expect("killed");
    bystander.wait().expect("its end");
}

#[tokio::test]
async fn a_kill_while_the_cluster_is_made_leaves_none_or_a_whole_one() {
    if let Some((folder, programs)) = told() {
        return write_for_ever(&folder, &programs).await;
    }
    let programs = Programs::find(None).expect("PostgreSQL");
    for pause in [0, 100, 300, 600, 900, 1_200] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut process =
            child("a_kill_while_the_cluster_is_made_leaves_none_or_a_whole_one", folder.path(), &programs);
        std::thread::sleep(Duration::from_millis(pause));
        process.kill().expect("kill -9");
        process.wait().expect("its end");
        let (cluster, store) = open(folder.path(), &programs).await;
        add(&store, 1).await;
        store.close().await;
        cluster.stop();
    }
}

#[tokio::test]
async fn nobody_else_gets_in_and_what_is_written_is_on_disk() {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    for programs in each_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let cluster = start(folder.path(), &programs);
        let url = cluster.url();
        for (setting, value) in [
            ("listen_addresses", ""),
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("data_checksums", "on"),
            ("log_min_error_statement", "panic"),
            ("log_error_verbosity", "terse"),
        ] {
            assert_eq!(ask(url, &format!("SHOW {setting}")).await, value, "{setting}");
        }
        assert_eq!(ask(url, "SELECT current_user || '@' || current_database()").await, "nameless@nameless");
        let place = folder.path().join("postgres");
        let socket = fs::metadata(place.join(".s.PGSQL.5432")).expect("the socket");
        assert!(socket.file_type().is_socket());
        assert_eq!(socket.mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&place).expect("the folder").mode() & 0o777, 0o700);
        // Who is not us, and not the server's own user, is turned away even at the open socket.
        let stranger = url.replace("nameless@", "postgres@");
        let refused = tokio_postgres::connect(&stranger, NoTls).await.err().expect("refused");
        assert!(refused.as_db_error().is_some(), "{refused}");
        cluster.stop();
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("postgres")).expect("made");
    fs::write(folder.path().join("postgres/thesis.txt"), "mine").expect("written");
    let refused = PrivateCluster::start(folder.path(), None, 1).err().expect("refused").to_string();
    assert!(refused.contains("is not a PostgreSQL cluster"), "{refused}");
    assert_eq!(fs::read_to_string(folder.path().join("postgres/thesis.txt")).expect("read"), "mine");
}

#[tokio::test]
async fn a_newer_version_is_reached_by_dump_and_load() {
    let Some((old, new)) = other_version() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(upgrade(folder.path(), None).expect("nothing to do"), Upgraded::Nothing);
    let (cluster, store) = open(folder.path(), &old).await;
    for user in 1..=20 {
        add(&store, user).await;
    }
    store.close().await;
    assert!(matches!(upgrade(folder.path(), Some(&bin(&new))), Err(ClusterError::InUse { .. })));
    cluster.stop();

    // By itself nothing is brought anywhere.
    let refused =
        PrivateCluster::start(folder.path(), Some(&bin(&new)), 1).err().expect("refused").to_string();
    let says = format!("is of PostgreSQL {}, and what is installed is {}", old.major(), new.major());
    assert!(refused.contains(&says), "{refused}");
    assert_eq!(
        upgrade(folder.path(), Some(&bin(&old))).expect("nothing to do"),
        Upgraded::Already(old.major())
    );

    let done = upgrade(folder.path(), Some(&bin(&new))).expect("upgraded");
    let place = folder.path().canonicalize().expect("the folder");
    let kept = place.join(format!("postgres.{}", old.major()));
    assert_eq!(done, Upgraded::From { old: old.major(), new: new.major(), kept: kept.clone() });
    assert!(kept.join("PG_VERSION").exists());

    // Killed between the two moves: the next start goes on.
    fs::rename(place.join("postgres"), place.join("postgres.upgraded")).expect("moved");
    let (cluster, store) = open(folder.path(), &new).await;
    for user in 1..=20 {
        assert!(store.load(UserId(user)).await.expect("an answer").is_some(), "user {user}");
    }
    let version = ask(cluster.url(), "SHOW server_version_num").await;
    assert!(version.starts_with(&new.major().to_string()), "{version}");
    store.close().await;
    cluster.stop();
}

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_written() {
    if let Some((folder, programs)) = told() {
        return write_for_ever(&folder, &programs).await;
    }
    let Some(disk) = Disk::new() else {
        println!("SKIPPED: this process may not mount a file system, so no power can be cut");
        return;
    };
    let programs = Programs::find(None).expect("PostgreSQL");
    let mut written = 0;
    for writes in [30, 200] {
        let mut process = child("a_power_cut_loses_nothing_that_was_written", &disk.path(), &programs);
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut seen = 0;
        // It goes on writing when the power is cut, and then fails; all that it has told is
        // promised.
        for line in output.lines() {
            let line = line.expect("a line");
            let Some(user) = line.strip_prefix("written ") else { continue };
            written = written.max(user.parse().expect("a number"));
            seen += 1;
            if seen == writes {
                disk.cut_power();
            }
        }
        assert!(seen >= writes, "the child failed after {seen}");
        process.wait().expect("its end");
        for (pid, _) in processes_in(&disk.path()) {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        wait_until("the file system stays busy", || disk.unmount());
        assert!(disk.mount(), "the file system comes back");
        let (cluster, store) = open(&disk.path(), &programs).await;
        for user in 1..=written {
            assert!(store.load(UserId(user)).await.expect("an answer").is_some(), "user {user} of {written}");
        }
        store.close().await;
        cluster.stop();
    }
}
