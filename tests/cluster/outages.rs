//! Servers go away and come back, for all nodes or for one, while people who live on different
//! nodes write.

use crate::crowd::{Cluster, soak};
use crate::process::{Bot, seeded};
use crate::support::people::{PATIENCE, sees};
use crate::support::proxy::{Mode, Proxy};
use crate::traffic::{self, Figures, Traffic};
use nameless::cluster::lease::{BEAT, LEASE};
use nameless::cluster::partition::Partition;
use nameless::cluster::streams;
use nameless_simulator::SimUser;
use std::time::{Duration, Instant};

/// How long a server is away: in a short run, and in a long one.
fn away(short: u64, long: u64) -> Duration {
    Duration::from_secs(if soak() { long } else { short })
}

/// Between two texts: a long outage leaves much behind.
fn pause() -> Duration {
    Duration::from_millis(if soak() { 20 } else { 5 })
}

async fn rest(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// The shared journal knows that everything is done.
async fn drained(cluster: &Cluster) {
    let until = Instant::now() + PATIENCE;
    loop {
        let open = cluster.postgres.ask("nameless", "SELECT count(*) FROM inbox WHERE NOT done");
        if open == "0" {
            return;
        }
        assert!(Instant::now() < until, "{open} updates are not done");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn finish(cluster: &Cluster, traffic: Traffic, cuts: usize) -> Figures {
    let figures = traffic::check_nodes(&traffic.stop(), cuts).await;
    println!("{figures:?}");
    drained(cluster).await;
    figures
}

fn nodes(cluster: &Cluster) -> String {
    cluster.postgres.ask("nameless", "SELECT string_agg(node::text, ' ' ORDER BY started) FROM nodes")
}

/// Entries in the streams of all partitions.
fn in_streams(cluster: &Cluster) -> usize {
    let stream = |p| streams::key(Partition(p));
    (0..=u8::MAX).map(|p| cluster.redis.command::<usize>(&["XLEN", &stream(p)])).sum()
}

/// Everybody says something, and hears it.
async fn talk(couples: &[(SimUser, SimUser)], words: &str) {
    for (anna, boris) in couples {
        for (from, to, words) in
            [(anna, boris, format!("{words}, anna")), (boris, anna, format!("{words}, boris"))]
        {
            from.send_text(&words);
            sees(to, &words).await;
        }
    }
}

/// Redis goes and comes back with nothing in it: the database carries on.
#[tokio::test]
async fn redis_goes_and_comes_back_empty() {
    let Some(mut cluster) = Cluster::start() else { return };
    let bots = [cluster.node(0), cluster.node(1), cluster.node(2)];
    cluster.level(3).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, pause(), seeded("Redis away"));
    traffic.writes(100).await;
    cluster.redis.kill();
    tokio::time::sleep(away(3, 300)).await;
    cluster.redis.restart_empty();
    traffic.writes(200).await;
    let figures = finish(&cluster, traffic, 0).await;
    assert_eq!(figures.doubles, 0);
    bots.into_iter().for_each(|bot| drop(bot.stop()));
}

/// PostgreSQL goes: relays go on. It comes back, and learns everything.
#[tokio::test]
async fn postgres_goes_and_people_talk_on() {
    let Some(mut cluster) = Cluster::start() else { return };
    let bots = [cluster.node(0), cluster.node(1), cluster.node(2)];
    cluster.level(3).await;
    let ways = traffic::pairs(&cluster.world, 6).await;
    let mut couples = Vec::new();
    for i in 0..4 {
        couples.push(traffic::two(&cluster.world, &format!("couple{i}")).await);
    }
    // A node asks the database about a pair that it has not carried anything for yet.
    talk(&couples, "before it").await;
    let traffic = Traffic::start(ways, pause(), seeded("PostgreSQL away"));
    traffic.writes(100).await;
    cluster.postgres.stop();
    let gone = Instant::now();
    let away = away(4, 600);
    let mut round = 0;
    // On a busy machine a round takes long: then it is away for longer.
    while gone.elapsed() < away || round < 2 {
        talk(&couples, &format!("round {round}")).await;
        round += 1;
        rest(0.2).await;
    }
    println!("{round} rounds of talk while it was away");
    // XACK comes after the journal knows: what has long arrived is still in the streams.
    let kept = in_streams(&cluster);
    assert!(kept > round * couples.len(), "{kept} entries left to whoever takes over");
    cluster.postgres.start_again();
    traffic.writes(200).await;
    let figures = finish(&cluster, traffic, 0).await;
    assert_eq!(figures.doubles, 0);
    talk(&couples, "after it").await;
    drained(&cluster).await;
    let until = Instant::now() + PATIENCE;
    while in_streams(&cluster) > 0 {
        assert!(Instant::now() < until, "{} entries are never acknowledged", in_streams(&cluster));
        rest(0.05).await;
    }
    let printed = bots.map(Bot::stop);
    assert!(printed.iter().all(|p| !p.contains("others have removed")), "{}", printed.join("\n"));
}

/// A node is killed in the middle of that: whoever takes its users over knows from Redis what had
/// left.
#[tokio::test]
async fn a_node_is_killed_while_postgres_is_away() {
    let Some(mut cluster) = Cluster::start() else { return };
    let mut bots = vec![cluster.node(0)];
    cluster.level(1).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    bots.extend([cluster.node(1), cluster.node(2)]);
    cluster.level(3).await;
    let traffic = Traffic::start(ways, Duration::from_millis(5), seeded("killed while PostgreSQL is away"));
    traffic.writes(100).await;
    cluster.postgres.stop();
    traffic.writes(350).await;
    // Not the first, which polls: what that had accepted would wait on its disk.
    bots.remove(1).kill();
    traffic.writes(70).await;
    cluster.postgres.start_again();
    let back = Instant::now();
    cluster.level(2).await;
    println!("taken over {:?} after PostgreSQL was back", back.elapsed());
    traffic.writes(150).await;
    // Marks wait some milliseconds for company, on a busy machine more: what left in the last of
    // them may be doubled. Without marks all that left in the outage is.
    let figures = traffic::check_cut_off(&traffic.stop()).await;
    println!("{figures:?}");
    drained(&cluster).await;
    assert!(figures.texts > 500 && figures.doubles * 25 < figures.texts, "{figures:?}");
    bots.into_iter().for_each(|bot| drop(bot.stop()));
}

/// One node cannot reach PostgreSQL, but Redis: it lives. Then neither: it ends, and the others
/// have its users.
#[tokio::test]
async fn one_node_is_cut_off() {
    let Some(mut cluster) = Cluster::start() else { return };
    let postgres = Proxy::to_port(cluster.postgres.port());
    let redis = Proxy::to_port(cluster.redis.port());
    let other = cluster.node(0);
    let mut cut = cluster.node_with(
        1,
        &[
            ("DATABASE_URL", cluster.postgres.url_through(postgres.port(), "nameless")),
            ("REDIS_URL", format!("redis://127.0.0.1:{}", redis.port())),
        ],
    );
    cluster.level(2).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, pause(), seeded("one node cut off"));
    traffic.writes(100).await;
    let both = nodes(&cluster);
    // First nothing answers any more, then connections are refused.
    for (what, how) in [("silent", Mode::BlackHole), ("refused", Mode::Refuse)] {
        postgres.set(how);
        if how == Mode::Refuse {
            postgres.reset();
        }
        let since = Instant::now();
        while since.elapsed() < LEASE * 8 / 5 {
            assert_eq!(nodes(&cluster), both, "removed: {what}\n{}", cut.printed());
            rest(0.2).await;
        }
        postgres.set(Mode::Pass);
        postgres.reset();
        traffic.writes(200).await;
    }
    redis.set(Mode::BlackHole);
    postgres.set(Mode::BlackHole);
    let since = Instant::now();
    let status = cut.ended(PATIENCE);
    println!("ended after {:?}", since.elapsed());
    assert!(!status.success(), "it ends by itself: {status}\n{}", cut.printed());
    assert!(since.elapsed() > LEASE - 3 * BEAT, "before its lease was past:\n{}", cut.printed());
    cluster.level(1).await;
    println!("taken over after {:?}", since.elapsed());
    traffic.writes(70).await;
    // What left between the cut and the moment when the node knew of it may come a second time.
    let ways = traffic.stop();
    let figures = traffic::check_cut_off(&ways).await;
    println!("{figures:?}");
    assert!(figures.doubles < figures.texts / 10, "{figures:?}");
    drained(&cluster).await;
    other.stop();
}
