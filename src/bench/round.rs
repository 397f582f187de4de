//! One round: marks at its beginning and end, and what lies between.

use super::bot_under_test::Subject;
use super::ledger::Ledger;
use super::people::People;
use super::procfs::{self, Usage};
use super::servers::Servers;
use super::verdict::{MOST_BUSY, MOST_BUSY_WITH_SERVERS, MOST_LATE_MS, Reason};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What everything had used by some moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    at: Instant,
    bot: Option<Usage>,
    servers: Usage,
    load: Duration,
    arrived: u64,
}

impl Mark {
    /// Of this moment.
    pub fn take(people: &People, subject: &Subject, servers: &Servers) -> Mark {
        Mark {
            at: Instant::now(),
            bot: subject.usage(),
            servers: servers.usage(),
            load: procfs::own_cpu(),
            arrived: Ledger::arrived(&people.ledger),
        }
    }

    /// Resident memory of the bot, bytes.
    pub fn resident(&self) -> Option<u64> {
        self.bot.map(|usage| usage.resident)
    }
}

/// What a round, or several of the same rate together, came to.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How long it took.
    pub wall: Duration,
    /// Messages that arrived while it lasted.
    pub arrived: u64,
    /// CPU time of the bot's processes; none where somebody else started them.
    pub bot: Option<Duration>,
    /// CPU time of the servers that were started for the bench.
    pub servers: Duration,
    /// CPU time of the load.
    pub load: Duration,
    /// Of messages that were due in it, microseconds.
    pub latency: Histogram<u64>,
    /// How late they were sent, microseconds.
    pub lateness: Histogram<u64>,
    /// Resident memory of the bot at its end, bytes.
    pub resident: Option<u64>,
}

/// Milliseconds of a histogram of microseconds.
pub fn ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1e3
}

impl Measured {
    /// What lies between two marks.
    pub fn between(from: &Mark, to: &Mark, latency: Histogram<u64>, lateness: Histogram<u64>) -> Measured {
        Measured {
            wall: to.at - from.at,
            arrived: to.arrived - from.arrived,
            bot: to.bot.zip(from.bot).map(|(to, from)| to - from),
            servers: to.servers - from.servers,
            load: to.load.saturating_sub(from.load),
            latency,
            lateness,
            resident: to.resident(),
        }
    }

    /// Several rounds as one.
    pub fn together(rounds: &[Measured]) -> Option<Measured> {
        let (first, others) = rounds.split_first()?;
        let mut all = first.clone();
        for round in others {
            all.wall += round.wall;
            all.arrived += round.arrived;
            all.bot = all.bot.zip(round.bot).map(|(a, b)| a + b);
            all.servers += round.servers;
            all.load += round.load;
            // All have the same range.
            let _ = all.latency.add(&round.latency);
            let _ = all.lateness.add(&round.lateness);
            all.resident = all.resident.max(round.resident);
        }
        Some(all)
    }

    /// Messages that arrived, a second.
    pub fn throughput(&self) -> f64 {
        self.arrived as f64 / self.wall.as_secs_f64().max(1e-9)
    }

    /// CPU seconds for a million relayed messages.
    fn per_million(&self, cpu: Duration) -> Option<f64> {
        (self.arrived > 0).then(|| cpu.as_secs_f64() * 1e6 / self.arrived as f64)
    }

    /// The same of the bot.
    pub fn bot_per_million(&self) -> Option<f64> {
        self.per_million(self.bot?)
    }

    /// Share of one core that the load used.
    pub fn busy(&self) -> f64 {
        self.load.as_secs_f64() / self.wall.as_secs_f64().max(1e-9)
    }

    /// Share of one core that load and servers used.
    pub fn busy_with_servers(&self) -> f64 {
        (self.load + self.servers).as_secs_f64() / self.wall.as_secs_f64().max(1e-9)
    }

    /// Why round `n` (counted from 1) does not count, if it does not.
    pub fn problems(&self, n: usize) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.busy() > MOST_BUSY {
            reasons.push(Reason::GeneratorBusy(n, self.busy()));
        } else if self.busy_with_servers() > MOST_BUSY_WITH_SERVERS {
            reasons.push(Reason::CoreBusy(n, self.busy_with_servers()));
        }
        let late = ms(&self.lateness, 0.99);
        if late > MOST_LATE_MS {
            reasons.push(Reason::ScheduleMissed(n, late));
        }
        reasons
    }

    /// For the result.
    pub fn json(&self) -> Value {
        let latency = |q| ms(&self.latency, q);
        json!({
            "seconds": self.wall.as_secs_f64(),
            "arrived": self.arrived,
            "throughput": self.throughput(),
            "latency_ms": {
                "p50": latency(0.5), "p90": latency(0.9), "p99": latency(0.99), "p999": latency(0.999),
                "max": self.latency.max() as f64 / 1e3, "mean": self.latency.mean() / 1e3,
                "count": self.latency.len(),
            },
            "bot_cpu_seconds": self.bot.map(|d| d.as_secs_f64()),
            "cpu_s_per_million": self.bot_per_million(),
            "servers_cpu_s_per_million": self.per_million(self.servers),
            "bot_cores_used": self.bot.map(|d| d.as_secs_f64() / self.wall.as_secs_f64().max(1e-9)),
            "generator_busy": self.busy(),
            "generator_and_servers_busy": self.busy_with_servers(),
            "lateness_ms": {"p50": ms(&self.lateness, 0.5), "p99": ms(&self.lateness, 0.99), "max": self.lateness.max() as f64 / 1e3},
            "rss_bytes": self.resident,
        })
    }
}
