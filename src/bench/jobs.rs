//! `bench jobs`: how soon durable work begins, how much of it a node gets done, and what a claim
//! costs however much is done or waits. The engine's jobs actor over a real PostgreSQL; the work
//! itself takes no time.

use super::args::JobsArgs;
use super::cores::Cores;
use super::ledger::{FIRST_ID, histogram};
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::schedule::Schedule;
use super::seed;
use super::servers::Postgres;
use super::verdict::Reason;
use crate::store::jobs::{Others, PgJobs};
use crate::store::{Keys, PgStore, StoreOptions};
use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use nameless_actors::jobs::{
    Failure, FinishedJob, Holding, Job, JobLane, JobsHandle, POLL, Results, Setup, Worker,
};
use nameless_actors::kernel::lock;
use nameless_actors::kernel::watched::On;
use nameless_actors::ports::{Claim, JobBatch, JobStore, NewJob, PortFuture};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::random::Random;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The lane of the load.
const LANE: &str = "bench";
/// The lane whose jobs wait while claims are measured.
const BACKLOG: &str = "backlog";
/// What is given to a job: about the size of a short dialogue.
const PAYLOAD: usize = 400;
/// Jobs under way at once.
const AT_ONCE: usize = 64;
/// How long everything may take to come to its end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Notes when each job begins.
struct Beginnings {
    /// When each job is due, and whether it counts; taken at its beginning.
    due: Mutex<Vec<Option<(Instant, bool)>>>,
    latency: Mutex<Histogram<u64>>,
    twice: AtomicU64,
}

impl Worker for Beginnings {
    fn carry_out(&self, job: Job, _: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        let now = Instant::now();
        let number = job.payload.first_chunk().map_or(usize::MAX, |n| u64::from_be_bytes(*n) as usize);
        let due = lock(&self.due).get_mut(number).and_then(Option::take);
        match due {
            None => _ = self.twice.fetch_add(1, Ordering::Relaxed),
            Some((due, true)) => {
                let us = now.saturating_duration_since(due).as_micros();
                lock(&self.latency).saturating_record(u64::try_from(us).unwrap_or(u64::MAX));
            }
            Some((_, false)) => {}
        }
        Box::pin(async { Ok(vec![0; PAYLOAD]) })
    }
}

/// Tells ends to nobody.
struct Nobody;

impl Results for Nobody {
    fn take(&self, finished: FinishedJob) {
        finished.ticket.done();
    }
}

/// A database with people in it, and the jobs over it.
struct Testbed {
    url: String,
    store: PgStore,
    table: PgJobs,
    jobs: JobsHandle,
    work: Arc<Beginnings>,
    users: u32,
    next: usize,
    _server: Option<Postgres>,
}

impl Testbed {
    async fn prepare(args: &JobsArgs, cores: &Cores) -> anyhow::Result<Testbed> {
        let server = match args.database_url {
            None => Some(Postgres::start().await?),
            Some(_) => None,
        };
        let url = args.database_url.clone().or(server.as_ref().map(Postgres::url)).context("no database")?;
        // The server stays on the load's core.
        cores.enter_bots()?;
        seed::fill(Some(&url), Path::new(""), args.users).await?;
        let keys = Keys::parse(&SecretString::from("11".repeat(32)))?;
        let store = PgStore::connect(&url, keys, StoreOptions::default()).await?;
        // What is claimed beside the actor is held under another name than its own.
        let table = store.jobs(2, Others::Nobody);
        let work = Arc::new(Beginnings {
            due: Mutex::default(),
            latency: Mutex::new(histogram()),
            twice: AtomicU64::new(0),
        });
        let lane = JobLane { at_once: AT_ONCE, ..JobLane::new(LANE, work.clone()) };
        let store_of = Arc::new(store.jobs(1, Others::Nobody));
        let setup =
            Setup { store: store_of, lanes: vec![lane], wakes: None, results: Arc::new(Nobody), poll: POLL };
        let jobs = JobsHandle::new(setup, None, || Seq(0));
        jobs.start(&On::Here, |_| {});
        Ok(Testbed { url, store, table, jobs, work, users: args.users, next: 0, _server: server })
    }

    /// A job that is not measured.
    fn job(&mut self, lane: &'static str, user: u32) -> NewJob {
        self.due_job(lane, user, Instant::now(), false)
    }

    /// A job that is due at this moment.
    fn due_job(&mut self, lane: &'static str, user: u32, due: Instant, counts: bool) -> NewJob {
        let number = self.next;
        self.next += 1;
        lock(&self.work.due).push(Some((due, counts)));
        let mut payload = vec![0; PAYLOAD];
        payload[..8].copy_from_slice(&(number as u64).to_be_bytes());
        NewJob::new(lane, format!("{lane}:{number}"), payload).of(UserId(FIRST_ID + i64::from(user)))
    }

