//! The command line of `nameless bench dating`.

use super::{DatabaseKind, Output, Surroundings, time};
use clap::Args;
use std::time::Duration;

/// Options of `bench dating`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct DatingArgs {
    /// Profiles in the database, besides those of people who write; unless given, a million on
    /// PostgreSQL and 20,000 on a private cluster.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub profiles: Option<u32>,
    /// Verdicts between them; unless given, five for each profile.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    pub verdicts: Option<u32>,
    /// People with the Mini App open, whose decks are filled first and whose next cards are asked
    /// for.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub viewers: u32,
    /// Requests for next cards a second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// People who write texts, each in a chat with one other; half as many like each other at the
    /// end.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub writers: u32,
    /// Texts a second.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub texts: u32,
    /// Mutual likes a second.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub likes: u32,
    /// How long one phase is measured.
    #[arg(long, default_value = "10s", value_parser = time)]
    pub duration: Duration,
    /// How long each phase runs before.
    #[arg(long, default_value = "3s", value_parser = time)]
    pub warm_up: Duration,
    /// Rounds: a phase of texts alone, and one of texts beside cards.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// How long prices of crowding are rebuilt for at the end, at most: if it is not over by then,
    /// how long all of it takes is reckoned from that part. 0s: not at all.
    #[arg(long, default_value = "60s", value_parser = time)]
    pub prices: Duration,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

impl DatingArgs {
    /// Profiles that are put into the database.
    pub fn people(&self) -> u32 {
        self.profiles.unwrap_or(match self.surroundings.database {
            DatabaseKind::Postgres => 1_000_000,
            DatabaseKind::Private => 20_000,
        })
    }

    /// Verdicts between them.
    pub fn said(&self) -> u32 {
        self.verdicts.unwrap_or_else(|| self.people().saturating_mul(5))
    }
}
