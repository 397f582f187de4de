//! `bench day`: a whole evening at once. Thousands of people write to each other, look for
//! somebody, look at cards, talk to a character, pay, go through their settings and report, each by
//! an open schedule; and on the way the node that takes updates is killed, the database restarts,
//! Redis is emptied. Nothing may be lost, paid or answered twice, or reach the wrong person.

mod faults;
mod groups;
mod loads;
mod slope;
mod watch;

use super::args::{Day, DayFault};
use super::bot_under_test::Engine;
use super::cores::Cores;
use super::generator::{Generator, Load};
use super::ledger::{Plan, histogram};
use super::mix::Mix;
use super::model::Model;
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::round::ms;
use super::schedule::Schedule;
use super::testbed::Testbed;
use super::verdict::Reason;
use crate::postgres::PrivateCluster;
use crate::store::{Keys, PgStore, StoreOptions};
use anyhow::{Context as _, ensure};
use faults::Nodes;
use groups::{Groups, user};
use hdrhistogram::Histogram;
use loads::{Scene, State};
use nameless_actors::kernel::lock;
use nameless_domain::ids::UserId;
use reqwest::Client;
use rustc_hash::{FxHashMap, FxHashSet};
use secrecy::SecretString;
use serde_json::json;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use watch::{KINDS, Kind, Took, Watch};

/// The key that the engine under test is given with a server.
const KEY: &str = "5a";
/// What people send each other.
const MIX: &str = "text=88,reply=7,photo=4,voice=1";
/// Rounds of texts, for the chart.
const ROUNDS: u32 = 20;
/// The rates are those of so many people.
const RATED: f64 = 10_000.0;
/// Texts whose first copies may come twice at a kill: those that were under way, about a second's.
const DOUBLES_S: f64 = 1.0;

/// Measures.
pub async fn run(args: Day, cores: Cores) -> anyhow::Result<Report> {
    let mut progress = Progress::new();
    let mut report = Report::new("day", &args.output, &cores);
    let shares = args.surroundings.database == super::args::DatabaseKind::Postgres && args.surroundings.redis;
    ensure!(args.nodes == 1 || shares, "--nodes {} needs --database postgres and --redis", args.nodes);
    let groups = Groups::of(args.people);
    let wanted = groups::settings(&args.surroundings);
    let mut ground =
        Testbed::prepare(groups.all(), &wanted, &args.output, unlimited(), &mut progress).await?;
    ground.describe(&mut report);
    let share = f64::from(args.people) / RATED;
    let (texts, others) = (f64::from(args.texts) * share, f64::from(args.others) * share);
    report.setting("nodes", args.nodes);
    report.setting("duration_s", args.duration.as_secs());
    report.setting("texts_per_second", texts);
    report.setting("others_per_second", others);
    report.setting("groups", format!("{groups:?}"));
    let orders = prepare(&ground, &groups, &args, &mut progress).await?;
    let model = Model::start()?;
    let file = groups::model_file(&ground.engine.data_dir, &model.url())?;
    let engine = ground.engine.clone().with("COMPANIONS", &file);
    let watch = Arc::new(Watch::new(groups.all()));
    ground.people.ledger.beside(watch.clone());
    progress.step(|| "the nodes start".to_owned());
    let mut nodes = Nodes::start(&ground, &engine, args.nodes, &cores).await?;
    let scene = Arc::new(Scene {
        users: ground.people.users.clone(),
        groups,
        watch: watch.clone(),
        nodes: Mutex::new(nodes.addresses().await?),
        patience: args.patience,
        orders,
        http: Client::builder().no_proxy().timeout(Duration::from_secs(15)).build()?,
        state: State::default(),
    });
    let day = spend(&args, (texts, others), &mut ground, &mut nodes, &scene, &cores, &mut progress).await?;
    if !nodes.stop().await {
        report.note("A node did not end on SIGTERM in time and was killed.".to_owned());
    }
    progress.step(|| "the books".to_owned());
    let books = audit(&ground, &engine, scene.groups.seekers.clone()).await?;
    drop(progress);
    if let Some(wrong) = &books.wrong {
        report.void("the books".to_owned(), Reason::Failed(wrong.clone()));
    }
    tell(&mut report, &args, &scene, &model, &day, &books);
    Ok(report)
}

