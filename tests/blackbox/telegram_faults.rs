//! Telegram and the network on a bad day: what was accepted arrives, in order, and no chat waits
//! for another.

use crate::common::{MAN, WOMAN, member, texts, together, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::people::{PATIENCE, chatting, pair, sees};
use nameless_simulator::{FaultAction, FaultRule, SimUser};
use std::time::{Duration, Instant};

/// How often each of `prefix 0..n` has arrived, in order of first arrival.
fn arrivals(user: &SimUser, prefix: &str, n: usize) -> Vec<usize> {
    let all = texts(user, 0);
    let place = |i: usize| all.iter().position(|t| *t == format!("{prefix} {i}"));
    let places: Vec<usize> =
        (0..n).map(|i| place(i).unwrap_or_else(|| panic!("{prefix} {i} is lost: {all:?}"))).collect();
    assert!(places.is_sorted(), "out of order (I6): {all:?}");
    (0..n).map(|i| all.iter().filter(|t| **t == format!("{prefix} {i}")).count()).collect()
}

#[tokio::test]
async fn order_is_kept_under_random_latency() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    app.world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: 0, max_ms: 60 }));
    // Fewer than may be under way for one person.
    for i in 0..30 {
        anna.send_text(&format!("a {i}"));
        boris.send_text(&format!("b {i}"));
    }
    sees(&boris, "a 29").await;
    sees(&anna, "b 29").await;
    assert!(arrivals(&boris, "a", 30).iter().all(|n| *n == 1));
    assert!(arrivals(&anna, "b", 30).iter().all(|n| *n == 1));
}

#[tokio::test]
async fn who_writes_too_fast_is_told_once_and_what_is_taken_keeps_its_order() {
    let app = spawn_app(Options::default().with("SESSION_PERMITS", 32));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    app.world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: 40, max_ms: 60 }).chat(boris.id()));
    for i in 0..60 {
        anna.send_text(&format!("fast {i}"));
    }
    told(&anna, 0, "Too fast: some of your messages were not passed on").await;
    // Refused where more than 32 are under way: later ones are taken again when there is room.
    sees(&boris, "fast 31").await;
    app.world.faults().clear();
    together(&anna, &boris).await;
    let came: Vec<usize> =
        texts(&boris, 0).iter().filter_map(|t| t.strip_prefix("fast ")?.parse().ok()).collect();
    assert!(came.is_sorted() && came.len() >= 32, "{came:?}");
    let mut once = came.clone();
    once.dedup();
    assert_eq!(once, came);
    let lines = texts(&anna, 0).iter().filter(|t| t.starts_with("Too fast")).count();
    assert!((1..=3).contains(&lines), "told {lines} times");
}

/// Much longer than what took so long in calm, and bounded: whoever waits for that is told apart
/// from whoever does not, on a busy machine as well.
fn longer_than(calm: Duration) -> Duration {
    (calm * 20).clamp(Duration::from_millis(1_500), Duration::from_secs(15))
}

#[tokio::test]
async fn retry_after_holds_that_chat_and_no_other() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let (clara, dmitri) = chatting(&app.world, "clara", "dmitri").await;
    let talk = async |held: &str| {
        for i in 0..5 {
            anna.send_text(&format!("{held} {i}"));
            clara.send_text(&format!("{held}, free {i}"));
            boris.send_text(&format!("{held}, back {i}"));
        }
        sees(&dmitri, &format!("{held}, free 4")).await;
        sees(&anna, &format!("{held}, back 4")).await;
    };
    let began = Instant::now();
    talk("calm").await;
    sees(&boris, "calm 4").await;
    let wait = longer_than(began.elapsed()).as_secs().max(3);
    let told_to_wait = FaultAction::TooManyRequests { retry_after: wait as u32 };
    app.world.faults().add(FaultRule::new(told_to_wait).on("sendMessage").chat(boris.id()).times(1));
    let began = Instant::now();
    talk("held").await;
    assert!(!texts(&boris, 0).iter().any(|t| t.starts_with("held")), "the others waited, too (I7)");
    let before = app.world.stats().errors.get(&429).copied().unwrap_or(0);
    assert_eq!(before, 1, "the chat was not tried again meanwhile");
    sees(&boris, "held 4").await;
    assert!(began.elapsed() >= Duration::from_secs(wait), "retry_after was not obeyed (I7)");
    assert!(arrivals(&boris, "held", 5).iter().all(|n| *n == 1));
}

/// Every second call of the kind fails for a while; what was sent arrives, in order, `most` times
/// each.
async fn nothing_is_lost(app: &TestApp, action: FaultAction, most: usize) {
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    // As often as it can befall: not every repetition of one call, or it is given up.
    let rule = FaultRule::new(action.clone()).on("sendMessage").chat(boris.id()).probability(0.5).times(12);
    app.world.faults().add(rule);
    for i in 0..20 {
        anna.send_text(&format!("kept {i}"));
    }
    sees(&boris, "kept 19").await;
    app.world.faults().clear();
    together(&anna, &boris).await;
    let times = arrivals(&boris, "kept", 20);
    let faults: u64 = app.world.stats().faults.values().sum();
    assert!(faults >= 5, "{action:?}: the fault befell {faults} calls");
    if most == 1 {
        assert!(times.iter().all(|n| *n == 1), "{action:?}: {times:?}");
    } else {
        // One more per fault at most: a call that was repeated after its effect.
        let doubles: u64 = times.iter().map(|n| *n as u64 - 1).sum();
        assert!(doubles <= faults, "{action:?}: {times:?} with {faults} faults");
    }
}

