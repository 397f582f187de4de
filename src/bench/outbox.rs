//! `bench outbox`: how fast waiting messages leave, and whether 429s are obeyed meanwhile.
//!
//! The backlog is made by a Telegram that is slow while people write, so that everything waits in
//! the outbox; then it is quick again, and the messages leave.

use super::args::OutboxArgs;
use super::child::Process;
use super::cores::Cores;
use super::ledger::FIRST_ID;
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::testbed::Testbed;
use super::verdict::Reason;
use anyhow::ensure;
use nameless_simulator::{FaultAction, FaultRule, Limits};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How slow Telegram is while the backlog is made.
const SLOW_MS: u64 = 400;
/// Every how many chats one is told to wait.
const EVERY: usize = 10;
/// How often is looked how much has arrived.
const GLANCE: Duration = Duration::from_millis(5);

/// What kind of Telegram the backlog leaves to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// One without limits.
    Free,
    /// One that tells each tenth chat to wait for a second, once.
    SomeChatsWait,
    /// One that takes so many messages a second of all chats together.
    Global(u32),
}

struct Drained {
    messages: u64,
    seconds: f64,
    rate: f64,
    told: u64,
    too_soon: u64,
    curve: Vec<(f64, f64)>,
}

/// Measures.
pub async fn run(args: OutboxArgs, cores: Cores) -> anyhow::Result<Report> {
    // The engine takes 32 updates of a person and 20,000 of all before it refuses some or waits
    // (README).
    ensure!(
        args.messages <= 30 * args.users,
        "--messages is at most 30 times --users: the engine refuses floods"
    );
    let mut report = Report::new("outbox", &args.output, &cores);
    report.setting("messages", args.messages);
    report.setting("global_rate", args.global_rate);
    let mut table = Table::new(
        "Backlog leaving",
        &["Telegram", "messages", "seconds", "messages/s", "429s", "calls too soon"],
    );
    let mut chart =
        Chart::new("Backlog leaving", "seconds since Telegram is quick again", "messages that arrived");
    let mut steps = Vec::new();
    for step in [Step::Free, Step::SomeChatsWait, Step::Global(args.global_rate)] {
        let name = match step {
            Step::Free => "without limits".to_owned(),
            Step::SomeChatsWait => format!("one chat in {EVERY} waits 1 s"),
            Step::Global(rate) => format!("takes {rate}/s of all"),
        };
        let mut progress = Progress::new();
        let limits = match step {
            Step::Global(rate) => {
                Limits { global_rate: f64::from(rate), global_burst: rate, enforce_429: true, ..unlimited() }
            }
            _ => unlimited(),
        };
        let users = args.users - args.users % 2;
        let mut ground =
            Testbed::prepare(users, &args.surroundings, &args.output, limits, &mut progress).await?;
        if step == Step::Free {
            ground.describe(&mut report);
        }
        let mut process = ground.launch(&ground.engine, &cores).await?;
        let drained = drain(step, &args, &mut ground, &mut process, &mut progress).await;
        drop(progress);
        let drained = match drained {
            Ok(drained) => drained,
            Err(error) => {
                process.check()?;
                report.void(name, Reason::Failed(format!("{error:#}")));
                continue;
            }
        };
        process.stop().await;
        let counts = ground.people.ledger.counts();
        let mut void = Vec::new();
        for (n, reason) in [
            (counts.doubled, Reason::Doubled(counts.doubled)),
            (counts.reordered, Reason::Reordered(counts.reordered)),
            (counts.astray, Reason::Astray(counts.astray)),
        ] {
            if n > 0 {
                void.push(reason);
            }
        }
        if drained.too_soon > 0 {
            void.push(Reason::Failed(format!("{} calls came before they were allowed to", drained.too_soon)));
        }
        steps.push(json_of(&name, &drained, &void));
        table.row(
            vec![
                Cell::text(&name),
                Cell::number(drained.messages as f64, 0),
                Cell::number(drained.seconds, 2),
                Cell::number(drained.rate, 0),
                Cell::number(drained.told as f64, 0),
                Cell::number(drained.too_soon as f64, 0),
            ],
            !void.is_empty(),
        );
        chart = chart.line(&name, drained.curve);
        void.into_iter().for_each(|reason| report.void(name.clone(), reason));
    }
    report.note(format!(
        "Messages a second are those between the first and the last tenth. At the beginning calls of the slow time \
         (up to {SLOW_MS} ms) are still under way."
    ));
    report.table(table);
    report.chart(chart);
    report.data("steps", steps.into());
    Ok(report)
}

