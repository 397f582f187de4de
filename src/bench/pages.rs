//! `bench pages`: how long the operators' pages take with many people and open reports, on
//! PostgreSQL, while nobody writes and, with `--load`, beside people who do.
//!
//! One operator looks at one page after the other, below what a session may ask; each page is
//! timed until its last byte is here.

use super::args::{DatabaseKind, Pages, Surroundings};
use super::child::Process;
use super::cores::Cores;
use super::generator::{Generator, Load};
use super::ledger::{FIRST_ID, Plan, histogram};
use super::mix::Mix;
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::round::ms;
use super::schedule::Schedule;
use super::testbed::Testbed;
use super::verdict::Reason;
use crate::clock::SystemClock;
use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use nameless_actors::ports::Clock as _;
use nameless_domain::time::DAY_MS;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// Made up.
const TOKEN: &str = "nameless_of-the-bench-for-as-long-as-it-runs-and-no-longer";
/// From one page to the next: a session may ask for 20 a second.
const EVERY: Duration = Duration::from_millis(60);
/// Between the last writer and the first of those who do not write.
const GAP: i64 = 1_000_000;
/// How long what is under way may take to arrive at the end.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the first page may take, milliseconds.
const BAR_MS: f64 = 50.0;

/// A page and how long it took.
struct Page {
    name: &'static str,
    path: String,
    idle: Histogram<u64>,
    loaded: Histogram<u64>,
}

/// Measures.
pub async fn run(args: Pages, cores: Cores) -> anyhow::Result<Report> {
    ensure!(
        args.writers.is_multiple_of(2),
        "--writers has to be even: everybody is in a chat with one other"
    );
    let mut progress = Progress::new();
    let surroundings = Surroundings { database: DatabaseKind::Postgres, ..args.surroundings.clone() };
    let mut report = Report::new("pages", &args.output, &cores);
    let ground =
        Testbed::prepare(args.writers, &surroundings, &args.output, unlimited(), &mut progress).await?;
    let url = ground.servers.database_url.clone().context("there is no server")?;
    progress.step(|| format!("{} more people and {} open reports", args.people, args.reports));
    fill(&url, &args).await?;
    ground.describe(&mut report);
    report.setting("people", args.people);
    report.setting("reports", args.reports);
    report.setting("loads", args.loads);
    report.setting("texts_per_second", args.load);
    let mut process = ground.launch(&ground.engine, &cores).await?;
    let mut visit = Visit::begin(&process, &args).await?;

    visit.look(&mut process, &mut progress, false).await?;
    if args.load > 0 {
        texts(&args, &ground, &mut process, &mut visit, &mut report, &mut progress).await?;
    }
    drop(progress);
    if !process.stop().await {
        report.note("The engine did not end on SIGTERM in time and was killed.".to_owned());
    }
    tell(&mut report, &visit.pages, args.load);
    Ok(report)
}

