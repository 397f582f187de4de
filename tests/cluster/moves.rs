//! Users move between nodes: nodes join, leave, die.

use crate::crowd::{Cluster, soak};
use crate::process::{Bot, seeded};
use crate::support::people::{PATIENCE, onboard, sees};
use crate::support::redis::{RedisCluster, RedisServer, Sentinels};
use crate::traffic::{self, Traffic};
use nameless::cluster::lease::LEASE;
use nameless::cluster::partition::Partition;
use nameless::config::ExposeSecret;
use nameless_domain::ids::UserId;
use nameless_domain::random::Random;
use nameless_simulator::{FaultAction, FaultRule, NewUser};
use std::time::{Duration, Instant};

/// So many that the streams carry some of every pair's.
const TEXTS: usize = 300;
/// Of five seconds each, in a slow chat: longer than the others need to move on a slow machine.
const SLOW: usize = 12;

/// Two nodes; people who live on either talk with each other.
#[tokio::test]
async fn people_on_different_nodes_talk() {
    let Some(mut cluster) = Cluster::start() else { return };
    let a = cluster.node(0);
    let ways = traffic::pairs(&cluster.world, 8).await;
    let b = cluster.node(1);
    cluster.level(2).await;
    let traffic = Traffic::start(ways, Duration::from_millis(4), seeded("two nodes"));
    let ways = traffic.stop_after(TEXTS);
    let figures = traffic::check(&ways, 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0);
    for bot in [a, b] {
        let printed = bot.stop();
        assert!(!printed.contains("ERROR"), "{printed}");
    }
}

/// The same through a Redis Cluster of six: streams and queues lie on several of its masters.
#[tokio::test]
async fn people_talk_through_a_redis_cluster() {
    let Some(mut cluster) = Cluster::start() else { return };
    let Some(redis) = RedisCluster::start() else { return };
    cluster.set("REDIS_URL", redis.url().expose_secret());
    let (a, b) = (cluster.node(0), cluster.node(1));
    cluster.level(2).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, Duration::from_millis(4), seeded("Redis Cluster"));
    let figures = traffic::check(&traffic.stop_after(TEXTS), 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0);
    let added = |node: &RedisServer| {
        let stats: String = node.command(&["INFO", "commandstats"]);
        let calls = stats.lines().find_map(|line| line.strip_prefix("cmdstat_xadd:calls="));
        calls.and_then(|calls| calls.split(',').next()?.parse::<u64>().ok()).unwrap_or_default()
    };
    assert!(redis.nodes.iter().map(added).sum::<u64>() > 0, "nothing went by its streams");
    for bot in [a, b] {
        let printed = bot.stop();
        // A machine that is busy may be too slow for one answer or another.
        let away = printed.matches("Redis is away").count();
        let back = printed.matches("Redis is back").count();
        assert!(away <= 2 && away <= back + 1, "{away} times away, {back} times back\n{printed}");
    }
}

/// The master behind three Sentinels is killed while people talk; the replica takes its place,
/// maybe without the newest entries.
#[tokio::test]
async fn a_master_behind_sentinels_is_replaced_while_people_talk() {
    let Some(mut cluster) = Cluster::start() else { return };
    let Some(mut redis) = Sentinels::start() else { return };
    cluster.set("REDIS_URL", redis.url().expose_secret());
    let bots = [cluster.node(0), cluster.node(1)];
    cluster.level(2).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, Duration::from_millis(5), seeded("Sentinel"));
    tokio::time::sleep(Duration::from_millis(700)).await;
    redis.servers[0].kill();
    redis.wait_for_failover();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let figures = traffic::check_nodes(&traffic.stop(), 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0);
    bots.into_iter().for_each(|bot| drop(bot.stop()));
}

/// A node joins, another leaves, while people talk: nothing is lost, doubled or out of order.
#[tokio::test]
async fn nodes_join_and_leave_without_a_trace() {
    let Some(mut cluster) = Cluster::start() else { return };
    let first = cluster.node(0);
    cluster.level(1).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, Duration::from_millis(4), seeded("join and leave"));
    let second = cluster.node(1);
    cluster.level(2).await;
    let third = cluster.node(2);
    cluster.level(3).await;
    first.stop();
    cluster.level(2).await;
    second.stop();
    cluster.level(1).await;
    let figures = traffic::check(&traffic.stop(), 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0, "{figures:?}");
    third.stop();
}

