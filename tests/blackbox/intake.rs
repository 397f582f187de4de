//! How updates come in: malformed, unknown, twice, from servers that are not quite Telegram.

use crate::common::{MAN, WOMAN, ask, counted, inbox, marker, member, texts, together, told};
use crate::support::app::{Options, TOKEN, TestApp, spawn_app};
use crate::support::journal::{Disk, faulty};
use crate::support::people::{PATIENCE, chatting, sees};
use nameless_simulator::{FaultAction, FaultRule, Outgoing};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_malformed_or_unknown_update_costs_only_itself() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let chat = json!({"id": anna.id(), "type": "private"});
    let from = anna.profile();
    let hostile = [
        json!({"message": 5}),
        json!({"message": {"message_id": "x", "chat": []}}),
        json!({"message": {"message_id": 5, "chat": chat, "from": from, "text": 7}}),
        json!({"message": {"message_id": 5, "chat": chat, "from": from, "date": 1, "text": "x",
            "entities": [{"type": "bold", "offset": -3, "length": 9_000_000_000_u64}]}}),
        json!({"message": {"message_id": i64::MAX, "chat": chat, "from": from, "text": "x"}}),
        json!({"callback_query": {"id": "1", "from": from}}),
        json!({"an_update_of_next_year": {"whatever": [1, 2, 3]}}),
        json!({"inline_query": {"id": "1", "from": from, "query": "x", "offset": ""}}),
        json!({"message_reaction": {"chat": chat, "message_id": 1, "date": 1, "new_reaction": "none"}}),
        json!({"my_chat_member": {"chat": chat}}),
        json!({}),
        json!({"message": null}),
    ];
    // Between each two a good one: the batch is theirs, too.
    for (n, update) in hostile.into_iter().enumerate() {
        app.world.inject_update(TOKEN, update).expect("room");
        anna.send_text(&format!("good {n}"));
    }
    for n in 0..12 {
        sees(&boris, &format!("good {n}")).await;
    }
    let goods: Vec<String> = texts(&boris, 0).into_iter().filter(|t| t.starts_with("good")).collect();
    assert_eq!(goods, (0..12).map(|n| format!("good {n}")).collect::<Vec<_>>(), "in order, each once");
    together(&anna, &boris).await;
    assert_eq!(app.count("session_restarts"), 0);
}

#[tokio::test]
async fn a_server_that_ignores_the_offset_is_survived_and_each_update_counts_once() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    app.world.faults().add(FaultRule::new(FaultAction::IgnoreOffset).on("getUpdates"));
    for n in 0..5 {
        anna.send_text(&format!("once {n}"));
    }
    sees(&boris, "once 4").await;
    boris.send_text("and back");
    sees(&anna, "and back").await;
    // The same updates have come again and again.
    counted(&app, "updates_duplicate", 20).await;
    app.world.faults().clear();
    together(&anna, &boris).await;
    for n in 0..5 {
        let times = texts(&boris, 0).iter().filter(|t| **t == format!("once {n}")).count();
        assert_eq!(times, 1, "once {n} (I3)");
    }
    assert_eq!(texts(&anna, 0).iter().filter(|t| *t == "and back").count(), 1);
}

