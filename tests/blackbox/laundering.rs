//! Files that are uploaded anew: slow, hanging, remembered.

use crate::common::{receives, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{chatting, sees};
use nameless_simulator::{FaultAction, FaultRule, Outgoing, SimUser};
use std::time::{Duration, Instant};

fn document(bytes: usize) -> Outgoing {
    Outgoing::document().file_name("annas secret.pdf").mime("application/pdf").bytes(vec![b'x'; bytes])
}

fn sticker() -> Outgoing {
    Outgoing::sticker().set_name("annas_pack")
}

async fn receive(from: &SimUser, to: &SimUser, what: Outgoing, kind: &str) {
    let mark = to.mark();
    from.send(what);
    receives(to, mark, kind).await;
}

/// Guard: the copies in the store.
#[tokio::test]
async fn a_copy_is_remembered_over_a_restart() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let sent = anna.mark();
    receive(&anna, &boris, sticker(), "sticker").await;
    let file = anna.chat().into_iter().find(|m| m.message_id > sent && m.kind() == "sticker").expect("sent");
    let (world, data_dir) = app.stop();
    let uploads = world.stats().calls("getFile");
    assert!(uploads >= 1);
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    // The same file: as a favourite is sent again and again.
    let raw = serde_json::json!({ "sticker": file.json["sticker"] });
    receive(&anna, &boris, Outgoing::raw(raw), "sticker").await;
    assert_eq!(app.world.stats().calls("getFile"), uploads, "one call instead of three");
}

#[tokio::test]
async fn a_file_that_is_unavailable_for_a_moment_arrives() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let description = "Bad Request: wrong file_id or the file is temporarily unavailable".into();
    let mark = anna.mark();
    // Its words cover what the server that holds the file says, which may come as it is, too.
    let passing = [
        FaultAction::Error { code: 400, description },
        FaultAction::TooManyRequests { retry_after: 1 },
        FaultAction::ServerErrorBefore { status: 500 },
        FaultAction::Page { status: 502 },
    ];
    let tries = passing.len() as u64 + 1;
    for busy in passing {
        app.world.faults().add(FaultRule::new(busy).on("getFile").times(1));
    }
    receive(&anna, &boris, document(1_000), "document").await;
    assert_eq!(app.world.stats().calls("getFile"), tries);
    anna.send_text("next");
    sees(&boris, "next").await;
    assert!(
        anna.chat().iter().all(|m| m.message_id <= mark || m.text().is_none_or(|t| !t.contains("arrive")))
    );
    // For good it is a refusal, and nobody is asked to send it again.
    let gone = FaultAction::Error { code: 400, description: "Bad Request: file is too big".into() };
    app.world.faults().add(FaultRule::new(gone).on("getFile").times(1));
    let mark = anna.mark();
    anna.send(document(1_000).file_name("another.pdf"));
    told(&anna, mark, "over 20 MB").await;
}

/// How long texts take, sorted.
async fn texts_take(a: &SimUser, b: &SimUser, what: &str) -> Vec<Duration> {
    let mut took = Vec::new();
    for n in 0..100 {
        let began = Instant::now();
        let text = format!("{what} {n}");
        a.send_text(&text);
        sees(b, &text).await;
        took.push(began.elapsed());
    }
    took.sort();
    took
}

/// How long a file hangs.
const HANGS: Duration = Duration::from_secs(8);

/// Large files and stickers that hang at getFile, more than there are places for the former. The
/// ratio of the slowest texts is printed; it is that of the usual ones which is asserted, and that
/// none waits for a file: other tests run beside this one.
#[tokio::test]
async fn texts_do_not_wait_for_files_that_hang() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let pairs = pairs(&app, 8).await;
    let calm = texts_take(&anna, &boris, "calm").await;
    let ms = HANGS.as_millis() as u64;
    app.world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: ms, max_ms: ms }).on("getFile"));
    for (from, _) in &pairs {
        from.send(document(2 << 20));
        from.send(sticker());
    }
    while app.world.stats().calls("getFile") < 4 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let busy = texts_take(&anna, &boris, "busy").await;
    let p99 = |took: &[Duration]| took[took.len() * 99 / 100 - 1].as_secs_f64();
    let (before, after) = (p99(&calm), p99(&busy));
    println!("p99 of texts: calm {before:.4} s, laundering saturated {after:.4} s: {:.2}", after / before);
    let half = |took: &[Duration]| took[took.len() / 2].as_secs_f64();
    assert!(half(&busy) < 5.0 * half(&calm) + 0.05, "calm {} s, busy {} s", half(&calm), half(&busy));
    assert!(after < HANGS.as_secs_f64() / 2.0, "one waited {after} s for a file");
    app.world.faults().clear();
    for (_, to) in &pairs {
        receives(to, 0, "document").await;
    }
}

async fn pairs(app: &TestApp, n: usize) -> Vec<(SimUser, SimUser)> {
    let mut pairs = Vec::new();
    for i in 0..n {
        pairs.push(chatting(&app.world, &format!("a{i}"), &format!("b{i}")).await);
    }
    pairs
}
