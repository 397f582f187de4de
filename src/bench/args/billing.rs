//! The command line of `nameless bench billing`.

use super::{Output, time};
use clap::Args;
use std::time::Duration;

/// Options of `bench billing`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct BillingArgs {
    /// People, each of whom pays once in each part; as many as payments at all rates together.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub users: u32,
    /// Payments a second; several are measured one after another.
    #[arg(long, alias = "rate", value_delimiter = ',', default_values_t = [20, 50, 100],
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rates: Vec<u32>,
    /// How long each rate is measured, in whole seconds.
    #[arg(long, default_value = "10s", value_parser = time)]
    pub duration: Duration,
    /// Cores of the engine, apart from the load's core.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub bot_cores: u32,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}