/// What a day came to.
struct Spent {
    start: Instant,
    texts: Vec<Histogram<u64>>,
    calm_rounds: usize,
    counts: super::counts::Counts,
    refused: u64,
    cpu: [Duration; 2],
    took: Duration,
    most: [u64; 2],
    memory: Vec<(Duration, u64)>,
    commits: Option<f64>,
    log: Vec<String>,
}

/// Puts everything into the database; the orders.
async fn prepare(
    ground: &Testbed,
    groups: &Groups,
    args: &Day,
    progress: &mut Progress,
) -> anyhow::Result<Vec<String>> {
    if let Some(url) = &ground.servers.database_url {
        return groups::fill(url, server_keys()?, groups, args, progress).await;
    }
    let folder = ground.engine.data_dir.clone();
    let keys = Keys::load_or_create(&folder)?;
    let cluster = tokio::task::spawn_blocking(move || PrivateCluster::start(&folder, None, 8)).await??;
    let done = groups::fill(cluster.url(), keys, groups, args, progress).await;
    tokio::task::spawn_blocking(move || cluster.stop()).await?;
    done
}

fn server_keys() -> anyhow::Result<Keys> {
    Ok(Keys::parse(&SecretString::from(KEY.repeat(32)))?)
}

/// What the database says at the end.
struct Books {
    /// What is wrong with the money.
    wrong: Option<String>,
    /// Whom the engine has hidden, as several people reported them: they are found by nobody, and
    /// that is right.
    hidden: FxHashSet<UserId>,
}

async fn audit(ground: &Testbed, engine: &Engine, seekers: Range<u32>) -> anyhow::Result<Books> {
    let books = async |url: &str, keys: Keys| {
        let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
        let audit = store.billing_audit().await;
        let hash = |user: UserId| (store.keys().subject_hash(user), user);
        let seekers: FxHashMap<Vec<u8>, UserId> = seekers.clone().map(user).map(hash).collect();
        store.close().await;
        let audit = audit?;
        let wrong = (!audit.is_right()).then(|| format!("they are wrong: {audit:?}"));
        anyhow::Ok(Books { wrong, hidden: hidden(url, &seekers).await? })
    };
    if let Some(url) = &ground.servers.database_url {
        return books(url, server_keys()?).await;
    }
    let folder = engine.data_dir.clone();
    let keys = Keys::load_or_create(&folder)?;
    let cluster = tokio::task::spawn_blocking(move || PrivateCluster::start(&folder, None, 8)).await??;
    let audit = books(cluster.url(), keys).await;
    tokio::task::spawn_blocking(move || cluster.stop()).await?;
    audit
}

/// Of those whom the log names by their hashes.
async fn hidden(url: &str, seekers: &FxHashMap<Vec<u8>, UserId>) -> anyhow::Result<FxHashSet<UserId>> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    let rows = client.query("SELECT DISTINCT whom FROM audit_log WHERE what = 'hide'", &[]).await;
    drop(client);
    let _ = connection.await;
    let mut hidden = FxHashSet::default();
    for row in rows? {
        hidden.extend(seekers.get(row.try_get::<_, Vec<u8>>(0)?.as_slice()));
    }
    Ok(hidden)
}

/// Transactions that the database has committed so far; none of a private one.
async fn commits(ground: &Testbed) -> Option<f64> {
    let url = ground.servers.database_url.as_ref()?;
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.ok()?;
    let connection = tokio::spawn(connection);
    let row = client.query_one("SELECT sum(xact_commit)::float8 FROM pg_stat_database", &[]).await.ok();
    drop(client);
    let _ = connection.await;
    row?.try_get(0).ok()
}

