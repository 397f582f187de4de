//! The journal's disk is full, or fails, under a running bot.

use super::notes::noted;
use super::process::{Bot, PATIENCE, variables};
use crate::support::app::{Options, TOKEN, quick_simulator, spawn_against};
use crate::support::people::{chatting, sees};
use crate::support::{cluster, disk};
use nameless_simulator::{SimUser, Simulator};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        disk::unmount(&self.0);
    }
}

async fn ready(http: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{http}/health/ready")).await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

async fn becomes_ready(http: &str, wanted: u16) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let (status, body) = ready(http).await;
        if status == wanted {
            return body;
        }
        assert!(Instant::now() < until, "{status} {body}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn times(user: &SimUser, text: &str) -> usize {
    user.chat().iter().filter(|m| m.from_bot && m.text() == Some(text)).count()
}

/// I2, I3. Not ready at once, nothing sent that could not be marked, and when there is space
/// everything arrives once.
#[tokio::test]
async fn a_full_disk_stops_the_intake_and_loses_and_doubles_nothing() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    std::fs::create_dir(&journal).expect("a folder");
    if !disk::SmallDisk::mount_on(&journal, "128k") {
        return;
    }
    let mounted = Mounted(journal.clone());
    let variables = variables(&simulator.url(), folder.path());
    let mut bot = Bot::serve(&variables);
    let http = bot.http();
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    assert_eq!(ready(&http).await.0, 200);
    let text = |n: usize| format!("{n} {}end", "long words ".repeat(200));
    let texts = 150;
    for n in 0..texts {
        anna.send_text(&text(n));
    }
    let reason = becomes_ready(&http, 503).await;
    assert!(reason.contains("journal"), "{reason}");
    bot.wait_line("Free some space on the disk of DATA_DIR");
    disk::resize(&journal, "32m");
    becomes_ready(&http, 200).await;
    boris.send_text("the way back");
    sees(&anna, "the way back").await;
    sees(&boris, &text(texts - 1)).await;
    noted(&mut bot, &anna, &boris).await;
    bot.kill();
    let bot = Bot::serve(&variables);
    anna.send_text("the end");
    sees(&boris, "the end").await;
    for n in 0..texts {
        assert_eq!(times(&boris, &text(n)), 1, "text {n}");
    }
    bot.stop();
    drop(mounted);
}

const CHILD: &str = "NAMELESS_TEST_DISK_CHILD";
const URL: &str = "NAMELESS_TEST_DISK_URL";
const READY: &str = "this life is ready";

/// Not a test by itself: a process that does not wait a minute for a disk that fails.
#[test]
fn child_serves_until_its_disk_fails() {
    let (Ok(dir), Ok(url)) = (std::env::var(CHILD), std::env::var(URL)) else { return };
    // Its people are those of the parent's simulator; this one is asked for nothing.
    let nobody = Simulator::start(quick_simulator()).expect("a simulator").world();
    let options = Options { disk_patience: Some(Duration::from_millis(200)), ..Options::default() };
    let _app = spawn_against(&url, nobody, options.with("DATA_DIR", dir));
    println!("{READY}");
    loop {
        std::thread::park();
    }
}

/// Starts it. What is too much for a file is an error to it, as a disk's is, and not its end.
fn child(dir: &Path, url: &str) -> Bot {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    command.arg(std::env::current_exe().expect("this program"));
    command.args(["--exact", "disk::child_serves_until_its_disk_fails", "--nocapture"]);
    command.env(CHILD, dir).env(URL, url);
    let mut bot = Bot::launch(command);
    bot.wait_line(READY);
    bot
}

/// I2. Guard: the end of the process when its journal is lost.
#[tokio::test]
async fn a_disk_that_fails_for_good_ends_the_process_with_code_70() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    cluster::prepare(folder.path());
    let mut bot = child(folder.path(), &simulator.url());
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    anna.send_text("before");
    sees(&boris, "before").await;
    let limited = Command::new("prlimit").args(["--pid", &bot.id().to_string(), "--fsize=0"]).status();
    assert!(limited.expect("prlimit runs").success());
    anna.send_text("meanwhile");
    assert_eq!(bot.ended(PATIENCE).code(), Some(70), "{}", bot.printed());
    let bot = child(folder.path(), &simulator.url());
    sees(&boris, "meanwhile").await;
    boris.send_text("the way back");
    sees(&anna, "the way back").await;
    assert_eq!(times(&boris, "before"), 1);
    bot.kill();
}
