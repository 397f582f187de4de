//! One poller per token (I15).

use crate::crowd::Cluster;
use crate::support::people::{PATIENCE, chatting, sees};
use std::time::{Duration, Instant};

/// Several copies at once: one polls, the others say who, and one of them takes over.
#[tokio::test]
async fn one_polls_and_others_stand_by() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut copies: Vec<_> = (0..3).map(|n| cluster.launch(n)).collect();
    for copy in &mut copies {
        copy.wait_line("ready http=");
    }
    let (anna, boris) = chatting(&cluster.world, "anna", "boris").await;
    anna.send_text("before");
    sees(&boris, "before").await;
    let standing = |bot: &crate::process::Bot| bot.printed().contains("standing by");
    let until = Instant::now() + PATIENCE;
    while copies.iter().filter(|c| standing(c)).count() < 2 {
        assert!(Instant::now() < until, "two say that they stand by");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let poller = copies.iter().position(|c| !standing(c)).expect("one polls");
    let killed = Instant::now();
    copies.remove(poller).kill();
    anna.send_text("after");
    sees(&boris, "after").await;
    let took = killed.elapsed();
    println!("polled again after {took:?}");
    assert!(took < Duration::from_secs(9), "{took:?}");
    copies.into_iter().for_each(|copy| drop(copy.stop()));
}

/// A holder that was stopped for longer than its lease does nothing more: it ends.
#[tokio::test]
async fn a_stopped_holder_ends_when_it_wakes() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut first = cluster.node(0);
    let (anna, boris) = chatting(&cluster.world, "anna", "boris").await;
    let second = cluster.node(1);
    cluster.level(2).await;
    first.signal("STOP");
    cluster.level(1).await;
    anna.send_text("while it sleeps");
    sees(&boris, "while it sleeps").await;
    first.signal("CONT");
    let status = first.ended(Duration::from_secs(10));
    assert!(!status.success(), "it ends by itself: {status}\n{}", first.printed());
    boris.send_text("once");
    sees(&anna, "once").await;
    for (user, text) in [(&boris, "while it sleeps"), (&anna, "once")] {
        let times = user.chat().iter().filter(|m| m.from_bot && m.text() == Some(text)).count();
        assert_eq!(times, 1, "{text}");
    }
    second.stop();
}
