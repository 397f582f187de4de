//! Updates that Telegram sends by itself: the same conversations, and what may come to the address
//! besides.

use crate::common::{WOMAN, counted, marker, member, texts, together};
use crate::support::app::{Options, TOKEN, TestApp, quick_simulator, spawn_app, token};
use crate::support::front::{Front, SECRET};
use crate::support::journal::{Disk, faulty};
use crate::support::people::{PATIENCE, chatting, sees, sees_part};
use nameless::config;
use nameless::intake::IntakeEnded;
use nameless::intake::registration::Registration;
use nameless::intake::trouble::Condition;
use nameless::telegram::{Client, ClientConfig};
use nameless_simulator::{FaultAction, FaultRule, SimConfig, Simulator, World};
use reqwest::{Response, StatusCode};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

/// People of a Telegram that is quick to try again.
fn impatient() -> (Simulator, Arc<World>) {
    let config = SimConfig { webhook_retry: Duration::from_millis(20), ..quick_simulator() };
    let simulator = Simulator::start(config).expect("it starts");
    let world = simulator.world();
    (simulator, world)
}

/// Posts a body as Telegram would, straight to the application.
async fn post(app: &TestApp, secret: Option<&str>, body: impl Into<reqwest::Body>) -> Response {
    let mut request = reqwest::Client::new().post(format!("http://{}/webhook/telegram", app.http)).body(body);
    if let Some(secret) = secret {
        request = request.header(HEADER, secret);
    }
    tokio::time::timeout(PATIENCE, request.send()).await.expect("an answer in time").expect("an answer")
}

/// An update of a kind that is none of the bot's business.
fn strange(update_id: i64) -> String {
    json!({ "update_id": update_id, "inline_query": { "id": "1" } }).to_string()
}

fn retry_after(response: &Response) -> Option<u64> {
    response.headers().get("Retry-After")?.to_str().ok()?.parse().ok()
}

#[tokio::test]
async fn a_conversation_by_webhook() {
    let front = Front::start();
    let app = front.spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for n in 0..50 {
        anna.send_text(&format!("a {n}"));
        boris.send_text(&format!("b {n}"));
    }
    sees(&boris, "a 49").await;
    sees(&anna, "b 49").await;
    for (user, key) in [(&boris, "a"), (&anna, "b")] {
        let got: Vec<String> =
            texts(user, 0).into_iter().filter(|t| t.starts_with(&format!("{key} "))).collect();
        assert_eq!(got, (0..50).map(|n| format!("{key} {n}")).collect::<Vec<_>>(), "in order, each once");
    }
    let seen = marker(&anna, &boris).await;
    boris.react(seen.message_id, &["👍"]);
    together(&anna, &boris).await;
    anna.send_text("/stop");
    sees_part(&boris, "The other person ended the chat").await;
    let stats = app.world.stats();
    assert_eq!(stats.calls("getUpdates"), 0, "it does not poll");
    assert!(stats.webhook_attempts >= 100 && stats.webhook_failures == 0, "{stats:?}");
    assert_eq!((app.count("webhook_strangers"), app.count("webhook_put_off")), (0, 0));
}

