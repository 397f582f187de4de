//! `nameless bench`: how fast the engine, or any other bot, is.
//!
//! This process is the load: it holds the simulator, whose Bot API is real HTTP, and the people.
//! The bot under test is a child process on another core. Loads are open loops: a schedule says
//! when each message is due, and latency counts from then, so a slow bot cannot slow its own load
//! down. A run that lost something, or whose load was not what it claims to be, is *void*: its
//! figures are shown with the reason, and the exit code is 1.

pub mod args;
mod billing;
mod bot_under_test;
mod checkouts;
mod child;
mod companion;
mod cores;
mod counts;
mod dating;
mod day;
mod face;
mod faults;
mod generator;
mod host;
mod jobs;
mod launder;
mod ledger;
mod matching;
mod memory;
mod mix;
mod model;
mod obedience;
mod onboarding;
mod outbox;
mod pages;
mod people;
mod procfs;
mod progress;
mod ratio;
mod recover;
mod relay;
mod report;
mod round;
mod schedule;
mod seed;
mod servers;
mod startup;
mod tag;
mod testbed;
mod verdict;

use anyhow::Context as _;
use args::{Bench, Output};
use cores::Cores;
use host::Host;
use report::Report;
use std::process::ExitCode;

/// Runs a bench, prints its table, writes what `--json` and `--html` ask for. Exit code 1 if it is
/// void.
pub fn run(bench: Bench) -> anyhow::Result<ExitCode> {
    // Before any other thread is there: those inherit it.
    let cores = Cores::take(bench.bot_cores());
    let system = actix_rt::System::new();
    let output = bench.output().clone();
    let host = Host::watch().context("the machine cannot be watched")?;
    let mut report = system.block_on(async move {
        let stop = crate::app::stop_on_signals();
        tokio::select! {
            report = measure(bench, cores) => report,
            () = stopped(stop) => anyhow::bail!("stopped before the end"),
        }
    })?;
    host.tell(&mut report);
    finish(&report, &output)
}

async fn stopped(mut stop: tokio::sync::watch::Receiver<bool>) {
    // A sender that is gone never stops anybody.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn measure(bench: Bench, cores: Cores) -> anyhow::Result<Report> {
    match bench {
        Bench::Relay(args) => relay::run(*args, cores).await,
        Bench::Recover(args) => recover::run(args, cores).await,
        Bench::Startup(args) => startup::run(args, cores).await,
        Bench::Memory(args) => memory::run(args, cores).await,
        Bench::Match(args) => matching::run(args, cores).await,
        Bench::Outbox(args) => outbox::run(args, cores).await,
        Bench::Launder(args) => launder::run(*args, cores).await,
        Bench::Face(args) => face::run(*args, cores).await,
        Bench::Jobs(args) => jobs::run(args, cores).await,
        Bench::Billing(args) => billing::run(args, cores).await,
        Bench::Pages(args) => pages::run(args, cores).await,
        Bench::Companion(args) => companion::run(args, cores).await,
        Bench::Dating(args) => dating::run(*args, cores).await,
        Bench::Day(args) => day::run(*args, cores).await,
    }
}

fn finish(report: &Report, output: &Output) -> anyhow::Result<ExitCode> {
    print!("{}", report.text());
    for (path, content) in [
        (&output.json, report.json().context("the result cannot be written as JSON")?),
        (&output.html, report.html()),
    ] {
        let Some(path) = path else { continue };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        std::fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(if report.is_void() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
