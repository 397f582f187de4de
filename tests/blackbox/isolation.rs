//! One falls, nobody else notices (I9): panics inside and outside the guards in the middle of
//! running chats.

use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::cluster::on_store;
use crate::support::crowd::{self, Chat, all_done, all_heard_in_order, heard, line, say, until};
use crate::support::people::{PATIENCE, is_found, sees, sees_part};
use nameless::store::{DeadLetter, PgStore};
use nameless_actors::env::Faults;
use nameless_actors::kernel::tell;
use nameless_actors::matchmaker::Matchmaker;
use nameless_actors::outbox::Outbox;
use nameless_actors::persistence::Persistence;
use nameless_actors::relay::Relay;
use nameless_actors::service::Die;
use nameless_actors::shard::Shard;
use nameless_actors::supervisor::Fatal;
use nameless_actors::{matchmaker, outbox, persistence, relay};
use nameless_domain::ids::UserId;
use nameless_simulator::{ChatMessage, SimUser};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn crash_sessions(app: &TestApp, chats: &[Chat]) {
    for chat in chats {
        app.engine.crash_session(UserId(chat.members[0].id()));
    }
}

/// A thousand chats, and each kind of actor panics once or more while they talk: nothing is lost,
/// doubled or out of order, for the panicked ones either.
#[tokio::test]
async fn a_thousand_chats_do_not_notice_panics() {
    const CHATS: usize = 1_000;
    const LINES: usize = 6;
    let app = spawn_app(Options::default());
    let directory = &app.engine.env().directory;
    let chats = crowd::chats(&app, CHATS).await;
    let lonely = crowd::people(&app, 2).await;
    lonely[0].send_text("/search");
    until("one seeker waits", PATIENCE, || app.count("seekers") == 1).await;

    say(&chats, 0..2);
    until("the chats are under way", LONG, || app.count("relayed") > CHATS as u64).await;
    // A pair that is not in memory has nothing that could panic.
    for member in chats[10..30].iter().flat_map(|chat| &chat.members) {
        member.wait_chat(LONG, |m| !heard(m).is_empty()).await.expect("the pair is in use");
    }
    crash_sessions(&app, &chats[..20]);
    for chat in &chats[10..30] {
        directory.of::<Relay>(chat.pair.0).with(|a| tell(a, relay::Crash { pair: Some(chat.pair) }));
    }
    directory.one::<Outbox>().with(|a| tell(a, outbox::Crash));
    say(&chats, 2..4);
    directory.one::<Matchmaker>().with(|a| tell(a, matchmaker::Crash));
    directory.one::<Persistence>().with(|a| tell(a, persistence::Crash));
    crash_sessions(&app, &chats[..20]);
    directory.one::<Outbox>().with(|a| tell(a, outbox::Crash));
    say(&chats, 4..LINES);

    all_heard_in_order(&chats, LINES, LONG).await;
    until("sessions were rebuilt", PATIENCE, || app.count("session_restarts") == 40).await;
    until("pairs were rebuilt", PATIENCE, || app.count("relay_restarts") == 20).await;
    assert_eq!(app.count("outbox_restarts"), 2);
    assert_eq!(app.count("persistence_restarts"), 1);
    assert_eq!(app.count("matchmaker_restarts"), 1);
    assert_eq!((app.count("actor_deaths"), app.count("dead_letters")), (0, 0));

    // Who waited when the matchmaker fell still waits, and is found.
    until("the seeker is back", PATIENCE, || app.count("seekers") == 1).await;
    lonely[1].send_text("/search");
    for user in &lonely {
        user.wait_for(PATIENCE, is_found).await.expect("the two who were left find each other");
    }
    all_done(&app).await;
}

