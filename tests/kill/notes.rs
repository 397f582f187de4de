//! What a process knows of what has left is on its disk.

use super::process::{Bot, PATIENCE};
use crate::support::people::sees;
use nameless_simulator::SimUser;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Waits until a kill would find it noted that everything has left which the bot has brought to
/// `to` by now.
///
/// A note goes to the disk with the next update at the latest, and what one says to the other
/// leaves behind what was said before: so more is said. The first of it leaves when it is known
/// that what is meant has left, the second when that is noted, and what waited for company is
/// written with the third. The disk may have been at the update before it.
pub async fn noted(bot: &mut Bot, from: &SimUser, to: &SimUser) {
    static SAID: AtomicUsize = AtomicUsize::new(0);
    let metrics = bot.metrics();
    for _ in 0..4 {
        let before = syncs(&metrics).await;
        let words = format!("that is noted {}", SAID.fetch_add(1, Ordering::Relaxed));
        from.send_text(&words);
        sees(to, &words).await;
        let until = Instant::now() + PATIENCE;
        while syncs(&metrics).await <= before {
            assert!(Instant::now() < until, "the journal's disk has nothing more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// How often the journal's disk has confirmed what was written.
async fn syncs(metrics: &str) -> u64 {
    let page = reqwest::get(format!("{metrics}/metrics")).await.expect("an answer");
    let page = page.text().await.expect("text");
    let count = page.lines().find_map(|line| line.strip_prefix("nameless_journal_sync_seconds_count "));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or_else(|| panic!("no count in {page}"))
}
