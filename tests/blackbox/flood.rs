//! Floods (I10): every queue is bounded, one who writes too much is told, nobody else waits, memory
//! is flat.

use crate::support::app::{Options, spawn_app};
use crate::support::crowd::{self, Chat, all_done, all_heard_in_order, say, until};
use nameless_actors::Engine;
use nameless_simulator::{ChatEvent, ChatMessage};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
    // The partner's chat takes 20 at once and then 50/s: the flooder's gate (32) fills whatever the
    // machine.
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

/// How large a comparison is.
struct Size {
    chats: usize,
    /// Texts a second of all normal people together.
    rate: u64,
    rounds: usize,
    /// Of each half of a round: calm, then flood.
    half: Duration,
}

/// Texts a second of the flooder.
const FLOOD: u64 = 1_000;
/// So many times as many rounds at the most, where something else keeps the machine busy.
const MORE: usize = 4;
/// What a clock and a scheduler may add to a p99 of a few milliseconds.
const JITTER: Duration = Duration::from_millis(2);

/// Normal people who write all the time; every text tells when it was written, so what arrives
/// tells how long it took.
struct Normal {
    began: Instant,
    sent: AtomicU64,
    /// When each text was written, and how long it took.
    arrived: Mutex<Vec<(Duration, Duration)>>,
    over: AtomicBool,
}

impl Normal {
    /// A moment as letters: digits could be taken for somebody's number.
    fn text(&self) -> String {
        let micros = format!("{:x}", self.began.elapsed().as_micros());
        format!("tick {}", micros.bytes().map(|b| char::from(b'a' + hex(b))).collect::<String>())
    }

    fn written(text: &str) -> Option<Duration> {
        let letters = text.strip_prefix("tick ")?;
        let micros = letters.bytes().fold(0, |n, letter| n << 4 | u64::from(letter - b'a'));
        Some(Duration::from_micros(micros))
    }

