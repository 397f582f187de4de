//! One falls, nobody else notices (I9): panics inside and outside the guards in the middle of running chats.

mod support;

use nameless_actors::kernel::death::Die;
use nameless_actors::kernel::tell;
use nameless_actors::{matchmaker, outbox, persistence, relay};
use nameless_domain::ids::UserId;
use std::collections::BTreeSet;
use std::time::Duration;
use support::app::{Options, TestApp, spawn_app};
use support::crowd::{self, Chat, all_done, all_heard_in_order, heard, line, say, until};
use support::people::{PATIENCE, is_found};

const LONG: Duration = Duration::from_secs(60);

fn crash_sessions(app: &TestApp, chats: &[Chat]) {
    for chat in chats {
        app.engine.crash_session(UserId(chat.members[0].id()));
    }
}

/// A thousand chats, and each kind of actor panics once or more while they talk: nothing is lost, doubled or out of
/// order, for the panicked ones either.
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
    crash_sessions(&app, &chats[..20]);
    for chat in &chats[10..30] {
        directory.relay(chat.pair).with(|a| tell(a, relay::Crash { pair: Some(chat.pair) }));
    }
    directory.outbox.with(|a| tell(a, outbox::Crash));
    say(&chats, 2..4);
    directory.matchmaker.with(|a| tell(a, matchmaker::Crash));
    directory.persistence.with(|a| tell(a, persistence::Crash));
    crash_sessions(&app, &chats[..20]);
    directory.outbox.with(|a| tell(a, outbox::Crash));
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

/// Actors die for good, outside every guard. What was in their mailboxes comes back with its tickets: nothing is
/// lost. For that, order is given up and a double allowed (its first copy may have left); what was not in a dead
/// mailbox is not touched, which the many chats that see neither show.
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
            1 => drop(directory.relays[0].with(|a| tell(a, Die))),
            2 => drop(directory.shards[0].with(|a| tell(a, Die))),
            3 => drop(directory.outbox.with(|a| tell(a, Die))),
            4 => drop(directory.persistence.with(|a| tell(a, Die))),
            _ => drop(directory.matchmaker.with(|a| tell(a, Die))),
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
