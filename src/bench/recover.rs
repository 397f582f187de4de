//! `bench recover`: how soon chats go on after kill -9.

use super::args::Recover;
use super::cores::Cores;
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::round::ms;
use super::testbed::Testbed;
use super::verdict::Reason;
use nameless_domain::random::Random;
use serde_json::json;
use std::time::{Duration, Instant};

/// After the last message, before the kill: what is on its way into the store gets there, so that a
/// kill finds all sessions at rest. What a kill does to messages under way is what `tests/kill`
/// checks.
const REST: Duration = Duration::from_millis(500);

/// Measures.
pub async fn run(args: Recover, cores: Cores) -> anyhow::Result<Report> {
    let mut progress = Progress::new();
    let mut ground =
        Testbed::prepare(args.users, &args.surroundings, &args.output, unlimited(), &mut progress).await?;
    let mut report = Report::new("recover", &args.output, &cores);
    ground.describe(&mut report);
    let chats = args.users / 2;
    let probes = args.probes.unwrap_or(chats).clamp(1, chats);
    report.setting("chats", chats);
    report.setting("probed_chats", probes);
    report.setting("rounds", args.rounds);
    let mut table = Table::new(
        "After kill -9",
        &["kill", "first call ms", "first chat ms", "p50 ms", "p99 ms", "last chat ms", "probed chats"],
    );
    let mut random = Random::for_purpose(args.output.seed, 0x4EC);
    let (mut rounds, mut first_line, mut last_line) = (Vec::new(), Vec::new(), Vec::new());
    let mut process = ground.launch(&ground.engine, &cores).await?;
    for n in 1..=args.rounds {
        // All sessions are in memory, all pairs loaded.
        ground.everybody_writes(&mut process, args.patience, &mut progress).await?;
        tokio::time::sleep(REST).await;
        let before = ground.people.ledger.counts();
        let calls = ground.beginnings();
        let killed = Instant::now();
        process.kill();
        ground.record(killed);
        let mut members: Vec<u32> = (0..chats).map(|chat| 2 * chat + (n & 1)).collect();
        random.shuffle(&mut members);
        members.truncate(probes as usize);
        process = ground.engine.launch(&cores)?;
        ground.write(members, killed)?;
        ground.wait_until_it_takes_updates(&mut process, calls).await?;
        let first_call = killed.elapsed().as_secs_f64() * 1e3;
        let until = Instant::now() + args.patience;
        let arrived = ground.wait_for_all(&mut process, until, &mut progress).await;
        // A second copy comes, if at all, soon after the first.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = ground.people.ledger.counts();
        let run = format!("kill {n}");
        let mut void = Vec::new();
        if let Err(error) = arrived {
            process.check()?;
            void.push(Reason::Lost(ground.under_way()));
            report.note(format!("{run}: {error}"));
        }
        for (count, reason) in [
            (now.doubled - before.doubled, Reason::Doubled as fn(u64) -> Reason),
            (now.reordered - before.reordered, Reason::Reordered),
            (now.astray - before.astray, Reason::Astray),
        ] {
            if count > 0 {
                void.push(reason(count));
            }
        }
        let latency = ground.people.ledger.latencies().swap_remove(0);
        let (first, last) = (latency.min() as f64 / 1e3, latency.max() as f64 / 1e3);
        first_line.push((f64::from(n), first));
        last_line.push((f64::from(n), last));
        let figures = [first_call, first, ms(&latency, 0.5), ms(&latency, 0.99), last];
        let cells = figures.map(|ms| Cell::number(ms, 1));
        let row = [Cell::number(f64::from(n), 0)]
            .into_iter()
            .chain(cells)
            .chain([Cell::number(latency.len() as f64, 0)]);
        table.row(row.collect(), !void.is_empty());
        rounds.push(json!({
            "void": !void.is_empty(),
            "first_call_ms": first_call, "first_chat_ms": first, "p50_ms": figures[2], "p99_ms": figures[3],
            "last_chat_ms": last, "chats": latency.len(),
        }));
        let is_over = now.arrived < now.sent;
        void.into_iter().for_each(|reason| report.void(run.clone(), reason));
        if is_over {
            break;
        }
    }
    process.stop().await;
    report.note("Counted from the kill; the messages wait at Telegram from then on.".to_owned());
    report.table(table);
    report.chart(
        Chart::new("Chats that go on", "kill", "ms since the kill")
            .line("first chat", first_line)
            .line("last chat", last_line),
    );
    report.data("rounds", rounds.into());
    Ok(report)
}
