//! Stopping in order, and at once.

use super::process::{Bot, PATIENCE, variables};
use super::traffic::{self, Traffic};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{chatting, sees};
use nameless_simulator::{FaultAction, FaultRule, Simulator};
use std::time::{Duration, Instant};

/// How long a bot may drain that has much to finish: far longer than that takes alone on the
/// machine.
const DRAIN: Duration = Duration::from_secs(60);

/// How long a stop with this time-out may take by its own account, and as much again as a busy
/// machine may add: what hangs here hangs for a minute.
fn longest(drain: Duration) -> Duration {
    nameless::app::stop::longest(drain) + Duration::from_secs(15)
}

#[tokio::test]
async fn sigterm_finishes_what_was_accepted() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.push(("DRAIN_TIMEOUT", format!("{}s", DRAIN.as_secs())));
    let mut bot = Bot::serve(&variables);
    let ways = traffic::pairs(&world, 3).await;
    let traffic = Traffic::start(ways, Duration::from_millis(2), super::process::seeded("sigterm"));
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        let printed = bot.stop();
        assert!(asked.elapsed() < longest(DRAIN), "stopping took {:?}", asked.elapsed());
        assert!(!printed.contains("WARN") && !printed.contains("ERROR"), "{printed}");
        bot = Bot::serve(&variables);
        let printed = bot.printed();
        assert!(!printed.contains("finishing what was accepted before"), "something was left:\n{printed}");
    }
    let figures = traffic::check(&traffic.stop(), 0).await;
    println!("{figures:?}");
    bot.stop();
}

#[tokio::test]
async fn a_second_sigint_stops_at_once() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.push(("DRAIN_TIMEOUT", "60s".into()));
    let mut bot = Bot::serve(&variables);
    // Something that does not finish.
    world
        .faults()
        .add(FaultRule::new(FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 }).on("sendMessage"));
    let user = crate::support::people::person(&world, "impatient");
    user.send_text("/start");
    let until = Instant::now() + PATIENCE;
    while world.faults().applied().is_empty() {
        assert!(Instant::now() < until, "the bot does not answer");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bot.signal("INT");
    bot.wait_line("Ctrl-C once more");
    bot.signal("INT");
    assert_eq!(bot.ended(PATIENCE / 2).code(), Some(130), "{}", bot.printed());
    world.faults().clear();
    // What was not finished is finished by the next life.
    let mut bot = Bot::serve(&variables);
    bot.wait_line("finishing what was accepted before");
    crate::support::people::press(&user, "on:lang:1").await;
    bot.stop();
}

/// After a flood, with Telegram hanging: what does not finish within the time for that is left for
/// the next start.
#[tokio::test]
async fn what_cannot_finish_does_not_hold_up_the_stop() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    let drain = Duration::from_secs(1);
    variables.retain(|(name, _)| *name != "DRAIN_TIMEOUT");
    variables.push(("DRAIN_TIMEOUT", "1s".into()));
    let bot = Bot::serve(&variables);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    let hang = FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 };
    world.faults().add(FaultRule::new(hang).on("sendMessage"));
    for n in 0..30 {
        anna.send_text(&format!("{n}"));
        boris.send_text(&format!("{n}"));
    }
    let until = Instant::now() + PATIENCE;
    while world.faults().applied().is_empty() || world.pending_updates(TOKEN) > 0 {
        assert!(Instant::now() < until, "the bot does not take what people say");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let asked = Instant::now();
    bot.stop();
    assert!(asked.elapsed() < longest(drain), "stopping took {:?}", asked.elapsed());
    world.faults().clear();
    let bot = Bot::serve(&variables);
    sees(&boris, "29").await;
    sees(&anna, "29").await;
    bot.stop();
}

#[tokio::test]
async fn a_server_that_hangs_at_the_start_does_not_hold_up_the_stop() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let slow = FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 };
    world.faults().add(FaultRule::new(slow));
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    let drain = Duration::from_secs(5);
    variables.push(("DRAIN_TIMEOUT", "5s".into()));
    let bot = Bot::serve(&variables);
    let asked = Instant::now();
    bot.stop();
    assert!(asked.elapsed() < longest(drain), "stopping took {:?}", asked.elapsed());
}