/// Actors die for good, outside every guard. What was in their mailboxes comes back with its
/// tickets: nothing is lost. For that, order is given up and a double allowed (its first copy may
/// have left); what was not in a dead mailbox is not touched, which the many chats that see neither
/// show.
#[tokio::test]
async fn the_dead_are_replaced_and_nothing_is_lost() {
    const CHATS: usize = 100;
    const ROUNDS: usize = 6;
    const LINES: usize = 3 * (ROUNDS + 1);
    let app = spawn_app(Options::default());
    let directory = &app.engine.env().directory;
    let chats = crowd::chats(&app, CHATS).await;
    let lonely = crowd::people(&app, 2).await;
    lonely[0].send_text("/search");
    until("one seeker waits", PATIENCE, || app.count("seekers") == 1).await;
    say(&chats, 0..3);
    for round in 0..ROUNDS {
        let relayed = app.count("relayed");
        let first = 3 * (round + 1);
        say(&chats, first..first + 3);
        until("the chats are under way", LONG, || app.count("relayed") > relayed + 20).await;
        match round {
            0 => app.engine.kill_session(UserId(chats[0].members[0].id())),
            1 => drop(directory.all::<Relay>()[0].with(|a| tell(a, Die))),
            2 => drop(directory.all::<Shard>()[0].with(|a| tell(a, Die))),
            3 => drop(directory.one::<Outbox>().with(|a| tell(a, Die))),
            4 => drop(directory.one::<Persistence>().with(|a| tell(a, Die))),
            _ => drop(directory.one::<Matchmaker>().with(|a| tell(a, Die))),
        }
        until("the death is noticed", PATIENCE, || app.count("actor_deaths") == round as u64 + 1).await;
    }
    let (mut doubles, mut out_of_order) = (0, 0);
    for (c, chat) in chats.iter().enumerate() {
        for (side, member) in chat.members.iter().enumerate() {
            let expected: Vec<String> = (0..LINES).map(|n| line(c, 1 - side, n)).collect();
            let wanted: BTreeSet<&String> = expected.iter().collect();
            let all = member
                .wait_chat(LONG, |m| heard(m).iter().collect::<BTreeSet<_>>().len() >= LINES)
                .await
                .unwrap_or_else(|e| panic!("chat {c} side {side} lost something: {e}"));
            let got = heard(&all);
            assert_eq!(got.iter().collect::<BTreeSet<_>>(), wanted, "chat {c} side {side}");
            doubles += got.len() - LINES;
            out_of_order += usize::from(got != expected);
        }
    }
    println!("of {} lines: {doubles} doubled; chats out of order: {out_of_order}", 2 * CHATS * LINES);
    assert!(doubles <= 60, "{doubles} doubles: more than what can have been under way");
    assert_eq!(app.count("dead_letters"), 0);
    all_done(&app).await;

    until("the seeker is back", PATIENCE, || app.count("seekers") == 1).await;
    lonely[1].send_text("/search");
    for user in &lonely {
        user.wait_for(PATIENCE, is_found).await.expect("the two who were left find each other");
    }
    // The gauges tell the truth after all that.
    assert_eq!(app.count("sessions"), app.engine.sessions(10_000).await.len() as u64);
    until("all is kept", PATIENCE, || app.count("persistence_depth") == 0).await;
}

/// An update that panics whenever it is handled ends as a dead letter; its sender is told, and goes
/// on.
#[tokio::test]
async fn a_poison_update_ends_as_a_dead_letter() {
    let faults = Faults { poison: Some("pOiSoN".into()), ..Faults::default() };
    let app = spawn_app(Options { faults, ..Options::default() });
    let chats = crowd::chats(&app, 20).await;
    say(&chats, 0..2);
    let victim = &chats[0].members[0];
    victim.send_text("pOiSoN");
    say(&chats, 2..4);
    all_heard_in_order(&chats, 4, LONG).await;
    sees_part(victim, "Something broke on our side").await;
    all_done(&app).await;
    assert_eq!(app.count("session_restarts"), 2, "tried twice");
    assert_eq!((app.count("dead_letters"), app.count("actor_deaths")), (1, 0));
    let told = |u: &SimUser| u.chat().iter().any(|m| m.text().is_some_and(|t| t.contains("broke")));
    let others = chats.iter().flat_map(|c| &c.members).filter(|u| u.id() != victim.id());
    assert_eq!(others.filter(|u| told(u)).count(), 0, "nobody else is told");

    let id = victim.id();
    let (_world, folder) = app.stop();
    let letters = dead_letters(folder.path()).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].user, UserId(id));
    assert!(letters[0].error.contains("after 2 tries"), "{}", letters[0].error);
}

/// What an operator finds in the database of a stopped application.
async fn dead_letters(folder: &Path) -> Vec<DeadLetter> {
    on_store(folder, async |store: &PgStore| store.dead_letters(10).await.expect("an answer")).await
}

