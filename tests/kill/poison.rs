//! An update that ends the process each time that it is handled: counted over lives, set aside
//! after the fifth.

use super::process::PATIENCE;
use crate::support::app::{Options, Place, TOKEN, quick_simulator, spawn_against};
use crate::support::people::{chatting, person, press, sees};
use crate::support::{cluster, journal};
use nameless_actors::env::Faults;
use nameless_simulator::{SimUser, Simulator, World};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const CHILD: &str = "NAMELESS_TEST_POISON_CHILD";
const URL: &str = "NAMELESS_TEST_POISON_URL";
const READY: &str = "this life is ready";

/// Not a test by itself: the process that dies of an update.
#[test]
fn child_serves_until_it_dies() {
    let (Ok(dir), Ok(url)) = (std::env::var(CHILD), std::env::var(URL)) else { return };
    // Its people are those of the parent's simulator; this one is asked for nothing.
    let nobody = Simulator::start(quick_simulator()).expect("a simulator").world();
    let faults = Faults { deadly: Some("dEaDlY".into()), ..Faults::default() };
    let journal = Some(journal::slower_than_death(Path::new(&dir).join("journal")));
    let options = Options { place: Place::Private, faults, journal, ..Options::default() };
    let options = options.with("DATA_DIR", dir);
    let _app = spawn_against(&url, nobody, options);
    println!("{READY}");
    loop {
        std::thread::park();
    }
}

/// One life; killed when dropped.
struct Life {
    child: Child,
    ready: bool,
}

impl Life {
    /// Starts one, and waits until it is ready or dead.
    fn begin(dir: &Path, url: &str) -> Life {
        journal::lose_what_nobody_waited_for(&dir.join("journal"));
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "poison::child_serves_until_it_dies", "--nocapture"])
            .env(CHILD, dir)
            .env(URL, url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.contains(READY));
        Life { child, ready }
    }

    fn is_dead(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_some()
    }

    /// Waits until it dies, or until the sender hears that what kills it was not handled.
    async fn is_the_last(&mut self, sender: &SimUser) -> bool {
        let until = Instant::now() + PATIENCE;
        loop {
            if told(sender) {
                return true;
            }
            if self.is_dead() {
                return false;
            }
            assert!(Instant::now() < until, "it lives on, and says nothing");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn wait_for_death(&mut self) {
        let until = Instant::now() + PATIENCE;
        while !self.is_dead() {
            assert!(Instant::now() < until, "it lives on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// I9. The first life dies before its disk has the update: what nobody waited for is gone. Guards:
/// the count that is on disk before an update is handed over, that suspects go one after the other,
/// and that a life after a crash waits for its disk and counts what it is given (without that each
/// life is like the first).
#[tokio::test]
async fn what_kills_life_after_life_is_set_aside_and_the_others_are_handled() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world: Arc<World> = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    cluster::prepare(folder.path());
    let mut life = Life::begin(folder.path(), &simulator.url());
    assert!(life.ready);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    let (clara, dora) = (person(&world, "clara"), person(&world, "dora"));
    // Two strangers' first words, and a chat's, are under way beside it.
    clara.send_text("/start");
    anna.send_text("dEaDlY");
    boris.send_text("said by boris");
    dora.send_text("/start");
    life.wait_for_death();
    let mut lives = 1;
    loop {
        lives += 1;
        assert!(lives <= 6, "it dies for ever");
        life = Life::begin(folder.path(), &simulator.url());
        if life.is_the_last(&anna).await {
            break;
        }
    }
    assert_eq!(lives, 6, "five were lost");
    sees(&anna, "said by boris").await;
    boris.send_text("and on it goes");
    sees(&anna, "and on it goes").await;
    anna.send_text("without me");
    sees(&boris, "without me").await;
    for stranger in [&clara, &dora] {
        press(stranger, "on:lang:1").await;
    }
    assert!(boris.chat().iter().all(|m| m.text() != Some("dEaDlY")));
}

/// Whether its sender hears that it was not handled.
fn told(user: &SimUser) -> bool {
    let hears = |m: &nameless_simulator::ChatMessage| {
        m.from_bot && m.text().is_some_and(|t| t.starts_with("Something broke on our side"))
    };
    user.chat().iter().any(hears)
}
