//! The command lines of `nameless bench launder` and `nameless bench face`: texts beside files.

use super::{Output, Surroundings, Which, time};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Options of `bench launder`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Launder {
    /// People who write texts; an even number.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub users: u32,
    /// People who send files, in chats of their own; an even number. Every third of them sends
    /// large ones. More than the engine has places, so that some always wait.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub senders: u32,
    /// Texts a second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// How long Telegram takes to say where a file is, and again to take an upload, while it hangs.
    #[arg(long, default_value = "2s", value_parser = time)]
    pub hang: Duration,
    /// How long one phase is measured.
    #[arg(long, default_value = "8s", value_parser = time)]
    pub duration: Duration,
    /// How long each phase runs before.
    #[arg(long, default_value = "3s", value_parser = time)]
    pub warm_up: Duration,
    /// Rounds: a calm phase and a saturated one each.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// As in `bench relay`.
    #[arg(long, value_parser = time)]
    pub poll_latency: Option<Duration>,
    /// How long messages may be under way at the end of a phase before they count as lost.
    #[arg(long, default_value = "60s", value_parser = time)]
    pub patience: Duration,
    /// Which bot.
    #[command(flatten)]
    pub which: Which,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `bench face`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Folder of the models; unless given, the cache that `scripts/models.sh` fills.
    #[arg(long, value_name = "FOLDER")]
    pub models: Option<PathBuf>,
    /// Pictures to look at (JPEG, PNG, WebP); unless given, drawn ones without faces.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// Looks measured of each purpose.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=4_000))]
    pub looks: u32,
    /// Runs of each model, bare and ours in turns.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub model_rounds: u32,
    /// Pictures that a process remembers, and a quarter as many banned ones: as many as an engine
    /// has, and more.
    #[arg(long, default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(4..=1_000_000))]
    pub remembered: u32,
    /// People who write texts; an even number.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub users: u32,
    /// People who send photos, in chats of their own; an even number.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub senders: u32,
    /// Texts a second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// Photos a second: more than a worker can look at.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub photos: u32,
    /// How long one phase is measured.
    #[arg(long, default_value = "8s", value_parser = time)]
    pub duration: Duration,
    /// How long each phase runs before.
    #[arg(long, default_value = "4s", value_parser = time)]
    pub warm_up: Duration,
    /// Rounds: a calm phase and a saturated one each; 0 measures looks alone.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub rounds: u32,
    /// As in `bench relay`.
    #[arg(long, value_parser = time)]
    pub poll_latency: Option<Duration>,
    /// How long messages may be under way at the end of a phase before they count as lost.
    #[arg(long, default_value = "60s", value_parser = time)]
    pub patience: Duration,
    /// Which bot.
    #[command(flatten)]
    pub which: Which,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}