    /// Everybody in turn, `rate` texts a second, until it is over.
    fn talk(&self, chats: &[Chat], rate: u64) {
        let mut turn = 0;
        while !self.over.load(Ordering::Acquire) {
            let due = self.began.elapsed().as_micros() as u64 * rate / 1_000_000;
            while self.sent.load(Ordering::Acquire) < due {
                let chat = &chats[turn % chats.len()];
                chat.members[turn / chats.len() % 2].send_text(&self.text());
                self.sent.fetch_add(1, Ordering::AcqRel);
                turn += 1;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// p99 of what was written from `from` to `to`.
    fn p99(&self, from: Duration, to: Duration) -> Duration {
        let arrived = self.arrived.lock().expect("arrivals");
        let of_phase = arrived.iter().filter(|(written, _)| (from..to).contains(written));
        let mut latencies: Vec<Duration> = of_phase.map(|(_, latency)| *latency).collect();
        latencies.sort_unstable();
        assert!(latencies.len() >= 100, "{} texts are too few", latencies.len());
        latencies[latencies.len() * 99 / 100]
    }
}

fn hex(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

/// One who writes a thousand texts a second, for some seconds again and again: what others write
/// takes at most twice as long as in the calm between, nothing of it is lost, and the memory is
/// that of the first flood. Of each the best round counts: the machine's other work comes and goes,
/// and only adds; a flood that slows others does so in every round.
async fn compare(size: Size) {
    // One may write as much as by default.
    let options = Options::default().with("USER_RATE", 5).with("USER_BURST", 30);
    let app = spawn_app(options);
    let chats = Arc::new(crowd::chats(&app, size.chats + 1).await);
    // A bot cannot write first; and every session and pair is loaded before anything is measured.
    say(&chats, 0..1);
    all_heard_in_order(&chats, 1, LONG).await;
    let (flood, normal_chats) = chats.split_last().expect("chats");
    let normal = Arc::new(Normal {
        began: Instant::now(),
        sent: AtomicU64::new(0),
        arrived: Mutex::default(),
        over: AtomicBool::new(false),
    });
    for member in normal_chats.iter().flat_map(|chat| &chat.members) {
        let (mut events, normal) = (member.events(), normal.clone());
        tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                let ChatEvent::MessageAdded { message } = &*event else { continue };
                if let Some(written) = message.text().filter(|_| message.from_bot).and_then(Normal::written) {
                    let latency = normal.began.elapsed().saturating_sub(written);
                    normal.arrived.lock().expect("arrivals").push((written, latency));
                }
            }
        });
    }
    let talking = std::thread::spawn({
        let (chats, normal, rate) = (chats.clone(), normal.clone(), size.rate);
        move || normal.talk(&chats[..chats.len() - 1], rate)
    });
    let (mut calms, mut storms, mut after_first, mut flooded) = (Vec::new(), Vec::new(), 0, 0);
    let is_even = |calms: &[Duration], storms: &[Duration]| {
        let best = |of: &[Duration]| of.iter().min().copied().expect("a round");
        best(storms) <= best(calms) * 2 + JITTER
    };
    for round in 0..MORE * size.rounds {
        // As many as asked for; more only while none was good enough.
        if round >= size.rounds && is_even(&calms, &storms) {
            break;
        }
        let calm = normal.began.elapsed();
        tokio::time::sleep(size.half).await;
        let storm = normal.began.elapsed();
        let flooder = std::thread::spawn({
            let (user, half) = (flood.members[0].clone(), size.half);
            move || {
                let (began, mut sent) = (Instant::now(), 0);
                while began.elapsed() < half {
                    while sent < began.elapsed().as_micros() as u64 * FLOOD / 1_000_000 {
                        user.send_text(&format!("flood {sent}"));
                        sent += 1;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                sent
            }
        });
        until("the flood is over", LONG, || flooder.is_finished()).await;
        let end = normal.began.elapsed();
        flooded += flooder.join().expect("the flooder");
        until("all that was written in it arrives", LONG, || {
            let arrived = normal.arrived.lock().expect("arrivals").len() as u64;
            arrived >= end.as_micros() as u64 * size.rate / 1_000_000
        })
        .await;
        let (calm, storm) = (normal.p99(calm, storm), normal.p99(storm, end));
        println!("round {round}: p99 {calm:?} in the calm, {storm:?} in the flood");
        calms.push(calm);
        storms.push(storm);
        if round == 0 {
            after_first = resident();
        }
    }
    normal.over.store(true, Ordering::Release);
    until("the talk is over", LONG, || talking.is_finished()).await;
    let sent = normal.sent.load(Ordering::Acquire);
    until("everything arrives", LONG, || normal.arrived.lock().expect("arrivals").len() as u64 >= sent).await;
    let grown = resident().saturating_sub(after_first);
    let refused = app.count("updates_refused");
    println!("{flooded} texts of the flood, {refused} turned away; {sent} of the others; {grown} kB grown");
    assert_eq!(normal.arrived.lock().expect("arrivals").len() as u64, sent, "each once");
    // However slow the machine, it is a flood if it is many times what one may write: 30 at once,
    // and 5 a second.
    let allowed = 30.0 + 5.0 * normal.began.elapsed().as_secs_f64();
    assert!(flooded as f64 >= 10.0 * allowed, "{flooded} are no flood where {allowed} are allowed");
    assert!(refused as f64 >= 0.8 * flooded as f64, "{refused} of {flooded} turned away");
    // What grows is the simulator's memory of what the others said, about 1 kB a text; of the flood
    // it keeps a part.
    assert!(grown < 64 * 1024, "{grown} kB");
    assert!(is_even(&calms, &storms), "p99 of the others: {calms:?} in the calm, {storms:?} in the flood");
    all_done(&app).await;
}

#[tokio::test]
async fn one_who_floods_does_not_slow_the_others() {
    compare(Size { chats: 250, rate: 250, rounds: 4, half: Duration::from_millis(1_500) }).await;
}

/// The numbers of the promise: 5,000 others. Runs with `NAMELESS_SOAK=1`.
#[tokio::test]
async fn one_who_floods_does_not_slow_five_thousand_others() {
    if std::env::var_os("NAMELESS_SOAK").is_some_and(|v| v == "1") {
        compare(Size { chats: 2_500, rate: 500, rounds: 5, half: Duration::from_secs(10) }).await;
    }
}
