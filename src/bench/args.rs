//! The command line of `nameless bench`.

mod billing;
mod bot;
mod companion;
mod dating;
mod day;
mod files;
mod pages;

pub use billing::BillingArgs;
pub use bot::{DatabaseKind, Surroundings, Updates, Which};
pub use companion::Companion;
pub use dating::DatingArgs;
pub use day::{Day, DayFault};
pub use files::{Face, Launder};
pub use pages::Pages;

use super::faults::FaultShares;
use super::mix::Mix;
use crate::config::parse;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// What is measured.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Bench {
    /// Latency, throughput, CPU and memory of relaying messages between people, at one or several
    /// rates.
    ///
    /// Open loop: messages are due by a schedule, and latency counts from then until the partner's
    /// chat has them. Without --bot or --target the bot is this program's own `serve`.
    Relay(Box<Relay>),
    /// How soon chats go on after kill -9.
    Recover(Recover),
    /// From the start of the process to its first getUpdates, on a database that exists.
    Startup(Startup),
    /// Resident memory per session: live, passivated, under a flood.
    Memory(Memory),
    /// Cost of finding a partner by the number of people who wait, in memory and in Redis.
    Match(Match),
    /// How fast waiting messages leave, and whether 429s are obeyed meanwhile.
    Outbox(OutboxArgs),
    /// Whether texts wait for files that are uploaded anew: their latency in calm and while all
    /// places of uploads are taken and more files wait, in turns.
    Launder(Box<Launder>),
    /// What FaceGuard costs: a look, a worker's memory, and the latency of texts beside photos that
    /// are looked at and beside photos that are known, in turns.
    Face(Box<Face>),
    /// How soon durable work begins, how much of it is done a second, and what a claim costs with
    /// many rows.
    Jobs(JobsArgs),
    /// How many payments a second get into the books, how soon who has paid has the receipt, and
    /// how soon who presses Pay has an answer beside texts.
    Billing(BillingArgs),
    /// How long the operators' pages take with many people and open reports, on PostgreSQL: while
    /// nobody writes, and beside texts.
    Pages(Pages),
    /// How long a character's model waits for what somebody says: to the request on the wire, with
    /// the turn and its job in PostgreSQL.
    Companion(Companion),
    /// How soon cards, filled decks and matches are there with many dating profiles, and the
    /// latency of texts beside requests for cards and alone, in turns.
    Dating(Box<DatingArgs>),
    /// A whole evening at once: texts, photos, searches, cards, characters, payments, settings and
    /// reports of thousands of people, while a node is killed, the database restarts and Redis is
    /// emptied.
    Day(Box<Day>),
}

/// Where results go, besides the terminal.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Writes everything measured as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Writes a report with charts: one HTML file that needs nothing else.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Seed of every random choice. The same seed gives the same schedule and the same messages.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `bench relay`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// People; an even number, each is paired with one other.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub users: u32,
    /// Messages a second of all people together; several are measured one after another.
    #[arg(long, alias = "rate", value_delimiter = ',', default_values_t = [1000],
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rates: Vec<u32>,
    /// How long one round takes.
    #[arg(long, default_value = "10s", value_parser = time)]
    pub duration: Duration,
    /// How long each rate runs before its first round.
    #[arg(long, default_value = "5s", value_parser = time)]
    pub warm_up: Duration,
    /// Rounds of each rate.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Kinds of messages and their weights: text, reply, photo, video, animation, voice, audio,
    /// document.
    #[arg(long, default_value = "text=100")]
    pub mix: Mix,
    /// Faults of the simulated Telegram and the share of send calls they befall: 429, 5xx,
    /// 5xx-after, drop, drop-after, slow; such as `429=0.001,slow=0.01`.
    #[arg(long, default_value = "")]
    pub faults: FaultShares,
    /// How long the simulated Telegram takes to look for updates: that of the real one is tens of
    /// milliseconds away. What comes meanwhile shares an answer, whichever bot asks.
    #[arg(long, value_parser = time)]
    pub poll_latency: Option<Duration>,
    /// How long onboarding and pairing may take; unless given, a minute and 50 ms for each person.
    #[arg(long, value_parser = time)]
    pub pairing_timeout: Option<Duration>,
    /// How long messages may be under way at the end of a rate before they count as lost.
    #[arg(long, default_value = "30s", value_parser = time)]
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

