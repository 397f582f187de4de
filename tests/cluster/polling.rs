//! One poller per token (I15).

use crate::crowd::{Cluster, soak};
use crate::process::{Bot, seeded};
use crate::support::app::real_postgres;
use crate::support::people::{PATIENCE, chatting, sees};
use crate::traffic::{self, Traffic};
use nameless::cluster::lease::LEASE;
use nameless::config::SecretString;
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_domain::random::Random;
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
    let standing = |bot: &Bot| bot.printed().contains("standing by");
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
    assert!(took < 6 * LEASE, "{took:?}");
    copies.into_iter().for_each(|copy| drop(copy.stop()));
}

/// Copies that start at once, and stop at once, again and again while people write: there is never
/// more than one poller, and nothing is handled twice.
#[tokio::test]
async fn copies_started_at_once_have_one_poller() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut random = seeded("copies");
    let first = cluster.node(0);
    let ways = traffic::pairs(&cluster.world, 6).await;
    first.stop();
    let traffic = Traffic::start(ways, Duration::from_millis(5), Random::new(random.number()));
    let rounds = if soak() { 10 } else { 2 };
    for round in 0..rounds {
        let copies = if soak() { 2 + random.below(4) as usize } else { 3 };
        let mut copies: Vec<_> = (0..copies).map(|n| cluster.launch(n)).collect();
        for copy in &mut copies {
            copy.wait_line("ready http=");
        }
        tokio::time::sleep(Duration::from_millis(500 + random.below(1_500))).await;
        copies.iter().for_each(|copy| copy.signal("TERM"));
        for copy in &mut copies {
            let status = copy.ended(PATIENCE);
            assert!(status.success(), "round {round}: {status}\n{}", copy.printed());
        }
    }
    let last = cluster.node(0);
    let figures = traffic::check(&traffic.stop(), 0).await;
    let stats = cluster.world.stats();
    println!("{rounds} rounds, {figures:?}, {:?}, {:?}", stats.violations, stats.errors);
    assert_eq!(stats.violations.get("pollers").copied().unwrap_or(0), 0, "two polled at once: {stats:?}");
    assert_eq!(figures.doubles, 0, "{figures:?}");
    last.stop();
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
    let polled = cluster.world.stats().violations.get("pollers").copied();
    first.signal("CONT");
    let status = first.ended(PATIENCE);
    let since = cluster.world.stats().violations.get("pollers").copied();
    assert_eq!(since, polled, "it polled once more\n{}", first.printed());
    assert!(!status.success(), "it ends by itself: {status}\n{}", first.printed());
    boris.send_text("once");
    sees(&anna, "once").await;
    for (user, text) in [(&boris, "while it sleeps"), (&anna, "once")] {
        let times = user.chat().iter().filter(|m| m.from_bot && m.text() == Some(text)).count();
        assert_eq!(times, 1, "{text}");
    }
    second.stop();
}

/// Without Redis there are no nodes: one copy works, another waits, and takes over.
#[tokio::test]
async fn without_redis_a_second_copy_stands_by() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.without_redis();
    let first = cluster.node(0);
    let (anna, boris) = chatting(&cluster.world, "anna", "boris").await;
    let mut second = cluster.launch(1);
    let line = second.wait_line("standing by");
    assert!(line.contains("holder=") && line.contains("since="), "{line}");
    let killed = Instant::now();
    first.kill();
    anna.send_text("after the kill");
    sees(&boris, "after the kill").await;
    let took = killed.elapsed();
    println!("taken over after {took:?}");
    assert!(took < 6 * LEASE, "{took:?}");
    // One that stops in order does not keep its successor waiting.
    let mut first = cluster.launch(0);
    first.wait_line("standing by");
    second.stop();
    let asked = Instant::now();
    first.wait_line("ready http=");
    assert!(asked.elapsed() < took, "{:?}, as if it had been killed", asked.elapsed());
    boris.send_text("and back");
    sees(&anna, "and back").await;
    // Nor does one that is started again on the same folder.
    first.kill();
    let asked = Instant::now();
    let first = cluster.node(0);
    assert!(asked.elapsed() < took, "{:?}, as if it had been killed", asked.elapsed());
    first.stop();
}

/// One that waits can be stopped.
#[tokio::test]
async fn who_stands_by_can_be_stopped() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.without_redis();
    let first = cluster.node(0);
    let mut second = cluster.launch(1);
    second.wait_line("standing by");
    second.signal("TERM");
    assert!(second.ended(PATIENCE / 2).success(), "{}", second.printed());
    first.stop();
}

/// Nodes that enter at the same moment take different slots: none of them is refused.
#[tokio::test]
async fn many_enter_at_once() {
    let Some((_server, url)) = real_postgres() else { return };
    migrate::up(&url).await.expect("migrations");
    let keys = Keys::parse(&SecretString::from("5a".repeat(32))).expect("a key");
    let store = PgStore::connect(&url, keys, StoreOptions::default()).await.expect("a store");
    for round in 0..10 {
        // As many as there are connections.
        let enter = |n: i64| store.register_node(n, "node", Duration::from_secs(60));
        let entered = futures_util::future::join_all((1..=8).map(enter)).await;
        let mut slots: Vec<_> = entered.into_iter().map(|slot| slot.expect("entered")).collect();
        slots.sort_unstable();
        assert_eq!(slots, (0..8).map(Some).collect::<Vec<_>>(), "round {round}");
        futures_util::future::join_all((1..=8).map(|n| store.node_leaves(n))).await;
    }
    store.close().await;
}
