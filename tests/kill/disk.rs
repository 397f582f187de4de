//! The journal's disk is full under a running bot.

use super::process::{Bot, PATIENCE, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::disk;
use crate::support::people::{chatting, sees};
use nameless_simulator::{SimUser, Simulator};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Notes of what has left gather in the journal for some milliseconds; nothing outside tells when
/// they are written.
const NOTED: Duration = Duration::from_millis(200);

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
    std::thread::sleep(NOTED);
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
