//! `bench day`: a whole evening at once. Thousands of people write to each other, look for
//! somebody, look at cards, talk to a character and have it draw, pay, go through their settings
//! and report, each by an open schedule; and on the way the node that takes updates is killed, the
//! database restarts, Redis is emptied. Nothing may be lost, paid or answered twice, or reach the
//! wrong person.

mod books;
mod faults;
mod groups;
mod loads;
mod painter;
mod slope;
mod told;
mod watch;

use super::args::Day;
use super::cores::Cores;
use super::generator::{Generator, Load};
use super::ledger::Plan;
use super::mix::Mix;
use super::model::Model;
use super::people::unlimited;
use super::progress::Progress;
use super::report::Report;
use super::schedule::Schedule;
use super::testbed::Testbed;
use super::verdict::Reason;
use crate::postgres::PrivateCluster;
use crate::store::Keys;
use anyhow::{Context as _, ensure};
use faults::Nodes;
use groups::Groups;
use hdrhistogram::Histogram;
use loads::{Scene, State};
use painter::Painter;
use reqwest::Client;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use watch::Watch;

/// What people send each other.
const MIX: &str = "text=88,reply=7,photo=4,voice=1";
/// Rounds of texts, for the chart.
const ROUNDS: u32 = 20;

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
    let (texts, others) = args.rates();
    report.setting("nodes", args.nodes);
    report.setting("duration_s", args.duration.as_secs());
    report.setting("texts_per_second", texts);
    report.setting("others_per_second", others);
    report.setting("groups", format!("{groups:?}"));
    let orders = prepare(&ground, &groups, &args, &mut progress).await?;
    let (model, painter) = (Model::start()?, Painter::start(args.picture)?);
    report.setting("picture_s", args.picture.as_secs_f64());
    report.setting("picture_bytes", painter.bytes);
    let file = groups::back_ends_file(&ground.engine.data_dir, &model.url(), &painter.back_end())?;
    let engine = ground.engine.clone().with("COMPANIONS", &file);
    let engine = slope::without_huge_pages(engine, args.duration);
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
    let books = books::audit(&ground, &engine, scene.groups.seekers.clone()).await?;
    drop(progress);
    if let Some(wrong) = &books.wrong {
        report.void("the books".to_owned(), Reason::Failed(wrong.clone()));
    }
    told::tell(&mut report, (&args, &scene), (&model, &painter), &day, &books);
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
    let payments = loads::payments(args);
    if let Some(url) = &ground.servers.database_url {
        return groups::fill(url, books::server_keys()?, (groups, payments), args, progress).await;
    }
    let folder = ground.engine.data_dir.clone();
    let keys = Keys::load_or_create(&folder)?;
    let cluster = tokio::task::spawn_blocking(move || PrivateCluster::start(&folder, None, 8)).await??;
    let done = groups::fill(cluster.url(), keys, (groups, payments), args, progress).await;
    tokio::task::spawn_blocking(move || cluster.stop()).await?;
    done
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
    let commits_before = books::commits(ground).await;
    let writers = scene.groups.writers.clone().collect();
    let generator = Generator::start(Load {
        users: ground.people.users.clone(),
        ledger: ledger.clone(),
        mix: MIX.parse::<Mix>()?,
        schedule: Schedule::of(writers, texts, end, seed).without_beat(),
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
    let commits = books::commits(ground).await.zip(commits_before).map(|(now, before)| now - before);
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
