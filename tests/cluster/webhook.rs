//! Telegram sends each update to whichever node a balancer picks.

use crate::crowd::Cluster;
use crate::process::{Bot, seeded};
use crate::support::app::TOKEN;
use crate::support::front::Front;
use crate::support::people::sees;
use crate::support::proxy::{Mode, Proxy};
use crate::support::redis::wait;
use crate::traffic::{self, Traffic};
use nameless::cluster::partition::Partition;
use nameless::cluster::streams;
use nameless_domain::ids::UserId;
use nameless_simulator::SimUser;
use std::net::SocketAddr;
use std::time::Duration;

fn addr(bot: &mut Bot) -> SocketAddr {
    bot.http().trim_start_matches("http://").parse().expect("an address")
}

/// One user's updates come by three nodes in turn; one of them joins late, another leaves, Redis
/// goes and comes back empty. Nothing is lost, doubled or out of order.
#[tokio::test]
async fn any_node_takes_what_telegram_sends() {
    let Some(mut cluster) = Cluster::start() else { return };
    let front = Front::start();
    front.variables().into_iter().for_each(|(name, value)| cluster.set(name, value));
    let (mut a, mut b) = (cluster.node(0), cluster.node(1));
    let (at_a, at_b) = (addr(&mut a), addr(&mut b));
    front.among(vec![at_a, at_b]);
    cluster.level(2).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, Duration::from_millis(5), seeded("webhook"));
    traffic.writes(100).await;
    let mut c = cluster.node(2);
    front.among(vec![at_a, at_b, addr(&mut c)]);
    cluster.level(3).await;
    traffic.writes(50).await;
    cluster.redis.kill();
    traffic.writes(100).await;
    cluster.redis.restart_empty();
    traffic.writes(150).await;
    front.among(vec![at_b, addr(&mut c)]);
    a.stop();
    cluster.level(2).await;
    traffic.writes(50).await;
    let figures = traffic::check(&traffic.stop(), 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0, "{figures:?}");
    for bot in [b, c] {
        drop(bot.stop());
    }
}

/// An update is in a stream, hence answered with 200, and Redis is gone before its owner has read
/// it. Its user's next one comes by a stream that knows nothing of the first. Guard: `lost` in
/// `cluster::delivery`.
#[tokio::test]
async fn what_a_stream_has_lost_comes_before_what_follows_it() {
    let Some(mut cluster) = Cluster::start() else { return };
    let front = Front::start();
    front.variables().into_iter().for_each(|(name, value)| cluster.set(name, value));
    let mut a = cluster.node(0);
    let proxy = Proxy::to_port(cluster.redis.port());
    let mut b = cluster.node_with(1, &[("REDIS_URL", format!("redis://127.0.0.1:{}", proxy.port()))]);
    let (at_a, at_b) = (addr(&mut a), addr(&mut b));
    front.to(at_a);
    cluster.level(2).await;
    let owner = |user: &SimUser| {
        let partition = Partition::of(UserId(user.id()));
        let asked = format!(
            "SELECT n.started = (SELECT max(started) FROM nodes) FROM partitions p JOIN nodes n ON n.node = p.node
             WHERE p.partition = {}",
            partition.0
        );
        (cluster.postgres.ask("nameless", &asked) == "t").then_some(partition)
    };
    let mut couples = 0;
    let (anna, boris, partition) = loop {
        couples += 1;
        let (one, other) = traffic::two(&cluster.world, &format!("couple{couples}")).await;
        if let Some(partition) = owner(&one) {
            break (one, other, partition);
        }
    };
    anna.send_text("zero");
    sees(&boris, "zero").await;
    // B reads nothing any more, and does not know it yet.
    proxy.set(Mode::BlackHole);
    anna.send_text("one");
    wait("A has answered", || cluster.world.pending_updates(TOKEN) == 0);
    cluster.redis.kill();
    cluster.redis.restart_empty();
    proxy.set(Mode::Pass);
    proxy.reset();
    // B reads again.
    let stream = streams::key(partition);
    wait("B reads", || cluster.redis.command::<i64>(&["EXISTS", &stream]) == 1);
    front.to(at_b);
    front.hang_up();
    anna.send_text("two");
    sees(&boris, "two").await;
    sees(&boris, "one").await;
    let said: Vec<String> = boris.chat().into_iter().filter_map(|m| m.text().map(str::to_owned)).collect();
    assert!(said.ends_with(&["zero".into(), "one".into(), "two".into()]), "{said:?}");
    for bot in [a, b] {
        drop(bot.stop());
    }
}