#[tokio::test]
async fn a_repeated_update_counts_once_even_after_a_restart() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    // One that comes after all that the chat has: ids of a chat grow.
    let id = anna.mark() + 1_000;
    let again = |text: &str| {
        json!({"update_id": 77_000_001, "message": {"message_id": id, "date": 1, "from": anna.profile(),
            "chat": {"id": anna.id(), "type": "private"}, "text": text}})
    };
    // Its id is lower than the others: between two polls it counts as acknowledged, so it is sent
    // until it is fetched.
    let fetched = async |app: &TestApp, figure: &str| {
        let before = app.count(figure);
        while app.count(figure) == before {
            app.world.inject_update(TOKEN, again("the same update")).expect("room");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    fetched(&app, "updates_accepted").await;
    sees(&boris, "the same update").await;
    fetched(&app, "updates_duplicate").await;
    marker(&anna, &boris).await;
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    fetched(&app, "updates_duplicate").await;
    marker(&anna, &boris).await;
    assert_eq!(texts(&boris, 0).iter().filter(|t| *t == "the same update").count(), 1, "I3");
}

#[tokio::test]
async fn a_server_that_answers_at_once_with_nothing_is_not_hammered() {
    let app = spawn_app(Options::default().with("POLL_TIMEOUT", "1s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    app.world.faults().add(FaultRule::new(FaultAction::EmptyAtOnce).on("getUpdates"));
    let befallen = async {
        while app.world.stats().faults.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, befallen).await.expect("the server turns odd");
    let calls = || app.world.stats().calls("getUpdates");
    let (began, before) = (Instant::now(), calls());
    let goes_on = async {
        while calls() < before + 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, goes_on).await.expect("it goes on");
    // At least a tenth of a second each: a busy machine only adds to it.
    assert!(began.elapsed() >= Duration::from_millis(900), "ten calls in {:?}", began.elapsed());
    app.world.faults().clear();
    ask(&anna, "/help", "How it works").await;
}

/// What comes within five milliseconds shares a poll. Guard: the gap between polls.
#[tokio::test]
async fn updates_that_come_at_one_time_share_polls() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    marker(&anna, &boris).await;
    let (began, before) = (Instant::now(), app.world.stats().calls("getUpdates"));
    for n in 0..200 {
        let sender = if n % 2 == 0 { &anna } else { &boris };
        sender.send_text(&format!("shared {n}"));
        // The next one comes when a poll that waits has been answered for this one.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    sees(&anna, "shared 199").await;
    let polls = app.world.stats().calls("getUpdates") - before;
    let most = began.elapsed().as_millis() as u64 / 5 + 2;
    assert!(polls <= most, "{polls} polls in a time of {most}");
}

#[tokio::test]
async fn a_server_that_lacks_methods_is_survived() {
    let simulator =
        nameless_simulator::Simulator::start(crate::support::app::quick_simulator()).expect("it starts");
    let world = simulator.world();
    let lacking = [
        "setMyCommands",
        "setMessageReaction",
        "sendDice",
        "answerCallbackQuery",
        "deleteWebhook",
        "sendMediaGroup",
    ];
    for method in lacking {
        world.faults().add(FaultRule::new(FaultAction::Unknown).on(method));
    }
    let app = spawn_app(Options { world: Some(world.clone()), ..Options::default() });
    simulator.stop();
    let mut people = Vec::new();
    for (name, gender) in [("anna", 0), ("boris", 1)] {
        let user = crate::common::newcomer(&world, name, Some("en"));
        user.send_text("/start");
        for data in ["on:lang:1", "on:adult:1", &format!("on:gender:{gender}"), "on:age:0", "on:wish:0"] {
            let question = user
                .wait_for(PATIENCE, |m| crate::support::people::has_button(m, data))
                .await
                .unwrap_or_else(|e| panic!("{e}"));
            // No answer to the press will come.
            user.press(question.message_id, data);
        }
        people.push(user);
    }
    let (anna, boris) = (&people[0], &people[1]);
    told(anna, 0, "All set").await;
    told(boris, 0, "All set").await;
    crate::support::people::pair(anna, boris).await;
    let sent = marker(anna, boris).await;
    boris.react(sent.message_id, &["👍"]);
    together(boris, anna).await;
    // A die cannot be thrown; its value in words arrives all the same.
    anna.send(Outgoing::dice("🎲", 5));
    told(boris, 0, "🎲 → 5").await;
    // An album comes as its single items, or its sender is told; it is never lost without a word.
    let (mark, own) = (boris.mark(), anna.mark());
    anna.album(&[Outgoing::photo().caption("one"), Outgoing::photo().caption("two")]);
    marker(anna, boris).await;
    let photos = inbox(boris, mark).iter().filter(|m| m.kind() == "photo").count();
    if photos != 2 {
        told(anna, own, "does not accept this message").await;
    }
    for method in lacking {
        assert!(app.world.stats().errors[&404] >= 4, "{method}");
    }
    together(anna, boris).await;
}

#[tokio::test]
async fn another_poller_is_survived() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let conflict = FaultAction::Error {
        code: 409,
        description: "Conflict: terminated by other getUpdates request".into(),
    };
    app.world.faults().add(FaultRule::new(conflict).on("getUpdates").times(3));
    for _ in 0..3 {
        marker(&anna, &boris).await;
    }
    together(&anna, &boris).await;
}

/// Guards: `told::wait`, and that nothing else asks in circles. As fast as the bot may ask, others
/// ask here.
#[tokio::test]
async fn told_to_wait_for_nothing_it_asks_seldom_all_the_same() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    app.world.faults().add(FaultRule::new(FaultAction::TooManyRequests { retry_after: 0 }).on("getUpdates"));
    let told_to_wait = || app.world.stats().errors.get(&429).copied().unwrap_or(0);
    anna.send_text("held");
    while told_to_wait() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let url = format!("{}/bot{TOKEN}/getMe", app.simulator.as_ref().expect("its own").url());
    for _ in 0..200 {
        reqwest::get(&url).await.expect("an answer");
    }
    let asked = told_to_wait();
    assert!(asked < 50, "{asked} times while 200 other calls were made");
    assert_eq!(health(&app).await.0, "degraded");
    app.world.faults().clear();
    sees(&boris, "held").await;
}

/// Status and what is said of Telegram.
async fn health(app: &TestApp) -> (String, String) {
    let url = format!("http://{}/health", app.metrics);
    let health: serde_json::Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
    let word = |key: &str| health[key].as_str().unwrap_or_default().to_owned();
    (word("status"), word("telegram"))
}

/// Guard: `Grace`. The end after minutes is a test of its own there.
#[tokio::test]
async fn a_token_that_was_good_is_tried_again() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let refused = FaultAction::Error { code: 401, description: "Unauthorized".into() };
    app.world.faults().add(FaultRule::new(refused).on("getUpdates"));
    anna.send_text("meanwhile");
    let degraded = async {
        while !health(&app).await.1.contains("refuses the token") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, degraded).await.expect("health says so");
    app.world.faults().clear();
    sees(&boris, "meanwhile").await;
    together(&anna, &boris).await;
    assert_eq!(health(&app).await, ("well".into(), "up".into()));
}

