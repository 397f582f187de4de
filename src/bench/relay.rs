//! `bench relay`: messages between people, at one rate after another.

use super::args::{Relay, Which};
use super::bot_under_test::Subject;
use super::cores::Cores;
use super::counts::Counts;
use super::faults::slow_polls;
use super::generator::{Generator, Load, Sent};
use super::ledger::Plan;
use super::onboarding::pair_everybody;
use super::people::People;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::round::{Mark, Measured, ms};
use super::schedule::Schedule;
use super::servers::Servers;
use super::verdict::Reason;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Between the end of one rate and the beginning of the next.
const PAUSE: Duration = Duration::from_secs(1);
/// How often is looked whether everything has arrived.
const GLANCE: Duration = Duration::from_millis(20);
const MIB: f64 = 1024.0 * 1024.0;

/// One rate.
struct Run {
    rate: u32,
    counts: Counts,
    lost: u64,
    refused: u64,
    rounds: Vec<Measured>,
    rest: Option<u64>,
    reasons: Vec<Reason>,
}

/// Measures.
pub async fn run(args: Relay, cores: Cores) -> anyhow::Result<Report> {
    ensure!(args.users.is_multiple_of(2), "--users has to be even: everybody is paired with one other");
    ensure!(args.duration >= Duration::from_millis(100), "--duration is at least 100ms");
    let mut progress = Progress::new();
    progress.step(|| "starting".into());
    let people = People::for_bot(args.users, &args.which, args.output.seed)?;
    let servers = Servers::start(&args.surroundings).await?;
    let mut subject = Subject::start(&args.which, &args.surroundings, &people, &servers, &cores).await?;
    let within =
        args.pairing_timeout.unwrap_or(Duration::from_secs(60) + Duration::from_millis(50) * args.users);
    pair_everybody(&people, &mut subject, within, &mut progress).await?;
    args.faults.apply(&people.world);
    args.poll_latency.into_iter().for_each(|latency| slow_polls(&people.world, latency));

    let mut report = Report::new("relay", &args.output, &cores);
    report.setting("users", args.users);
    report.setting("rates", &args.rates);
    report.setting("duration_s", args.duration.as_secs_f64());
    report.setting("warm_up_s", args.warm_up.as_secs_f64());
    report.setting("rounds", args.rounds);
    report.setting("mix", args.mix.to_string());
    report.setting("faults", args.faults.to_string());
    report.setting("poll_latency_ms", args.poll_latency.unwrap_or_default().as_secs_f64() * 1e3);
    report.setting("updates", format!("{:?}", args.surroundings.updates).to_lowercase());
    report.setting("subject", subject.describe());
    report.setting("servers", servers.describe());
    note_what_is_not_measured(&mut report, &args.which);

    let mut runs: Vec<Run> = Vec::new();
    for rate in &args.rates {
        tokio::time::sleep(PAUSE).await;
        let run = one_rate(&args, *rate, &people, &servers, &mut subject, &mut progress).await?;
        let stuck = run.lost > 0 || run.reasons.iter().any(|r| matches!(r, Reason::BotEnded(_)));
        runs.push(run);
        if stuck && runs.len() < args.rates.len() {
            report.note(format!(
                "Rates after {rate} a second were left out: messages were missing at its end."
            ));
            break;
        }
    }
    drop(progress);
    report.data("faults_applied", json!(people.world.stats().faults));
    if !subject.stop().await {
        report.note("The bot did not end on SIGTERM in time and was killed.".to_owned());
    }
    fill(&mut report, &runs);
    Ok(report)
}

fn note_what_is_not_measured(report: &mut Report, which: &Which) {
    if which.target.is_some() {
        report.note("Somebody else started the bot: its CPU time and memory are not measured.".to_owned());
    }
    if which.nodes > 1 {
        report.note(format!(
            "{} nodes share the cores set aside for the bot; CPU time and memory are of all together.",
            which.nodes
        ));
    }
}

