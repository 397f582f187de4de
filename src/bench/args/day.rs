//! The command line of `nameless bench day`.

use super::{Output, Surroundings, time};
use clap::{Args, ValueEnum};
use std::time::Duration;

/// What goes wrong on the way.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayFault {
    /// The node that takes updates is killed with SIGKILL, and comes back.
    Kill,
    /// PostgreSQL restarts.
    Postgres,
    /// Redis is emptied.
    Redis,
}

/// Options of `bench day`. The rates are an evening's of ten thousand people; with fewer people
/// they go down in step.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// People who are active: six of ten write to each other, the others look for somebody, look at
    /// cards, talk to a character and have it draw, pay, or look through their settings.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=200_000))]
    pub people: u32,
    /// How long it takes.
    #[arg(long, default_value = "10m", value_parser = time)]
    pub duration: Duration,
    /// Processes of the engine, on one database and one Redis; one alone may have its own database.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub nodes: u32,
    /// Texts, photos and answers a second of ten thousand people.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub texts: u32,
    /// Everything else that they do a second, together.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub others: u32,
    /// How long a picture of a character takes to be drawn; half of it more or less.
    #[arg(long, default_value = "6s", value_parser = time)]
    pub picture: Duration,
    /// Nothing goes wrong: no kill, no restart, no Redis that is emptied.
    #[arg(long)]
    pub calm: bool,
    /// Only these go wrong, each at its time: so that one finds out which of them something is due
    /// to.
    #[arg(long, value_enum, value_delimiter = ',', conflicts_with = "calm",
        default_values = ["kill", "postgres", "redis"])]
    pub faults: Vec<DayFault>,
    /// How long what is under way at the end may take.
    #[arg(long, default_value = "120s", value_parser = time)]
    pub patience: Duration,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

impl Day {
    /// Whether this is to go wrong.
    pub fn suffers(&self, fault: DayFault) -> bool {
        !self.calm && self.faults.contains(&fault)
    }

    /// Texts, and everything else, a second: the rates are those of ten thousand people.
    pub fn rates(&self) -> (f64, f64) {
        let share = f64::from(self.people) / 10_000.0;
        (f64::from(self.texts) * share, f64::from(self.others) * share)
    }
}