#[test]
fn a_refused_token_ends_with_a_clear_error() {
    use nameless::app::{Application, Extras};
    use nameless::config::{Config, Files, Purpose};
    let simulator =
        nameless_simulator::Simulator::start(crate::support::app::quick_simulator()).expect("it starts");
    let unauthorized = FaultAction::Error { code: 401, description: "Unauthorized".into() };
    simulator.world().faults().add(FaultRule::new(unauthorized));
    let folder = tempfile::TempDir::new().expect("a folder");
    let (url, dir) = (simulator.url(), folder.path().display().to_string());
    let env = move |name: &str| {
        Some(match name {
            "BOT_TOKEN" => TOKEN.to_owned(),
            "TELEGRAM_API_URL" => url.clone(),
            "DATA_DIR" => dir.clone(),
            "HTTP_ADDR" | "METRICS_ADDR" => "127.0.0.1:0".to_owned(),
            _ => return None,
        })
    };
    let config = Config::load(&env, &Files::none(), Purpose::Serve).unwrap_or_else(|e| panic!("{e}"));
    let ended = actix_rt::System::new().block_on(async move {
        let app = Application::build(&config, Extras::default()).await.expect("it starts");
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        tokio::time::timeout(PATIENCE, app.run_until_stopped(stopped)).await.expect("it ends by itself")
    });
    let error = ended.expect_err("an error").to_string();
    assert!(error.contains("BOT_TOKEN"), "{error}");
    assert!(!error.contains(TOKEN), "{error}");
}

#[tokio::test]
async fn a_group_hears_one_polite_line_and_is_left() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    let group = anna.add_to_group();
    let left = async {
        while app.world.stats().calls("leaveChat") == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.expect("the group is left");
    for text in ["/start", "/search", "hello"] {
        // Refused where the simulator knows that the bot has left.
        let _ = anna.in_group(group, Outgoing::text(text));
    }
    crate::support::people::pair(&anna, &boris).await;
    together(&anna, &boris).await;
    let lines: Vec<_> =
        anna.group_chat(group).into_iter().filter(|m| m.from_bot && m.text().is_some()).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].text().is_some_and(|t| t.contains("private chats")));
    assert_eq!(app.world.stats().calls("leaveChat"), 1);
}

/// I2. Guard: the wait for the disk between the journal and the next offset.
#[tokio::test]
async fn nothing_is_acknowledged_before_it_is_on_disk() {
    let (disk, journal) = faulty();
    let app = spawn_app(Options { journal: Some(journal), ..Options::default() });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    marker(&anna, &boris).await;
    let pending = || app.world.pending_updates(TOKEN);
    let acknowledged = async {
        while pending() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, acknowledged).await.expect("everything so far is acknowledged");

    disk.send_replace(Disk::Stalled);
    anna.send_text("kept in the air");
    // The relay need not wait for the disk, and does not.
    sees(&boris, "kept in the air").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(pending(), 1, "Telegram still has what the disk has not");
    disk.send_replace(Disk::Well);
    boris.send_text("back on the ground");
    sees(&anna, "back on the ground").await;
    let times = texts(&boris, 0).iter().filter(|t| *t == "kept in the air").count();
    assert_eq!(times, 1);
}
