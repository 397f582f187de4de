//! `bench memory`: resident memory of the engine per session: live, passivated, and under a flood
//! of one person.

use super::args::Memory;
use super::child::Process;
use super::cores::Cores;
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::testbed::Testbed;
use super::verdict::Reason;
use anyhow::{Context as _, ensure};
use nameless_simulator::Outgoing;
use serde_json::json;
use std::time::{Duration, Instant};

/// Until memory is looked at: what is on its way into the store gets there, what is freed is given
/// back.
const REST: Duration = Duration::from_secs(2);
/// How soon sessions leave memory in the second half.
const IDLE: &str = "2s";
/// How often memory is looked at while something goes on.
const GLANCE: Duration = Duration::from_millis(50);

/// One moment.
struct Moment {
    what: &'static str,
    sessions: u64,
    resident: u64,
}

struct Bench<'a> {
    ground: &'a mut Testbed,
    http: reqwest::Client,
    patience: Duration,
    progress: Progress,
    moments: Vec<Moment>,
}

/// Measures.
pub async fn run(args: Memory, cores: Cores) -> anyhow::Result<Report> {
    let mut progress = Progress::new();
    let mut ground =
        Testbed::prepare(args.users, &args.surroundings, &args.output, unlimited(), &mut progress).await?;
    let mut report = Report::new("memory", &args.output, &cores);
    ground.describe(&mut report);
    report.setting("flood_messages", args.flood);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let mut bench =
        Bench { ground: &mut ground, http, patience: args.patience, progress, moments: Vec::new() };

    let engine = bench.ground.engine.clone().with("IDLE_AFTER", "24h");
    let mut process = bench.ground.launch(&engine, &cores).await?;
    let empty = bench.moment("started, no session", &mut process).await?;
    bench.wake(&mut process).await?;
    let live = bench.moment("all sessions live", &mut process).await?;
    let flood = bench.flood(args.flood, &mut process).await?;
    ensure!(process.stop().await, "the engine did not end on SIGTERM in time");

    let engine = bench.ground.engine.clone().with("IDLE_AFTER", IDLE);
    let mut process = bench.ground.launch(&engine, &cores).await?;
    let empty_again = bench.moment("started again, no session", &mut process).await?;
    bench.wake(&mut process).await?;
    bench.until_sessions_are(0, &mut process).await?;
    let passive = bench.moment("all sessions passivated", &mut process).await?;
    process.stop().await;

    let users = u64::from(args.users);
    if live.sessions != users {
        let reason = Reason::Failed(format!("{} sessions were live, not {users}", live.sessions));
        report.void("live".into(), reason);
    }
    let counts = bench.ground.people.ledger.counts();
    for (n, reason) in
        [(counts.doubled, Reason::Doubled(counts.doubled)), (counts.astray, Reason::Astray(counts.astray))]
    {
        if n > 0 {
            report.void("all".into(), reason);
        }
    }
    let per = |more: u64, less: u64| (more as f64 - less as f64) / users as f64;
    let (per_live, per_passive) =
        (per(live.resident, empty.resident), per(passive.resident, empty_again.resident));
    let mut table = Table::new("Resident memory", &["moment", "sessions", "MiB"]);
    let mib = |bytes: u64| Cell::number(bytes as f64 / (1 << 20) as f64, 1);
    for moment in &bench.moments {
        table.row(
            vec![Cell::text(moment.what), Cell::number(moment.sessions as f64, 0), mib(moment.resident)],
            false,
        );
    }
    table.row(vec![Cell::text("highest during the flood"), Cell::none(), mib(flood.highest)], false);
    report.table(table);
    let mut table = Table::new("Per session", &["state", "bytes"]);
    table.row(vec![Cell::text("live"), Cell::number(per_live, 0)], report.is_void());
    table.row(vec![Cell::text("passivated"), Cell::number(per_passive, 0)], report.is_void());
    report.table(table);
    let line =
        bench.moments.iter().enumerate().map(|(n, m)| ((n + 1) as f64, m.resident as f64 / (1 << 20) as f64));
    report.chart(
        Chart::new("Resident memory", "moment, in the order of the table", "MiB")
            .line("engine", line.collect()),
    );
    report.note(
        "A live session here is one in a chat, with its half of the pair and what its message left behind. What the \
         allocator keeps for later counts as well, so small numbers of sessions say little."
            .to_owned(),
    );
    report.data("bytes_per_live_session", json!(per_live));
    report.data("bytes_per_passivated_session", json!(per_passive));
    report.data("flood", json!({"messages": args.flood, "before_bytes": live.resident, "highest_bytes": flood.highest, "after_bytes": flood.after}));
    let moments = bench.moments.iter();
    let moments =
        moments.map(|m| json!({"what": m.what, "sessions": m.sessions, "resident_bytes": m.resident}));
    report.data("moments", moments.collect());
    Ok(report)
}