async fn one_rate(
    args: &Relay,
    rate: u32,
    people: &People,
    servers: &Servers,
    subject: &mut Subject,
    progress: &mut Progress,
) -> anyhow::Result<Run> {
    let ledger = &people.ledger;
    let rest = subject.usage().map(|usage| usage.resident);
    let before = ledger.counts();
    let plan = Plan {
        start: Instant::now() + Duration::from_millis(50),
        warm_up: args.warm_up,
        round: args.duration,
        rounds: args.rounds,
    };
    ledger.begin(plan);
    let seed = args.output.seed ^ u64::from(rate);
    let generator = Generator::start(Load {
        users: people.users.clone(),
        ledger: ledger.clone(),
        mix: args.mix.clone(),
        schedule: Schedule::new(args.users, f64::from(rate), plan.total(), seed),
        plan,
        seed,
    })
    .context("the load cannot be started")?;

    let mut marks = Vec::with_capacity(args.rounds as usize + 1);
    let mut ended = None;
    for n in 0..=args.rounds {
        let until = plan.start + plan.warm_up + plan.round * n;
        while ended.is_none() && Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            tokio::time::sleep(left.min(Duration::from_millis(100))).await;
            let counts = ledger.counts();
            progress.show(|| {
                let sent = counts.sent - before.sent;
                let under_way = sent.saturating_sub(counts.arrived - before.arrived);
                let part =
                    if n == 0 { "warm-up".to_owned() } else { format!("round {n} of {}", args.rounds) };
                format!("{rate} a second, {part}: {sent} sent, {under_way} under way")
            });
            ended = subject.check().err().map(|error| Reason::BotEnded(format!("{error:#}")));
        }
        marks.push(Mark::take(people, subject, servers));
    }
    if ended.is_some() {
        // Sends no more into the void.
        drop(generator);
        return Ok(finish(rate, before, people, marks, None, rest, ended));
    }
    let until = Instant::now() + args.patience;
    while Instant::now() < until {
        let counts = ledger.counts();
        if generator.is_done() && counts.arrived - before.arrived >= counts.sent - before.sent {
            break;
        }
        progress.show(|| format!("{rate} a second: waiting for {} messages", counts.sent - counts.arrived));
        tokio::time::sleep(GLANCE).await;
    }
    // A second copy comes, if at all, soon after the first.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let sent = generator.finish();
    Ok(finish(rate, before, people, marks, sent, rest, None))
}

fn finish(
    rate: u32,
    before: Counts,
    people: &People,
    marks: Vec<Mark>,
    sent: Option<Sent>,
    rest: Option<u64>,
    ended: Option<Reason>,
) -> Run {
    let counts = people.ledger.counts().since(before);
    let lost = counts.missing();
    let mut reasons: Vec<Reason> = ended.into_iter().chain(counts.problems()).collect();
    let (mut rounds, mut refused) = (Vec::new(), 0);
    match sent {
        Some(sent) => {
            refused = sent.refused;
            let latencies = people.ledger.latencies();
            let parts = marks.windows(2).zip(latencies).zip(sent.lateness);
            rounds = parts
                .map(|((marks, latency), late)| Measured::between(&marks[0], &marks[1], latency, late))
                .collect();
            if refused > 0 {
                reasons.push(Reason::Refused(refused));
            }
            for (n, round) in rounds.iter().enumerate() {
                reasons.extend(round.problems(n + 1));
            }
        }
        None if reasons.is_empty() => reasons.push(Reason::Failed("the load did not run to its end".into())),
        None => {}
    }
    Run { rate, counts, lost, refused, rounds, rest, reasons }
}

/// Whether as much arrived as was due, within a twentieth.
fn keeps_up(run: &Run, all: &Measured) -> bool {
    all.throughput() >= 0.95 * f64::from(run.rate)
}

