//! Telegram goes away, answers nonsense, is slow: the process stays and loses nothing.

use super::process::{Bot, seeded, variables};
use super::server::{Reply, Server};
use super::traffic::{self, Traffic};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::port::Port;
use nameless_domain::random::Random;
use nameless_simulator::{FaultAction, FaultRule, SimConfig, Simulator};
use std::time::Duration;

#[tokio::test]
async fn a_server_that_goes_and_comes_back_loses_nothing() {
    let mut random = seeded("outage");
    // Nobody takes the port while it is away.
    let port = Port::free();
    let config = SimConfig { addr: port.addr(), ..quick_simulator() };
    let mut simulator = Simulator::start(config).expect("a simulator");
    let (world, addr) = (simulator.world(), simulator.addr());
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let bot = Bot::serve(&variables(&simulator.url(), folder.path()));
    let ways = traffic::pairs(&world, 5).await;
    let traffic = Traffic::start(ways, Duration::from_millis(5), Random::new(random.number()));
    let outages = 3;
    for _ in 0..outages {
        std::thread::sleep(Duration::from_millis(200 + random.below(300)));
        simulator.stop();
        // People go on writing; Telegram keeps it.
        std::thread::sleep(Duration::from_millis(300 + random.below(600)));
        simulator = Simulator::start_with_world(addr, world.clone()).expect("the same port");
    }
    let slow = FaultAction::Latency { min_ms: 20, max_ms: 120 };
    world.faults().add(FaultRule::new(slow).probability(0.3));
    world.faults().add(FaultRule::new(FaultAction::ServerErrorBefore { status: 502 }).probability(0.05));
    std::thread::sleep(Duration::from_millis(700));
    let ways = traffic.stop();
    world.faults().clear();
    let figures = traffic::check(&ways, outages).await;
    println!("{outages} outages, {figures:?}");
    bot.stop();
}

#[test]
fn a_server_that_talks_nonsense_is_survived() {
    let server = Server::start(|r| match r.method() {
        "getUpdates" => Reply::Body(502, b"<html>bad gateway</html>".to_vec()),
        _ => Reply::Body(200, b"\xff\xfe not json".to_vec()),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let mut bot = Bot::serve(&variables(&server.url(), folder.path()));
    bot.wait_line("not an answer of the Bot API");
    let printed = bot.stop();
    assert!(!printed.contains(TOKEN), "{printed}");
    let polls = server.seen().iter().filter(|r| r.method() == "getUpdates").count();
    assert!(polls < 20, "the server is hammered: {polls} polls");
}