struct Taken {
    sessions: u64,
    resident: u64,
}

struct Flood {
    highest: u64,
    after: u64,
}

impl Bench<'_> {
    /// Looks at memory after a rest.
    async fn moment(&mut self, what: &'static str, process: &mut Process) -> anyhow::Result<Taken> {
        self.progress.step(|| what.to_owned());
        tokio::time::sleep(REST).await;
        process.check()?;
        let (sessions, resident) = (self.sessions(process).await?, process.usage().resident);
        self.moments.push(Moment { what, sessions, resident });
        Ok(Taken { sessions, resident })
    }

    /// Everybody writes once: both members of each pair have a session then.
    async fn wake(&mut self, process: &mut Process) -> anyhow::Result<()> {
        self.ground.everybody_writes(process, self.patience, &mut self.progress).await
    }

    /// Sessions in memory, as the engine's metrics say.
    async fn sessions(&self, process: &Process) -> anyhow::Result<u64> {
        let until = Instant::now() + Duration::from_secs(10);
        while process.metrics().is_none() && Instant::now() < until {
            tokio::time::sleep(GLANCE).await;
        }
        let url = process.metrics().context("the engine does not say where its metrics are")?;
        let answer = self.http.get(format!("{url}/metrics")).send().await?.text().await?;
        let line = answer.lines().find_map(|line| line.strip_prefix("nameless_sessions "));
        line.and_then(|n| n.trim().parse().ok()).context("the metrics name no number of sessions")
    }

    async fn until_sessions_are(&mut self, wanted: u64, process: &mut Process) -> anyhow::Result<()> {
        let until = Instant::now() + self.patience;
        loop {
            let sessions = self.sessions(process).await?;
            if sessions == wanted {
                return Ok(());
            }
            process.check()?;
            ensure!(Instant::now() < until, "{sessions} sessions are still in memory, {wanted} should be");
            self.progress.show(|| format!("{sessions} sessions in memory"));
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// One person says very much at once. What the engine makes of it is its business (it refuses
    /// most of it and says so); memory must not grow with it.
    async fn flood(&mut self, messages: u32, process: &mut Process) -> anyhow::Result<Flood> {
        let flooder = self.ground.people.users[0].clone();
        let until = Instant::now() + self.patience;
        let mut highest = process.usage().resident;
        for n in 0..messages {
            flooder
                .try_send(Outgoing::text(format!("again and again {}", n % 7)))
                .context("the flood stops")?;
            if n % 512 == 0 {
                highest = highest.max(process.usage().resident);
                tokio::task::yield_now().await;
            }
        }
        while self.ground.people.world.pending_updates(&self.ground.people.token) > 0 {
            process.check()?;
            ensure!(Instant::now() < until, "the engine does not take the flood in time");
            highest = highest.max(process.usage().resident);
            tokio::time::sleep(GLANCE).await;
        }
        let after = self.moment("after a flood of one person", process).await?.resident;
        Ok(Flood { highest: highest.max(after), after })
    }
}