fn run_json(run: &Run, all: Option<&Measured>) -> Value {
    let mut value = all.map_or_else(|| json!({}), Measured::json);
    let more = json!({
        "rate": run.rate,
        "kept_up": all.is_some_and(|all| keeps_up(run, all)),
        "void": !run.reasons.is_empty(),
        "void_reasons": run.reasons.iter().map(Reason::json).collect::<Vec<_>>(),
        "sent": run.counts.sent,
        "arrived": run.counts.arrived,
        "lost": run.lost,
        "doubled": run.counts.doubled,
        "reordered": run.counts.reordered,
        "astray": run.counts.astray,
        "refused": run.refused,
        "rss_rest_bytes": run.rest,
        "rounds": run.rounds.iter().map(Measured::json).collect::<Vec<_>>(),
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

fn fill(report: &mut Report, runs: &[Run]) {
    let mut table = Table::new(
        "Relayed messages",
        &[
            "rate/s",
            "arrived/s",
            "p50 ms",
            "p90 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "CPU s/M",
            "servers CPU s/M",
            "RSS rest MiB",
            "RSS load MiB",
            "load busy",
            "late p99 ms",
        ],
    );
    let mut json_runs = Vec::new();
    let mut series: [Vec<(f64, f64)>; 4] = Default::default();
    let (mut arrived, mut cpu, mut rest, mut loaded) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in runs {
        let all = Measured::together(&run.rounds);
        json_runs.push(run_json(run, all.as_ref()));
        for reason in &run.reasons {
            report.void(format!("{}/s", run.rate), reason.clone());
        }
        let Some(all) = all else { continue };
        let at = f64::from(run.rate);
        if !keeps_up(run, &all) {
            report.note(format!(
                "The bot did not keep up with {} a second: its latencies there grow for as long as the round lasts.",
                run.rate
            ));
        }
        let quantiles = [0.5, 0.9, 0.99, 0.999].map(|q| ms(&all.latency, q));
        for (line, value) in series.iter_mut().zip(quantiles) {
            line.push((at, value));
        }
        arrived.push((at, all.throughput()));
        cpu.extend(all.bot_per_million().map(|v| (at, v)));
        rest.extend(run.rest.map(|v| (at, v as f64 / MIB)));
        loaded.extend(all.resident.map(|v| (at, v as f64 / MIB)));
        let mib = |bytes: Option<u64>| Cell::maybe(bytes.map(|b| b as f64 / MIB), 1);
        table.row(
            vec![
                Cell::number(at, 0),
                Cell::number(all.throughput(), 0),
                Cell::number(quantiles[0], 2),
                Cell::number(quantiles[1], 2),
                Cell::number(quantiles[2], 2),
                Cell::number(quantiles[3], 2),
                Cell::number(all.latency.max() as f64 / 1e3, 2),
                Cell::maybe(all.bot_per_million(), 2),
                Cell::number(all.servers.as_secs_f64() * 1e6 / all.arrived.max(1) as f64, 2),
                mib(run.rest),
                mib(all.resident),
                Cell::percent(all.busy()),
                Cell::number(ms(&all.lateness, 0.99), 2),
            ],
            !run.reasons.is_empty(),
        );
    }
    report.table(table);
    let [p50, p90, p99, p999] = series;
    report.chart(
        Chart::new("Latency by load", "messages a second, due", "ms from due to arrival")
            .logarithmic()
            .line("p50", p50)
            .line("p90", p90)
            .line("p99", p99)
            .line("p99.9", p999),
    );
    let due = arrived.iter().map(|(rate, _)| (*rate, *rate)).collect();
    report.chart(
        Chart::new("Throughput", "messages a second, due", "messages a second")
            .line("arrived", arrived)
            .line("due", due),
    );
    report.chart(
        Chart::new("CPU", "messages a second, due", "CPU seconds for a million messages").line("bot", cpu),
    );
    report.chart(
        Chart::new("Memory", "messages a second, due", "MiB resident")
            .line("at rest", rest)
            .line("under load", loaded),
    );
    report.data("runs", json_runs.into());
}
