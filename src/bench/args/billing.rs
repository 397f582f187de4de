//! The command line of `nameless bench billing`.

use super::{Output, Updates, time};
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
    /// Texts a second that arrive while people press Pay; 0 leaves that out.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub texts: u32,
    /// How many press Pay a second beside these.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub checkouts: u32,
    /// Then the database is stopped, and they press Pay once more.
    #[arg(long)]
    pub away: bool,
    /// How updates reach the engine.
    #[arg(long, value_enum, default_value_t = Updates::Polling)]
    pub updates: Updates,
    /// Cores of the engine, apart from the load's core.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub bot_cores: u32,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}