/// Guard: the comparison of the secret.
#[tokio::test]
async fn strangers_learn_and_change_nothing() {
    let front = Front::start();
    let app = front.spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    let taken = app.count("updates_accepted");
    let forged = json!({ "update_id": 99_000_001, "message": { "message_id": 1, "date": 1,
        "from": anna.profile(), "chat": { "id": anna.id(), "type": "private" }, "text": "/search" } });
    let longer = format!("{SECRET}x");
    for secret in [None, Some(""), Some("wrong"), Some(&SECRET[1..]), Some(&*longer)] {
        let answer = post(&app, secret, forged.to_string()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{secret:?}");
        assert_eq!(answer.bytes().await.expect("a body").len(), 0);
    }
    assert_eq!(app.count("webhook_strangers"), 5);
    assert_eq!(app.count("updates_accepted"), taken);
    // Nobody has read the body, so a stranger cannot make us hold much either.
    assert_eq!(post(&app, None, vec![b' '; 2 << 20]).await.status(), StatusCode::UNAUTHORIZED);
    let get = reqwest::get(format!("http://{}/webhook/telegram", app.http)).await.expect("an answer");
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    // The same with the secret is an update.
    assert_eq!(post(&app, Some(SECRET), forged.to_string()).await.status(), StatusCode::OK);
    sees_part(&anna, "Looking for").await;
}

#[tokio::test]
async fn what_is_no_update_is_taken_and_counted_and_what_is_huge_is_not() {
    let front = Front::start();
    let app = front.spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let huge = vec![b'x'; (1 << 20) + 1];
    assert_eq!(post(&app, Some(SECRET), huge).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let garbage: [&[u8]; 9] = [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        br#"{"update_id":"seven"}"#,
        br#"{"update_id":-7,"message":{}}"#,
        br#"{"update_id":5,"message":"#,
        b"\xff\xfe{",
    ];
    for (n, body) in garbage.iter().enumerate() {
        assert_eq!(post(&app, Some(SECRET), body.to_vec()).await.status(), StatusCode::OK, "{body:?}");
        assert_eq!(app.count("updates_malformed"), n as u64 + 1, "{body:?}");
    }
    // An update as far as its id goes: journaled, counted, done with.
    let malformed = r#"{"update_id":88000001,"message":{"message_id":"x","chat":[]}}"#;
    assert_eq!(post(&app, Some(SECRET), malformed).await.status(), StatusCode::OK);
    counted(&app, "updates_malformed", garbage.len() as u64 + 1).await;
    assert_eq!(post(&app, Some(SECRET), strange(88_000_002)).await.status(), StatusCode::OK);
    counted(&app, "updates_ignored", 1).await;
    together(&anna, &boris).await;
}

/// I3. Guard: the journal's filter; and that a request which was cut off is finished without its
/// connection.
#[tokio::test]
async fn an_update_that_comes_again_counts_once() {
    let (_simulator, world) = impatient();
    let front = Front::start();
    let app = front.spawn_app(Options { world: Some(world), ..Options::default() });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    marker(&anna, &boris).await;
    front.swallow(5);
    for n in 0..20 {
        anna.send_text(&format!("once {n}"));
    }
    sees(&boris, "once 19").await;
    assert_eq!(front.swallowed(), 5);
    counted(&app, "updates_duplicate", 1).await;

    // One that comes after all that the chat has: ids of a chat grow.
    let id = anna.mark() + 1_000;
    let update = |text: &str| {
        json!({ "update_id": 77_000_001, "message": { "message_id": id, "date": 1, "from": anna.profile(),
            "chat": { "id": anna.id(), "type": "private" }, "text": text } })
        .to_string()
    };
    let twice = [
        post(&app, Some(SECRET), update("the same update")),
        post(&app, Some(SECRET), update("the same update")),
    ];
    for answer in futures_util::future::join_all(twice).await {
        assert_eq!(answer.status(), StatusCode::OK);
    }
    sees(&boris, "the same update").await;
    let (world, data_dir) = app.stop();
    let app = front.spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    assert_eq!(post(&app, Some(SECRET), update("the same update")).await.status(), StatusCode::OK);
    counted(&app, "updates_duplicate", 1).await;
    marker(&anna, &boris).await;
    let times = |text: &str| texts(&boris, 0).iter().filter(|t| *t == text).count();
    assert_eq!(times("the same update"), 1, "I3");
    for n in 0..20 {
        assert_eq!(times(&format!("once {n}")), 1, "once {n} (I3)");
    }
}

/// I2. Guard: the wait for the disk between the journal and the answer.
#[tokio::test]
async fn nothing_is_answered_before_it_is_on_disk() {
    let (disk, journal) = faulty();
    let front = Front::start();
    let app = front.spawn_app(Options { journal: Some(journal), ..Options::default() });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    marker(&anna, &boris).await;
    disk.send_replace(Disk::Stalled);
    let failures = app.world.stats().webhook_failures;
    anna.send_text("kept in the air");
    // The relay need not wait for the disk, and does not.
    sees(&boris, "kept in the air").await;
    let many = async {
        futures_util::future::join_all((0..20).map(|n| post(&app, Some(SECRET), strange(88_000_000 + n))))
            .await
    };
    tokio::pin!(many);
    // All wait for the same sync, not for each other.
    tokio::select! {
        _ = &mut many => panic!("answered before it was on disk"),
        () = counted(&app, "updates_ignored", 20) => {}
    }
    let early = tokio::time::timeout(Duration::from_millis(500), &mut many).await;
    assert!(early.is_err(), "answered before it was on disk");
    assert_eq!(app.count("updates_ignored"), 20);
    assert_eq!(app.world.pending_updates(TOKEN), 1, "Telegram still has what the disk has not");
    disk.send_replace(Disk::Well);
    for answer in many.await {
        assert_eq!(answer.status(), StatusCode::OK);
    }
    boris.send_text("back on the ground");
    sees(&anna, "back on the ground").await;
    assert_eq!(texts(&boris, 0).iter().filter(|t| *t == "kept in the air").count(), 1);
    assert_eq!(app.world.stats().webhook_failures, failures);
}

#[tokio::test]
async fn what_the_journal_cannot_take_stays_with_telegram() {
    let (disk, journal) = faulty();
    let front = Front::start();
    let app = front.spawn_app(Options { journal: Some(journal), ..Options::default() });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    disk.send_replace(Disk::Full);
    let answer = post(&app, Some(SECRET), strange(88_000_001)).await;
    assert_eq!((answer.status(), retry_after(&answer)), (StatusCode::SERVICE_UNAVAILABLE, Some(5)));
    anna.send_text("one");
    anna.send_text("two");
    counted(&app, "webhook_put_off", 2).await;
    assert_eq!(app.world.pending_updates(TOKEN), 2);
    disk.send_replace(Disk::Well);
    sees(&boris, "two").await;
    let got = texts(&boris, 0);
    assert!(got.ends_with(&["one".into(), "two".into()]), "{got:?}");
}

/// An engine that takes no more holds up an answer for a while and not for ever, and promises
/// nothing (I10).
#[tokio::test]
async fn a_full_engine_leaves_updates_with_telegram() {
    const MAX: u64 = 100;
    let front = Front::start();
    let options = Options::default().with("MAX_IN_FLIGHT", MAX).with("DRAIN_TIMEOUT", "0s");
    let app = front.spawn_app(options);
    let first = member(&app.world, "anna", WOMAN).await;
    // Telegram answers nothing, so nothing that is under way comes to its end.
    app.world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 }));
    let start = |n: i64| {
        let id = first.id() + 1_000 + n;
        json!({ "update_id": 88_000_000 + n, "message": { "message_id": 1, "date": 1,
            "from": { "id": id, "is_bot": false, "first_name": "x" },
            "chat": { "id": id, "type": "private" }, "text": "/start" } })
        .to_string()
    };
    let (mut taken, mut waited) = (0, Vec::new());
    let (refused, held_up) = loop {
        let asked = Instant::now();
        let answer = post(&app, Some(SECRET), start(taken)).await;
        if answer.status() != StatusCode::OK {
            break (answer, asked.elapsed());
        }
        waited.push(asked.elapsed());
        taken += 1;
    };
    // But for one or another on a machine that does something else.
    waited.sort_unstable();
    let longest = waited[waited.len() * 19 / 20];
    assert!(
        longest < held_up,
        "some were held up for {longest:?}, the one that found no place for {held_up:?}"
    );
    assert_eq!((refused.status(), retry_after(&refused)), (StatusCode::SERVICE_UNAVAILABLE, Some(2)));
    // Those under way, the queue, the one between them.
    assert!((356..=357).contains(&taken), "{taken}");
}