/// Options of `bench recover`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Recover {
    /// People, all of them in chats, half as many chats.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=2_000_000))]
    pub users: u32,
    /// Chats in which somebody writes after the kill; unless given, all of them.
    #[arg(long)]
    pub probes: Option<u32>,
    /// Kills.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// How long a chat may take to go on.
    #[arg(long, default_value = "120s", value_parser = time)]
    pub patience: Duration,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `bench startup`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Startup {
    /// People in the database, half of them in chats.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=2_000_000))]
    pub users: u32,
    /// Starts.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `bench memory`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Sessions.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(2..=2_000_000))]
    pub users: u32,
    /// Messages of the flood: one person sends them at once.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub flood: u32,
    /// How long each step may take.
    #[arg(long, default_value = "600s", value_parser = time)]
    pub patience: Duration,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `bench match`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// How many wait, for the queue in memory.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000],
          value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    pub waiting: Vec<u32>,
    /// How many wait, for the queue in Redis.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000],
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub redis_waiting: Vec<u32>,
    /// Matches measured at each size, in memory.
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub matches: u32,
    /// Matches measured at each size, in Redis.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub redis_matches: u32,
    /// Measures the queue in Redis as well, on a server that is started for it.
    #[arg(long)]
    pub redis: bool,
    /// The same on a Redis that is there already; its content is changed.
    #[arg(long, value_name = "URL")]
    pub redis_url: Option<String>,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `bench outbox`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct OutboxArgs {
    /// People, half as many chats.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(4..=100_000))]
    pub users: u32,
    /// Messages that wait at the beginning; at most 30 for each person.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=18_000))]
    pub messages: u32,
    /// Messages a second of all chats that the simulated Telegram takes before it answers with 429.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub global_rate: u32,
    /// How long each step may take.
    #[arg(long, default_value = "300s", value_parser = time)]
    pub patience: Duration,
    /// Its servers and settings.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

/// Options of `bench jobs`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct JobsArgs {
    /// People whose jobs these are.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub users: u32,
    /// Jobs a second; several are measured one after another.
    #[arg(long, alias = "rate", value_delimiter = ',', default_values_t = [100, 500, 1000],
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rates: Vec<u32>,
    /// How long each rate is measured.
    #[arg(long, default_value = "10s", value_parser = time)]
    pub duration: Duration,
    /// Jobs that are added all at once.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub burst: u32,
    /// Jobs that are done while claims are measured.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    pub done: u32,
    /// Jobs that wait meanwhile.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub waiting: u32,
    /// Claims measured of each kind.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub claims: u32,
    /// A database that is there already, and empty, instead of one that is started; its content is
    /// changed.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where results go.
    #[command(flatten)]
    pub output: Output,
}

impl Bench {
    /// Where results go.
    pub fn output(&self) -> &Output {
        match self {
            Bench::Relay(a) => &a.output,
            Bench::Recover(a) => &a.output,
            Bench::Startup(a) => &a.output,
            Bench::Memory(a) => &a.output,
            Bench::Match(a) => &a.output,
            Bench::Outbox(a) => &a.output,
            Bench::Launder(a) => &a.output,
            Bench::Face(a) => &a.output,
            Bench::Jobs(a) => &a.output,
            Bench::Billing(a) => &a.output,
            Bench::Pages(a) => &a.output,
            Bench::Companion(a) => &a.output,
            Bench::Dating(a) => &a.output,
            Bench::Day(a) => &a.output,
        }
    }

    /// Cores of the bot; 0 where there is none beside the load.
    pub fn bot_cores(&self) -> usize {
        let surroundings = match self {
            Bench::Relay(a) => &a.surroundings,
            Bench::Recover(a) => &a.surroundings,
            Bench::Startup(a) => &a.surroundings,
            Bench::Memory(a) => &a.surroundings,
            Bench::Outbox(a) => &a.surroundings,
            Bench::Launder(a) => &a.surroundings,
            Bench::Face(a) => &a.surroundings,
            Bench::Pages(a) => &a.surroundings,
            Bench::Companion(a) => &a.surroundings,
            Bench::Dating(a) => &a.surroundings,
            Bench::Day(a) => &a.surroundings,
            Bench::Match(_) => return 0,
            Bench::Billing(a) => return a.bot_cores as usize,
            // The engine runs in this process, the database beside it.
            Bench::Jobs(_) => return 1,
        };
        surroundings.bot_cores as usize
    }
}

fn time(value: &str) -> Result<Duration, String> {
    parse::duration(value)
        .filter(|d| *d <= Duration::from_secs(86_400))
        .ok_or_else(|| "not a duration such as 10s".into())
}