    fn ended(&self) -> u64 {
        self.jobs.meters().delivered.get()
    }

    async fn all_ended(&self, expected: u64, progress: &mut Progress) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while self.ended() < expected {
            ensure!(Instant::now() < until, "{} of {expected} jobs did not come to their end", self.ended());
            progress.show(|| format!("{} of {expected} jobs are done", self.ended()));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    async fn sql(&self, sql: &str) -> anyhow::Result<()> {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let done = client.batch_execute(sql).await;
        drop(client);
        let _ = connection.await;
        done.context("the table cannot be filled")
    }
}

/// Measures.
pub async fn run(args: JobsArgs, cores: Cores) -> anyhow::Result<Report> {
    let mut report = Report::new("jobs", &args.output, &cores);
    for (name, value) in
        [("users", args.users), ("burst", args.burst), ("done", args.done), ("waiting", args.waiting)]
    {
        report.setting(name, value);
    }
    report.setting("at_once", AT_ONCE);
    let mut progress = Progress::new();
    progress.step(|| "a database is made".to_owned());
    let mut ground = Testbed::prepare(&args, &cores).await?;
    let few = claims(&mut ground, &args, "hardly any rows", &mut progress).await?;
    rates(&mut ground, &args, &mut report, &mut progress).await?;
    burst(&mut ground, &args, &mut report, &mut progress).await?;
    fill(&mut ground, &args, &mut progress).await?;
    let name = format!("{} done, {} waiting", args.done, args.waiting);
    let many = claims(&mut ground, &args, &name, &mut progress).await?;
    show_claims(&mut report, &[("hardly any rows".to_owned(), few), (name, many)]);
    let twice = ground.work.twice.load(Ordering::Relaxed);
    if twice > 0 {
        report.void("all".to_owned(), Reason::Doubled(twice));
    }
    report.note(
        "A job begins when its worker is called; it is due by an open schedule. Each is kept by a commit of its own or \
         shared, claimed, ended, and marked as told. PostgreSQL has a core of its own where there are two."
            .to_owned(),
    );
    tokio::time::timeout(PATIENCE, ground.jobs.close()).await.context("the jobs do not come to rest")?;
    ground.store.close().await;
    Ok(report)
}

/// How soon jobs begin at a rate.
async fn rates(
    ground: &mut Testbed,
    args: &JobsArgs,
    report: &mut Report,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let mut table = Table::new(
        "From added to begun",
        &["jobs/s", "done/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "jobs a commit"],
    );
    let (mut values, mut p50, mut p99) = (Vec::new(), Vec::new(), Vec::new());
    for rate in &args.rates {
        *lock(&ground.work.latency) = histogram();
        let warm_up = args.duration / 5;
        let schedule =
            Schedule::new(ground.users, f64::from(*rate), warm_up + args.duration, args.output.seed);
        let (start, done, turns) = (Instant::now(), ground.ended(), ground.jobs.meters().turns.get());
        let mut added = 0;
        let mut slots = schedule.due(start).context("the schedule cannot be started")?;
        while let Some(slot) = slots.recv().await {
            let due = start + slot.due;
            let job = ground.due_job(LANE, slot.sender, due, slot.due >= warm_up);
            ground.jobs.add(vec![job], Default::default());
            added += 1;
            progress.show(|| format!("{rate} jobs a second: {added}"));
        }
        ground.all_ended(done + added, progress).await?;
        let wall = start.elapsed().as_secs_f64();
        let turns = ground.jobs.meters().turns.get() - turns;
        let latency = lock(&ground.work.latency).clone();
        let ms = |q: f64| latency.value_at_quantile(q) as f64 / 1e3;
        let (rate_of, commit) = (added as f64 / wall, added as f64 / turns.max(1) as f64);
        table.row(
            vec![
                Cell::number(f64::from(*rate), 0),
                Cell::number(rate_of, 0),
                Cell::number(ms(0.5), 2),
                Cell::number(ms(0.99), 2),
                Cell::number(ms(0.999), 2),
                Cell::number(latency.max() as f64 / 1e3, 2),
                Cell::number(commit, 1),
            ],
            false,
        );
        p50.push((f64::from(*rate), ms(0.5)));
        p99.push((f64::from(*rate), ms(0.99)));
        values.push(json!({
            "rate": rate, "jobs": added, "done_per_s": rate_of, "jobs_per_turn": commit,
            "begin_ms": {"p50": ms(0.5), "p90": ms(0.9), "p99": ms(0.99), "p999": ms(0.999),
                         "max": latency.max() as f64 / 1e3, "mean": latency.mean() / 1e3, "count": latency.len()},
        }));
    }
    report.table(table);
    report.chart(Chart::new("From added to begun", "jobs a second", "ms").line("p50", p50).line("p99", p99));
    report.data("rates", values.into());
    Ok(())
}

/// How many a second there are at most.
async fn burst(
    ground: &mut Testbed,
    args: &JobsArgs,
    report: &mut Report,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let mut random = Random::for_purpose(args.output.seed, 0x0B57);
    let (start, done) = (Instant::now(), ground.ended());
    for _ in 0..args.burst {
        let job = ground.job(LANE, random.below(u64::from(ground.users)) as u32);
        ground.jobs.add(vec![job], Default::default());
    }
    ground.all_ended(done + u64::from(args.burst), progress).await?;
    let rate = f64::from(args.burst) / start.elapsed().as_secs_f64();
    let mut table = Table::new("All at once", &["jobs", "jobs/s"]);
    table.row(vec![Cell::number(f64::from(args.burst), 0), Cell::number(rate, 0)], false);
    report.table(table);
    report.data("burst", json!({"jobs": args.burst, "jobs_per_s": rate}));
    Ok(())
}

/// So many that are done, by SQL, and so many that wait, as they come.
async fn fill(ground: &mut Testbed, args: &JobsArgs, progress: &mut Progress) -> anyhow::Result<()> {
    progress.step(|| format!("{} jobs are done", args.done));
    let (users, first, done) = (ground.users, FIRST_ID, args.done);
    ground
        .sql(&format!(
            "INSERT INTO jobs (key, lane, user_id, priority, place, state, attempt, holder, expires, started, ended,
                 delivered, result)
             SELECT 'done:' || n, CASE WHEN n % 2 = 0 THEN '{LANE}' ELSE '{BACKLOG}' END, {first} + n % {users}, 0, n,
                 'completed', 1, 1, now() + interval '1 day', now(), now(), now(), decode(repeat('00', {PAYLOAD}), 'hex')
             FROM generate_series(1::bigint, {done}::bigint) AS n"
        ))
        .await?;
    let mut random = Random::for_purpose(args.output.seed, 0xF111);
    let mut left = args.waiting;
    while left > 0 {
        let now = left.min(2_000);
        let adds = (0..now).map(|_| ground.job(BACKLOG, random.below(u64::from(users)) as u32)).collect();
        ground.table.carry_out(Arc::new(JobBatch { adds, ..JobBatch::default() })).await?;
        left -= now;
        progress.show(|| format!("{left} are still to wait"));
    }
    // As the server does by itself in time.
    ground.sql("VACUUM (ANALYZE) jobs").await
}

/// Cost of claims, microseconds, by how many are taken at once.
type Claims = Vec<(usize, Histogram<u64>)>;

async fn claims(
    ground: &mut Testbed,
    args: &JobsArgs,
    name: &str,
    progress: &mut Progress,
) -> anyhow::Result<Claims> {
    progress.step(|| format!("claims: {name}"));
    let mut all = Vec::new();
    for most in [1, 20] {
        let mut costs = histogram();
        let rounds = args.claims as usize;
        // What is there to be claimed even where hardly any wait.
        let adds =
            (0..rounds * most).map(|n| ground.job(BACKLOG, (n % ground.users as usize) as u32)).collect();
        ground.table.carry_out(Arc::new(JobBatch { adds, ..JobBatch::default() })).await?;
        for _ in 0..rounds {
            let claims = vec![Claim { lane: BACKLOG, lease: Duration::from_secs(3_600), most }];
            let began = Instant::now();
            let answer = ground.table.carry_out(Arc::new(JobBatch { claims, ..JobBatch::default() })).await?;
            costs.saturating_record(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
            ensure!(answer.claimed.len() == most, "{} of {most} jobs were claimed", answer.claimed.len());
        }
        all.push((most, costs));
    }
    Ok(all)
}

fn show_claims(report: &mut Report, all: &[(String, Claims)]) {
    let columns = ["rows", "taken", "p50 µs", "p99 µs", "mean µs", "mean to the first"];
    let mut table = Table::new("A claim, with its commit", &columns);
    let mut values = Vec::new();
    for (name, claims) in all {
        for (at, (most, costs)) in claims.iter().enumerate() {
            let first =
                all.first().and_then(|(_, first)| first.get(at)).map_or(1.0, |(_, h)| h.mean().max(1e-9));
            let quantile = |q| costs.value_at_quantile(q) as f64;
            let ratio = costs.mean() / first;
            let numbers = [*most as f64, quantile(0.5), quantile(0.99), costs.mean()];
            let cells = numbers.map(|n| Cell::number(n, 0)).into_iter();
            table.row(
                [Cell::text(name)].into_iter().chain(cells).chain([Cell::number(ratio, 2)]).collect(),
                false,
            );
            let value: Value = json!({
                "rows": name, "taken": most, "p50_us": quantile(0.5), "p99_us": quantile(0.99),
                "mean_us": costs.mean(), "mean_to_first": ratio,
            });
            values.push(value);
        }
    }
    report.table(table);
    report.data("claims", values.into());
}
