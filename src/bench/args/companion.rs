//! The command line of `bench companion`.

use super::{Output, Surroundings, time};
use clap::Args;
use std::time::Duration;

/// Options of `bench companion`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// People, each in a dialog with a character.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub users: u32,
    /// Turns a second of all people together; several are measured one after another.
    #[arg(long, alias = "rate", value_delimiter = ',', default_values_t = [50, 100, 200],
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rates: Vec<u32>,
    /// How long each rate is measured.
    #[arg(long, default_value = "10s", value_parser = time)]
    pub duration: Duration,
    /// How long each rate runs before.
    #[arg(long, default_value = "3s", value_parser = time)]
    pub warm_up: Duration,
    /// A gateway before the same model, for comparison: a command that serves OpenAI's chat
    /// completions at 127.0.0.1:$PORT and takes Portkey's headers.
    #[arg(long, value_name = "COMMAND")]
    pub gateway: Option<String>,
    /// Its servers and settings. The database is always PostgreSQL, started for the bench.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}
