//! `bench dating`: how soon cards, refills and matches are there with many profiles, and whether
//! texts wait for them.
//!
//! Decks are filled first, one after the other, by the statements that the engine fills them by.
//! Then phases of texts alone and of texts beside requests for cards take turns, as in the other
//! benches. At the end people like each other, and prices of crowding are learnt anew, by the steps
//! of the engine, which does not run any more.

mod prices;
pub(super) mod seed;

use super::args::{DatingArgs, Surroundings};
use super::child::Process;
use super::cores::Cores;
use super::generator::{Generator, Load};
use super::ledger::{Plan, histogram};
use super::mix::Mix;
use super::people::unlimited;
use super::progress::Progress;
use super::ratio::Ratio;
use super::report::{Cell, Chart, Report, Table};
use super::round::ms;
use super::schedule::Schedule;
use super::testbed::Testbed;
use super::verdict::Reason;
use crate::postgres::PrivateCluster;
use crate::store::{Keys, PgStore, StoreOptions};
use anyhow::{Context as _, ensure};
use futures_util::StreamExt as _;
use hdrhistogram::Histogram;
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::ids::UserId;
use nameless_simulator::ChatMessage;
use reqwest::Client;
use secrecy::SecretString;
use seed::{CARD, Crowd, secret};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The key that the engine under test is given with a server.
const KEY: &str = "5a";
/// How long what is under way may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// First likes that are under way at a time; nobody waits for these.
const AT_ONCE: usize = 8;
/// So many viewers open the app at one time.
const FIRST_LOOKS: usize = 4;
/// What next cards, a refill, and a like until both have heard of it may take (p99), milliseconds.
const BARS_MS: [f64; 3] = [5.0, 30.0, 50.0];
/// What relayed texts may take beside cards, in units of what they take alone (p99).
const BAR_RATIO: f64 = 1.1;

/// Measures.
pub async fn run(args: DatingArgs, cores: Cores) -> anyhow::Result<Report> {
    ensure!(
        args.writers.is_multiple_of(2),
        "--writers has to be even: everybody is in a chat with one other"
    );
    ensure!(args.viewers <= args.people(), "there are fewer --profiles than --viewers");
    let mut progress = Progress::new();
    let mut report = Report::new("dating", &args.output, &cores);
    let ours = [("DATING", "on"), ("DATING_LIKES", "10000"), ("TRUSTED_PROXIES", "127.0.0.1")];
    let ours = ours.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let wanted = Surroundings {
        env: ours.chain(args.surroundings.env.iter().cloned()).collect(),
        ..args.surroundings.clone()
    };
    let ground = Testbed::prepare(args.writers, &wanted, &args.output, unlimited(), &mut progress).await?;
    ground.describe(&mut report);
    for (name, value) in [
        ("profiles", args.people()),
        ("verdicts", args.said()),
        ("viewers", args.viewers),
        ("rate", args.rate),
        ("texts_per_second", args.texts),
        ("rounds", args.rounds),
    ] {
        report.setting(name, value);
    }
    let refills = prepare(&ground, &args, &mut progress).await?;
    let process = ground.launch(&ground.engine, &cores).await?;
    let mut bench = Bench::begin(args, ground, process, progress).await?;
    let opened = bench.open().await?;
    let mut rounds = Vec::new();
    for round in 1..=bench.args.rounds {
        // Whichever began a round ends the next.
        let first = round % 2 == 0;
        let (one, other) = (bench.phase(round, first).await?, bench.phase(round, !first).await?);
        rounds.push(if first { [other, one] } else { [one, other] });
    }
    let mutual = bench.mutual().await?;
    let counts = bench.ground.people.ledger.counts();
    counts.problems().into_iter().for_each(|reason| report.void("texts".into(), reason));
    let Bench { args, ground, process, mut progress, .. } = bench;
    let has_ended = process.stop().await;
    if !has_ended {
        report.note("The engine did not end on SIGTERM in time and was killed.".to_owned());
    }
    tell(&mut report, &args, [&opened, &refills, &mutual], &rounds);
    if has_ended && !args.prices.is_zero() {
        progress.step(|| "prices of crowding".to_owned());
        let work = async |url: &str, keys: Keys| prices::rebuild(url, keys, &args, &mut progress).await;
        match at_database(&ground, work).await {
            Ok(rebuilt) => rebuilt.tell(&mut report),
            // What was measured before is worth having all the same.
            Err(cause) => report.note(format!("Prices of crowding could not be learnt: {cause:#}")),
        }
    }
    Ok(report)
}

