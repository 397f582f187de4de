//! Telegram sends each update to whichever node a balancer picks.

use crate::crowd::Cluster;
use crate::process::{Bot, Random};
use crate::support::front::Front;
use crate::traffic::{self, Traffic};
use std::net::SocketAddr;
use std::time::Duration;

async fn rest(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

fn addr(bot: &mut Bot) -> SocketAddr {
    bot.http().trim_start_matches("http://").parse().expect("an address")
}

/// One user's updates come by three nodes in turn; one of them joins late, another leaves, Redis goes and comes back
/// empty. Nothing is lost, doubled or out of order.
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
    let traffic = Traffic::start(ways, Duration::from_millis(5), Random::seeded("webhook"));
    rest(700).await;
    let mut c = cluster.node(2);
    front.among(vec![at_a, at_b, addr(&mut c)]);
    cluster.level(3).await;
    rest(300).await;
    cluster.redis.kill();
    rest(600).await;
    cluster.redis.restart_empty();
    rest(1_000).await;
    front.among(vec![at_b, addr(&mut c)]);
    a.stop();
    cluster.level(2).await;
    rest(300).await;
    let figures = traffic::check(&traffic.stop(), 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0, "{figures:?}");
    for bot in [b, c] {
        drop(bot.stop());
    }
}
