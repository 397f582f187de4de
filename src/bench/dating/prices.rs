//! How long it takes to learn everybody's price of crowding anew.

use super::us;
use crate::bench::args::DatingArgs;
use crate::bench::ledger::histogram;
use crate::bench::progress::Progress;
use crate::bench::report::{Cell, Report, Table};
use crate::bench::round::ms;
use crate::store::{Keys, PgStore, StoreOptions};
use anyhow::ensure;
use hdrhistogram::Histogram;
use nameless_actors::dating::PAUSES;
use serde_json::json;
use std::time::{Duration, Instant};

/// What a rebuild of prices took, or as much of it as there was time for.
pub(super) struct Rebuilt {
    /// People whose price there is to learn.
    people: u32,
    /// Those whose price was.
    learnt: u32,
    took: Duration,
    /// What each step took, microseconds.
    steps: Histogram<u64>,
}

/// Learns prices by the steps that the engine learns them by, one behind the other without its
/// pauses, until everybody's was looked at or the time is over.
pub(super) async fn rebuild(
    url: &str,
    keys: Keys,
    args: &DatingArgs,
    progress: &mut Progress,
) -> anyhow::Result<Rebuilt> {
    let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
    let people = args.people().saturating_add(args.writers);
    let (began, mut steps, mut learnt) = (Instant::now(), histogram(), 0_u32);
    while learnt < people && began.elapsed() < args.prices {
        progress.show(|| format!("prices of crowding: {learnt} of {people}"));
        let step = Instant::now();
        let looked_at = store.dating_prices().await?.people;
        ensure!(looked_at > 0, "there is nobody whose price could be learnt");
        steps.saturating_record(us(step));
        learnt = learnt.saturating_add(u32::try_from(looked_at)?);
    }
    let took = began.elapsed();
    store.close().await;
    Ok(Rebuilt { people, learnt: learnt.min(people), took, steps })
}

impl Rebuilt {
    /// Into the report, with what follows for all of it.
    pub fn tell(&self, report: &mut Report) {
        let Rebuilt { people, learnt, took, steps } = self;
        let (seconds, is_whole) = (took.as_secs_f64(), learnt == people);
        let rate = f64::from(*learnt) / seconds;
        let (whole, beside) = (f64::from(*people) / rate, f64::from(1 + PAUSES) * f64::from(*people) / rate);
        let columns = [
            "people",
            "learnt",
            "seconds",
            "a second",
            "step p50 ms",
            "step p99 ms",
            "all of it, seconds",
            "beside people, seconds",
        ];
        let mut table = Table::new("Prices of crowding, all anew", &columns);
        let counts = [f64::from(*people), f64::from(*learnt)].map(|n| Cell::number(n, 0));
        let times = [seconds, rate, ms(steps, 0.5), ms(steps, 0.99)].map(|n| Cell::number(n, 1));
        let all = [whole, beside].map(|n| Cell::number(n, 0));
        table.row(counts.into_iter().chain(times).chain(all).collect(), false);
        report.table(table);
        if !is_whole {
            report.note(format!(
                "Prices of {learnt} of {people} people were learnt; how long all of them take is reckoned from these."
            ));
        }
        report.note(format!(
            "Beside people the engine waits {PAUSES} times as long as a step of prices takes before the next one."
        ));
        report.data(
            "prices",
            json!({
                "people": people, "learnt": learnt, "seconds": seconds, "a_second": rate,
                "step_ms": {"p50": ms(steps, 0.5), "p99": ms(steps, 0.99)},
                "all_seconds": whole, "all_is_reckoned": !is_whole, "beside_people_seconds": beside,
            }),
        );
    }
}