/// Numbers only: nothing here could be anything else than SQL.
async fn fill(url: &str, args: &Pages) -> anyhow::Result<()> {
    let now = SystemClock.now().0;
    let first = FIRST_ID + i64::from(args.writers) + GAP;
    let (people, reports) = (args.people, args.reports);
    let token: String = Sha256::digest(TOKEN.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    // Somebody in three is reported by several; who reports does so twice. A tenth of what was
    // ever reported is open.
    let report = |n: &str, of: &str| {
        format!(
            "{n}, decode(md5(({n} % 5000)::text), 'hex'), {first} + {n} / 3,
            (ARRAY['abuse', 'sexual', 'spam', 'other'])[1 + {n} % 4], {now} - 1000 * ({n} % 80000), {of}"
        )
    };
    let sql = format!(
        "INSERT INTO accounts (
            user_id, created, lang, adult_at, adult_version, gender, age, interests, wish_genders, wish_ages,
            wish_langs, wish_shared_interest, confirm_end, warned_voice, warned_file, blocked_bot, phase,
            avoid_users, avoid_until, applied)
        SELECT {first} + n, {now} - n, (ARRAY['en', 'ru'])[1 + n % 2], {now}, 1, 'other', 'from18', 0, 7, 31, 3,
            false, false, false, false, n % 50 = 0, '{{\"at\": \"idle\"}}', '{{}}', '{{}}', 0
        FROM generate_series(0::bigint, {people}::bigint - 1) AS n;
        INSERT INTO reports (pair_id, reporter_hash, reported, reason, at, status, verdict)
        SELECT {closed} FROM generate_series(0::bigint, 9 * {reports}::bigint - 1) AS n;
        INSERT INTO reports (pair_id, reporter_hash, reported, reason, at, status, verdict)
        SELECT {open} FROM generate_series(9 * {reports}::bigint, 10 * {reports}::bigint - 1) AS n;
        {weigh}
        INSERT INTO admin_tokens (hash, name, role, created, expires)
        VALUES (decode('{token}', 'hex'), 'bench', 'owner', {now}, {now} + {DAY_MS});
        ANALYZE;",
        closed = report("n", "'closed', (ARRAY['dismissed', 'upheld'])[1 + n % 2]"),
        open = report("n", "'open', NULL"),
        weigh = weigh(),
    );
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.context("no connection")?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(&sql).await;
    drop(client);
    let _ = connection.await;
    done.context("people and reports cannot be put into the database")
}

/// Weighs what was put in, as the migration did what was open before there were weights.
fn weigh() -> &'static str {
    let migration = include_str!("../../migrations/0020_admin_queue.up.sql");
    migration.split_inclusive(';').find(|statement| statement.contains("UPDATE reports")).unwrap_or_default()
}

/// An operator in front of the pages.
struct Visit {
    http: Client,
    base: String,
    cookie: String,
    pages: Vec<Page>,
    loads: u32,
}

impl Visit {
    async fn begin(process: &Process, args: &Pages) -> anyhow::Result<Visit> {
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?;
        let until = Instant::now() + Duration::from_secs(10);
        while process.http().is_none() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let base = process.http().context("the engine does not say where its pages are")?;
        let request = http.post(format!("{base}/admin/login")).header(ORIGIN, &base);
        let answer = request.form(&[("token", TOKEN)]).send().await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER, "nobody is let in: {}", answer.status());
        let cookie = answer.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|line| line.split(';').next()).context("no session")?.to_owned();
        let middle = FIRST_ID + i64::from(args.writers) + GAP + i64::from(args.people) / 2;
        let page = |name, path: String| Page { name, path, idle: histogram(), loaded: histogram() };
        let pages = vec![
            page("overview", "/admin".into()),
            page("figures of it", "/admin/live".into()),
            page("reports", "/admin/reports".into()),
            page("people", "/admin/users".into()),
            page("people, in the middle", format!("/admin/users?after={middle}")),
            page("a person", format!("/admin/users/{middle}")),
            page("updates that failed", "/admin/dead-letters".into()),
            page("actors", "/admin/actors".into()),
            page("audit log", "/admin/audit".into()),
        ];
        Ok(Visit { http, base, cookie, pages, loads: args.loads })
    }

    /// Looks at each page once, one after the other, as often as asked for.
    async fn look(
        &mut self,
        process: &mut Process,
        progress: &mut Progress,
        loaded: bool,
    ) -> anyhow::Result<()> {
        // The first look is none: statements are prepared then.
        for n in 0..=self.loads {
            process.check()?;
            progress
                .show(|| format!("look {n} of {}{}", self.loads, if loaded { ", beside texts" } else { "" }));
            for page in &mut self.pages {
                let began = Instant::now();
                let request = self.http.get(format!("{}{}", self.base, page.path));
                let answer = request.header(COOKIE, &self.cookie).send().await?;
                let status = answer.status();
                answer.bytes().await?;
                let took = began.elapsed();
                ensure!(status == StatusCode::OK, "{}: {status}", page.path);
                if n > 0 {
                    let times = if loaded { &mut page.loaded } else { &mut page.idle };
                    times.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                }
                tokio::time::sleep(EVERY.saturating_sub(took)).await;
            }
        }
        Ok(())
    }
}