/// A service that falls again and again ends the process; a pair or a session may fall as often as
/// it likes.
#[tokio::test]
async fn a_service_beyond_its_budget_ends_the_process() {
    let (tx, fatal) = std::sync::mpsc::channel();
    let ended: Fatal = Arc::new(move |service| {
        let _ = tx.send(service);
    });
    let app = spawn_app(Options { fatal: Some(ended), ..Options::default() });
    let directory = &app.engine.env().directory;
    let budget = app.engine.env().limits.restart_budget as u64;
    let chats = crowd::chats(&app, 1).await;
    say(&chats, 0..1);
    all_heard_in_order(&chats, 1, LONG).await;
    let user = UserId(chats[0].members[0].id());
    for n in 1..=2 * budget {
        // Asked for again and again: there is nothing to crash while it is being loaded.
        let crash = || {
            let _ = directory
                .of::<Relay>(chats[0].pair.0)
                .with(|a| tell(a, relay::Crash { pair: Some(chats[0].pair) }));
        };
        until("the pair falls", PATIENCE, || {
            crash();
            app.count("relay_restarts") >= n
        })
        .await;
        app.engine.crash_session(user);
        until("the session was rebuilt", PATIENCE, || app.count("session_restarts") == n).await;
    }
    say(&chats, 1..2);
    all_heard_in_order(&chats, 2, LONG).await;
    for n in 1..=budget {
        directory.one::<Matchmaker>().with(|a| tell(a, matchmaker::Crash));
        until("the matchmaker was rebuilt", PATIENCE, || app.count("matchmaker_restarts") == n).await;
    }
    assert_eq!(fatal.recv_timeout(Duration::from_millis(200)).ok(), None, "the budget allows that much");
    directory.one::<Matchmaker>().with(|a| tell(a, matchmaker::Crash));
    assert_eq!(fatal.recv_timeout(PATIENCE), Ok("matchmaker"));
}

/// Quiet sessions and pairs leave the memory and come back as they were; the end of a chat that had
/// left it reaches the other one.
#[tokio::test]
async fn what_was_passivated_comes_back_with_its_state() {
    let app = spawn_app(Options::default().with("IDLE_AFTER", "1s"));
    let chats = crowd::chats(&app, 1).await;
    let [anna, boris] = &chats[0].members;
    let all_left = || app.count("sessions") == 0 && app.count("pairs_loaded") == 0;
    // A bot cannot write first.
    boris.send_text("good day");
    let hello = anna.send_text("hello");
    let seen = sees(boris, "hello").await;
    until("all have left", PATIENCE, all_left).await;
    assert!(app.count("passivated") >= 1);
    boris.reply(seen.message_id, "hi");
    assert_eq!(sees(anna, "hi").await.reply_to(), Some(hello), "the map came back with the pair");
    until("all have left again", PATIENCE, all_left).await;
    anna.send_text("/stop");
    sees_part(anna, "The chat is over").await;
    sees_part(boris, "The other person ended the chat").await;
    all_done(&app).await;
}

/// The orderly end in the middle of things: what was accepted is delivered, the rest stays with
/// Telegram and comes with the next start. Nothing twice, all in order.
#[tokio::test]
async fn a_drain_in_the_middle_loses_and_doubles_nothing() {
    let app = spawn_app(Options::default());
    let chats = crowd::chats(&app, 100).await;
    say(&chats, 0..6);
    until("the chats are under way", LONG, || app.count("relayed") > 50).await;
    let engine = app.engine.clone();
    let (world, folder) = app.stop();
    assert_eq!(engine.in_flight().0, 0, "all that was accepted is done");
    drop(engine);
    let again = Options { data_dir: Some(folder), world: Some(world), ..Options::default() };
    let app = spawn_app(again);
    all_heard_in_order(&chats, 6, LONG).await;
    all_done(&app).await;
}

/// No time to drain: what was under way is finished at the next start. A call whose answer was not
/// waited for may be made again, as after kill -9; nothing else may.
#[tokio::test]
async fn without_time_to_drain_the_rest_is_replayed() {
    let app = spawn_app(Options::default().with("DRAIN_TIMEOUT", "0s"));
    let chats = crowd::chats(&app, 100).await;
    say(&chats, 0..6);
    until("the chats are under way", LONG, || app.count("relayed") > 50).await;
    let calls = app.engine.env().limits.pacing.max_in_flight;
    let (world, folder) = app.stop();
    let again = Options { data_dir: Some(folder), world: Some(world), ..Options::default() };
    let app = spawn_app(again);
    let mut doubles = 0;
    for (c, chat) in chats.iter().enumerate() {
        for (side, member) in chat.members.iter().enumerate() {
            let expected: Vec<String> = (0..6).map(|n| line(c, 1 - side, n)).collect();
            let distinct = |m: &[ChatMessage]| {
                let mut all = heard(m);
                all.dedup();
                all
            };
            let all = member.wait_chat(LONG, |m| distinct(m).len() >= 6).await;
            let all = all.unwrap_or_else(|e| panic!("chat {c} side {side} lost something: {e}"));
            assert_eq!(distinct(&all), expected, "chat {c} side {side}");
            doubles += heard(&all).len() - 6;
        }
    }
    println!("{doubles} of 1200 came twice");
    assert!(doubles <= calls, "{doubles} doubles of at most {calls} calls under way");
    all_done(&app).await;
}
