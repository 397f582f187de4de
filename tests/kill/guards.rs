//! One kill each at the moment that a certain guard is there for, brought about on purpose.

use super::notes::noted;
use super::process::{Bot, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{PATIENCE, chatting, is_found, onboard, person, sees, sees_part};
use crate::support::postgres::Postgres;
use nameless_simulator::{FaultAction, FaultRule, SimUser, Simulator, World};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn simulator() -> (Simulator, Arc<World>) {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    (simulator, world)
}

/// From now on nothing is said to this person, and nobody hears that.
fn hold(world: &World, user: &SimUser) {
    let hold = FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 };
    world.faults().add(FaultRule::new(hold).on("sendMessage").chat(user.id()));
}

/// Waits until the bot has acknowledged everything.
async fn acknowledged(world: &World) {
    let until = Instant::now() + PATIENCE;
    while world.pending_updates(TOKEN) > 0 {
        assert!(Instant::now() < until, "updates are not acknowledged");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn times(user: &SimUser, text: &str) -> usize {
    user.chat().iter().filter(|m| m.from_bot && m.text() == Some(text)).count()
}

#[tokio::test]
async fn what_was_acknowledged_and_not_sent_is_sent_by_the_next_life() {
    let (simulator, world) = simulator();
    let folder = tempfile::tempdir().expect("a folder");
    let variables = variables(&simulator.url(), folder.path());
    let bot = Bot::serve(&variables);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    hold(&world, &boris);
    (0..5).for_each(|i| _ = anna.send_text(&format!("held {i}")));
    acknowledged(&world).await;
    bot.kill();
    world.faults().clear();
    let bot = Bot::serve(&variables);
    for i in 0..5 {
        sees(&boris, &format!("held {i}")).await;
    }
    bot.stop();
}

#[tokio::test]
async fn what_has_left_is_not_sent_again_though_the_store_never_heard_of_it() {
    // Not the quick settings: this server is stopped the hard way, too.
    let Some(mut server) = Postgres::start(&[]) else { return };
    let url = server.create("nameless");
    let (simulator, world) = simulator();
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.push(("DATABASE_URL", url));
    let mut bot = Bot::serve(&variables);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    // The rows that say so follow the lines that they have read.
    let both = "SELECT count(*) FROM accounts WHERE phase ->> 'at' = 'chatting'";
    let until = Instant::now() + PATIENCE;
    while server.ask("nameless", both) != "2" {
        assert!(Instant::now() < until, "the store never hears of the chat");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.stop();
    let album = [nameless_simulator::Outgoing::photo(), nameless_simulator::Outgoing::photo()];
    let texts: Vec<i32> = (0..20).map(|i| anna.send_text(&format!("once {i}"))).collect();
    anna.album(&album);
    sees(&boris, "once 19").await;
    let photos =
        |chat: &[nameless_simulator::ChatMessage]| chat.iter().filter(|m| m.kind() == "photo").count();
    boris.wait_chat(PATIENCE, |chat| photos(chat) == 2).await.expect("an album");
    noted(&mut bot, &anna, &boris).await;
    bot.kill();
    server.start_again();
    let bot = Bot::serve(&variables);
    let first = boris.chat().into_iter().find(|m| m.text() == Some("once 0")).expect("the first");
    boris.reply(first.message_id, "and the map is kept");
    assert_eq!(sees(&anna, "and the map is kept").await.reply_to(), Some(texts[0]));
    anna.send_text("the end");
    sees(&boris, "the end").await;
    for i in 0..20 {
        assert_eq!(times(&boris, &format!("once {i}")), 1, "once {i}");
    }
    assert_eq!(photos(&boris.chat()), 2);
    bot.stop();
    server.psql(
        "nameless",
        "DO $$ BEGIN IF (SELECT count(*) FROM history) < 24 THEN RAISE 'history is lost'; END IF; END $$",
    );
}

#[tokio::test]
async fn nothing_of_the_chat_before_reaches_the_new_partner_and_next_is_not_repeated() {
    let (simulator, world) = simulator();
    let folder = tempfile::tempdir().expect("a folder");
    let variables = variables(&simulator.url(), folder.path());
    let bot = Bot::serve(&variables);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    let clara = person(&world, "clara");
    onboard(&clara, 0).await;
    let mark = clara.mark();
    clara.send_text("/search");
    sees_part(&clara, "Looking for someone").await;
    hold(&world, &boris);
    hold(&world, &anna);
    anna.send_text("for boris only");
    anna.send_text("/next");
    clara.wait_after(mark, PATIENCE, is_found).await.expect("a partner");
    acknowledged(&world).await;
    bot.kill();
    world.faults().clear();
    let bot = Bot::serve(&variables);
    sees_part(&anna, "The chat is going on").await;
    for i in 0..2 {
        anna.send_text(&format!("for clara {i}"));
        sees(&clara, &format!("for clara {i}")).await;
    }
    assert_eq!(times(&clara, "for boris only") + times(&boris, "for boris only"), 0);
    bot.stop();
}

#[tokio::test]
async fn an_update_that_comes_again_in_the_next_life_is_the_same_update() {
    let (simulator, world) = simulator();
    let folder = tempfile::tempdir().expect("a folder");
    let variables = variables(&simulator.url(), folder.path());
    let mut bot = Bot::serve(&variables);
    let (anna, boris) = chatting(&world, "anna", "boris").await;
    // A server that forgets what was acknowledged.
    world.faults().add(FaultRule::new(FaultAction::IgnoreOffset).on("getUpdates"));
    (0..5).for_each(|i| _ = anna.send_text(&format!("again {i}")));
    sees(&boris, "again 4").await;
    noted(&mut bot, &anna, &boris).await;
    bot.kill();
    let bot = Bot::serve(&variables);
    anna.send_text("the end");
    sees(&boris, "the end").await;
    for i in 0..5 {
        assert_eq!(times(&boris, &format!("again {i}")), 1, "again {i}");
    }
    bot.stop();
}