async fn spend(
    args: &Day,
    (texts, others): (f64, f64),
    ground: &mut Testbed,
    nodes: &mut Nodes,
    scene: &Arc<Scene>,
    cores: &Cores,
    progress: &mut Progress,
) -> anyhow::Result<Spent> {
    let (seed, end) = (args.output.seed, args.duration);
    let start = Instant::now() + Duration::from_millis(200);
    let plan = Plan { start, warm_up: Duration::ZERO, round: end / ROUNDS, rounds: ROUNDS };
    let calm = Nodes::first(args);
    scene.watch.calm_until(start + calm);
    let ledger = ground.people.ledger.clone();
    ledger.begin(plan);
    let cpu_before = nodes.cpu(ground);
    let commits_before = commits(ground).await;
    let writers = scene.groups.writers.clone().collect();
    let generator = Generator::start(Load {
        users: ground.people.users.clone(),
        ledger: ledger.clone(),
        mix: MIX.parse::<Mix>()?,
        schedule: Schedule::of(writers, texts, end, seed),
        plan,
        seed,
    })
    .context("the load cannot be started")?;
    let others = tokio::spawn(loads::run(scene.clone(), others, start, end, seed));
    progress.step(|| format!("{} people for {:?}", args.people, args.duration));
    nodes.suffer(ground, scene, cores, start, args).await?;
    let sent = generator.finish().context("the load did not run to its end")?;
    let took = start.elapsed();
    progress.step(|| "what is under way arrives".to_owned());
    others.await?.context("somebody could not do anything")?;
    let until = Instant::now() + args.patience;
    while ground.under_way() > 0 && Instant::now() < until {
        nodes.check()?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A second copy comes, if at all, soon after the first.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cpu = nodes.cpu(ground);
    let commits = commits(ground).await.zip(commits_before).map(|(now, before)| now - before);
    Ok(Spent {
        start,
        texts: ledger.latencies(),
        calm_rounds: (f64::from(ROUNDS) * calm.as_secs_f64() / end.as_secs_f64()) as usize,
        counts: ledger.counts(),
        refused: sent.refused,
        cpu: [0, 1].map(|n: usize| cpu[n].saturating_sub(cpu_before[n])),
        took,
        most: nodes.most,
        memory: std::mem::take(&mut nodes.memory),
        commits,
        log: std::mem::take(&mut nodes.log),
    })
}

fn merged(parts: &[Histogram<u64>]) -> Histogram<u64> {
    let mut all = histogram();
    parts.iter().for_each(|part| _ = all.add(part));
    all
}

fn tell(report: &mut Report, args: &Day, scene: &Scene, model: &Model, day: &Spent, books: &Books) {
    let columns =
        ["what", "how many", "lost", "calm p50 ms", "calm p99 ms", "day p50 ms", "day p99 ms", "max ms"];
    let mut table = Table::new("What people did", &columns);
    let calm = day.calm_rounds.min(day.texts.len());
    let texts = Took {
        calm: merged(&day.texts[..calm]),
        whole: merged(&day.texts),
        asked: day.counts.sent,
        lost: day.counts.missing(),
    };
    let mut kinds = serde_json::Map::new();
    let unfound = lock(&scene.state.unfound);
    let (hidden, unfound): (Vec<_>, Vec<_>) =
        unfound.iter().partition(|one| books.hidden.contains(&user(one.person)));
    let mut others = scene.watch.took();
    others[Kind::Search as usize].lost -= hidden.len() as u64;
    let all = std::iter::once(("a text, a photo, an answer", texts))
        .chain(KINDS.iter().map(|(_, name)| *name).zip(others));
    for (name, took) in all {
        let times = [(&took.calm, 0.5), (&took.calm, 0.99), (&took.whole, 0.5), (&took.whole, 0.99)];
        let times = times.map(|(of, q)| ms(of, q));
        let most = took.whole.max() as f64 / 1e3;
        let cells = [Cell::text(name), Cell::number(took.asked as f64, 0), Cell::number(took.lost as f64, 0)];
        let figures = times.into_iter().chain([most]).map(|n| Cell::number(n, 1));
        table.row(cells.into_iter().chain(figures).collect(), took.lost > 0);
        if took.lost > 0 {
            report.void(name.to_owned(), Reason::Lost(took.lost));
        }
        let [calm50, calm99, p50, p99] = times;
        kinds.insert(
            name.replace(' ', "_"),
            json!({
                "n": took.asked, "lost": took.lost,
                "calm_ms": {"p50": calm50, "p99": calm99}, "day_ms": {"p50": p50, "p99": p99, "max": most},
            }),
        );
    }
    report.table(table);
    report.data("kinds", kinds.into());
    promises(report, args, scene, model, day);
    load(report, day);
    slope::tell(report, args.duration, day, args.calm);
    let line = day.texts.iter().zip(1u32..).map(|(round, n)| {
        let minutes = args.duration.as_secs_f64() / 60.0 * f64::from(n) / f64::from(ROUNDS);
        (minutes, ms(round, 0.99))
    });
    report.chart(Chart::new("Texts through the day", "minutes", "p99, ms").line("texts", line.collect()));
    day.log.iter().for_each(|what| report.note(what.clone()));
    if !books.hidden.is_empty() {
        report.note(format!(
            "Two reported each of {} people, whom the engine hid for that; {} of their searches found nobody.",
            books.hidden.len(),
            hidden.len()
        ));
    }
    for (one, last) in unfound.iter().filter_map(|one| Some((one, one.last.as_ref()?))) {
        let at = one.since.saturating_duration_since(day.start).as_secs();
        report.note(format!("Never found, from {at} s on: {last}"));
    }
    let skipped = scene.state.skipped.load(Ordering::Relaxed);
    if skipped > 0 {
        report.note(format!("{skipped} actions found nobody free to do them."));
    }
}

/// Nothing is doubled, astray, or told of others.
fn promises(report: &mut Report, args: &Day, scene: &Scene, model: &Model, day: &Spent) {
    let counts = day.counts;
    // Telegram took it, the node was killed before it knew: it is sent once more.
    let kills = if args.suffers(DayFault::Kill) { 1.0 } else { 0.0 };
    let texts = f64::from(args.texts) * f64::from(args.people) / RATED;
    let most = (texts * DOUBLES_S * kills) as u64;
    // One may always be under way.
    let few = (most / 50).max(kills as u64);
    let replies = scene.watch.doubled();
    for (what, reason) in [
        (counts.doubled > most, Reason::Doubled(counts.doubled)),
        (counts.reordered > 0, Reason::Reordered(counts.reordered)),
        (counts.astray > 0, Reason::Astray(counts.astray)),
        (day.refused > 0, Reason::Refused(day.refused)),
    ] {
        if what {
            report.void("texts".to_owned(), reason);
        }
    }
    if replies > few {
        report.void("replies and receipts".to_owned(), Reason::Doubled(replies));
    }
    let telling = scene.watch.telling();
    if telling > 0 {
        report
            .void("anonymity".to_owned(), Reason::Failed(format!("{telling} messages tell who somebody is")));
    }
    let (turns, again) = model.take();
    let mut table = Table::new("What has to hold", &["what", "how often", "at most"]);
    for (what, many, most) in [
        ("texts doubled (under way at the kill)", counts.doubled, most),
        ("replies and receipts doubled", replies, few),
        ("texts out of order", counts.reordered, 0),
        ("texts at somebody else", counts.astray, 0),
        ("messages that tell who somebody is", telling, 0),
    ] {
        table.row(
            [Cell::text(what), Cell::number(many as f64, 0), Cell::number(most as f64, 0)].into(),
            false,
        );
    }
    report.table(table);
    let paid = scene.state.paid.load(Ordering::Relaxed);
    report.note(format!(
        "{} turns reached the model, {again} of them once more; {paid} orders were paid, and the books balance.",
        turns.len()
    ));
    report.data(
        "promises",
        json!({
            "doubled": counts.doubled, "replies_doubled": replies, "reordered": counts.reordered,
            "astray": counts.astray, "telling": telling, "turns": turns.len(), "turns_again": again, "paid": paid,
        }),
    );
}

/// What it cost.
fn load(report: &mut Report, day: &Spent) {
    let seconds = day.took.as_secs_f64();
    let mut table = Table::new("What it cost", &["what", "CPU, cores", "memory at most, MB"]);
    for (n, name) in ["the engine", "PostgreSQL and Redis"].into_iter().enumerate() {
        let cells =
            [Cell::number(day.cpu[n].as_secs_f64() / seconds, 2), Cell::number(day.most[n] as f64 / 1e6, 0)];
        table.row(std::iter::once(Cell::text(name)).chain(cells).collect(), false);
    }
    report.table(table);
    let commits = day.commits.map(|commits| commits / seconds);
    if let Some(commits) = commits {
        report.note(format!("The database committed {commits:.0} transactions a second."));
    }
    report.data(
        "cost",
        json!({
            "engine_cores": day.cpu[0].as_secs_f64() / seconds, "servers_cores": day.cpu[1].as_secs_f64() / seconds,
            "engine_bytes": day.most[0], "servers_bytes": day.most[1], "commits_per_s": commits,
        }),
    );
}