/// Puts the data set in, and fills the decks of whoever will look: how long each took.
async fn prepare(
    ground: &Testbed,
    args: &DatingArgs,
    progress: &mut Progress,
) -> anyhow::Result<Histogram<u64>> {
    at_database(ground, async |url: &str, keys: Keys| fill(url, keys, args, progress).await).await
}

/// Does something with the database of the engine under test, while that does not run.
async fn at_database<T>(
    ground: &Testbed,
    work: impl AsyncFnOnce(&str, Keys) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let Some(url) = &ground.servers.database_url else {
        let folder = ground.engine.data_dir.clone();
        let keys = Keys::load_or_create(&folder)?;
        let start = move || PrivateCluster::start(&folder, None, 8);
        let cluster = tokio::task::spawn_blocking(start).await??;
        let done = work(cluster.url(), keys).await;
        tokio::task::spawn_blocking(move || cluster.stop()).await?;
        return done;
    };
    work(url, Keys::parse(&SecretString::from(KEY.repeat(32)))?).await
}

async fn fill(
    url: &str,
    keys: Keys,
    args: &DatingArgs,
    progress: &mut Progress,
) -> anyhow::Result<Histogram<u64>> {
    seed::fill(url, &keys, args, progress).await?;
    let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
    let (crowd, mut took) = (Crowd::of(args), histogram());
    for n in 0..args.viewers {
        progress.show(|| format!("decks: {n} of {}", args.viewers));
        let began = Instant::now();
        store.dating_deal(crowd.viewer(n, args.viewers), Windows::default()).await?;
        took.saturating_record(us(began));
    }
    store.close().await;
    Ok(took)
}

fn us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// One phase: what texts took, and cards where they were asked for.
struct Phase {
    texts: Histogram<u64>,
    cards: Histogram<u64>,
    /// Requests that were not answered by cards.
    refused: u64,
    reasons: Vec<Reason>,
}

/// Phones of the data set's people.
#[derive(Clone)]
struct Phones {
    http: Client,
    base: String,
}

impl Phones {
    /// A request of somebody's phone, from an address of its own.
    fn of(&self, user: UserId, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let [_, a, b, c] = (user.0 as u32).to_be_bytes();
        request.bearer_auth(secret(user)).header("x-forwarded-for", format!("10.{a}.{b}.{c}"))
    }

    /// Asks for somebody's next cards; whether there were any.
    async fn look(&self, user: UserId) -> anyhow::Result<bool> {
        let answer = self.of(user, self.http.get(format!("{}/cards", self.base))).send().await?;
        let is_ok = answer.status().is_success();
        let cards: Value = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(is_ok && cards["cards"].as_array().is_some_and(|cards| !cards.is_empty()))
    }

    /// Likes the person on the card that was put there.
    async fn like(&self, user: UserId) -> anyhow::Result<Value> {
        let token = format!("{CARD:016x}");
        let request = self.http.post(format!("{}/cards/{token}/verdict", self.base));
        let request =
            self.of(user, request).header("idempotency-key", "like").json(&json!({"verdict": "like"}));
        let answer = request.send().await?;
        let status = answer.status();
        let told: Value = serde_json::from_slice(&answer.bytes().await?)?;
        ensure!(status.is_success(), "a like: {status} {told}");
        Ok(told)
    }
}

struct Bench {
    args: DatingArgs,
    ground: Testbed,
    process: Process,
    progress: Progress,
    phones: Phones,
}

impl Bench {
    async fn begin(
        args: DatingArgs,
        ground: Testbed,
        process: Process,
        progress: Progress,
    ) -> anyhow::Result<Bench> {
        let http = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let until = Instant::now() + Duration::from_secs(10);
        while process.http().is_none() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let base = process.http().context("the engine does not say where its API is")?;
        let phones = Phones { http, base: format!("{base}/app/api/v1") };
        Ok(Bench { args, ground, process, progress, phones })
    }

