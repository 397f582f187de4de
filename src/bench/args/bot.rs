//! Which bot is measured, and its servers and settings.

use clap::{Args, ValueEnum};
use std::net::SocketAddr;

/// How updates reach the bot.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updates {
    /// The bot asks for them.
    Polling,
    /// They are sent to the bot.
    Webhook,
}

/// Which database the bot is given.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// None: this engine starts a private one.
    Private,
    /// A PostgreSQL server, started for the bench in a temporary folder unless --database-url names
    /// one.
    Postgres,
}

/// Servers and settings of the bot under test.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// How updates reach the bot.
    #[arg(long, value_enum, default_value_t = Updates::Polling)]
    pub updates: Updates,
    /// The bot's database.
    #[arg(long, value_enum, default_value_t = DatabaseKind::Private)]
    pub database: DatabaseKind,
    /// A database that is there already; its content is changed.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Starts a Redis server in a temporary folder and gives it to the bot.
    #[arg(long)]
    pub redis: bool,
    /// A Redis that is there already; its content is changed.
    #[arg(long, value_name = "URL")]
    pub redis_url: Option<String>,
    /// A setting of the bot: a variable of its environment. May be given several times.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = setting)]
    pub env: Vec<(String, String)>,
    /// Cores of the bot, apart from the load's core.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub bot_cores: u32,
}

/// Which bot is measured.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Which {
    /// Starts another bot instead of this engine, by the shell, with BOT_TOKEN, TELEGRAM_API_URL
    /// and, if there are, DATABASE_URL and REDIS_URL in its environment. It must stay in the
    /// foreground and end on SIGTERM.
    #[arg(long, value_name = "COMMAND", conflicts_with = "target")]
    pub bot: Option<String>,
    /// Drives a bot that somebody else has started: the address of its webhook, or `polling`.
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// Copies of this engine that share a database and a Redis.
    #[arg(long, default_value_t = 1, conflicts_with_all = ["bot", "target"],
          value_parser = clap::value_parser!(u32).range(1..=8))]
    pub nodes: u32,
    /// The bot's token; the simulator takes any. For --target: the one that the bot was started
    /// with.
    #[arg(long, default_value = "1:bench")]
    pub token: String,
    /// Address of the simulated Telegram; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// What goes along with updates to the webhook of --target.
    #[arg(long, value_name = "SECRET")]
    pub webhook_secret: Option<String>,
}

fn setting(value: &str) -> Result<(String, String), String> {
    let (name, value) = value.split_once('=').ok_or("not of the form NAME=VALUE")?;
    let legal = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    legal.then(|| (name.to_owned(), value.to_owned())).ok_or_else(|| "not the name of a variable".into())
}
