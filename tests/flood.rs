//! Floods (I10): every queue is bounded, one who writes too much is told, nobody else waits, memory is flat.

mod support;

use nameless_actors::Engine;
use nameless_simulator::ChatMessage;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use support::app::{Options, spawn_app};
use support::crowd::{self, all_done, all_heard_in_order, say, until};

const LONG: Duration = Duration::from_secs(60);

/// Looks at the levels all the time and keeps the highest.
struct Watch {
    over: Arc<AtomicBool>,
    in_flight: Arc<AtomicU64>,
    depth: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<()>,
}

impl Watch {
    fn begin(engine: &Arc<Engine>) -> Watch {
        let (over, in_flight, depth) = <(Arc<AtomicBool>, Arc<AtomicU64>, Arc<AtomicU64>)>::default();
        let thread = std::thread::spawn({
            let (engine, over, in_flight, depth) =
                (engine.clone(), over.clone(), in_flight.clone(), depth.clone());
            move || {
                while !over.load(Ordering::Relaxed) {
                    in_flight.fetch_max(engine.in_flight().0.into(), Ordering::Relaxed);
                    depth.fetch_max(engine.meters().outbox_depth.get(), Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        Watch { over, in_flight, depth, thread }
    }

    /// The highest levels seen: updates under way, calls waiting in the outbox.
    fn end(self) -> (u64, u64) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("the watch");
        (self.in_flight.load(Ordering::Relaxed), self.depth.load(Ordering::Relaxed))
    }
}

/// Resident memory of this process, kB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn floods(messages: &[ChatMessage]) -> Vec<u32> {
    let number = |m: &ChatMessage| m.text()?.strip_prefix("flood ")?.parse().ok();
    messages.iter().filter(|m| m.from_bot).filter_map(number).collect()
}

#[tokio::test]
async fn a_flooder_is_told_once_and_nobody_else_waits() {
    const MAX: u64 = 100;
    // The partner's chat takes 20 at once and then 50/s: the flooder's gate (32) fills whatever the machine.
    let options = Options::default()
        .with("MAX_IN_FLIGHT", MAX)
        .with("SESSION_PERMITS", 32)
        .with("CHAT_RATE", 50)
        .with("CHAT_BURST", 20);
    let app = spawn_app(options);
    let chats = crowd::chats(&app, 51).await;
    let (flood, normal) = chats.split_last().expect("chats");
    say(&chats, 0..2);
    all_heard_in_order(&chats, 2, LONG).await;
    let before = resident();
    let watch = Watch::begin(&app.engine);
    let [flooder, partner] = &flood.members;
    for n in 0..1_000 {
        flooder.send_text(&format!("flood {n}"));
        if n % 200 == 0 {
            say(normal, 2 + n / 200..3 + n / 200);
        }
    }
    all_heard_in_order(normal, 7, LONG).await;
    until("the flood is over", LONG, || app.count("updates_accepted") >= 204 + 500 + 1_000).await;
    all_done(&app).await;
    let (in_flight, depth) = watch.end();
    let grown = resident().saturating_sub(before);

    // Every text of the flood was passed on or turned away, none vanished.
    let refused = usize::try_from(app.count("updates_refused")).expect("a small number");
    let passed = floods(&partner.chat()).len();
    assert!(passed + refused >= 1_000, "{passed} passed, {refused} turned away");
    assert!(in_flight <= MAX, "{in_flight} under way");
    // Each update under way makes at most a relay and a line of the bot itself.
    assert!(depth <= 2 * MAX, "{depth} calls wait");
    assert!(grown < 64 * 1024, "{grown} kB");
}

#[tokio::test]
async fn with_few_places_intake_waits_and_nothing_is_lost() {
    const MAX: u64 = 100;
    let app = spawn_app(Options::default().with("MAX_IN_FLIGHT", MAX));
    let chats = crowd::chats(&app, 150).await;
    say(&chats, 0..8);
    let watch = Watch::begin(&app.engine);
    all_heard_in_order(&chats, 8, LONG).await;
    let (in_flight, depth) = watch.end();
    println!("under way {in_flight}, depth {depth}");
    assert!((MAX / 2..=MAX).contains(&in_flight), "{in_flight} under way: full, and no more");
    assert!(depth <= MAX, "{depth} calls wait");
    assert_eq!(app.count("updates_refused"), 0);
    all_done(&app).await;
}