    /// Each viewer opens the app: their first cards are noted as seen, which the later looks of a
    /// visit have no more to do. A few at one time, as people do not come all at once.
    async fn open(&mut self) -> anyhow::Result<Histogram<u64>> {
        self.progress.step(|| "everybody opens the app".to_owned());
        let crowd = Crowd::of(&self.args);
        let viewers = futures_util::stream::iter(0..self.args.viewers).map(|n| {
            let (phones, user) = (self.phones.clone(), crowd.viewer(n, self.args.viewers));
            async move {
                let began = Instant::now();
                ensure!(phones.look(user).await?, "a viewer has no cards");
                anyhow::Ok(us(began))
            }
        });
        let (mut looks, mut took) = (viewers.buffer_unordered(FIRST_LOOKS), histogram());
        while let Some(us) = looks.next().await {
            took.saturating_record(us?);
        }
        drop(looks);
        self.process.check()?;
        Ok(took)
    }

    /// Texts, alone or beside requests for cards.
    async fn phase(&mut self, round: u32, is_beside: bool) -> anyhow::Result<Phase> {
        let start = Instant::now() + Duration::from_millis(50);
        let plan = Plan { start, warm_up: self.args.warm_up, round: self.args.duration, rounds: 1 };
        let ledger = self.ground.people.ledger.clone();
        ledger.begin(plan);
        let seed = self.args.output.seed ^ (u64::from(round) << 1) ^ (u64::from(is_beside) << 32);
        let generator = Generator::start(Load {
            users: self.ground.people.users.clone(),
            ledger: ledger.clone(),
            mix: Mix::texts(),
            schedule: Schedule::new(self.args.writers, f64::from(self.args.texts), plan.total(), seed),
            plan,
            seed,
        })
        .context("the load cannot be started")?;
        let name = if is_beside { "beside cards" } else { "texts alone" };
        self.progress.step(|| format!("round {round}, {name}"));
        let (mut cards, mut refused) = (histogram(), 0);
        if is_beside {
            (cards, refused) = self.cards(plan, seed).await?;
        }
        tokio::time::sleep_until((start + plan.total()).into()).await;
        let sent = generator.finish().context("the load did not run to its end")?;
        self.process.check()?;
        let until = Instant::now() + PATIENCE;
        self.ground.wait_for_all(&mut self.process, until, &mut self.progress).await?;
        let mut reasons = Vec::new();
        if sent.refused > 0 {
            reasons.push(Reason::Refused(sent.refused));
        }
        if refused > 0 {
            reasons.push(Reason::Failed(format!("{refused} requests for cards were not answered by any")));
        }
        let texts = ledger.latencies().into_iter().next().unwrap_or_else(histogram);
        Ok(Phase { texts, cards, refused, reasons })
    }

    /// Requests for cards by an open schedule: what those took that were due after the warm-up.
    async fn cards(&self, plan: Plan, seed: u64) -> anyhow::Result<(Histogram<u64>, u64)> {
        let crowd = Crowd::of(&self.args);
        let mut asked = Vec::new();
        let schedule = Schedule::new(self.args.viewers, f64::from(self.args.rate), plan.total(), seed);
        let mut slots = schedule.due(plan.start).context("the schedule cannot be started")?;
        while let Some(slot) = slots.recv().await {
            let due = plan.start + slot.due;
            let (phones, user) = (self.phones.clone(), crowd.viewer(slot.sender, self.args.viewers));
            asked.push(tokio::spawn(async move {
                let found = phones.look(user).await;
                (due, us(due), found)
            }));
        }
        let (mut took, mut refused) = (histogram(), 0);
        for one in asked {
            let (due, us, found) = one.await?;
            match found {
                Ok(true) if plan.round_of(due).is_some() => took.saturating_record(us),
                Ok(true) => {}
                Ok(false) | Err(_) => refused += 1,
            }
        }
        Ok((took, refused))
    }

    /// Everybody likes their partner; from the second like until both chats tell of it.
    async fn mutual(&mut self) -> anyhow::Result<Histogram<u64>> {
        self.progress.step(|| "mutual likes".to_owned());
        let firsts = futures_util::stream::iter((0..self.args.writers).step_by(2));
        let mut first = firsts.map(|n| self.phones.like(Crowd::writer(n))).buffer_unordered(AT_ONCE);
        while let Some(told) = first.next().await {
            ensure!(told?["matched"] == false, "one like is a match");
        }
        drop(first);
        let (start, mut under_way) = (Instant::now(), Vec::new());
        for n in 0..self.args.writers / 2 {
            let due = start + Duration::from_secs_f64(f64::from(n) / f64::from(self.args.likes));
            tokio::time::sleep_until(due.into()).await;
            let two = [2 * n, 2 * n + 1].map(|n| self.ground.people.users[n as usize].clone());
            let phones = self.phones.clone();
            under_way.push(tokio::spawn(async move {
                let mutual =
                    |m: &ChatMessage| m.from_bot && m.text().is_some_and(|t| t.contains("It is mutual"));
                let told = two.each_ref().map(|user| user.wait_after(user.mark(), PATIENCE, mutual));
                let [one, other] = told;
                let liked = phones.like(Crowd::writer(2 * n + 1));
                let heard = async {
                    one.await.and(other.await)?;
                    anyhow::Ok(us(due))
                };
                let (liked, heard) = futures_util::future::join(liked, heard).await;
                ensure!(liked?["matched"] == true, "two likes are no match");
                heard
            }));
        }
        let mut took = histogram();
        for one in under_way {
            took.saturating_record(one.await?.context("somebody is not told")?);
        }
        self.process.check()?;
        Ok(took)
    }
}