#[tokio::test]
async fn errors_before_the_effect_neither_lose_nor_double() {
    let app = spawn_app(Options::default());
    nothing_is_lost(&app, FaultAction::ServerErrorBefore { status: 502 }, 1).await;
}

#[tokio::test]
async fn a_proxys_pages_neither_lose_nor_double() {
    let app = spawn_app(Options::default());
    nothing_is_lost(&app, FaultAction::Page { status: 502 }, 1).await;
}

#[tokio::test]
async fn connections_dropped_before_the_effect_neither_lose_nor_double() {
    let app = spawn_app(Options::default());
    nothing_is_lost(&app, FaultAction::DropBefore, 1).await;
}

#[tokio::test]
async fn errors_after_the_effect_lose_nothing() {
    let app = spawn_app(Options::default());
    nothing_is_lost(&app, FaultAction::ServerErrorAfter { status: 500 }, 2).await;
}

#[tokio::test]
async fn connections_dropped_after_the_effect_lose_nothing() {
    let app = spawn_app(Options::default());
    nothing_is_lost(&app, FaultAction::DropAfter, 2).await;
}

#[tokio::test]
async fn one_fault_after_the_effect_doubles_one_message_at_most_once() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    app.world
        .faults()
        .add(FaultRule::new(FaultAction::DropAfter).on("sendMessage").chat(boris.id()).times(1));
    for i in 0..5 {
        anna.send_text(&format!("kept {i}"));
    }
    sees(&boris, "kept 4").await;
    together(&anna, &boris).await;
    let times = arrivals(&boris, "kept", 5);
    assert!(times[0] <= 2 && times[1..].iter().all(|n| *n == 1), "{times:?}");
    // An edit and a reply of the doubled one still find a copy.
    let own = anna.chat().into_iter().find(|m| m.text() == Some("kept 0")).expect("sent").message_id;
    anna.edit_text(own, "kept and edited");
    sees(&boris, "kept and edited").await;
}

#[tokio::test]
async fn a_failing_poll_loses_nothing() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for action in [
        FaultAction::ServerErrorBefore { status: 502 },
        FaultAction::ServerErrorAfter { status: 502 },
        FaultAction::DropBefore,
        FaultAction::DropAfter,
        FaultAction::MalformedUpdate,
        FaultAction::TooManyRequests { retry_after: 1 },
    ] {
        app.world.faults().add(FaultRule::new(action).on("getUpdates").times(1));
    }
    for i in 0..20 {
        anna.send_text(&format!("polled {i}"));
    }
    sees(&boris, "polled 19").await;
    assert!(arrivals(&boris, "polled", 20).iter().all(|n| *n == 1));
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_costs_nothing() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    // Everything fails; what was accepted and what comes meanwhile arrives afterwards.
    anna.send_text("away 0");
    app.world.faults().add(FaultRule::new(FaultAction::DropBefore).times(12));
    for i in 1..10 {
        anna.send_text(&format!("away {i}"));
    }
    sees(&boris, "away 9").await;
    assert!(arrivals(&boris, "away", 10).iter().all(|n| *n == 1));
}

#[tokio::test]
async fn a_chat_that_cannot_be_reached_for_long_holds_up_nobody_else() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let (clara, dmitri) = chatting(&app.world, "clara", "dmitri").await;
    let talk = async || {
        for _ in 0..5 {
            together(&clara, &dmitri).await;
        }
    };
    let began = Instant::now();
    talk().await;
    let ms = longer_than(began.elapsed()).as_millis() as u64;
    let slow = FaultAction::Latency { min_ms: ms, max_ms: ms };
    app.world.faults().add(FaultRule::new(slow).chat(boris.id()).times(1));
    anna.send_text("slow");
    talk().await;
    assert!(!texts(&boris, 0).contains(&"slow".to_owned()), "the others waited, too");
    sees(&boris, "slow").await;
}

#[tokio::test]
async fn faults_of_all_kinds_on_a_real_postgres() {
    let Some((_server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..Options::default() });
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    pair(&anna, &boris).await;
    for action in [
        FaultAction::ServerErrorBefore { status: 503 },
        FaultAction::DropBefore,
        FaultAction::TooManyRequests { retry_after: 1 },
    ] {
        app.world.faults().add(FaultRule::new(action).on("sendMessage").probability(0.3).times(3));
    }
    app.world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: 0, max_ms: 30 }));
    for i in 0..20 {
        anna.send_text(&format!("a {i}"));
        boris.send_text(&format!("b {i}"));
    }
    boris.wait_for(PATIENCE, |m| m.text() == Some("a 19")).await.unwrap_or_else(|e| panic!("{e}"));
    sees(&anna, "b 19").await;
    assert!(arrivals(&boris, "a", 20).iter().all(|n| *n == 1));
    assert!(arrivals(&anna, "b", 20).iter().all(|n| *n == 1));
    anna.send_text("/stop");
    told(&boris, 0, "The other person ended the chat").await;
}
