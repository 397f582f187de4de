//! `bench startup`: from the start of the process to its first getUpdates, on a database that
//! exists.

use super::args::Startup;
use super::cores::Cores;
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::testbed::Testbed;
use super::verdict::Reason;
use serde_json::json;
use std::time::{Duration, Instant};

/// Measures.
pub async fn run(args: Startup, cores: Cores) -> anyhow::Result<Report> {
    let mut progress = Progress::new();
    let users = args.users + args.users % 2;
    let ground =
        Testbed::prepare(users, &args.surroundings, &args.output, unlimited(), &mut progress).await?;
    let mut report = Report::new("startup", &args.output, &cores);
    ground.describe(&mut report);
    report.setting("rounds", args.rounds);
    report.note("The files are in the system's cache: the process is new, the disk is not cold.".to_owned());
    // Once before: it makes what only a first start makes (keys, the journal's folder).
    ground.launch(&ground.engine, &cores).await?.stop().await;
    let mut starts = Vec::new();
    for n in 0..args.rounds {
        progress.show(|| format!("start {} of {}", n + 1, args.rounds));
        let before = ground.beginnings();
        let began = Instant::now();
        let mut process = ground.engine.launch_bare(&cores)?;
        while ground.beginnings() <= before {
            process.check()?;
            anyhow::ensure!(
                began.elapsed() < Duration::from_secs(120),
                "no first call{}",
                process.last_lines()
            );
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        starts.push(began.elapsed().as_secs_f64() * 1e3);
        if !process.stop().await {
            let reason = Reason::Failed("the engine did not end on SIGTERM in time".into());
            report.void(format!("start {}", n + 1), reason);
        }
    }
    drop(progress);
    let chart = starts.iter().enumerate().map(|(n, ms)| ((n + 1) as f64, *ms)).collect();
    report.chart(Chart::new("Starts", "start", "ms to the first call for updates").line("start", chart));
    let mut sorted = starts.clone();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / sorted.len().max(1) as f64;
    let (least, median) =
        (sorted.first().copied().unwrap_or(0.0), sorted.get(sorted.len() / 2).copied().unwrap_or(0.0));
    let most = sorted.last().copied().unwrap_or(0.0);
    let mut table = Table::new(
        "From start to the first call for updates",
        &["starts", "min ms", "median ms", "mean ms", "max ms"],
    );
    let row = [least, median, mean, most].map(|ms| Cell::number(ms, 1));
    table.row([Cell::number(starts.len() as f64, 0)].into_iter().chain(row).collect(), report.is_void());
    report.table(table);
    report.data("starts_ms", json!(starts));
    report.data("summary_ms", json!({"min": least, "median": median, "mean": mean, "max": most}));
    report.data("resolution_ms", json!(1.0));
    Ok(report)
}
