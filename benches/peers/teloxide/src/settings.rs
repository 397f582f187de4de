//! What the bot is told by its environment.

use anyhow::Context;
use reqwest::Url;

/// Schema in PostgreSQL, prefix in Redis.
pub const NAME: &str = "peer_teloxide";

/// All of it.
pub struct Settings {
    /// The bot's token.
    pub token: String,
    /// Server that speaks the Bot API.
    pub telegram_url: Url,
    /// PostgreSQL.
    pub database_url: String,
    /// Redis.
    pub redis_url: String,
}

impl Settings {
    /// From the environment.
    pub fn from_env() -> anyhow::Result<Settings> {
        let get = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
        Ok(Settings {
            token: get("BOT_TOKEN")?,
            telegram_url: get("TELEGRAM_API_URL")?.parse().context("TELEGRAM_API_URL is no URL")?,
            database_url: get("DATABASE_URL")?,
            redis_url: get("REDIS_URL")?,
        })
    }
}