/// A chat that takes a minute to pass on what is under way in it cannot be moved for so long.
/// Everybody else moves at once, and its own order stays.
#[tokio::test]
async fn a_slow_chat_holds_up_only_itself() {
    let Some(mut cluster) = Cluster::start() else { return };
    let first = cluster.node(0);
    cluster.level(1).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    // Of a partition that the first node will want to give away: it begins with the highest.
    let mut slow = traffic::two(&cluster.world, "slow0").await;
    for n in 1.. {
        if Partition::of(UserId(slow.0.id())).0 >= 128 {
            break;
        }
        slow.0.send_text("/stop");
        slow = traffic::two(&cluster.world, &format!("slow{n}")).await;
    }
    let (anna, boris) = slow;
    let late = FaultAction::Latency { min_ms: 5_000, max_ms: 5_000 };
    cluster.world.faults().add(FaultRule::new(late).on("sendMessage").chat(boris.id()));
    (0..SLOW).for_each(|n| _ = anna.send_text(&format!("slow-{n}")));
    let traffic = Traffic::start(ways, Duration::from_millis(4), seeded("slow chat"));
    let second = cluster.node(1);
    let moved = || {
        let count = "SELECT count(*) FROM partitions GROUP BY node ORDER BY 1 LIMIT 1";
        cluster.postgres.ask("nameless", count).parse::<u32>().expect("a number")
    };
    let last = format!("slow-{}", SLOW - 1);
    while !(100..=128).contains(&moved()) {
        let is_slow_chat_over = boris.chat().iter().any(|m| m.text() == Some(&*last));
        assert!(!is_slow_chat_over, "all wait for one: {} moved", moved());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    (SLOW..SLOW + 2).for_each(|n| _ = anna.send_text(&format!("slow-{n}")));
    // Until it is given up for now and the slow chat lives on where it was.
    first_keeps(&first).await;
    (SLOW + 2..SLOW + 4).for_each(|n| _ = anna.send_text(&format!("slow-{n}")));
    cluster.world.faults().clear();
    let figures = traffic::check(&traffic.stop(), 0).await;
    assert_eq!(figures.doubles, 0, "{figures:?}");
    sees(&boris, &format!("slow-{}", SLOW + 3)).await;
    let texts = boris.chat().into_iter().filter_map(|m| m.text().map(str::to_owned));
    let texts: Vec<String> = texts.filter(|t| t.starts_with("slow-")).collect();
    assert_eq!(texts, (0..SLOW + 4).map(|n| format!("slow-{n}")).collect::<Vec<_>>());
    first.stop();
    second.stop();
}

async fn first_keeps(first: &Bot) {
    let until = Instant::now() + PATIENCE;
    while !first.printed().contains("partitions stay") {
        assert!(Instant::now() < until, "{}", first.printed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The end of a job is on its way to its user when their node stops: it is told and marked there
/// before they move, and the next owner has nothing to tell (I16).
#[tokio::test]
async fn what_is_being_told_is_not_told_by_the_next_owner() {
    let Some(mut cluster) = Cluster::start() else { return };
    let first = cluster.node(0);
    cluster.level(1).await;
    let number = cluster.postgres.ask("nameless", "SELECT DISTINCT node FROM partitions");
    let second = cluster.node(1);
    cluster.level(2).await;
    // Somebody who lives on the first.
    let theirs = format!("SELECT min(partition) FROM partitions WHERE node = {number}");
    let theirs: u8 = cluster.postgres.ask("nameless", &theirs).parse().expect("a partition");
    let id = (7_000_000_000..).find(|id| Partition::of(UserId(*id)).0 == theirs);
    let anna = cluster.world.add_user(NewUser { id, language_code: Some("en".into()), ..NewUser::default() });
    onboard(&anna, 0).await;
    // Behind whatever the questions still have to say.
    anna.send_text("/help");
    let help = anna.wait_for(PATIENCE, |m| m.text().is_some_and(|t| t.contains("How it works"))).await;
    help.unwrap_or_else(|e| panic!("no help: {e}"));
    // Longer than a stop needs to hand over who has nothing under way, and the others to look.
    let late = FaultAction::Latency { min_ms: 7_000, max_ms: 7_000 };
    cluster.world.faults().add(FaultRule::new(late).on("sendMessage").chat(anna.id()));
    let end = format!(
        "INSERT INTO jobs (key, lane, user_id, priority, place, state, ended, expires, error, owed)
         VALUES ('moves', 'billing_cancel', {}, 0, 0, 'failed', now(), now() + interval '1 hour', 'no', true)",
        anna.id()
    );
    cluster.postgres.psql("nameless", &end);
    let until = Instant::now() + 2 * PATIENCE;
    while !cluster.world.faults().applied().contains_key("latency") {
        assert!(Instant::now() < until, "it is not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.stop();
    cluster.level(1).await;
    while cluster.postgres.ask("nameless", "SELECT count(*) FROM jobs WHERE owed") != "0" {
        assert!(Instant::now() < until, "it stays owed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What it tells, it tells before it ends.
    second.stop();
    let told =
        anna.chat().iter().filter(|m| m.text().is_some_and(|t| t.contains("let us cancel it"))).count();
    assert_eq!(told, 1);
}

/// kill -9 of one node after the other; others finish what they had accepted. The long run: 100
/// kills under some 200 texts a second, 20,000 at least.
#[tokio::test]
async fn the_killed_are_replaced_and_what_they_accepted_is_finished() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut random = seeded("kill nodes");
    let first = cluster.node(0);
    let ways = traffic::pairs(&cluster.world, 10).await;
    let mut nodes = vec![Some(first), Some(cluster.node(1)), Some(cluster.node(2))];
    cluster.level(3).await;
    let traffic = Traffic::start(ways, Duration::from_millis(5), Random::new(random.number()));
    let (kills, texts) = if soak() { (100, 20_000) } else { (6, 0) };
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(300 + random.below(700))).await;
        let victim = random.below(3) as usize;
        nodes[victim].take().expect("it runs").kill();
        if kill % 3 == 2 {
            // Nobody comes in its place: the others take over when its lease is past.
            let killed = Instant::now();
            cluster.level(2).await;
            let took = killed.elapsed();
            println!("taken over after {took:?}");
            assert!(took < LEASE * 6, "{took:?}");
        }
        nodes[victim] = Some(cluster.node(victim));
    }
    let ways = traffic.stop_after(texts);
    let figures = traffic::check_nodes(&ways, kills).await;
    println!("{kills} kills, {figures:?}");
    assert!(figures.texts >= texts, "{figures:?}");
    nodes.into_iter().flatten().for_each(|node| drop(node.stop()));
}
