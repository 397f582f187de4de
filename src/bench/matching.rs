//! `bench match`: what finding a partner costs, by the number of people who wait. In process: the
//! pool of `domain::matching`, and the queue of `src/cluster/queue` on a real Redis.

use super::args::{Match, Output};
use super::cores::Cores;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::servers::RedisServer;
use super::verdict::Reason;
use crate::cluster::queue::RedisQueue;
use crate::cluster::redis::Redis;
use anyhow::{Context as _, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use hdrhistogram::Histogram;
use nameless_actors::ports::{Queue, Sought, Wish};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::matching::{Offer, Pool, PoolLimits, Seeker};
use nameless_domain::profile::{AgeBand, Gender, Interests, Profile, TOPICS, Wishes};
use nameless_domain::random::Random;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Requests at a time while the queue in Redis is filled.
const FILLING: usize = 64;
/// For how long wishes in Redis stand: longer than the bench takes.
const STANDS: Duration = Duration::from_secs(7_200);

/// People who look for each other: those who wait accept only the other gender, so they do not fit
/// one another, and each who comes fits some of them. Ages, languages, interests and wishes about
/// them vary: there are hundreds of types.
struct Crowd {
    random: Random,
    next: i64,
}

impl Crowd {
    fn seeker(&mut self, gender: Gender) -> Seeker {
        let random = &mut self.random;
        let other = if gender == Gender::Female { Gender::Male } else { Gender::Female };
        let lang = Lang::ALL[random.below(Lang::ALL.len() as u64) as usize];
        let age = AgeBand::ALL[random.below(AgeBand::ALL.len() as u64) as usize];
        // A third say which ages they want, always with their own among them; a tenth want a shared
        // interest.
        let ages = match random.below(3) {
            0 => (1 << age as u8) | (1 << random.below(AgeBand::ALL.len() as u64)),
            _ => Wishes::ANY_AGE,
        };
        let interests = (0..3).fold(0, |all, _| all | 1 << random.below(TOPICS as u64));
        let shared_interest = random.below(10) == 0;
        let wishes = Wishes { genders: 1 << other as u8, ages, langs: 1 << lang as u8, shared_interest };
        self.next += 1;
        Seeker {
            user: UserId(self.next),
            crowd: CrowdId::FIRST,
            profile: Profile { gender, age, lang, interests: Interests(interests), wishes },
            since: Millis(self.next),
            priority: false,
            avoid: Box::default(),
        }
    }
}

/// Measures.
pub async fn run(args: Match, cores: Cores) -> anyhow::Result<Report> {
    let mut report = Report::new("match", &args.output, &cores);
    report.setting("matches", args.matches);
    let mut progress = Progress::new();
    let mut in_memory = Vec::new();
    for n in &args.waiting {
        progress.step(|| format!("{n} wait, in memory"));
        in_memory.push((*n, pool(*n, args.matches, &args.output)?));
    }
    let memory = show(&mut report, "In memory", "ns", &in_memory);
    report.data("memory_ns", memory);
    if args.redis || args.redis_url.is_some() {
        report.setting("redis_matches", args.redis_matches);
        let server = match &args.redis_url {
            None => Some(RedisServer::start().await?),
            Some(_) => None,
        };
        let url = args.redis_url.clone().or(server.as_ref().map(RedisServer::url)).context("no Redis")?;
        let mut in_redis = Vec::new();
        for n in &args.redis_waiting {
            progress.step(|| format!("{n} wait, in Redis"));
            let found = redis(&url, *n, args.redis_matches, &args.output, &mut progress).await?;
            in_redis.push((*n, found));
        }
        let redis = show(&mut report, "In Redis, with the way there and back", "µs", &in_redis);
        report.data("redis_us", redis);
        report.note("Redis and this process share the load's core; a request goes alone.".to_owned());
    }
    Ok(report)
}

/// The cost of one search that finds somebody, nanoseconds; the pool is filled up again after each,
/// unmeasured.
fn pool(waiting: u32, matches: u32, output: &Output) -> anyhow::Result<Histogram<u64>> {
    let mut crowd = Crowd { random: Random::for_purpose(output.seed, u64::from(waiting)), next: 0 };
    let mut pool = Pool::new(PoolLimits { max_seekers: 10_000_000, ..PoolLimits::default() });
    for _ in 0..waiting {
        pool.offer(crowd.seeker(Gender::Female));
    }
    let mut costs = super::ledger::histogram();
    let (mut found, mut tried) = (0, 0u64);
    // A tenth more, which warms up; somebody whom nobody fits does not count and does not stay.
    while found < matches + matches / 10 {
        tried += 1;
        if tried > 20 * u64::from(matches) + 1000 {
            bail!("of {tried} who searched only {found} found somebody among {waiting}");
        }
        let seeker = crowd.seeker(Gender::Male);
        let user = seeker.user;
        let began = Instant::now();
        let offer = pool.offer(seeker);
        let cost = began.elapsed();
        match offer {
            Offer::Matched(..) => {
                found += 1;
                if found > matches / 10 {
                    costs.saturating_record(u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX));
                }
                pool.offer(crowd.seeker(Gender::Female));
            }
            _ => drop(pool.cancel(user)),
        }
    }
    Ok(costs)
}

