//! The command line of `bench pages`.

use super::{Output, Surroundings, time};
use clap::Args;
use std::time::Duration;

/// Options of `bench pages`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// People in the database, besides those who write.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub people: u32,
    /// Open reports; nine times as many are decided.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub reports: u32,
    /// How often each page is looked at.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub loads: u32,
    /// Texts a second beside which the pages are looked at once more; 0 leaves that out.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub load: u32,
    /// People who write them; an even number.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub writers: u32,
    /// How long texts run before.
    #[arg(long, default_value = "5s", value_parser = time)]
    pub warm_up: Duration,
    /// Its servers and settings. The database is always PostgreSQL, started for the bench.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}
