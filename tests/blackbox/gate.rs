//! The operator's channel: who has joined comes in, and who has not is told where; nothing that
//! people need waits for it, and a Telegram that is silent holds up nobody.

use crate::common::{MAN, WOMAN, ask, counted, member, search, tap, told};
use crate::support::app::{Options, TestApp, spawn_app};
use nameless_simulator::{FaultAction, FaultRule};

const CHANNEL: &str = "@example_channel";

fn gated() -> TestApp {
    let app = spawn_app(Options::default().with("GATE_CHANNEL", CHANNEL));
    app.world.set_told(CHANNEL, true);
    app
}

#[tokio::test]
async fn who_joins_comes_in_and_nothing_else_waits() {
    let app = gated();
    let anna = member(&app.world, "anna", WOMAN).await;
    let asked = ask(&anna, "/search", "join our channel").await;
    let links: Vec<_> = asked.buttons().into_iter().flatten().filter_map(|button| button.url).collect();
    assert_eq!(links, ["https://t.me/example_channel"]);
    for (command, part) in
        [("/privacy", "What the other person sees"), ("/settings", "Settings"), ("/stop", "not talking")]
    {
        ask(&anna, command, part).await;
    }
    let mark = anna.mark();
    tap(&anna, "gate:again").await;
    told(&anna, mark, "join our channel").await;
    app.world.set_member(CHANNEL, anna.id(), true);
    let mark = anna.mark();
    tap(&anna, "gate:again").await;
    told(&anna, mark, "you are in").await;
    search(&anna).await;
    // Known for a while: Telegram is not asked for each search.
    let asked = crate::common::metric(&app, "nameless_gate_looks_total").await;
    ask(&anna, "/stop", "Search stopped").await;
    search(&anna).await;
    assert_eq!(crate::common::metric(&app, "nameless_gate_looks_total").await, asked);

    let boris = member(&app.world, "boris", MAN).await;
    app.world.set_member(CHANNEL, boris.id(), true);
    let mark = boris.mark();
    boris.send_text("/search");
    told(&boris, mark, "Someone is here").await;
}

#[tokio::test]
async fn a_telegram_that_does_not_tell_lets_in() {
    let app = gated();
    app.world.set_told(CHANNEL, false);
    let anna = member(&app.world, "anna", WOMAN).await;
    search(&anna).await;
    counted(&app, "gate_unknown", 1).await;
    app.world.set_told(CHANNEL, true);
    app.world
        .faults()
        .add(FaultRule::new(FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 }).on("getChatMember"));
    let boris = member(&app.world, "boris", MAN).await;
    let mark = boris.mark();
    boris.send_text("/search");
    told(&boris, mark, "Someone is here").await;
    counted(&app, "gate_unknown", 2).await;
}