/// While accepted work finishes, nothing new is promised; and whoever balances load is told.
#[tokio::test]
async fn a_stopping_bot_takes_nothing() {
    let front = Front::start();
    let app = front.spawn_app(Options::default().with("DRAIN_TIMEOUT", "10s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let ready = |http| async move {
        reqwest::get(format!("http://{http}/health/ready")).await.expect("an answer").status()
    };
    assert_eq!(ready(app.http).await, StatusCode::OK);
    app.world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 }));
    let before = app.count("updates_accepted");
    anna.send_text("/help");
    counted(&app, "updates_accepted", before + 1).await;
    app.begin_stop();
    let stopping = async {
        while ready(app.http).await == StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, stopping).await.expect("it says that it is not ready");
    let answer = post(&app, Some(SECRET), strange(88_000_001)).await;
    assert_eq!((answer.status(), retry_after(&answer)), (StatusCode::SERVICE_UNAVAILABLE, Some(1)));
    assert_eq!(app.count("updates_ignored"), 0);
}

/// An operator who takes WEBHOOK_URL out again gets what came meanwhile, by polling.
#[tokio::test]
async fn back_to_polling() {
    let front = Front::start();
    let app = front.spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let (world, data_dir) = app.stop();
    anna.send_text("meanwhile");
    // The first attempts to take the webhook back fail.
    world
        .faults()
        .add(FaultRule::new(FaultAction::ServerErrorBefore { status: 502 }).on("deleteWebhook").times(2));
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    sees(&boris, "meanwhile").await;
    together(&anna, &boris).await;
    assert_eq!(app.world.stats().calls("deleteWebhook"), 3);
    assert!(app.world.stats().calls("getUpdates") > 0);
}