fn tell(
    report: &mut Report,
    args: &DatingArgs,
    [opened, refills, mutual]: [&Histogram<u64>; 3],
    rounds: &[[Phase; 2]],
) {
    let columns = ["round", "cards p50 ms", "cards p99 ms", "texts p99 ms", "beside cards p99 ms", "ratio"];
    let mut table = Table::new(&format!("Next cards, {} requests a second", args.rate), &columns);
    let (mut ratios, mut all, mut values) = (Vec::new(), histogram(), Vec::new());
    let mut lines: [Vec<(f64, f64)>; 2] = Default::default();
    for (n, [calm, beside]) in (1..).zip(rounds) {
        let is_void = !calm.reasons.is_empty() || !beside.reasons.is_empty();
        let (alone, with) = (ms(&calm.texts, 0.99), ms(&beside.texts, 0.99));
        if !is_void {
            ratios.push(with / alone);
            let _ = all.add(&beside.cards);
        }
        let numbers = [ms(&beside.cards, 0.5), ms(&beside.cards, 0.99), alone, with, with / alone]
            .map(|n| Cell::number(n, 2));
        table.row(std::iter::once(Cell::number(f64::from(n), 0)).chain(numbers).collect(), is_void);
        lines.iter_mut().zip([alone, with]).for_each(|(line, p99)| line.push((f64::from(n), p99)));
        for (name, phase) in ["texts alone", "beside cards"].into_iter().zip([calm, beside]) {
            phase.reasons.iter().for_each(|reason| report.void(format!("round {n}, {name}"), reason.clone()));
        }
        values.push(json!({
            "cards_ms": {"p50": ms(&beside.cards, 0.5), "p99": ms(&beside.cards, 0.99)},
            "requests": beside.cards.len(), "refused": beside.refused,
            "texts_p99_ms": {"alone": alone, "beside_cards": with}, "void": is_void,
        }));
    }
    report.table(table);
    let mut table = Table::new("All together", &["what", "how many", "p50 ms", "p99 ms", "max ms", "bar ms"]);
    let [cards, refill, like] = BARS_MS;
    for (what, took, bar) in [
        ("next cards", &all, Some(cards)),
        ("first cards of a visit, four at one time", opened, None),
        ("a deck is filled", refills, Some(refill)),
        ("a like until both have heard", mutual, Some(like)),
    ] {
        let times = [ms(took, 0.5), ms(took, 0.99), took.max() as f64 / 1e3].map(|n| Cell::number(n, 2));
        let cells = [Cell::text(what), Cell::number(took.len() as f64, 0)].into_iter().chain(times);
        let shown = bar.map_or_else(|| Cell::text("-"), |bar| Cell::number(bar, 0));
        table.row(cells.chain([shown]).collect(), false);
        if let Some(bar) = bar.filter(|bar| ms(took, 0.99) > *bar) {
            report.note(format!("Missed: {what} takes more than {bar} ms (p99)."));
        }
        let name = what.replace(' ', "_");
        report.data(&name, json!({"n": took.len(), "p50_ms": ms(took, 0.5), "p99_ms": ms(took, 0.99)}));
    }
    report.table(table);
    let [alone, beside] = lines;
    report.chart(Chart::new("Texts", "round", "p99, ms").line("alone", alone).line("beside cards", beside));
    let ratio = Ratio::of(&ratios, args.output.seed);
    if let Some(ratio) = ratio {
        report.note(format!(
            "Texts beside cards take {ratio} times what they take alone (p99; the bar is {BAR_RATIO})."
        ));
    }
    report.data("texts_ratio", ratio.map_or(Value::Null, |ratio| ratio.json()));
    report.data("rounds", values.into());
}