/// The same beside texts, and how those went.
async fn texts(
    args: &Pages,
    ground: &Testbed,
    process: &mut Process,
    visit: &mut Visit,
    report: &mut Report,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let ledger = &ground.people.ledger;
    // Until it is stopped: as long as the operator looks.
    let hour = Duration::from_secs(3_600);
    let plan = Plan { start: Instant::now(), warm_up: args.warm_up, round: hour, rounds: 1 };
    ledger.begin(plan);
    let generator = Generator::start(Load {
        users: ground.people.users.clone(),
        ledger: ledger.clone(),
        mix: Mix::texts(),
        schedule: Schedule::new(args.writers, f64::from(args.load), plan.total(), args.output.seed),
        plan,
        seed: args.output.seed,
    })
    .context("the load cannot be started")?;
    tokio::time::sleep(args.warm_up).await;
    let (began, before) = (Instant::now(), ledger.counts());
    visit.look(process, progress, true).await?;
    let (took, after) = (began.elapsed(), ledger.counts());
    generator.stop();
    let sent = generator.finish().context("the load did not run to its end")?;
    ground.wait_for_all(process, Instant::now() + PATIENCE, progress).await?;
    let rate = (after.arrived - before.arrived) as f64 / took.as_secs_f64();
    if rate < 0.95 * f64::from(args.load) {
        let what = format!("{rate:.0} texts a second were relayed, not {}", args.load);
        report.void("beside texts".into(), Reason::Missed(what));
    }
    ledger.counts().problems().into_iter().for_each(|reason| report.void("texts".into(), reason));
    if sent.refused > 0 {
        report.void("texts".into(), Reason::Refused(sent.refused));
    }
    let latency = ledger.latencies().into_iter().next().unwrap_or_else(histogram);
    report.note(format!(
        "Beside the pages {rate:.0} texts a second: p50 {:.2} ms, p99 {:.2} ms.",
        ms(&latency, 0.5),
        ms(&latency, 0.99)
    ));
    report.data("texts", json!({"rate": rate, "p50_ms": ms(&latency, 0.5), "p99_ms": ms(&latency, 0.99)}));
    Ok(())
}

fn tell(report: &mut Report, pages: &[Page], load: u32) {
    let mut table = Table::new(
        "Pages",
        &["page", "idle p50 ms", "idle p99 ms", "beside texts p50 ms", "beside texts p99 ms"],
    );
    let of = |times: &Histogram<u64>, q| (!times.is_empty()).then(|| ms(times, q));
    let mut json_pages: Vec<Value> = Vec::new();
    let mut lines: [Vec<(f64, f64)>; 2] = Default::default();
    for (n, page) in (1..).zip(pages) {
        let [a, b] = [&page.idle, &page.loaded].map(|times| [of(times, 0.5), of(times, 0.99)]);
        let cells = a.into_iter().chain(b).map(|ms| Cell::maybe(ms, 2));
        table.row(std::iter::once(Cell::text(page.name)).chain(cells).collect(), report.is_void());
        for (line, p99) in lines.iter_mut().zip([a[1], b[1]]) {
            line.extend(p99.map(|ms| (f64::from(n), ms)));
        }
        json_pages.push(json!({
            "page": page.name,
            "idle_ms": {"p50": a[0], "p99": a[1]},
            "beside_texts_ms": {"p50": b[0], "p99": b[1]},
        }));
        let worst = if load > 0 { b[1] } else { a[1] };
        if worst.is_some_and(|p99| p99 >= BAR_MS) && page.path == "/admin/reports" {
            report.note(format!("The first page of reports takes more than {BAR_MS} ms (p99)."));
        }
    }
    report.table(table);
    let [idle, loaded] = lines;
    let mut chart = Chart::new("Pages", "page, in the order of the table", "p99, ms").line("idle", idle);
    if load > 0 {
        chart = chart.line("beside texts", loaded);
    }
    report.chart(chart);
    report.data("pages", json_pages.into());
}