fn registration(simulator: &Simulator, url: &str) -> Registration {
    let client = Client::new(ClientConfig::new(&simulator.url(), token())).expect("a client");
    let setting = config::Webhook { url: url.to_owned(), secret: SECRET.to_owned().into() };
    Registration {
        others: false,
        client: Arc::new(client),
        setting,
        look_every: Duration::from_millis(20),
        condition: Condition::default(),
    }
}

#[tokio::test]
async fn the_webhook_is_set_when_telegram_is_back_and_set_again_when_it_is_gone() {
    let (simulator, world) = impatient();
    world.default_bot(TOKEN);
    world
        .faults()
        .add(FaultRule::new(FaultAction::ServerErrorBefore { status: 500 }).on("setWebhook").times(2));
    let registration = registration(&simulator, "https://bot.example/webhook/telegram");
    let client = registration.client.clone();
    let (_stop, stopped) = watch::channel(false);
    let info = || async { client.webhook_info().await.expect("an answer") };
    let looked_after = async {
        for _ in 0..2 {
            while info().await.url != "https://bot.example/webhook/telegram" {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            client.delete_webhook().await.expect("taken away");
        }
    };
    tokio::select! {
        ended = registration.run(stopped) => panic!("{ended:?}"),
        done = tokio::time::timeout(PATIENCE, looked_after) => done.expect("it is set again"),
    }
    assert_eq!(world.stats().calls("setWebhook"), 4);
}

#[tokio::test]
async fn a_refused_token_ends_the_webhook_as_well() {
    let (simulator, world) = impatient();
    let unauthorized = FaultAction::Error { code: 401, description: "Unauthorized".into() };
    world.faults().add(FaultRule::new(unauthorized));
    let registration = registration(&simulator, "https://bot.example/webhook/telegram");
    let (_stop, stopped) = watch::channel(false);
    let ended = tokio::time::timeout(PATIENCE, registration.run(stopped)).await.expect("it ends by itself");
    assert_eq!(ended, Err(IntakeEnded::Unauthorized));
}