fn json_of(name: &str, drained: &Drained, void: &[Reason]) -> Value {
    json!({
        "telegram": name, "messages": drained.messages, "seconds": drained.seconds, "messages_per_s": drained.rate,
        "answers_429": drained.told, "calls_too_soon": drained.too_soon, "void": !void.is_empty(),
    })
}

async fn drain(
    step: Step,
    args: &OutboxArgs,
    ground: &mut Testbed,
    process: &mut Process,
    progress: &mut Progress,
) -> anyhow::Result<Drained> {
    let until = Instant::now() + args.patience;
    // All sessions are awake, all pairs loaded.
    ground.everybody_writes(process, args.patience, progress).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = ground.people.ledger.counts();
    let (told_before, too_soon_before) = ground.people.ledger.waits().counts();
    let faults = ground.people.world.faults();
    let slow = FaultAction::Latency { min_ms: SLOW_MS, max_ms: SLOW_MS };
    ensure!(faults.add(FaultRule::new(slow).on("sendMessage")), "no room for a fault");
    let users = ground.people.users.len() as u32;
    ground.write((0..args.messages).map(|n| n % users), Instant::now())?;
    // Taken by the engine: what is not on its way to Telegram waits in the outbox.
    while ground.people.world.pending_updates(&ground.people.token) > 0 {
        process.check()?;
        ensure!(Instant::now() < until, "the engine does not take the messages in time");
        progress.show(|| format!("{} messages wait", ground.under_way()));
        tokio::time::sleep(GLANCE).await;
    }
    ground.people.world.faults().clear();
    if step == Step::SomeChatsWait {
        for n in (0..users as usize).step_by(EVERY) {
            let wait = FaultRule::new(FaultAction::TooManyRequests { retry_after: 1 });
            // A thousand rules at most; more chats than that need not wait.
            ground.people.world.faults().add(wait.on("sendMessage").chat(FIRST_ID + n as i64).times(1));
        }
    }
    let began = Instant::now();
    let waiting = ground.under_way();
    let gone = ground.people.ledger.arrived();
    let mut curve: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    while ground.under_way() > 0 {
        process.check()?;
        ensure!(Instant::now() < until, "{} messages did not leave in time", ground.under_way());
        tokio::time::sleep(GLANCE).await;
        curve.push((began.elapsed().as_secs_f64(), (ground.people.ledger.arrived() - gone) as f64));
        progress.show(|| format!("{} messages wait", ground.under_way()));
    }
    let seconds = began.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (told, too_soon) = ground.people.ledger.waits().counts();
    let at =
        |share: f64| curve.iter().find(|(_, n)| *n >= share * waiting as f64).copied().unwrap_or((0.0, 0.0));
    let ((from, n), (to, m)) = (at(0.1), at(0.9));
    let rate = if to > from { (m - n) / (to - from) } else { waiting as f64 / seconds.max(1e-9) };
    ensure!(
        ground.people.ledger.counts().sent - before.sent == u64::from(args.messages),
        "not all were sent"
    );
    Ok(Drained {
        messages: waiting,
        seconds,
        rate,
        told: told - told_before,
        too_soon: too_soon - too_soon_before,
        curve: thinned(&curve),
    })
}

/// Two hundred points are enough for a line.
fn thinned(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = curve.len().div_ceil(200).max(1);
    curve.iter().step_by(step).chain(curve.last()).copied().collect()
}