/// The same of the queue in Redis, microseconds.
async fn redis(
    url: &str,
    waiting: u32,
    matches: u32,
    output: &Output,
    progress: &mut Progress,
) -> anyhow::Result<Histogram<u64>> {
    let mut crowd = Crowd { random: Random::for_purpose(output.seed, u64::from(waiting)), next: 0 };
    let limits = PoolLimits { max_seekers: 10_000_000, ..PoolLimits::default() };
    // A queue of its own for each size.
    let name = format!("bench-{}-{waiting}", std::process::id());
    let queue = RedisQueue::new(Redis::connect(&url.to_owned().into())?, &name, &Crowds::default(), limits);
    let wish =
        |seeker: Seeker| Wish { number: seeker.user.0 as u64, seeker, stands: STANDS, returned: false };
    // The first one alone: it begins the queue.
    queue.seek(wish(crowd.seeker(Gender::Female))).await?;
    let seekers: Vec<Seeker> = (1..waiting).map(|_| crowd.seeker(Gender::Female)).collect();
    let mut filled = stream::iter(seekers.into_iter().map(|s| queue.seek(wish(s)))).buffer_unordered(FILLING);
    let mut n = 0u32;
    while filled.try_next().await?.is_some() {
        n += 1;
        progress.show(|| format!("{n} of {waiting} wait, in Redis"));
    }
    drop(filled);
    let mut costs = super::ledger::histogram();
    let (mut found, mut tried) = (0, 0u64);
    while found < matches + matches / 10 {
        tried += 1;
        if tried > 20 * u64::from(matches) + 1000 {
            bail!("of {tried} who searched only {found} found somebody among {waiting} in Redis");
        }
        let seeker = crowd.seeker(Gender::Male);
        let user = seeker.user;
        let began = Instant::now();
        let sought = queue.seek(wish(seeker)).await?;
        let cost = began.elapsed();
        match sought {
            Sought::Matched { .. } => {
                found += 1;
                if found > matches / 10 {
                    costs.saturating_record(u64::try_from(cost.as_micros()).unwrap_or(u64::MAX));
                }
                queue.seek(wish(crowd.seeker(Gender::Female))).await?;
            }
            _ => drop(queue.cancel(user.0 as u64 + 1, user).await?),
        }
        progress.show(|| format!("{found} of {matches} matches among {waiting}, in Redis"));
    }
    Ok(costs)
}

/// Table, chart and JSON of one kind of queue.
fn show(report: &mut Report, title: &str, unit: &str, found: &[(u32, Histogram<u64>)]) -> Value {
    let columns = ["waiting", "mean", "p50", "p99", "max", "mean to the first"];
    let columns = columns.map(|c| {
        if matches!(c, "waiting" | "mean to the first") { c.to_owned() } else { format!("{c} {unit}") }
    });
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(title, &columns);
    let base = found.first().map_or(1.0, |(_, h)| h.mean().max(1e-9));
    let mut values = Vec::new();
    for (waiting, costs) in found {
        let ratio = costs.mean() / base;
        let quantile = |q| costs.value_at_quantile(q) as f64;
        let cells =
            [costs.mean(), quantile(0.5), quantile(0.99), costs.max() as f64].map(|v| Cell::number(v, 0));
        let row =
            [Cell::number(f64::from(*waiting), 0)].into_iter().chain(cells).chain([Cell::number(ratio, 2)]);
        table.row(row.collect(), costs.is_empty());
        if costs.is_empty() {
            report.void(format!("{waiting} waiting"), Reason::Failed("no match was measured".into()));
        }
        values.push(json!({
            "waiting": waiting, "matches": costs.len(), "mean": costs.mean(), "p50": quantile(0.5),
            "p90": quantile(0.9), "p99": quantile(0.99), "max": costs.max(), "mean_to_first": ratio,
        }));
    }
    report.table(table);
    let line = |of: fn(&Histogram<u64>) -> f64| found.iter().map(|(n, h)| (f64::from(*n), of(h))).collect();
    report.chart(
        Chart::new(&format!("Cost of a match: {}", title.to_lowercase()), "people who wait", unit)
            .logarithmic_x()
            .line("mean", line(|h| h.mean()))
            .line("p50", line(|h| h.value_at_quantile(0.5) as f64))
            .line("p99", line(|h| h.value_at_quantile(0.99) as f64)),
    );
    values.into()
}
